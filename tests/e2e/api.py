"""api.py - HTTP calls as curl makes them."""
import json
import subprocess


class Answer:
    """Status, headers and body; code, msg and data of the envelope."""

    def __init__(self, printed):
        head, self.body = printed.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            self.headers[name.lower()] = value.strip()

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def envelope(self):
        """The envelope, whose form is the same in every reply."""
        assert self.headers["content-type"] == "application/json;charset=utf-8"
        envelope = json.loads(self.text)
        assert list(envelope) == ["code", "msg", "data"], self.text
        return envelope

    @property
    def code(self):
        return self.envelope["code"]

    @property
    def msg(self):
        return self.envelope["msg"]

    @property
    def data(self):
        return self.envelope["data"]

    def __repr__(self):
        return f"<Answer {self.status} {self.body[:300]!r}>"


def curl(url, *options, body=None):
    """One curl, with these options as they are; the body goes in by --data-binary @-."""
    command = ["curl", "--silent", "--show-error", "--include", "--globoff", "--max-time", "20",
               "--http1.1", "-H", "Expect:"]
    if body is not None:
        command += ["--data-binary", "@-"]
    done = subprocess.run(command + [*options, url], input=body or b"", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=30)
    assert done.returncode == 0, done.stderr.decode()
    return Answer(done.stdout)


class Api:
    """The HTTP side of one host."""

    def __init__(self, http):
        self.http = http

    def post(self, path, fields=None, *options, user=None, token=None):
        """A POST as a form; with user and token in the headers where given."""
        command = ["-X", "POST"]
        for name, value in (("userId", user), ("token", token)):
            if value is not None:
                command += ["-H", f"{name}: {value}"]
        if not fields:  # a body of no bytes: lighttpd answers 411 to a POST without a length
            command += ["--data", ""]
        for name, value in (fields or {}).items():
            command += ["--data-urlencode", f"{name}={value}"]
        return curl(self.http + path, *command, *options)

    def get(self, path, *options):
        return curl(self.http + path, *options)

    def login(self, user, password="secret"):
        """The user, logged in."""
        answer = self.post("/user/login", {"userId": user, "password": password})
        assert (answer.status, answer.code) == (200, 200), answer
        return Account(self, user, answer.msg)


class Account:
    """A user who is logged in, with the token that proves it."""

    def __init__(self, api, user, token):
        self.api = api
        self.user = user
        self.token = token

    def post(self, path, *options, **fields):
        return self.api.post(path, fields, *options, user=self.user, token=self.token)

    def join(self, group):
        answer = self.post("/user/joinGroup", groupId=group)
        assert answer.code == 200, answer

    def history(self, group, first=0, last=-1):
        """The messages at these positions, as texts."""
        answer = self.post("/group/listMessage", groupId=group, startPage=first, endPage=last)
        assert (answer.status, answer.code, answer.msg) == (200, 200, "操作成功"), answer
        return answer.data

    def before(self, group, sender, ts, count):
        answer = self.post("/group/listOldMessage", userId=sender, groupId=group, ts=ts, count=count)
        assert (answer.status, answer.code, answer.msg) == (200, 200, "获取成功"), answer
        return answer.data

    def recall(self, group, ts):
        return self.post("/group/delMessage", groupId=group, ts=ts)

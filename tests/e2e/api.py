"""api.py - HTTP calls as curl makes them: by Python's own client where that says the same, else by curl itself.

To start a curl costs twenty times what its call costs, and the tests make thousands of calls."""
import http.client
import json
import os
import re
import subprocess
import urllib.parse

PATIENCE = 20  # seconds until a call that is not answered fails the test
# What both clients say alike: one host and port, and a path that curl sends as it is.
PLAIN_URL = re.compile(r"http://([\w.]+:\d+)((?!.*/\.)/[!-\"$-~]*)", re.ASCII)
PLAIN_HEADER = re.compile(rb"([\w-]+): ([!-~\x80-\xff](?:[ -~\x80-\xff]*[!-~\x80-\xff])?)")
# Headers that change how a request is sent, not only what it says.
OF_THE_LINE = {b"connection", b"content-length", b"expect", b"te", b"transfer-encoding", b"upgrade"}
FORM = b"application/x-www-form-urlencoded"
LARGE = 65536  # such a body may be refused before all of it is sent, which curl knows how to take


class Answer:
    """Status, headers and body; code, msg and data of the envelope."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @classmethod
    def printed(cls, text):
        """As curl --include prints it."""
        head, body = text.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = [line.split(":", 1) for line in lines[1:]]
        return cls(int(lines[0].split()[1]), [(name, value.strip()) for name, value in headers], body)

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


class Request:
    """What curl would send for these options; is_plain: whether all of them are known here."""

    def __init__(self, url, options, body):
        self.method, self.headers, self.body = None, [], body
        address = PLAIN_URL.fullmatch(url)
        self.is_plain = address is not None and len(options) % 2 == 0 and all(
            self._take(option, value) for option, value in zip(options[::2], options[1::2]))
        if self.is_plain:
            self.host, self.target = address.groups()
            self.is_plain = len(self.body or b"") < LARGE

    def _take(self, option, value):
        if option == "-X":
            self.method = value
            return True
        if option == "-H":
            header = PLAIN_HEADER.fullmatch(os.fsencode(value))
            self.headers += [header.groups()] if header else []
            return header is not None and header[1].lower() not in OF_THE_LINE
        if option in ("-d", "--data") and not value.startswith("@"):
            return self._add(value)
        name, is_named, value = value.partition("=")
        return option == "--data-urlencode" and name and is_named and self._add(
            f"{name}={urllib.parse.quote_plus(os.fsencode(value))}")

    def _add(self, text):
        text = os.fsencode(text)
        self.body = text if self.body is None else self.body + b"&" + text
        return True

    def answer(self):
        said = {name.lower() for name, _ in self.headers}
        sent = [(b"Host", self.host.encode()), (b"User-Agent", b"tests"), (b"Accept", b"*/*")]
        if self.body is not None:
            sent += [(b"Content-Type", FORM), (b"Content-Length", b"%d" % len(self.body))]
        line = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        try:
            line.putrequest(self.method or ("GET" if self.body is None else "POST"), self.target,
                            skip_host=True, skip_accept_encoding=True)
            for name, value in [*(each for each in sent if each[0].lower() not in said), *self.headers]:
                line.putheader(name, value)
            line.endheaders(self.body)
            answer = line.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            line.close()


def curl(url, *options, body=None):
    """One call, with curl's options as they are; the body is sent as by --data-binary @-."""
    request = Request(url, options, body)
    if request.is_plain:
        return request.answer()
    command = ["curl", "--silent", "--show-error", "--include", "--globoff", "--max-time", str(PATIENCE),
               "--http1.1", "-H", "Expect:"]
    if body is not None:
        command += ["--data-binary", "@-"]
    done = subprocess.run(command + [*options, url], input=body or b"", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=30)
    assert done.returncode == 0, done.stderr.decode()
    return Answer.printed(done.stdout)


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

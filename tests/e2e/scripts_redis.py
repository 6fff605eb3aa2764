"""scripts_redis.py - a Redis of the tests' own, and each script of lib/scripts as a method."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import typing

import pytest
import redis

from java_host import jackson

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "lib" / "scripts"
TOKEN = "0123456789abcdef0123456789abcdef"
DAY_MS = 86400000
FOREVER = 2**53


class Server:
    """redis-server on a unix socket in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="fastim-redis-")
        self.socket = self.folder + "/s"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.folder]
            + ["--save", "", "--appendonly", "no", "--loglevel", "notice"],
            stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "ready to accept connections" in line:
                return
        raise RuntimeError("redis-server ended before it was ready")

    def client(self):
        return redis.Redis(unix_socket_path=self.socket)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="session")
def scripts_server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def db(scripts_server):
    client = scripts_server.client()
    client.flushall()
    client.config_resetstat()
    yield client
    client.config_set("maxmemory", 0)
    client.close()


@pytest.fixture
def im(db):
    return Scripts(db)


def chosen(text, encoding):
    """The text as redis.encoding has it: with java, lines `-- Java: CODE` take the place of the one above them. Likewise
    for a cluster, as if that were one, `-- Cluster: CODE`."""
    mine = encoding.capitalize()
    for other in {"Java", "Cluster"} - {mine}:
        text = re.sub(rf"^ *-- {other}: .*\n", "", text, flags=re.M)
    return re.sub(rf"^.*\n((?: *-- {mine}: .*\n)+)", lambda match: match[1].replace(f"-- {mine}: ", ""), text,
                  flags=re.M)


def with_preludes(text, encoding="plain"):
    """The text with the preludes that it needs, as embed.sh puts them."""
    return re.sub(r"^ *-- Needs: (.*)\n", lambda match: "".join(
        with_preludes((SCRIPTS / f"prelude_{need}.lua").read_text(), encoding) for need in match[1].split()),
        chosen(text, encoding), flags=re.M)


def assembled(name, encoding="plain"):
    """The script as embed.sh puts it together."""
    return with_preludes((SCRIPTS / f"{name}.lua").read_text(), encoding)


def message(user, ts, info="x", group="g"):
    """The JSON as fastim writes it."""
    fields = {"groupId": group, "userId": user, "info": info, "ts": ts}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def begun(text, encoding):
    """The begin of a message, as it stands in a list."""
    return jackson(text.decode())[:-1] if encoding == "java" else text


def head(user, group="g", encoding="plain"):
    """Up to the quote before the text, as lib/redis/commands.c cuts it out."""
    return begun(message(user, 0, "", group).rsplit(b'","ts":', 1)[0], encoding)


def recall_keys(group):
    return ["login:u", f"gml:{group}", f"gmt:{group}", f"fim:log:{group}"]


def recall_args(user, ts, oldest_s=10**10, group="g", encoding="plain"):
    rest = json.dumps({"userId": user, "ts": ts}, separators=(",", ":")).replace("{", ",", 1)
    return [head(user, group, encoding), user, ts, oldest_s, f"fim:ev:{group}", rest, 1000]


class Resumed(typing.NamedTuple):
    """What resume.lua says; .events as it gives them, .frames as clients get them."""
    epoch: bytes
    at: int
    total: int
    recovered: int
    entries: list
    events: list

    @property
    def frames(self):
        return [json.loads(member.split(b" ", 2)[2]) for member in self.events[::2]]


def ts_of(entry):
    return json.loads(entry)["ts"]


class Scripts:
    """Calls them as lib/redis/commands.c does. A user "u" is logged in with TOKEN."""

    def __init__(self, db, encoding="plain"):
        self.db = db
        self.encoding = encoding
        self.sha1 = {}
        self.number = 0
        db.set("login:u", TOKEN, ex=1000)

    def run(self, name, keys, *args):
        if name not in self.sha1:
            self.sha1[name] = self.db.script_load(assembled(name, self.encoding))
        return self.db.evalsha(self.sha1[name], len(keys), *keys, *args)

    def head(self, user, group="g"):
        return head(user, group, self.encoding)

    def now_ms(self):
        seconds, micros = self.db.time()
        return seconds * 1000 + micros // 1000

    def append(self, info="x", group="g", user="u", token="", number=None, not_after=FOREVER,
               timeout=1000, kept=0, groups=None, id="", standing="0", slow=0, cap=0):
        if number is None:
            self.number += 1
            number = self.number
        head, tail = message(user, 0, info, group).rsplit(b"0", 1)
        head, tail = begun(head, self.encoding), tail + (b'"' if self.encoding == "java" else b"")
        keys = [f"gml:{group}", f"gmt:{group}", "fim:seq:d", "fim:refused:d", f"login:{user}",
                f"fim:rules:{group}", "fim:rules:", f"fim:sent:{group}/{user}", f"fim:cap:{group}"]
        members_only = [group] if groups else []
        return self.run("append", keys + ([groups] if groups else []), head, tail, f"mq:{group}",
                        timeout, kept, number, not_after, token, id, user, standing, slow, cap,
                        *members_only)

    def snapshot(self, window, mark, group="g"):
        return self.run("snapshot", [f"gml:{group}"], window, "fim:mark:d", mark, 50, 1 << 22)

    def resume(self, epoch="", at=0, most=1000, window=50, mark=7, group="g", timeout=1000, piece=131072):
        return Resumed(*self.run(
            "resume", [f"gml:{group}", f"gmt:{group}", f"fim:log:{group}"], window, "fim:mark:d",
            mark, piece, timeout, epoch, at, most))

    def enter(self, token="", joins=1, group="g", user="u", most=0, address="", slow=0, cap=0):
        keys = [f"login:{user}", f"ugs:{user}", f"fim:rules:{group}", "fim:rules:"]
        return self.run("enter", keys, token, joins, group, most, user, address, slow, cap)

    # ---- operators and moderators. mod: its user, as one who is logged in; None: an operator. ----

    def act(self, name, mod, group, keys, *args, standing="1", token="", note='"who":"x","as":"operator","what":"x"}'):
        keys = [f"login:{mod or ''}", f"fim:rules:{group}", "fim:rules:", "fim:audit", *keys]
        return self.run(name, keys, token, mod or "", standing if mod else "0", note, *args)

    def set_rule(self, field, value, mod=None, group="g", keeps=0, event="e", **more):
        user = field[2:] if field[0] != "a" else ""
        return self.act("set_rule", mod, group, [], field, value, keeps, user, f"fim:ev:{group}",
                        event, **more)

    def settings(self, mod=None, group="g", default=(0, 0), **changes):
        pairs = [word for pair in changes.items() for word in (pair[0].replace("__", "."), pair[1])]
        return self.act("settings", mod, group, [], f"fim:ev:{group}", *default, *pairs)

    def rules(self, mod=None, group="g"):
        cursor, all_of = 0, []
        while True:
            answer = self.act("rules", mod, group, [], cursor, 0, 0, note="")
            if not isinstance(answer, list) or answer[0] == -5:
                return answer
            cursor, settings, fields = answer
            all_of += fields
            if cursor == b"0":
                return json.loads(settings), dict(zip(all_of[::2], all_of[1::2]))

    def on_list(self, name, *args, mod=None, group="g", **more):
        keys = [f"gml:{group}", f"gmt:{group}", f"fim:log:{group}"]
        return self.act(name, mod, group, keys, f"fim:ev:{group}", 1000, *args, **more)

    def notice(self, info, **more):
        return self.on_list("notice", ',"info":%s}' % json.dumps(info), **more)

    def recall_any(self, user, ts, **more):
        rest = ',"userId":"%s","ts":%d}' % (user, ts)
        return self.on_list("recall_any", rest, self.head(user), user, ts, **more)

    def purge_step(self, user, cursor=b"", group="g", **more):
        id = json.dumps(user, ensure_ascii=False)
        of_group = begun(b'{"groupId":"g","userId":"', self.encoding)
        return self.on_list("purge", ',"userId":%s}' % id, of_group, self.head(user), user, cursor,
                            group=group, **more)

    def purge(self, user, **more):
        """How many messages it took, and in how many steps."""
        cursor, steps = b"", 0
        while True:
            answer = self.purge_step(user, cursor, **more)
            if not isinstance(answer, list) or answer[0] == -5:
                return answer
            steps += 1
            cursor = answer[2]
            if cursor == b"":
                return answer[1], steps

    def clear(self, **more):
        return self.on_list("clear", **more)

    def whole(self, answer, step, most):
        """All entries, piece by piece, as fcgi-api/endpoints/history.c asks for them."""
        if not isinstance(answer, list):
            return answer
        last, end, entries = answer
        while last != end and len(entries) < most:
            last, end, more = self.run("list_more", ["gml:g"], last, entries[-1][-28:], step, end,
                                       most - len(entries), 1 << 17)
            entries += more
        return entries

    def list_range(self, first, last, most=10000, token=TOKEN):
        return self.whole(self.run("list_range", ["login:u", "gml:g"], token, first, last, most),
                          1, most)

    def list_before(self, user, ts, count, token=TOKEN):
        """The entries, oldest first, messages or not."""
        answer = self.run("list_before", ["login:u", "gml:g"], token, self.head(user), user, ts, count)
        answer = self.whole(answer, -1, count)
        return answer[::-1] if isinstance(answer, list) else answer

    def list_before_ts(self, ts, count, user="", token=TOKEN):
        answer = self.run("list_before_ts", ["login:u", "gml:g"], token, self.head(user), user, ts, count)
        answer = self.whole(answer, -1, count)
        return answer[::-1] if isinstance(answer, list) else answer

    def recall(self, user, ts, oldest_s=10**10, token=TOKEN):
        args = recall_args(user, ts, oldest_s, encoding=self.encoding)
        return self.run("recall", recall_keys("g"), token, *args)

    def summary(self, *groups):
        return self.run("summary", [f"gml:{group}" for group in groups])

    def tally(self, **wanted):
        return self.run("tally", [f"gml:{group}" for group in wanted], *wanted.values())


def everything(db):
    """All that is stored, to tell whether something changed."""
    return {key: db.dump(key) for key in db.keys()}

"""What is measured: each cell is one server under one load, and gives a handful of figures."""

import http.client
import json
import os
import re
import subprocess
import time
from urllib.parse import urlencode

from servers import HERE, LOAD_CORE, PATH, ROOT, Bare, Fastim, FastimV2, Nchan, Uws, Ws, free_port, load

PEERS = (Bare, Nchan, Uws, Ws)
PAYLOAD = 120  # bytes of a delivered frame's text

# Flood: messages of a group under way, and senders; each server is tried with all of its own and
# measured with the best. (uWebSockets.js sends what one read brought it together: one sender and a
# read's worth of messages are its best.) The first of each is what bench-quick takes.
WINDOWS = {
    "fastim": ((1024, 10), (512, 10), (2048, 20)),
    "fastim.v2": ((1024, 64), (512, 32), (2048, 128)),  # a client of it may have 16 of them under way
    "bare": ((16, 4), (16, 1), (64, 4)),
    "nchan": ((256, 10), (64, 4), (64, 10)),
    "uWebSockets.js": ((32, 1), (24, 1), (48, 1)),
    "ws": ((4, 1), (16, 1), (64, 4)),
}


class Bench:
    """One run: where the programs are, how long things take, and which window suits whom."""

    def __init__(self, build, out, quick):
        self.build, self.out, self.quick = build, out, quick
        self.windows = {}

    def seconds(self, full, quick=None):
        return (quick or full / 2) if self.quick else full

    def start(self, kind, **args):
        return kind(self.build, self.out, **args)

    def window(self, kind):
        """The best of the windows above, tried once."""
        choices = WINDOWS[kind.name]
        if self.quick:
            return choices[0]
        if kind.name not in self.windows:
            rates = []
            for window, senders in choices:
                with self.start(kind) as server:
                    r = load(server, clients=1000, window=window, senders=senders, warm=0.5, seconds=1)
                    rates.append((rate(r), (window, senders)))
            self.windows[kind.name] = max(rates)[1]
        return self.windows[kind.name]

    # ---- WebSockets ----

    def flood(self, kind, window=None, senders=0, payload=PAYLOAD):
        """1 group of 1,000: deliveries a second. payload: bytes of a frame's text, of Part 1."""
        if window is None:
            window, senders = self.window(kind)
        with self.start(kind) as server:
            r = load(server, clients=1000, window=window, senders=senders, payload=payload, warm=1,
                     seconds=self.seconds(4, 2))
        return {"rate": rate(r), **costs(r), "p50": r["p50_us"], "window": window, "senders": senders}

    def groups_flood(self, **args):
        """100 groups of 10. Messages are PUBLISHed in Redis by another program: storing them there
        costs more than delivering them to ten, and would hide what is compared."""
        with self.start(Fastim, **args) as server:
            r = load(server, clients=1000, groups=100, window=64, warm=1, redis=server.redis_port,
                     seconds=self.seconds(4, 2))
        return {"rate": rate(r), **costs(r)}

    def groups_flood_off(self):
        """The same daemon, set to write each message to each client at once."""
        return self.groups_flood(settings={"push.flushIntervalMs": 0})

    def groups_stored(self):
        """The same, said through WebSockets and stored."""
        with self.start(Fastim) as server:
            r = load(server, clients=1000, groups=100, window=64, warm=1, seconds=self.seconds(4, 2))
        return {"rate": rate(r), **costs(r)}

    def paced(self, kind):
        """50 messages a second to 1,000."""
        with self.start(kind) as server:
            r = load(server, clients=1000, rate=50, warm=1, seconds=self.seconds(8, 4))
        return {**costs(r), "p50": r["p50_us"], "p99": r["p99_us"], **answers(r)}

    def answered(self, kind):
        """200 messages a second to a group of 10: how long a sender waits, for the ack or its own message."""
        with self.start(kind) as server:
            r = load(server, clients=10, senders=10, rate=200, warm=0.5, seconds=self.seconds(6, 3))
        return {**costs(r), "p50": r["p50_us"], **answers(r)}

    def ingest(self):
        """Messages in, stored and pushed: 1 group of 10."""
        best = {"rate": 0}
        for window, senders in ((1024, 10), (4096, 10)):
            with self.start(Fastim) as server:
                r = load(server, clients=10, window=window, senders=senders, warm=1,
                         seconds=self.seconds(3, 2))
            if rate(r) / 10 > best["rate"]:
                best = {"rate": rate(r) / 10, "window": window, **costs(r)}
        return best

    def redis_alone(self, with_id=False, with_rules=False):
        """redis-benchmark of the script that stores a message, pipelined, nobody subscribed. With rules: the
        group's hash is there, and has none that concerns the message."""
        script = whole("append")
        message = '{"groupId":"g00000","userId":"c00000","info":"' + "." * 53 + '","ts":'
        count = int(self.seconds(300000, 100000))
        # A run's number has to be one more than the last: so each message is the first of a run of its own. Two
        # redis-benchmarks may draw the same numbers (they seed with time ^ pid), so each has names of its own.
        seq = "fim:seq:bench{depth}:__rand_int__"
        keys = ["gml:g00000", "gmt:g00000", seq, seq.replace("seq", "refused"), "login:c00000", "fim:rules:g00000",
                "fim:rules:", "fim:sent:g00000/c00000", "fim:cap:g00000"]
        values = [message, "}", "mq:g00000", 604800, 0, 1, 9 * 10 ** 15, "", "__rand_int__" if with_id else "",
                  "c00000", 0, 0, 0]
        best = 0
        with self.start(RedisAlone) as server:
            sha = server.cli("SCRIPT", "LOAD", script)
            if with_rules:
                server.cli("HSET", "fim:rules:g00000", "pinned", "welcome")
            for depth in (16, 64, 256):
                call = [str(word).replace("{depth}", str(depth)) for word in (len(keys), *keys, *values)]
                out = server.pinned("redis-benchmark", "-p", server.port, "-c", "4", "-P", depth, "-n",
                                    count, "-r", 2 * 10 ** 9, "--csv", "EVALSHA", sha, *call)
                best = max(best, float(out.strip().splitlines()[-1].split(",")[-7].strip('"')))
            stored = int(server.cli("LLEN", "gml:g00000"))
        if stored < 2.99 * count:
            raise RuntimeError(f"redis-benchmark stored {stored} messages only")
        return {"rate": best}

    def hold(self, kind, seconds=0, **args):
        """19,000 connections: how fast they are taken, what each costs, their pings."""
        with self.start(kind, **args) as server:
            r = load(server, idle=19000, clients=0, settle=1, warm=0, seconds=seconds)
        return {"rate": r["open_rate"], "cpu": share(r),
                "kb": (r["rss_server"] - r["rss_before_server"]) / 19000, "pings": r["pings"]}

    def busy(self, idle):
        """A group of 100 with 200 messages a second, alone or among many idle ones."""
        with self.start(Fastim) as server:
            r = load(server, clients=100, rate=200, idle=idle, warm=1, settle=1,
                     seconds=self.seconds(6, 3))
        return {"p50": r["p50_us"], "p99": r["p99_us"], **costs(r)}

    def two_workers(self):
        """38,000 connections: more than one process may hold."""
        with self.start(Fastim, core="0,1", settings={"push.workers": 2}) as server:
            r = load(server, idle=37900, clients=100, rate=20, idle_groups=2000, processes=3, settle=1,
                     warm=1, seconds=self.seconds(5, 2), core="0,1")
        return {"held": r["opened"], "rate": r["open_rate"], "p50": r["p50_us"]}

    def cost(self, clients, groups):
        """CPU a delivery at 20,000 deliveries a second, of the daemon alone."""
        rate_wanted = 20000 * groups / clients
        with self.start(Fastim) as server:
            r = load(server, clients=clients, groups=groups, rate=rate_wanted, warm=0.5,
                     seconds=self.seconds(2, 1))
        return costs(r)

    # ---- group lists ----

    def lists(self):
        """5,000 clients of /group/list, 20 groups each of 1,000; first quiet, then two messages a second."""
        with self.start(Fastim) as server:
            fill_groups(server)
            common = dict(clients=1000, groups=1000, lists=5000, list_fan=0, settle=3, warm=0)
            quiet = load(server, **common, seconds=self.seconds(10, 4))
        with self.start(Fastim) as server:
            fill_groups(server)
            common["list_fan"] = 100
            busy = load(server, **common, rate=1.73, seconds=self.seconds(15, 5))
        return {"daemon": 100 * quiet["cpu_server"] / quiet["measured_s"],
                "redis": 100 * quiet["cpu_redis"] / quiet["measured_s"],
                "p50": busy["list_p50_us"] / 1e6, "max": busy["list_max_us"] / 1e6,
                "busy_daemon": share(busy)}

    # ---- HTTP ----

    def history(self, messages):
        """Time of /group/listOldMessage and /group/delMessage in a group of so many."""
        with self.start(Web, program="fastim-api", processes=1) as web:
            first = fill_messages(web, messages)
            step = messages // 500
            one = {"groupId": "big", "ts": "@NUMBER@"}
            before_one = {**one, "userId": "u", "count": 20}
            newest = (first + messages - 998, 2)
            old = web.ask("/group/listOldMessage", before_one, count=499, numbers=(first + step, step))
            recent = web.ask("/group/listOldMessage", before_one, count=499, numbers=newest)
            gone = web.ask("/group/delMessage", one, count=499, numbers=newest)
        return {"old": old["p50_us"], "recent": recent["p50_us"], "del": gone["p50_us"]}

    def list_group(self):
        """Requests a second of /user/listGroup through lighttpd: a user with three groups."""
        with self.start(Web, program="fastim-api", processes=4) as web:
            for group in ("1", "2", "3"):
                web.cli("SADD", "ugs:u", group)
            return web.ask("/user/listGroup", {}, connections=16, seconds=self.seconds(4, 2))

    def hello(self):
        """The same of a hello-world with one GET."""
        with self.start(Web, program="hello", processes=4) as web:
            web.cli("SET", "hello", '["1","2","3"]')
            return web.ask("/user/listGroup", {}, connections=16, seconds=self.seconds(4, 2))


# ---- figures ----


def rate(r):
    return r["delivered"] / r["measured_s"]


def share(r):
    """Percent of a core, of the server's processes."""
    return 100 * r["cpu_server"] / r["measured_s"] if r["measured_s"] > 0 else 0


def answers(r):
    """How long a sender waits for its own message, and with fastim.v2 for the ack."""
    return {k: r[f"{k}_us"] for k in ("echo_p50", "echo_p99", "ack_p50", "ack_p99") if f"{k}_us" in r}


def costs(r):
    """CPU microseconds a delivery: the server's own, and with its Redis."""
    own, redis = r["cpu_server"], r.get("cpu_redis", 0)
    return {"own": own * 1e6 / r["delivered"], "cost": (own + redis) * 1e6 / r["delivered"]}


# ---- what the cells need in Redis ----


def whole(script):
    """The script as lib/scripts/embed.sh puts it together."""
    def part(name):
        return (ROOT / f"lib/scripts/{name}.lua").read_text()

    return re.sub("^ *-- Needs: (.*)\n", lambda match: "".join(part(f"prelude_{name}") for name in match[1].split()),
                  part(script), flags=re.M)


class RedisAlone(Fastim):
    name = "redis-server"

    def start(self):
        self.start_redis()
        self.port = self.redis_port

    def cli(self, *words):
        done = subprocess.run(["redis-cli", "-p", str(self.redis_port), *map(str, words)],
                              capture_output=True, text=True, check=True)
        if done.stdout.startswith(("ERR", "NOSCRIPT", "WRONGTYPE")):
            raise RuntimeError(done.stdout)
        return done.stdout.strip()

    def pinned(self, *words, core=LOAD_CORE):
        done = subprocess.run(["taskset", "-c", core, "setpriv", "--pdeathsig", "KILL", "--", *map(str, words)],
                              capture_output=True, text=True, timeout=300, check=False,
                              env={**os.environ, "PATH": PATH})
        if done.returncode != 0:
            raise RuntimeError(f"{words[0]}: {done.stdout[-500:]}{done.stderr[-1500:]}")
        return done.stdout


class Web(RedisAlone):
    """lighttpd, so many processes of one FastCGI program, and Redis."""

    name = "lighttpd"

    def __init__(self, build, out, program, processes):
        super().__init__(build, out, settings={"im.groupMessage.recallTimeLimit": 86400})
        self.program, self.process_count = program, processes
        self.headers = {}

    def start(self):
        self.start_redis()
        self.web_port = free_port()
        self.write_config()
        conf = (HERE / "lighttpd.conf.in").read_text()
        for name, value in (("PORT", self.web_port), ("DIR", self.dir), ("REDIS", self.redis_port),
                            ("PROGRAM", self.build / self.program), ("PROCESSES", self.process_count)):
            conf = conf.replace(f"@{name}@", str(value))
        (self.dir / "lighttpd.conf").write_text(conf)
        self.run("lighttpd", "-D", "-f", self.dir / "lighttpd.conf", port=self.web_port)
        if self.program == "fastim-api":
            self.headers = {"userId": "u", "token": self.login()}

    def login(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=10)
        connection.request("POST", "/user/login", urlencode({"userId": "u", "password": "x"}),
                           {"Content-Type": "application/x-www-form-urlencoded"})
        return json.loads(connection.getresponse().read())["msg"]

    def ask(self, path, fields, connections=1, seconds=60, count=0, numbers=()):
        """Drives the HTTP generator; its figures."""
        body = urlencode(fields).replace("%40NUMBER%40", "@NUMBER@")
        length = len(body) + (13 - len("@NUMBER@") if "@NUMBER@" in body else 0)
        headers = {"Host": "127.0.0.1", "Content-Type": "application/x-www-form-urlencoded",
                   "Content-Length": length, **self.headers}
        request = f"POST {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        (self.dir / "request").write_text(request + "\r\n" + body, newline="")
        out = self.pinned(self.build / "http", self.web_port, connections, seconds, count,
                          self.dir / "request", '"code":200', *numbers)
        return {k: float(v) for k, v in (word.split("=") for word in out.split())}


def fill_groups(server):
    """1,000 groups with a message each; 5,000 users who are in 20 of them each, 100 users in each group."""
    RedisAlone.cli(server, "EVAL", """
        for g = 0, 999 do
            local id = string.format('g%05d', g)
            redis.call('RPUSH', 'gml:' .. id,
                '{"groupId":"' .. id .. '","userId":"u","info":"hi","ts":1700000000000}')
        end
        for u = 0, 4999 do
            for i = 0, 19 do
                redis.call('SADD', string.format('ugs:m%05d', u), string.format('g%05d', (u * 20 + i) % 1000))
            end
        end""", 0)


def fill_messages(server, count):
    """A group's list, one message a millisecond up to now. Returns the first one's time."""
    first = int(time.time() * 1000) - count
    for at in range(0, count, 100000):
        server.cli("EVAL", """
            for i = 0, ARGV[2] - 1 do
                redis.call('RPUSH', 'gml:big', string.format(
                    '{"groupId":"big","userId":"u","info":"%s","ts":%.0f}', string.rep('.', 50), ARGV[1] + i))
            end""", 0, first + at, min(100000, count - at))
    server.cli("SET", "gmt:big", first + count)
    return first

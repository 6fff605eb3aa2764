"""test_balance.py - conf/balance: behind nginx and HAProxy the clients of a group meet at one of several hosts."""
import asyncio
import collections
import http.server
import re
import shutil
import threading
import urllib.request

import pytest

from client import Chat, Client, encode
from daemon import Daemon
from host import ROOT, fresh
from ports import free_port, is_listening
from processes import Process, eventually

pytestmark = pytest.mark.spread

HOSTS = 3
GROUPS = 18
BALANCE = ROOT / "conf" / "balance"


class Site(http.server.ThreadingHTTPServer):
    """In place of the web server of a host: says the number of the host to everything."""

    class RequestHandlerClass(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "1")
            self.end_headers()
            self.wfile.write(str(self.server.number).encode())

        def log_message(self, *_):
            """Nobody reads it."""

    def __init__(self, number):
        self.number = number
        super().__init__(("127.0.0.1", free_port()), self.RequestHandlerClass)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()


class Balancer:
    """One of conf/balance before three daemons, which stand for three hosts."""

    def __init__(self, folder, redis_servers, changes):
        self.folder = folder
        self.changes = changes
        self.port = free_port()
        self.daemons, self.sites = [], []
        for number, redis_server in enumerate(redis_servers):
            (folder / f"daemon{number}").mkdir()
            self.daemons.append(Daemon(folder / f"daemon{number}", redis_server,
                                       {"log.level": "debug", "push.drainSeconds": 0}))
            self.sites.append(Site(number))
        self.process = None

    def start(self):
        for daemon in self.daemons:
            eventually(lambda: daemon.health("/readyz")[0] == 200, 20, "readiness")
        self.process = Process(self.command(), self.folder / "balancer.log")
        eventually(lambda: is_listening(self.port), 20, "the balancer listens")
        return self

    def settings(self, name):
        """The file with these hosts in it. A line for the first host is one for each, that for the second is left out."""
        lines = []
        for line in (BALANCE / name).read_text().splitlines():
            if "192.0.2.1:" in line:
                lines += [self.server_line(line, number) for number in range(HOSTS)]
            elif "192.0.2.2:" not in line:
                lines.append(line)
        text = "\n".join(lines) + "\n"
        for pattern, put in (*self.changes, (r"(?m)^(\s+(?:listen|bind) :?)80\b", rf"\g<1>{self.port}")):
            text, count = re.subn(pattern, put, text)
            assert count, pattern
        return text

    def server_line(self, line, number):
        line = line.replace("192.0.2.1:9001", f"127.0.0.1:{self.daemons[number].port}")
        return line.replace("192.0.2.1:9000", f"127.0.0.1:{self.sites[number].server_port}")

    def url(self, path):
        return f"127.0.0.1:{self.port}{path}"

    async def lands_at(self, group, kind="chat", path="/group/{kind}/{group}/{user}/xxx", raw=None):
        """The number of the daemon that a client of this group comes to; it stays connected to the end of the test."""
        user = fresh("u")
        path = path.format(kind=kind, group=raw or encode(group), user=user)
        if kind == "events":
            with await asyncio.to_thread(urllib.request.urlopen, "http://" + self.url(path), timeout=20) as stream:
                assert stream.status == 200
        else:
            await Client.open("ws://" + self.url(path), open_timeout=20)
        return await asyncio.to_thread(eventually, lambda: self.has(user), 5, f"a host has opened {path}") - 1

    def has(self, user):
        """Which daemon, from 1 on, has opened a session of this user."""
        return next((number for number, daemon in enumerate(self.daemons, 1) if
                     re.search(f'opened session=.* user="{user}"', daemon.process.output)), 0)

    async def all_at(self, groups):
        return {group: await self.lands_at(group) for group in groups}

    def wait_gone(self, number):
        """Until it is known that this host is away; without this its first clients wait a little."""

    def stop(self):
        if self.process:
            self.process.stop()
        for server in self.sites:
            server.shutdown()
            server.server_close()
        for daemon in self.daemons:
            daemon.stop()


class Nginx(Balancer):
    program = "nginx"

    def command(self):
        conf = self.folder / "nginx.conf"
        conf.write_text(f"daemon off; pid {self.folder}/pid; error_log stderr notice; events {{}} http {{ access_log off;\n"
                        + "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in
                                  ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
                        + self.settings("nginx.conf") + "}\n")
        return ["nginx", "-c", conf]


class Haproxy(Balancer):
    program = "haproxy"

    def server_line(self, line, number):
        check = f" port {self.daemons[number].health_port}" if ":9001" in line else ""
        line = re.sub(r"\bhost1\b(.*)\bid 1\b", rf"host{number}\1id {number + 1}{check}", line)
        return super().server_line(line, number)

    def command(self):
        conf = self.folder / "haproxy.cfg"
        conf.write_text("global\n    log stdout format raw local0\ndefaults\n    log global\n" + self.settings("haproxy.cfg"))
        return ["haproxy", "-db", "-f", conf]

    def wait_gone(self, number):
        self.process.wait_line(f"Server fastim-push/host{number} is DOWN")


# What a bound of 1.5 times the mean does to a few clients is not what it does to thousands.
UNBOUND = [(r"(?m)^\s+hash-balance-factor .*\n", "")]


@pytest.fixture
def make_balancer(tmp_path, redis_server):
    """make_balancer(Haproxy, changes, {0: redis}): with some lines changed, and a host on another Redis."""
    made = []

    def make(kind, changes=(), others=()):
        if not shutil.which(kind.program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            pytest.skip(f"no {kind.program} here: bash tests/tools/deps.sh test")
        made.append(kind(tmp_path, [dict(others).get(number, redis_server) for number in range(HOSTS)], changes))
        return made[-1].start()

    yield make
    for balancer in made:
        balancer.stop()


@pytest.fixture(params=[Nginx, Haproxy], ids=lambda kind: kind.program)
def balancer(request, make_balancer):
    return make_balancer(request.param, UNBOUND if request.param is Haproxy else ())


async def test_clients_of_a_group_meet_at_one_host(balancer):
    """whoever they are, by WebSocket or event stream; and the groups are spread"""
    groups = [fresh() for _ in range(GROUPS)]
    first = await balancer.all_at(groups)
    assert await balancer.all_at(groups) == first
    assert [await balancer.lands_at(group, "events") for group in groups[:6]] == [first[group] for group in groups[:6]]
    counts = collections.Counter(first.values())
    assert len(counts) == HOSTS and min(counts.values()) >= 2, counts


async def test_however_an_id_is_written_it_is_one(balancer):
    """encoded or not, with doubled slashes or not"""
    for group, *written in (("abc", "%61b%63"), ("a b", "a%20b"), ("群", "%E7%BE%A4", "%e7%be%a4")):
        group += fresh()
        tail = group[-14:]
        at = await balancer.lands_at(group)
        for raw in written:
            assert await balancer.lands_at(group, raw=raw + tail) == at
        assert await balancer.lands_at(group, path="//group//{kind}///{group}//{user}/xxx") == at


@pytest.mark.limit(150)
async def test_the_end_of_a_host_moves_its_groups_alone(balancer):
    """and they are back with it, so that none stays spread"""
    groups = [fresh() for _ in range(GROUPS)]
    before = await balancer.all_at(groups)
    gone = balancer.daemons[1]
    gone.stop()
    balancer.wait_gone(1)
    after = await balancer.all_at(groups)
    assert all(after[group] == before[group] for group in groups if before[group] != 1)
    moved = {after[group] for group in groups if before[group] == 1}
    assert 1 not in moved and len(moved) == 2  # not all of them to one

    gone.process = Process(gone.process.command, gone.folder / "again.log")
    its = next(group for group in groups if before[group] == 1)
    async with asyncio.timeout(20):
        while await balancer.lands_at(its) != 1:
            await asyncio.sleep(0.2)
    assert await balancer.all_at(groups) == before


async def test_one_order_across_the_balancer(balancer):
    """clients of a group chat through it"""
    group = fresh()
    here, there = [await Chat.join("ws://" + balancer.url(f"/group/chat/{group}/{user}/xxx")) for user in ("a", "b")]
    for number in range(5):
        await (here, there)[number % 2].send(str(number))
        assert await here.info() == await there.info() == str(number)


async def test_http_goes_to_any_host(balancer):
    """what is no WebSocket and no event stream goes round, also that of one group"""
    seen = set()
    for _ in range(3 * HOSTS):
        url = "http://" + balancer.url("/group/listMessage?groupId=g&startPage=0&endPage=1")
        with urllib.request.urlopen(url, timeout=20) as answer:
            seen.add(answer.read())
    assert seen == {b"0", b"1", b"2"}


@pytest.mark.limit(150)
async def test_a_group_too_big_for_a_host_overflows(make_balancer):
    """HAProxy: hash-balance-factor 150: no host has more than 1.5 times the mean"""
    balancer = make_balancer(Haproxy)
    group = fresh()
    at = collections.Counter([await balancer.lands_at(group) for _ in range(60)])
    assert len(at) > 1 and max(at.values()) <= 60 / HOSTS * 1.5 + 1, at


@pytest.mark.limit(150)
async def test_a_host_that_is_not_ready_gets_no_clients(make_balancer, own_redis):
    """HAProxy asks /readyz: a host without Redis is left out, though it listens"""
    balancer = make_balancer(Haproxy, UNBOUND, {0: own_redis})
    groups = [fresh() for _ in range(GROUPS)]
    before = await balancer.all_at(groups)
    own_redis.kill()
    balancer.wait_gone(0)
    after = await balancer.all_at(groups)
    assert is_listening(balancer.daemons[0].port)
    assert 0 in before.values() and 0 not in after.values()
    assert all(after[group] == before[group] for group in groups if before[group] != 0)

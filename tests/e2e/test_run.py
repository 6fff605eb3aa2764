"""test_run.py - `make run`: all parts come up, and all of them go, whatever ends it."""
import os
import pathlib
import pwd
import re
import shutil
import signal
import stat
import time

import pytest

from api import Api
from client import Chat
from host import API, BUILD, CGI, PUSHD, ROOT, build_folder, fresh, run_command, write_settings
from ports import free_port, free_ports, is_listening
from processes import Process, eventually, processes_with
from redis_server import RedisServer

pytestmark = pytest.mark.spread

STOP_SECONDS = 3
PROGRAMS = (API, CGI, PUSHD)


class Run:
    """One `bash conf/run.sh` (or `make run`) with its own ports, and a private Redis unless one is given."""

    def __init__(self, folder, redis_port=None, web="lighttpd", environment=None, **settings):
        self.folder = folder
        self.web = web
        self.environment = environment or {}
        self.before = []  # what stands before the command
        self.script = None  # another conf/run.sh
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.push_port = free_port(), free_port()
        self.private = redis_port is None
        self.redis_port = redis_port or free_port()
        self.mark = f"FASTIM_E2E_{fresh()}"
        self.conf = write_settings(folder / "fastim.yml", {
            "server.port": self.port, "push.listen": f"127.0.0.1:{self.push_port}",
            "push.health": "", "redis.port": self.redis_port, "http.processes": 2, **settings})
        self.build = build_folder(folder / "build")
        self.folders = set()  # that a run by root has made for its parts
        self.http = f"http://127.0.0.1:{self.port}"
        self.ready = f"fastim ready: {self.http}/test/websocket"
        self.process = None

    def start(self, wait=True):
        command, environment = run_command(self.conf, self.build, E2E_MARK=self.mark, WEB=self.web,
                                           **self.environment)
        if self.script:
            command[-1] = self.script
        self.process = Process([*self.before, *command], self.folder / "run.log", env=environment)
        if wait:
            self.process.wait_line("^" + re.escape(self.ready) + "( |$)")
        return self

    def make(self):
        """The same by `make run CONF=…`, on the programs as they are built and in their folder."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("FASTIM_", "MAKE", "MFLAGS"))}
        command = ["make", "-C", ROOT, "run", f"CONF={self.conf}", f"BUILD={BUILD}", f"WEB={self.web}"]
        self.process = Process(command, self.folder / "run.log", env={**environment, "E2E_MARK": self.mark})
        self.process.wait_line("^" + re.escape(self.ready) + "( |$)")
        return self

    def living(self):
        """What is left of it; zombies do not count."""
        needles = [self.mark, str(self.folder), f":{self.redis_port}" if self._own_redis else self.mark]
        # nginx writes its title over its environment, the mark with it. Its title names the parts' folder.
        self.folders |= set(re.findall(r"/tmp/fastim-\w{6}(?=/| |$)", " ".join(processes_with(*needles).values())))
        return processes_with(*needles, *self.folders)

    @property
    def _own_redis(self):
        return "starting one, its data in" in self.process.output

    def remove(self):
        """What it has left in the folder of the programs, if it was started there."""
        for name in (f"run-{self.port}", f"redis-{self.redis_port}"):
            shutil.rmtree(BUILD / name, ignore_errors=True)

    def assert_all_gone(self):
        """Leaves no process, no listener, no printer that still holds the output."""
        self.process.wait_output(2)
        assert not self.living()
        for port in [self.port, self.push_port] + ([self.redis_port] if self._own_redis else []):
            assert not is_listening(port), port

    def part(self, needle):
        """The pid of one of its processes."""
        found = [pid for pid, command in self.living().items()
                 if needle in command and "setpriv" not in command and "sed" not in command.split()[0]]
        assert found, (needle, self.living())
        return found[0]

    async def chat(self, group, user="u"):
        return await Chat.join(f"ws://127.0.0.1:{self.port}/group/chat/{group}/{user}/xxx")


@pytest.fixture
def make_run(tmp_path, redis_server, web):
    """make_run(): on the tests' Redis; make_run(private=True): on a Redis of its own."""
    runs = []

    def make(private=False, **settings):
        port = None if private else redis_server.port
        run = Run(tmp_path / f"run{len(runs)}", port, web, **settings)
        runs.append(run)
        return run

    yield make
    for run in runs:
        if run.process:
            run.process.stop()
        if run.private:
            run.remove()


def stop_and_time(run, stop):
    began = time.monotonic()
    stop()
    status = run.process.wait(STOP_SECONDS + 5)
    return status, time.monotonic() - began


# ---- coming up ----

@pytest.mark.smoke
async def test_ready_line_is_printed_when_all_of_it_answers(make_run):
    """When all of it answers it prints `fastim ready: http://127.0.0.1:9000/test/websocket`"""
    run = make_run(private=True).start()
    assert Api(run.http).get("/test/websocket").status == 200
    assert Api(run.http).login("u").post("/user/listGroup").code == 200
    client = await run.chat(fresh())
    await client.say("at once")
    assert run.process.output.count(run.ready) == 1


@pytest.mark.parametrize("round_number", range(3))
async def test_the_daemon_is_ready_when_the_line_is_printed(make_run, round_number):
    """When all of it answers - the first client that comes after the line is let in"""
    run = make_run().start()
    before = run.process.output.split(run.ready)[0]
    client = await run.chat(fresh())
    await client.say("at once")
    assert "redis-up connection=commands" in before and "redis-up connection=subscription" in before


def test_private_redis_only_where_none_answers(make_run, redis_server):
    """only where nothing answers at the configured loopback Redis address, a private redis-server"""
    run = make_run().start()
    assert not any("redis-server" in command for command in run.living().values())
    own = make_run(private=True).start()
    assert any("redis-server" in command for command in own.living().values())
    assert is_listening(own.redis_port)


def test_private_redis_has_the_settings_password_and_database(make_run):
    """redis.username, redis.password, redis.database"""
    for username in ("", "some-body"):
        run = make_run(private=True, **{"redis.password": "se cret\"\\", "redis.database": 20,
                                        "redis.username": username}).start()
        assert Api(run.http).login("u").post("/user/listGroup").code == 200


@pytest.mark.proxies
async def test_private_redis_at_a_socket_is_for_fastim_alone(make_run, public_folder):
    """redis.socket: a private redis-server there, in a folder that its user may write to"""
    public_folder.chmod(0o1777)
    path = public_folder / fresh("redis.sock")
    run = make_run(private=True, **{"redis.socket": str(path)}).start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert Api(run.http).login("u").post("/user/listGroup").code == 200
    await (await run.chat(fresh())).say("by the socket")


async def test_two_hosts_side_by_side_on_one_redis(make_run):
    """two with different ports run side by side on one Redis: that is how two hosts are tried"""
    first = make_run(private=True).start()
    second = Run(first.folder / "second", first.redis_port)
    try:
        group = fresh()
        here, there = await first.chat(group), await second.start().chat(group)
        await here.send("to both")
        assert await here.info() == await there.info() == "to both"
    finally:
        second.process.stop()
    await here.say("the first goes on")


@pytest.mark.limit(120)
async def test_a_private_cluster(make_run):
    """CLUSTER=1, or a port: three masters and three replicas, in the place of the Redis that the settings name; a second
    run shares it; it ends with the run that started it"""
    first = make_run(private=True, **{"redis.password": "se cret\"\\"})
    port = free_ports(12)
    first.environment = {"CLUSTER": str(port)}
    first.start()
    second = Run(first.folder / "second", first.redis_port, **{"redis.password": "se cret\"\\"})
    second.environment = first.environment
    try:
        group = fresh()
        here, there = await first.chat(group), await second.start().chat(group)
        await here.send("to both")
        assert await here.info() == await there.info() == "to both"
        assert Api(second.http).login("u").post("/user/listGroup").code == 200
        assert all(Api(run.http).get("/chat/room").status == 200 for run in (first, second))
        assert "starting one" not in second.process.output
    finally:
        second.process.stop()
    assert all(is_listening(port + i) for i in range(12))
    status, seconds = stop_and_time(first, lambda: first.process.signal(signal.SIGTERM))
    assert status == 0 and seconds <= STOP_SECONDS
    assert not any(is_listening(port + i) for i in range(12))
    first.assert_all_gone()


def test_cluster_that_is_no_port(make_run):
    run = make_run()
    run.environment = {"CLUSTER": "yes"}
    run.start(wait=False)
    assert run.process.wait(10) == 1
    assert "CLUSTER=yes: should be 1, or the first of twelve ports" in run.process.wait_output()


# ---- as whom, and for whom ----

by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")


def owners(run):
    """{name: uid} of its parts, and of what they have started."""
    found = {}
    for pid, command in run.living().items():
        program = pathlib.Path(command.split()[0]).name.rstrip(":")
        if program not in ("bash", "sed", "setpriv", "make", "sleep", "tail"):
            found.setdefault(program, set()).add(os.stat(f"/proc/{pid}").st_uid)
    return found


@by_root
@pytest.mark.proxies
async def test_started_by_root_all_parts_have_a_user_of_their_own(make_run):
    """`make run` as root: drops to a user of its own for all parts"""
    run, group = make_run(private=True).start(), fresh()
    assert Api(run.http).login("u").post("/user/listGroup").code == 200
    await (await run.chat(group)).say("kept")
    user = pwd.getpwnam("fastim").pw_uid
    found = owners(run)
    assert {"fastim-pushd", "redis-server"} < found.keys()
    assert all(uids == {user} for uids in found.values()), found
    run.process.signal(signal.SIGTERM)
    assert run.process.wait() == 0
    assert [m["info"] for m in (await run.start().chat(group)).first["list"]] == ["kept"]


@by_root
def test_run_as_names_the_user(make_run):
    """RUN_AS=user"""
    run = make_run(private=True)
    run.environment = {"RUN_AS": "nobody"}
    assert set().union(*owners(run.start()).values()) == {pwd.getpwnam("nobody").pw_uid}
    other = make_run(private=True)
    other.environment = {"RUN_AS": "nobody-at-all"}
    other.start(wait=False)
    assert other.process.wait(10) == 1
    assert "RUN_AS=nobody-at-all: there is no such user" in other.process.wait_output()


@by_root
def test_started_by_root_it_may_have_a_port_below_1024(make_run):
    port = next(port for port in range(1023, 900, -1) if not is_listening(port))
    run = make_run(private=True, **{"server.port": port})
    run.port, run.http = port, f"http://127.0.0.1:{port}"
    run.ready = f"fastim ready: {run.http}/test/websocket"
    assert Api(run.start().http).get("/test/websocket").status == 200


@by_root
@pytest.mark.proxies
async def test_started_by_anybody(make_run, public_folder):
    """Both as root and as a normal user"""
    run = make_run(private=True)
    home = public_folder / fresh("home")
    shutil.copytree(ROOT / "conf", home / "conf")
    run.build = home / "build"
    run.build.mkdir()
    for program in PROGRAMS:
        shutil.copy(program, run.build)
    run.conf = shutil.copy(run.conf, home)
    nobody = pwd.getpwnam("nobody")
    for path in (home, *home.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    run.before = ["setpriv", "--reuid", "nobody", "--regid", str(nobody.pw_gid), "--clear-groups", "--"]
    run.script = home / "conf" / "run.sh"
    await (await run.start().chat(fresh())).say("hello")
    assert Api(run.http).login("u").post("/user/listGroup").code == 200
    assert set().union(*owners(run).values()) == {nobody.pw_uid}
    status, seconds = stop_and_time(run, lambda: run.process.signal_group(signal.SIGTERM))
    assert seconds <= STOP_SECONDS
    run.assert_all_gone()


def addresses_of_ipv6():
    """What the kernel has; nothing if it has no IPv6, for then the file is not there. Its size is 0 in any case."""
    try:
        return pathlib.Path("/proc/net/if_inet6").read_text()
    except FileNotFoundError:
        return ""


HAS_IPV6 = "00000000000000000000000000000001 " in addresses_of_ipv6()


def answering(run):
    """At which addresses of this machine it answers."""
    return [address for address in ("127.0.0.1", "127.0.0.2", "::1") if is_listening(run.port, address)]


@pytest.mark.proxies
@pytest.mark.parametrize("listen, at, whom", [
    ("", ["127.0.0.1", "::1"], " (for this machine alone; make run LISTEN=all opens it to others)"),
    ("all", ["127.0.0.1", "127.0.0.2", "::1"], ""), ("127.0.0.2", ["127.0.0.2"], "")], ids=["loopback", "all", "one"])
async def test_it_listens_on_loopback_unless_told_otherwise(make_run, listen, at, whom):
    """loopback unless told otherwise; the ready line says how to open it to others"""
    run = make_run(private=True)
    run.environment = {"LISTEN": listen}
    if listen == "127.0.0.2":
        run.http = f"http://127.0.0.2:{run.port}"
        run.ready = f"fastim ready: {run.http}/test/websocket"
    run.start()
    assert run.ready + whom in run.process.output.split("\n")
    assert answering(run) == [address for address in at if HAS_IPV6 or address != "::1"]
    assert Api(run.http).get("/test/websocket").status == 200
    if HAS_IPV6 and "::1" in at:
        assert Api(f"http://[::1]:{run.port}").get("/test/websocket").status == 200
        client = await Chat.join(f"ws://[::1]:{run.port}/group/chat/{fresh()}/u/xxx")
        await client.say("by IPv6")


async def test_lighttpd_takes_doubled_slashes_in_sockets_paths(make_run):
    """Paths, here and for WebSockets: … doubled slashes make no difference"""
    run = make_run(private=True).start()
    for path in ("//group/chat/{}/u/t", "/group//chat/{}/u/t", "/group/chat//{}//u//t"):
        client = await Chat.join(f"ws://127.0.0.1:{run.port}{path.format(fresh())}")
        await client.say("hello")


def test_listen_that_is_no_address(make_run):
    run = make_run(private=True)
    run.environment = {"LISTEN": "everywhere"}
    run.start(wait=False)
    assert run.process.wait(10) == 1
    assert "LISTEN=everywhere: should be loopback, all or an address" in run.process.wait_output()


# ---- going ----

STOPS = {
    "Ctrl-C": lambda run: run.process.signal_group(signal.SIGINT),
    "SIGINT": lambda run: run.process.signal(signal.SIGINT),
    "SIGTERM": lambda run: run.process.signal(signal.SIGTERM),
    "SIGHUP": lambda run: run.process.signal(signal.SIGHUP),
}


@pytest.mark.everywhere
@pytest.mark.parametrize("how", [
    pytest.param(how, marks=[pytest.mark.proxies, pytest.mark.smoke] if how == "SIGTERM" else []) for how in STOPS])
async def test_stops_everything_within_3_s_and_leaves_no_process(make_run, how):
    """Ctrl-C and SIGTERM stop everything within 3 s and leave no process"""
    run = make_run(private=True).start()
    clients = [await run.chat(fresh()) for _ in range(5)]
    status, seconds = stop_and_time(run, lambda: STOPS[how](run))
    assert status == 0
    assert seconds <= STOP_SECONDS
    run.assert_all_gone()
    for client in clients:
        assert await client.close_code() in (1001, 1006)


@pytest.mark.everywhere
@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_make_run_in_the_foreground(make_run, how):
    """`make run CONF=file.yml`: foreground; Ctrl-C and SIGTERM stop everything within 3 s and leave no process"""
    run = make_run(private=True).make()
    assert Api(run.http).get("/test/websocket").status == 200
    _, seconds = stop_and_time(run, lambda: STOPS[how](run))
    assert seconds <= STOP_SECONDS
    eventually(lambda: not run.living(), STOP_SECONDS)
    run.assert_all_gone()


WEB_STARTED = "server started|resuming normal operations|start worker process"


@pytest.mark.parametrize("after", ["", "redis-up", "listening address", WEB_STARTED],
                         ids=["at once", "redis", "pushd", "web server"])
def test_stopped_while_it_comes_up(make_run, after):
    """Ctrl-C … leave no process - at any time"""
    run = make_run(private=True).start(wait=False)
    if after:
        run.process.wait_line(after)
    status, seconds = stop_and_time(run, lambda: STOPS["Ctrl-C"](run))
    assert status in (0, 130, -2)
    assert seconds <= STOP_SECONDS
    run.assert_all_gone()


def test_killed_run_leaves_nothing_behind_for_long(make_run):
    """nothing left behind - not even after SIGKILL"""
    run = make_run(private=True).start()
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait()
    eventually(lambda: not run.living(), STOP_SECONDS + 2, "the end of all parts")


async def test_restarting_at_once_works_and_messages_survive(make_run):
    """Restarting at once works; … with an append-only file under `build/`, so that a restart loses nothing"""
    run, group = make_run(private=True).start(), fresh()
    client = await run.chat(group)
    for n in range(3):
        await client.say(str(n))
        run.process.signal(signal.SIGTERM)
        assert run.process.wait() == 0
        run.start()
        client = await run.chat(group)
        assert [m["info"] for m in client.first["list"]] == [str(i) for i in range(n + 1)]


# ---- what goes wrong ----

@pytest.mark.parametrize("which", ["server.port", "push.listen", "push.health"])
def test_port_in_use(make_run, site, which):
    """A port in use …: a clear message and exit 1, nothing left behind"""
    taken = site.port if which == "server.port" else site.push_port
    value = taken if which == "server.port" else f"127.0.0.1:{taken}"
    run = make_run(private=True, **{which: value}).start(wait=False)
    assert run.process.wait(10) == 1
    output = run.process.wait_output()
    assert re.search(rf"\b{taken} is in use", output), output
    assert which in output
    assert not run.living()
    assert not is_listening(run.redis_port)


PARTS = {"pushd": "fastim-pushd -c", "redis": "redis-server", "lighttpd": "lighttpd -D",
         "apache": "apache2 -DFOREGROUND", "nginx": "master process nginx", "api": "fastim-api -c"}
WEB_PARTS = {"lighttpd": ["lighttpd"], "nginx": ["nginx", "api"], "cgi": ["lighttpd", "api"],
             "apache-fcgid": ["apache"], "apache-proxy": ["apache", "api"], "apache-cgi": ["apache", "api"],
             "cgi-alone": ["lighttpd"]}


@pytest.mark.parametrize("part", ["pushd", "redis"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_dead_part(make_run, part, how):
    """a dead part: a clear message and exit 1, nothing left behind"""
    check_dead_part(make_run(private=True).start(), part, how)


@pytest.mark.everywhere
@pytest.mark.parametrize("how", [pytest.param(signal.SIGKILL, marks=pytest.mark.proxies), signal.SIGTERM])
def test_dead_web_server(make_run, web, how):
    """a dead part: a clear message and exit 1, nothing left behind"""
    for part in WEB_PARTS[web]:
        check_dead_part(make_run(private=True).start(), part, how)


def check_dead_part(run, part, how):
    os.kill(run.part(PARTS[part]), how)
    assert run.process.wait(STOP_SECONDS + 3) == 1
    assert re.search(rf"fastim: {part} (was )?ended", run.process.wait_output())
    run.assert_all_gone()


def test_a_web_server_that_there_is_not(make_run):
    """WEB=…: a clear message and exit 1"""
    run = make_run(private=True)
    run.web = "iis"
    run.start(wait=False)
    assert run.process.wait(10) == 1
    assert "WEB=iis: should be lighttpd, apache-fcgid, " in run.process.wait_output()


@pytest.mark.parametrize("count", [1, 3])
def test_lighttpd_starts_as_many_processes_as_the_settings_say(make_run, count):
    """http.processes"""
    run = make_run(**{"http.processes": count}).start()
    started = [command for command in run.living().values() if command.endswith("fastim-api")]
    assert len(started) == count, started


def test_dead_fastcgi_process_is_started_again(make_run):
    """Started by the web server as FastCGI"""
    run = make_run(private=True).start()
    user = Api(run.http).login("u")
    for pid, command in run.living().items():
        if command.endswith("fastim-api"):
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: user.post("/user/listGroup").status == 200, 10, "a new FastCGI process")


def test_settings_that_are_not_usable(make_run):
    """FILE:LINE: key: what is wrong …, exit 1"""
    run = make_run(private=True, **{"im.group.loginAuth": "maybe"}).start(wait=False)
    assert run.process.wait(10) == 1
    output = run.process.wait_output()
    assert re.search(re.escape(str(run.conf)) + r":\d+: im\.group\.loginAuth: ", output)
    assert not run.living()


def test_programs_that_are_not_there(tmp_path):
    """a clear message and exit 1"""
    (tmp_path / "build").mkdir()
    conf = write_settings(tmp_path / "fastim.yml", {})
    command, environment = run_command(conf, tmp_path / "build")
    process = Process(command, tmp_path / "run.log", env=environment)
    assert process.wait() == 1
    assert "make" in process.wait_output()


async def test_redis_that_ends_elsewhere_is_no_dead_part(make_run, tmp_path):
    """Redis gone: the clients stay"""
    server = RedisServer(tmp_path / "redis", appendonly=True)
    run = Run(tmp_path / "run", server.port)
    try:
        client = await run.start().chat(fresh())
        await client.say("before")
        server.kill()
        run.process.wait_line("redis-down connection=commands")
        server.start()
        eventually(lambda: run.process.output.count("redis-up connection=commands") >= 2, 10)
        await client.say("after")
    finally:
        server.stop()
        run.process.stop()


def test_the_programs_under_test_are_those_of_this_tree():
    """make builds `build/fastim-api` and `build/fastim-pushd`"""
    assert all((BUILD / name).is_file() for name in ("fastim-api", "fastim-cgi", "fastim-pushd"))

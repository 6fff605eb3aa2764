"""test_spawn.py - fastim-api -s: processes behind one socket, for web servers that start none."""
import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import threading
import time

import pytest

from fastcgi import STDIN, FastCgi, record
from host import API, ROOT, write_settings
from processes import Process, eventually

pytestmark = pytest.mark.spread

PAGE = {"REQUEST_METHOD": "GET", "PATH_INFO": "/test/websocket"}
FORM = {"REQUEST_METHOD": "POST", "PATH_INFO": "/user/login", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
LOGIN = b"userId=u&password=p"


class Spawned(FastCgi):
    """fastim-api -s on a socket of its own; asked as a web server asks it."""

    def __init__(self, folder, redis_server, processes=2, settings=None, arguments=None, **options):
        self.folder = folder
        self.path = str(folder / "api.sock")
        self.settings = {"redis.port": redis_server.port, "redis.password": redis_server.password,
                         "http.processes": processes, "http.requestsPerSecond": 0, "log.level": "debug", **(settings or {})}
        self.conf = write_settings(folder / "fastim.yml", self.settings)
        self.process = Process([API, "-c", self.conf, *(arguments or ["-s", f"unix:{self.path}"])],
                               folder / "api.log", **options)

    def wait(self):
        self.process.wait_line("^info started processes=")
        return self

    def children(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return {int(pid) for pid in file.read().split()}

    def wait_for_each(self):
        """Until all of its processes have come to take requests: who holds a connection takes no other."""
        with contextlib.ExitStack() as held:
            for _ in self.children():
                held.enter_context(self.connect())
            eventually(lambda: not socket_queue(self.path), timeout=10, what="a process for each connection")

    def is_served(self):
        return b"Status: 200" in self.ask(**PAGE)


@pytest.fixture
def spawn(tmp_path, redis_server):
    """spawn(): started, and ended with the test."""
    all_of_them = []

    def start(name="api", **options):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        all_of_them.append(Spawned(folder, redis_server, **options))
        return all_of_them[-1]

    yield start
    for spawned in all_of_them:
        spawned.process.stop()


def test_its_processes_stand_back(spawn):
    """under SCHED_BATCH, so that a large history does not hold up chat"""
    spawned = spawn(processes=2).wait()
    spawned.wait_for_each()
    assert [os.sched_getscheduler(pid) for pid in spawned.children()] == [os.SCHED_BATCH] * 2


def test_so_many_processes_serve(spawn):
    """`fastim-api -s unix:PATH -n N` listens, forks N processes"""
    api = spawn(processes=3).wait()
    eventually(lambda: len(api.children()) == 3, what="three processes")
    assert api.is_served() and b'"code":200' in api.ask(LOGIN, **FORM)
    more = spawn(name="n", arguments=["-s", f"unix:{api.folder.parent}/n/api.sock", "-n", "5"]).wait()
    eventually(lambda: len(more.children()) == 5, what="five processes")
    assert more.is_served()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away")
def test_owner_and_group_from_the_settings(spawn):
    """the socket is 0660 with owner and group from settings"""
    api = spawn(settings={"http.socketUser": "nobody", "http.socketGroup": "www-data"}).wait()
    at = os.stat(api.path)
    assert stat.S_IMODE(at.st_mode) == 0o660
    assert (pwd.getpwuid(at.st_uid).pw_name, grp.getgrgid(at.st_gid).gr_name) == ("nobody", "www-data")


def test_the_socket_is_0660_by_default(spawn):
    api = spawn(processes=1).wait()
    at = os.stat(api.path)
    assert (stat.S_IMODE(at.st_mode), at.st_uid, at.st_gid) == (0o660, os.geteuid(), os.getegid())


def test_a_group_that_there_is_not(spawn):
    api = spawn(settings={"http.socketGroup": "no-such-group"})
    assert api.process.wait() == 1
    assert "http.socketGroup is no group" in api.process.wait_output()


def test_one_that_dies_is_replaced(spawn):
    """restarts those that die"""
    api = spawn().wait()
    eventually(lambda: len(api.children()) == 2, what="two processes")
    dead = min(api.children())
    os.kill(dead, signal.SIGKILL)
    eventually(lambda: len(api.children() - {dead}) == 2, what="a new process")
    assert api.is_served()
    assert f"pid={dead} signal=9" in api.process.output


def test_those_that_die_at_once_are_started_ever_more_slowly(spawn, tmp_path):
    """restarts those that die (with backoff)"""
    api = spawn(processes=1).wait()
    api.conf.unlink()  # what is started from now on ends at once
    began = time.monotonic()
    os.kill(next(iter(api.children())), signal.SIGKILL)
    eventually(lambda: api.process.output.count("died pid=") >= 6, timeout=30, what="six deaths")
    pauses = [int(line.rsplit("again-in-ms=", 1)[1]) for line in api.process.output.splitlines() if "died pid=" in line]
    assert time.monotonic() - began > sum(pauses[:5]) / 1000 - 0.1
    assert pauses[5] > 4 * max(pauses[0], 1)
    write_settings(api.conf, api.settings)
    eventually(lambda: served(api), timeout=10, what="service")


def served(api):
    try:
        return api.is_served()
    except OSError:
        return False


def test_sigterm_lets_requests_under_way_finish(spawn):
    """stops gracefully on SIGTERM (requests under way finish)"""
    api = spawn(processes=1).wait()
    piece = record(STDIN, b"x" * 65535)
    with api.connect() as connection:
        connection.sendall(api.head(**FORM))
        connection.sendall(40 * piece)  # more than a socket holds: so it is being read by now
        api.process.signal(signal.SIGTERM)
        api.process.wait_line("^info stopping")
        connection.sendall(piece + record(STDIN))
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"Status: 413" in received
    assert api.process.wait(5) == 0
    assert not os.path.exists(api.path)


def test_sighup_under_load_replaces_all_and_fails_nobody(spawn):
    """recycles on SIGHUP"""
    api = spawn(processes=3).wait()
    eventually(lambda: len(api.children()) == 3, what="three processes")
    stop, wrong, right = threading.Event(), [], []

    def ask():
        while not stop.is_set():
            try:
                answer = api.ask(LOGIN, **FORM)
                (right if b'"code":200' in answer else wrong).append(answer)
            except OSError as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        before, count = api.children(), len(right)
        api.process.signal(signal.SIGHUP)
        eventually(lambda before=before: len(api.children()) == 3 and not api.children() & before, what="new ones")
        eventually(lambda count=count: len(right) > count + 50, what="answers")
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]


def test_sighup_takes_new_settings_and_refuses_wrong_ones(spawn):
    api = spawn(processes=1).wait()
    old = api.children()
    write_settings(api.conf, {**api.settings, "http.processes": 3, "http.open": "/user/login"})
    api.process.signal(signal.SIGHUP)
    eventually(lambda: len(api.children()) == 3 and not api.children() & old, what="three processes")
    assert b'"code":440' in api.ask(**PAGE)
    before = api.children()
    api.wait_for_each()  # with the settings as they are
    api.conf.write_text("http: {processes: many}\n")
    api.process.signal(signal.SIGHUP)
    api.process.wait_line("^error not reloaded: ")
    eventually(lambda: api.children() == before, what="the same ones")
    assert b'"code":200' in api.ask(LOGIN, **FORM)


def test_sighup_takes_other_operators(spawn):
    """admin.tokens: a change is taken when processes start"""
    api = spawn(processes=1).wait()

    def hosts(token):
        return api.ask(b"", **{**FORM, "PATH_INFO": "/admin/hosts", "HTTP_ADMINTOKEN": token})

    assert b'"code":404' in hosts("ann-s-token")
    for tokens, right, wrong in (("ann:ann-s-token", "ann-s-token", "bob-s-token"),
                                 ("bob:bob-s-token", "bob-s-token", "ann-s-token")):
        old = api.children()
        write_settings(api.conf, {**api.settings, "admin.tokens": tokens})
        api.process.signal(signal.SIGHUP)
        eventually(lambda old=old: api.children() and not api.children() & old, what="a new process")
        assert b'"code":200' in hosts(right) and b'"code":403' in hosts(wrong)


def test_a_stale_socket_is_replaced_and_a_live_one_is_not(spawn):
    first = spawn(processes=1).wait()
    second = spawn(processes=1)
    assert second.process.wait() == 1
    assert first.path in second.process.wait_output() and first.is_served()
    first.process.signal(signal.SIGKILL)
    first.process.wait()
    eventually(lambda: not served(first), what="the end of all of it")
    assert os.path.exists(first.path)
    assert spawn(processes=1).wait().is_served()


def test_what_is_no_socket_is_left_alone(spawn, tmp_path):
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "api.sock").write_text("mine")
    api = spawn()
    assert api.process.wait() == 1
    assert (tmp_path / "api" / "api.sock").read_text() == "mine"


def test_a_socket_from_systemd(spawn, tmp_path):
    """systemd socket activation works as well (LISTEN_FDS)"""
    path = str(tmp_path / "handed.sock")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        command = f'exec 3<&{listening.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
        conf = write_settings(tmp_path / "handed.yml", {"http.processes": 2})
        os.set_inheritable(listening.fileno(), True)
        popen = subprocess.Popen(["bash", "-c", command, "bash", API, "-c", conf], pass_fds=[listening.fileno()],
                                 stderr=subprocess.PIPE)
    try:
        api = FastCgi.__new__(FastCgi)
        api.path = path
        assert b"Status: 200" in api.ask(**PAGE)
        popen.send_signal(signal.SIGTERM)
        assert popen.wait(5) == 0
        assert os.path.exists(path), "it is systemd's"
    finally:
        popen.kill()
        popen.communicate()


def test_it_tells_the_service_manager(spawn, tmp_path):
    """Type=notify"""
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(tmp_path / "notify"))
    notify.settimeout(10)
    api = spawn(processes=1, env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}).wait()
    assert notify.recv(1000) == b"READY=1"
    assert served(api), "ready is ready"
    api.process.signal(signal.SIGTERM)
    assert notify.recv(1000).startswith(b"STOPPING=1\nEXTEND_TIMEOUT_USEC=")
    assert api.process.wait(5) == 0
    notify.close()


# ---- what waits, and what is slow ----

SLOW = """#include <fastim_module.h>
#include <unistd.h>
FASTIM_MODULE
int fastim_login(const char *u, const char *p, struct fastim_user_info *info) { usleep(%d * 1000); return FASTIM_YES; }
"""


@pytest.fixture
def slow(spawn, tmp_path):
    """slow(ms): an API of which each login takes so long."""
    def make(login_ms, **options):
        (tmp_path / "slow.c").write_text(SLOW % login_ms)
        subprocess.run(["cc", "-shared", "-fPIC", f"-I{ROOT / 'fcgi-api' / 'login'}", "-o", tmp_path / "slow.so",
                        tmp_path / "slow.c"], check=True)
        api = spawn(settings={"login.method": "module", "login.module": str(tmp_path / "slow.so"),
                              "login.maxFailures": 0}, **options).wait()
        eventually(api.children, what="a process to take requests")  # the socket is there before it
        return api

    return make


class Asked(threading.Thread):
    """One login, under way."""

    def __init__(self, api):
        super().__init__()
        self.api = api
        self.answer = b""
        self.connection = api.connect()
        self.connection.sendall(api.head(**FORM) + record(STDIN, LOGIN) + record(STDIN))
        self.start()

    def run(self):
        try:
            with self.connection:
                self.answer = b"".join(iter(lambda: self.connection.recv(65536), b""))
        except OSError:
            pass

    @property
    def ok(self):
        self.join()
        return b'"code":200' in self.answer


def test_sighup_replaces_those_who_always_have_somebody_waiting(slow):
    """recycles on SIGHUP (requests under way finish)"""
    api = slow(100, processes=2)
    stop, wrong = threading.Event(), []

    def ask():
        while not stop.is_set():
            try:
                answer = api.ask(LOGIN, **FORM)
                if b'"code":200' not in answer:
                    wrong.append(answer)
            except OSError as error:
                wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    before = api.children()
    began = time.monotonic()
    api.process.signal(signal.SIGHUP)
    eventually(lambda: len(api.children()) == 2 and not api.children() & before, timeout=9, what="new ones")
    assert time.monotonic() - began < 3
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    assert "killed" not in api.process.output


def test_who_does_not_come_to_an_end_is_killed_however_often_it_is_told(slow):
    """one that hangs is killed after ten seconds; a SIGHUP meanwhile does not give it more"""
    api = slow(60_000, processes=1)
    hanging, first = api.children(), Asked(api)
    eventually(lambda: not socket_queue(api.path), what="the request under way")
    began = time.monotonic()
    for number in range(1, 4):
        api.process.signal(signal.SIGHUP)
        eventually(lambda number=number: api.process.output.count("info reloaded") == number, what="new ones")
        eventually(lambda number=number: time.monotonic() > began + 3 * number, timeout=4, what="time to pass")
    api.process.wait_line(f"^warn fastcgi-process does not end, killed pid={hanging.pop()}$")
    assert 9.5 < time.monotonic() - began < 12
    assert not first.ok and api.is_served()


def test_sighup_with_a_module_that_hangs_as_it_is_loaded(spawn, tmp_path):
    """the settings are checked first, for five seconds at most; meanwhile, and after it, all are served"""
    (tmp_path / "hangs.c").write_text(
        "#include <unistd.h>\n__attribute__((constructor)) static void hang(void) { for (;;) { pause(); } }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "hangs.so", tmp_path / "hangs.c"], check=True)
    api = spawn(processes=1).wait()
    assert api.is_served()
    before = api.children()
    write_settings(api.conf, {**api.settings, "login.method": "module", "login.module": str(tmp_path / "hangs.so")})
    api.process.signal(signal.SIGHUP)
    eventually(lambda: len(api.children()) == 2, what="a check under way")
    assert api.is_served()
    api.process.wait_line("^error check signal=14$", timeout=8)
    api.process.wait_line("^error not reloaded: ")
    assert api.children() == before and api.is_served()


def test_sigterm_answers_those_who_wait_already_and_refuses_others(slow):
    """stops gracefully on SIGTERM (requests under way finish)"""
    api = slow(200, processes=1)
    waiting = [Asked(api) for _ in range(6)]
    api.process.signal(signal.SIGTERM)
    api.process.wait_line("^info stopping")
    with pytest.raises(OSError):
        eventually(lambda: not api.connect(), timeout=10)
    assert all(asked.ok for asked in waiting)
    assert api.process.wait(15) == 0


def first_asked(api):
    """As soon as its socket is there."""
    while api.process.popen.poll() is None:
        with contextlib.suppress(OSError):
            return Asked(api)


@pytest.mark.parametrize("start", range(10))
def test_sigterm_at_its_start_answers_who_waits_already(spawn, start):
    """the socket is there before the first process is, which then answers, and ends"""
    api = spawn(processes=1)
    asked = first_asked(api)
    api.process.signal(signal.SIGTERM)
    assert asked.ok
    assert api.process.wait(15) == 0


def test_a_second_sigterm_waits_for_the_request_under_way_alone(slow):
    api = slow(1000, processes=1)
    first = Asked(api)
    eventually(lambda: not socket_queue(api.path), what="the request under way")
    second = Asked(api)
    api.process.signal(signal.SIGTERM)
    api.process.wait_line("^info stopping")
    api.process.signal(signal.SIGTERM)
    assert first.ok and not second.ok
    assert api.process.wait(2) == 0


@pytest.mark.parametrize("begin, seconds", [(b"", 5), (b"\x01", 5), (FastCgi.head(**FORM)[:-3], 5), (FastCgi.head(**FORM), 10)],
                         ids=["nothing", "a byte", "half a head", "no body"])
def test_who_says_something_and_then_nothing_holds_a_process_for_a_while(spawn, begin, seconds):
    """one byte, then silence: the request is read with a deadline, the process goes on with the next one"""
    api = spawn(processes=2).wait()
    eventually(lambda: len(api.children()) == 2, what="two processes")
    before, began = api.children(), time.monotonic()
    with contextlib.ExitStack() as held:
        for _ in range(2):
            held.enter_context(api.connect()).sendall(begin)
        with api.connect() as honest:
            honest.settimeout(seconds + 10)
            honest.sendall(api.head(**PAGE) + record(STDIN))
            assert b"Status: 200" in b"".join(iter(lambda: honest.recv(65536), b""))
    assert seconds - 2 < time.monotonic() - began < seconds + 4
    assert api.children() == before


def test_a_byte_now_and_then_is_no_request(spawn):
    """one byte, then silence …: the deadline is that of the whole request"""
    api = spawn(processes=1).wait()
    began = time.monotonic()
    with api.connect() as slow:
        slow.sendall(api.head(**FORM))
        with contextlib.suppress(OSError):
            for byte in record(STDIN, b"x" * 1000):
                slow.sendall(bytes([byte]))
                time.sleep(0.2)
                assert time.monotonic() < began + 15
    assert api.is_served()


def socket_queue(path):
    """How many wait at a unix socket to be accepted: so many more ends of connections there are than accepted ones."""
    with open("/proc/net/unix") as file:
        states = [line.split()[5] for line in file if line.rstrip().endswith(path)]
    return states.count("02")  # SS_CONNECTING


def test_settings_that_name_what_is_not_there(spawn, tmp_path):
    """a clear message and exit 1"""
    for name, settings in {"module": {"login.method": "module", "login.module": str(tmp_path / "none.so")},
                           "file": {"login.method": "htpasswd", "login.htpasswd": str(tmp_path / "none")}}.items():
        api = spawn(name=name, settings=settings)
        assert api.process.wait() == 1
        assert "none" in api.process.wait_output() and not os.path.exists(api.path)


def test_a_reader_of_the_log_that_goes_away_ends_nothing(spawn, tmp_path, redis_server):
    """survives what breaks the others"""
    conf = write_settings(tmp_path / "piped.yml", {"redis.port": redis_server.port, "http.processes": 1})
    path = str(tmp_path / "piped.sock")
    started = subprocess.Popen([API, "-c", conf, "-s", f"unix:{path}"], stderr=subprocess.PIPE)
    try:
        assert b"started" in started.stderr.readline()
        started.stderr.close()
        api = Spawned.__new__(Spawned)
        api.path, api.process = path, started
        child = next(iter(api.children()))
        os.kill(child, signal.SIGKILL)
        eventually(lambda: api.children() - {child}, what="a new process")
        eventually(lambda: served(api), what="service")
    finally:
        started.terminate()
        assert started.wait(5) == 0


def test_started_with_closed_descriptors(spawn, tmp_path, redis_server):
    conf = write_settings(tmp_path / "closed.yml", {"redis.port": redis_server.port, "http.processes": 1})
    api = Spawned.__new__(Spawned)
    api.path = str(tmp_path / "closed.sock")
    command = 'exec "$@" <&- >&- 2>&-'
    api.process = subprocess.Popen(["bash", "-c", command, "bash", API, "-c", conf, "-s", f"unix:{api.path}"])
    try:
        eventually(lambda: os.path.exists(api.path) and served(api), what="service")
    finally:
        api.process.terminate()
        assert api.process.wait(5) == 0


@pytest.mark.parametrize("kind", ["TCP", "not listening"])
def test_a_socket_from_systemd_that_is_none_of_ours(tmp_path, kind):
    """only a private unix socket, never TCP open to others"""
    with socket.socket(socket.AF_INET if kind == "TCP" else socket.AF_UNIX) as given:
        given.bind(("127.0.0.1", 0) if kind == "TCP" else str(tmp_path / "given.sock"))
        if kind == "TCP":
            given.listen()
        os.set_inheritable(given.fileno(), True)
        command = f'exec 3<&{given.fileno()}; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
        done = subprocess.run(["bash", "-c", command, "bash", API, "-c", write_settings(tmp_path / "f.yml", {})],
                              pass_fds=[given.fileno()], capture_output=True, text=True, timeout=10)
    assert done.returncode == 1 and "what the service manager hands over" in done.stderr


def test_a_newer_program_that_knows_more_settings_is_taken(spawn, tmp_path, monkeypatch):
    """recycles on SIGHUP: by the program as it is on disk"""
    program = tmp_path / "fastim-api"
    shutil.copy(API, program)
    monkeypatch.setattr("test_spawn.API", program)
    api = spawn(processes=1).wait()
    old = api.children()
    conf = tmp_path / "known.yml"
    shutil.copy(api.conf, conf)
    write_settings(api.conf, {**api.settings, "http.newSetting": 1})
    newer = tmp_path / "newer"
    newer.write_text(f'#!/bin/sh\n[ "$1" != -t ] || exit 0\nexec "{tmp_path}/fastim-api.real" -c "{conf}"\n')
    newer.chmod(0o755)
    shutil.copy(program, tmp_path / "fastim-api.real")
    newer.rename(program)
    api.process.signal(signal.SIGHUP)
    api.process.wait_line("^info reloaded")
    eventually(lambda: served(api) and not api.children() & old, what="the newer program")

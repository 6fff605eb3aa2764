"""conftest.py - the servers that the tests share, how async tests run, and what they tell."""
import asyncio
import contextlib
import inspect
import itertools
import os
import pathlib
import signal
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

import client
import rounds
from cluster_site import ClusterServer
from daemon import Daemon
from host import API, CGI, CTL, PUSHD, Host
from listeners import RevokedListeners
from redis_cluster import PATIENT_MS, RedisCluster
from redis_server import RedisServer
from relay import Relay


# Who is started in the background, as by a script, or by nohup, ignores these, and hands that on to
# all it starts. The programs here are to be stopped by them. And whoever stops the tests, however
# politely, stops what they have started.
for stop in rounds.STOPS:
    in_worker = "PYTEST_XDIST_WORKER" in os.environ
    signal.signal(stop, rounds.interrupt if in_worker else signal.default_int_handler)

TEST_SECONDS = 60  # no test takes longer, unless it says so with @pytest.mark.limit(seconds)


def pytest_addoption(parser):
    rounds.options(parser)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    return rounds.workers()


def pytest_configure(config):
    config.addinivalue_line("markers", "limit(seconds): how long an async test may take")
    config.addinivalue_line("markers", "complains(text): the browser is to say this on its console")
    config.pluginmanager.register(rounds)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Runs `async def` tests; all their clients leave at the end."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    mark = pyfuncitem.get_closest_marker("limit")
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}

    async def run():
        async with client.clients_of_a_test():
            await asyncio.wait_for(pyfuncitem.obj(**arguments),
                                   mark.args[0] if mark else TEST_SECONDS)

    asyncio.run(run())
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure names the logs of the hosts that the test used."""
    report = (yield).get_result()
    if report.failed:
        logs = {str(value.process.log) for value in getattr(item, "funcargs", {}).values()
                if isinstance(value, Host)}
        if logs:
            report.sections.append(("logs", "\n".join(sorted(logs))))


def pytest_terminal_summary(terminalreporter):
    """What tests have measured: record_property("figure", "…")."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    told = [pair for report in reports for pair in report.user_properties]
    figures = {text for name, text in told if name == "figure"}
    if figures:
        terminalreporter.section("figures")
        for text in sorted(figures):
            terminalreporter.line(text)


class Hosts:
    """Starts hosts, keeps those that differ by settings alone, ends them all."""

    def __init__(self, folder, redis_server, web):
        self._folder = folder
        self._web = web
        self._redis_server = redis_server
        self._numbers = itertools.count(1)
        self._kept = {}
        self._all = []

    def new(self, settings=None, redis_server=None, **environment):
        """A host for one test alone, which may do with it what it likes."""
        host = Host(self._folder / f"host{next(self._numbers)}",
                    redis_server or self._redis_server, settings, self._web, **environment)
        self._all.append(host)
        return host

    def get(self, settings=None):
        """A host with these settings, shared by all tests that ask for the same."""
        key = tuple(sorted((settings or {}).items()))
        if key not in self._kept:
            self._kept[key] = self.new(settings)
        return self._kept[key]

    def end(self, host):
        self._all.remove(host)
        host.stop()

    def end_all(self):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(Host.stop, self._all))


@pytest.fixture(scope="session", autouse=True)
def programs():
    for program in (API, CGI, CTL, PUSHD):
        if not program.exists():
            pytest.exit(f"{program} is missing: run make first", 3)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory, request):
    """The Redis that the hosts share; .client is a redis.Redis. With --cluster it is a cluster: cluster_site."""
    if request.config.getoption("--cluster"):
        yield ClusterServer(request.getfixturevalue("redis_cluster"))
        return
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def web(request):
    """The web server before the hosts: see conf/run.sh."""
    return request.param


@pytest.fixture(scope="session")
def hosts(tmp_path_factory, redis_server, web):
    all_hosts = Hosts(tmp_path_factory.mktemp("hosts"), redis_server, web)
    yield all_hosts
    all_hosts.end_all()


@pytest.fixture(scope="session")
def site(hosts):
    """A host with the default settings."""
    return hosts.get()


@pytest.fixture(scope="session")
def other_site(hosts, site):
    """A second host with the default settings, on the same Redis."""
    return hosts.new()


@pytest.fixture(scope="session")
def two_hosts(site, other_site):
    return site, other_site


@pytest.fixture(scope="session")
def make_host(hosts):
    """make_host({"im.group.loginAuth": 1}): a host with such settings, shared with who asks the same."""
    return hosts.get


@pytest.fixture(scope="session")
def revoked_listeners(tmp_path_factory, redis_server):
    """Listeners whose login is gone since the beginning of the session."""
    own = Hosts(tmp_path_factory.mktemp("revoked"), redis_server, rounds.WEBS[-1])
    yield RevokedListeners(own.get({"im.group.loginAuth": 1}))
    own.end_all()


@pytest.fixture(scope="session", autouse=True)
def slow_tests_begin(request):
    """What slow tests wait for begins before the first test; a worker begins with them."""
    slow = any(item.get_closest_marker("slow") for item in request.session.items)
    if slow and not rounds.is_worker(request.config):
        request.getfixturevalue("revoked_listeners")


@pytest.fixture(scope="module")
def public_folder():
    """Started by root, run.sh runs all parts as another user, who has to reach what lies here."""
    with tempfile.TemporaryDirectory(prefix="fastim-public-") as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


@pytest.fixture
def own_redis(tmp_path):
    """A Redis for one test alone, with an append-only file."""
    server = RedisServer(tmp_path / "redis", appendonly=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory):
    """Three masters that tests share; they leave all slots where they are."""
    with RedisCluster(tmp_path_factory.mktemp("cluster"), node_timeout_ms=PATIENT_MS) as cluster:
        yield cluster


@pytest.fixture
def make_cluster(tmp_path):
    """make_cluster(replicas=1): a Redis Cluster for one test alone."""
    with contextlib.ExitStack() as clusters:
        numbers = itertools.count()
        yield lambda **options: clusters.enter_context(RedisCluster(tmp_path / f"cluster{next(numbers)}", **options))


@pytest.fixture
def own_host(hosts, own_redis):
    """A host for one test alone, on its own Redis."""
    host = hosts.new({"redis.timeoutMs": 500}, own_redis)
    yield host
    hosts.end(host)


@pytest.fixture
def own_hosts(hosts, own_redis):
    """Two hosts for one test alone, on one Redis of their own."""
    pair = [hosts.new({"redis.timeoutMs": 500}, own_redis) for _ in range(2)]
    yield pair
    for host in pair:
        hosts.end(host)


class Relayed:
    """A host that reaches the shared Redis through a relay only; its parts are .host and .relay."""

    def __init__(self, hosts, redis_server):
        self.relay = Relay(redis_server.port)
        self.host = hosts.new({"redis.port": self.relay.port, "redis.timeoutMs": 500})


@pytest.fixture
def relayed(hosts, redis_server):
    """A host for one test alone, whose line to the shared Redis can be cut."""
    pair = Relayed(hosts, redis_server)
    yield pair
    hosts.end(pair.host)
    pair.relay.stop()


@pytest.fixture
def make_daemon(tmp_path, redis_server):
    """make_daemon({"push.workers": 2}): fastim-pushd alone, for one test."""
    daemons = []

    def make(settings=None, redis_server=redis_server):
        folder = tmp_path / f"daemon{len(daemons)}"
        folder.mkdir()
        daemons.append(Daemon(folder, redis_server, settings))
        return daemons[-1]

    yield make
    for daemon in daemons:
        daemon.stop()

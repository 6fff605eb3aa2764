"""rounds.py - behind which web servers a test runs, in what order, and beside which others.

A test runs once, behind the last one of WEBS, and beside those of the other workers of
python3-pytest-xdist. Marks say otherwise:

    proxies     a web server can spoil it: it runs behind each
    everywhere  it runs behind each if that is asked for (--everywhere)
    alone       it measures time: no other test runs meanwhile
    slow        it waits for a minute
    spread      (of a file) its tests wait much and share little: each may go to another worker

With --cluster the files of ON_CLUSTER run on a Redis Cluster of three masters, but for tests that have a Redis of their
own, and those that are marked:

    one_redis   (with the reason) it is about something that is otherwise on a cluster
"""
import contextlib
import fcntl
import importlib
import os
import pathlib
import signal
import tempfile

import pytest

# The one that has them all comes last.
WEBS = "nginx apache-proxy apache-fcgid cgi-alone apache-cgi cgi lighttpd"
WEBS = os.environ.get("WEB", WEBS).split()
# What differs with a CGI that has no fastim-api running is HTTP alone.
ALONE = "cgi-alone"
OF_HTTP = {"test_http", "test_users", "test_history", "test_recall", "test_login", "test_web", "test_identity", "test_bodies",
           "test_jwt", "test_send_message"}

MARKS = ["proxies: runs behind each web server", "everywhere: runs behind each with --everywhere",
         "alone: no other test runs meanwhile", "slow: waits for something that takes a minute",
         "spread: the tests of this file may go to several workers",
         "one_redis(reason): is not run on a Redis Cluster",
         "smoke: is a part of `make quick`"]

ON_CLUSTER = {f"test_{name}" for name in (
    "admin admin_rows alive auth chat events flood foreign group_list group_list_v2 handshake health history "
    "identity ids jwt large limits load login logs messages moderation openapi presence recall redis_keys review "
    "rules send_message stopping users v2_alive v2_auth v2_errors v2_events v2_example v2_flood v2_foreign v2_groups "
    "v2_history v2_jwt v2_members v2_part_1 v2_presence v2_read v2_recall v2_resume v2_resume_false v2_send "
    "v2_signal v2_stop v2_welcome words").split()}
ONE_REDIS = {"own_redis", "own_host", "own_hosts", "relayed", "revoked_listeners"}

BROWSER_TESTS = 20

STOPS = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
interrupted = []


def interrupt(number, frame):
    """Ends the tests of a worker. A second signal, which a terminal sends beside that of whoever
    started the worker, does not keep it from ending what it has started."""
    for stop in STOPS:
        signal.signal(stop, signal.SIG_IGN)
    interrupted.append(number)
    signal.default_int_handler(number, frame)


def options(parser):
    parser.addoption("--everywhere", action="store_true",
                     help="what is marked so runs behind each web server")
    parser.addoption("--cluster", action="store_true", help="tests of hosts run on a Redis Cluster")


def on_cluster(item):
    return (item.module.__name__ in ON_CLUSTER and not item.get_closest_marker("one_redis")
            and not ONE_REDIS.intersection(item.fixturenames))


# ---- behind which web servers ----

def wanted(config):
    """The marks of what runs behind each web server."""
    return {"proxies", "everywhere"} if config.getoption("--everywhere") else {"proxies"}


def webs_of(definition):
    """Those that a test may run behind: one, or all of which marks pick (see keep)."""
    marks = {mark.name for mark in definition.iter_markers()}
    for mark in definition.iter_markers("parametrize"):
        marks |= {each.name for value in mark.args[1] for each in getattr(value, "marks", ())}
    if not marks & wanted(definition.config):
        return WEBS[-1:]
    of_http = definition.module.__name__ in OF_HTTP
    return [web for web in WEBS if web != ALONE or of_http or WEBS == [ALONE]]


def pytest_generate_tests(metafunc):
    if "web" in metafunc.fixturenames:
        metafunc.parametrize("web", webs_of(metafunc.definition), indirect=True,
                             scope="session", ids="behind-{}".format)


def web_of(item):
    return item.callspec.params.get("web", WEBS[-1]) if hasattr(item, "callspec") else WEBS[-1]


def keep(item):
    """Of a test whose parameters alone are marked, the others run once."""
    marked = any(item.get_closest_marker(name) for name in wanted(item.config))
    return marked or web_of(item) == WEBS[-1]


# ---- in what order ----

def is_worker(config):
    return hasattr(config, "workerinput")


def rank(item):
    """The longest first, so that no worker is left alone with it; but at the end what must be
    alone. In a run without workers a slow test comes last: see slow_tests_begin."""
    if item.get_closest_marker("slow"):
        return (0,) if is_worker(item.config) else (3,)
    if item.get_closest_marker("alone"):
        return (2,)
    return 1, WEBS.index(web_of(item)), item.get_closest_marker("spread") is not None


def work(items):
    """How much they are, in tests: one in a browser takes as long as many others."""
    return sum(BROWSER_TESTS if "browser" in item.fixturenames else 1 for item in items)


def mixed(items):
    """Files that keep the machine busy, the longest first, and tests that wait in between, so that some workers do the
    one and some the other."""
    files, waiting = {}, []
    for item in items:
        place = waiting if item.get_closest_marker("spread") else files.setdefault(item.path, [])
        place.append(item)
    order, busy, done = [], sum(map(work, files.values())), 0
    for file in sorted(files.values(), key=work, reverse=True):
        begin, done = len(waiting) * done // busy, done + work(file)
        order += [*file, *waiting[begin:len(waiting) * done // busy]]
    return order or waiting


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    if interrupted:  # while it collected, and pytest has taken that for a fault of a file
        raise KeyboardInterrupt
    if items and items[0].config.getoption("--cluster"):
        items[:] = filter(on_cluster, items)
    items[:] = sorted(filter(keep, items), key=rank)
    at_last = [n for n, item in enumerate(items) if rank(item)[:2] == (1, len(WEBS) - 1)]
    if at_last and is_worker(items[0].config):
        items[at_last[0]:at_last[-1] + 1] = mixed(items[at_last[0]:at_last[-1] + 1])


def marks_of(thing):
    marks = getattr(thing, "pytestmark", [])
    return {mark.name for mark in (marks if isinstance(marks, list) else [marks])}


def group_of(node_id):
    """Tests of one group run on one worker, one after the other: all behind a web server that is
    not the last one; or a file; or a test, where files are spread. Who distributes them has not
    collected them, but can look."""
    path, name = node_id.split("::", 1)
    name, _, parameters = name.partition("[")
    module = importlib.import_module(pathlib.PurePath(path).stem)
    marks = marks_of(module) | marks_of(getattr(module, name))
    if "alone" in marks:
        return "alone"
    for web in sorted(WEBS[:-1], key=len, reverse=True):
        if parameters.startswith(f"behind-{web}"):
            return web
    return node_id if marks & {"slow", "spread"} else path


def workers():
    """How many -n auto starts: most of the time a test waits."""
    return min(12, 4 * len(os.sched_getaffinity(0)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling  # not needed without workers

    class Scheduling(LoadScopeScheduling):
        """A worker that comes to an end of what it has gets the next group."""

        def _split_scope(self, nodeid):
            return group_of(nodeid)

    return Scheduling(config, log)


# ---- beside which others ----

class Room:
    """Where the tests of all workers are, each in its own time; or one that must be alone."""

    def __init__(self, folder):
        self._door, self._room = [open(folder / name, "w") for name in ("door", "room")]

    @contextlib.contextmanager
    def entered(self, alone):
        """Who waits for all others to leave stands in the door, so that they come to an end."""
        how = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        fcntl.flock(self._door, how)
        try:
            fcntl.flock(self._room, how)
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)


@pytest.hookimpl(optionalhook=True, trylast=True)
def pytest_xdist_newgateway(gateway):
    """Under -v a worker has been asked for its Python, in its main thread. Tests must come there
    as well, or signals do not interrupt them: so not before that is done."""
    while gateway.remote_status().numexecuting:
        pass


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Before a worker is started: where it meets the others."""
    if not hasattr(node.config, "meeting"):
        node.config.meeting = tempfile.TemporaryDirectory(prefix="fastim-tests-")
    node.workerinput["meeting"] = node.config.meeting.name


def pytest_configure(config):
    for mark in MARKS:
        config.addinivalue_line("markers", mark)
    if is_worker(config):
        folder = pathlib.Path(config.workerinput["meeting"])
        config.room = Room(folder)
        config.present = open(folder / "present", "w")
        fcntl.flock(config.present, fcntl.LOCK_SH)
        config.sign = folder / f"{os.getpid()}.worker"
        config.sign.touch()


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    """From the first fixture of a test to its last."""
    alone = item.get_closest_marker("alone") is not None
    with item.config.room.entered(alone) if is_worker(item.config) else contextlib.nullcontext():
        yield


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_sessionfinish(session):
    """Workers that are still at it (the tests were interrupted, or one failed under -x) are let end
    what they have started, before they are ended the hard way."""
    meeting = getattr(session.config, "meeting", None)
    if meeting is not None:
        folder = pathlib.Path(meeting.name)
        for sign in folder.glob("*.worker"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(sign.stem), signal.SIGTERM)
        with open(folder / "present", "w") as present:
            fcntl.flock(present, fcntl.LOCK_EX)
    yield
    if is_worker(session.config):  # its fixtures have ended; who started it does not know yet
        session.config.sign.unlink()
        session.config.present.close()

"""test_site.py - each snippet in a site that has something already: an application, a password, programs of its own."""
import asyncio
import contextlib
import json
import re
import socket
import subprocess

import pytest

from api import Api, curl
from client import Chat, Client, handshake_status
from events import Curl, events_path
from host import fresh
from processes import eventually, processes_with
from operators import ADMIN_PATHS
from sites import IN_A_HURRY, ONE_HOST, PASSWORD, USER, Application, Site, installed

LIGHTTPD = ["lighttpd", "lighttpd-cgi"]
FCGID = ["apache-fcgid", "apache-fcgid for all sites"]
SNIPPETS = [*LIGHTTPD, "nginx", "apache-proxy", "apache-cgi", *FCGID]
HURRIED = [f"{snippet} {IN_A_HURRY}" for snippet in ("nginx", "apache-proxy", "apache-cgi", "apache-fcgid")]
FOR_ONE_HOST = [f"{snippet} for one host" for snippet in LIGHTTPD]
MIB = 1024 * 1024
LOGIN = "/user/login?userId=u&password=p"


@pytest.fixture(scope="module")
def fastim(tmp_path_factory):
    with installed(tmp_path_factory.mktemp("sites")) as fastim:
        yield fastim


@pytest.fixture(scope="module", params=SNIPPETS)
def theirs(request, fastim):
    """A site with that snippet in it."""
    site = Site(fastim, request.param)
    yield site
    site.stop()


def on(*snippets):
    """These only."""
    return pytest.mark.parametrize("theirs", snippets, indirect=True, scope="module")


def begin_post(site, path, length=0, *headers):
    """A connection on which the head of a request was sent."""
    connection = socket.socket()
    connection.settimeout(10)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", site.port))
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {length}", *headers]
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection


def begin_body(site, path, length=100):
    """The same, of a request whose body is yet to come; and the status that the web server has for that."""
    connection = begin_post(site, path, length, "Content-Type: application/x-www-form-urlencoded", "Expect: 100-continue")
    return connection, int(connection.recv(12).split()[1])


def is_served(site):
    """A login after the other, more than there are processes of fastim-api."""
    return all(curl(site.http + LOGIN, "--max-time", "3", body=b"").code == 200 for _ in range(5))


# ---- a site that proxies all else to an application ----

def test_fastim_gets_its_paths_and_the_application_all_else(theirs):
    """fastim's paths are /user/, /group/, /test/websocket, and below /admin/ those of operators … Not to where the site
    proxies all else to, if it does."""
    api = Api(theirs.http)
    for path in (*ADMIN_PATHS, "//admin//mute/"):  # no operators are set
        assert api.post(path, {"groupId": "1"}).code == 404, path
    codes = {"/user/login": 405, "/user/nowhere": 404, "/group/listMessage": 405, "/group/nowhere": 404, "/group/chat": 404,
             "/group/list": 404, "/group/events": 404, "/fastim-admin": 404, "/fastim-admin/": 404}
    assert {path: api.get(path).code for path in codes} == codes
    for path in ("//user/login", "/user//login/", "/user/login/", "//group/listMessage", "/group/listMessage//"):
        assert api.get(path).code == 405, path  # a slash at the end and doubled slashes make no difference
    for path in ("/test/websocket", "/test/websocket/", "//test/websocket", "/test//websocket", "/fastim.js", "/fastim-sse.js",
                 "/fastim.global.js", "//fastim.js", "/fastim.js/"):
        assert "WebSocket" in api.get(path).text, path
    for path in ("/fastim-room.js", "/chat/1", "//chat/1/", "/chat/%E4%BD%A0"):
        assert "fastim-room" in api.get(path).text, path
    assert api.get("/chat/").code == api.get("/chat/1/2").code == 404
    for path in ("/fastim-admin.js", "//fastim-admin.js/"):
        assert api.get(path).text.startswith("/* fastim-admin.js"), path
    api.login(fresh("u")).join(fresh())
    for path in ("/", "/user", "/users", "/groups/1", "/test/", "/test/other", "/test/websockets", "/of/user/login",
                 "/fastim.jsx", "/fastim-js", "/fastim.html", "/fastim-sse.global.js", "/of/fastim.js", "/fastim-admins",
                 "/chat", "/chats/1", "/of/chat/1",
                 "/admin", "/admin/", "/admin/mutes", "/admin/x/mute", "/admin/users/1", "/?/user/login"):
        assert api.get(path).body == api.post(path, {"a": "b"}).body == Application.WORD, path


async def test_the_daemon_gets_the_websockets(theirs):
    """These come before all that is proxied for /."""
    chat = await Chat.join(f"{theirs.ws}/group/chat/{fresh()}/{fresh('u')}/x")
    await chat.say("hello")
    assert await handshake_status(f"{theirs.ws}/group/list/{fresh('u')}/x") == 101


async def test_the_daemon_gets_the_event_streams_and_they_are_not_buffered(theirs):
    """what comes is passed on at once, in a site that has it otherwise as well"""
    group = fresh()
    with Curl(theirs.http + events_path(group, "me")) as stream:
        assert [stream.event(5).data["type"] for _ in range(2)] == ["welcome", "list"]
        await (await Chat.join(f"{theirs.ws}/group/chat/{group}/u/x")).say("hello")
        assert stream.event(2).data["info"] == "hello"


@on(*HURRIED)
async def test_silent_clients_outlive_the_timeouts_of_a_site_in_a_hurry(theirs):
    """An idle one lives as long as the longer of Timeout and timeout=; an idle one lives so long"""
    group, user = fresh(), fresh("u")
    chat = await Chat.join(f"{theirs.ws}/group/chat/{group}/{user}/x")
    groups = await Client.open(f"{theirs.ws}/group/list/{user}/x")
    with Curl(theirs.http + events_path(group, "me")) as stream:
        assert [stream.event(5).data["type"] for _ in range(2)] == ["welcome", "list"]
        await asyncio.sleep(2.5)  # nothing to wait for: the silence is the point
        await chat.say("still there?")
        while (event := stream.event(5).data)["type"] == "presence":
            pass
        assert event["info"] == "still there?"
        assert "still there?" in await groups.text()


# ---- a site that wants a password ----

async def test_the_sites_password_holds_for_fastims_paths(theirs):
    """A site's own <Location> with a password goes on to hold for these paths: so this grants the program, not the paths."""
    closed = f"127.0.0.1:{theirs.closed_port}"
    socket_paths = [f"/group/chat/{fresh()}/{fresh('u')}/x", f"/group/list/{fresh('u')}/x"]
    for path in ("/", "/test/websocket", LOGIN, "/group/listMessage"):
        assert curl(f"http://{closed}{path}", body=b"").status == 401, path
    for path in socket_paths:
        assert await handshake_status(f"ws://{closed}{path}") == 401, path

    assert curl(f"http://{closed}{events_path(fresh(), 'me')}").status == 401

    known = f"{USER}:{PASSWORD}"
    assert "WebSocket" in curl(f"http://{closed}/test/websocket", "-u", known).text
    assert curl(f"http://{closed}{LOGIN}", "-u", known, body=b"").code == 200
    for path in socket_paths:
        assert await handshake_status(f"ws://{known}@{closed}{path}") == 101, path


# ---- slow clients, in a site that streams what it serves otherwise ----

@on(*LIGHTTPD, "nginx", "apache-proxy", "apache-cgi")
def test_slow_bodies_hold_up_nobody(theirs):
    """A body that arrives slowly must not hold a process of fastim-api: it is collected first."""
    with contextlib.ExitStack() as slow:
        for path in 5 * ["/user/login", "/user/nowhere", "/group/nowhere", "/test/websocket/x", "/upload"]:
            connection, status = begin_body(theirs, path)
            slow.enter_context(connection)
            assert status == 100, path
        assert is_served(theirs)


@on(*LIGHTTPD, "nginx", "apache-proxy", "apache-cgi")
def test_slow_readers_hold_up_nobody(theirs):
    """A slow request or answer must not hold one of its processes"""
    group, user = fresh(), Api(theirs.http).login(fresh("u"))
    entry = json.dumps({"groupId": group, "userId": "u", "info": "x" * 10000, "ts": 1648368380132})
    theirs.fastim.redis_server.client.rpush(f"gml:{group}", *[entry] * 900)
    with contextlib.ExitStack() as slow:
        deaf = [slow.enter_context(begin_post(
            theirs, f"/group/listMessage?groupId={group}&startPage=0&endPage=-1", 0, f"userId: {user.user}",
            f"token: {user.token}")) for _ in range(5)]
        for connection in deaf:
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert is_served(theirs)


@on(*LIGHTTPD, "nginx")
def test_a_body_above_64_mib_is_refused_before_it_comes(theirs):
    """above it 413 is lighttpd's own word; this bounds what is read"""
    for length, due in ((64 * MIB, 100), (64 * MIB + 1, 413)):
        connection, status = begin_body(theirs, "/user/login", length)
        connection.close()
        assert status == due


# ---- programs ----

@on(*SNIPPETS, *FOR_ONE_HOST)
def test_the_program_is_run_and_never_handed_out(theirs):
    """never handed out, whatever modules are there or come first"""
    programs = f"{theirs.fastim.folder}/sbin"
    for path in ("/user/login", "/user/", "/group/x", "/test/websocket", "/test/websocket/x", "/fastim-cgi", "/fastim-api",
                 "/sbin/fastim-cgi", f"{programs}/fastim-api", f"/user{programs}/fastim-cgi", "/user/../fastim-cgi",
                 "/user/%2e%2e/../fastim-api", "/user/..%2ffastim-api", "/user/..%2f..%2ffastim-pushd"):
        answer = curl(theirs.http + path, "--path-as-is", "-H", f"Host: {ONE_HOST}")
        assert b"\x7fELF" not in answer.body, path


@on("lighttpd-cgi", "apache-cgi")
def test_a_running_fastim_api_answers_where_there_is_one(theirs):
    """while fastim-api runs by itself"""
    redis = theirs.fastim.redis_server.client
    redis.client_pause(60_000, all=False)  # who writes has to wait, and a login does
    try:
        with begin_post(theirs, LOGIN):
            started = eventually(lambda: processes_with(f"FASTIM_API_SOCKET={theirs.fastim.run}/api.sock"), what="a CGI")
            assert [command.split()[0].split("/")[-1] for command in started.values()] == ["fastim-cgi"]
    finally:
        redis.client_unpause()


@on("lighttpd-cgi", "apache-cgi")
def test_where_none_runs_requests_are_answered_by_the_same_settings(theirs):
    """Where it does not, fastim-cgi becomes a fastim-api for each request"""
    there, away = theirs.fastim.run / "api.sock", theirs.fastim.run / "api.sock.away"
    there.rename(away)
    try:
        user = Api(theirs.http).login(fresh("u"))
    finally:
        away.rename(there)
    assert theirs.fastim.redis_server.client.get(f"login:{user.user}").decode() == user.token


@on("apache-cgi")
def test_apache_does_not_start_without_mod_cgid(theirs):
    """Without it Apache would hand out the program instead of running it."""
    text = (theirs.fastim.folder / "site.conf").read_text()
    without = theirs.fastim.folder / "without.conf"
    without.write_text(re.sub("^LoadModule cgid_module.*\n", "", text, flags=re.M))
    checked = subprocess.run(["/usr/sbin/apache2", "-t", "-f", without], stderr=subprocess.PIPE, check=False)
    assert checked.returncode != 0 and b"fastim: a2enmod cgid" in checked.stderr


@on(*FOR_ONE_HOST)
async def test_one_host_alone_has_fastim(theirs):
    """To have it for one host only, put all but the line of server.modules … into its $HTTP["host"] block."""
    here = ("-H", f"Host: {ONE_HOST}")
    assert "WebSocket" in curl(theirs.http + "/test/websocket", *here).text
    assert curl(theirs.http + LOGIN, *here, body=b"").code == 200
    assert curl(theirs.http + "/test.html", *here).status == 200  # a file of that host's own
    path = f"/group/chat/{fresh()}/{fresh('u')}/x"
    chat = await Chat.join(f"ws://{ONE_HOST}{path}", host="127.0.0.1", port=theirs.port)
    await chat.say("hello")
    for path in ("/test/websocket", LOGIN, path):
        assert curl(theirs.http + path).body == Application.WORD, path


@on(*FCGID)
def test_another_program_of_mod_fcgid_runs_while_fastim_is_busy(theirs):
    """FcgidMaxProcesses (1000), which counts those of all programs, must leave room … for the site's own."""
    most = int(re.search(r"FcgidMaxProcessesPerClass (\d+)", theirs.snippet)[1])
    redis = theirs.fastim.redis_server.client
    redis.client_pause(60_000, all=False)  # who writes has to wait, and a login does
    try:
        with contextlib.ExitStack() as busy:
            for _ in range(most):
                busy.enter_context(begin_post(theirs, LOGIN))
            started_by_apache = f"FASTIM_CONFIG={theirs.fastim.daemon.conf}"
            eventually(lambda: len(processes_with(started_by_apache)) == most, timeout=20, what=f"{most} processes")
            assert "WebSocket" in curl(theirs.http + "/own/test/websocket", "--max-time", "3").text
    finally:
        redis.client_unpause()

"""test_web.py - what a web server in front may spoil: limits, idle sockets, the client's address, forged variables."""
import json
import re
import socket
import time

import pytest

from api import curl
from client import Client
from host import fresh
from listeners import IdleSockets
from processes import eventually

pytestmark = pytest.mark.proxies

MIB = 1024 * 1024
IDLE_SECONDS = 3
PING_SECONDS = 1


@pytest.fixture(scope="module", autouse=True)
def idle_sockets(hosts):
    """Of a host whose web server cuts what is silent for three seconds, and whose daemon pings each second. They are
    silent while the other tests of this file run."""
    nervous = hosts.new({"push.pingIntervalS": PING_SECONDS}, FASTIM_WEB_IDLE=str(IDLE_SECONDS))
    return IdleSockets(nervous, 2.5 * IDLE_SECONDS)


@pytest.fixture(scope="module")
def remote_user(make_host):
    return make_host({"login.method": "remote-user", "login.maxFailures": 0})


@pytest.mark.parametrize("size", [MIB + 1, 5 * MIB])
@pytest.mark.parametrize("how", ["with a length", "in chunks"])
def test_a_body_too_large_is_413_in_our_envelope(site, how, size):
    """limits (413 and not 500 or 200)"""
    options = ["-H", "Transfer-Encoding: chunked"] if how == "in chunks" else []
    answer = curl(site.http + "/user/login", *options, body=b"x" * size)
    assert (answer.status, answer.code) == (413, 413)


def test_the_next_request_after_a_large_one_is_served(site):
    """Bad input … costs nobody else anything"""
    for _ in range(4):
        curl(site.http + "/user/login", body=b"x" * (2 * MIB))
    assert site.api.login(fresh("u")).post("/user/listGroup").data == []


@pytest.mark.parametrize("path", ["//user/login", "/user//login", "///user///login"])
def test_doubled_slashes_make_no_difference(site, path):
    """Paths: … doubled slashes make no difference"""
    answer = curl(site.http + path, "--path-as-is", "-F", f"userId={fresh('u')}", "-F", "password=x")
    assert (answer.status, answer.code) == (200, 200)
    assert curl(site.http + path.replace("user", "test").replace("login", "websocket"), "--path-as-is").status == 200


def own_word(site, user, what, *forged):
    """The address that the daemon logged for a connection of that user."""
    return re.search(rf'{what}.* user="{user}" client=(\S+)', site.process.output)


@pytest.fixture(scope="module")
def behind(make_host):
    """A host that trusts its web server alone, and a proxy before that, which is at 127.0.0.3."""
    return make_host({"push.trustedProxies": "127.0.0.1 127.0.0.3/32 2001:db8::/32"})


async def address_in_the_log(host, url, forwarded=None, come_from=None):
    """What the daemon takes for the client's address."""
    user = fresh("u")
    client = await Client.open(url(fresh(), user), extra_headers={"X-Forwarded-For": forwarded} if forwarded else {},
                               local_addr=(come_from, 0) if come_from else None)
    await client.text()
    return eventually(lambda: own_word(host, user, "opened"), what="a line in the log")[1]


async def test_the_daemon_logs_the_clients_address_and_believes_no_forged_one(behind):
    """client address in the log"""
    for forged in (None, "6.6.6.6", "6.6.6.6, 7.7.7.7", "127.0.0.1", "nonsense"):
        assert await address_in_the_log(behind, behind.chat_url, forged, "127.0.0.2") == "127.0.0.2"


@pytest.mark.parametrize("forwarded", ["192.0.2.7", "6.6.6.6, 192.0.2.7", "192.0.2.7:5678", "192.0.2.7, 127.0.0.3",
                                       "192.0.2.7, [2001:db8::1]:443", "6.6.6.6,192.0.2.7:1, [2001:db8::1] "])
async def test_what_a_trusted_proxy_before_the_web_server_says_is_believed(behind, forwarded):
    """X-Forwarded-For: from the right, the first address that is no trusted proxy"""
    assert await address_in_the_log(behind, behind.chat_url, forwarded, "127.0.0.3") == "192.0.2.7"


async def test_straight_at_the_daemon_the_last_element_of_a_trusted_proxy_counts(site):
    """Of X-Forwarded-For all before the first untrusted address, from the right, is what that one says."""
    assert await address_in_the_log(site, lambda group, user: site.chat_url(group, user, at=site.push),
                                    "6.6.6.6, 192.0.2.7") == "192.0.2.7"


def test_the_api_logs_the_clients_address(remote_user):
    """client address in the log"""
    user = fresh("u")
    answer = remote_user.api.post("/user/login", {"userId": user, "password": ""},
                                  "-H", "X-Forwarded-For: 6.6.6.6")
    assert (answer.code, answer.msg) == (100, "登录失败")
    line = eventually(lambda: own_word(remote_user, user, "login-refused"), what="a line in the log")
    assert line[1] == '"127.0.0.1"'


@pytest.mark.parametrize("forged", [
    ["-H", "Remote-User: {user}"], ["-H", "REMOTE_USER: {user}"], ["-H", "Remote_User: {user}"],
    ["-u", "{user}:any"], ["-H", "X-Remote-User: {user}"]])
def test_nobody_is_authenticated_who_says_so_himself(remote_user, forged):
    """remote-user (trust REMOTE_USER that the web server's own authentication set)"""
    user = fresh("u")
    answer = remote_user.api.post("/user/login", {"userId": user, "password": "any"},
                                  *(word.format(user=user) for word in forged))
    assert (answer.code, answer.msg) == (100, "登录失败")


def test_utf8_in_headers_and_forms(site):
    """UTF-8 ids"""
    user, group = fresh("用户"), fresh("群😀")
    account = site.api.login(user)
    account.join(group)
    assert account.post("/user/listGroup").data == [group]


async def test_utf8_in_paths(site):
    """UTF-8 ids"""
    user, group = fresh("用户"), fresh("群😀")
    client = await site.chat(group, user)
    message = await client.say("你好")
    assert (message["groupId"], message["userId"]) == (group, user)


def test_preflight_is_204_without_a_login(site):
    """CORS"""
    answer = curl(site.http + "/user/listGroup", "-X", "OPTIONS", "-H", "Origin: https://a.example",
                  "-H", "Access-Control-Request-Method: POST",
                  "-H", "Access-Control-Request-Headers: userid,token")
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"userid", "token", "content-type"} <= set(
        re.split(r",\s*", answer.headers["access-control-allow-headers"].lower()))


def test_a_slow_request_holds_up_nobody(site):
    """Bad input … costs nobody else anything"""
    slow = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(8)]
    for connection in slow:
        connection.sendall(b"POST /user/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
                           b"Content-Type: application/x-www-form-urlencoded\r\n\r\nuserId=")
    began = time.monotonic()
    assert site.api.login(fresh("u")).token
    assert time.monotonic() - began < 2
    for connection in slow:
        connection.close()


@pytest.mark.parametrize("how", ["Content-Length: 100\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nc\r\n"])
def test_half_a_body_is_never_carried_out(site, how):
    """Body … read to its end (half of a parameter is another parameter)"""
    user = site.api.login(fresh("u"))
    head = (f"POST /user/joinGroup HTTP/1.1\r\nHost: x\r\nuserId: {user.user}\r\ntoken: {user.token}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\n{how}groupId=half")
    for wait in [0, 0.005] * 50:  # the client may go at any moment of what the web server does
        with socket.create_connection(("127.0.0.1", site.port)) as connection:
            connection.sendall(head.encode())
            time.sleep(wait)
    user.join("whole")  # behind all of those
    assert site.redis.smembers(f"ugs:{user.user}") == {b"whole"}


@pytest.mark.parametrize("query", ["-T", "-V", "-h", "-c+/etc/passwd", "-s+unix:/nowhere/x"])
def test_a_query_is_no_command_line(site, query):
    """RFC 3875, 4.4: of a query without `=` a web server may make the command line of a CGI"""
    answer = curl(site.http + "/test/websocket?" + query)
    assert answer.status == 200 and "WebSocket" in answer.text


def test_readers_that_do_not_read_hold_up_nobody(site):
    """Bad input … costs nobody else anything: nor does a client that does not fetch its answer"""
    group, user = fresh(), site.api.login(fresh("u"))
    entry = json.dumps({"groupId": group, "userId": "u", "info": "x" * 1000, "ts": 1648368380132})
    site.redis.rpush(f"gml:{group}", *[entry] * 9000)
    body = f"groupId={group}&startPage=0&endPage=-1"
    deaf = []
    for _ in range(6):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", site.port))
        connection.sendall((f"POST /group/listMessage HTTP/1.1\r\nHost: x\r\nuserId: {user.user}\r\n"
                            f"token: {user.token}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
        deaf.append(connection)
    for connection in deaf:
        connection.recv(1)  # its answer has begun
    began = time.monotonic()
    assert site.api.login(fresh("u")).token
    assert time.monotonic() - began < 3
    for connection in deaf:
        connection.close()
    site.redis.delete(f"gml:{group}")


# ---- at the end, since the silence takes its time ----

def test_an_idle_socket_outlives_the_web_servers_timeout(idle_sockets):
    """both sockets with an idle time longer than the server's own timeout"""
    told = idle_sockets.told()
    assert sorted(told) == ["chat", "list"] and all("still there?" in text for text in told.values()), told

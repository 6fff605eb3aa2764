"""test_v2_events.py - part 2, 15: the frames of fastim.v2 without WebSocket, as a stream of
events."""
import asyncio
import json
import signal
from datetime import timedelta

import pytest

from api import curl
from host import fresh
from test_send_message import send
from tokens import Secret, token
from v2 import V2
from v2_events import Events

pytestmark = pytest.mark.spread


@pytest.fixture(scope="module")
def guarded(make_host):
    return make_host({"im.group.loginAuth": 1, "login.jwtKey": Secret().setting})


@pytest.mark.smoke
@pytest.mark.proxies
async def test_the_frames_as_data_durable_ones_with_an_id(site):
    """the frames of section 3 as `data:` lines, durable ones and `list` with `id: EPOCH-AT`;
    passed on unbuffered"""
    account, group = site.api.login(fresh('u "用户"')), fresh()
    stream = await Events.enter(site, group, account.user)
    assert stream.welcome["userId"] == account.user
    ts = send(account, group, "你好 \n \u2028").data
    assert await stream.next("message") == {
        "type": "message", "groupId": group, "userId": account.user, "info": "你好 \n \u2028",
        "ts": ts}
    assert account.recall(group, ts).code == 200
    assert (await stream.next("recall"))["ts"] == ts
    assert stream.model.shown == site.entries(group) == []


@pytest.mark.smoke
async def test_it_is_a_client_like_any_other(two_hosts):
    """in one order with sockets, over hosts; a signal has no id"""
    group = fresh()
    streams = [await Events.enter(host, group, f"u{n}") for n, host in enumerate(two_hosts)]
    client = await V2.enter(two_hosts[0], group, "v")
    for n in range(5):
        await client.say(str(n))
    await client.write("signal", info="typing")
    for stream in streams:
        assert [await stream.info() for _ in range(5)] == [str(n) for n in range(5)]
        assert (await stream.next("signal"))["info"] == "typing"
        assert stream.model.shown == two_hosts[0].entries(group)


@pytest.mark.smoke
@pytest.mark.parametrize("way",
                         ["resume", pytest.param("Last-Event-ID", marks=pytest.mark.proxies)])
async def test_it_resumes(site, way):
    """`Last-Event-ID` or `?resume=` resumes"""
    account, group = site.api.login(fresh("u")), fresh()
    stream = await Events.enter(site, group, account.user)
    send(account, group, "seen")
    await stream.info()
    await stream.leave()
    send(account, group, "missed")
    position = stream.model.position
    by_header = {"headers": [f"Last-Event-ID: {position}"]}
    options = {"resume": position} if way == "resume" else by_header
    back = await Events.enter(site, group, account.user, model=stream.model, **options)
    assert (back.welcome["recovered"], back.welcome["missed"]) == (True, 1)
    assert await back.info() == "missed"
    send(account, group, "live")
    assert await back.info() == "live"
    assert back.model.shown == site.entries(group)


@pytest.mark.parametrize("position", ["9f3a01c4-5", "x", "%FF", ""])
async def test_what_is_no_position_is_none(site, position):
    """as `?resume=` of a socket"""
    group = fresh()
    for options in ({"resume": position}, {"headers": [f"Last-Event-ID: {position}"]}):
        stream = await Events.enter(site, group, "u", at=site.push, **options)
        assert not stream.welcome["recovered"]


async def test_sends_by_http(site):
    """Sending: `/group/sendMessage`, whose data.ts is the ack"""
    account, group = site.api.login(fresh("u")), fresh()
    stream = await Events.enter(site, group, account.user)
    ts = send(account, group, "x", id="k").data
    assert send(account, group, "x", id="k").data == ts
    assert (await stream.next("message"))["ts"] == ts
    send(account, group, "end")
    assert await stream.info() == "end"


# ---- who is let in ----

@pytest.mark.smoke
@pytest.mark.parametrize("way", ["address", pytest.param("header", marks=pytest.mark.proxies)])
async def test_the_token_in_the_address_or_in_the_header(guarded, way):
    """token `-` with the header `token` (fetch), else in the path (EventSource)"""
    account = guarded.api.login(fresh("u"))
    by_header = {"token": "-", "headers": [f"token: {account.token}"]}
    options = {"token": account.token} if way == "address" else by_header
    await Events.enter(guarded, fresh(), account.user, **options)


async def test_a_jwt_by_the_header(guarded):
    """a JWT: in the HTTP header `token`; at `exp` the stream ends"""
    user, group = fresh("u"), fresh()
    stream = await Events.enter(guarded, group, user, token="-", headers=[
        f"token: {token(Secret(), user, exp=timedelta(seconds=2))}"])
    assert stream.welcome["you"]["expires"] > 0
    frame = await stream.next("error")
    assert (frame["code"], frame["reason"]) == (440, "expired")
    await stream.ended()


@pytest.mark.smoke
@pytest.mark.parametrize("how, code",
                         [("wrong", 440), ("none", 440), ("other group", 403), ("expired", 440)])
async def test_a_refusal_is_an_http_status(guarded, how, code):
    """A refusal is an HTTP status (… 403 with the envelope's code 440 or 403), never a stream"""
    user = fresh("u")
    tokens = {"wrong": "wrong", "none": None,
              "other group": token(Secret(), user, groups=["another"]),
              "expired": token(Secret(), user, exp=timedelta(seconds=-1))}
    headers = [] if tokens[how] is None else [f"token: {tokens[how]}"]
    stream = await Events.open(guarded, fresh(), user, token="-", headers=headers)
    envelope = json.loads(await stream.rest())
    assert (stream.status, envelope["code"], envelope["data"]) == (403, code, None)


@pytest.mark.parametrize("path, status", [
    ("/group/events/g/u", 404), ("/group/events/g/u/-/x", 404), ("/group/events/g/a%01/-", 400),
    ("/group/events/%FF/u/-", 400)])
def test_a_wrong_path(site, path, status):
    """(404, 400, …)"""
    assert curl(f"http://{site.push}{path}", "-H", "Accept: text/event-stream").status == status


async def test_no_member(make_host):
    """403 with the envelope's code 403"""
    host = make_host({"im.group.autoJoin": 0})
    stream = await Events.open(host, fresh(), fresh("u"))
    assert (stream.status, json.loads(await stream.rest())["code"]) == (403, 403)


async def test_redis_gone_is_503(own_host):
    """(404, 400, 429, 503)"""
    own_host.redis_server.kill()
    own_host.process.wait_line("redis-down connection=commands")
    stream = await Events.open(own_host, fresh(), "u")
    assert (stream.status, json.loads(await stream.rest())["code"]) == (503, 503)


async def test_logout_ends_the_stream(guarded):
    """the user's verified connections end"""
    account, group = guarded.api.login(fresh("u")), fresh()
    stream = await Events.enter(guarded, group, account.user, token=account.token)
    assert account.post("/user/logout").code == 200
    frame = await stream.next("error")
    assert (frame["code"], frame["reason"]) == (440, "login")
    await stream.ended()


# ---- its life ----

async def test_a_comment_line_every_ping(make_host):
    """A comment line every `pingS` seconds."""
    host, group = make_host({"push.pingIntervalS": 1, "push.pongTimeoutS": 3}), fresh()
    stream = await Events.enter(host, group, "u")
    for _ in range(5):  # longer than pongTimeoutS: nothing has to be answered
        await stream.comment()
    account = host.api.login(fresh("w"))
    send(account, group, "still there")
    assert await stream.info() == "still there"


async def test_draining(make_daemon):
    """It is a client like any other for limits, drain, slow readers and presence."""
    daemon, group = make_daemon({"push.drainSeconds": 0}), fresh()
    stream = await Events.enter(None, group, "u", at=f"127.0.0.1:{daemon.port}")
    daemon.process.signal(signal.SIGTERM)
    assert (await stream.next("reconnect"))["after"] == 0
    await stream.ended()
    assert await asyncio.to_thread(daemon.process.wait, 5) == 0


async def test_connections_of_a_user(make_host):
    """429: a client like any other for limits"""
    host, user = make_host({"push.maxPerUser": 1}), fresh("u")
    await Events.enter(host, fresh(), user)
    stream = await Events.open(host, fresh(), user)
    assert stream.status == 429

"""test_events.py - fastim-v2(7), EVENT STREAM: the frames of fastim.v2 over plain HTTP, behind each web server."""
import asyncio
import json
import signal
import time
from datetime import timedelta

import pytest

from api import curl
from events import Curl, Events, events_path
from host import fresh
from processes import eventually
from tokens import Secret, token

NOT_LOGGED_IN = '{"code":440,"msg":"请登录后访问","data":null}'


@pytest.fixture(scope="module")
def closed(make_host):
    """A host that asks for a login, by token or JWT."""
    return make_host({"im.group.loginAuth": 1, "login.jwtKey": Secret().setting})


def wait_closed(daemon, count=0):
    eventually(lambda: daemon.metrics()["fastim_connections"] == count, what=f"{count} connections")


# ---- behind each web server ----

@pytest.mark.proxies
async def test_curl_gets_each_message_at_once_and_resumes(site):
    """The web servers' snippets pass it on unbuffered; `Last-Event-ID` resumes"""
    group = fresh()
    chat = await site.chat(group, "u")
    url = site.http + events_path(group, "me")
    with Curl(url) as curl_n:
        assert (await asyncio.to_thread(curl_n.event)).data["type"] == "welcome"
        assert (await asyncio.to_thread(curl_n.event)).data["type"] == "list"
        for text in ("one", "two", "x" * 20000):
            began = time.monotonic()
            await chat.say(text)
            event = await asyncio.to_thread(curl_n.event)
            assert event.data["info"] == text and time.monotonic() - began < 1
    await chat.say("missed")
    with Curl(url, "-H", f"Last-Event-ID: {event.id}") as curl_n:
        welcome = (await asyncio.to_thread(curl_n.event)).data
        assert (welcome["recovered"], welcome["missed"]) == (True, 1)
        assert (await asyncio.to_thread(curl_n.event)).data["info"] == "missed"


@pytest.mark.proxies
async def test_an_idle_stream_stays_open(make_host):
    """A comment line every `pingS` seconds"""
    host, group = make_host({"push.pingIntervalS": 1, "push.pongTimeoutS": 2}), fresh()
    with Curl(host.http + events_path(group, "me")) as curl_n:
        assert (await asyncio.to_thread(curl_n.event)).data["type"] == "welcome"
        await asyncio.sleep(4)
        assert curl_n.process.poll() is None
        await (await host.chat(group, "u")).say("still there?")
        assert (await asyncio.to_thread(curl_n.event)).data["type"] == "list"
        while (event := (await asyncio.to_thread(curl_n.event)).data)["type"] == "presence":
            pass  # who speaks came
        assert event["info"] == "still there?"


@pytest.mark.proxies
def test_a_refusal_is_a_status_behind_each_web_server(closed):
    """A refusal is an HTTP status (404, 400, 429, 503; 403 with the envelope's code 440 or 403), never a stream"""
    user, group = fresh("u"), fresh()
    mine, other = closed.http + events_path(group, user, "-"), fresh()
    for status, code, answer in (
            (403, 440, curl(closed.http + events_path(group, user, "no-such-token"))),
            (403, 440, curl(mine)), (403, 440, curl(mine, "-H", "token: no-such-token")),
            (403, 403, curl(mine, "-H", f"token: {token(Secret(), user, groups=[other])}")),
            (400, 400, curl(closed.http + events_path(group, user, "%ff")))):
        assert (answer.status, answer.code, answer.data) == (status, code, None), answer
        assert answer.headers["access-control-allow-origin"] == "*"
    assert curl(mine).text == NOT_LOGGED_IN
    for path in ("", "/u", "/u/t/x"):
        assert curl(f"{closed.http}/group/events/{group}{path}").status == 404, path


@pytest.mark.proxies
def test_a_page_of_another_origin_may_ask_by_fetch(make_host):
    """CORS as http.origins says; the headers of fetch are allowed by a preflight"""
    host = make_host({"http.origins": "https://a.example", "im.group.loginAuth": 1})
    url = host.http + events_path(fresh(), "me", "-")
    for origin, allowed in (("https://a.example", "https://a.example"), ("https://b.example", None)):
        asked = ("-H", f"Origin: {origin}")
        answer = curl(url, "-X", "OPTIONS", *asked, "-H", "Access-Control-Request-Headers: last-event-id,token")
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers.get("access-control-allow-origin") == allowed
        assert answer.headers.get("access-control-allow-headers") == (allowed and "userId, token, content-type, last-event-id")
        answer = curl(url, *asked)
        assert (answer.code, answer.headers.get("access-control-allow-origin")) == (440, allowed)


# ---- frames ----

async def test_the_head_and_the_frames(site):
    """the frames of section 3 as `data:` lines, durable ones and `list` with `id: EPOCH-AT`"""
    group = fresh()
    chat = await site.chat(group, "u")
    said = await chat.say("one")
    stream = await Events.join(site.push, events_path(group, "me"), Origin="https://a.example")
    assert {name: stream.headers.get(name) for name in (
        "content-type", "cache-control", "connection", "content-length", "access-control-allow-origin")} == {
        "content-type": "text/event-stream", "cache-control": "no-store", "connection": "close", "content-length": None,
        "access-control-allow-origin": "*"}
    assert stream.list == [said] and 0 <= stream.retry <= stream.welcome["limits"]["spreadMs"]
    assert stream.id.endswith(f"-{said['ts']}")
    said = await chat.say("two")
    event = await stream.event()
    assert event.data == {"type": "message", **said} and event.id == f"{stream.id[:8]}-{said['ts']}"
    await stream.leave()


async def test_who_has_a_stream_is_online(site):
    """It is a client like any other for presence"""
    group = fresh()
    me = await Events.join(site.push, events_path(group, "me"))
    assert (me.welcome["online"], me.welcome["users"]) == (1, ["me"])
    you = await Events.join(site.push, events_path(group, "you"))
    assert await me.frame() == {"type": "presence", "online": 2, "joined": ["you"]}
    await me.leave()
    await you.leave()


async def test_last_event_id_goes_before_resume(site):
    """`Last-Event-ID` or `?resume=` resumes"""
    group = fresh()
    chat = await site.chat(group, "u")
    first = await Events.join(site.push, events_path(group, "me"))
    ids = [first.id] + [(await chat.say(text)) and (await first.event()).id for text in ("one", "two", "three")]
    for options, resume, missed in (({"Last_Event_ID": ids[2]}, ids[0], ["three"]), ({}, ids[1], ["two", "three"]), ({}, ids[3], []),
                                    ({"Last_Event_ID": ids[3]}, None, []), ({"Last_Event_ID": "x"}, ids[1], None)):
        stream = await Events.join(site.push, events_path(group, "me", resume=resume), **options)
        assert (stream.welcome["recovered"], stream.welcome["missed"]) == (missed is not None, len(missed or []))
        assert [(await stream.event()).data["info"] for _ in missed or []] == (missed or [])
        await stream.leave()
    await first.leave()


async def test_json_of_another_writer_may_have_lines(site):
    """Foreign entries are shown; none of their lines becomes a field of the stream"""
    group = fresh()
    stream = await Events.join(site.push, events_path(group, "me"))
    entry = json.dumps({"groupId": group, "userId": "u", "info": "a\nid: x\r\n\ndata: {}", "ts": 1648368380132}, indent=1)
    entry = entry.replace("\n", "\r\n")
    site.redis.rpush(f"gml:{group}", entry)
    site.redis.publish(f"mq:{group}", entry)
    assert (await stream.event()).data["info"] == "a\nid: x\r\n\ndata: {}"
    await stream.leave()


@pytest.mark.parametrize("http", ["HTTP/1.0", "HTTP/1.1"])
async def test_what_a_client_says_behind_its_request_has_no_meaning(make_daemon, http):
    """It is a client like any other for limits; its end ends it"""
    daemon, group = make_daemon(), fresh()
    stream = await Events.join(f"127.0.0.1:{daemon.port}", events_path(group, "me"), http=http, behind=b"\x88\x80xxxx")
    stream.writer.write(b"GET / HTTP/1.1\r\n\r\n" * 1000)
    await (await daemon.chat(group, "u")).say("hello")
    assert (await stream.frame())["info"] == "hello"
    wait_closed(daemon, 2)
    stream.writer.write_eof()
    assert await stream.event() is None
    wait_closed(daemon, 1)


# ---- who may come in, and stay ----

async def test_a_login_token_in_the_path_or_in_the_header(closed):
    """token `-` with the header `token` (fetch), else in the path (EventSource)"""
    user, group = closed.api.login(fresh("u")), fresh()
    jwt = token(Secret(), user.user)
    for path_token, options in ((user.token, {}), ("-", {"token": user.token}), ("-", {"token": jwt})):
        stream = await Events.join(closed.push, events_path(group, user.user, path_token), **options)
        assert (stream.welcome["you"]["expires"] > 0) == (options.get("token") == jwt)
        await stream.leave()


async def test_a_stream_ends_with_its_jwt(closed):
    """at `exp`: `error` 440 `expired`"""
    user = fresh("u")
    short = token(Secret(), user, exp=timedelta(seconds=2))
    stream = await Events.join(closed.push, events_path(fresh(), user, "-"), token=short)
    assert await stream.frame() == {"type": "error", "code": 440, "reason": "expired"}
    assert (await stream.event()).comment == "the JWT has expired"
    assert await stream.event() is None


async def test_a_logout_ends_a_stream(closed):
    """A refusal of one that is in already is a frame, and the end"""
    user = closed.api.login(fresh("u"))
    stream = await Events.join(closed.push, events_path(fresh(), user.user, user.token))
    assert user.post("/user/logout").code == 200
    assert await stream.frame() == {"type": "error", "code": 440, "reason": "login"}
    assert await stream.frame() is None


@pytest.mark.parametrize("settings, headers, status, code", [
    ({"push.maxPerUser": 1}, {}, 429, 429),
    ({"push.origins": "https://a.example"}, {"Origin": "https://b.example"}, 403, 403)])
async def test_quotas_and_origins_hold(make_daemon, settings, headers, status, code):
    """It is a client like any other for limits"""
    daemon, group = make_daemon(settings), fresh()
    address = f"127.0.0.1:{daemon.port}"
    stream = await Events.join(address, events_path(group, "me"))
    refused = await Events.open(address, events_path(group, "me"), **headers)
    assert (refused.status, (await refused.envelope())["code"]) == (status, code)
    await stream.leave()


async def test_members_only(make_daemon):
    """403 `member`"""
    daemon = make_daemon({"im.group.autoJoin": 0, "im.group.membersOnly": 1})
    refused = await Events.open(f"127.0.0.1:{daemon.port}", events_path(fresh(), "me"))
    assert refused.status == 403
    assert await refused.envelope() == {"code": 403, "msg": "has not joined the group", "data": None}


async def test_without_redis_it_is_503(make_daemon, own_redis):
    """503, with Retry-After"""
    daemon = make_daemon({"redis.timeoutMs": 500}, own_redis)
    own_redis.stop()
    refused = await Events.open(f"127.0.0.1:{daemon.port}", events_path(fresh(), "me"))
    assert (refused.status, refused.headers["retry-after"], (await refused.envelope())["code"]) == (503, "5", 503)


async def test_another_method_is_405(site):
    refused = await Events.open(site.push, events_path(fresh(), "me"), method="HEAD")
    assert (refused.status, refused.headers["allow"]) == (405, "GET")


# ---- slow readers, many streams, the end ----

async def test_a_slow_reader_is_closed_and_holds_up_nobody(make_host):
    """It is a client like any other for slow readers; what it got is without a gap"""
    host, group = make_host({"push.roomLogBytes": 65536, "push.bytesPerSecond": 0}), fresh()
    slow = await Events.open(host.push, events_path(group, "slow"))
    sender = await host.chat(group, "u")
    while not host.closed(group, "slow"):
        await sender.say("x" * 16000)
        assert len(sender.view) < 2000, "nobody was closed"
    assert "kind=events" in host.closed(group, "slow")
    await sender.say("on")
    text = (await asyncio.wait_for(slow.reader.read(), 10)).decode()
    whole = [block.split("data: ")[1] for block in text.split("\n\n")[:-1] if '"type":"message"' in block]
    stamps = [json.loads(frame)["ts"] for frame in whole]
    assert stamps == [json.loads(entry)["ts"] for entry in host.entries(group)[:len(stamps)]]


async def test_a_large_message_comes_whole(make_host):
    """A frame above 64 KiB goes in pieces"""
    host, group = make_host({"im.groupMessage.maxMessageBytes": 1000000, "push.bytesPerSecond": 0}), fresh()
    sender = await host.chat(group, "u")
    stream = await Events.join(host.push, events_path(group, "me"), limit=1 << 22)
    for text in ("a" * 900000, "b", "c" * 500000):
        await sender.say(text)
    assert [(await stream.frame())["info"][:1] for _ in range(3)] == ["a", "b", "c"]
    await stream.leave()


async def test_a_hundred_streams(site):
    """100 streams of one group get the same, in the same order"""
    group = fresh()
    sender = await site.chat(group, "u")
    streams = await asyncio.gather(*(Events.join(site.push, events_path(group, f"u{i}")) for i in range(100)))
    for i in range(20):
        await sender.say(str(i))
    for stream in streams:
        assert [(await stream.frame())["info"] for _ in range(20)] == [str(i) for i in range(20)]
        await stream.leave()


async def test_drain(make_daemon):
    """`reconnect` frame, then the end; each client is told a time of its own, as EventSource draws none"""
    daemon = make_daemon({"push.drainSeconds": 2})
    streams = [await Events.join(f"127.0.0.1:{daemon.port}", events_path(fresh(), "me")) for _ in range(10)]
    daemon.process.signal(signal.SIGTERM)
    times = set()
    for stream in streams:
        times.add(int((await stream.event()).retry))
        assert await stream.frame() == {"type": "reconnect", "after": 2000}
        assert (await stream.event()).comment == "the daemon stops"
        assert await stream.event() is None
    assert len(times) > 1 and max(times) <= 2000
    assert daemon.process.wait() == 0

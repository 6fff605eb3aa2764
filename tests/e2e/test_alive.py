"""test_alive.py - the daemon's pings, and what becomes of clients that do not answer or do not read."""
import asyncio
import base64
import time

import pytest

from host import fresh

pytestmark = pytest.mark.spread


@pytest.fixture(scope="module")
def impatient(make_host):
    return make_host({"push.pingIntervalS": 1, "push.pongTimeoutS": 3})


async def dumb_client(host, path):
    """A connection after its handshake, on which nobody answers a ping."""
    reader, writer = await asyncio.open_connection("127.0.0.1", host.push_port)
    key = base64.b64encode(b"0123456789abcdef").decode()
    writer.write((f"GET {path} HTTP/1.1\r\nHost: {host.push}\r\nUpgrade: websocket\r\n"
                  f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    return reader, writer


@pytest.mark.parametrize("kind", ["chat", "list"])
async def test_client_that_does_not_answer_is_closed(impatient, kind):
    """25-second pings by an own wheel, clients that do not answer for 60 s are closed (1 and 3 s here)"""
    path = f"/group/chat/{fresh()}/u/xxx" if kind == "chat" else f"/group/list/{fresh('u')}/xxx"
    reader, writer = await dumb_client(impatient, path)
    began = time.monotonic()
    received = await asyncio.wait_for(reader.read(), 10)
    assert 2 <= time.monotonic() - began <= 6
    assert b"\x89" in received  # a ping, whatever it carries
    writer.close()


@pytest.mark.everywhere
async def test_client_that_answers_stays(impatient):
    """clients that do not answer are closed, the others stay"""
    group, user = fresh(), fresh("u")
    client = await impatient.chat(group, user)
    watcher = await impatient.group_list(user)
    reader, writer = await dumb_client(impatient, f"/group/chat/{group}/u/xxx")
    await asyncio.wait_for(reader.read(), 10)  # ends when its time is over; theirs is so too
    writer.close()
    await client.say("still here")
    assert [e["newMessage"]["info"] for e in await watcher.json()] == ["still here"]


async def test_client_that_does_not_read_is_closed_and_holds_up_nobody(make_host):
    """one that falls off the log's bounded tail is closed (1013), never waited for, never skipped silently"""
    host = make_host({"push.roomLogBytes": 65536, "push.bytesPerSecond": 0})
    group = fresh()
    reader, writer = await dumb_client(host, f"/group/chat/{group}/slow/xxx")
    sender = await host.chat(group, "u")
    text = "x" * 16000
    while not host.closed(group, "slow"):
        await sender.say(text)
        assert len(sender.view) < 2000, "nobody was closed"
    assert "code=1013" in host.closed(group, "slow")
    await sender.say("on")
    frames = await asyncio.wait_for(reader.read(), 10)
    whole = frames.count(b'"userId":"u"')
    stamps = [int(part.split(b"}")[0]) for part in frames.split(b'"ts":')[1:whole]]
    entries = [int(raw.rsplit(":", 1)[1][:-1]) for raw in host.entries(group)]
    assert stamps == entries[:len(stamps)]  # all up to its end, none left out
    writer.close()

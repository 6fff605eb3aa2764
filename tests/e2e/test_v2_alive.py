"""test_v2_alive.py - part 2, 3 and 4: `ping` of the server, `ping` of the client and its `pong`."""
import asyncio

import pytest

from host import fresh
from rfc6455 import PING, TEXT, Raw, handshake
from v2 import PROTOCOL, V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]


@pytest.fixture(scope="module")
def impatient(make_host):
    return make_host({"push.pingIntervalS": 1, "push.pongTimeoutS": 3})


@pytest.mark.smoke
@pytest.mark.proxies
async def test_ping_is_answered_by_pong(site):
    """`{"type":"pong"}`: answer to the client's `ping`"""
    client = await V2.enter(site, fresh(), "u")
    for _ in range(3):
        await client.write("ping")
        assert await client.text() == '{"type":"pong"}'
    await client.write("ping", id="p1", more=[])
    assert await client.text() == '{"type":"pong"}'


async def test_the_server_pings_by_frame_and_by_websocket_in_one_write(impatient):
    """every `pingS` seconds, in one write with the WebSocket ping"""
    raw = await Raw.connect(impatient.push)
    raw.send(handshake(f"/group/chat/{fresh()}/u/-", impatient.push,
                       Sec_WebSocket_Protocol=PROTOCOL))
    assert await raw.status() == 101
    while b'"type":"list"' not in (await raw.event())[1]:
        pass
    for _ in range(2):
        both = [await raw.event() for _ in range(2)]
        assert sorted(opcode for opcode, _ in both) == [TEXT, PING]
        assert dict(both)[TEXT] == b'{"type":"ping"}'
    await raw.leave()


async def test_nobody_has_to_answer_the_frame(impatient):
    """not to be answered: who answers WebSocket's own pings stays"""
    client = await V2.enter(impatient, fresh(), "u")
    assert client.welcome["limits"]["pingS"] == 1
    for _ in range(4):
        await client.next("ping", 2.5 * 1)
    await client.say("still here")


async def test_a_part_1_client_gets_no_ping_frame(impatient):
    """Part 1 frames and nothing else"""
    group = fresh()
    old, new = await impatient.chat(group, "old"), await V2.enter(impatient, group, "new")
    for _ in range(2):
        await new.next("ping")
    await old.say("nothing before it")


async def test_who_does_not_answer_is_closed(impatient):
    """as Part 1: clients that do not answer WebSocket's ping are closed; frames of their own count
    as life"""
    raw = await Raw.connect(impatient.push)
    raw.send(handshake(f"/group/chat/{fresh()}/u/-", impatient.push,
                       Sec_WebSocket_Protocol=PROTOCOL))
    assert await raw.status() == 101
    assert await asyncio.wait_for(raw.reader.read(), 10)
    await raw.leave()

"""test_v2_handshake.py - part 2, 1: fastim.v2 is for those who ask for it; all others get Part
1."""
import pytest

from client import compact
from host import fresh
from rfc6455 import TEXT, Raw, handshake
from v2 import PROTOCOL, V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

PART_1 = b'{"list":[],"total":0}'
LONGEST = 127  # bytes of an offer


async def offered(host, offer, query=""):
    """The protocol that the answer names, and the first frame."""
    raw = await Raw.connect(host.host)
    raw.send(handshake(f"/group/chat/{fresh()}/u/xxx{query}", host.host,
                       Sec_WebSocket_Protocol=offer))
    assert await raw.status() == 101, raw.head
    named = [line.split(":", 1)[1].strip() for line in raw.head.splitlines()
             if line.lower().startswith("sec-websocket-protocol:")]
    opcode, first = await raw.event()
    assert opcode == TEXT
    await raw.leave()
    return named, first


def padded(names):
    """An offer as long as may be: names, and one that nobody knows."""
    return names + ", " + "x" * (LONGEST - len(names) - 2)


@pytest.mark.parametrize("offer", [
    pytest.param("fastim.v2", marks=pytest.mark.proxies), "fastim.v2, chat", "chat, fastim.v2",
    "chat,fastim.v2,mqtt",
    "fastim.v3, fastim.v2", "fastim.v2,fastim.v2", "fastim.v20 , fastim.v2", padded("fastim.v2"),
    padded("a, fastim.v2")])
async def test_the_first_subprotocol_that_the_server_knows_is_taken(site, offer):
    """Of several subprotocols offered the first that the server knows is taken and named in the
    answer"""
    named, first = await offered(site, offer)
    assert named == [PROTOCOL]
    assert first.startswith(b'{"type":"welcome","groupId":"')


@pytest.mark.parametrize("offer", [
    pytest.param("chat", marks=pytest.mark.proxies), "chat, mqtt", "fastim", "fastim.v1",
    "fastim.v20", "xfastim.v2", "fastim v2",
    "Fastim.V2", '"fastim.v2"', "fastim.v2;q=1", padded("chat")])
async def test_none_known_is_part_1_without_the_header(site, offer):
    """none known: 101 without that header, and Part 1"""
    assert await offered(site, offer) == ([], PART_1)


async def test_resume_is_nothing_to_part_1(site):
    """A client that names no subprotocol gets Part 1 frames and nothing else"""
    assert await offered(site, "chat", "?resume=9f3a01c4-100") == ([], PART_1)
    client = await site.chat(fresh(), "u")
    await client.send('{"type":"send","id":"1","info":"x"}')
    assert (await client.message())["info"] == '{"type":"send","id":"1","info":"x"}'


@pytest.mark.parametrize("path, status", [
    ("/group/chat/g/u", 404), ("/group/chat/g/u/-/more", 404), ("/group/chat/g/a%01/-", 400),
    ("/group/chat/g/%FF/-", 400),
    ("/group/chat/" + "x" * 129 + "/u/-", 400), ("/group/chat/g/u/%C3", 400)])
async def test_a_handshake_is_refused_as_in_part_1(site, path, status):
    """Path, ids and handshake refusals as in Part 1."""
    assert await site.handshake(path) == status
    assert await site.handshake(path, subprotocols=[PROTOCOL]) == status


@pytest.mark.smoke
@pytest.mark.proxies
async def test_part_1_and_fastim_v2_share_a_group(two_hosts):
    """Part 1's bytes with `"type":"message",` behind the brace"""
    group = fresh()
    old = [await host.chat(group, "old") for host in two_hosts]
    new = [await V2.enter(host, group, "new") for host in two_hosts]
    await old[0].send("from Part 1: 你好 \\ \" \u2028")
    await new[0].put("from fastim.v2: 你好 \\ \" \u2028")
    seen = [[await client.message_text() for _ in range(2)] for client in old]
    for client in new:
        while len(client.model.messages) < 2:
            await client.any()
        assert client.model.shown == seen[0] == seen[1] == two_hosts[0].entries(group)


async def test_one_event_a_frame_and_no_compression(site):
    """Text, UTF-8, one JSON object, one event a frame. No compression."""
    client = await V2.enter(site, fresh(), "u", compression="deflate")
    assert client.ws.extensions == []
    message = await client.say("x" * 10000)
    assert client.model.shown == [compact({key: message[key]
                                           for key in ("groupId", "userId", "info", "ts")})]

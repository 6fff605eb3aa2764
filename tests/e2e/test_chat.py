"""test_chat.py - protocol.md, WebSocket /group/chat: joining, the first frame, messages, bad frames."""
import asyncio

import pytest
from websockets.frames import OP_BINARY, OP_CONT, OP_TEXT

from client import Chat, compact
from host import fresh

pytestmark = pytest.mark.everywhere


# ---- 2: autoJoin ----

async def test_auto_join_adds_the_group_to_the_users_groups(site):
    """`autoJoin: 1` adds the group to `ugs:{userId}`"""
    group, user = fresh(), fresh("u")
    await site.chat(group, user)
    assert site.redis.smembers(f"ugs:{user}") == {group.encode()}


@pytest.mark.smoke
async def test_without_auto_join_a_user_who_has_not_joined_is_closed(make_host):
    """`autoJoin: 0` closes a user who has not joined (1000)"""
    host = make_host({"im.group.autoJoin": 0})
    group, user = fresh(), fresh("u")
    client = await host.open_chat(group, user)
    assert await client.close_code() == 1000
    assert not host.redis.exists(f"ugs:{user}")


async def test_without_auto_join_a_user_who_has_joined_is_in(make_host):
    """0: a user must join over HTTP first"""
    host = make_host({"im.group.autoJoin": 0})
    group, user = fresh(), fresh("u")
    host.api.login(user).join(group)
    client = await host.chat(group, user)
    await client.say("in")
    assert await (await host.open_chat(fresh(), user)).close_code() == 1000


# ---- 3: the first frame ----

@pytest.mark.smoke
async def test_first_frame_has_the_newest_50_oldest_first_and_the_count(site):
    """the newest `listNum` messages as objects, oldest first, and the group's message count"""
    group = fresh()
    client = await site.chat(group, "u")
    for n in range(53):
        await client.say(str(n))
    late = await site.chat(group, "v")
    assert [m["info"] for m in late.first["list"]] == [str(n) for n in range(3, 53)]
    assert late.first["total"] == 53


@pytest.mark.parametrize("number", [0, 3])
async def test_first_frame_has_list_num_messages(make_host, number):
    """im.groupMessage.listNum: messages in the first frame"""
    host = make_host({"im.groupMessage.listNum": number})
    group = fresh()
    client = await host.chat(group, "u")
    for n in range(5):
        await client.say(str(n))
    late = await host.chat(group, "v")
    assert [m["info"] for m in late.first["list"]] == [str(n) for n in range(5 - number, 5)]
    assert late.first["total"] == 5
    assert (await client.say("next"))["info"] == await late.info()


# ---- 4: messages ----

@pytest.mark.smoke
async def test_each_text_frame_is_pushed_to_every_client_on_every_daemon_the_sender_included(two_hosts):
    """pushed as a message object to every client of that group on every daemon, the sender included"""
    group = fresh()
    clients = [await two_hosts[i % 2].chat(group, f"u{i}") for i in range(4)]
    await clients[0].send("first")
    texts = {await client.message_text() for client in clients}
    await clients[1].send("second")
    texts |= {await client.message_text() for client in clients}
    assert sorted(texts) == sorted(two_hosts[0].entries(group))
    assert len(texts) == 2


async def test_message_of_one_group_comes_to_no_other(site):
    """every client of that group"""
    one, two = fresh(), fresh()
    here, there = await site.chat(one, "u"), await site.chat(two, "v")
    await here.say("for one")
    await there.say("for two")  # fails where "for one" came before it


async def test_a_user_may_hold_any_number_of_connections_each_gets_everything_once(two_hosts):
    """5. A user may hold any number of connections, to one group or to many; each gets everything once."""
    group, another, user = fresh(), fresh(), fresh("u")
    clients = [await two_hosts[i % 2].chat(group, user) for i in range(20)]
    elsewhere = await two_hosts[0].chat(another, user)
    for text in ("one", "two", "three"):
        await clients[7].send(text)
    for client in clients:
        assert [await client.info() for _ in range(3)] == ["one", "two", "three"]
    await elsewhere.say("end")
    await clients[0].send("end")
    assert {await client.info() for client in clients} == {"end"}


async def test_one_leaves_the_others_stay(site):
    """each gets everything once - also after others of the same user have left"""
    group = fresh()
    a, b, c = [await site.chat(group, "u") for _ in range(3)]
    await b.leave()
    await a.say("x")
    assert await c.info() == "x"


async def test_messages_of_a_client_come_in_the_order_in_which_it_sent_them(site):
    """in order"""
    group = fresh()
    sender, reader = await site.chat(group, "u"), await site.chat(group, "v")
    for n in range(500):
        await sender.send(str(n))
    assert [await reader.info() for _ in range(500)] == [str(n) for n in range(500)]


@pytest.mark.smoke
async def test_daemon_subscribes_with_the_first_client_and_unsubscribes_after_the_last(two_hosts):
    """SUBSCRIBE on a group's first client and UNSUBSCRIBE after its last"""
    host, other = two_hosts
    group = fresh()
    a, b = await host.chat(group, "u"), await host.chat(group, "v")
    assert host.subscribers(group) == 1
    c = await other.chat(group, "w")
    assert host.subscribers(group) == 2
    await a.leave()
    await c.leave()
    host.wait_subscribers(group, 1)
    await b.say("still here")
    await b.leave()
    host.wait_subscribers(group, 0)
    late = await host.chat(group, "u")
    assert [m["info"] for m in late.first["list"]] == ["still here"]
    await late.say("again")


@pytest.mark.proxies
async def test_message_sent_before_the_first_frame_was_read_is_not_lost(site):
    """Each text frame from the client is one message - from the handshake on."""
    group = fresh()
    client = await site.open_chat(group, "u")
    await client.send("early")
    first = await client.json()
    seen = [compact(message) for message in first["list"]] or [await client.text()]
    assert seen == site.entries(group)
    assert len(seen) == 1


@pytest.mark.proxies
async def test_client_may_offer_compression(site):
    """any WebSocket client"""
    client = await site.chat(fresh(), "u", compression="deflate")
    await client.say("x" * 10000)


# ---- group names ----

async def test_group_is_a_name_never_a_pattern(site):
    """`groupId` is a name, never a pattern (`*` is a group like any other)"""
    names = ["*", "?", "[a-z]", "h*llo"]
    clients = {name: await site.chat(name, "u") for name in names}
    other = await site.chat("hello", "u")
    await other.say("for hello alone")
    for name, client in clients.items():
        assert (await client.say(f"for {name} alone"))["groupId"] == name
    await other.say("end")


# ---- bad frames ----

async def test_empty_text_frame_is_ignored(site):
    """An empty text frame is ignored."""
    group = fresh()
    client = await site.chat(group, "u")
    await client.send("")
    await client.send("")
    await client.say("next")
    assert len(site.entries(group)) == 1


@pytest.mark.smoke
@pytest.mark.proxies
async def test_binary_frame_is_ignored(site):
    """A binary frame is ignored: heartbeats of some libraries are such frames"""
    group = fresh()
    client, other = await site.chat(group, "u"), await site.chat(group, "v")
    await client.send_frame(OP_BINARY, b"hello")
    await client.say("next")
    assert await other.info() == "next"
    assert len(site.entries(group)) == 1


NOT_UTF8 = [b"\xff", b"ok \xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x28\xa1"]


@pytest.mark.smoke
@pytest.mark.parametrize("payload", NOT_UTF8)
async def test_not_utf8_closes_1007(site, payload):
    """Not UTF-8: close 1007."""
    group = fresh()
    client, other = await site.chat(group, "u"), await site.chat(group, "v")
    await client.send_frame(OP_TEXT, payload)
    assert await client.close_code() == 1007
    await other.say("next")
    assert len(site.entries(group)) == 1


async def test_not_utf8_over_two_frames_closes_1007(site):
    """Not UTF-8: close 1007 - of the message, however it is cut."""
    client = await site.chat(fresh(), "u")
    await client.send_frame(OP_TEXT, "é".encode()[:1], last=False)
    await client.send_frame(OP_CONT, b"x")
    assert await client.close_code() == 1007


@pytest.mark.proxies
async def test_message_may_come_in_fragments(site):
    """Each text frame from the client is one message - a fragmented one as well, cut anywhere."""
    client = await site.chat(fresh(), "u")
    text = "é😀 你好"
    pieces = [bytes([byte]) for byte in text.encode()]
    await client.send_frame(OP_TEXT, pieces[0], last=False)
    for piece in pieces[1:-1]:
        await client.send_frame(OP_CONT, piece, last=False)
        await client.send_frame(OP_CONT, b"", last=False)
    await client.ws.ping()
    await client.send_frame(OP_CONT, pieces[-1])
    assert await client.info() == text


@pytest.mark.proxies
@pytest.mark.parametrize("text", ["x" * 24576, "\x01" * 24576, "中" * 5462, "中" * 8192])
async def test_message_of_max_message_bytes_is_taken(site, text):
    """maxMessageBytes (default 24576): longest text of a message, in bytes as it was sent"""
    client = await site.chat(fresh(), "u")
    await client.say(text)


@pytest.mark.smoke
@pytest.mark.proxies
@pytest.mark.parametrize("text", ["x" * 24577, "中" * 8193, "x" * 200000])
async def test_larger_message_closes_1009(site, text):
    """Larger than `maxMessageBytes` (default 24576): close 1009."""
    group = fresh()
    client, other = await site.chat(group, "u"), await site.chat(group, "v")
    await client.send(text)
    assert await client.close_code() == 1009
    await other.say("next")
    assert len(site.entries(group)) == 1


async def test_larger_message_in_fragments_closes_1009(site):
    """Larger than `maxMessageBytes`: close 1009 - the message, not the frame."""
    group = fresh()
    client, other = await site.chat(group, "u"), await site.chat(group, "v")
    for n in range(24):
        await client.send_frame(OP_CONT if n else OP_TEXT, b"x" * 1024, last=False)
    await client.send_frame(OP_CONT, b"y")
    assert await client.close_code() == 1009
    await other.say("next")
    assert len(site.entries(group)) == 1


async def test_max_message_bytes_is_a_setting(make_host):
    """im.groupMessage.maxMessageBytes: longest text of a message"""
    host = make_host({"im.groupMessage.maxMessageBytes": 10})
    client = await host.chat(fresh(), "u")
    await client.say("0123456789")
    await client.send("0123456789a")
    assert await client.close_code() == 1009


async def test_bad_frame_after_good_ones_loses_none_of_them(site):
    """close 1002 - what came before it is stored and reaches the others"""
    group = fresh()
    client, other = await site.chat(group, "u"), await site.chat(group, "v")
    for n in range(10):
        await client.send(str(n))
    await client.send_frame(OP_CONT, b"x")
    assert [await other.info() for _ in range(10)] == [str(n) for n in range(10)]
    await other.say("end")


@pytest.mark.proxies
async def test_clients_close_is_answered_and_the_group_goes_on(site):
    """RFC 6455: the peer's close is answered with the same code"""
    group = fresh()
    client, other = await site.chat(group, "u"), await site.chat(group, "v")
    await client.ws.close(1000, "bye")
    assert client.ws.close_code == 1000
    await other.say("next")


# ---- the list is what clients see ----

async def test_first_frame_plus_what_follows_is_the_list(two_hosts):
    """First frame plus what follows is exactly the group's list in list order."""
    group = fresh()
    sender = await two_hosts[0].chat(group, "u")
    readers = [sender]
    for n in range(30):
        await sender.send(str(n))
        readers.append(await two_hosts[n % 2].chat(group, f"r{n}"))
    await sender.send("end")
    for reader in readers:
        if not reader.view or '"info":"end"' not in reader.view[-1]:
            await reader.until("end")
        assert reader.view == two_hosts[0].entries(group)


async def test_recall_sends_nothing_to_chat_clients(site):
    """Part 1 frames and nothing else"""
    group = fresh()
    user = site.api.login(fresh("u"))
    client = await site.chat(group, user.user)
    message = await client.say("recalled")
    assert user.recall(group, message["ts"]).code == 200
    await client.say("next")
    late = await site.chat(group, "v")
    assert [m["info"] for m in late.first["list"]] == ["next"]
    assert late.first["total"] == 1


async def test_max_count_drops_the_oldest_first(make_host):
    """im.groupMessage.maxCount: messages kept of a group, oldest dropped first; `total` counts those kept"""
    host = make_host({"im.groupMessage.maxCount": 5})
    group = fresh()
    client = await host.chat(group, "u")
    for n in range(12):
        await client.say(str(n))
    late = await host.chat(group, "v")
    assert [m["info"] for m in late.first["list"]] == ["7", "8", "9", "10", "11"]
    assert late.first["total"] == 5
    assert [compact(m) for m in late.first["list"]] == host.entries(group)


async def test_max_count_is_100000_by_default(site):
    """maxCount: 100000: messages kept of a group, oldest dropped first"""
    group = fresh()
    entry = '{"groupId":"%s","userId":"u","info":"","ts":1}' % group
    site.redis.rpush(f"gml:{group}", *[entry] * 100000)
    client = await site.chat(group, "u")
    await client.say("one more")
    assert site.redis.llen(f"gml:{group}") == 100000


@pytest.mark.proxies
async def test_many_clients_at_once(two_hosts):
    """every client of that group, a few hundred here"""
    group = fresh()
    clients = await asyncio.gather(*(two_hosts[i % 2].chat(group, f"u{i}") for i in range(300)))
    assert all(isinstance(client, Chat) for client in clients)
    await clients[0].send("to all")
    assert {await client.info() for client in clients} == {"to all"}

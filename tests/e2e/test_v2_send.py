"""test_v2_send.py - part 2, 4: `send`: stored exactly once, in order, and answered."""
import asyncio
import json

import pytest

from host import fresh
from test_send_message import send as send_by_http
from v2 import V2, fresh_id

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

IDS_KEPT, IDS_SECONDS, UNACKED = 32, 300, 16


@pytest.mark.proxies
@pytest.mark.parametrize("its_id", ["k", "k3f9", "A-Za-z0-9._~-" * 4 + "x" * 12])
async def test_ack_and_message(site, its_id):
    """`ack`: stored and published; `(userId, ts)` joins `ack` and the sender's own `message`"""
    group, before = fresh(), site.now_ms()
    client = await V2.enter(site, group, "u")
    message = await client.say('\0\x1f\x7f "群" \\/ \u2028 😀 \ufeff', its_id)
    assert before <= message["ts"] <= site.now_ms()
    assert client.model.shown == site.entries(group)


async def test_others_get_the_message_and_no_ack(two_hosts):
    """All other connections of the user just get the message."""
    group = fresh()
    clients = [await V2.enter(host, group, "u") for host in (*two_hosts, *two_hosts)]
    message = await clients[0].say("one")
    for client in clients[1:]:
        assert await client.next("message") == message
    await clients[1].say("two")
    for client in clients[:1] + clients[2:]:
        assert await client.info() == "two"


async def test_escapes_are_read_and_written_as_part_1_writes_them(site):
    """Part 1's bytes, whatever way the client writes its JSON; other keys are ignored"""
    group = fresh()
    client, old = await V2.enter(site, group, "u"), await site.chat(group, "v")
    await client.send('  {"x":{"info":[null]},\n"info" : "\\u00e4\\ud83d\\ude00\\/\\u0041\\n" , '
                      '"id":"\\u0031", "type":"s\\u0065nd"} ')
    client.model.sends("1", "")
    assert (await client.answer("1"))["type"] == "ack"
    assert (await old.message())["info"] == "ä😀/A\n"
    assert [json.loads(text)["info"] for text in site.entries(group)] == ["ä😀/A\n"]


# ---- exactly once ----

@pytest.mark.smoke
async def test_a_known_id_stores_nothing_and_has_the_first_ack_again(two_hosts):
    """A known id (of this group and user) stores nothing and is answered by the first `ack`
    again."""
    group, its_id = fresh(), fresh_id()
    clients = [await V2.enter(host, group, "u") for host in two_hosts]
    first = await clients[0].say("once", its_id)
    assert await clients[1].info() == "once"
    for client in clients:
        for info in ("once", "another text"):
            await client.put(info, its_id)
            assert await client.next("ack") == {"type": "ack", "id": its_id, "ts": first["ts"]}
    await clients[1].say("end")
    assert await clients[0].info() == "end"
    assert len(two_hosts[0].entries(group)) == 2


async def test_ids_are_of_a_user_and_a_group(site):
    """A known id (of this group and user)"""
    one, two, its_id = fresh(), fresh(), fresh_id()
    for group, user in ((one, "u"), (one, "v"), (two, "u")):
        await (await V2.enter(site, group, user)).say(f"of {user}", its_id)
    assert (len(site.entries(one)), len(site.entries(two))) == (2, 1)


async def test_ids_are_those_of_http_as_well(site):
    """`/group/sendMessage`: id (optional): the same messages, the same ids"""
    account, group = site.api.login(fresh("u")), fresh()
    client = await V2.enter(site, group, account.user)
    by_socket = await client.say("by the socket", "s")
    assert send_by_http(account, group, "by HTTP", id="s").data == by_socket["ts"]
    ts = send_by_http(account, group, "by HTTP", id="h").data
    assert (await client.next("message"))["ts"] == ts
    await client.put("by the socket", "h")
    assert await client.next("ack") == {"type": "ack", "id": "h", "ts": ts}
    assert len(site.entries(group)) == 2


@pytest.mark.parametrize("others, known", [(IDS_KEPT - 1, True), (IDS_KEPT, False)])
async def test_the_newest_32_ids_are_known(site, others, known):
    """Ids are known … the newest 32 of them"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    first = await client.say("first", "first")
    for n in range(others):
        await client.say(str(n))
    if known:
        await client.put("first", "first")
        assert await client.next("ack") == {"type": "ack", "id": "first", "ts": first["ts"]}
    else:
        client.model.acked.clear()
        assert (await client.say("first", "first"))["ts"] > first["ts"]
    assert len(site.entries(group)) == 1 + others + (not known)


async def test_ids_are_known_for_300_seconds_behind_the_last_send(site):
    """Ids are known for 300 s behind the user's last send in the group - and no longer"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    key = f"fim:sent:{group}/u"
    first = await client.say("x", "a")
    assert IDS_SECONDS - 5 < site.redis.ttl(key) <= IDS_SECONDS
    for its_id in ("b", "a"):
        site.redis.expire(key, 50)
        await client.put("x", its_id)
        await client.answer(its_id)
        assert IDS_SECONDS - 5 < site.redis.ttl(key) <= IDS_SECONDS
    site.redis.delete(key)
    client.model.acked.clear()
    await client.put("x", "a")
    assert (await client.answer("a"))["ts"] > first["ts"]
    assert len(site.entries(group)) == 3


async def test_the_same_id_many_times_at_once_is_stored_once(two_hosts):
    """exactly once - whichever connection comes first"""
    group, its_id = fresh(), fresh_id()
    clients = [await V2.enter(two_hosts[n % 2], group, "u") for n in range(8)]
    await asyncio.gather(*(client.put("once", its_id) for client in clients))
    stamps = {(await client.answer(its_id))["ts"] for client in clients}
    assert len(stamps) == 1
    assert len(two_hosts[0].entries(group)) == 1
    await clients[0].put("end")
    for client in clients:
        await client.until("end")
        assert client.model.infos() == ["once", "end"]


# ---- in order ----

@pytest.mark.smoke
async def test_sends_of_one_connection_are_stored_in_their_order(site):
    """Sends of one connection are stored in the order in which they were sent, leaving out those
    refused"""
    group = fresh()
    client, reader = await V2.enter(site, group, "u"), await V2.enter(site, group, "v")
    for n in range(320):
        await client.put(str(n) if n % 10 else "", str(n))
        while len(client.model.open) == UNACKED:
            await client.any()
    while client.model.open:
        await client.any()
    due = [str(n) for n in range(320) if n % 10]
    assert sorted(client.model.refused.items()) == sorted((str(n), "info")
                                                          for n in range(0, 320, 10))
    await reader.until(due[-1])
    assert reader.model.infos() == due
    assert reader.model.shown == site.entries(group)
    stamps = [message["ts"] for message in reader.model.messages]
    assert [client.model.acked[its_id] for its_id in due] == stamps == sorted(set(stamps))


async def test_at_most_unacked_sends_may_be_open(relayed):
    """At most `unacked` sends may be open on a connection: more are answered 429 `unacked`."""
    group = fresh()
    client = await V2.enter(relayed.host, group, "u")
    other = await V2.enter(relayed.host, fresh(), "u")
    relayed.relay.hold_at("number 0 ")
    for n in range(UNACKED + 3):
        await client.put(f"number {n} ", str(n))
    for n in range(UNACKED, UNACKED + 3):  # its messages may come meanwhile: Redis has published them
        refused = await client.answer(str(n))
        assert (refused["code"], refused["reason"]) == (429, "unacked")
    await other.put("not counted")
    relayed.relay.release()
    await client.until(f"number {UNACKED - 1} ")
    while client.model.open:
        await client.any()
    assert client.model.infos() == [f"number {n} " for n in range(UNACKED)]
    assert len(client.model.acked) == UNACKED
    await client.say("again", str(UNACKED))
    await other.until("not counted")


# ---- refused ----

@pytest.mark.parametrize("info", ["0123456789a", "你好吗??", "é" * 6, "\\" * 11])
async def test_too_large_a_text_is_413_and_the_connection_stays(make_host, info):
    """size (413 `info`): the text's bytes, not those of its JSON"""
    host, group = make_host({"im.groupMessage.maxMessageBytes": 10}), fresh()
    client = await V2.enter(host, group, "u")
    its_id = await client.put(info)
    await client.refused(413, "info", id=its_id)
    for whole in ("0123456789", "你好吗x", "é" * 5, '"' * 10, "\x01" * 10):
        await client.say(whole)
    assert len(host.entries(group)) == 5


@pytest.mark.proxies
@pytest.mark.parametrize("char", ["x", "\x01", "中"])
async def test_a_text_of_max_message_bytes_is_taken(site, char):
    """Larger than 6 × `maxMessageBytes` + 1024 bytes: 1009 - so whatever the text has, it comes
    through"""
    client = await V2.enter(site, fresh(), fresh("u"))
    info = char * (24576 // len(char.encode()))
    await client.say(info)
    its_id = await client.put(info + char)
    await client.refused(413, "info", id=its_id)


async def test_above_its_rate_a_connection_gets_429(make_host):
    """`push.messagesPerSecond`, `push.messageBurst`: 429 `connection`; `retryAfter` (ms)"""
    host, group = make_host({"push.messagesPerSecond": 5, "push.messageBurst": 3}), fresh()
    client = await V2.enter(host, group, fresh("u"))
    for n in range(3):
        await client.say(str(n))
    its_id = await client.put("too soon")
    frame = await client.refused(429, "connection", id=its_id)
    assert 0 < frame["retryAfter"] <= 1000
    await asyncio.sleep(frame["retryAfter"] / 1000 + 0.02)
    await client.say("in time", its_id)
    assert [json.loads(text)["info"] for text in host.entries(group)] == ["0", "1", "2", "in time"]


async def test_pings_do_not_count(make_host):
    """every client frame but `ping` counts"""
    host = make_host({"push.messagesPerSecond": 5, "push.messageBurst": 3})
    client = await V2.enter(host, fresh(), fresh("u"))
    for _ in range(50):
        await client.write("ping")
    for _ in range(50):
        await client.next("pong")
    await client.say("taken")


# ---- lost replies ----

@pytest.mark.smoke
async def test_a_reply_that_was_lost_is_an_ack_in_the_end(relayed, site):
    """`ack`: stored exactly once: where Redis was cut off between command and reply the answer
    waits"""
    group, info = fresh(), fresh("text")
    client, reader = await V2.enter(relayed.host, group, "u"), await V2.enter(site, group, "v")
    relayed.relay.cut_at(info, after_reply=True)
    its_id = await client.put(info)
    assert (await client.answer(its_id))["type"] == "ack"
    assert await reader.info() == info
    assert len(site.entries(group)) == 1


async def test_a_command_that_was_lost_is_stored_once_or_refused(relayed, site):
    """`error`: this attempt was not stored and never will be; 503: try again, with the same id"""
    group, info = fresh(), fresh("text")
    client, reader = await V2.enter(relayed.host, group, "u"), await V2.enter(site, group, "v")
    relayed.relay.cut_at(info, after_reply=False)
    its_id = await client.put(info)
    while (await client.answer(its_id))["type"] != "ack":
        assert client.model.refused == {its_id: "redis"}
        assert site.entries(group) == []
        await client.put(info, its_id)
    assert await reader.info() == info
    assert len(site.entries(group)) == 1


async def test_the_line_is_cut_before_the_ack_and_it_is_sent_again(site):
    """No answer before the connection was lost: the client MUST then send it again with the same
    `id`."""
    group = fresh()
    witness = await V2.enter(site, group, "witness")
    await witness.say("begin")
    client = await V2.enter(site, group, "u")
    for n in range(10):
        await client.put(f"number {n}")
        if n:
            await witness.until(f"number {n}")
        client.cut()
        client = await V2.enter(site, group, "u", model=client.model)
        assert client.welcome["recovered"]
        while client.model.open:
            await client.any()
    await client.put("end")
    await client.until("end")
    await witness.until("end")
    assert client.model.shown == witness.model.shown == site.entries(group)
    assert [message["info"] for message in client.model.messages] == \
        ["begin"] + [f"number {n}" for n in range(10)] + ["end"]

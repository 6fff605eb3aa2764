"""test_foreign.py - protocol.md, Redis: other software that writes the same keys."""
import asyncio
import contextlib
import json
import urllib.parse

import pytest

from client import compact
from foreign import GARBAGE, Writer, entry
from host import ROOT, fresh
from redis_server import is_mark

pytestmark = pytest.mark.spread

PUBLISH_PENDING_SECONDS = 5.1  # push-daemon/sync/known.h: 5
VECTORS = ROOT / "tests" / "vectors" / "messages.txt"


@pytest.mark.smoke
@pytest.mark.everywhere
@pytest.mark.parametrize("at_once", [False, True])
async def test_rpush_with_publish_reaches_the_clients_like_any_other_message(two_hosts, at_once):
    """an RPUSH to `gml:` with a PUBLISH on `mq:` from outside must reach the clients like any other message"""
    group = fresh()
    clients = [await host.chat(group, "u") for host in two_hosts]
    raw = entry(group, "ops", "hello from outside: 你好 \"", two_hosts[0].now_ms())
    if at_once:
        pipe = two_hosts[0].redis.pipeline(transaction=True)
        pipe.rpush(f"gml:{group}", raw)
        pipe.publish(f"mq:{group}", raw)
        pipe.execute()
    else:
        Writer(two_hosts[0].redis, group).write(raw)
    shown = compact(json.loads(raw))
    for client in clients:
        assert await client.message_text() == shown
    await clients[0].send("next")
    for client in clients:
        assert await client.info() == "next"


async def test_foreign_message_comes_once_where_its_publish_falls(site):
    """A message of another writer comes to every client once, where its PUBLISH falls"""
    group = fresh()
    client = await site.chat(group, "u")
    writer = Writer(site.redis, group)
    raw = entry(group, "ops", "foreign", site.now_ms())
    writer.push(raw)
    await client.say("one")
    await client.say("two")
    writer.publish(raw)
    assert await client.info() == "foreign"
    await client.say("three")


async def test_joiner_between_rpush_and_publish_sees_it_once_others_at_publish(two_hosts):
    """comes to every client once: who joins between the two steps has it in the first frame"""
    group = fresh()
    older = [await host.chat(group, "older") for host in two_hosts]
    writer = Writer(two_hosts[0].redis, group)
    raw = entry(group, "ops", "foreign", two_hosts[0].now_ms())
    writer.push(raw)
    joiners = [await two_hosts[i % 2].chat(group, "joiner") for i in range(4)]
    for joiner in joiners:
        assert [m["info"] for m in joiner.first["list"]] == ["foreign"]
    writer.publish(raw)
    for client in older:
        assert await client.info() == "foreign"
    await older[0].send("marker")
    for client in older + joiners:
        assert await client.info() == "marker"


@contextlib.asynccontextmanager
async def joins_with_the_list_kept_back(relayed, group):
    """A client joins; in the block Redis has read the list for it, and published the mark, but the list is not there."""
    with relayed.host.redis.pubsub() as heard:
        heard.psubscribe("*")
        assert heard.get_message(timeout=5)["type"] == "psubscribe"
        relayed.relay.hold_at(f"gml:{group}")
        joining = asyncio.create_task(relayed.host.chat(group, "joiner"))
        while not is_mark(await asyncio.to_thread(heard.get_message, timeout=5)):
            pass
    yield joining
    relayed.relay.release()


async def test_publish_overtakes_the_list_that_a_joiner_waits_for(relayed):
    """comes to every client once: the PUBLISH, which comes over another connection than the list, is there before it"""
    host, group = relayed.host, fresh()
    older = await host.chat(group, "older")
    await older.say("before")
    writer = Writer(host.redis, group)
    raw = entry(group, "ops", "foreign", host.now_ms())
    writer.push(raw)
    async with joins_with_the_list_kept_back(relayed, group) as joining:
        writer.publish(raw)
        assert await older.info() == "foreign"
    joiner = await joining
    assert [m["info"] for m in joiner.first["list"]] == ["before", "foreign"]
    await older.send("marker")
    assert await joiner.info() == "marker"


async def test_two_who_join_a_new_room_between_the_steps_have_it_once(site):
    """comes to every client once: also to the second, where the first one's list made the room"""
    group = fresh()
    writer = Writer(site.redis, group)
    raw = entry(group, "ops", "foreign", site.now_ms())
    writer.push(raw)
    joiners = [await site.chat(group, f"joiner-{i}") for i in range(3)]
    writer.publish(raw)
    late = await site.chat(group, "late")
    again = entry(group, "ops", "foreign again", site.now_ms())
    writer.push(again)
    writer.publish(again)
    for client in joiners + [late]:
        assert [m["info"] for m in client.first["list"]] == ["foreign"]
        assert await client.info() == "foreign again"


async def test_publish_overtakes_the_list_of_the_second_in_a_new_room(relayed):
    """the same, and the PUBLISH is there before the list that the second one waits for"""
    host, group = relayed.host, fresh()
    writer = Writer(host.redis, group)
    raw = entry(group, "ops", "foreign", host.now_ms())
    writer.push(raw)
    first = await host.chat(group, "first")
    async with joins_with_the_list_kept_back(relayed, group) as joining:
        writer.publish(raw)
        await first.say("marker")
    second = await joining
    await second.send("end")
    assert await first.info() == "end"
    assert [await second.info(), await second.info()] == ["marker", "end"]
    for client in (first, second):
        assert [m["info"] for m in client.first["list"]] == ["foreign"]


async def test_what_passes_while_the_first_list_is_on_its_way_is_told_apart_from_the_list(relayed):
    """the same: of a message that came by PUBLISH before the list that was read earlier, the list is not held for known"""
    host, group = relayed.host, fresh()
    elsewhere = await host.chat(fresh(), "elsewhere")
    writer = Writer(host.redis, group)
    pushed, whole = (entry(group, "ops", info, host.now_ms()) for info in ("pushed", "whole"))
    writer.push(pushed)
    async with joins_with_the_list_kept_back(relayed, group) as joining:
        writer.write(whole)
        await elsewhere.say("the subscription has come as far as this")
    first, second = await joining, await host.chat(group, "second")
    writer.publish(pushed)
    await second.send("end")
    assert [m["info"] for m in first.first["list"]] == ["pushed"]
    assert [m["info"] for m in second.first["list"]] == ["pushed", "whole"]
    assert [await first.info(), await first.info(), await second.info()] == ["whole", "end", "end"]


async def test_the_same_bytes_later_are_another_message(site):
    """a PUBLISH is waited for some seconds: what comes then is new, for who had the list as for who joins now"""
    group = fresh()
    writer = Writer(site.redis, group)
    raw = entry(group, "ops", "again", site.now_ms())
    writer.push(raw)
    clients = [await site.chat(group, "first")]
    await asyncio.sleep(PUBLISH_PENDING_SECONDS)
    clients.append(await site.chat(group, "second"))
    writer.write(raw)
    for client in clients:
        assert await client.info() == "again"


async def test_joiner_between_the_steps_with_messages_between_them(two_hosts):
    """comes to every client once - also where messages of ours fall between RPUSH and PUBLISH"""
    group = fresh()
    older = [await host.chat(group, "older") for host in two_hosts]
    writer = Writer(two_hosts[0].redis, group)
    raw = entry(group, "ops", "foreign", two_hosts[0].now_ms() - 3600_000)
    await older[0].send("before")
    for client in older:
        assert await client.info() == "before"
    writer.push(raw)
    joiner = await two_hosts[1].chat(group, "joiner")
    await older[0].send("between")
    for client in older + [joiner]:
        assert await client.info() == "between"
    late = await two_hosts[0].chat(group, "late")
    writer.publish(raw)
    for client in older:
        assert await client.info() == "foreign"
    await older[0].send("marker")
    for client in older + [joiner, late]:
        assert await client.info() == "marker"
    assert [json.loads(m)["info"] for m in joiner.view] == ["before", "foreign", "between", "marker"]
    assert [json.loads(m)["info"] for m in late.view] == ["before", "foreign", "between", "marker"]


async def test_joiner_gets_at_publish_what_its_first_frame_did_not_show(make_host):
    """comes to every client once: pushed before the first frame's listNum, published after it"""
    host = make_host({"im.groupMessage.listNum": 3})
    group = fresh()
    sender = await host.chat(group, "u")
    writer = Writer(host.redis, group)
    raw = entry(group, "ops", "foreign", host.now_ms())
    writer.push(raw)
    for n in range(5):
        await sender.say(str(n))
    joiner = await host.chat(group, "v")
    assert [m["info"] for m in joiner.first["list"]] == ["2", "3", "4"]
    writer.publish(raw)
    assert await sender.info() == "foreign"
    await sender.say("marker")
    assert [await joiner.info() for _ in range(2)] == ["foreign", "marker"]


async def test_same_text_again_is_another_message(site):
    """like any other message: same text, later ts"""
    group = fresh()
    client = await site.chat(group, "u")
    writer = Writer(site.redis, group)
    for n in range(3):
        writer.write(entry(group, "ops", "same", 1000 + n))
        assert (await client.message())["ts"] == 1000 + n
    late = await site.chat(group, "v")
    assert [m["ts"] for m in late.first["list"]] == [1000, 1001, 1002]


async def test_garbage_is_passed_over_and_counts_in_total(two_hosts):
    """an entry that is not valid message JSON must not break anything (it is passed over wherever messages
    are shown, counts in `total` and in positions)"""
    host, other = two_hosts
    group = fresh()
    client = await host.chat(group, "u")
    writer = Writer(host.redis, group)
    await client.say("before")
    for raw in GARBAGE:
        writer.write(raw)
    await client.say("after")
    late = await other.chat(group, "v")
    assert [m["info"] for m in late.first["list"]] == ["before", "after"]
    assert late.first["total"] == 2 + len(GARBAGE)
    await client.say("next")
    assert await late.info() == "next"


async def test_first_frame_of_a_list_that_is_all_garbage(site):
    """passed over wherever messages are shown, counts in `total`"""
    group = fresh()
    site.redis.rpush(f"gml:{group}", *GARBAGE)
    client = await site.chat(group, "u")
    assert client.first_text == '{"list":[],"total":%d}' % len(GARBAGE)
    await client.say("on")


async def test_garbage_is_logged_once(hosts):
    """and is logged once"""
    host, group = hosts.new(), fresh()
    try:
        mark = fresh("mark")
        host.redis.rpush(f"gml:{group}", f"not a message {mark}")
        host.redis.sadd("ugs:watcher-" + mark, group)
        clients = [await host.chat(group, "u") for _ in range(4)]
        watcher = await host.group_list("watcher-" + mark)
        for n in range(2):
            await clients[0].say(str(n))
            await watcher.json()
        lines = [line for line in host.process.output.split("\n")
                 if group in line and ("warn" in line or "info" in line) and "closed" not in line]
        assert len(lines) == 1, lines
    finally:
        hosts.end(host)


async def test_publish_of_garbage_alone_reaches_nobody(site):
    """must not break anything"""
    group = fresh()
    client = await site.chat(group, "u")
    for raw in GARBAGE:
        Writer(site.redis, group).publish(raw)
    await client.say("next")


async def test_clock_behind_ours(two_hosts):
    """(its clock may run behind ours)"""
    group = fresh()
    clients = [await host.chat(group, "u") for host in two_hosts]
    writer = Writer(two_hosts[0].redis, group)
    for n in range(20):
        await clients[n % 2].send(f"ours {n}")
        for client in clients:
            assert await client.info() == f"ours {n}"
        writer.write(entry(group, "ops", f"theirs {n}", two_hosts[0].now_ms() - 3600_000))
        for client in clients:
            assert await client.info() == f"theirs {n}"
    late = await two_hosts[1].chat(group, "v")
    assert late.view == clients[0].view == clients[1].view


def read_vectors():
    """(userId, ts, entry) of each line; userId None where the entry is no message."""
    for line in VECTORS.read_bytes().split(b"\n"):
        if line.strip() and not line.startswith(b"#"):
            user, ts, raw = line.split(b"\t")
            valid = (user, ts) != (b"-", b"-")
            yield (urllib.parse.unquote(user.decode()) if valid else None, int(ts) if valid else None,
                   urllib.parse.unquote_to_bytes(raw))


async def test_every_vector_is_shown_or_passed_over_everywhere_alike(site):
    """Valid is an object with `info` a string, `userId` a string or integer, `ts` an integer from 0 to 2^53"""
    vectors = list(read_vectors())
    reader, group, user = site.api.login(fresh("reader")), fresh(), fresh("u")
    client = await site.chat(group, user)
    watcher = await site.group_list(user)
    writer = Writer(site.redis, group)
    for _, _, raw in vectors:
        writer.write(raw)
    writer.write(entry(group, "w", "marker", 1))
    await client.until("marker")
    assert (await watcher.json())[0]["total"] >= 1
    expected = [(u, ts) for u, ts, _ in vectors if u is not None] + [("w", 1)]
    assert [(m["userId"], m["ts"]) for m in map(json.loads, client.view)] == expected
    assert reader.history(group) == client.view
    late = await site.chat(group, "v")
    assert [(m["userId"], m["ts"]) for m in late.first["list"]] == expected[-50:]
    assert late.first["total"] == len(vectors) + 1

"""test_v2_foreign.py - part 2, 2 and 6: other software that writes the same keys, as v2 clients
see it."""
import json

import pytest

from client import compact
from foreign import GARBAGE, Writer, entry
from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

DAY_MS, HOUR_MS = 86400_000, 3600_000


def at_once(host, group, *raws):
    """RPUSH and PUBLISH as one step (MULTI)."""
    pipe = host.redis.pipeline(transaction=True)
    for raw in raws:
        pipe.rpush(f"gml:{group}", raw)
        pipe.publish(f"mq:{group}", raw)
    pipe.execute()


def late_message(group, info, ts, at):
    return compact({"type": "message", "groupId": group, "userId": "ops", "info": info, "ts": ts,
                    "at": at})


@pytest.mark.smoke
async def test_a_growing_ts_is_a_message_like_any_other(two_hosts):
    """Part 1's bytes with `"type":"message",` behind the brace. No other message has `at`."""
    group = fresh()
    clients = [await V2.enter(host, group, "u") for host in two_hosts]
    ts = two_hosts[0].now_ms() + 5
    at_once(two_hosts[0], group, entry(group, "ops", 'foreign 你好 "', ts, id=1))
    for client in clients:
        assert await client.text() == compact(
            {"type": "message", "groupId": group, "userId": "ops", "info": 'foreign 你好 "',
             "ts": ts})
    message = await V2.say(clients[0], "ours")
    assert message["ts"] > ts


@pytest.mark.parametrize("off", [-HOUR_MS, -1, 0, DAY_MS + HOUR_MS])
async def test_a_late_or_far_ts_carries_the_unchanged_position(two_hosts, off):
    """whose `ts` is not above the group's position, or more than a day ahead of Redis' clock,
    carries the
    unchanged position as a last key"""
    group = fresh()
    clients = [await V2.enter(host, group, "u") for host in two_hosts]
    ours = await clients[0].say("ours")
    assert await clients[1].info() == "ours"
    ts = ours["ts"] + off
    at_once(two_hosts[0], group, entry(group, "ops", "foreign", ts))
    for client in clients:
        text = await client.text()
        assert text == late_message(group, "foreign", ts, ours["ts"])
        client.model.take(json.loads(text))
        assert client.model.at == ours["ts"]
    next_one = await clients[1].say("next")
    assert ours["ts"] < next_one["ts"] < ours["ts"] + HOUR_MS
    assert await clients[0].info() == "next"
    for client in clients:
        client.model.check_shows(two_hosts[0].entries(group))


async def test_in_a_group_that_is_empty(site):
    """the group's position is 0: any ts is above it, but none a day ahead"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    far = site.now_ms() + DAY_MS + HOUR_MS
    at_once(site, group, entry(group, "ops", "far", far), entry(group, "ops", "one", 5),
            entry(group, "ops", "two", 6),
            entry(group, "ops", "one again", 5))
    assert [(await client.next("message")).get("at") for _ in range(4)] == [0, None, None, 6]
    assert client.model.at == 6


@pytest.mark.parametrize("resume", ["memory", "redis"])
async def test_a_late_message_may_come_again_and_is_dropped(site, resume):
    """A message of another writer that carries `at` may come again behind a resume: a client MUST
    drop it"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    stays = await V2.enter(site, group, "v") if resume == "memory" else None
    await client.say("ours")
    at_once(site, group, entry(group, "ops", "late", 5))
    await client.until("late")
    position = client.model.position
    await client.leave()
    if stays is None:
        site.wait_subscribers(group, 0)
    at_once(site, group, entry(group, "ops", "late, and missed", 6),
            entry(group, "ops", "missed", site.now_ms() + 5))
    back = await V2.enter(site, group, "u", model=client.model)
    assert back.welcome["recovered"] and 2 <= back.welcome["missed"] <= 3
    await back.until("missed")
    await back.say("live")
    assert back.model.infos() == ["ours", "late", "late, and missed", "missed", "live"]
    assert len(back.model.dropped) == back.welcome["missed"] - 2
    assert back.model.position != position


@pytest.mark.parametrize("resume", ["memory", "redis"])
async def test_a_ts_that_an_event_has_comes_behind_that_event(site, resume):
    """whose `ts` is not above the group's position carries the unchanged position: behind a resume
    as well"""
    account, group = site.api.login(fresh("u")), fresh()
    client = await V2.enter(site, group, account.user)
    gone = await client.say("gone")
    await client.say("seen")
    stays = await V2.enter(site, group, "v") if resume == "memory" else None
    await client.leave()
    site.wait_subscribers(group, 1 if stays else 0)
    assert account.recall(group, gone["ts"]).code == 200
    number = int(site.redis.zrange(f"fim:log:{group}", -1, -1, withscores=True)[0][1])
    at_once(site, group, entry(group, "ops", "of the same number", number))
    back = await V2.enter(site, group, account.user, model=client.model)
    assert (back.welcome["recovered"], back.welcome["missed"]) == (True, 2)
    assert (await back.next("recall"))["at"] == number
    assert (await back.next("message"))["at"] == number
    await back.say("live")
    back.model.check_shows(site.entries(group))


async def test_the_same_text_twice_is_two_messages_to_others(site):
    """(userId, ts, info) is among the last 100: what comes again is dropped by the client, not by
    the server"""
    group = fresh()
    client, old = await V2.enter(site, group, "u"), await site.chat(group, "v")
    raw = entry(group, "ops", "twice", site.now_ms())
    at_once(site, group, raw)
    at_once(site, group, raw)
    await old.send("end")
    await old.until("end")
    await client.until("end")
    seen = [json.loads(text)["info"] for text in old.view]
    assert seen in (["twice", "end"], ["twice", "twice", "end"])
    assert client.model.infos() == ["twice", "end"]


@pytest.mark.parametrize("between", [1, 3])
async def test_one_that_writes_in_two_steps_comes_once_where_its_publish_falls(site, between):
    """Part 1: comes to every client once; who joins between the two steps has it in the list"""
    group = fresh()
    older = await V2.enter(site, group, "older")
    writer, raw = Writer(site.redis, group), entry(group, "ops", "foreign", site.now_ms())
    writer.push(raw)
    joiner = await V2.enter(site, group, "joiner")
    assert joiner.model.infos() == ["foreign"]
    for n in range(between):
        await older.say(str(n))
    writer.publish(raw)
    assert await older.info() == "foreign"
    await older.say("end")
    await joiner.until("end")
    assert joiner.model.infos() == ["foreign"] + [str(n) for n in range(between)] + ["end"]


async def test_a_list_with_late_ones_begins_at_the_highest(site):
    """`at`: the group's position: the highest number, wherever it stands"""
    group, now = fresh(), site.now_ms()
    for ts in (now - 5, now, now - 3, now + DAY_MS + HOUR_MS):
        site.redis.rpush(f"gml:{group}", entry(group, "ops", "x", ts))
    client = await V2.enter(site, group, "u")
    assert (client.list["at"], client.list["total"]) == (now, 4)
    at_once(site, group, entry(group, "ops", "late", now - 1),
            entry(group, "ops", "next", now + 1000))
    assert (await client.next("message"))["at"] == now
    assert "at" not in await client.next("message")


async def test_garbage_on_either_channel_is_passed_over(site):
    """an entry that is not valid message JSON must not break anything; nor may what is no event"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    for raw in GARBAGE:
        site.redis.rpush(f"gml:{group}", raw)
        site.redis.publish(f"mq:{group}", raw)
        site.redis.publish(f"fim:ev:{group}", raw)
        site.redis.publish("fim:ev:", raw)
    for raw in (b'{"type":7}', b'{"type":"recall"}', b'{"type":"recall","at":"x"}', b'{"do":7}',
                b'{"do":"close"}',
                b'{"do":"close","userId":7,"code":"x"}', b'{"do":"nothing"}',
                b'{"type":"message"}'):
        site.redis.publish(f"fim:ev:{group}", raw)
        site.redis.publish("fim:ev:", raw)
    await client.say("nothing before it")
    late = await V2.enter(site, group, "v")
    assert late.list["total"] == len(GARBAGE) + 1

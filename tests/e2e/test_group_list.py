"""test_group_list.py - protocol.md, WebSocket /group/list: what is sent, when, and when nothing is."""
import asyncio
import json
import time

import pytest
from websockets.frames import OP_BINARY, OP_TEXT

from client import compact
from foreign import GARBAGE, Writer, entry
from host import INSTRUMENTED, fresh

pytestmark = pytest.mark.spread

UPDATE_RATE = 1
SLACK = 1 if INSTRUMENTED else 0.4  # seconds for two cores that do other things as well


def put(host, user, *groups):
    """The user joins groups, as another program does it."""
    host.redis.sadd(f"ugs:{user}", *groups)


def say(host, group, info, ts=None):
    """A message of another writer."""
    Writer(host.redis, group).write(entry(group, "w", info, ts or host.now_ms()))


async def ticks(host, count):
    """Returns after so many rounds of group-list checks, by what another user is told."""
    user, group = fresh("clock"), fresh()
    put(host, user, group)
    say(host, group, "0")
    clock = await host.group_list(user)
    for n in range(count):
        await clock.json()
        say(host, group, str(n + 1))
    await clock.leave()


@pytest.mark.smoke
@pytest.mark.proxies
async def test_the_whole_list_comes_first_to_the_byte(site):
    """[{"newMessage":{"groupId":"1","userId":"2","info":"hi","ts":1648380678385},"total":1}, …]"""
    user, one, two = fresh("u"), fresh("one"), fresh("two")
    put(site, user, one, two)
    say(site, one, "older", 1000)
    say(site, one, "old", 2000)
    say(site, two, "new", 3000)
    client = await site.group_list(user)
    new = compact({"groupId": two, "userId": "w", "info": "new", "ts": 3000})
    old = compact({"groupId": one, "userId": "w", "info": "old", "ts": 2000})
    assert await client.text() == \
        '[{"newMessage":%s,"total":1},{"newMessage":%s,"total":2}]' % (new, old)


AT_ONCE = 2  # seconds, of the 10 of `slow`


@pytest.fixture(scope="module")
def slow(make_host):
    """A host that looks at the group lists every ten seconds."""
    return make_host({"im.groupList.updateRate": 10})


@pytest.mark.smoke
async def test_the_list_comes_at_once_on_connecting(slow):
    """At once on connecting …, the client gets the whole list - also to a second client, and after a reconnect"""
    user, one, two = fresh("u"), fresh("a"), fresh("b")
    put(slow, user, one, two)
    say(slow, one, "x", 1000)
    message = {"groupId": one, "userId": "w", "info": "x", "ts": 1000}
    clients = []
    for _ in range(3):
        clients.append(await slow.group_list(user))
        assert await clients[-1].json(AT_ONCE) == [{"newMessage": message, "total": 1},
                                                   {"newMessage": None, "total": 0}]
    for client in clients:
        await client.leave()
    say(slow, two, "y", 2000)
    again = await slow.group_list(user)
    assert [e["newMessage"]["info"] for e in await again.json(AT_ONCE)] == ["y", "x"]


async def test_the_list_comes_at_once_with_a_message_behind_garbage(slow):
    """At once on connecting - also if the newest entry is no message"""
    user, group = fresh("u"), fresh()
    put(slow, user, group)
    say(slow, group, "x", 1000)
    slow.redis.rpush(f"gml:{group}", *["garbage"] * 900)
    client = await slow.group_list(user)
    assert [(e["newMessage"]["info"], e["total"]) for e in await client.json(AT_ONCE)] == [("x", 901)]


async def test_the_list_comes_at_once_to_a_user_with_many_groups(slow):
    """At once on connecting …, the client gets the whole list"""
    user, mark = fresh("u"), fresh()
    groups = [f"{mark}-{n:04}" for n in range(1000)]
    put(slow, user, *groups)
    for n, group in enumerate(groups):
        slow.redis.rpush(f"gml:{group}", entry(group, "w", str(n), 1000 + n))
    client = await slow.group_list(user)
    assert len(await client.json(AT_ONCE)) == 1000


async def test_many_that_connect_in_a_moment_get_it_at_once_by_few_questions(slow):
    """At once on connecting: one question for the groups of a user, and few for the groups"""
    users, groups = [fresh("u") for _ in range(300)], [fresh() for _ in range(10)]
    for user in users:
        put(slow, user, *groups)
    for group in groups:
        say(slow, group, "x")
    slow.redis.config_resetstat()
    began = time.monotonic()
    clients = await asyncio.gather(*(slow.group_list(user) for user in users))
    for client in clients:
        assert len(await client.json()) == 10
    assert time.monotonic() - began < 5
    stats = slow.redis.info("commandstats")
    assert stats["cmdstat_sscan"]["calls"] <= 2 * len(users)  # a round of all may come between
    assert stats["cmdstat_evalsha"]["calls"] <= 1.5 * len(users)  # is the user banned? The groups add few


@pytest.mark.smoke
async def test_a_message_is_a_change(two_hosts):
    """A change is any of: a message …; Within `updateRate` seconds of a change"""
    host, other = two_hosts
    user, group = fresh("u"), fresh()
    chat = await other.chat(group, user)
    await chat.say("one")
    client = await host.group_list(user)
    assert [e["newMessage"]["info"] for e in await client.json()] == ["one"]
    for n in (2, 3):
        message = await chat.say(f"message {n}")
        since = time.monotonic()
        assert await client.json() == [{"newMessage": message, "total": n}]
        assert time.monotonic() - since <= UPDATE_RATE + SLACK


async def test_a_recall_is_a_change(site):
    """A change is any of: … a recall"""
    user, group = site.api.login(fresh("u")), fresh()
    chat = await site.chat(group, user.user)
    one, two, three = [await chat.say(text) for text in ("one", "two", "three")]
    client = await site.group_list(user.user)
    assert await client.json() == [{"newMessage": three, "total": 3}]
    user.recall(group, one["ts"])  # not the newest: the count alone changes
    assert await client.json() == [{"newMessage": three, "total": 2}]
    user.recall(group, three["ts"])
    assert await client.json() == [{"newMessage": two, "total": 1}]
    user.recall(group, two["ts"])
    assert await client.json() == [{"newMessage": None, "total": 0}]


async def test_recall_and_message_at_once_is_a_change(site):
    """A change is any of: a message - also where the count is as before"""
    user, group = site.api.login(fresh("u")), fresh()
    chat = await site.chat(group, user.user)
    one = await chat.say("one")
    client = await site.group_list(user.user)
    assert await client.json() == [{"newMessage": one, "total": 1}]
    pipe = site.redis.pipeline(transaction=True)
    pipe.lpop(f"gml:{group}")
    pipe.rpush(f"gml:{group}", entry(group, "w", "another", one["ts"]))
    pipe.execute()
    assert [e["newMessage"]["info"] for e in await client.json()] == ["another"]


async def test_an_expired_list_is_a_change(site):
    """A change is any of: … an expired list"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    say(site, group, "x")
    client = await site.group_list(user)
    assert [e["total"] for e in await client.json()] == [1]
    site.redis.pexpire(f"gml:{group}", 1)
    assert await client.json() == [{"newMessage": None, "total": 0}]


@pytest.mark.everywhere
async def test_a_group_joined_or_left_is_a_change(site):
    """A change is any of: … a group joined or left; who leaves the last group gets `[]`"""
    user, one, two = site.api.login(fresh("u")), fresh("a"), fresh("b")
    put(site, user.user, one)
    say(site, one, "x", 1000)
    message = {"groupId": one, "userId": "w", "info": "x", "ts": 1000}
    client = await site.group_list(user.user)
    assert await client.json() == [{"newMessage": message, "total": 1}]
    user.join(two)
    assert await client.json() == [{"newMessage": message, "total": 1}, {"newMessage": None, "total": 0}]
    site.redis.srem(f"ugs:{user.user}", one)
    assert await client.json() == [{"newMessage": None, "total": 0}]
    site.redis.srem(f"ugs:{user.user}", two)
    assert await client.text() == "[]"
    user.join(one)
    assert await client.json() == [{"newMessage": message, "total": 1}]


async def test_one_group_for_another_is_a_change(site):
    """A change is any of: … a group joined or left - both at once as well"""
    user, one, two = fresh("u"), fresh("a"), fresh("b")
    put(site, user, one)
    for group in (one, two):
        say(site, group, group, 1000)
    client = await site.group_list(user)
    assert [e["newMessage"]["info"] for e in await client.json()] == [one]
    site.redis.rename(f"ugs:{user}", f"ugs:{user}-old")
    site.redis.sadd(f"ugs:{user}", two)
    seen = [e["newMessage"]["info"] for e in await client.json() or await client.json()]
    assert seen == [two]


async def test_nothing_is_sent_when_nothing_changed(site):
    """Nothing is sent when nothing changed"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    say(site, group, "one")
    client = await site.group_list(user)
    assert [e["newMessage"]["info"] for e in await client.json()] == ["one"]
    await ticks(site, 3)
    say(site, group, "two")
    assert [(e["newMessage"]["info"], e["total"]) for e in await client.json()] == [("two", 2)]


async def test_nothing_at_first_to_a_user_whose_groups_hold_no_message(site):
    """and nothing at first to a user whose groups hold no message"""
    user, group, alone = fresh("u"), fresh(), fresh("alone")
    put(site, user, group)
    client, lonely = await site.group_list(user), await site.group_list(alone)
    await ticks(site, 2)
    say(site, group, "one")
    assert [(e["newMessage"]["info"], e["total"]) for e in await client.json()] == [("one", 1)]
    put(site, alone, group)
    assert [(e["newMessage"]["info"], e["total"]) for e in await lonely.json()] == [("one", 1)]


async def test_nothing_at_first_and_then_a_group_joined(site):
    """A change is any of: … a group joined - also where no group holds a message"""
    user, one, two = site.api.login(fresh("u")), fresh("a"), fresh("b")
    put(site, user.user, one)
    client = await site.group_list(user.user)
    await ticks(site, 2)
    user.join(two)
    assert await client.json() == [{"newMessage": None, "total": 0}] * 2


async def test_order(site):
    """Order: newest message first, ties by group id, groups without one last."""
    user, mark = fresh("u"), fresh()
    stamps = {"c": 3000, "a": 2000, "b": 2000, "B": 2000, "ä": 2000, "10": 2000, "9": 2000, "new": 9000}
    empty = [f"{name}-{mark}" for name in ("z", "A", "1")]
    put(site, user, *(f"{name}-{mark}" for name in stamps), *empty)
    for name, ts in stamps.items():
        say(site, f"{name}-{mark}", name, ts)
    client = await site.group_list(user)
    entries = await client.json()
    assert [e["newMessage"]["info"] for e in entries[:-3]] == \
        ["new", "c", "10", "9", "B", "a", "b", "ä"]
    assert entries[-3:] == [{"newMessage": None, "total": 0}] * 3


async def test_newest_message_is_the_last_of_the_list(site):
    """`newMessage` is the group's newest message - by the list's order"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    say(site, group, "ahead", 5000)
    say(site, group, "pushed last", 4000)
    client = await site.group_list(user)
    assert [e["newMessage"]["info"] for e in await client.json()] == ["pushed last"]


async def test_garbage_is_passed_over_and_counts_in_total(site):
    """an entry that is not valid message JSON … is passed over wherever messages are shown, counts in
    `total`; newMessage null where it has none"""
    user, one, two = fresh("u"), fresh("a"), fresh("b")
    put(site, user, one, two)
    say(site, one, "x", 1000)
    site.redis.rpush(f"gml:{one}", *GARBAGE)
    site.redis.rpush(f"gml:{two}", *GARBAGE)
    client = await site.group_list(user)
    assert await client.json() == [
        {"newMessage": {"groupId": one, "userId": "w", "info": "x", "ts": 1000}, "total": 1 + len(GARBAGE)},
        {"newMessage": None, "total": len(GARBAGE)}]


async def test_key_of_the_wrong_type_breaks_nothing(site):
    """must not break anything"""
    user, one, two = fresh("u"), fresh("a"), fresh("b")
    put(site, user, one, two)
    site.redis.set(f"gml:{one}", "text")
    say(site, two, "x", 1000)
    client = await site.group_list(user)
    assert [(e["newMessage"] or {}).get("info") for e in await client.json()] == ["x", None]


async def test_frames_from_the_client_are_ignored(site):
    """Frames from the client are ignored."""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    say(site, group, "one")
    client = await site.group_list(user)
    await client.json()
    await client.send("hello")
    await client.send("")
    await client.send("x" * 100000)
    await client.send_frame(OP_BINARY, b"\x00" * 1000)
    await client.send_frame(OP_TEXT, b"part", last=False)
    await ticks(site, 1)
    say(site, group, "two")
    assert [e["newMessage"]["info"] for e in await client.json()] == ["two"]


async def test_each_connection_of_a_user_gets_every_list(two_hosts):
    """the client gets the whole list"""
    user, group = fresh("u"), fresh()
    put(two_hosts[0], user, group)
    say(two_hosts[0], group, "one")
    clients = [await two_hosts[i % 2].group_list(user) for i in range(6)]
    for client in clients:
        assert [e["newMessage"]["info"] for e in await client.json()] == ["one"]
    late = await two_hosts[0].group_list(user)
    assert [e["newMessage"]["info"] for e in await late.json()] == ["one"]
    say(two_hosts[0], group, "two")
    for client in (*clients, late):
        assert [e["newMessage"]["info"] for e in await client.json()] == ["two"]


async def test_many_groups(site):
    """A frame holds at most 1,000 groups …, the first ones of that order."""
    user, mark = fresh("u"), fresh()
    groups = [f"{mark}-{n:04}" for n in range(1500)]
    put(site, user, *groups)
    for n, group in enumerate(groups):
        site.redis.rpush(f"gml:{group}", entry(group, "w", str(n), 1000 + n))
    client = await site.group_list(user)
    entries = await client.json()
    assert [e["newMessage"]["info"] for e in entries] == [str(n) for n in reversed(range(500, 1500))]
    say(site, groups[100], "newest", 5000)  # which the list has not had
    entries = await client.json()
    assert [entries[0]["newMessage"]["info"], len(entries)] == ["newest", 1000]
    site.redis.delete(f"ugs:{user}")
    assert await client.text() == "[]"


async def test_large_messages(site):
    """A frame holds at most … 4 MiB, the first ones of that order"""
    user, mark = fresh("u"), fresh()
    groups = [f"{mark}-{n:04}" for n in range(100)]
    put(site, user, *groups)
    for n, group in enumerate(groups):
        site.redis.rpush(f"gml:{group}", entry(group, "w", f"{n}".ljust(100_000), 1000 + n))
    client = await site.group_list(user)
    frame = await client.text()
    assert 4 * 2**20 - 110_000 < len(frame) <= 4 * 2**20
    shown = [int(e["newMessage"]["info"]) for e in json.loads(frame)]
    assert shown == list(reversed(range(100)))[:len(shown)]


async def test_a_message_far_behind_garbage(site):
    """newMessage: the group's newest message"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    say(site, group, "x", 1000)
    site.redis.rpush(f"gml:{group}", *["garbage"] * 900)
    client = await site.group_list(user)
    assert [(e["newMessage"]["info"], e["total"]) for e in await client.json()] == [("x", 901)]
    site.redis.rpush(f"gml:{group}", "more")
    assert [(e["newMessage"]["info"], e["total"]) for e in await client.json()] == [("x", 902)]


async def test_others_changes_are_not_sent(site):
    """one entry a group that the user has joined"""
    users = [fresh("u") for _ in range(3)]
    groups = [fresh() for _ in users]
    clients = []
    for user, group in zip(users, groups):
        put(site, user, group)
        say(site, group, f"first of {group}")
        clients.append(await site.group_list(user))
    for client in clients:
        await client.json()
    say(site, groups[0], "changed")
    await clients[0].json()
    await ticks(site, 2)
    say(site, groups[1], "changed")
    assert [e["newMessage"]["info"] for e in await clients[1].json()] == ["changed"]
    say(site, groups[2], "at last")
    assert [e["newMessage"]["info"] for e in await clients[2].json()] == ["at last"]


async def test_update_rate_is_a_setting(make_host):
    """im.groupList.updateRate: seconds between group-list checks"""
    host = make_host({"im.groupList.updateRate": 3})
    user, group = fresh("u"), fresh()
    put(host, user, group)
    say(host, group, "0")
    client = await host.group_list(user)
    await client.json()  # at once
    say(host, group, "1")
    await client.json()  # by a check, from which the seconds count
    since = time.monotonic()
    say(host, group, "2")
    say_again = asyncio.get_running_loop().call_later(1, say, host, group, "3")
    assert [e["newMessage"]["info"] for e in await client.json()] == ["3"]
    assert 3 - SLACK <= time.monotonic() - since <= 3 + SLACK
    say_again.cancel()

"""test_v2_welcome.py - part 2, 2 and 3: `welcome`, `list` and the position that they give."""
import json
import re

import pytest

from client import compact
from foreign import GARBAGE, Writer, entry
from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

CLOCK_MS = 50  # so well a daemon knows Redis' clock

WELCOME = ('{"type":"welcome","groupId":%s,"userId":%s,"recovered":false,"missed":0,%s'
           '"you":{"role":"","muted":0,"expires":0},'
           '"settings":{"slow":0,"quiet":false,"cap":0,"pinned":"","attrs":{}},'
           '"limits":{"messageBytes":24576,"unacked":16,"pingS":25,"spreadMs":2000},"now":%d}')


@pytest.mark.smoke
@pytest.mark.proxies
@pytest.mark.parametrize("user", ["3", 'u "用户" \\'])
async def test_welcome_and_list_to_the_byte(site, user):
    """First frame, always; directly behind it the list"""
    group, before = fresh("g 群"), site.now_ms()
    client = await V2.connect(site.chat_url(group, user, "-"))
    text = await client.text()
    now = json.loads(text)["now"]
    assert before - CLOCK_MS <= now <= site.now_ms() + CLOCK_MS
    presence = '"online":1,"users":[%s],' % compact(user)
    presence = presence if '"online":' in text else ""  # im.presence.on
    assert text == WELCOME % (compact(group), compact(user), presence, now)
    assert re.fullmatch('{"type":"list","epoch":"[0-9a-f]{8}","at":0,"total":0,"list":\\[\\]}',
                        await client.text())


@pytest.mark.smoke
async def test_list_has_the_newest_messages_oldest_first(site):
    """the newest `listNum` messages, oldest first"""
    group = fresh()
    speaker = await site.chat(group, "u")
    for n in range(53):
        await speaker.say(str(n))
    client = await V2.enter(site, group, "v")
    assert client.model.infos() == [str(n) for n in range(3, 53)]
    assert (client.list["total"], client.list["at"]) == (53, client.list["list"][-1]["ts"])
    client.model.check_shows(site.entries(group))


@pytest.mark.parametrize("number", [0, 3])
async def test_list_has_list_num_messages(make_host, number):
    """the newest `listNum` messages; `at`: the group's position then"""
    host, group = make_host({"im.groupMessage.listNum": number}), fresh()
    speaker = await V2.enter(host, group, "u")
    for n in range(5):
        last = await speaker.say(str(n))
    client = await V2.enter(host, group, "v")
    assert client.model.infos() == [str(n) for n in range(5 - number, 5)]
    assert (client.list["total"], client.list["at"]) == (5, last["ts"])


async def test_limits_are_those_of_the_settings(make_host):
    """`limits`: messageBytes, pingS; `now`: Redis' clock"""
    host = make_host({"im.groupMessage.maxMessageBytes": 10, "push.pingIntervalS": 7})
    client = await V2.enter(host, fresh(), "u")
    assert client.welcome["limits"] == {"messageBytes": 10, "unacked": 16, "pingS": 7,
                                        "spreadMs": 2000}


async def test_garbage_is_passed_over_and_counts_in_total(site):
    """Part 1: an entry that is not valid message JSON is passed over, counts in `total`"""
    group = fresh()
    site.redis.rpush(f"gml:{group}", *GARBAGE, entry("another", 7, "ä", 5, id=1), *GARBAGE)
    client = await V2.enter(site, group, "u")
    assert client.list["list"] == [{"groupId": group, "userId": "7", "info": "ä", "ts": 5}]
    assert (client.list["total"], client.list["at"]) == (2 * len(GARBAGE) + 1, 5)


# ---- the epoch ----

@pytest.mark.smoke
async def test_an_epoch_names_the_life_of_the_groups_event_log(two_hosts):
    """EPOCH (8 hex digits) names the life of the group's event log: the same on each host, another
    for
    each group; it changes when the log is lost"""
    group, redis = fresh(), two_hosts[0].redis
    epochs = {(await V2.enter(host, group, "u")).list["epoch"] for host in two_hosts}
    other = (await V2.enter(two_hosts[0], fresh(), "u")).list["epoch"]
    epoch, = epochs
    assert epoch != other
    assert redis.zrange(f"fim:log:{group}", 0, -1, withscores=True) == [(f"E{epoch}".encode(), 0)]


async def test_part_1_alone_makes_no_log(site):
    """fim:log:{g}: made by the first v2 client (Part 1 alone: never)"""
    group = fresh()
    await (await site.chat(group, "u")).say("x")
    assert not site.redis.exists(f"fim:log:{group}")
    await V2.enter(site, group, "u")
    assert site.redis.zcard(f"fim:log:{group}") == 1


async def test_the_log_expires_as_the_last_ts_does_and_each_who_enters_renews_it(make_host):
    """expires as `gmt:`, renewed by events and v2 clients that enter"""
    host, group = make_host({"im.groupMessage.timeout": 1000}), fresh()
    await (await V2.enter(host, group, "u")).say("x")
    due = host.redis.ttl(f"gmt:{group}")
    assert due - 2 <= host.redis.ttl(f"fim:log:{group}") <= due + 1
    host.redis.expire(f"fim:log:{group}", 50)
    await V2.enter(host, group, "v")
    assert due - 2 <= host.redis.ttl(f"fim:log:{group}") <= due + 1


# ---- the position ----

async def test_events_move_the_position_of_who_comes_later(site):
    """`at` of the last `list` (the group's position then): the number of the newest durable
    event"""
    user, group = site.api.login(fresh("u")), fresh()
    client = await V2.enter(site, group, user.user)
    one, two = await client.say("one"), await client.say("two")
    for message in (one, two):
        assert user.recall(group, message["ts"]).code == 200
    recalls = [await client.next("recall") for _ in range(2)]
    late = await V2.enter(site, group, "v")
    assert (late.list["at"], late.list["total"]) == (recalls[1]["at"], 0)
    assert late.model.position == client.model.position
    third = await late.say("three")
    assert third["ts"] > recalls[1]["at"] > recalls[0]["at"] > two["ts"] > one["ts"]


async def test_numbers_grow_where_redis_clock_stands_still(site):
    """larger than any given out in the group before, Redis' clock where that is ahead"""
    group, ahead = fresh(), site.now_ms() + 3600_000
    Writer(site.redis, group).write(entry(group, "ops", "an hour ahead", ahead))
    client = await V2.enter(site, group, "u")
    assert client.list["at"] == ahead
    assert [(await client.say(str(n)))["ts"] for n in range(3)] == [ahead + 1, ahead + 2, ahead + 3]


async def test_the_epoch_of_a_group_whose_list_has_expired_stays(site):
    """at: the group's position, though nothing is left of it in the list"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    message = await client.say("x")
    await client.leave()
    site.redis.delete(f"gml:{group}")
    late = await V2.enter(site, group, "u")
    assert (late.list["total"], late.list["at"]) == (0, message["ts"])
    assert late.list["epoch"] == client.list["epoch"]

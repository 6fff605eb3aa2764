"""test_v2_groups.py - part 2, 11: the group list of fastim.v2, told by what changes."""
import time

import pytest

from client import compact
from foreign import GARBAGE, entry
from host import INSTRUMENTED, fresh
from test_group_list import put, say
from v2 import V2, V2Groups

pytestmark = pytest.mark.spread

UPDATE_RATE = 1
SLACK = 1 if INSTRUMENTED else 0.4


def group_of(group, message=None, total=0, unread=0):
    keys = ("groupId", "userId", "info", "ts")
    shown = {} if message is None else {"newMessage": {key: message[key] for key in keys}}
    return {"groupId": group, **shown, "total": total, "unread": unread}


@pytest.mark.smoke
@pytest.mark.proxies
async def test_all_groups_come_first_to_the_byte(site):
    """{"type":"groups","groups":[{"groupId":"1","newMessage":{…},"total":1,…},…]}: first, all of
    them"""
    user, one, two, empty = fresh("u"), fresh("one"), fresh("two"), fresh("z")
    put(site, user, one, two, empty)
    for group, ts in ((one, 2000), (two, 3000)):
        say(site, group, "x", ts)
    client = await V2.connect(site.list_url(user, "-"))
    parts = ['{"groupId":"%s","newMessage":%s,"total":1,"unread":1}' % (group, compact(
        {"groupId": group, "userId": "w", "info": "x", "ts": ts})) for group,
        ts in ((two, 3000), (one, 2000))]
    parts.append('{"groupId":"%s","total":0,"unread":0}' % empty)
    assert await client.text() == '{"type":"groups","groups":[%s]}' % ",".join(parts)


@pytest.mark.smoke
async def test_a_message_comes_as_its_group_alone(two_hosts):
    """{"type":"group","group":{…}}: changed. Same `updateRate`."""
    user, group, other = fresh("u"), fresh(), fresh()
    put(two_hosts[0], user, group, other)
    watcher = await V2Groups.watch(two_hosts[0], user)
    speaker = await V2.enter(two_hosts[1], group, "v")
    for n in range(2):
        message = await speaker.say(str(n))
        since = time.monotonic()
        assert (await watcher.frame())["group"] == group_of(group, message, n + 1, n + 1)
        assert time.monotonic() - since <= UPDATE_RATE + SLACK
    assert watcher.groups[other] == group_of(other)


async def test_to_who_has_no_groups_an_empty_list_comes(site):
    """first, all of them: `newMessage` is left out where there is none"""
    user, group = fresh("u"), fresh()
    watcher = await V2Groups.watch(site, user)
    assert watcher.groups == {}
    put(site, user, group)
    assert (await watcher.next("group"))["group"] == group_of(group)


async def test_joined_and_left(site):
    """{"type":"left","groupId":"1"}; `group`: changed or joined"""
    user, one, two = site.api.login(fresh("u")), fresh("one"), fresh("two")
    watcher = await V2Groups.watch(site, user.user)
    user.join(one)
    await watcher.next("group")
    say(site, two, "x", 1000)
    user.join(two)
    assert (await watcher.next("group"))["group"]["total"] == 1
    assert user.post("/user/leaveGroup", groupId=one).code == 200
    assert await watcher.frame() == {"type": "left", "groupId": one}
    assert list(watcher.groups) == [two]


async def test_a_recall_is_a_change(site):
    """changed: the newest message, or the count alone"""
    user, group = fresh("u"), fresh()
    speaker = await V2.enter(site, group, user)
    one, two = await speaker.say("one"), await speaker.say("two")
    watcher = await V2Groups.watch(site, user)
    assert watcher.groups[group] == group_of(group, two, 2)
    await speaker.write("recall", ts=two["ts"])
    assert (await watcher.next("group"))["group"] == group_of(group, one, 1)
    await speaker.write("recall", ts=one["ts"])
    assert (await watcher.next("group"))["group"] == group_of(group)


# ---- unread ----

@pytest.mark.smoke
async def test_unread_are_messages_of_others_above_the_mark(site):
    """`unread`: messages of others above the user's read mark; without a mark all count"""
    user, group = fresh("u"), fresh()
    own, other = await V2.enter(site, group, user), await V2.enter(site, group, "v")
    first = await other.say("one")
    await other.say("two")
    await own.until("two")
    last = await own.say("own")
    watcher = await V2Groups.watch(site, user)
    assert watcher.groups[group] == group_of(group, last, 3, 2)
    await own.write("read", ts=first["ts"])
    assert (await watcher.next("group"))["group"] == group_of(group, last, 3, 1)
    await own.write("read", ts=last["ts"])
    assert (await watcher.next("group"))["group"] == group_of(group, last, 3, 0)
    third = await other.next("message") and await other.say("three")
    assert (await watcher.next("group"))["group"] == group_of(group, third, 4, 1)


@pytest.mark.parametrize("count, unread", [(99, 99), (100, 100), (150, 100)])
async def test_100_means_100_or_more(site, count, unread):
    """among the newest 100; 100 means 100 or more"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    site.redis.rpush(f"gml:{group}", *[entry(group, "w", str(n), 1000 + n) for n in range(count)])
    watcher = await V2Groups.watch(site, user)
    assert watcher.groups[group]["unread"] == unread


async def test_own_and_garbage_do_not_count(site):
    """messages of others, among the newest 100"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    site.redis.rpush(f"gml:{group}",
                     *[entry(group, user if n % 2 else "w", str(n), 1000 + n) for n in range(10)],
                     *GARBAGE)
    watcher = await V2Groups.watch(site, user)
    assert (watcher.groups[group]["unread"], watcher.groups[group]["total"]) == (5,
        10 + len(GARBAGE))


async def test_a_mark_by_http_is_a_change(site):
    """`/user/read`: the same mark"""
    account, group = site.api.login(fresh("u")), fresh()
    put(site, account.user, group)
    say(site, group, "x", 1000)
    watcher = await V2Groups.watch(site, account.user)
    assert watcher.groups[group]["unread"] == 1
    assert account.post("/user/read", groupId=group, ts=1000).code == 200
    assert (await watcher.next("group"))["group"]["unread"] == 0


# ---- who is let in, and what is sent ----

async def test_auth(make_host):
    """`/group/list/{userId}/{token}`, auth as in section 1"""
    host = make_host({"im.group.loginAuth": 1})
    user = host.api.login(fresh("u"))
    await V2Groups.watch(host, user.user, auth=user.token)
    watcher = await V2Groups.watch(host, user.user, user.token)
    for token in ("wrong", user.token[:-1]):
        refused = await V2.connect(host.list_url(user.user, "-"))
        await refused.write("auth", token=token)
        await refused.ended(440, "login", 4440)
    await watcher.write("ping")
    assert (await watcher.any())["type"] == "pong"
    assert user.post("/user/logout").code == 200
    await watcher.refused(440, "login")
    assert await watcher.close_code() == 4440


@pytest.mark.parametrize("text, reason, close", [
    ("hello", "frame", 4400), ('{"type":"hello"}', "type", None),
    ('{"type":"send","id":"a","info":"x"}', "type", None)])
async def test_frames_that_are_none_of_a_group_list(site, text, reason, close):
    """section 1: `error` 400"""
    watcher = await V2Groups.watch(site, fresh("u"))
    await watcher.send(text)
    frame = await watcher.next("error")
    assert (frame["code"], frame["reason"]) == (400, reason)
    if close:
        assert await watcher.close_code() == close
    else:
        await watcher.write("ping")
        await watcher.next("pong")


async def test_part_1_beside_it_is_as_ever(site):
    """Part 1 frames and nothing else"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    say(site, group, "x", 1000)
    new, old = await V2Groups.watch(site, user), await site.group_list(user)
    shown = {"groupId": group, "userId": "w", "info": "x", "ts": 1000}
    assert await old.text() == "[%s]" % compact({"newMessage": shown, "total": 1})
    say(site, group, "y", 2000)
    assert (await old.json())[0]["total"] == 2
    assert (await new.next("group"))["group"]["total"] == 2


async def test_others_changes_are_not_sent(site):
    """of the groups that the user has joined"""
    users, groups = [fresh("u") for _ in range(2)], [fresh() for _ in range(2)]
    watchers = []
    for user, group in zip(users, groups):
        put(site, user, group)
        watchers.append(await V2Groups.watch(site, user))
    say(site, groups[0], "of the first")
    assert (await watchers[0].next("group"))["group"]["groupId"] == groups[0]
    say(site, groups[1], "of the second")
    assert (await watchers[1].next("group"))["group"]["groupId"] == groups[1]


async def test_redis_gone_at_entering_is_503_then_close_1013(hosts, own_redis):
    """before 1013 because of Redis `error` 503: the token could not be looked at"""
    host = hosts.new({"im.group.loginAuth": 1}, own_redis)
    try:
        user = host.api.login("u")
        own_redis.kill()
        host.process.wait_line("redis-down connection=commands")
        watcher = await V2.connect(host.list_url(user.user, "-"))
        await watcher.write("auth", token=user.token)
        await watcher.ended(503, "redis", 1013)
    finally:
        hosts.end(host)

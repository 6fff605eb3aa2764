"""test_group_list_v2.py - fastim.v2, WebSocket /group/list: all groups first, then what changes; unread messages."""
import asyncio
import json

import pytest

from client import Client, compact
from foreign import GARBAGE, Writer, entry
from host import fresh
from tokens import SECRET, Secret, token

pytestmark = pytest.mark.spread


class Groups(Client):
    """A client of a group list by fastim.v2; pings of the server are passed over."""

    @classmethod
    async def watch(cls, host, user, secret="xxx", **options):
        self = await cls.open(host.list_url(user, secret), subprotocols=["fastim.v2"], **options)
        assert self.ws.subprotocol == "fastim.v2"
        return self

    async def frame(self, **options):
        while True:
            frame = await self.json(**options)
            if frame != {"type": "ping"}:
                return frame

    async def groups(self, **options):
        """The first frame: the groups by id."""
        frame = await self.frame(**options)
        assert frame["type"] == "groups", frame
        return {group["groupId"]: group for group in frame["groups"]}

    async def group(self, **options):
        frame = await self.frame(**options)
        assert frame["type"] == "group", frame
        return frame["group"]

    async def say(self, **frame):
        await self.send(compact(frame))

    async def nothing(self, seconds=1.5):
        with pytest.raises(asyncio.TimeoutError):
            await self.frame(timeout=seconds)


def put(host, user, *groups):
    host.redis.sadd(f"ugs:{user}", *groups)


def say(host, group, info, ts, user="w"):
    Writer(host.redis, group).write(entry(group, user, info, ts))


def message(group, info, ts, user="w"):
    return {"groupId": group, "userId": user, "info": info, "ts": ts}


@pytest.mark.smoke
async def test_all_groups_come_first_and_then_what_changes_to_the_byte(site):
    """groups first, all of them; newMessage is left out where there is none; group: changed or joined; left"""
    user, one, two = fresh("u"), fresh("one"), fresh("two")
    put(site, user, one, two)
    say(site, one, "x", 1000)
    client = await Groups.watch(site, user)
    shown = compact(message(one, "x", 1000))
    assert await client.text() == '{"type":"groups","groups":[{"groupId":"%s","newMessage":%s,"total":1,"unread":1},' \
        '{"groupId":"%s","total":0,"unread":0}]}' % (one, shown, two)
    say(site, two, "y", 2000)
    assert await client.text() == '{"type":"group","group":{"groupId":"%s","newMessage":%s,"total":1,"unread":1}}' \
        % (two, compact(message(two, "y", 2000)))
    site.redis.srem(f"ugs:{user}", one)
    assert await client.text() == '{"type":"left","groupId":"%s"}' % one
    put(site, user, one)
    assert await client.text() == '{"type":"group","group":{"groupId":"%s","newMessage":%s,"total":1,"unread":1}}' \
        % (one, shown)
    await client.nothing()


async def test_a_user_without_groups_gets_an_empty_list(site):
    """first, all of them"""
    user, group = fresh("u"), fresh()
    client = await Groups.watch(site, user)
    assert await client.text() == '{"type":"groups","groups":[]}'
    put(site, user, group)
    assert await client.group() == {"groupId": group, "total": 0, "unread": 0}


@pytest.mark.smoke
async def test_unread_messages_are_those_of_others_above_the_mark(two_hosts):
    """messages of others above the user's read mark; without a mark all count; set by HTTP or a chat, on any host"""
    host, other = two_hosts
    user, group = host.api.login(fresh("u")), fresh()
    put(host, user.user, group)
    for n, writer in enumerate(["w", user.user, "w", user.user, "w"]):
        say(host, group, "x", 1000 + n, writer)
    client = await Groups.watch(host, user.user)
    assert (await client.groups())[group]["unread"] == 3
    for ts, unread in ((1000, 2), (1001, None), (1003, 1), (1002, None), (1004, 0)):
        other.api.post("/user/read", {"groupId": group, "ts": ts}, user=user.user, token=user.token)
        if unread is not None:
            assert (await client.group())["unread"] == unread
    chat = await other.chat(group, user.user)
    await chat.say("mine")
    changed = await client.group()
    assert (changed["total"], changed["unread"]) == (6, 0)
    theirs = await (await other.chat(group, "w")).say("theirs")
    changed = await client.group()
    assert (changed["newMessage"], changed["total"], changed["unread"]) == (theirs, 7, 1)
    reader = await Client.open(other.chat_url(group, user.user), subprotocols=["fastim.v2"])
    await reader.send(compact({"type": "read", "ts": theirs["ts"]}))
    assert (await client.group())["unread"] == 0


async def test_unread_messages_are_counted_to_100(site):
    """among the newest 100; 100 means 100 or more"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    site.redis.rpush(f"gml:{group}", *[entry(group, "w", "x", 1000 + n) for n in range(99)])
    client = await Groups.watch(site, user)
    assert (await client.groups())[group]["unread"] == 99
    for total, unread in ((100, 100), (101, 100)):
        say(site, group, "x", 2000 + total)
        changed = await client.group()
        assert (changed["total"], changed["unread"]) == (total, unread)
    say(site, group, "mine", 3000, user)
    assert (await client.group())["unread"] == 99
    site.redis.hset(f"fim:read:{user}", group, 1000 + 50)
    assert (await client.group())["unread"] == 50
    for wrong in ("garbage", "-5", ""):
        site.redis.hset(f"fim:read:{user}", group, wrong)
    assert (await client.group())["unread"] == 99


async def test_unread_messages_of_a_list_that_changes_in_any_way(site):
    """as the list is, whoever changes it"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    site.redis.hset(f"fim:read:{user}", group, 1001)
    key = f"gml:{group}"
    site.redis.rpush(key, *[entry(group, "w", "x", 1000 + n) for n in range(6)])
    client = await Groups.watch(site, user)
    assert (await client.groups())[group]["unread"] == 4

    async def changes(change, total, unread):
        pipe = site.redis.pipeline(transaction=True)
        change(pipe)
        pipe.execute()
        changed = await client.group()
        assert (changed["total"], changed["unread"]) == (total, unread)

    await changes(lambda r: r.rpush(key, entry(group, "w", "x", 999), *GARBAGE, entry(group, "w", "x", 2000)),
                  len(GARBAGE) + 8, 5)
    await changes(lambda r: r.lrem(key, 1, entry(group, "w", "x", 1003)), len(GARBAGE) + 7, 4)
    await changes(lambda r: r.lrem(key, 1, entry(group, "w", "x", 1004)).rpush(key, entry(group, "w", "x", 2001)),
                  len(GARBAGE) + 7, 4)
    await changes(lambda r: r.ltrim(key, -1, -1), 1, 1)
    await changes(lambda r: r.rpush(key, *[entry(group, "w", "x", 3000 + n) for n in range(300)]), 301, 100)
    await changes(lambda r: r.delete(key), 0, 0)


async def test_large_messages_are_counted_in_pieces(site):
    """Redis reads half a MiB at most at a time: 20 messages of 24 KiB, in each of 30 groups"""
    user, groups = fresh("u"), [fresh() for _ in range(30)]
    put(site, user, *groups)
    for group in groups:
        site.redis.rpush(f"gml:{group}", *[entry(group, "w", "x" * 24000, 1000 + n) for n in range(20)])
    client = await Groups.watch(site, user)
    assert [group["unread"] for group in (await client.groups()).values()] == [20] * 30


async def test_clients_of_part_1_see_nothing_of_it(site):
    """Part 1 clients of the same user: the same frames, and none for a mark"""
    user, group = fresh("u"), fresh()
    put(site, user, group)
    old = await site.group_list(user)
    new = await Groups.watch(site, user)
    assert (await new.groups())[group]["unread"] == 0
    say(site, group, "x", 1000)
    whole = '[{"newMessage":%s,"total":1}]' % compact(message(group, "x", 1000))
    assert await old.text() == whole
    assert (await new.group())["unread"] == 1
    site.redis.hset(f"fim:read:{user}", group, 1000)
    assert (await new.group())["unread"] == 0
    later = await site.group_list(user)
    assert await later.text() == whole
    with pytest.raises(asyncio.TimeoutError):
        await old.text(timeout=1.5)


async def test_a_second_client_is_told_all_at_once(make_host):
    """At once on connecting, also beside a client of Part 1, and only what is new from there on"""
    slow = make_host({"im.groupList.updateRate": 10})
    user, group = fresh("u"), fresh()
    put(slow, user, group)
    say(slow, group, "x", 1000)
    await (await slow.group_list(user)).json(2)
    clients = [await Groups.watch(slow, user) for _ in range(3)]
    for client in clients:
        assert (await client.groups(timeout=2))[group]["unread"] == 1
    await clients.pop().leave()
    say(slow, group, "y", 2000)
    for client in clients:
        assert (await client.group(timeout=12))["unread"] == 2


@pytest.mark.parametrize("frame, error", [
    ({"type": "send", "id": "k1", "info": "x"}, {"type": "error", "id": "k1", "code": 400, "reason": "type"}),
    ({"type": "read", "ts": 5}, {"type": "error", "code": 400, "reason": "type"}),
    ({"type": "other", "id": "k2"}, {"type": "error", "id": "k2", "code": 400, "reason": "type"}),
    ({"type": "ping"}, {"type": "pong"}),
    ({"type": "auth", "token": "any"}, {"type": "you", "you": {"role": "", "muted": 0, "expires": 0}})])
async def test_what_a_client_may_say(site, frame, error):
    """auth and ping alone"""
    client = await Groups.watch(site, fresh("u"))
    assert await client.groups() == {}
    await client.say(**frame)
    assert await client.frame() == error


async def test_a_frame_that_is_none_ends_it(site):
    """error 400 frame, close 4400"""
    client = await Groups.watch(site, fresh("u"))
    assert await client.groups() == {}
    await client.send("hello")
    assert await client.frame() == {"type": "error", "code": 400, "reason": "frame"}
    assert await client.close_code() == 4400


@pytest.fixture(scope="module")
def guarded(make_host):
    return make_host({"im.group.loginAuth": 1, "login.jwtKey": SECRET})


async def test_auth_is_the_first_frame(guarded):
    """auth as in section 1"""
    user, group = guarded.api.login(fresh("u")), fresh()
    put(guarded, user.user, group)
    right, wrong = [await Groups.watch(guarded, user.user, "-") for _ in range(2)]
    await right.say(type="auth", token=user.token)
    assert set(await right.groups()) == {group}
    await wrong.say(type="auth", token="0" * 32)
    assert await wrong.frame() == {"type": "error", "code": 440, "reason": "login"}
    assert await wrong.close_code() == 4440
    assert set(await (await Groups.watch(guarded, user.user, user.token)).groups()) == {group}


async def test_a_jwt_that_names_groups_shows_these_alone(guarded):
    """JWT: groups (array, optional: only these)"""
    user, one, two = guarded.api.login(fresh("u")), fresh("a"), fresh("b")
    put(guarded, user.user, one, two)
    key = Secret()
    some, all_of_them = [await Groups.watch(guarded, user.user, "-") for _ in range(2)]
    await some.say(type="auth", token=token(key, user.user, groups=[two, "other"]))
    assert set(await some.groups()) == {two}
    await all_of_them.say(type="auth", token=token(key, user.user))
    assert set(await all_of_them.groups()) == {one, two}
    say(guarded, one, "x", 1000)
    assert (await all_of_them.group())["groupId"] == one
    guarded.redis.srem(f"ugs:{user.user}", one)
    assert (await all_of_them.frame()) == {"type": "left", "groupId": one}
    put(guarded, user.user, one)
    say(guarded, two, "y", 1000)
    assert (await some.group())["groupId"] == two
    await some.say(type="auth", token=token(key, user.user, groups=[one]))
    frames = {frame["type"]: frame for frame in [await some.frame(), await some.frame()]}
    assert {each["groupId"] for each in frames["groups"]["groups"]} == {one} and "you" in frames
    await some.say(type="auth", token=token(key, user.user, groups=[one]))
    assert (await some.frame())["type"] == "you"
    await some.say(type="auth", token=user.token)  # which widens nothing
    assert (await some.frame())["type"] == "you"
    await some.nothing()


async def test_many_groups_and_a_message_in_each(site):
    """A frame holds at most 1,000 groups, the newest ones; the others come when they change"""
    user, mark = fresh("u"), fresh()
    groups = [f"{mark}-{n:04}" for n in range(1200)]
    put(site, user, *groups)
    for n, group in enumerate(groups):
        site.redis.rpush(f"gml:{group}", entry(group, "w", str(n), 1000 + n))
    client = await Groups.watch(site, user)
    assert sorted(await client.groups()) == groups[200:]
    pipe = site.redis.pipeline()
    for n, group in enumerate(groups):
        pipe.rpush(f"gml:{group}", entry(group, "w", "x", 5000 + n))
    pipe.execute()
    changed = [await client.group() for _ in groups]
    assert sorted(group["groupId"] for group in changed) == groups
    assert {group["unread"] for group in changed} == {2}
    await client.nothing()


async def test_the_host_that_drains_says_so(make_host):
    """{"type":"reconnect","after":…}, close 1012"""
    host = make_host({"push.drainSeconds": 1})
    client = await Groups.watch(host, fresh("u"))
    assert await client.groups() == {}
    host.stop()
    assert json.loads(await client.text()) == {"type": "reconnect", "after": 1000}
    assert await client.close_code() == 1012

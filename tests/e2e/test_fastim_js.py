"""test_fastim_js.py - www/fastim.js, the JavaScript client, in Node: against real hosts, and its own tests."""
import asyncio
import json
import os
import signal
import time

import pytest

from fastim_js import FastimJs, Refused
from host import fresh
from operators import SETTINGS, Operator
from processes import eventually
from test_workers import workers
from tokens import Secret, token

pytestmark = [pytest.mark.spread]


@pytest.fixture(scope="module")
def signed(make_host):
    """It wants a login, and has an operator."""
    return make_host(SETTINGS)


def jwt(user, **claims):
    return token(Secret(), user, **{"exp": int(time.time()) + 3600, **claims})


async def refused(promise):
    with pytest.raises(Refused) as caught:
        await promise
    return caught.value


@pytest.mark.smoke
@pytest.mark.proxies
async def test_two_talk(site):
    """room.list is what the group's list is; with Node's own WebSocket, and with that of the package ws"""
    group = fresh("群")
    async with FastimJs.open(site, "me", group) as me, FastimJs.open(site, "you", group, by="ws") as you:
        await me.until("state", "open")
        await you.until("state", "open")
        ts = await me.send("你好 😀")
        await you.until_heard("你好 😀")
        await you.send("hello")
        await me.until_heard("hello")
        await me.call("signal", "typing")
        assert await you.until("signal") == {"userId": "me", "info": "typing"}
        await me.call("recall", ts)
        await you.until("recall", {"userId": "me", "ts": ts})
        for room, own in ((me, False), (you, True)):
            await room.until("presence", lambda news: news["online"] == 2)
            shown = await room.show()
            assert [(message["info"], message["own"]) for message in shown["list"]] == [("hello", own)]
            assert shown["pending"] == [] and shown["online"] == 2 and sorted(shown["users"]) == ["me", "you"]


async def test_older_ones_come_on_demand(make_host):
    """older(): puts older messages in front of list; history() leaves it as it is"""
    host, group = make_host({"im.groupMessage.listNum": 10}), fresh()
    account = host.api.login(fresh("u"))
    sent = [account.post("/group/sendMessage", groupId=group, info=f"{n}").data for n in range(35)]
    async with FastimJs.open(host, group=group) as room:
        await room.until("state", "open")
        assert await room.infos() == [f"{n}" for n in range(25, 35)]
        assert await room.call("older", 20) == {"end": False}
        assert await room.infos() == [f"{n}" for n in range(5, 35)]
        assert await room.call("older", 20) == {"end": True}
        assert await room.infos() == [f"{n}" for n in range(35)]
        past = await room.call("history", {"before": sent[3], "count": 2})
        assert [message["info"] for message in past["list"]] == ["1", "2"]


async def test_a_login_and_a_new_one(signed):
    """The token source is asked at first, and when a token is refused"""
    group, account = fresh(), signed.api.login(fresh("u"))
    async with FastimJs.open(signed, account.user, group, tokens=["no such token", account.token]) as room:
        await room.until("state", "open")
        assert room.all("token") == ["first", "refused"]
        await room.send("in")


async def test_who_may_not_come_in_is_told_once(signed):
    """Without a token source it is closed for good"""
    async with FastimJs.open(signed, group=fresh()) as room:
        assert await room.until("error") == {"code": 440, "reason": "login"}
        await room.until("state", "closed")
        assert len(room.all("error")) == 1


async def test_a_jwt_is_renewed_in_time(signed):
    """A JWT is renewed before it ends, in the same connection"""
    user, group = fresh("u"), fresh()
    ends = int(time.time()) + 4
    async with FastimJs.open(signed, user, group, tokens=[jwt(user, exp=ends), jwt(user)]) as room:
        await room.until("state", "open")
        await room.until("you", lambda you: you["expires"] > 1000 * ends)
        await asyncio.sleep(max(0, ends + 1 - time.time()))  # the first one has ended, and nothing happens
        await room.send("still here")
        assert room.all("state") == ["open"] and room.all("token") == ["first", "expired"]


async def test_moderation_is_seen_and_done(signed):
    """mute, settings, notice, purge, kick: by a moderator's room.mod, and as those see it whom it concerns"""
    group, mod, user = fresh(), fresh("mod"), fresh("u")
    async with FastimJs.open(signed, mod, group, tokens=[jwt(mod, role="mod")]) as boss, \
            FastimJs.open(signed, user, group, tokens=[jwt(user)]) as room:
        await boss.until("state", "open")
        await room.until("state", "open")
        assert (await boss.show())["you"]["role"] == "mod"
        await room.send("spam")
        await boss.call("mod.mute", user, 600)
        await room.until("you", lambda you: you["muted"] > 0)
        error = await refused(room.send("more spam"))
        assert (error.code, error.reason) == (403, "muted") and error.wait > 500_000
        shown = await room.show()
        assert [(each["info"], each["state"]) for each in shown["pending"]] == [("more spam", "failed")]
        await boss.call("mod.unmute", user)
        await room.until("you", lambda you: you["muted"] == 0)
        await room.call("retry", shown["pending"][0]["id"])
        await room.until_list(["spam", "more spam"])
        await boss.call("mod.settings", {"slow": 30, "pinned": "be kind"})
        assert (await room.until("settings", lambda settings: settings["slow"] == 30))["pinned"] == "be kind"
        error = await refused(room.send("too soon"))
        assert (error.code, error.reason) == (429, "slow") and 0 < error.wait <= 30_000
        await boss.call("mod.notice", "back soon")
        assert (await room.until("notice"))["info"] == "back soon"
        await boss.call("mod.purge", user)
        await room.until("purge", {"userId": user})
        assert await room.infos() == []
        assert (await refused(room.call("mod.clear"))).code == 403
        await boss.call("mod.kick", user)
        assert (await room.until("error"))["reason"] == "banned"
        await room.until("state", "waiting")


async def test_a_group_list(signed):
    """groups(): all of them, then each change"""
    user, group, other = fresh("u"), fresh(), fresh()
    account, speaker = signed.api.login(user), signed.api.login(fresh("u"))
    account.join(group)
    async with FastimJs.open(signed, user, tokens=[account.token]) as lists:
        await lists.until("reset", lambda groups: [each["groupId"] for each in groups] == [group])
        account.join(other)
        await lists.until("group", lambda each: each["groupId"] == other)
        speaker.post("/group/sendMessage", groupId=other, info="news")
        await lists.until("group", lambda each: each["groupId"] == other and each["unread"] == 1)
        assert [each["groupId"] for each in (await lists.show())["list"]] == [other, group]
        account.post("/user/leaveGroup", groupId=group)
        await lists.until("left", {"groupId": group})


@pytest.mark.proxies
async def test_the_same_without_a_websocket(signed):
    """fastim-sse.js: the same frames over plain HTTP, resume as well"""
    group, users = fresh("群"), [fresh("用户"), fresh("u")]
    async with FastimJs.open(signed, users[0], group, tokens=[jwt(users[0])], by="stream") as stream, \
            FastimJs.open(signed, users[1], group, tokens=[jwt(users[1])]) as room:
        await stream.until("state", "open")
        await room.until("state", "open")
        first = await stream.send("one")
        await room.until_heard("one")
        await room.send("two")
        await stream.until_heard("two")
        await stream.call("read", first)
        assert await stream.call("older", 10) == {"end": True}
        assert (await refused(stream.call("recall", 5))).code in (403, 404)
        await stream.call("recall", first)
        await stream.until("recall", {"userId": users[0], "ts": first})
        for each in (stream, room):
            await each.until_list(["two"])


# ---- what breaks ----

@pytest.fixture
def pair(hosts, own_redis):
    """Two hosts of two workers each, on a Redis of their own."""
    pair = [hosts.new({"redis.timeoutMs": 500, "push.workers": 2, "push.messagesPerSecond": 0, "push.reconnectSpreadMs": 500,
                       "push.drainSeconds": 1, "im.groupMessage.listNum": 5000}, own_redis) for _ in range(2)]
    yield pair
    for host in pair:
        hosts.end(host)


class Speaker:
    """Says something all the time, and remembers what became of it."""

    def __init__(self, room):
        self.room, self.stored, self.refused = room, [], []

    async def run(self, count):
        for n in range(count):
            info = f"{self.room.user} {n}"
            try:
                await self.room.send(info, timeout=60)
                self.stored.append(info)
            except Refused as error:
                assert (error.code, error.reason) == (503, "redis"), error
                self.refused.append(info)
            await asyncio.sleep(0.05)


async def break_all(pair, redis_server):
    """One after the other; each time all goes on for a while."""
    for host in pair:
        await asyncio.sleep(0.5)
        os.kill(min(workers(host)), signal.SIGKILL)
    await asyncio.sleep(0.5)
    redis_server.kill()
    await asyncio.sleep(0.5)
    await asyncio.to_thread(redis_server.start)
    await asyncio.sleep(1)
    await asyncio.to_thread(pair[1].restart)


@pytest.mark.limit(120)
async def test_redis_a_host_and_workers_die_and_nothing_is_lost_or_twice(pair, own_redis, record_property):
    """Redis and a worker killed meanwhile: no message lost or twice on the screen"""
    group = fresh()
    async with asyncio.TaskGroup() as tasks, FastimJs.open(pair[0], group=group) as a, FastimJs.open(pair[0], group=group) as b, \
            FastimJs.open(pair[1], group=group) as c, FastimJs.open(pair[1], group=group) as d:
        rooms = [a, b, c, d]
        speakers = [Speaker(room) for room in rooms]
        for room in rooms:
            await room.until("state", "open")
        breaking = tasks.create_task(break_all(pair, own_redis))
        await asyncio.gather(*(speaker.run(60) for speaker in speakers))
        await breaking
        for room in rooms:
            await room.send(f"{room.user} the last word", timeout=60)
        for room in rooms:
            for other in rooms:
                if other is not room:
                    await room.until_heard(f"{other.user} the last word")
        stored = [json.loads(entry)["info"] for entry in own_redis.client.lrange(f"gml:{group}", 0, -1)]
        for speaker in speakers:
            await speaker.room.until_list(stored)
            shown = await speaker.room.show()
            assert [(each["info"], each["state"]) for each in shown["pending"]] == [(info, "failed") for info in speaker.refused]
            own = [info for info in stored if info.startswith(f"{speaker.room.user} ")]
            assert own == [*speaker.stored, f"{speaker.room.user} the last word"], "once each, in order"
        lost = sum(room.all("state").count("open") - 1 for room in rooms)
        assert lost >= 2, "the clients of the host that was restarted, at least"
        record_property("figure", f"fastim.js: {len(stored)} messages of 4 clients over {lost} lost connections: none lost or twice")

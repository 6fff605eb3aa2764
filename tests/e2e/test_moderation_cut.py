"""test_moderation_cut.py - part 2, 8: rules hold on a host that hears no events; its clients are asked about again
within 10 s when it does."""
import asyncio
import collections
import json
import time

import pytest

from host import fresh
from moderation import Moderation
from test_moderation import everyone, is_out, is_refused
from test_rules import put, settle
from test_send_message import send as send_by_http
from v2 import V2, V2Groups

pytestmark = pytest.mark.spread

WITHIN_S = 10


@pytest.fixture
def mods(redis_server):
    return Moderation(redis_server.client)


class Deaf:
    """A host that hears nothing for the time being: its subscription is cut, its commands are not."""

    def __init__(self, relayed):
        self.host, self.relay = relayed.host, relayed.relay

    def deafen(self):
        self.relay.deafen()
        self.host.process.wait_line("redis-down connection=subscription")

    def hear(self):
        """Returns when it hears again."""
        self.relay.hear()
        self.host.process.wait_line("redis-up connection=subscription")
        return time.monotonic()


@pytest.fixture
def deaf(relayed):
    return Deaf(relayed)


def types_of(client):
    """Those of all frames that it takes from here on."""
    types, frame = [], client.frame

    async def note(*args):
        taken = await frame(*args)
        types.append(taken["type"])
        return taken

    client.frame = note
    return types


async def is_silenced(hosts, group, user, reason, text, olds, news):
    """What this user sends, by any way, is not stored."""
    for old, new in zip(olds, news):
        await old.send("x")
        assert await old.text() == text
        frame = await put(new, "x", fresh("k"))
        assert (frame["type"], frame["reason"]) == ("error", reason)
    for host in hosts:
        account = host.api.login(user)
        assert send_by_http(account, group, "x").msg == reason


@pytest.mark.parametrize("act, text, reason", [
    (lambda mods, group: mods.mute(group, "u"), "403", "muted"),
    (lambda mods, group: mods.set(group, quiet="1"), "403", "quiet"),
    (lambda mods, group: mods.set(group, slow="600"), "429", "slow")], ids=["muted", "quiet", "slow"])
async def test_from_the_next_message_on_it_holds_everywhere(site, deaf, mods, act, text, reason):
    """they hold on every host from the next message on, also on one that hears no events"""
    group, hosts = fresh(), (site, deaf.host)
    olds, news, _ = await everyone(hosts, group, "u")
    reader = await V2.enter(site, group, "v")
    await olds[0].say("before")
    await reader.until("before")
    for client in news:
        await client.until("before")
    assert await olds[1].info() == "before"
    types = types_of(news[1])
    await asyncio.to_thread(deaf.deafen)
    act(mods, group)
    if reason == "slow":  # it counts from the next message on
        await news[0].next("settings")
        await news[0].say("before")
        assert await olds[0].info() == "before"
    await is_silenced(hosts, group, "u", reason, text, olds, news)
    due = ["before"] * (2 if reason == "slow" else 1)
    assert [json.loads(entry)["info"] for entry in site.entries(group)] == due
    since = await asyncio.to_thread(deaf.hear)
    kind = "you" if reason == "muted" else "settings"
    while kind not in types:  # it may have come before: the first clients of a group are asked about early
        await news[1].any(WITHIN_S)
    assert time.monotonic() - since < WITHIN_S
    if reason == "slow":
        assert await olds[1].info() == "before"
    await is_silenced(hosts, group, "u", reason, text, olds, news)
    assert len(site.entries(group)) == len(due)


@pytest.mark.parametrize("where", ["group", "everywhere"])
@pytest.mark.limit(90)
async def test_a_ban_while_the_subscription_is_paused(site, deaf, mods, where):
    """its next send is refused, its connection ends within 10 s of the subscription's return"""
    group, user = fresh(), fresh("u")
    key = group if where == "group" else ""
    await (await site.chat(group, "other")).say("before")
    await settle((site, deaf.host), group)
    olds, news, streams = await everyone((site, deaf.host), group, user)
    talkers = await deaf.host.chat(group, user), await V2.enter(deaf.host, group, user)
    lists = [await V2Groups.watch(deaf.host, user), await deaf.host.group_list(user)]
    await lists[1].text()
    stays = await V2.enter(deaf.host, group, "other")
    await asyncio.to_thread(deaf.deafen)
    try:
        assert mods.ban(key, user) == 1
        await is_out(olds[:1], news[:1], streams[:1])
        await talkers[0].send("x")
        assert await talkers[0].text() == "403" and await talkers[0].close_code() == 1000
        await talkers[1].write("send", id="k", info="x")
        await talkers[1].ended(403, "banned", 4403, id="k")
        account = deaf.host.api.login(user)
        assert send_by_http(account, group, "x").msg == "banned"
        await is_refused((site, deaf.host), group, user)
        assert olds[1].ws.open and news[1].ws.open and all(each.ws.open for each in lists)
        since = await asyncio.to_thread(deaf.hear)
        due = [asyncio.wait_for(each, WITHIN_S) for each in (
            is_out(olds[1:]), is_out(new=news[1:]), is_out(streams=streams[1:]),
            *([is_out(lists[1:]), is_out(new=lists[:1])] if where == "everywhere" else []))]
        await asyncio.gather(*due)
        assert time.monotonic() - since < WITHIN_S
        await stays.say("here")
        assert len(site.entries(group)) == 2
        if where == "group":
            assert all(each.ws.open for each in lists)
    finally:
        mods.unban(key, user)


@pytest.mark.parametrize("rule", ["cap", "slow"])
@pytest.mark.limit(120)
async def test_a_flood_over_both_hosts_stays_within_the_rules(site, deaf, mods, rule):
    """nothing above `slow` or `cap` is ever stored, whatever the hosts hear"""
    group, hosts = fresh(), (site, deaf.host)
    cap, slow_s = 5, 2
    clients = [await V2.enter(host, group, f"u{i}") for i in range(4) for host in hosts]
    await asyncio.to_thread(deaf.deafen)
    mods.set(group, **({"cap": str(cap)} if rule == "cap" else {"slow": str(slow_s)}))
    mods.mute(group, "u3")

    async def flood(client, name, seconds):
        end, n = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            await client.write("send", id=f"{name}-{n}", info=f"{name} {n}")
            n += 1
            await asyncio.sleep(0.02)
        return n

    async def listen(client):
        while True:
            await client.ws.recv()

    listeners = [asyncio.create_task(listen(client)) for client in clients]
    floods = [asyncio.create_task(flood(client, str(i), 8)) for i, client in enumerate(clients)]
    await asyncio.sleep(4)
    await asyncio.to_thread(deaf.hear)
    assert sum(await asyncio.gather(*floods)) > 1000
    for listener in listeners:
        listener.cancel()
    stored = [json.loads(entry) for entry in site.entries(group)]
    assert stored and all(message["userId"] != "u3" for message in stored)
    if rule == "cap":
        seconds = collections.Counter(message["ts"] // 1000 for message in stored)
        assert max(seconds.values()) <= cap and len(seconds) >= 5
    else:
        for user in ("u0", "u1", "u2"):
            times = [message["ts"] for message in stored if message["userId"] == user]
            assert len(times) >= 3 and min(b - a for a, b in zip(times, times[1:])) >= slow_s * 1000

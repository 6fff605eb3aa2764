"""test_flood.py - protocol.md: No gap, no double, in order - whatever happens. FLOOD_RUNS=20 runs each 20 times."""
import asyncio
import collections
import json
import os

import pytest

from flood import Flood, difference
from foreign import GARBAGE, Writer, entry

pytestmark = [pytest.mark.limit(120), pytest.mark.spread,
              pytest.mark.parametrize("run", range(int(os.environ.get("FLOOD_RUNS", "1"))))]


async def repeat(seconds, step, *arguments):
    """Does harm, with breaths between: the pace of the harm, nothing is awaited by it."""
    while True:
        step(*arguments)
        await asyncio.sleep(seconds)


@pytest.mark.everywhere
async def test_six_senders_over_two_hosts_with_clients_joining_in_the_middle(two_hosts, run):
    """First frame plus what follows is exactly the group's list in list order, for clients that join in the
    middle of a flood as well"""
    flood = Flood(two_hosts, messages=800)
    await flood.run()
    flood.check_every_view_is_the_list()
    flood.check_every_message_once()
    flood.check_ts_strictly_increases()


async def test_with_list_num_of_three(make_host, run):
    """exactly the group's list - the shorter the first frame, the closer the cut"""
    host = make_host({"im.groupMessage.listNum": 3})
    flood = Flood([host], joiners=40)
    await flood.run()
    flood.check_every_view_is_the_list()
    flood.check_every_message_once()


async def test_subscriptions_killed_again_and_again(own_hosts, run):
    """and across a Redis reconnect: `CLIENT KILL TYPE pubsub` during a flood"""
    flood = Flood(own_hosts, messages=800)
    redis = own_hosts[0].redis
    kills = []

    def kill():
        kills.append(redis.client_kill_filter(_type="pubsub"))

    await flood.run(lambda: repeat(0.2, kill))
    assert sum(kills) >= 2, "nothing was killed"
    flood.check_every_view_is_the_list()
    flood.check_every_message_once()
    flood.check_ts_strictly_increases()


async def test_command_connections_killed_again_and_again(own_hosts, run):
    """Where Redis was cut off between command and reply the answer waits until it is known."""
    flood = Flood(own_hosts, messages=800, refusals=True)
    redis = own_hosts[0].redis
    await flood.run(lambda: repeat(0.2, lambda: redis.client_kill_filter(_type="normal", skipme=True)))
    flood.check_every_view_is_the_list()
    flood.check_every_message_once()


async def test_redis_killed_and_started_again_with_clients_staying(own_hosts, run):
    """the clients stay, a message is answered `503`, the subscription comes back by itself, and what the
    list received meanwhile reaches every client, once"""
    flood = Flood(own_hosts, messages=400, refusals=True)
    server = own_hosts[0].redis_server

    async def harm():
        for _ in range(2):
            at = flood.sent
            while flood.sent < at + 200:
                await asyncio.sleep(0.005)
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)

    await flood.run(harm)
    flood.check_every_view_is_the_list()
    flood.check_every_message_once()
    flood.check_ts_strictly_increases()


async def test_scripts_flushed_again_and_again(own_hosts, run):
    """The Lua scripts … are loaded again on NOSCRIPT."""
    flood = Flood(own_hosts, messages=800)
    await flood.run(lambda: repeat(0.02, own_hosts[0].redis.script_flush))
    flood.check_every_view_is_the_list()
    flood.check_every_message_once()


async def test_max_count_trims_while_all_is_pushed(make_host, run):
    """messages kept of a group, oldest dropped first - what is dropped was pushed before"""
    host = make_host({"im.groupMessage.maxCount": 100})
    flood = Flood([host], joiners=0)
    await flood.run()
    assert len(flood.entries()) == 100
    views = {tuple(client.view[-1000:]) for client in flood.senders}
    assert len(views) == 1
    assert flood.senders[0].view[-100:] == flood.entries()
    assert all(len(set(client.view)) == len(client.view) for client in flood.senders)
    assert len(flood.senders[0].view) == 6 * flood.messages + 1


# ---- foreign writers ----

def valid_entries(redis, group):
    """The list's messages as clients are to see them, with their position in the list."""
    found = []
    for at, raw in enumerate(redis.lrange(f"gml:{group}", 0, -1)):
        if raw.startswith(b'{"groupId": "') or raw.startswith(b'{"groupId":"flood'):
            found.append((at, json.dumps(json.loads(raw), ensure_ascii=False, separators=(",", ":"))))
    return found


def check_foreign(flood):
    """Ours are in list order; all that a client can see it has seen once: what stood in the list from its
    first frame on, and of what stood before it only what was published later."""
    redis = flood.hosts[0].redis
    entries = valid_entries(redis, flood.group)
    everything = collections.Counter(text for _, text in entries)
    assert max(everything.values()) == 1
    for client in flood.clients:
        seen = collections.Counter(client.view)
        doubled = {text for text, times in seen.items() if times > 1}
        assert not doubled, f"client {flood.clients.index(client)} has doubled: {list(doubled)[:3]}"
        assert not seen - everything, f"not in the list: {list(seen - everything)[:3]}"
        shown = {text for text in client.view[:len(client.first["list"])]}
        start = min((at for at, text in entries if text in shown), default=client.first["total"])
        due = [text for at, text in entries if at >= start]
        missing = [text for text in due if text not in seen]
        assert not missing, f"client {flood.clients.index(client)} misses {len(missing)}: {missing[:3]}"
        ours = [text for text in due if '"userId":"foreign' not in text]
        ours_seen = [text for text in client.view if '"userId":"foreign' not in text]
        assert ours_seen == ours, difference(ours_seen, ours)


def foreign_writers(flood, redis, behind_ms=3600_000, between=None):
    """RPUSH and PUBLISH in two steps, garbage among them, clocks an hour behind."""
    writer = Writer(redis, flood.group)
    numbers = iter(range(10 ** 6))
    under_way = []

    async def write():
        while True:
            n = next(numbers)
            now = flood.hosts[0].now_ms()
            raw = entry(flood.group, f"foreign{n % 3}", f"foreign {n}", now - behind_ms + n)
            writer.push(raw)
            under_way.append(raw)
            await asyncio.sleep(0.003 * (n % 4))
            writer.write(GARBAGE[n % len(GARBAGE)])
            writer.publish(under_way.pop(0))

    async def run():
        try:
            await asyncio.gather(write(), *([between()] if between else []))
        finally:
            for raw in under_way:
                writer.publish(raw)

    return run


async def test_foreign_writers_in_a_flood(two_hosts, run):
    """foreign writers with RPUSH+PUBLISH, with garbage, with a clock behind ours: nothing lost, nothing doubled"""
    flood = Flood(two_hosts, messages=800)
    await flood.run(foreign_writers(flood, two_hosts[0].redis))
    assert any("foreign" in text for text in flood.senders[0].view)
    check_foreign(flood)


async def test_foreign_writers_and_killed_subscriptions_in_a_flood(own_hosts, run):
    """foreign writers, across a Redis reconnect as well"""
    flood = Flood(own_hosts, messages=800)
    redis = own_hosts[0].redis

    async def kill():
        await repeat(0.25, lambda: redis.client_kill_filter(_type="pubsub"))

    await flood.run(foreign_writers(flood, redis, between=kill))
    check_foreign(flood)


async def test_sixty_groups_at_once(two_hosts, run):
    """pushed … to every client of that group: many groups, each with its own order"""
    floods = [Flood(two_hosts, messages=20, senders=3, joiners=2) for _ in range(60)]
    await asyncio.gather(*(flood.run() for flood in floods))
    for flood in floods:
        flood.check_every_view_is_the_list()
        flood.check_every_message_once()

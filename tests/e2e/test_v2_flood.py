"""test_v2_flood.py - part 2, 17, check 1: no gap, no double, in order, whoever writes, and whoever
is cut.

FLOOD_RUNS=20 runs each 20 times, FLOOD_MESSAGES=600 with so many messages of each writer.
"""
import asyncio
import os

import pytest

from v2_flood import V2Flood

pytestmark = [pytest.mark.limit(120), pytest.mark.spread,
              pytest.mark.parametrize("run", range(int(os.environ.get("FLOOD_RUNS", "1"))))]

MESSAGES = int(os.environ.get("FLOOD_MESSAGES", "60"))
SETTINGS = {"im.groupMessage.listNum": 5000}


@pytest.fixture
def pair(make_host):
    """Two hosts whose first frame has the whole list."""
    return [make_host(SETTINGS), make_host({**SETTINGS, "log.level": "info"})]


@pytest.fixture
def own_pair(hosts, own_redis):
    """The same for one test alone, on a Redis of their own."""
    pair = [hosts.new({**SETTINGS, "redis.timeoutMs": 500}, own_redis) for _ in range(2)]
    yield pair
    for host in pair:
        hosts.end(host)


def check(flood):
    flood.check_all_show_the_list()
    flood.check_answers()
    flood.check_order()


@pytest.mark.everywhere
async def test_clients_are_cut_and_resume_at_random(pair, run, record_property):
    """each v2 client's shown messages equal the list at the end, ids sent twice appear once,
    `recovered` true
    never hides a missing one"""
    flood = V2Flood(pair, run, MESSAGES)
    await flood.run()
    record_property("figure", flood.figure())
    check(flood)
    for each in flood.restless:
        assert each.cuts and each.model.resumed >= each.cuts - 1
        assert each.model.lists == 1, "nothing was lost, so each resume can be proved"


async def test_subscriptions_are_killed_meanwhile(own_pair, run):
    """the same across `CLIENT KILL TYPE pubsub`, which loses events as well"""
    redis, kills = own_pair[0].redis, []

    async def kill():
        while True:
            kills.append(redis.client_kill_filter(_type="pubsub"))
            await asyncio.sleep(0.2)

    flood = V2Flood(own_pair, run, MESSAGES)
    await flood.run(kill)
    assert sum(kills) >= 2, "nothing was killed"
    check(flood)


async def test_scripts_are_flushed_meanwhile(pair, run):
    """Part 1: The Lua scripts … are loaded again on NOSCRIPT"""
    redis = pair[0].redis

    async def flush():
        while True:
            redis.script_flush()
            await asyncio.sleep(0.02)

    flood = V2Flood(pair, run, MESSAGES)
    await flood.run(flush)
    check(flood)

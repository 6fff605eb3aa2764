"""test_rules.py - part 2, 8 and 14: the rules of a group, as clients of all kinds feel them, on two hosts."""
import asyncio

import pytest

from host import fresh
from test_send_message import send as send_by_http
from v2 import V2

FORBIDDEN = [("m:u", 0, "muted"), ("quiet", 1, "quiet")]


def rule(host, group, field, value):
    host.redis.hset(f"fim:rules:{group}", field, value)


async def settle(hosts, group):
    """The first clients of a group on a host are asked about again within seconds; those that come later are not."""
    return [await host.chat(group, "first") for host in hosts]


async def put(client, info, its_id):
    client.model.sends(its_id, info)
    await client.write("send", id=its_id, info=info)
    return await client.answer(its_id)


@pytest.mark.parametrize("field, value, reason", FORBIDDEN)
async def test_who_may_not_speak_is_told_so_everywhere(two_hosts, field, value, reason):
    """it sends while muted, `quiet`: text `403`; v2: `error` 403"""
    group = fresh()
    olds = [await host.chat(group, "u") for host in two_hosts]
    news = [await V2.enter(host, group, "u") for host in two_hosts]
    rule(two_hosts[0], group, field, value)
    for old, new in zip(olds, news):
        await old.send("x")
        assert await old.text() == "403"
        frame = await put(new, "x", "k1")
        assert (frame["type"], frame["id"], frame["code"], frame["reason"]) == ("error", "k1", 403, reason)
    account = two_hosts[0].api.login("u")
    answer = send_by_http(account, group, "x")
    assert (answer.code, answer.msg, answer.data) == (100, reason, {"reason": reason})
    assert two_hosts[0].entries(group) == []
    two_hosts[0].redis.delete(f"fim:rules:{group}")
    await olds[0].say("now")


async def test_slow_holds_on_all_connections_of_a_user(two_hosts):
    """it sends too soon (`slow`): text `429`; v2: `error` 429 with `retryAfter`"""
    group = fresh()
    rule(two_hosts[0], group, "slow", 60)
    old, new = await two_hosts[0].chat(group, "u"), await V2.enter(two_hosts[1], group, "u")
    other = await two_hosts[0].chat(group, "v")
    await old.say("one")
    await old.send("x")
    assert await old.text() == "429"
    await new.next("message")
    frame = await put(new, "x", "k1")
    assert (frame["code"], frame["reason"]) == (429, "slow") and 50000 < frame["retryAfter"] <= 60000
    assert await other.info() == "one"
    await other.say("two")
    assert len(two_hosts[0].entries(group)) == 2


async def test_a_group_above_its_cap_refuses(two_hosts):
    group = fresh()
    rule(two_hosts[0], group, "cap", 5)
    clients = [await host.chat(group, f"u{i}") for i, host in enumerate(two_hosts * 2)]
    for client in clients:
        for n in range(10):
            await client.send(f"{n}")
    said = 0
    for client in clients:
        while said < 40:
            try:
                said += await client.text(1) == "429"
            except asyncio.TimeoutError:
                break
    assert said >= 40 - 5 * 3  # at most three seconds' worth came through
    assert said + len(two_hosts[0].entries(group)) == 40


@pytest.mark.parametrize("everywhere", [
    pytest.param(True, marks=pytest.mark.one_redis("on a cluster the event of a ban everywhere ends the connection")), False])
async def test_who_is_banned_speaks_no_more_and_does_not_come_in(two_hosts, everywhere):
    """text `403`, close 1000; at entering the same; v2: 403, close 4403"""
    group, user = fresh(), fresh("u")
    await settle(two_hosts, group)
    old, new = await two_hosts[0].chat(group, user), await V2.enter(two_hosts[1], group, user)
    key = "" if everywhere else group
    rule(two_hosts[0], key, f"b:{user}", 0)
    try:
        await old.send("x")
        assert await old.text() == "403" and await old.close_code() == 1000
        await new.write("send", id="k1", info="x")
        await new.ended(403, "banned", 4403, id="k1")
        late = await two_hosts[1].open_chat(group, user)
        assert await late.text() == "403" and await late.close_code() == 1000
        late = await V2.connect(two_hosts[0].chat_url(group, user))
        await late.ended(403, "banned", 4403)
    finally:
        two_hosts[0].redis.hdel(f"fim:rules:{key}", f"b:{user}")
    assert two_hosts[0].entries(group) == []


async def test_a_flood_of_refused_ones_holds_up_nobody(two_hosts):
    """What a rule refuses needs no barrier: those who may speak are stored in their order meanwhile."""
    host, group = two_hosts[0], fresh()
    rule(host, group, "m:bad", 0)
    bad, good = await host.chat(group, "bad"), await host.chat(group, "good")
    for n in range(200):
        await bad.send("x")
        await good.send(f"{n}")
    for n in range(200):
        assert await good.info() == f"{n}"
    assert len(host.entries(group)) == 200

"""test_v2_signal.py - part 2, 4: `signal`, a word that passes."""
import asyncio

import pytest

from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

A_SECOND, MOST_BYTES = 5, 512


@pytest.mark.smoke
async def test_told_to_all_v2_clients_of_the_group_on_every_host(two_hosts):
    """told to all v2 clients of the group, the sender included"""
    group = fresh()
    clients = [await V2.enter(host, group, user) for host in two_hosts for user in ("u", "v")]
    old, elsewhere = await two_hosts[0].chat(group, "old"), await V2.enter(two_hosts[0], fresh(),
        "u")
    await clients[0].write("signal", info='typing "群" \\ \u2028')
    for client in clients:
        assert await client.next("signal") == {"type": "signal", "userId": "u",
                                               "info": 'typing "群" \\ \u2028'}
    await elsewhere.say("not here")
    await clients[1].put("end")
    assert (await old.message())["info"] == "end"


async def test_to_the_byte(site):
    """{"type":"signal","userId":"3","info":"typing"}"""
    client = await V2.enter(site, fresh(), "3")
    await client.write("signal", info="typing")
    assert await client.text() == '{"type":"signal","userId":"3","info":"typing"}'


async def test_not_stored_and_not_acknowledged(site):
    """not stored, not acknowledged: it moves no position, and is never replayed"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    position = (await client.say("x"), client.model.position)[1]
    await client.write("signal", info="typing", id="s1")
    await client.next("signal")
    assert client.model.position == position
    assert len(site.entries(group)) == 1
    assert site.redis.zcard(f"fim:log:{group}") == 1
    client.cut()
    back = await V2.enter(site, group, "u", model=client.model)
    assert (back.welcome["recovered"], back.welcome["missed"]) == (True, 0)
    await back.say("next")


async def test_above_five_a_second_they_are_dropped_silently(site):
    """dropped silently above its limits: 5 a connection"""
    group = fresh()
    client, reader = await V2.enter(site, group, "u"), await V2.enter(site, group, "v")
    for n in range(4 * A_SECOND):
        await client.write("signal", info=str(n))
    await client.write("send", id="end", info="end")
    passed = []
    while (frame := await reader.any())["type"] != "message":
        passed.append(frame["info"])
    assert passed == [str(n) for n in range(len(passed))]
    assert A_SECOND <= len(passed) <= A_SECOND + 1
    await asyncio.sleep(1 / A_SECOND + 0.05)
    await client.write("signal", info="again")
    assert (await reader.next("signal"))["info"] == "again"


@pytest.mark.parametrize("setting", ["im.signal.perSecond", "im.signal.perGroup"])
async def test_0_is_off(make_host, setting):
    """0: off"""
    client = await V2.enter(make_host({setting: 0}), fresh(), "u")
    await client.write("signal", info="typing")
    await client.say("nothing before it")


async def test_limit_of_a_group(make_host):
    """50 a group and daemon (3 here)"""
    host, group = make_host({"im.signal.perGroup": 3}), fresh()
    watcher, other = await V2.enter(host, group, "w"), await V2.enter(host, fresh(), "u")
    clients = [await V2.enter(host, group, f"u{n}") for n in range(4)]
    for client in clients:
        await client.write("signal", info="typing")
        await client.write("signal", info="typing")
    await clients[3].write("ping")
    while (await clients[3].any())["type"] != "pong":
        pass
    await watcher.put("end")
    kinds = []
    while "message" not in kinds:
        kinds.append((await watcher.any())["type"])
    assert 3 <= kinds.count("signal") <= 4
    await other.write("signal", info="elsewhere")
    assert (await other.next("signal"))["info"] == "elsewhere"


@pytest.mark.parametrize("info",
                         ["x" * MOST_BYTES, "é" * (MOST_BYTES // 2), "\x01" * MOST_BYTES,
                          '"' * MOST_BYTES],
                         ids=["ascii", "accents", "controls", "quotes"])
async def test_512_bytes_pass(site, info):
    """at most 512 bytes"""
    client = await V2.enter(site, fresh(), "u")
    await client.write("signal", info=info)
    assert (await client.next("signal"))["info"] == info


@pytest.mark.parametrize("info", ["x" * (MOST_BYTES + 1), "é" * (MOST_BYTES // 2) + "x"],
                         ids=["ascii", "accents"])
async def test_more_than_512_bytes_do_not(site, info):
    """at most 512 bytes: 413 `info`"""
    client = await V2.enter(site, fresh(), "u")
    await client.write("signal", info=info)
    await client.refused(413, "info")
    await client.say("next")

"""test_v2_stop.py - part 2, 3 and 5: a host that goes, and a client that reads too slowly."""
import asyncio
import signal
import time

import pytest
import websockets

from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]


@pytest.mark.parametrize("workers", [1, 2])
async def test_draining_tells_all_to_reconnect_then_closes_1012(make_daemon, site, workers):
    """`{"type":"reconnect","after":8000}`: this host goes. Close 1012 follows within `after`"""
    daemon, groups = make_daemon({"push.drainSeconds": 1, "push.workers": workers}), [fresh()
        for _ in range(4)]
    await (await V2.enter(site, groups[0], "speaker")).say("before")
    clients = [await V2.connect(daemon.url(group, "u")) for group in groups for _ in range(5)]
    for client in clients:
        await client.next("welcome")
        await client.next("list")
    began = time.monotonic()
    daemon.process.signal(signal.SIGTERM)
    for client in clients:
        assert await client.next("reconnect") == {"type": "reconnect", "after": 1000}
    assert time.monotonic() - began < 0.8
    assert {await client.close_code() for client in clients} == {1012}
    assert time.monotonic() - began < 2.5
    assert await asyncio.to_thread(daemon.process.wait, 5) == 0
    back = await V2.enter(site, groups[0], "u", model=clients[0].model)
    assert (back.welcome["recovered"], back.model.infos()) == (True, ["before"])


async def test_until_it_is_closed_a_client_goes_on(make_daemon, site):
    """nothing stored is left unsent; whoever is closed resumes at another host without a gap"""
    daemon, group = make_daemon({"push.drainSeconds": 1}), fresh()
    speaker = await V2.enter(site, group, "speaker")
    await speaker.say("before")
    client = await V2.connect(daemon.url(group, "u"))
    await client.next("welcome")
    await client.next("list")
    daemon.process.signal(signal.SIGTERM)
    await client.next("reconnect")
    for n in range(20):
        await speaker.say(str(n))
    try:
        while True:
            await client.any()
    except websockets.ConnectionClosed:
        assert client.ws.close_code == 1012
    back = await V2.enter(site, group, "u", model=client.model)
    assert back.welcome["recovered"]
    await speaker.say("end")
    if "end" not in back.model.infos():
        await back.until("end")
    assert back.model.shown == speaker.model.shown == site.entries(group)


async def test_a_part_1_client_beside_it_is_closed_1001(make_daemon):
    """the host drains: Part 1 client: close 1001, as today"""
    daemon, group = make_daemon({"push.drainSeconds": 0}), fresh()
    old, new = await daemon.chat(group, "old"), await V2.connect(daemon.url(group, "new"))
    await new.next("welcome")
    await new.next("list")
    daemon.process.signal(signal.SIGTERM)
    assert await old.close_code() == 1001
    assert (await new.next("reconnect"))["after"] == 0
    assert await new.close_code() == 1012


async def test_who_reads_too_slowly_is_closed_1013_and_resumes(make_host):
    """1013: too slow a reader: resumes with backoff"""
    host, group = make_host({"push.roomLogBytes": 65536, "push.bytesPerSecond": 0}), fresh()
    sender = await V2.enter(host, group, "u", at=host.push)
    await sender.say("first")
    slow = await V2.enter(host, group, "slow", at=host.push)
    slow.ws.transport.pause_reading()
    while not host.closed(group, "slow"):
        await sender.say("x" * 16000)
        assert len(sender.model.messages) < 2000, "nobody was closed"
    assert "code=1013" in host.closed(group, "slow")
    slow.ws.transport.resume_reading()
    try:
        while True:
            await slow.any()
    except websockets.ConnectionClosed:
        assert slow.ws.close_code in (1013, 1006)
    back = await V2.enter(host, group, "slow", model=slow.model, at=host.push)
    await sender.say("end")
    await back.until("end")
    assert back.model.shown[-20:] == sender.model.shown[-20:] == host.entries(group)[-20:]
    if back.model.lists == 1:
        assert back.model.shown == host.entries(group)

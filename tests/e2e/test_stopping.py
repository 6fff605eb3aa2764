"""test_stopping.py - SIGTERM drains: clients leave one after the other, and nothing stored is left unsent."""
import asyncio
import collections
import json
import os
import signal
import time

import pytest
import websockets

from client import handshake_status
from host import fresh
from processes import eventually

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

CLIENTS = int(os.environ.get("DRAIN_CLIENTS", "60"))
DRAIN_SECONDS = int(os.environ.get("DRAIN_SECONDS", "3"))


async def closed(client, began):
    """When it was closed, how, and what it had got until then."""
    frames = []
    try:
        while True:
            frames.append(await asyncio.wait_for(client.ws.recv(), 20))
    except websockets.ConnectionClosed:
        return time.monotonic() - began, client.ws.close_code, frames


def busiest(times):
    """How many left in each tenth."""
    return collections.Counter(int(10 * when / DRAIN_SECONDS) for when in times)


@pytest.mark.parametrize("workers", [1, 2])
async def test_clients_are_closed_one_after_the_other(make_daemon, workers, record_property):
    """clients are closed with 1001 spread over `push.drainSeconds`"""
    daemon = make_daemon({"push.drainSeconds": DRAIN_SECONDS, "push.workers": workers})
    clients = [await daemon.chat(fresh(), "u") for _ in range(CLIENTS)]
    began = time.monotonic()
    daemon.process.signal(signal.SIGTERM)
    ends = sorted(await asyncio.gather(*(closed(client, began) for client in clients)))
    assert {code for _, code, _ in ends} == {1001}
    times = [when for when, _, _ in ends]
    record_property("figure", f"drain: {CLIENTS} clients of {workers} workers closed within {times[-1]:.2f} of push.drainSeconds "
                              f"{DRAIN_SECONDS}, at most {max(busiest(times).values())} in a tenth of it")
    assert times[-1] < DRAIN_SECONDS + 1.5
    for share in (0.25, 0.5, 0.75):
        assert abs(times[int(CLIENTS * share)] - DRAIN_SECONDS * share) < 0.2 * DRAIN_SECONDS + 0.3, times
    assert await asyncio.to_thread(daemon.process.wait, 5) == 0
    assert time.monotonic() - began < DRAIN_SECONDS + 2.5


async def test_while_it_drains_nobody_comes_in_and_it_is_not_ready(make_daemon):
    """readiness goes false, the listener closes"""
    daemon = make_daemon({"push.drainSeconds": 60})
    clients = [await daemon.chat(fresh(), "u") for _ in range(3)]  # the first leaves at once, the next after 20 s
    eventually(lambda: daemon.health("/readyz")[0] == 200, what="readiness")
    daemon.process.signal(signal.SIGTERM)
    daemon.process.wait_line("^info stopping clients=3$")
    status, text = await asyncio.to_thread(daemon.health, "/readyz")
    assert (status, await asyncio.to_thread(daemon.health, "/healthz")) == (503, (200, "alive\n")), text
    with pytest.raises(OSError):
        await handshake_status(daemon.url(fresh(), "v"))
    daemon.process.signal(signal.SIGTERM)  # so that nobody waits for the minute
    for client in clients:
        await client.close_code()


@pytest.mark.smoke
async def test_nothing_stored_is_left_unsent(make_daemon, site):
    """nothing stored is left unsent: whoever is closed has got all that was stored before"""
    daemon, group = make_daemon({"push.drainSeconds": DRAIN_SECONDS}), fresh()
    speaker = await site.chat(group, "speaker")
    listeners = [await daemon.chat(group, f"u{i}") for i in range(20)]
    stop = asyncio.Event()

    async def talk():
        count = 0
        while not stop.is_set():
            await speaker.say(f"{count}")
            count += 1

    talking = asyncio.create_task(talk())
    began = time.monotonic()
    daemon.process.signal(signal.SIGTERM)
    ends = await asyncio.gather(*(closed(client, began) for client in listeners))
    stop.set()
    await talking
    stored = [json.loads(entry) for entry in site.entries(group)]
    assert len(stored) > 20
    for _, code, frames in ends:
        got = [json.loads(frame) for frame in frames]
        assert code == 1001
        assert got == stored[:len(got)]
    assert max(len(frames) for _, _, frames in ends) > 0.5 * len(stored)


async def test_what_a_client_said_before_is_stored_and_comes_back(make_daemon, site):
    """nothing stored is left unsent: not even to who is the first to be closed"""
    daemon, group = make_daemon({"push.drainSeconds": 0}), fresh()
    client = await daemon.chat(group, "u")
    began = time.monotonic()
    for i in range(100):
        await client.send(f"{i}")
    daemon.process.signal(signal.SIGTERM)
    _, code, frames = await closed(client, began)
    stored = site.entries(group)
    assert (code, frames) == (1001, stored[:len(frames)])
    assert frames == stored, "stored, and not sent"


async def test_a_second_sigterm_ends_the_draining(make_daemon):
    daemon = make_daemon({"push.drainSeconds": 60})
    clients = [await daemon.chat(fresh(), "u") for _ in range(10)]
    daemon.process.signal(signal.SIGTERM)
    daemon.process.wait_line("^info stopping")
    began = time.monotonic()
    daemon.process.signal(signal.SIGTERM)
    ends = await asyncio.gather(*(closed(client, began) for client in clients))
    assert max(when for when, _, _ in ends) < 2 and {code for _, code, _ in ends} == {1001}
    assert await asyncio.to_thread(daemon.process.wait, 5) == 0


async def test_a_client_that_does_not_answer_its_close_holds_up_nobody(make_daemon):
    """It takes 1.5 s for good-byes, and no longer."""
    daemon = make_daemon({"push.drainSeconds": 0})
    client = await daemon.chat(fresh(), "u")
    client.ws.transport.pause_reading()
    daemon.process.signal(signal.SIGTERM)
    assert await asyncio.to_thread(daemon.process.wait, 5) == 0

"""test_clock.py - Redis' wall clock steps: nothing is refused for it, lost, doubled, out of order."""
import asyncio
import itertools
import threading
import time

import pytest

from host import fresh
from processes import eventually
from stepped_redis import SteppedRedis

pytestmark = pytest.mark.spread

SECOND, HOUR = 1000, 3600_000
PAUSE_S = 0.02
STEP_MESSAGES = 70  # between two steps
HANG_S = 3  # more than the 2.5 s that a message may wait


@pytest.fixture
def stepped(tmp_path):
    server = SteppedRedis(tmp_path / "stepped")
    yield server
    server.stop()


def entries(server, group):
    return [entry.decode() for entry in server.client.lrange(f"gml:{group}", 0, -1)]


async def talk(client, sent, over):
    """Sends until that event, one message after the other and some at once; sent gets what it has sent."""
    for n in itertools.count():
        if over.is_set():
            return
        for part in range(1 + n % 3):
            sent.append(f"{n}.{part}")
            await client.send(sent[-1])
        await asyncio.sleep(PAUSE_S)


async def more(sent):
    """Until so many more are sent."""
    wanted = len(sent) + STEP_MESSAGES
    while len(sent) < wanted:
        await asyncio.sleep(PAUSE_S)


def test_the_clock_steps_and_the_monotonic_one_does_not(stepped):
    """The test's own tool."""
    before = stepped.now_ms()
    for ahead in (HOUR, -HOUR, 3 * SECOND, -1, 0):
        stepped.step(ahead)
        assert before + ahead <= stepped.now_ms() < before + ahead + 5000
    assert int(stepped.client.info("server")["uptime_in_seconds"]) < 60


@pytest.mark.parametrize("steps", [
    [3 * SECOND], [-3 * SECOND], [HOUR], [-HOUR], [HOUR, 0, HOUR], [48 * HOUR, 0]])
async def test_a_step_refuses_no_message(make_daemon, stepped, steps):
    daemon, group = make_daemon(redis_server=stepped), fresh()
    sender, listener = await daemon.chat(group, "s"), await daemon.chat(group, "l")
    await sender.say("before")
    sent, over = [], asyncio.Event()
    talking = asyncio.create_task(talk(sender, sent, over))
    for ahead in steps:
        await more(sent)
        stepped.step(ahead)
    await more(sent)
    over.set()
    await talking
    for client in (sender, listener):
        await client.until(sent[-1])
    assert sender.view == listener.view[-len(sender.view):] == entries(stepped, group)
    assert [message.split('"info":"')[1].split('"')[0] for message in sender.view] == ["before"] + sent
    now = await asyncio.to_thread(lambda: eventually(
        lambda: (m := daemon.metrics())["fastim_redis_clock_steps_total"] >= len(steps) and m,
        what="the steps"))
    assert now["fastim_messages_refused_total"] == now["fastim_messages_late_total"] == 0
    assert now["fastim_redis_reconnects_total"] == 0
    assert "warn redis-clock-step moved-ms=" in daemon.process.output
    assert daemon.health("/readyz") == (200, "ready\n")


async def test_a_step_while_nobody_talks_is_seen_as_well(make_daemon, stepped):
    daemon, group = make_daemon(redis_server=stepped), fresh()
    client = await daemon.chat(group, "s")
    stepped.step(HOUR)
    await asyncio.to_thread(daemon.process.wait_line, "^warn redis-clock-step moved-ms=3[56]")
    await client.say("after")
    assert daemon.metrics()["fastim_messages_late_total"] == 0


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, 3 * SECOND, -3 * SECOND])
async def test_in_a_redis_that_hangs_a_message_is_stored_or_refused_whatever_its_clock_does(
        make_daemon, stepped, ahead):
    """A message that could not be stored is answered by 503, and will not be pushed to anyone."""
    daemon, group = make_daemon({"redis.timeoutMs": 500}, stepped), fresh()
    client = await daemon.chat(group, "s")
    await client.say("before")
    stepped.freeze()
    await client.send("in between")
    await asyncio.sleep(0.2)
    stepped.step(ahead)
    await asyncio.sleep(HANG_S)
    stepped.thaw()
    told = await client.text(20)
    assert told == "503" or '"info":"in between"' in told
    await asyncio.sleep(0.5)
    await client.send("after")
    last = await client.text(20)
    assert '"info":"after"' in last
    stored = entries(stepped, group)
    assert [entry for entry in stored if '"in between"' in entry] == ([] if told == "503" else [told])
    assert stored[-1] == last


class Runaway:
    """A clock that no measuring can follow: it jumps ten seconds ahead, again and again."""

    def __init__(self, server):
        self._server, self._over = server, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        for n in itertools.count(1):
            if self._over.is_set():
                return
            self._server.step(n * 10 * SECOND)
            time.sleep(0.0002)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_exc):
        self._over.set()
        self._thread.join()


async def test_while_redis_refuses_by_time_it_is_not_ready_and_says_so(make_daemon, stepped):
    daemon = make_daemon(redis_server=stepped)
    client = await daemon.chat(fresh(), "s")
    await client.say("before")

    async def speak():
        await client.send("in vain")
        return await client.text(), await asyncio.to_thread(daemon.health, "/readyz")

    with Runaway(stepped):
        end = time.monotonic() + 30
        while (await speak())[1] != (503, "Redis takes messages for too late"):
            assert time.monotonic() < end
    assert 'warn append-refused answer="too late" so-far=1' in daemon.process.output
    assert daemon.metrics()["fastim_messages_late_total"] >= 1
    await client.send("after")
    await client.until("after")
    eventually(lambda: daemon.health("/readyz") == (200, "ready\n"), what="readiness")

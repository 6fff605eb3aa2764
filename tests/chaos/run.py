"""run - one scene with its crowd, struck again and again; what all of them saw comes back as a record."""
import asyncio
import datetime
import random
import re
import time

from checker import Kind, check
from clusters import ClusterScene
from crowd import Crowd
from faults import FAULTS, Blow
from processes import eventually
from record import Outcome, Record, Strike, now_ms
from scene import LIST_NUM, ClockScene, Scene, in_thread
from sentinels import SentinelScene
from table import v2_line

DELIVERED_S = 30   # longest wait until messages come again
LOOK_MS, STALL_MS = 20, 70
OTHERS_MS = 1000   # longest time without delivery in rooms that a fault does not concern
LOST_DATA = re.compile(r"came back empty|list-changed")


def say(text):
    print(f"{datetime.datetime.now():%H:%M:%S.%f}"[:-3], text, flush=True)


class Run:
    """names: the faults to strike, in rounds, in an order that the seed gives."""

    def __init__(self, folder, names, seconds, seed, kind="plain"):
        self.names = names
        self.seconds = seconds
        self.seed = seed
        self.rng = random.Random(seed)
        self.record = Record(LIST_NUM, forked=kind == "sentinels", sharded=kind == "cluster")
        self.scene = self.new_scene(kind, folder)
        self.crowd = None

    def new_scene(self, kind, folder):
        if kind == "cluster":
            return ClusterScene(folder, self.record, splits="cluster-split" in self.names)
        if kind == "sentinels":
            return SentinelScene(folder, self.record)
        clock = any(FAULTS[name].clock for name in self.names)
        return (ClockScene if clock else Scene)(folder, self.record)

    async def go(self):
        """Returns what the checker found."""
        try:
            await in_thread(self.scene.start)
            self.crowd = Crowd(self.record, self.scene, self.seed, self.seconds)
            watching = asyncio.create_task(self.watch_itself())
            await asyncio.wait_for(self.crowd.start(), DELIVERED_S)
            await self.strike_until(time.monotonic() + self.seconds)
            await self.crowd.calm_down()
            await in_thread(self.scene.keep_last_lists)
            self.look_for_refusals()
            self.look_for_silence()
            say(v2_line(self.record))
            watching.cancel()
        finally:
            if self.crowd:
                await self.crowd.stop()
            await in_thread(self.scene.stop)
        return check(self.record)

    async def watch_itself(self):
        """When this program has no time, nobody in it hears anything."""
        while True:
            before = now_ms()
            await asyncio.sleep(LOOK_MS / 1000)
            if now_ms() - before > STALL_MS:
                self.record.stalls.append((before + LOOK_MS, now_ms()))

    # ---- striking ----

    def blows(self):
        """Endless; the same for the same seed."""
        while True:
            for name in self.rng.sample(self.names, len(self.names)):
                fault = FAULTS[name]
                wait = len(self.names) == 1 or self.rng.random() < 0.75
                longest = max(fault.shortest, min(fault.longest, self.seconds / 5))
                yield (fault, Blow(self.rng.uniform(fault.shortest, longest), self.rng.random(), self.crowd,
                                   self.record), self.rng.uniform(0.3, 2), wait)

    async def strike_until(self, end):
        for fault, blow, pause, recover in self.blows():
            await asyncio.sleep(pause)
            if time.monotonic() > end:
                return
            await self.strike(fault, blow, recover)

    async def strike(self, fault, blow, recover):
        """recover: the next one waits until messages come again."""
        logs = self.scene.logs()
        if fault.loses_data:  # what nobody has seen by now is gone for good
            await self.until_delivered(fault, now_ms())
        strike = Strike(fault.name, now_ms(), gone_ms=fault.gone_ms)
        self.record.strikes.append(strike)
        say(f"{fault.name}: {fault.what} ({blow.seconds:.1f} s)")
        await fault.harm(self.scene, blow)
        strike.undone_ms = now_ms()
        if not recover and not fault.loses_data:
            say(f"{fault.name}: undone; the next one doesn't wait")
            return
        if await self.until_delivered(fault, strike.undone_ms):
            say(f"{fault.name}: undone; all have messages again {now_ms() - strike.undone_ms} ms later")
        if fault.loses_data:
            await self.look_for_warnings(fault, logs)

    async def until_delivered(self, fault, ts):
        try:
            await asyncio.wait_for(self.crowd.until_delivered(ts), DELIVERED_S)
            return True
        except asyncio.TimeoutError:
            self.record.amiss.append(f"after {DELIVERED_S} s still somebody without messages [{fault.name}]")
            return False

    def look_for_refusals(self):
        """Not one, if no fault of this run gives a reason; nor where none strikes."""
        record, reason = self.record, any(FAULTS[name].refuses for name in self.names)
        record.amiss += [
            f"{sent.info[:40]} in {sent.room} was refused without a reason [{record.fault_at(sent.sent_ms)}]"
            for sent in record.sent if sent.outcome is Outcome.REFUSED
            and not (reason and record.is_concerned(sent.room, sent.sent_ms, sent.answered_ms))]

    def look_for_silence(self):
        """What a fault does not concern has to go on."""
        record = self.record
        record.amiss += [f"heard nothing for {ms} ms, though it did not concern them: {record.others[name]} [{name}]"
                         for name, ms in record.others_ms.items() if ms > OTHERS_MS]

    async def look_for_warnings(self, fault, logs):
        """A daemon says so when Redis has lost its data."""
        for host, position in logs.items():
            try:
                await in_thread(eventually, lambda: LOST_DATA.search(
                    self.scene.logged_since(host, position)))
            except AssertionError:
                self.record.amiss.append(
                    f"{host.folder.name} did not log that Redis came back without its data [{fault.name}]")


def complaints(record, findings):
    """What must not be."""
    return [f"{finding.kind.value}: {finding.text} [{record.fault_at(finding.at_ms)}]"
            for finding in findings if finding.kind is not Kind.GONE] + record.amiss

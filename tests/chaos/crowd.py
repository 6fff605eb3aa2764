"""crowd - all writers and readers of a run, in a busy room and in a quiet one."""
import asyncio
import contextlib
import random

from readers import LateReader, Reader, RestlessReader, SlowReader
from writers import Marker, Writer

MARK_S = 30   # longest time until all have seen the last message


class Crowd:
    def __init__(self, record, hosts, seed, seconds):
        self.record = record
        self.over = asyncio.Event()
        self.writers, self.readers, self.markers = [], [], []
        self._hosts = hosts
        self._seed = seed
        self._seconds = seconds
        self._tasks, self._writing = [], []
        for n in range(10):
            self._writer("busy", f"w{n}", n, pause_s=0.06)
        self._writer("busy", "pile", 0, burst=8, pause_s=0.5)
        self._writer("busy", "fat", 1, padding=4000, pause_s=0.25)
        self._writer("quiet", "rare", 0, pause_s=1.5)
        self._writer("quiet", "rarer", 1, pause_s=4)
        self.loud = Writer(record, "busy", "loud", self._addresses(0), burst=8, padding=15000)
        for room, counts in (("busy", (10, 8, 8, 6)), ("quiet", (4, 2, 2, 0))):
            for kind, count in zip((Reader, LateReader, RestlessReader, SlowReader), counts):
                self._read(room, kind, count)
            self.markers.append(Marker(record, room, "mark", self._addresses(0)))

    def _addresses(self, n, both=False):
        """The host, by the web server or straight; the other one behind it for who moves."""
        ways = [(host, way) for way in (None, "push") for host in self._hosts]
        ways = [(host, way and host.push) for host, way in ways]
        first = ways[n % len(ways)]
        return [first] + [way for way in ways if way is not first] if both else [first]

    def _writer(self, room, name, n, **options):
        self.writers.append(Writer(self.record, room, name, self._addresses(n), **options))

    def _read(self, room, kind, count):
        for n in range(count):
            name = f"{kind.__name__}{n}"
            rng = random.Random(f"{self._seed} {room} {name}")
            more = {"latest_s": self._seconds * 0.9} if kind is LateReader else {}
            addresses = self._addresses(n, both=kind is RestlessReader)
            reader = kind(self.record, room, name, addresses, rng, self.over, **more)
            reader.steady = kind is Reader and room == "busy"
            self.readers.append(reader)

    @property
    def seats(self):
        return self.readers + self.writers + self.markers + [self.loud]

    @property
    def steady(self):
        return [reader for reader in self.readers if reader.steady]

    # ---- its life ----

    async def start(self):
        self._tasks = [asyncio.create_task(seat.run()) for seat in self.seats]
        self._writing = [asyncio.create_task(writer.write(self.over)) for writer in self.writers]
        await self.until_delivered(1)

    async def until_delivered(self, ts):
        """All who are there all the time have seen a message from then on."""
        await asyncio.gather(*(reader.until_ts(ts) for reader in self.steady))

    async def calm_down(self):
        """The writers end, then a last message ends every view. Returns who did not get it."""
        self.over.set()
        await asyncio.wait_for(asyncio.gather(*self._writing), MARK_S)
        marks = await asyncio.wait_for(asyncio.gather(*(marker.mark() for marker in self.markers)), MARK_S)
        last = {marker.room: ts for marker, ts in zip(self.markers, marks)}
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(seat.until_ts(last[seat.room]) for seat in self.seats)), MARK_S)
        for seat in self.seats:
            if seat.session:
                seat.session.complete = True
        return [seat.name for seat in self.seats if seat.newest_ts < last[seat.room]]

    async def stop(self):
        for task in self._tasks + self._writing:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._writing, return_exceptions=True)
        for task in self._tasks:
            if task.done() and not task.cancelled() and task.exception():
                raise task.exception()

"""crowd - all writers and readers of a run, in a busy room and in a quiet one."""
import asyncio
import random

from readers import LateReader, Reader, RestlessReader, SlowReader
from v2_seats import V2Marker, V2Seat, V2Writer
from writers import Marker, Writer

CALM_S = 30   # longest time until the writers are told, and all have seen the last message


class Crowd:
    def __init__(self, record, scene, seed, seconds):
        self.record = record
        self.over = asyncio.Event()
        self.writers, self.readers, self.markers = [], [], []
        self._hosts = scene.hosts
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
        self.v2 = []
        self._v2()
        for n, room in enumerate(scene.other_rooms):
            self._writer(room, "steady", n, pause_s=0.06)
            self._read(room, Reader, 4)
            self.markers.append(Marker(record, room, "mark", self._addresses(n)))
        for reader in self.readers:
            reader.steady = type(reader) is Reader and reader.room != "quiet"

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
            self.readers.append(reader)

    def _v2(self):
        """Clients of fastim.v2 beside the others; and in a room of their own, in which they take
        messages back."""
        for room, readers, writers in (("busy", 4, 3), ("quiet", 2, 1), ("torn", 3, 3)):
            for n in range(readers):
                self._v2_seat(V2Seat, room, f"v2r{n}", n)
            for n in range(writers):
                options = {"burst": 8, "pause_s": 0.3, "recalls": True} if room == "torn" else {}
                self.writers.append(self._v2_seat(V2Writer, room, f"v2w{n}", n, **options))
        self.markers.append(self._v2_seat(V2Marker, "torn", "mark", 0))

    def _v2_seat(self, kind, room, name, n, **options):
        rng = random.Random(f"{self._seed} {room} {name}")
        # While there are two masters, the order of one who writes to both is nowhere.
        moves = kind is V2Seat or not (self.record.forked or self.record.sharded)
        addresses = self._addresses(n, both=moves)
        seat = kind(self.record, room, name, addresses, rng, self.over, **options)
        if kind is V2Seat:
            self.v2.append(seat)
        return seat

    @property
    def seats(self):
        return self.readers + self.v2 + self.writers + self.markers + [self.loud]

    @property
    def steady(self):
        return [reader for reader in self.readers if reader.steady]

    # ---- its life ----

    async def start(self):
        self._tasks = [asyncio.create_task(seat.run()) for seat in self.seats]
        self._writing = [asyncio.create_task(writer.write(self.over)) for writer in self.writers]
        await self.until_delivered(1)

    async def until_delivered(self, ts):
        """All who are there all the time have seen a message from then on. Redis' clock may have been
        ahead: so it is also newer than all that anybody has seen by now."""
        ts = max([ts] + [reader.newest_ts + 1 for reader in self.steady])
        await asyncio.gather(*(reader.until_ts(ts) for reader in self.steady))

    async def calm_down(self):
        """The writers end, then a last message ends every view."""
        self.over.set()
        await self._in_time("not told what became of a message",
                            {writer.name: task for writer, task in zip(self.writers, self._writing)})
        marking = {marker.room: asyncio.create_task(marker.mark()) for marker in self.markers}
        await self._in_time("no last message could be stored in", marking)
        last = {room: 0 if task.cancelled() else task.result() for room, task in marking.items()}
        waiting = {f"{seat.name} in {seat.room}": asyncio.create_task(seat.until_ts(last[seat.room]))
                   for seat in self.seats}
        await self._in_time("without the last message:", waiting)
        for seat in self.seats:
            if seat.session:
                seat.session.complete = True

    async def _in_time(self, what, tasks):
        """Waits for them, not too long; those that are not done by then are told by name."""
        await asyncio.wait(tasks.values(), timeout=CALM_S)
        self.record.amiss += [f"{what} {name}" for name, task in tasks.items() if not task.done()]
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def stop(self):
        """Raises what ended a seat, should one have ended."""
        for task in self._tasks + self._writing:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._writing, return_exceptions=True)
        for task in self._tasks:
            if task.done() and not task.cancelled() and task.exception():
                raise task.exception()

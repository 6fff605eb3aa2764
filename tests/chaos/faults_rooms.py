"""faults_rooms - who comes and goes in a room at a bad moment: while its daemon catches up with the list."""
import asyncio
import contextlib
import random
import time

import websockets

from faults import fault
from seats import Seat
from writers import Writer

ROOM = "lone"
JOIN_S = 15          # longest wait for a first frame
HEAR_S = 0.3         # so long they listen, once all are in
LATEST_S = 0.7       # after the cut: joins and the leave; the catch-up takes less
DELAYS_S = (0.01, 0.1)


class Guest(Seat):
    """Comes once, listens, goes."""

    async def come(self):
        """True once it has its first frame."""
        end = time.monotonic() + JOIN_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError, AssertionError, asyncio.TimeoutError,
                                     websockets.ConnectionClosed, websockets.InvalidHandshake,
                                     websockets.InvalidMessage):
                await self._connect()
                self._listening = asyncio.create_task(self._listen())
                return True
            await asyncio.sleep(0.05)
        return False

    async def _listen(self):
        with contextlib.suppress(websockets.ConnectionClosed):
            await self.read()

    async def go(self):
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self.leave()


class Lone:
    """A room with one member at the first host; the other host's writer does not stop."""

    def __init__(self, scene, blow):
        self.scene, self.blow = scene, blow
        self.rng = random.Random(blow.pick)
        self.name = f"strike{len(blow.record.strikes)}"
        self.number = 0
        self.member = None
        first, second = scene.hosts
        self.here = [(first, first.push)]
        self.over = asyncio.Event()
        self.writer = Writer(blow.record, ROOM, f"solo-{self.name}", [(second, second.push)],
                             pause_s=0.005)

    async def __aenter__(self):
        self.running = asyncio.create_task(self.writer.run())
        self.writing = asyncio.create_task(self.writer.write(self.over))
        self.member = await self.guest(0)
        return self

    async def __aexit__(self, *_exc):
        self.scene.line.delay_s = 0
        self.over.set()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.writing, 10)
        if self.member:
            await self.member.go()
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)

    async def guest(self, after_s):
        """Comes so much later; None if it cannot."""
        self.number += 1
        guest = Guest(self.blow.record, ROOM, f"{self.name}-guest{self.number}", self.here)
        await asyncio.sleep(after_s)
        if await guest.come():
            return guest
        self.blow.record.amiss.append(f"{guest.name} had no first frame in {JOIN_S} s")
        return None

    async def leave_after(self, member, after_s):
        await asyncio.sleep(after_s)
        if member:
            await member.go()

    async def round(self):
        """The subscriptions end; while the room is caught up with, its member goes and others come."""
        at = [self.rng.uniform(0, LATEST_S) for _ in range(4)]
        self.scene.line.delay_s = self.rng.uniform(*DELAYS_S)
        self.scene.redis.client.client_kill_filter(_type="pubsub", skipme=True)
        _, *guests = await asyncio.gather(self.leave_after(self.member, at[0]),
                                          *(self.guest(when) for when in at[1:]))
        self.scene.line.delay_s = 0
        await asyncio.sleep(HEAR_S)
        self.member, *others = [guest for guest in guests if guest] or [None]
        for guest in others:
            await guest.go()


@fault("leave-during-catchup",
       "the last member of a room leaves while others wait, as the host catches up", 3, 8, refuses=False)
async def leave_during_catchup(scene, blow):
    end = time.monotonic() + blow.seconds
    async with Lone(scene, blow) as lone:
        while time.monotonic() < end:
            await lone.round()

"""writers - those who number their messages, and remember what they were told of each."""
import asyncio
import contextlib

import websockets

from record import Outcome, Sent, now_ms
from seats import Seat


class Writer(Seat):
    """Sends bursts of so many messages, each burst once the one before it is answered; pads their texts."""

    def __init__(self, record, room, name, addresses, burst=1, padding=0, pause_s=0.08):
        super().__init__(record, room, name, addresses)
        self.burst = burst
        self.padding = "x" * padding
        self.pause_s = pause_s
        self.number = 0
        self._own = f'{{"groupId":"{room}","userId":"{name}",'
        self._pending = {}        # info: Sent
        self._refusals = []       # when a 503 came
        self._joined = asyncio.Event()
        self._answered = asyncio.Event()

    async def write(self, over):
        """Until over is set."""
        while not over.is_set():
            await self.write_once()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(over.wait(), self.pause_s)

    async def write_once(self):
        """One burst, until all of it is answered or the connection is gone; returns what was sent."""
        await self._joined.wait()
        self._answered.clear()
        self._refusals.clear()
        burst = [Sent(self.room, self.name, f"{self.name}:{self.number + n}:{self.padding}", now_ms())
                 for n in range(self.burst)]
        self.number += self.burst
        self._pending = {sent.info: sent for sent in burst}
        self.record.sent += burst
        with contextlib.suppress(websockets.ConnectionClosed):
            for sent in burst:
                sent.sent_ms = now_ms()
                await self.chat.ws.send(sent.info)
            await self._answered.wait()
        self._pending = {}
        return burst

    def on_messages(self, texts):
        super().on_messages(texts)
        for text in texts:
            if self._pending and text.startswith(self._own):
                self._settle(self.record.message(text).info)

    def _settle(self, info):
        sent = self._pending.pop(info, None)
        if sent:
            sent.answer(Outcome.STORED, now_ms())
            self._look_whether_done()

    def on_answer(self, frame):
        if frame != "503":
            super().on_answer(frame)
            return
        if not self._pending:
            self.record.amiss.append(f"{self.name}: a 503 to nothing that is open, at {now_ms()}")
        self._refusals.append(now_ms())
        self._look_whether_done()

    def _look_whether_done(self):
        """As many 503 as messages that have not come back: it is these that were refused."""
        if len(self._refusals) >= len(self._pending):
            for sent, at_ms in zip(self._pending.values(), self._refusals):
                sent.answer(Outcome.REFUSED, at_ms)
            self._pending = {}
            self._answered.set()

    def on_joined(self):
        self._joined.set()

    def on_closed(self, closed):
        super().on_closed(closed)
        self._joined.clear()
        self._answered.set()  # what is left stays open


class Marker(Writer):
    """Its last message ends every view."""

    async def mark(self):
        """Returns the ts of a message that was stored."""
        while True:
            sent, = await self.write_once()
            if sent.outcome is Outcome.STORED:
                return self.newest_ts
            await asyncio.sleep(0.05)

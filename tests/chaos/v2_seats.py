"""v2_seats - places of fastim.v2: they are cut at random, resume, and send again what has no
answer."""
import asyncio
import contextlib

import websockets

from record import Outcome, Sent, View, now_ms
from v2 import V2, fresh_id
from v2_frames import WrongFrame, parse
from v2_model import Model

RETRY_S = 0.1
STAY_S = (0.3, 5)       # so long a connection lasts, until all has to calm down
LATELY = 20             # of so many of its own messages one is taken back
AWAY = (404, 503)       # what a recall may be answered while Redis goes and comes


class V2Seat:
    """addresses: (host, which of its addresses) to connect to, one after the other."""

    steady = False

    def __init__(self, record, room, name, addresses, rng, over):
        self.record, self.room, self.name = record, room, name
        self.addresses = list(addresses)
        self.rng, self.over = rng, over
        self.model = Model()
        self.client = None
        self.session = self.view = View(room, name)
        self.newest_ts = 0
        self._in = asyncio.Event()      # `welcome` has come
        self._goal_ts = 0
        self._reached = asyncio.Event()
        record.views.append(self.view)

    # ---- its life ----

    async def run(self):
        """Until cancelled."""
        try:
            while True:
                self._in.clear()
                try:
                    await self._connect()
                    await self._stay()
                except websockets.ConnectionClosed as closed:
                    self.record.note_closed(f"v2 {closed.code}")
                except (OSError, asyncio.TimeoutError, websockets.InvalidHandshake,
                        websockets.InvalidMessage):
                    pass
                except WrongFrame as wrong:
                    self.record.amiss.append(f"{self.name}: {wrong}")
                    self.client.cut()
                if not self._in.is_set():
                    await asyncio.sleep(RETRY_S)
        finally:
            if self.client:
                self.client.cut()

    async def _connect(self):
        self.client = None
        host, at = self.addresses[0]
        self.addresses.append(self.addresses.pop(0))
        self.client = await V2.connect(host.chat_url(self.room, self.name, "-", at), self.model,
                                       self.model.position)
        self.view.resumes.append(None)
        await self.on_connected()

    async def on_connected(self):
        pass

    async def _stay(self):
        """Until the line is cut, or the server ends it."""
        if self.over.is_set():
            await self._read()
        try:
            await asyncio.wait_for(self._read(), self.rng.uniform(*STAY_S))
        except asyncio.TimeoutError:
            self.view.cuts += 1
            self.client.cut()

    async def _read(self):
        while True:
            frame = parse(await self.client.ws.recv())
            await self.take(frame)

    # ---- what comes ----

    async def take(self, frame):
        kind, model = frame["type"], self.model
        shown = len(model.messages)
        model.take(frame)
        self.record.amiss += [f"{self.name}: {what}" for what in model.amiss]
        model.amiss.clear()
        if kind == "welcome":
            self.view.resumes[-1] = frame["recovered"]
            self._in.set()
        elif kind == "list":
            self.view.before, self.view.lists = model.before, model.lists
            self.view.listed = len(self.view.resumes)
            self.view.shown = [(self.record.intern(text), len(self.view.resumes))
                               for text in model.shown]
        elif kind == "message" and len(model.messages) > shown:
            self.view.shown.append((self.record.intern(model.shown_text(-1)),
                                    len(self.view.resumes)))
        elif kind == "recall":
            kept = set(model.shown)
            self.view.shown = [pair for pair in self.view.shown if pair[0] in kept]
            self.record.recalled.add((self.room, frame["userId"], frame["ts"]))
        elif kind == "error":
            await self.on_error(frame)
        elif kind == "ack":
            self.on_ack(frame)
        self._look_whether_reached()

    def _look_whether_reached(self):
        if self.model.messages:
            self.newest_ts = max(self.newest_ts, self.model.messages[-1]["ts"])
        if self._goal_ts and self.newest_ts >= self._goal_ts:
            self._reached.set()

    async def on_error(self, frame):
        if frame["code"] != 503:
            self.record.amiss.append(f"{self.name}: {frame}")

    def on_ack(self, frame):
        self.record.amiss.append(f"{self.name}: an ack to nothing: {frame}")

    async def until_ts(self, ts):
        """It has seen a message that was stored at ts or later."""
        self._goal_ts = ts
        self._reached.clear()
        if self.newest_ts < ts:
            await self._reached.wait()


class V2Writer(V2Seat):
    """Sends bursts of so many messages, each burst once the one before it is answered."""

    def __init__(self, *args, burst=1, pause_s=0.1, recalls=False):
        super().__init__(*args)
        self.burst, self.pause_s, self.recalls = burst, pause_s, recalls
        self.number = 0
        self._pending = {}       # id: Sent
        self._lost = set()       # ids of which an attempt was lost, without an answer
        self._all_answered = asyncio.Event()

    async def write(self, over):
        """Until over is set."""
        while not over.is_set():
            await self.write_once()
            if self.recalls and self.rng.random() < 0.3:
                await self._recall()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(over.wait(), self.pause_s)

    async def write_once(self):
        """One burst, until all of it is answered, over as many connections as it takes."""
        await self._in.wait()
        burst = [Sent(self.room, self.name, self._text(n), now_ms(), by_ack=True)
                 for n in range(self.burst)]
        self.number += self.burst
        self.record.sent += burst
        self._all_answered.clear()
        ids = [fresh_id() for _ in burst]
        self._pending = dict(zip(ids, burst))
        for its_id in ids:
            await self._put(its_id)
        await self._all_answered.wait()
        return burst

    def _text(self, n):
        """Those of a burst may change places, if one of them is refused by one host and sent again
        to another."""
        number = self.number + n
        return f"{self.name}:{number}:" if self.burst == 1 else f"{self.name}.{number}:0"

    async def _put(self, its_id):
        with contextlib.suppress(websockets.ConnectionClosed):
            await self.client.put(self._pending[its_id].info, its_id)

    async def on_connected(self):
        for its_id in list(self._pending):
            self._lost.add(its_id)
            await self._put(its_id)

    def on_ack(self, frame):
        sent = self._pending.pop(frame["id"], None)
        if not sent:
            self.record.amiss.append(f"{self.name}: an ack to nothing that is open: {frame}")
            return
        sent.ts = frame["ts"]
        self._answer(frame["id"], sent, Outcome.STORED)

    async def on_error(self, frame):
        if "id" not in frame:
            if frame["code"] not in AWAY and frame["reason"] != "age":  # of a recall, after a step of the clock
                self.record.amiss.append(f"{self.name}: {frame}")
        elif frame["code"] != 503 or frame["id"] not in self._pending:
            self.record.amiss.append(f"{self.name}: {frame}")
        elif frame["id"] in self._lost:  # of that attempt it is known now, not of the one before
            await asyncio.sleep(RETRY_S)
            await self._put(frame["id"])
        else:
            self._answer(frame["id"], self._pending.pop(frame["id"]), Outcome.REFUSED)

    def _answer(self, its_id, sent, outcome):
        sent.answer(outcome, now_ms())
        self._lost.discard(its_id)
        if not self._pending:
            self._all_answered.set()

    async def _recall(self):
        own = [message
               for message in self.model.messages[-LATELY:] if message["userId"] == self.name]
        if own and self._in.is_set():
            ts = self.rng.choice(own)["ts"]
            self.record.recalled.add((self.room, self.name, ts))
            with contextlib.suppress(websockets.ConnectionClosed):
                await self.client.write("recall", ts=ts)


class V2Marker(V2Writer):
    """Its last message ends every view."""

    async def mark(self):
        """Returns the ts of a message that was stored."""
        while True:
            sent, = await self.write_once()
            if sent.outcome is Outcome.STORED:
                return sent.ts
            await asyncio.sleep(0.05)

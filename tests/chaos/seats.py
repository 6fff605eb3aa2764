"""seats - a place in a room that connects, sees all that comes, and comes back when its connection ends."""
import asyncio
import socket

import websockets

from client import Chat
from record import Session, now_ms

RETRY_S = 0.1
TS_DIGITS = slice(-14, -1)  # of a message's text: …,"ts":1700000000000}


class Seat:
    """addresses: (host, which of its addresses) to connect to, one after the other. steady: it is there all the
    time, in a room where there is always something to hear, so its silences count."""

    def __init__(self, record, room, name, addresses):
        self.record = record
        self.room = room
        self.name = name
        self.addresses = list(addresses)
        self.steady = False
        self.chat = None
        self.session = None
        self.newest_ts = 0
        self.heard_ms = 0
        self._goal_ts = 0
        self._reached = asyncio.Event()

    # ---- its life ----

    async def run(self):
        """Until cancelled."""
        try:
            while True:
                try:
                    await self._connect()
                    await self.read()
                except websockets.ConnectionClosed as closed:
                    self.on_closed(closed)
                except (OSError, AssertionError, asyncio.TimeoutError,
                        websockets.InvalidHandshake, websockets.InvalidMessage):
                    pass
                if not self.chat:  # no first frame: Redis or the host is away
                    await asyncio.sleep(RETRY_S)
        finally:
            if self.chat:
                self.chat.ws.fail_connection()

    async def _connect(self):
        self.chat = None
        host, at = self.addresses[0]
        self.addresses.append(self.addresses.pop(0))
        chat = await Chat.join(host.chat_url(self.room, self.name, at=at), **self.socket_options(at or host.host))
        view = [self.record.intern(text) for text in chat.view]
        self.session = Session(self.room, self.name, chat.first["total"], len(view), view, now_ms())
        self.record.sessions.append(self.session)
        self.chat = chat
        if view:
            self.on_messages(view)
        self.on_joined()

    def socket_options(self, _address):
        return {}

    async def read(self):
        while True:
            self.take(await self.chat.ws.recv())

    async def leave(self):
        chat, self.chat = self.chat, None
        await chat.ws.close()

    # ---- what comes ----

    def take(self, frame):
        if frame.startswith('{"groupId":'):
            text = self.record.intern(frame)
            self.session.view.append(text)
            self.on_messages([text])
        else:
            self.on_answer(frame)

    def on_messages(self, texts):
        now = now_ms()
        if self.steady and self.heard_ms:
            self.record.note_silence(self.name, self.room, self.heard_ms, now)
        self.heard_ms = now
        self.newest_ts = int(texts[-1][TS_DIGITS])
        if self._goal_ts and self.newest_ts >= self._goal_ts:
            self._reached.set()

    def on_answer(self, frame):
        self.record.amiss.append(f"{self.name}: a frame that is no message: {frame[:80]}")

    def on_joined(self):
        pass

    def on_closed(self, closed):
        if self.chat:
            self.record.note_closed(str(closed.code))
        self.chat = None

    async def until_ts(self, ts):
        """It has seen a message that was stored at ts or later."""
        self._goal_ts = ts
        self._reached.clear()
        if self.newest_ts < ts:
            await self._reached.wait()


def narrow_socket(address):
    """A connection whose receive buffer is soon full."""
    host, port = address.split(":")
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect((host, int(port)))
    narrow.setblocking(False)
    return narrow

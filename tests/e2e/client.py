"""client.py - WebSocket clients that keep every frame in the order in which it came."""
import asyncio
import contextlib
import contextvars
import json
import urllib.parse

import websockets

PATIENCE = 8  # seconds until a frame that does not come fails the test

# The clients of the test that runs; of no test, where a thread has its own.
_open = contextvars.ContextVar("open clients", default=None)


def encode(segment):
    """As encodeURIComponent does."""
    return urllib.parse.quote(segment, safe="!'()*~")


@contextlib.asynccontextmanager
async def clients_of_a_test():
    """All that are opened within leave at its end."""
    clients = []
    _open.set(clients)
    try:
        yield
    finally:
        await asyncio.gather(*(client.leave() for client in list(clients)), return_exceptions=True)


async def handshake_status(url, **options):
    """The HTTP status with which the server refuses the handshake; 101 where it does not."""
    try:
        async with websockets.connect(url, **options):
            return 101
    except websockets.InvalidStatusCode as refused:
        return refused.status_code


class Client:
    """One WebSocket. Frames are taken one by one, with text() or json()."""

    @classmethod
    async def open(cls, url, **options):
        settings = {"ping_interval": None, "max_size": None, "max_queue": None, "close_timeout": 1,
                    "open_timeout": PATIENCE, "compression": None}
        self = cls()
        self.ws = await websockets.connect(url, **{**settings, **options})
        if _open.get() is not None:
            _open.get().append(self)
        return self

    async def text(self, timeout=PATIENCE):
        """The next frame."""
        frame = await asyncio.wait_for(self.ws.recv(), timeout)
        assert isinstance(frame, str), f"a binary frame: {frame!r}"
        return frame

    async def json(self, timeout=PATIENCE):
        return json.loads(await self.text(timeout))

    async def send(self, text):
        await self.ws.send(text)

    async def send_frame(self, opcode, payload, last=True):
        """One frame as it is, masked and no more: also such as no honest client sends."""
        await self.ws.write_frame(last, opcode, payload)

    async def close_code(self, timeout=PATIENCE):
        """Waits for the server's close; no frame may come before it."""
        try:
            frame = await asyncio.wait_for(self.ws.recv(), timeout)
        except websockets.ConnectionClosed:
            return self.ws.close_code
        raise AssertionError(f"a frame where the close was due: {frame!r}")

    async def leave(self):
        if self in (_open.get() or []):
            _open.get().remove(self)
        await self.ws.close()


class Chat(Client):
    """A client of /group/chat: .first is the first frame, .view all messages that it has seen, as texts."""

    @classmethod
    async def join(cls, url, **options):
        self = await cls.open(url, **options)
        self.first_text = await self.text()
        assert self.first_text.startswith('{"list":['), f"no first frame: {self.first_text!r}"
        self.first = json.loads(self.first_text)
        assert list(self.first) == ["list", "total"], self.first_text
        self.view = [compact(message) for message in self.first["list"]]
        return self

    async def message_text(self, timeout=PATIENCE):
        """The next message, as it came."""
        frame = await self.text(timeout)
        assert frame.startswith('{"groupId":'), f"no message: {frame!r}"
        self.view.append(frame)
        return frame

    async def message(self, timeout=PATIENCE):
        return json.loads(await self.message_text(timeout))

    async def info(self, timeout=PATIENCE):
        """The text of the next message."""
        return (await self.message(timeout))["info"]

    async def say(self, text):
        """Sends a message and waits until it comes back; nothing else may come before it."""
        await self.send(text)
        message = await self.message()
        assert message["info"] == text, f"{message} where {text!r} was due"
        return message

    async def until(self, text, timeout=30):
        """Takes messages up to and with the one of this text."""
        end = asyncio.get_running_loop().time() + timeout
        while True:
            if await self.info(end - asyncio.get_running_loop().time()) == text:
                return


def compact(message):
    """A message in the form of protocol.md, to the byte."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))

"""rfc6455.py - WebSocket frames byte by byte: made as one likes, right or wrong, and read as they come."""
import asyncio
import base64
import contextlib
import os
import socket
import struct

from client import PATIENCE

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GONE = "gone"  # the end of the connection, as an event


def frame(opcode, payload=b"", fin=True, rsv=0, masked=True, length=None, width=None):
    """A client's frame. length: what its head says, width: in so many bits (7, 16, 64), whatever is due."""
    payload = payload.encode() if isinstance(payload, str) else payload
    length = len(payload) if length is None else length
    width = width or (7 if length < 126 else 16 if length < 65536 else 64)
    head = bytes([fin << 7 | rsv << 4 | opcode])
    marks = {7: length, 16: 126, 64: 127}
    head += bytes([masked << 7 | marks[width]])
    head += {7: b"", 16: struct.pack(">H", length & 0xFFFF), 64: struct.pack(">Q", length)}[width]
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


def text(payload, **options):
    return frame(TEXT, payload, **options)


def pieces(*payloads, opcode=TEXT):
    """A message in fragments."""
    last = len(payloads) - 1
    return b"".join(frame(CONT if i else opcode, payload, fin=i == last) for i, payload in enumerate(payloads))


def close(code=None, reason=b"", **options):
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason, **options)


def handshake(path, host, drop=(), method="GET", http="HTTP/1.1", **headers):
    """The bytes of an opening handshake; `drop` names headers that are not there, others may be given."""
    fields = {"Host": host, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
              "Sec-WebSocket-Version": "13"}
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    lines = [f"{method} {path} {http}"] + [f"{k}: {v}" for k, v in fields.items() if k not in drop]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def key():
    return base64.b64encode(os.urandom(16)).decode()


class Raw:
    """A connection on which nothing is done by itself: no pong, no close."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.head = ""

    @classmethod
    async def connect(cls, host):
        address, port = host.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(address, int(port))
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(reader, writer)

    @classmethod
    async def open(cls, host, path):
        """After a handshake that must succeed."""
        self = await cls.connect(host)
        self.send(handshake(path, host))
        assert await self.status() == 101, self.head
        return self

    def send(self, data):
        self.writer.write(data)

    async def trickle(self, data):
        """Each byte by itself, as far as TCP lets one."""
        for byte in data:
            self.send(bytes([byte]))
            await self.writer.drain()
            await asyncio.sleep(0)

    async def status(self):
        """Of the answer to a handshake; its head is kept. 0: there was none."""
        try:
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0
        self.head = head.decode("latin-1")
        return int(self.head.split()[1])

    async def _frame(self):
        first, second = await self.reader.readexactly(2)
        assert first & 0x70 == 0 and second < 128, f"a frame of a server: {first:#x} {second:#x}"
        length = second
        if length >= 126:
            width = 2 if length == 126 else 8
            length = int.from_bytes(await self.reader.readexactly(width), "big")
            assert length > (125 if width == 2 else 65535), "not the shortest form"
        payload = await self.reader.readexactly(length)
        assert first & 0x80 or first & 15 < 8, "a control frame in fragments"
        return first & 15, payload

    async def event(self):
        """The next frame, as (opcode, payload); GONE at the end."""
        try:
            return await asyncio.wait_for(self._frame(), PATIENCE)
        except (asyncio.IncompleteReadError, ConnectionError):
            return GONE

    async def leave(self):
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

"""frames.py - WebSocket frames byte by byte (RFC 6455, section 5), also such as no client may send."""
import base64
import os
import socket
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x11\x22\x33\x44"


def masked(payload):
    return bytes(byte ^ MASK[i % 4] for i, byte in enumerate(payload))


def frame(opcode, payload=b"", fin=True, rsv=0, mask=True, length_bytes=None):
    """length_bytes: 1, 3 or 9, where it is not to be the shortest that does."""
    size = len(payload)
    if length_bytes is None:
        length_bytes = 1 if size < 126 else 3 if size < 65536 else 9
    bit = 0x80 if mask else 0
    length = {1: lambda: bytes([bit | size]), 3: lambda: bytes([bit | 126]) + struct.pack(">H", size),
              9: lambda: bytes([bit | 127]) + struct.pack(">Q", size)}[length_bytes]()
    return (bytes([(0x80 if fin else 0) | rsv << 4 | opcode]) + length + (MASK if mask else b"")
            + (masked(payload) if mask else payload))


def close(code=None, reason=b""):
    return frame(CLOSE, (b"" if code is None else struct.pack(">H", code)) + reason)


class RawClient:
    """A connection after its handshake."""

    def __init__(self, at, path):
        host, port = at.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=8)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: {at}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.stream = self.socket.makefile("rb")
        status = self.stream.readline()
        assert b" 101 " in status, status
        while self.stream.readline() not in (b"\r\n", b""):
            pass

    def send(self, data):
        """What the other end has closed already takes no more: that is for next() to tell."""
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def next(self):
        """(opcode, payload) of the next frame; None: the connection is at its end."""
        try:
            head = self.stream.read(2)
            if len(head) < 2:
                return None
            assert head[0] & 0x80 and not head[0] & 0x70 and not head[1] & 0x80, f"no frame of a server: {head!r}"
            size = head[1] & 0x7f
            if size > 125:
                size = int.from_bytes(self.stream.read(2 if size == 126 else 8), "big")
            return head[0] & 0x0f, self.stream.read(size)
        except ConnectionError:
            return None

    def leave(self):
        self.stream.close()
        self.socket.close()

"""crowd.py - thousands of WebSocket clients, each a plain socket: what they read is looked at by nobody."""
import base64
import os
import selectors
import socket
import struct


def request(path):
    key = base64.b64encode(os.urandom(16)).decode()
    return (f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode()


CLOSE_FRAME = b"\x88\x82\0\0\0\0" + struct.pack(">H", 1000)


def enter(port, group, user, receive_buffer=None):
    """A client that has had its first bytes, of the handshake."""
    client = socket.socket()
    if receive_buffer is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(10)
    client.connect(("127.0.0.1", port))
    client.sendall(request(f"/group/chat/{group}/{user}/xxx"))
    head = client.recv(4096)
    assert head.startswith(b"HTTP/1.1 101"), head
    return client


def leave(client, how):
    """`close`: as a browser does; `fin`: the socket alone; `reset`: at once, as a phone that is gone."""
    if how == "close":
        client.sendall(CLOSE_FRAME)
    elif how == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class Closes:
    """Reads many clients to their end, and keeps the code of each one's close frame."""

    def __init__(self, clients):
        self.codes = {}
        self._selector = selectors.DefaultSelector()
        self._tails = {}
        for client in clients:
            client.setblocking(False)
            self._selector.register(client, selectors.EVENT_READ)
            self._tails[client] = b""

    def read(self, seconds):
        """Until nobody is left, or so many seconds nothing came."""
        while self._tails and (ready := self._selector.select(seconds)):
            for key, _ in ready:
                self._read_one(key.fileobj)

    def _read_one(self, client):
        try:
            data = client.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._tails[client] = (self._tails[client] + data)[-200:]
            return
        tail = self._tails.pop(client)
        self._selector.unregister(client)
        at = tail.rfind(b"\x88")
        whole = at >= 0 and len(tail) == at + 2 + tail[at + 1]
        self.codes[client] = struct.unpack(">H", tail[at + 2:at + 4])[0] if whole else None
        client.close()

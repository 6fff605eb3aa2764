"""sockets.py - subscribers and WebSocket clients as plain sockets, and a process of many that judges what they read."""
import hashlib
import multiprocessing
import selectors
import socket

from crowd import request
from meter import LOAD_CORE, run_on
from rfc6455 import TEXT, frame

PATIENCE_S = 60


def words(*parts):
    """A command, as it goes over the wire."""
    encoded = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in encoded)


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def receive(sock, count):
    """Reads until so many lines of an answer have come."""
    got = b""
    while got.count(b"\r\n") < count:
        got += sock.recv(65536)
    return got


class How:
    """Verbs of one way to publish."""

    def __init__(self, subscribe, publish, message):
        self.subscribe, self.publish, self.message = subscribe, publish, message


CLASSIC = How("SUBSCRIBE", "PUBLISH", "message")
SHARDED = How("SSUBSCRIBE", "SPUBLISH", "smessage")


def subscriber(port, channel, how=SHARDED):
    """What a daemon is to Redis."""
    sock = connect(port)
    sock.sendall(words(how.subscribe, channel))
    receive(sock, 6)
    return sock


# ---- WebSockets ----


def server_frame(payload):
    return frame(TEXT, payload, masked=False)


def client_frame(text):
    return frame(TEXT, text)


class Chat:
    """A client of /group/chat that has had its first frame, and nothing else."""

    def __init__(self, port, group, user):
        self.sock = connect(port)
        self._ahead = b""
        self.sock.sendall(request(f"/group/chat/{group}/{user}/xxx"))
        while b"\r\n\r\n" not in self._ahead:
            self._more()
        head, _, self._ahead = self._ahead.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        self.first = self.frame()
        assert self.first.startswith(b'{"list":[') and not self._ahead, self.first[:200]

    def _more(self):
        got = self.sock.recv(1 << 16)
        assert got, "the connection was closed"
        self._ahead += got

    def _take(self, size):
        while len(self._ahead) < size:
            self._more()
        taken, self._ahead = self._ahead[:size], self._ahead[size:]
        return taken

    def frame(self):
        """The next one's text; it is the server's, so it has no mask."""
        size = self._take(2)[1]
        if size >= 126:
            size = int.from_bytes(self._take(2 if size == 126 else 8))
        return self._take(size)


# ---- who reads and judges ----


def _read(sockets, size):
    """Until each has so many bytes, or nobody gets any; (bytes, digest) of each."""
    chosen = selectors.DefaultSelector()
    got = {sock: [0, hashlib.blake2b()] for sock in sockets}

    def take(sock):
        data = sock.recv(1 << 20)
        got[sock][0] += len(data)
        got[sock][1].update(data)
        if got[sock][0] >= size or not data:
            chosen.unregister(sock)

    for sock in sockets if size else ():
        chosen.register(sock, selectors.EVENT_READ)
    while chosen.get_map() and (ready := chosen.select(PATIENCE_S)):
        for key, _ in ready:
            take(key.fileobj)
    return got


def _serve(pipe, opened):
    run_on(LOAD_CORE)
    sockets = opened()
    pipe.send("there")
    got = _read(sockets, pipe.recv())
    pipe.send("read")
    pipe.recv()  # by now the last message is everywhere: what is still to be read is one too many
    for sock, (_, digest) in got.items():
        sock.setblocking(False)
        try:
            digest.update(sock.recv(1 << 20))
        except BlockingIOError:
            pass
    pipe.send([digest.digest() for _, digest in got.values()])
    pipe.recv()  # the sockets stay until all has been measured


class Readers:
    """A process with sockets: `opened` is called in it and returns them. Returns once they are there."""

    def __init__(self, opened, size=None):
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=_serve, args=(theirs, opened), daemon=True)
        self._process.start()
        theirs.close()
        assert self._pipe.recv() == "there"
        if size is not None:
            self.expect(size)

    def expect(self, size):
        """So many bytes for each."""
        self._pipe.send(size)

    def wait(self):
        """Until each has them."""
        assert self._pipe.recv() == "read"

    def amiss(self, wanted):
        """How many did not get these bytes, and no other ones."""
        self._pipe.send("judge")
        right = hashlib.blake2b(wanted).digest()
        return sum(digest != right for digest in self._pipe.recv())

    def end(self):
        self._pipe.send("end")
        self._process.join()

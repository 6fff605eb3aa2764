"""relay.py - a TCP relay in front of Redis that cuts the line, or keeps an answer back, at a chosen moment."""
import socket
import threading

from ports import free_port


class Relay:
    """Programs connect to .port. cut_at() arms one cut; block() refuses everybody until unblock()."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.port = free_port()
        self.cut = threading.Event()  # an armed cut has happened
        self._lock = threading.Lock()
        self._pairs = set()
        self._subscribed = set()
        self._armed = None
        self._mute = set()
        self._deaf = False
        self._held_back = None
        self._flowing = threading.Event()
        self._listener = None
        self.unblock()

    # ---- what a test does ----

    def cut_at(self, needle, after_reply):
        """The next command that has this text in it is the last of its connection: Redis never gets
        it, or, with after_reply, has carried it out and its reply is lost."""
        self.cut.clear()
        self._armed = (needle.encode(), after_reply)

    def hold_at(self, needle):
        """The answer to the next command that has this text in it, and what comes behind it, waits for release()."""
        self._held_back = needle.encode()
        self._flowing.clear()

    def release(self):
        self._flowing.set()

    def block(self):
        """No connection lives, none is accepted."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which would keep the port
        except OSError:
            pass
        self._listener.close()
        self.cut_all()

    def unblock(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def addresses(self):
        """Its connections as Redis' CLIENT LIST names them."""
        with self._lock:
            return [self._address(redis) for _, redis in self._pairs]

    @staticmethod
    def _address(redis):
        return "%s:%d" % redis.getsockname()

    def mute(self, addresses):
        """What Redis sends over these connections is swallowed."""
        self._mute |= set(addresses)

    def deafen(self):
        """No connection that subscribes lives, until hear()."""
        self._deaf = True
        with self._lock:
            pairs = [pair for pair in self._pairs if pair in self._subscribed]
        for pair in pairs:
            self._end(pair)

    def hear(self):
        self._deaf = False

    def cut_all(self):
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair)

    def stop(self):
        self.release()
        self.block()

    # ---- how it is done ----

    def _accept(self, listener):
        while True:
            try:
                program, _ = listener.accept()
            except OSError:
                return
            try:
                redis = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:
                program.close()
                continue
            pair = (program, redis)
            with self._lock:
                self._pairs.add(pair)
            state = {"swallow": False, "hold": False}
            threading.Thread(target=self._commands, args=(pair, state), daemon=True).start()
            threading.Thread(target=self._replies, args=(pair, state), daemon=True).start()

    def _commands(self, pair, state):
        program, redis = pair
        try:
            while data := program.recv(65536):
                if self._armed and self._armed[0] in data:
                    after_reply, self._armed = self._armed[1], None
                    if not after_reply:
                        self.cut.set()
                        break
                    state["swallow"] = True
                if b"SUBSCRIBE\r\n" in data:
                    with self._lock:
                        self._subscribed.add(pair)
                    if self._deaf:
                        break
                if self._held_back and self._held_back in data:
                    self._held_back, state["hold"] = None, True
                redis.sendall(data)
        except OSError:
            pass
        if not state["swallow"]:
            self._end(pair)

    def _replies(self, pair, state):
        program, redis = pair
        try:
            address = self._address(redis)
            while data := redis.recv(65536):
                if address in self._mute:
                    continue
                if state["swallow"]:
                    self.cut.set()
                    break
                if state["hold"]:
                    self._flowing.wait()
                program.sendall(data)
        except OSError:
            pass
        self._end(pair)

    def _end(self, pair):
        with self._lock:
            self._pairs.discard(pair)
            self._subscribed.discard(pair)
        for end in pair:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

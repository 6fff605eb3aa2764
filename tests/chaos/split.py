"""split - lines between the nodes of a cluster, which can be cut: each node has an address of its own to connect from."""
from redis_cluster import Place
from relay import Relay

FIRST = 1  # 127.0.1.1 is the first node


class SplitLine(Relay):
    """The way to one node, for others."""

    def __init__(self, target_port):
        self._cut_off = frozenset()
        self._spoiled = set()  # connections of which something was swallowed
        super().__init__(target_port)

    def cut_off(self, addresses):
        """What comes from there, or goes there, is swallowed, and nobody is told, until it is called again."""
        self._cut_off = frozenset(addresses)
        with self._lock:
            spoiled, self._spoiled = self._spoiled & self._pairs, set()
        for pair in spoiled:
            self._end(pair)

    def _commands(self, pair, state):
        self._pass_on(pair, *pair)

    def _replies(self, pair, state):
        self._pass_on(pair, *reversed(pair))

    def _pass_on(self, pair, source, target):
        try:
            address = pair[0].getpeername()[0]
            while data := source.recv(65536):
                if address in self._cut_off:
                    with self._lock:
                        self._spoiled.add(pair)
                else:
                    target.sendall(data)
        except OSError:
            pass
        self._end(pair)


class SplitPlace(Place):
    """Where a node is to be: others reach its bus by a line; those of the first node its data as well, its replica too."""

    def __init__(self, number):
        super().__init__(number)
        self.address = f"127.0.1.{FIRST + number}"
        self.bus = SplitLine(self.bus_port)
        self.data = SplitLine(self.port) if number == 0 else None
        self.seen_bus_port = self.bus.port
        self.options += ["--bind-source-addr", self.address, "--protected-mode", "no", "--cluster-announce-ip", "127.0.0.1",
                         "--cluster-announce-bus-port", str(self.bus.port)]
        if self.data:
            self.seen_port = self.data.port
            self.options += ["--cluster-announce-port", str(self.data.port)]

    def end(self):
        self.bus.stop()
        if self.data:
            self.data.stop()


def split(places):
    """The first node from the others. Programs reach all of them."""
    first, *others = places
    rest = {place.address for place in others}
    first.data.cut_off(rest)
    first.bus.cut_off(rest)
    for place in others:
        place.bus.cut_off({first.address})


def heal(places):
    places[0].data.cut_off(())
    for place in places:
        place.bus.cut_off(())

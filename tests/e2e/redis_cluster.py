"""redis_cluster.py - a Redis Cluster of the tests' own, whose slots move and whose nodes die.

    with RedisCluster(folder, replicas=1) as cluster:       # three masters, a replica each
        cluster.seeds                                       # "127.0.0.1:20001 127.0.0.1:20002 …"
        cluster.at("gml:{room}").lrange("gml:{room}", 0, -1)
        cluster.move_slot(key_slot("gml:{room}"), cluster.masters()[1])
"""
import itertools
import math
import time
from concurrent.futures import ThreadPoolExecutor

import redis
from redis.crc import key_slot as redis_key_slot

from ports import free_port
from processes import eventually
from redis_server import RedisServer

SLOTS = 16384
PATIENT_MS = 15000  # node timeout, if no node is to be dead: a busy machine does not let one run for seconds
TRIES = 3  # a port that was free may have been taken since
ANSWER_SECONDS = 10
FAILOVER_SECONDS = 6  # Redis gives up an ordered one after 5

# Redis does not serve as a master before it has run for 2 s. It serves at once if it has become one meanwhile. So each
# master begins as the replica of a node that does not exist and has no address, has its slots, and is taken over from.
NOBODY = "f" * 40

# A node that won an election, and is to win another one within four node timeouts, counts the votes of the first one
# (7.0.15). It is no master for long then; and its master, which has stopped its writers for it, goes on 6 s later.
ELECTION_TIMEOUTS, ELECTION_MIN_SECONDS = 4, 4


def key_slot(key):
    return redis_key_slot(key.encode() if isinstance(key, str) else key)


def node_slots(known):
    """The slots of a row of CLUSTER NODES."""
    return {slot for slots in known["slots"] for slot in range(int(slots[0]), int(slots[-1]) + 1)}


class ClusterNode(RedisServer):
    """One node. Its name in the cluster is .id, and .client is a redis.Redis to it alone."""

    def __init__(self, folder, place, options, password="", appendonly=False):
        self.id, self.bus_port = place.id, place.bus_port
        self.full_coverage = False
        self.frozen = False
        self.elected = -math.inf  # when, on time.monotonic(), as far as the tests know
        self._options = options
        super().__init__(folder, appendonly, password, options, port=place.port)

    def start(self):
        self.options = [*self._options, "--cluster-require-full-coverage", "yes" if self.full_coverage else "no"]
        super().start()

    def connect(self, database=0):
        """A frozen node fails its caller."""
        return redis.Redis(port=self.port, password=self.password or None, socket_timeout=ANSWER_SECONDS)

    @property
    def place(self):
        return f"127.0.0.1:{self.port}"

    @property
    def is_up(self):
        return self.process.popen.poll() is None and not self.frozen

    def freeze(self):
        self.frozen = True
        super().freeze()

    def thaw(self):
        super().thaw()
        self.frozen = False

    def kill(self):
        super().kill()
        self.frozen = False

    def restart(self):
        """With the same ports and what it knew. A master serves 2 s later, unless somebody has its slots by then."""
        if self.process.popen.poll() is None:
            self.kill()
        self.start()

    def cluster(self, *words):
        return self.client.execute_command("CLUSTER " + words[0], *words[1:])

    def nodes(self):
        """What it knows of each node: {id: {"flags", "master_id", "epoch", "slots", "migrations" …}}."""
        return {node["node_id"]: node for node in self.cluster("NODES").values()}

    @property
    def is_master(self):
        return self.client.execute_command("ROLE")[0] == b"master"

    def view(self):
        """What is so for each node as it sees it, {id: (its master, its slots)}; None while it does not serve."""
        if self.cluster("INFO")["cluster_state"] != "ok":
            return None
        return {name: (known["master_id"], node_slots(known)) for name, known in self.nodes().items()}


class Place:
    """Where a node is to be."""

    def __init__(self, number):
        self.id = f"{number + 1:040x}"
        self.port, self.bus_port = free_port(), free_port()
        self.seen_port, self.seen_bus_port = self.port, self.bus_port  # as others are told
        self.options = ["--cluster-port", str(self.bus_port)]

    def end(self):
        """What it has beside the node."""

    def line(self, flags, master="-", epoch=0, slots=""):
        """As a node remembers it in nodes.conf."""
        address = f"127.0.0.1:{self.seen_port}@{self.seen_bus_port}"
        return f"{self.id} {address} {flags} {master} 0 0 {epoch} connected {slots}".rstrip()


class RedisCluster:
    """Returns once each node serves and each replica follows; 0.3 s for six nodes."""

    def __init__(self, folder, masters=3, replicas=0, node_timeout_ms=2000, full_coverage=False, password="",
                 appendonly=False, options=(), place=Place):
        self.folder = folder
        self._place = place
        self.places = []
        self.password = password
        self._masters, self._replicas = masters, replicas
        self._between_elections = max(ELECTION_TIMEOUTS * node_timeout_ms / 1000, ELECTION_MIN_SECONDS)  # of one node
        self._options = ["--cluster-enabled", "yes", "--cluster-node-timeout", str(node_timeout_ms),
                         "--cluster-migration-barrier", "99", "--repl-diskless-sync-delay", "0", *options]
        if password:
            self._options += ["--masterauth", password]
        self._appendonly = appendonly
        self._numbers = masters * (1 + replicas)  # of the next node
        self.nodes = []
        try:
            self._start()
            self._found(full_coverage)
        except BaseException:  # Ctrl-C as well
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.end()

    def end(self):
        """All at once, as a crash does it."""
        for node in self.nodes:
            node.kill()
        for place in self.places:
            place.end()

    # ---- how it begins ----

    def _start(self):
        for tries in range(1, TRIES + 1):
            places = self.places = [self._place(number) for number in range(self._masters * (1 + self._replicas))]
            try:
                self._start_at(places, self.folder / f"try{tries}" if tries > 1 else self.folder)
                return
            except AssertionError as error:
                self.end()
                self.nodes = []
                if tries == TRIES or "in use" not in str(error):
                    raise

    def _start_at(self, places, folder):
        def start(number):
            home = folder / f"node{number}"
            home.mkdir(parents=True)
            (home / "nodes.conf").write_text(self._known_at_first(places, number))
            options = [*self._options, *places[number].options]
            return ClusterNode(home, places[number], options, self.password, self._appendonly)

        with ThreadPoolExecutor(len(places)) as pool:
            started = [pool.submit(start, number) for number in range(len(places))]
        self.nodes = [one.result() for one in started if not one.exception()]
        for one in started:
            one.result()

    def _known_at_first(self, places, number):
        """nodes.conf of one node: all of them, where each is to be in the end, but for itself."""
        lines = []
        for other, place in enumerate(places):
            myself = "myself," if other == number else ""
            first, last = SLOTS * other // self._masters, SLOTS * (other + 1) // self._masters - 1
            if other >= self._masters:
                lines.append(place.line(myself + "slave", places[other % self._masters].id))
            elif myself:
                lines.append(place.line("myself,slave", NOBODY))
                lines.append(f"{NOBODY} :0@0 master,noaddr - 0 0 0 connected {first}-{last}")
            else:
                lines.append(place.line("master", epoch=other + 1, slots=f"{first}-{last}"))
        return "\n".join([*lines, f"vars currentEpoch {number + 1} lastVoteEpoch 0\n"])

    def _found(self, full_coverage):
        masters = self.nodes[:self._masters]
        for node in self.nodes:
            eventually(lambda: self._knows_all(node), what=f"{node.place} knows all others")
        for node in masters:
            eventually(node.view, what=f"{node.place} serves")
        for node in masters:
            node.cluster("FAILOVER", "TAKEOVER")
            node.cluster("FORGET", NOBODY)
            epoch = int(node.cluster("INFO")["cluster_my_epoch"])
            for other in masters:  # or the next one might take the same
                eventually(lambda: int(other.cluster("INFO")["cluster_current_epoch"]) >= epoch,
                           what=f"{other.place} hears of {node.place}")
        self.wait_agreed()
        for node in self.nodes[self._masters:]:
            self._wait_follows(node)
        for node in self.nodes:
            node.client.config_set("cluster-require-full-coverage", "yes" if full_coverage else "no")
            node.full_coverage = full_coverage

    def _knows_all(self, node):
        known = node.nodes()
        return all(known[other.id]["connected"] for other in self.nodes)

    @staticmethod
    def _wait_follows(node):
        eventually(lambda: node.client.info("replication").get("master_link_status") == "up",
                   what=f"{node.place} follows its master")

    def wait_agreed(self, timeout=20):
        """Until all nodes that are up serve, and see the same in each other."""
        def agreed():
            up = [node for node in self.nodes if node.is_up]
            views = [node.view() for node in up]
            return all(views) and all(view.get(node.id) == views[0].get(node.id) for view in views for node in up)
        eventually(agreed, timeout, "one view of all nodes")

    # ---- who is where ----

    @property
    def seeds(self):
        return " ".join(node.place for node in self.nodes)

    def node(self, name):
        """By its id or its port."""
        return next(node for node in self.nodes if name in (node.id, node.port))

    def masters(self):
        """Those that are up."""
        return [node for node in self.nodes if node.is_up and node.is_master]

    def replicas_of(self, master):
        """Those that are up."""
        return [node for node in self.nodes if node.is_up and node.nodes()[node.id]["master_id"] == master.id]

    def owner(self, slot):
        """The master of a slot: of those that claim it for themselves, the one with the highest epoch."""
        found = self.claimant(slot)
        assert found, f"nobody that is up has slot {slot}"
        return found

    def claimant(self, slot):
        """The same; None if nobody has it."""
        own = {node: node.nodes()[node.id] for node in self.nodes if node.is_up}
        claims = {int(own[node]["epoch"]): node for node in own if slot in node_slots(own[node])}
        return claims[max(claims)] if claims else None

    def owner_of(self, key):
        return self.owner(key_slot(key))

    def at(self, key):
        """The client of that key's master."""
        return self.owner_of(key).client

    def names_at(self, node, stem="room"):
        """All ids of this stem whose names, as `gml:{ID}`, lie at this master."""
        own = node_slots(node.nodes()[node.id])
        names = (f"{stem}{number}" for number in itertools.count())
        return (name for name in names if key_slot(f"{{{name}}}") in own)

    def name_at(self, node, stem="room"):
        """The first of these."""
        return next(self.names_at(node, stem))

    # ---- nodes that come and go ----

    def add_node(self):
        """A further master, which has no slot yet."""
        place = self._place(self._numbers)
        self.places.append(place)
        self._numbers += 1
        home = self.folder / f"added{self._numbers}"
        home.mkdir()
        (home / "nodes.conf").write_text(f"{place.line('myself,master')}\nvars currentEpoch 0 lastVoteEpoch 0\n")
        node = ClusterNode(home, place, [*self._options, *place.options], self.password, self._appendonly)
        known = next(other for other in self.nodes if other.is_up)
        self.nodes.append(node)
        node.cluster("MEET", "127.0.0.1", known.port, known.bus_port)
        for other in [other for other in self.nodes if other.is_up]:
            eventually(lambda: all(each.id in other.nodes() and other.nodes()[each.id]["connected"]
                                   for each in self.nodes if each.is_up), 20, f"{other.place} knows all others")
        self.wait_agreed()
        return node

    def remove_node(self, node):
        """It has no slot, and no replica."""
        node.kill()
        self.nodes.remove(node)
        for other in self.nodes:
            if other.is_up:
                other.cluster("FORGET", node.id)
        self.wait_agreed()

    # ---- slots that move ----

    def open_slot(self, slot, target):
        """The slot begins to move: it stays half moved until close_slot()."""
        source = self.owner(slot)
        target.cluster("SETSLOT", slot, "IMPORTING", source.id)
        source.cluster("SETSLOT", slot, "MIGRATING", target.id)
        return source

    def migrate(self, source, target, *keys, replace=False):
        """These keys change the node; False if none of them is there. replace: what the target has of them goes."""
        options = ["REPLACE"] if replace else []
        options += ["AUTH", self.password] if self.password else []
        return source.client.execute_command("MIGRATE", "127.0.0.1", target.port, "", 0, ANSWER_SECONDS * 1000, *options,
                                             "KEYS", *keys) != b"NOKEY"

    def close_slot(self, slot, owner):
        """The slot is that node's, for each master."""
        for node in sorted(self.masters(), key=lambda node: node is not owner):
            try:
                node.cluster("SETSLOT", slot, "NODE", owner.id)
            except redis.ResponseError as error:  # it had no other slot, and follows the owner now
                if "only with masters" not in str(error):
                    raise
        self.wait_agreed()

    def move_slot(self, slot, target, between=lambda: None):
        """The slot and its keys, one by one; between() is called before each key."""
        source = self.open_slot(slot, target)
        while keys := source.cluster("GETKEYSINSLOT", slot, 1):
            between()
            self.migrate(source, target, *keys)
        self.close_slot(slot, target)

    # ---- nodes that change places ----

    def wait_electable(self, master):
        """Until one of its replicas can be elected; that one."""
        replica = min(self.replicas_of(master), key=lambda node: node.elected)
        time.sleep(max(0, replica.elected + self._between_elections - time.monotonic()))
        self._wait_follows(replica)
        return replica

    def failover(self, master):
        """By CLUSTER FAILOVER: nothing is lost. Returns the new master."""
        replica = self.wait_electable(master)
        for tries in range(1, TRIES + 1):
            replica.cluster("FAILOVER")
            try:
                eventually(lambda: replica.is_master, FAILOVER_SECONDS, f"{replica.place} is a master")
                break
            except AssertionError:  # under load the two do not always reach the same place in time
                if tries == TRIES:
                    raise
        replica.elected = time.monotonic()
        self.wait_agreed()
        assert replica.is_master, f"{replica.place} is a master no more"
        return replica

    def wait_failover(self, slot, timeout=20):
        """Until somebody else has the slot of a master that was killed or frozen. Returns the new master."""
        found = eventually(lambda: self.claimant(slot), timeout, f"a new master of slot {slot}")
        found.elected = time.monotonic()
        self.wait_agreed(timeout)
        return found

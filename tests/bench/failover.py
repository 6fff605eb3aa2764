"""failover.py - CLUSTER FAILOVER under many groups: what each costs the new master, and how long it is silent.

A *pair* is a group and a daemon that has clients in it. All groups are at one master, each with a list of 100 messages
and a client at each of two daemons. Pairs of a first failover are counted at the new master: it has been asked for each
one's subscription and list. At the next one a client of each group says something at the moment at which the failover
is ordered; counted is the time until all clients of the group have it. Each has to get exactly what the list has.
"""
import itertools
import json
import selectors
import statistics
import time

from client import encode
from meter import Meter, at_rest, calls, give_up
from processes import eventually
from redis_cluster import FAILOVER_SECONDS
from sockets import PATIENCE_S, Chat, client_frame, server_frame

GROUPS = 1000
STORED = 100
PRESENCE_TOLD_S = 3
PERIODS_S = 28  # presence is told each 14 s
AFTER_S = 10  # by then all that a failover brings about has been done
REST_S, QUIET_S = 2, 5
LOOK_S = 0.02
TRIES = 3
AFTER = b'"info":"after'


def message(group, n):
    return json.dumps({"groupId": group, "userId": f"user{n % 7}", "info": "大家好 hello, said before " + "." * 30,
                       "ts": 1700000000000 + n}, ensure_ascii=False, separators=(",", ":"))


class Groups:
    """Groups at one master with their clients, one at each daemon."""

    def __init__(self, cluster, daemons):
        self.cluster, self.daemons = cluster, daemons
        self.node = cluster.masters()[0]
        self.names = list(itertools.islice(cluster.names_at(self.node, "failover"), GROUPS))
        self._fill()
        self._quiet = at_rest([self.node], QUIET_S)
        self.chats, self.memory = {}, [self._used_memory()]
        for daemon in daemons:
            for name in self.names:
                self.chats[name, daemon] = Chat(daemon.port, encode(name), "user")
            time.sleep(PRESENCE_TOLD_S)
            self.memory.append(self._used_memory())
        self.heard = {chat.sock: b"" for chat in self.chats.values()}
        self._selector = selectors.DefaultSelector()
        for sock in self.heard:
            self._selector.register(sock, selectors.EVENT_READ)

    def _fill(self):
        for name in self.names:
            self.node.client.rpush(f"gml:{{{name}}}", *(message(name, n) for n in range(STORED)))

    def _used_memory(self):
        return self.node.client.info("memory")["used_memory"]

    @property
    def pairs(self):
        return len(self.chats)

    def bytes(self):
        """Of a group with its first daemon, and of each further one, at the master."""
        return [(after - before) / len(self.names) for before, after in zip(self.memory, self.memory[1:])]

    def at_rest(self):
        """µs a second of a pair, with a client: it tells its presence, the client is checked again."""
        return (at_rest([self.node], PERIODS_S)[self.node] - self._quiet[self.node]) / self.pairs

    def _order(self):
        """A failover begins. Returns the new master that is to be, the time, and what it uses from here on."""
        replica = self.cluster.replicas_of(self.node)[0]
        eventually(lambda: replica.client.info("replication").get("master_link_status") == "up", PATIENCE_S,
                   f"{replica.place} follows its master")
        replica.client.config_resetstat()
        meter, began = Meter([replica]), time.monotonic()
        replica.cluster("FAILOVER")
        return replica, began, meter

    def _measured(self, measure):
        """Redis gives a failover up if the two are not at the same place in time; it is ordered again then."""
        for _ in range(TRIES):
            replica, figures = measure()
            if replica.is_master:
                self._settle(replica)
                return figures
        give_up(f"{TRIES} times nothing came of CLUSTER FAILOVER")

    def catch_up(self):
        """Seconds until the new master has been asked for all pairs, µs a pair until then, and until some seconds later:
        presence is told again, each client is checked again. Less what it uses at rest."""
        took, used, used_in_all = self._measured(self._catch_up)
        rest = at_rest([self.node], REST_S)[self.node]
        return took, (used - rest * took) / self.pairs, (used_in_all - rest * AFTER_S) / self.pairs

    def _catch_up(self):
        replica, began, meter = self._order()

        def is_done():
            time.sleep(LOOK_S)
            came = calls(replica)  # llen: snapshot.lua asks it once
            return came.get("ssubscribe", 0) >= self.pairs and came.get("llen", 0) >= self.pairs \
                or time.monotonic() - began > FAILOVER_SECONDS and not replica.is_master
        eventually(is_done, PATIENCE_S, "a subscription and a snapshot for each pair")
        took, used = time.monotonic() - began, meter.used_us()[replica]
        time.sleep(max(0, began + AFTER_S - time.monotonic()))
        return replica, (took, used, meter.used_us()[replica])

    def silence(self):
        """Seconds until a message to each group was there: of half of the groups, of all."""
        figures = self._measured(self._silence)
        self.judge()
        return figures

    def _silence(self):
        replica, began, _ = self._order()
        due = {chat.sock: self.heard[chat.sock].count(AFTER) + 1 for chat in self.chats.values()}
        for name in self.names:
            self.chats[name, self.daemons[0]].sock.sendall(client_frame(f"after {began}"))
        came = {}
        while len(came) < len(due):
            ready = self._selector.select(PATIENCE_S)
            if not ready:
                give_up(f"after a failover {len(due) - len(came)} of {len(due)} clients got no message")
            for key, _ in ready:
                sock = key.fileobj
                got = sock.recv(1 << 16)
                if not got:
                    give_up("a daemon closed a connection after a failover")
                self.heard[sock] += got
                if sock not in came and self.heard[sock].count(AFTER) >= due[sock]:
                    came[sock] = time.monotonic() - began
        each = [max(came[self.chats[name, daemon].sock] for daemon in self.daemons) for name in self.names]
        eventually(lambda: replica.is_master or time.monotonic() - began > FAILOVER_SECONDS, PATIENCE_S, "a failover")
        return replica, (statistics.median(each), max(each))

    def _settle(self, master):
        self.node = master
        self.cluster.wait_agreed()

    def judge(self):
        for name in self.names:
            entries = self.node.client.lrange(f"gml:{{{name}}}", STORED, -1)
            wanted = b"".join(map(server_frame, entries))
            for daemon in self.daemons:
                if self.heard[self.chats[name, daemon].sock] != wanted:
                    give_up(f"a client of {name} did not get what its list has")

    def end(self):
        for chat in self.chats.values():
            chat.sock.close()


def pair_rows(groups):
    first, further = groups.bytes()
    rest = groups.at_rest()
    yield "a group's first daemon", first, rest
    yield "a further one", further, rest


def rows(rounds, groups):
    """In turns: a failover whose pairs are counted, and one whose silence is. Of each figure the least."""
    figures = [(*groups.catch_up(), *groups.silence()) for _ in range(rounds)]
    yield (f"{len(groups.names)} groups, {len(groups.daemons)} daemons", *map(min, zip(*figures)))

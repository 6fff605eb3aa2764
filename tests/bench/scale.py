"""scale.py - what a large fleet costs each master, computed from the measured parts; and what is full first.

`s`, the daemons that have clients in a group: with n clients spread at random over D daemons it is D(1 - (1 - 1/D)^n).
"""
from meter import give_up

HOSTS, WORKERS, API_PROCESSES = 100, 2, 4
MASTERS = 30
DAEMONS = HOSTS * WORKERS
GROUPS, CLIENTS = 20000, 50  # in each group
DESCRIPTORS, CONNECTIONS_MOST = 20000, 10000  # of a daemon; of a Redis, if maxclients is not set
MAP_PERIOD_MS, MAP_LEAST_MS, MAP_MOST_MS = 5000, 250, 1000  # push-daemon/nodes/scout.c
BUSY = 0.7  # of a core: how far a master is to be filled
MIB = 1 << 20
NEEDED = ("connections", "fleet", "pairs", "failover", "parts")


def spread(daemons, clients):
    return daemons * (1 - (1 - 1 / daemons) ** clients)


def map_questions(masters):
    """Of a daemon, a second."""
    return 1000 / min(max(MAP_PERIOD_MS / masters, MAP_LEAST_MS), MAP_MOST_MS)


class Scale:
    """The fleet, by the figures of the parts: see cluster.py."""

    def __init__(self, figures):
        lacking = [name for name in NEEDED if name not in figures]
        if lacking:
            give_up(f"to compute the fleet these figures are lacking: {', '.join(lacking)}")
        self.fleet, self.parts = figures["fleet"], figures["parts"]
        (one_us,), (own_us,) = figures["connections"].values()
        self.connection_us = own_us - one_us
        if self.parts["large_map"][0] != 2 * MASTERS or abs(self.parts["map_asks"] / map_questions(3) - 1) > 0.2:
            give_up(f"a daemon asks three masters {self.parts['map_asks']} times a second for the map, "
                    f"not {map_questions(3)}; or it has {self.parts['large_map'][0]} nodes, not {2 * MASTERS}")
        self.failover, = figures["failover"].values()
        (self.first_bytes, self.rest_us), (self.further_bytes, _) = figures["pairs"].values()
        self.daemons_here = spread(DAEMONS, CLIENTS)
        self.groups = GROUPS / MASTERS
        self.pairs = self.groups * self.daemons_here

    def message_us(self, daemons, how="busy"):
        """At its master, with a replica: by what it costs with 3 and with 100 daemons that hear it. There one daemon
        says all; if many do, each message may come over a connection that brings no other one."""
        few, many = (self.fleet[f"3 daemons, {dummies} more subscribers, {how}"][0] for dummies in (0, 97))
        each = (many - few) / 97
        return few + (daemons - 3) * each + (self.connection_us if how == "busy" else 0)

    def cores(self):
        """[(what, how it is computed, share of a master's core)]: what is there without any message."""
        parts = self.parts
        asks = map_questions(MASTERS) * DAEMONS / MASTERS
        count, size, us = parts["large_map"]
        return [
            ("daemons at rest", f"{DAEMONS} × {parts['rest_us']:.0f} µs/s", DAEMONS * parts["rest_us"] / 1e6),
            (f"the map, {asks:.1f} questions a second, {asks * size / 1000:.0f} kB/s",
             f"{DAEMONS} × {map_questions(MASTERS):.0f}/s ÷ {MASTERS} × {us:.0f} µs ({count} nodes: {size:,} B)",
             asks * us / 1e6),
            ("presence, checks of clients", f"{self.pairs:,.0f} pairs × {self.rest_us:.2f} µs/s",
             self.pairs * self.rest_us / 1e6)]

    def list_core(self):
        us = self.parts["list_us"]
        return ("group lists, if each daemon has clients for each group",
                f"{DAEMONS} × {self.groups:.0f} groups × {us:.1f} µs/s", DAEMONS * self.groups * us / 1e6)

    def rows(self):
        """(what, of what, is, share of what there is)"""
        (each, each_bytes, _), (api_each, api_bytes, _) = self.parts["daemon"], self.parts["api"]
        api = HOSTS * API_PROCESSES
        connections = DAEMONS * each + api * api_each
        yield ("connections to a master", f"{DAEMONS} × {each} + {api} × {api_each}",
               f"{connections:,}", f"{100 * connections / CONNECTIONS_MOST:.0f} % of maxclients")
        sockets = MASTERS * each
        yield ("sockets of a daemon to Redis", f"{MASTERS} × {each}", f"{sockets:,}",
               f"{100 * sockets / DESCRIPTORS:.1f} % of its descriptors")
        size = DAEMONS * each_bytes + api * api_bytes
        yield ("memory of these connections", f"{DAEMONS} × {each_bytes:,} B + {api} × {api_bytes:,} B",
               f"{size / MIB:.1f} MiB", "")
        size = self.groups * (self.first_bytes - self.further_bytes) + self.pairs * self.further_bytes
        yield ("memory of the pairs", f"{self.groups:.0f} × {self.first_bytes:,.0f} B + "
               f"{self.pairs - self.groups:,.0f} × {self.further_bytes:.0f} B", f"{size / MIB:.1f} MiB", "")
        for what, how, share in self.cores():
            yield what, how, f"{1000 * share:.1f} ms/s", f"{100 * share:.1f} % of a core"
        left = BUSY - sum(share for *_, share in self.cores())
        us = self.message_us(self.daemons_here)
        rate = left / us * 1000
        yield ("messages, k/s", f"({left:.2f} of a core left) ÷ {us:.1f} µs ({self.daemons_here:.0f} daemons each)",
               f"{rate:.1f}", f"{rate * MASTERS:,.0f} k/s in all; full at {100 * BUSY:.0f} % of a core")
        _, us, all_us, *_ = self.failover
        yield ("catch-up after a failover, CPU of the new master",
               f"{self.pairs:,.0f} pairs × {us:.0f} µs (then × {all_us - us:.0f} µs)",
               f"{self.pairs * us / 1e6:.1f} s", f"{self.pairs * (all_us - us) / 1e6:.1f} s more within ten seconds")
        what, how, share = self.list_core()
        yield what, how, f"{1000 * share:.0f} ms/s", f"{100 * share:.0f} % of a core"

    def ceiling(self):
        """What is full first, in words."""
        left = BUSY - sum(share for *_, share in self.cores())
        *_, lists = self.list_core()
        return (f"a master's core. Of {100 * left:.0f} % that messages may have, group lists would take "
                f"{100 * lists:.0f}, if each daemon had clients for each group")

    def far(self):
        """README's table: messages a second, k, of groups of 50."""
        for name, daemons_here in (("10 hosts", spread(10 * WORKERS, CLIENTS)), ("100 hosts", spread(DAEMONS, CLIENTS)),
                                   ("100 hosts, each group on one or two", 1.5)):
            us = self.message_us(daemons_here)
            yield (name, daemons_here, us, self.message_us(daemons_here, "each by itself"),
                   *(BUSY / us * 1000 * masters for masters in (1, 3, 10, 30)))

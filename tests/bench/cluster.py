#!/usr/bin/python3
"""cluster.py - what fastim costs the nodes of a Redis Cluster, and what it costs on one beside one Redis.

    BUILD=FOLDER cluster.py [--only PART ...] [--rounds N] [--messages N] [--figures FILE]

FOLDER has the programs. It starts a cluster of three masters and three replicas of its own, and one Redis with and one
without a replica beside it. Counted is the CPU time of the processes, /proc/PID/schedstat; never a rate, as all share
this machine. `busy`: many messages are under way; `each by itself`: some hundred a second, and each costs everybody a
turn of its loop. Of some rounds the least counts, or where two are compared the median of rounds in turns. Whoever has
to get a message gets it once and in order, or there are no figures.
"""
import argparse
import contextlib
import json
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import beside  # noqa: E402
import failover  # noqa: E402
import fleet  # noqa: E402
import parts  # noqa: E402
import pubsub  # noqa: E402
import scale  # noqa: E402
from cluster_site import ClusterServer  # noqa: E402
from daemon import Daemon  # noqa: E402
from host import BUILD, PUSHD  # noqa: E402
from meter import LOAD_CORE, REDIS_CORE, give_up, run_on, show  # noqa: E402
from processes import eventually  # noqa: E402
from redis_cluster import RedisCluster  # noqa: E402
from redis_server import RedisServer  # noqa: E402

PARTS = ("listeners", "fleet", "failover", "beside", "parts", "scale")


class Bench:
    """One run: what was asked for, the servers, each started when it is needed first, and the figures."""

    def __init__(self, asked, folder, ends):
        self.rounds, self.messages, self.figures = asked.rounds, asked.messages, {}
        self._folder, self._ends, self._made = folder, ends, {}

    def _make(self, name, core, make):
        if name not in self._made:
            run_on(core)
            self._made[name] = make(self._folder / name)
            run_on(LOAD_CORE)
        return self._made[name]

    def _cluster(self, name="cluster"):
        return self._make(name, REDIS_CORE, lambda folder: self._ends.enter_context(RedisCluster(folder, replicas=1)))

    @property
    def cluster(self):
        return self._cluster()

    def _redis(self, name, *options):
        def make(folder):
            server = RedisServer(folder, options=options)
            self._ends.callback(server.stop)
            return server
        return self._make(name, REDIS_CORE, make)

    def _daemon(self, name, server):
        def make(folder):
            folder.mkdir()
            daemon = Daemon(folder, server, fleet.FREELY)
            self._ends.callback(daemon.stop)
            return daemon
        return self._make(name, LOAD_CORE, make)

    def daemons(self, count):
        return [self._daemon(f"daemon{n}", ClusterServer(self.cluster)) for n in range(count)]

    def _site(self, name, server, processes):
        def make(folder):
            site = beside.Site(folder, server, processes)
            self._ends.callback(site.stop)
            return site
        return self._make(name, LOAD_CORE, make)

    def _places(self):
        """One Redis, one with a replica, and the cluster."""
        single, master = self._redis("single"), self._redis("master")
        replica = self._redis("replica", "--replicaof", "127.0.0.1", str(master.port), "--repl-diskless-sync-delay", "0")
        eventually(lambda: replica.client.info("replication")["master_link_status"] == "up", 20, "the replica follows")
        return [beside.Place("one Redis", single, single, [], [single]),
                beside.Place("one with a replica", master, master, [replica], [master, replica]),
                beside.cluster_place(self.cluster)]

    def _show(self, name, head, rows):
        self.figures[name] = show(head, rows)

    # ---- the parts ----

    def listeners(self):
        self._show("listeners", ["CPU µs a message at the node that has it", "one Redis, busy", "each by itself",
                                 "cluster, busy", "each by itself"],
                   pubsub.listeners_rows(self.rounds, self.messages, self.cluster, self._redis("single")))
        self._show("verbs", ["CPU µs a message, busy", "at its node", "at the others", "in all"],
                   pubsub.verbs_rows(self.rounds, self.messages, self.cluster))
        node = self.cluster.masters()[0]
        self._show("connections", ["CPU µs a message, 64 under way", "at its node"],
                   pubsub.connections_rows(self.rounds, self.messages, node, f"mq:{{{self.cluster.name_at(node)}}}"))

    def fleet(self):
        self._show("fleet", ["CPU µs a message", "its master", "its replica", "the other four",
                             "the daemon it is said at", "each other daemon"],
                   fleet.rows(self.rounds, self.messages // 2, self.cluster, self.daemons(3)))

    def failover(self):
        groups = failover.Groups(self.cluster, self.daemons(2))
        try:
            self._show("pairs", ["at rest, a pair of a group and a daemon, with a client", "bytes at its master",
                                 "CPU µs a second"], failover.pair_rows(groups))
            self._show("failover", ["CLUSTER FAILOVER", "s until all are caught up", "CPU µs a pair",
                                    f"CPU µs a pair in {failover.AFTER_S} s", "s until half the groups have a message",
                                    "all groups"], failover.rows(self.rounds, groups))
        finally:
            groups.end()

    def beside(self):
        places = self._places()
        daemons = {place: self._daemon(f"daemon of {place.name}", place.server) for place in places}
        self._show("append", ["CPU µs a message", "Redis", "its replica", "the daemon"],
                   beside.append_rows(self.rounds, BUILD, daemons))
        sites = {place: self._site(f"site of {place.name}", place.server, 2) for place in places}
        self._show("http", ["CPU µs a request", "all Redis", "fastim-api"],
                   beside.http_rows(self.rounds, BUILD, sites, self.messages // 4))

    def parts(self):
        cluster = self._cluster("resting cluster")
        server = ClusterServer(cluster)
        self.figures["parts"] = parts.measure(cluster, lambda: self._daemon("resting daemon", server),
                                              lambda: self._site("resting site", server, 1), self._folder / "large")
        show(["measured", "each"], parts.rows(self.figures["parts"]))

    def scale(self):
        whole = scale.Scale(self.figures)
        show([f"{scale.DAEMONS} daemons on {scale.HOSTS} hosts, {scale.MASTERS} masters, {scale.GROUPS:,} groups of "
              f"{scale.CLIENTS} clients: at each master", "computed as", "is", "of what there is"], whole.rows())
        print(f"\nFull first: {whole.ceiling()}.")
        show([f"k messages a second, masters busy for {100 * scale.BUSY:.0f} %", "daemons a group", "µs a message",
              "each by itself", "1 master", "3 masters", "10 masters", "30 masters"], whole.far())


def read(file):
    return json.loads(file.read_text()) if file and file.exists() else {}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=20000)
    parser.add_argument("--figures", type=pathlib.Path, help="keeps them, so that `scale` has those of earlier runs")
    asked = parser.parse_args()
    if not PUSHD.exists():
        give_up(f"{PUSHD} is missing: make bench-cluster builds it")
    run_on(LOAD_CORE)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fastim-bench-cluster-"))
    try:
        with contextlib.ExitStack() as ends:
            bench = Bench(asked, folder, ends)
            bench.figures.update(read(asked.figures))
            for part in asked.only:
                getattr(bench, part)()
                if asked.figures:
                    asked.figures.write_text(json.dumps(bench.figures, indent=1, ensure_ascii=False) + "\n")
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

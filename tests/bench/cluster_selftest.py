#!/usr/bin/python3
"""bench-cluster tells no figure if a subscriber or a client does not get each message once, and in order."""
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import pubsub  # noqa: E402
from cluster_site import ClusterServer  # noqa: E402
from daemon import Daemon  # noqa: E402
from fleet import CLIENTS, FREELY, Group  # noqa: E402
from redis_cluster import RedisCluster  # noqa: E402
from sockets import SHARDED, Readers, subscriber  # noqa: E402

MESSAGES, DUMMIES = 200, 2
ORDERS = {"": range(MESSAGES), "lost": [*range(100), *range(101, MESSAGES)], "doubled": [*range(MESSAGES), MESSAGES - 1],
          "swapped": [1, 0, *range(2, MESSAGES)]}


def subscribers_amiss(node, channel, order):
    """Of three, if so many messages are due, and these are published."""
    wanted = pubsub.heard(SHARDED, channel, range(MESSAGES))
    published = pubsub.heard(SHARDED, channel, order)
    readers = Readers(lambda: [subscriber(node.port, channel) for _ in range(3)], min(len(wanted), len(published)))
    pubsub.publish(SHARDED, node.port, channel, order, paced=False)
    readers.wait()
    amiss = readers.amiss(wanted)
    readers.end()
    return amiss


def fleet_amiss(node, name, daemons, fault):
    """What a run of the fleet says instead of figures; None if it has figures."""
    group = Group(node, name, daemons, DUMMIES)

    def harm():
        entry = group.entries()[-1]
        if fault == "lost":  # the list has it, nobody hears of it
            node.client.rpush(f"gml:{{{name}}}", entry)
        elif fault == "doubled":
            node.client.execute_command(SHARDED.publish, group.channel, entry)

    try:
        group.run(daemons, MESSAGES, paced=False, between=harm)
    except SystemExit as refused:
        return str(refused)
    return None


def main():
    with tempfile.TemporaryDirectory() as folder, RedisCluster(pathlib.Path(folder) / "cluster") as cluster:
        node = cluster.masters()[0]
        names = cluster.names_at(node)
        for fault, order in ORDERS.items():
            amiss = subscribers_amiss(node, f"mq:{{{next(names)}}}", order)
            if amiss != (3 if fault else 0):
                sys.exit(f"bench-cluster: {amiss} of 3 subscribers noticed: {fault or 'nothing'}")
        home = pathlib.Path(folder) / "daemon"
        home.mkdir()
        daemon = Daemon(home, ClusterServer(cluster), FREELY)
        try:
            for fault in ("", "lost", "doubled"):
                told = fleet_amiss(node, next(names), [daemon], fault)
                everybody = f"'clients': {CLIENTS}, 'subscribers': {DUMMIES}"
                if (told is not None) != bool(fault) or fault and everybody not in told:
                    sys.exit(f"bench-cluster: with {fault or 'nothing'} amiss the fleet has: {told or 'figures'}")
        finally:
            daemon.stop()
    print("bench-cluster: lost, doubled and swapped messages are noticed")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""cluster.py - what a message costs the nodes of a Redis Cluster: CPU time by who listens, and by how it is published.

    cluster.py [--rounds N] [--messages N]

It starts a cluster of three masters and three replicas of its own, and one Redis beside it. Subscribers are what daemons
are to Redis: a connection each. `busy`: the publisher has 64 messages under way; `each by itself`: 1,000 messages a
second. Counted is the CPU time of the processes, /proc/PID/schedstat; never a rate, as all share this machine. Of some
rounds the least counts. Each subscriber has to get each message once, and in order.
"""
import argparse
import hashlib
import multiprocessing
import os
import pathlib
import selectors
import shutil
import socket
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from redis_cluster import RedisCluster  # noqa: E402
from redis_server import RedisServer  # noqa: E402

REDIS_CORE, LOAD_CORE = 0, 1
UNDER_WAY = 64
PACED_S = 0.001
TEXT = '{"groupId":"room","userId":"user-17","info":"大家好 hello","ts":17000%08d}'
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


def listen(pipe, how, port, channel, count, messages):
    """A process with so many subscribers. Says when they are there, and whether each got all in order."""
    os.sched_setaffinity(0, {LOAD_CORE})
    chosen = selectors.DefaultSelector()
    for _ in range(count):
        sock = connect(port)
        sock.sendall(words(how.subscribe, channel))
        receive(sock, 6)
        chosen.register(sock, selectors.EVENT_READ, [0, hashlib.blake2b()])
    frames = [words(how.message, channel, TEXT % n) for n in range(messages)]
    size, wanted = sum(map(len, frames)), hashlib.blake2b(b"".join(frames)).digest()
    pipe.send("there")
    missing = count if messages else 0
    while missing:
        ready = chosen.select(PATIENCE_S)
        if not ready:
            break
        for key, _ in ready:
            data = key.fileobj.recv(1 << 20)
            key.data[0] += len(data)
            key.data[1].update(data)
            missing -= key.data[0] == size or not data
    amiss = sum(key.data[1].digest() != wanted for key in chosen.get_map().values()) if messages else 0
    pipe.send(amiss)
    pipe.recv()  # the sockets stay until all has been measured


class Listeners:
    """Such a process."""

    def __init__(self, *asked):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=listen, args=(theirs, *asked), daemon=True)
        self.process.start()
        assert self.pipe.recv() == "there"

    def amiss(self):
        return self.pipe.recv()

    def end(self):
        self.pipe.send("end")
        self.process.join()


def cpu_us(node):
    """CPU time of a server so far."""
    total = 0
    for task in pathlib.Path(f"/proc/{node.process.popen.pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


def publish(how, port, channel, messages, paced):
    with connect(port) as sock:
        step = 1 if paced else UNDER_WAY
        due = time.monotonic()
        for first in range(0, messages, step):
            numbers = range(first, min(first + step, messages))
            sock.sendall(b"".join(words(how.publish, channel, TEXT % n) for n in numbers))
            receive(sock, len(numbers))
            if paced:
                due += PACED_S
                time.sleep(max(0, due - time.monotonic()))


def cost(nodes, how, node, channel, subscribers, messages, paced=False, others=()):
    """µs a message: at this node, and at all nodes together. others: channels that nobody publishes to, at this node."""
    there = [Listeners(how, node.port, channel, subscribers, messages)] if subscribers else []
    idle = [Listeners(how, node.port, other, 1, 0) for other in others]
    before = {one: cpu_us(one) for one in nodes}
    publish(how, node.port, channel, messages, paced)
    amiss = sum(listeners.amiss() for listeners in there)
    used = {one: (cpu_us(one) - before[one]) / messages for one in nodes}
    for listeners in there + idle:
        listeners.end()
    if amiss:
        sys.exit(f"bench-cluster: {amiss} of {subscribers} subscribers did not get all messages in order")
    return used[node], sum(used.values())


def least(rounds, *asked, **more):
    """Of each figure the least."""
    return [min(figures) for figures in zip(*(cost(*asked, **more) for _ in range(rounds)))]


def show(head, rows):
    print(f"\n| {' | '.join(head)} |\n|---|{'---:|' * (len(head) - 1)}")
    for name, *figures in rows:
        print(f"| {name} | {' | '.join(f'{figure:.1f}' for figure in figures)} |", flush=True)


def listeners_rows(rounds, messages, cluster, single):
    """By the number of subscribers: busy and each by itself, one Redis and a cluster."""
    node = cluster.masters()[0]
    room = f"mq:{{{cluster.name_at(node)}}}"
    other = [f"mq:{{{cluster.name_at(node, f'other{n}-')}}}" for n in range(100)]
    for subscribers, idle in ((0, 0), (1, 0), (1, 100), (10, 0), (100, 0), (100, 100)):
        row = [f"{subscribers} subscribers, {idle} of other rooms"]
        for how, nodes, at, name in ((CLASSIC, [single], single, "mq:room"), (SHARDED, cluster.nodes, node, room)):
            for paced in (False, True):
                count = messages // 4 if paced else messages
                names = other[:idle] if how is SHARDED else [f"mq:other{n}" for n in range(idle)]
                row.append(least(rounds, nodes, how, at, name, subscribers, count, paced, names)[0])
        yield row


def verbs_rows(rounds, messages, cluster):
    """PUBLISH goes to each node, SPUBLISH to one master and its replicas."""
    node = cluster.masters()[0]
    room = f"mq:{{{cluster.name_at(node)}}}"
    for how in (CLASSIC, SHARDED):
        here, everywhere = least(rounds, cluster.nodes, how, node, room, 1, messages)
        yield f"{how.publish}, {len(cluster.nodes)} nodes, 1 subscriber", here, everywhere - here, everywhere


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--messages", type=int, default=20000)
    asked = parser.parse_args()
    os.sched_setaffinity(0, {REDIS_CORE})  # which the servers inherit
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fastim-bench-cluster-"))
    try:
        single = RedisServer(folder / "single")
        try:
            with RedisCluster(folder / "cluster", replicas=1) as cluster:
                os.sched_setaffinity(0, {LOAD_CORE})
                show(["CPU µs a message at the node that has it", "one Redis, busy", "each by itself", "cluster, busy",
                      "each by itself"], listeners_rows(asked.rounds, asked.messages, cluster, single))
                show(["CPU µs a message, busy", "at its node", "at the others", "in all"],
                     verbs_rows(asked.rounds, asked.messages, cluster))
        finally:
            single.stop()
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

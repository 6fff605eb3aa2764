"""pubsub.py - what a published message costs Redis: by who listens, how it is published, over how many connections."""
import itertools
import subprocess
import time

from meter import Meter, calls, give_up, least
from sockets import CLASSIC, SHARDED, Readers, connect, receive, subscriber, words

UNDER_WAY = 64
PACED_S = 0.001
TEXT = '{"groupId":"room","userId":"user-17","info":"大家好 hello","ts":17000%08d}'


def publish(how, port, channel, numbers, paced):
    with connect(port) as sock:
        step = 1 if paced else UNDER_WAY
        due = time.monotonic()
        for first in range(0, len(numbers), step):
            batch = numbers[first:first + step]
            sock.sendall(b"".join(words(how.publish, channel, TEXT % n) for n in batch))
            receive(sock, len(batch))
            if paced:
                due += PACED_S
                time.sleep(max(0, due - time.monotonic()))


def heard(how, channel, numbers):
    """What a subscriber has to read."""
    return b"".join(words(how.message, channel, TEXT % n) for n in numbers)


def cost(nodes, how, node, channel, subscribers, messages, paced=False, others=()):
    """µs a message: at this node, and at all nodes together. others: channels that nobody publishes to, at this node."""
    wanted = heard(how, channel, range(messages))
    there = Readers(lambda: [subscriber(node.port, channel, how) for _ in range(subscribers)], len(wanted))
    idle = Readers(lambda: [subscriber(node.port, other, how) for other in others], 0)
    meter = Meter(nodes)
    publish(how, node.port, channel, range(messages), paced)
    there.wait()
    used = {one: us / messages for one, us in meter.used_us().items()}
    amiss = there.amiss(wanted)
    idle.wait()
    amiss += idle.amiss(b"")
    there.end()
    idle.end()
    if amiss:
        give_up(f"{amiss} of {subscribers} subscribers did not get all messages in order")
    return used[node], sum(used.values())


def listeners_rows(rounds, messages, cluster, single):
    """By the number of subscribers: busy and each by itself, one Redis and a cluster."""
    node = cluster.masters()[0]
    names = list(itertools.islice(cluster.names_at(node), 101))
    for subscribers, idle in ((0, 0), (1, 0), (1, 100), (10, 0), (100, 0), (100, 100)):
        row = [f"{subscribers} subscribers, {idle} of other rooms"]
        for how, nodes, at in ((CLASSIC, [single], single), (SHARDED, cluster.nodes, node)):
            room, *other = [f"mq:{{{name}}}" for name in names]
            for paced in (False, True):
                count = messages // 20 if paced else messages
                row.append(least(rounds, lambda: cost(nodes, how, at, room, subscribers, count, paced, other[:idle]))[0])
        yield row


def verbs_rows(rounds, messages, cluster):
    """PUBLISH goes to each node, SPUBLISH to one master and its replicas."""
    node = cluster.masters()[0]
    room = f"mq:{{{cluster.name_at(node)}}}"
    for how in (CLASSIC, SHARDED):
        here, everywhere = least(rounds, lambda: cost(cluster.nodes, how, node, room, 1, messages))
        yield f"{how.publish}, {len(cluster.nodes)} nodes, 1 subscriber", here, everywhere - here, everywhere


def connections_rows(rounds, messages, node, channel):
    """64 messages under way, over one connection or each over its own, without a subscriber: a turn of Redis' loop reads
    more connections then."""
    def measure(connections):
        meter = Meter([node])
        asked = {"-p": node.port, "-c": connections, "-P": UNDER_WAY // connections, "-n": messages}
        subprocess.run(["redis-benchmark", *(str(word) for pair in asked.items() for word in pair), SHARDED.publish,
                        channel, TEXT % 0], check=True, stdout=subprocess.DEVNULL)
        return [meter.used_us()[node] / messages]

    for connections in (1, UNDER_WAY):
        before = calls(node).get("spublish", 0)
        name = "one connection" if connections == 1 else f"{connections} connections, one each"
        yield f"{SHARDED.publish} over {name}", *least(rounds, lambda: measure(connections))
        if calls(node).get("spublish", 0) - before < rounds * messages:
            give_up("redis-benchmark did not publish all messages")

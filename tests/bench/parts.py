"""parts.py - the parts of what a large fleet costs a node: connections, channels, daemons at rest, the map, group lists.

Each figure is measured with a few of them, and is of one. scale.py multiplies them.
"""
import itertools
import time

from client import encode
from crowd import request
from failover import message
from meter import LOAD_CORE, REDIS_CORE, Meter, at_rest, calls, give_up, run_on
from processes import eventually
from redis_cluster import SLOTS, ClusterNode, Place
from scale import MASTERS
from sockets import SHARDED, connect, receive, words

CONNECTIONS, CHANNELS, GROUPS, QUESTIONS = 1000, 5000, 1000, 4000
STAND_INS = 200  # daemons at rest
SECONDS, REST_S = 5, 12


# ---- memory ----


def used_memory(node):
    return node.client.info("memory")["used_memory"]


def settled_memory(node):
    """Redis gives buffers of idle connections back, one after the other: once it stays the same."""
    seen = []

    def is_settled():
        time.sleep(0.5)
        seen.append(used_memory(node))
        return len(seen) > 6 and max(seen[-6:]) - min(seen[-6:]) < 10000
    eventually(is_settled, 30, "the same memory for 3 s")
    return seen[-1]


def connection_bytes(node):
    """Of a connection that has asked something once."""
    before = settled_memory(node)
    idle = [connect(node.port) for _ in range(CONNECTIONS)]
    for sock in idle:
        sock.sendall(words("PING"))
        receive(sock, 1)
    each = (settled_memory(node) - before) / CONNECTIONS
    for sock in idle:
        sock.close()
    return each


def channel_bytes(cluster, node):
    """Of a group's channel: for its first subscriber, for a further one; of a daemon's channel for marks."""
    names = list(itertools.islice(cluster.names_at(node, "channel"), CHANNELS))
    kinds = ("mq:{%s}", "mq:{%s}", "fim:mark:{%s}:0123456789abcdef")
    open_ones = [connect(node.port) for _ in kinds]
    for sock in open_ones:
        sock.sendall(words("PING"))
        receive(sock, 1)
    seen = [used_memory(node)]
    for kind, sock in zip(kinds, open_ones):
        for name in names:
            sock.sendall(words(SHARDED.subscribe, kind % name))
            receive(sock, 6)
        seen.append(used_memory(node))
    for sock in open_ones:
        sock.close()
    return [(after - before) / CHANNELS for before, after in zip(seen, seen[1:])]


# ---- programs ----


def peers(node):
    """{id: bytes} of all connections but those of replicas, masters and this program."""
    own = str(node.client.client_id())
    return {one["id"]: int(one["tot-mem"]) for one in node.client.client_list()
            if one["id"] != own and not set("SM") & set(one["flags"])}


def connections_of(cluster, start):
    """What start() returns; then how many connections it holds at a master, their bytes, and how many at all replicas."""
    masters = cluster.masters()
    before = {node: set(peers(node)) for node in cluster.nodes}
    begun = start()
    time.sleep(SECONDS)  # those that it needs at its start alone are gone
    held = {node: [size for name, size in peers(node).items() if name not in before[node]] for node in cluster.nodes}
    counts = {len(held[node]) for node in masters}
    if len(counts) != 1 or counts == {0}:
        give_up(f"not the same number of connections to each master: {[len(held[node]) for node in masters]}")
    elsewhere = sum(len(sizes) for node, sizes in held.items() if node not in masters)
    return begun, (counts.pop(), max(sum(held[node]) for node in masters), elsewhere)


def ask_everywhere(cluster, site):
    """For a group of each master."""
    for node in cluster.masters():
        site.post("/group/listMessage", groupId=cluster.name_at(node), startPage=-10, endPage=-1)


def commands_at_rest(masters):
    """How often the daemon asks, a second: {command: times}, at one master, and CLUSTER NODES at all of them."""
    for node in masters:
        node.client.config_resetstat()
    time.sleep(REST_S)
    stats = [calls(node) for node in masters]
    sent = {name: sum(one.get(name, 0) for one in stats) / REST_S / len(masters)
            for name in ("time", "ping", "spublish")}
    return sent, sum(one.get("cluster|nodes", 0) for one in stats) / REST_S


def daemon_at_rest_us(cluster, node):
    """µs a second of a daemon with a group here: each second it asks for the time and probes its subscription."""
    rest = at_rest([node], SECONDS)
    names = itertools.islice(cluster.names_at(node, "rest"), STAND_INS)
    channels = [f"fim:mark:{{{name}}}:0123456789abcdef" for name in names]
    pairs = [(connect(node.port), connect(node.port), channel) for channel in channels]
    for _, subscription, channel in pairs:
        subscription.sendall(words(SHARDED.subscribe, channel))
        receive(subscription, 6)
    meter, began = Meter([node], rest), time.monotonic()
    for turn, (commands, subscription, channel) in enumerate(pairs * SECONDS):
        commands.sendall(words("TIME") + words(SHARDED.publish, channel, 0))
        receive(commands, 6)
        receive(subscription, 7)
        time.sleep(max(0, began + (turn + 1) / STAND_INS - time.monotonic()))
    used = meter.used_us()[node]
    for commands, subscription, _ in pairs:
        commands.close()
        subscription.close()
    return used / len(pairs) / SECONDS


# ---- the map ----


class LargeCluster:
    """A node that believes to be one of so many masters with a replica each; the others do not exist."""

    def __init__(self, folder):
        places = [Place(number) for number in range(2 * MASTERS)]
        lines = []
        for number, place in enumerate(places):
            first, last = SLOTS * number // MASTERS, SLOTS * (number + 1) // MASTERS - 1
            myself = "" if number else "myself,"
            lines.append(place.line(f"{myself}master", epoch=number + 1, slots=f"{first}-{last}") if number < MASTERS
                         else place.line("slave", places[number - MASTERS].id))
        folder.mkdir(parents=True)
        (folder / "nodes.conf").write_text("\n".join([*lines, f"vars currentEpoch {MASTERS} lastVoteEpoch 0\n"]))
        self.node = ClusterNode(folder, places[0], ["--cluster-enabled", "yes", "--cluster-node-timeout", "60000",
                                                    *places[0].options])

    def end(self):
        self.node.kill()


def map_cost(node):
    """Nodes, bytes and µs of one CLUSTER NODES."""
    rest = at_rest([node], 1)
    asking = node.client.connection_pool.get_connection("CLUSTER")

    def ask():
        asking.send_command("CLUSTER", "NODES")
        return asking.read_response()

    answer = ask()
    meter = Meter([node], rest)
    for _ in range(QUESTIONS):
        ask()
    used = meter.used_us()[node]
    node.client.connection_pool.release(asking)
    return answer.count(b"\n"), len(answer), used / QUESTIONS


# ---- group lists ----


def list_us(cluster, node, daemon):
    """µs at a group's master each time a daemon asks for its newest message, for a client that has a thousand groups."""
    user = cluster.name_at(next(other for other in cluster.masters() if other is not node), "watcher")
    names = list(itertools.islice(cluster.names_at(node, "listed"), GROUPS))
    cluster.at(f"ugs:{{{user}}}").sadd(f"ugs:{{{user}}}", *names)
    for name in names:
        node.client.rpush(f"gml:{{{name}}}", message(name, 0))
    rest = at_rest([node], SECONDS)
    with connect(daemon.port) as sock:
        sock.sendall(request(f"/group/list/{encode(user)}/xxx"))
        time.sleep(1.5)
        node.client.config_resetstat()
        meter = Meter([node], rest)
        time.sleep(SECONDS)
        used, asked = meter.used_us()[node], calls(node).get("evalsha", 0)
        got = sock.recv(1 << 20)
    if names[0].encode() not in got or asked < (SECONDS - 1) * GROUPS:
        give_up(f"a group list of {GROUPS} groups: {asked} questions in {SECONDS} s")
    return used / asked


# ---- all of it ----


def measure(cluster, start_daemon, start_site, folder):
    """{name: figure}. The cluster is new; a daemon is started, and fastim-api as one process."""
    node = cluster.masters()[0]
    got = {"connection_bytes": connection_bytes(node)}
    got["first_bytes"], got["further_bytes"], got["mark_bytes"] = channel_bytes(cluster, node)
    got["rest_us"] = daemon_at_rest_us(cluster, node)
    daemon, got["daemon"] = connections_of(cluster, start_daemon)
    got["asks"], got["map_asks"] = commands_at_rest(cluster.masters())
    _, got["api"] = connections_of(cluster, lambda: ask_everywhere(cluster, start_site()))
    got["map"] = map_cost(node)
    run_on(REDIS_CORE)
    large = LargeCluster(folder)
    run_on(LOAD_CORE)
    try:
        got["large_map"] = map_cost(large.node)
    finally:
        large.end()
    got["list_us"] = list_us(cluster, node, daemon)
    return got


def rows(got):
    yield "an idle connection", f"{got['connection_bytes']:.0f} B"
    yield "a group's channel, with its first subscriber", f"{got['first_bytes']:.0f} B"
    yield "each further subscriber", f"{got['further_bytes']:.0f} B"
    yield "the channel for marks that each has besides", f"{got['mark_bytes']:.0f} B"
    for name, key in (("fastim-pushd", "daemon"), ("a process of fastim-api", "api")):
        count, size, elsewhere = got[key]
        yield f"{name}: connections to each master, and to replicas in all", f"{count}, {elsewhere}"
        yield f"{name}: memory of these at a master", f"{size:,} B"
    asks = ", ".join(f"{name.upper()} {times:.2f}" for name, times in got["asks"].items() if times)
    yield "a daemon at rest asks each master, a second", asks
    yield "a daemon at rest: CPU of the master a second", f"{got['rest_us']:.0f} µs"
    yield "a daemon asks for the map, a second, in all", f"{got['map_asks']:.2f}"
    for key in ("map", "large_map"):
        count, size, us = got[key]
        yield f"CLUSTER NODES of {count} nodes", f"{size:,} B, {us:.0f} µs"
    yield "the newest message of a group, for a group list", f"{got['list_us']:.1f} µs"

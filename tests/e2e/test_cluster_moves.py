"""test_cluster_moves.py - fastim-pushd on a Redis Cluster that is half moved, cold, or lies: it serves, or says why."""
import asyncio
import contextlib
import itertools
import json
import re
import socket
import time

import pytest

from client import Client
from cluster_site import ClusterServer
from daemon import Daemon
from host import fresh
from idle import Idle
from made_up_node import MadeUpNode, bulk, error
from ports import free_port
from processes import eventually
from redis_cluster import RedisCluster, key_slot
from v2 import V2

pytestmark = pytest.mark.spread


class Seeds:
    """Nodes that a daemon is told of, as it sees a RedisServer. masters: to so many it connects."""

    def __init__(self, places, masters=0):
        self.settings = {"redis.cluster": places}
        self.masters = masters


class ClusterDaemon(Daemon):
    """V2.enter() takes it for a host."""

    def __init__(self, folder, server, settings=None):
        folder.mkdir()
        super().__init__(folder, server, settings)
        self.process.wait_line("^info listening")

    def chat_url(self, group, user, token="xxx", at=None):
        return self.url(group, user)


@pytest.fixture
def make_daemon(tmp_path):
    daemons = []

    def make(server, settings=None):
        server = server if hasattr(server, "settings") else ClusterServer(server)
        daemons.append(ClusterDaemon(tmp_path / f"daemon{len(daemons)}", server, settings))
        return daemons[-1]
    yield make
    for daemon in daemons:
        daemon.stop()


def keys_of(cluster, node, group):
    """Those of the group's slot that are at this node."""
    return node.cluster("GETKEYSINSLOT", key_slot(f"{{{group}}}"), 100)


def asking(node, *words):
    pipeline = node.client.pipeline(transaction=False)
    pipeline.execute_command("ASKING")
    pipeline.execute_command(*words)
    return pipeline.execute()[1]


def entry(group, info):
    """A message as other writers store it."""
    return json.dumps({"groupId": group, "userId": "eve", "info": info, "ts": time.time_ns() // 1000000},
                      separators=(",", ":"))


def said(daemon, pattern):
    return re.search(pattern, daemon.process.output)


class HalfMoved:
    """A group whose slot is open, with its keys, or these alone, at the node that is to get it."""

    def __init__(self, cluster, daemon, group, *keys):
        self.cluster, self.group, self.slot = cluster, group, key_slot(f"{{{group}}}")
        self.source = cluster.owner(self.slot)
        self.target = next(node for node in cluster.masters() if node is not self.source)
        cluster.open_slot(self.slot, self.target)
        cluster.migrate(self.source, self.target, *(keys or keys_of(cluster, self.source, group)))
        eventually(lambda: said(daemon, f'room group="{group}" polled=1'), 15, "the open slot is noticed")

    def push(self, info):
        asking(self.target, "RPUSH", f"gml:{{{self.group}}}", entry(self.group, info))

    def close(self):
        keys = keys_of(self.cluster, self.source, self.group)
        if keys:
            self.cluster.migrate(self.source, self.target, *keys)
        self.cluster.close_slot(self.slot, self.target)


async def test_half_moved(make_cluster, make_daemon):
    """A room whose slot is open: the list is read, joiners come in, what is stored meanwhile is seen by all"""
    cluster = make_cluster()
    daemon, group = make_daemon(cluster), fresh()
    ann = await daemon.chat(group, "ann")
    await ann.say("one")
    half = await asyncio.to_thread(HalfMoved, cluster, daemon, group)
    for number in range(3):
        half.push(f"two{number}")
        begin = time.monotonic()
        assert await ann.info() == f"two{number}"
        assert time.monotonic() - begin < 2  # 0.25 s, and what the machine is short of
    bob = await daemon.chat(group, "bob")
    assert [message["info"] for message in bob.first["list"]] == ["one", "two0", "two1", "two2"]
    half.push("three")
    assert await ann.info() == "three" and await bob.info() == "three"
    with Idle(daemon.process):
        await refused_message(daemon, ann)
    assert daemon.metrics()["fastim_redis_rooms_polled"] == 1
    await asyncio.to_thread(half.close)
    await asyncio.to_thread(eventually, lambda: said(daemon, f'room group="{group}" polled=0'), 15)
    message = await ann.say("four")
    assert (await bob.message()) == message
    assert daemon.metrics()["fastim_redis_rooms_polled"] == 0
    assert ann.view == bob.view == [raw.decode() for raw in cluster.at(f"gml:{{{group}}}").lrange(
        f"gml:{{{group}}}", 0, -1)]


async def refused_message(daemon, client):
    """It has keys that are not there, which nobody can serve in a slot that is open: it is tried for so long, no longer."""
    begin = time.monotonic()
    await client.send("refused")
    assert await client.text() == "503"
    assert 2 < time.monotonic() - begin < 6
    await asyncio.to_thread(eventually, lambda: said(
        daemon, "(?m)^warn append-refused answer=.its slot is on the move, or no node had it in time"), 5)


async def test_half_moved_v2(make_cluster, make_daemon):
    """fastim.v2 in such a room: what others store comes with its number; who comes back is told what is so"""
    cluster = make_cluster()
    daemon, group = make_daemon(cluster), fresh()
    ann = await V2.enter(daemon, group, "ann")
    await ann.say("one")
    half = await asyncio.to_thread(HalfMoved, cluster, daemon, group)
    half.push("two")
    await ann.until("two")
    bob = await V2.enter(daemon, group, "bob")
    assert [message["info"] for message in bob.list["list"]] == ["one", "two"]
    half.push("three")
    await ann.until("three")
    await bob.until("three")
    await bob.leave()
    half.push("four")
    await ann.until("four")
    bob = await V2.enter(daemon, group, "bob", model=bob.model)
    await bob.until("four")
    await asyncio.to_thread(half.close)
    await asyncio.to_thread(eventually, lambda: said(daemon, f'room group="{group}" polled=0'), 15)
    half.cluster.at(f"gml:{{{group}}}")
    await ann.put("five")
    await ann.until("five")
    await bob.until("five")
    stored = [json.loads(raw)["info"] for raw in cluster.at(f"gml:{{{group}}}").lrange(f"gml:{{{group}}}", 0, -1)]
    assert stored == ["one", "two", "three", "four", "five"]
    for client in (ann, bob):
        assert [message["info"] for message in client.model.messages] == stored


async def test_large_lists_v2(make_cluster, make_daemon):
    """A list of 400 KB comes in pieces, from the node that has it: the slot's own, or the one that is to get it"""
    cluster = make_cluster()
    daemon, group = make_daemon(cluster), fresh()
    key = f"gml:{{{group}}}"
    ann = await V2.enter(daemon, group, "ann")
    await ann.say("one")
    for number in range(20):
        cluster.at(key).rpush(key, entry(group, f"{number} " + "x" * 20000))

    async def enter(user, node):
        client = await V2.enter(daemon, group, user)
        stored = [json.loads(raw)["info"] for raw in asking(node, "LRANGE", key, 0, -1)]
        assert [message["info"] for message in client.list["list"]] == stored and len(stored) >= 21
        return client

    bob = await enter("bob", cluster.owner(key_slot(key)))
    half = await asyncio.to_thread(HalfMoved, cluster, daemon, group)
    half.push("two")
    cy = await enter("cy", half.target)
    await bob.until("two")
    await asyncio.to_thread(half.close)
    await asyncio.to_thread(eventually, lambda: said(daemon, f'room group="{group}" polled=0'), 15)
    dan = await enter("dan", half.target)
    await ann.put("three")
    for client in (bob, cy, dan):
        await client.until("three")


async def test_keys_apart(make_cluster, make_daemon):
    """List and book at two nodes: messages get 503, and the log says so; the list is followed; then all goes on"""
    cluster = make_cluster()
    daemon, group = make_daemon(cluster), fresh()
    ann = await daemon.chat(group, "ann")
    await ann.say("one")
    half = await asyncio.to_thread(HalfMoved, cluster, daemon, group, f"gml:{{{group}}}")
    with Idle(daemon.process):
        await refused_message(daemon, ann)
        half.push("three")
        assert await ann.info() == "three"
        bob = await daemon.chat(group, "bob")
        assert [message["info"] for message in bob.first["list"]] == ["one", "three"]
    await asyncio.to_thread(half.close)
    message = await ann.say("four")
    assert await bob.message() == message


async def test_moves_under_load(make_cluster, make_daemon):
    """A slot moves to and fro, key by key, while messages come: each client has seen exactly the list, in its order"""
    cluster = make_cluster()
    daemons, group = [make_daemon(cluster) for _ in range(2)], fresh()
    slot, stop = key_slot(f"{{{group}}}"), asyncio.Event()
    ann = await daemons[0].chat(group, "ann")
    await ann.say("begin")
    readers = [ann, *[await daemon.chat(group, f"r{number}") for number, daemon in enumerate(daemons)]]
    modern = [await V2.enter(daemon, group, f"v{number}") for number, daemon in enumerate(daemons)]

    async def write():
        for number in itertools.count():
            if stop.is_set():
                return
            await ann.send(f"m{number}")
            await asyncio.sleep(0.02)

    async def read(client):
        while json.loads(client.view[-1])["info"] != "end":
            frame = await client.text(20)
            if frame != "503":  # that one is not stored
                client.view.append(frame)

    def move():
        for number in range(6):
            source = cluster.owner(slot)
            target = next(node for node in cluster.masters() if node is not source)
            cluster.move_slot(slot, target, between=lambda: time.sleep(0.3 if number % 2 else 0))

    reading = [asyncio.create_task(read(client)) for client in readers]
    writing = asyncio.create_task(write())
    await asyncio.to_thread(move)
    stop.set()
    await writing
    await asyncio.to_thread(eventually, lambda: all(
        daemon.metrics()["fastim_redis_rooms_polled"] == 0 for daemon in daemons), 20, "the move is over")
    await ann.send("end")
    await asyncio.gather(*reading)
    stored = [raw.decode() for raw in cluster.at(f"gml:{{{group}}}").lrange(f"gml:{{{group}}}", 0, -1)]
    assert len(stored) > 50 and len(stored) == len(set(stored))
    for client in readers:
        assert client.view == stored[stored.index(client.view[0]):]
    for client in modern:
        await client.until("end")
        assert [message["info"] for message in client.model.messages][-50:] == [
            json.loads(raw)["info"] for raw in stored][-50:]


# ---- the map ----

async def refused_join(daemon, group):
    """A client that cannot be served is closed in time, and may come again."""
    begin = time.monotonic()
    client = await Client.open(daemon.url(group, "ann"))
    assert await client.text() == "503"
    assert await client.close_code() == 1013
    assert time.monotonic() - begin < 5


async def served_join(daemon, group):
    """Who comes again and again, as clients do, is let in before long."""
    async with asyncio.timeout(20):
        while await (await Client.open(daemon.url(group, "ann"))).text() == "503":
            pass


async def test_seeds_that_are_dead(make_daemon):
    """Not ready, who comes is sent away in time, and no busy loop"""
    daemon = make_daemon(Seeds(" ".join(f"127.0.0.1:{free_port()}" for _ in range(3))))
    with Idle(daemon.process):
        await refused_join(daemon, fresh())
        status, why = daemon.health("/readyz")
        assert (status, why) == (503, "Redis does not answer, or it stops")
        await asyncio.sleep(2)
    now = daemon.metrics()
    assert now["fastim_redis_slots_unserved"] == 16384 and now["fastim_redis_nodes"] == 0
    assert now["fastim_redis_map_age_milliseconds"] >= 2000
    assert said(daemon, "(?m)^warn redis-down connection=\"?scout node=127.0.0.1")
    assert len(daemon.process.output.splitlines()) < 60


async def test_seeds_that_are_mute(make_daemon):
    """They take connections, and say nothing"""
    with contextlib.ExitStack() as sockets:
        ports = [sockets.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(3)]
        daemon = make_daemon(Seeds(" ".join(f"127.0.0.1:{port}" for port in ports)))
        with Idle(daemon.process):
            await refused_join(daemon, fresh())
            assert daemon.health("/readyz")[0] == 503
            await asyncio.to_thread(daemon.process.wait_line, "warn redis-down connection=.?scout node=127.0.0.1.* took too long")
        assert len(daemon.process.output.splitlines()) < 60


async def test_cold_map(make_cluster, make_daemon):
    """Nodes that tell nobody the map (by an ACL): there is none, and the log says so; then they tell it"""
    cluster = make_cluster()
    for node in cluster.nodes:
        node.client.execute_command("ACL", "SETUSER", "default", "-cluster|nodes")
    daemon = make_daemon(Seeds(cluster.seeds))
    with Idle(daemon.process):
        await refused_join(daemon, fresh())
        assert daemon.health("/readyz")[0] == 503
        await asyncio.sleep(2)
    assert said(daemon, '(?m)^warn cluster-map node=127.0.0.1:[0-9]+ reason="no answer to CLUSTER NODES" answer="NOPERM')
    asked = [node.client.info("commandstats")["cmdstat_cluster|nodes"]["rejected_calls"] for node in cluster.nodes]
    assert max(asked) < 30, asked
    assert len(daemon.process.output.splitlines()) < 60
    for node in cluster.nodes:
        node.client.execute_command("ACL", "SETUSER", "default", "+cluster|nodes")
    await served_join(daemon, fresh())


async def test_some_seeds_are_dead(make_cluster, make_daemon):
    """One seed that lives is enough; a replica knows the map as well"""
    cluster = make_cluster(replicas=1)
    replica = next(node for node in cluster.nodes if not node.is_master)
    places = f"127.0.0.1:{free_port()} {replica.place} 127.0.0.1:{free_port()}"
    daemon = make_daemon(Seeds(places, masters=3))
    await asyncio.to_thread(eventually, lambda: daemon.health("/readyz")[0] == 200, 5, "readiness")
    ann = await daemon.chat(fresh(), "ann")
    await ann.say("one")


async def test_cluster_that_comes_later(make_daemon, tmp_path):
    """The map is asked for again and again: the daemon serves soon after a node answers"""
    with RedisCluster(tmp_path / "cluster") as cluster:
        for node in cluster.nodes:
            node.kill()
        daemon = make_daemon(Seeds(cluster.seeds))
        await refused_join(daemon, fresh())
        for node in cluster.nodes:
            node.start()
        await asyncio.to_thread(cluster.wait_agreed)  # until then they say CLUSTERDOWN
        await asyncio.to_thread(eventually, lambda: daemon.metrics()["fastim_redis_slots_unserved"] == 0, 20)
        await served_join(daemon, fresh())  # the nodes may say for a moment that the cluster is down
        ann = await daemon.chat(fresh(), "ann")
        async with asyncio.timeout(10):  # until the words that no message may have are read
            await ann.send("one")
            while await ann.text() == "503":
                await asyncio.sleep(0.2)
                await ann.send("one")


async def test_a_dead_shard(make_cluster, make_daemon):
    """One shard of three is dead: its groups are refused in time, all others served, and the host stays ready"""
    cluster = make_cluster(node_timeout_ms=1000)
    daemon = make_daemon(cluster)
    dead, *alive = cluster.masters()
    lost, kept = cluster.name_at(dead), [cluster.name_at(node) for node in alive]
    clients = [await daemon.chat(group, "ann") for group in kept]
    there = await daemon.chat(lost, "ann")
    await there.say("one")
    await asyncio.to_thread(dead.kill)
    await asyncio.to_thread(eventually, lambda: daemon.metrics()["fastim_redis_slots_unserved"] > 5000, 10)
    with Idle(daemon.process):
        for client in clients:
            await client.say("still here")
        await there.send("two")
        assert await there.text() == "503"
        await refused_join(daemon, lost)
        assert daemon.health("/readyz")[0] == 200
        await asyncio.sleep(2)
    assert daemon.metrics()['fastim_redis_nodes_up{connection="commands"}'] == 2


async def test_a_host_that_starts_without_the_words(make_cluster, make_daemon):
    """The master that has fim:words is dead: who knows the words serves the groups of the others; who does not is not
    ready, and a message is answered 503, until they are read
    """
    cluster = make_cluster(node_timeout_ms=1000)
    dead = cluster.owner(key_slot("fim:words"))
    group = cluster.name_at(next(node for node in cluster.masters() if node is not dead))
    old = make_daemon(cluster)
    await (await old.chat(group, "ann")).say("one")
    await asyncio.to_thread(dead.kill)
    await asyncio.to_thread(eventually, lambda: old.metrics()["fastim_redis_slots_unserved"] > 5000, 10)
    young = make_daemon(Seeds(cluster.seeds, masters=2))
    bob = await young.chat(group, "bob")
    await bob.send("refused")
    assert await bob.text() == "503"
    await asyncio.to_thread(eventually, lambda: young.metrics()["fastim_redis_slots_unserved"] < 6000, 10)
    await asyncio.sleep(2)  # readiness is looked at each second
    assert [daemon.health("/readyz")[0] for daemon in (old, young)] == [200, 503]
    await (await old.chat(group, "ann")).say("two")
    assert await bob.info() == "two"
    await asyncio.to_thread(dead.restart)
    await asyncio.to_thread(eventually, lambda: young.health("/readyz")[0] == 200, 20)
    await bob.say("three")


# ---- nodes that lie ----

def nodes_of(*lines):
    return {"CLUSTER": bulk("".join(lines))}


async def test_no_master(make_daemon):
    """A node says in CLUSTER NODES that it is a master, and by ROLE that it is none: it is not used"""
    with MadeUpNode({"ROLE": b"*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$9\r\nconnected\r\n:0\r\n"}) as node:
        node.answers |= nodes_of(node.line("a", "0-16383", is_myself=True))
        daemon = make_daemon(Seeds(node.place))
        with Idle(daemon.process):
            await refused_join(daemon, fresh())
            assert daemon.health("/readyz")[0] == 503
            await asyncio.sleep(2)
        assert said(daemon, 'reason="it is no master"')
        assert not node.count.get("SSUBSCRIBE") and not node.count.get("EVALSHA")
        assert node.count["ROLE"] < 30
        assert len(daemon.process.output.splitlines()) < 60


@pytest.mark.parametrize("kind", ["MOVED", "ASK"])
@pytest.mark.parametrize("count", [1, 2], ids=["to itself", "to each other"])
async def test_loops(make_daemon, kind, count):
    """Each of two nodes sends all to the other one, or one to itself: an end is put to it, and nobody spins"""
    with contextlib.ExitStack() as nodes:
        ring = [nodes.enter_context(MadeUpNode({})) for _ in range(count)]
        for node, other in zip(ring, ring[1:] + ring[:1]):
            slots = ["0-16383"] if count == 1 else ["0-8191", "8192-16383"]
            node.answers |= nodes_of(*(each.line("ab"[number], slots[number], is_myself=each is node)
                                       for number, each in enumerate(ring)))

            def send_on(words, other=other):
                name = words[3] if words[0].startswith("EVAL") else words[1]
                return error(f"{kind} {key_slot(name)} {other.place}")
            node.answers |= {word: send_on for word in ("EVALSHA", "EVAL", "SSUBSCRIBE", "SPUBLISH", "GET", "HGET")}
        daemon = make_daemon(Seeds(" ".join(node.place for node in ring)))
        await asyncio.to_thread(eventually, daemon_is_connected(daemon, count), 10)
        with Idle(daemon.process):
            await refused_join(daemon, fresh())
            await asyncio.sleep(3)
        assert said(daemon, f'(?m)^warn enter-refused answer="{kind} ')
        counted = sum(node.count.get(word, 0) for node in ring for word in ("EVALSHA", "SSUBSCRIBE", "CLUSTER"))
        assert counted < 400, [node.count for node in ring]
        assert daemon.metrics()[f'fastim_redis_redirects_total{{kind="{kind.lower()}"}}'] > 0
        assert len(daemon.process.output.splitlines()) < 100


def daemon_is_connected(daemon, count):
    return lambda: daemon.process.output.count("redis-up connection=commands") >= count


async def test_nonsense(make_daemon):
    """CLUSTER NODES that is none, or of a Redis that is no cluster, is no map; nothing falls over"""
    answers = itertools.cycle([bulk("nonsense"), bulk(""), error("ERR This instance has cluster support disabled"),
                               b":5\r\n", bulk("x" * 100000), bulk("a " * 1000)])
    with MadeUpNode({"CLUSTER": lambda _words: next(answers)}) as node:
        daemon = make_daemon(Seeds(node.place))
        with Idle(daemon.process):
            await refused_join(daemon, fresh())
            await asyncio.sleep(2)
        assert daemon.health("/readyz")[0] == 503
        assert node.count["CLUSTER"] < 60
        assert daemon.process.output.count("warn cluster-map node=") == 1

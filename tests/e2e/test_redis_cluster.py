"""test_redis_cluster.py - the tests' own Redis Cluster: it does what other tests want of it."""
import contextlib
import itertools
import re
import socket
import time

import pytest
import redis

import redis_cluster
from host import ROOT
from ports import free_port, is_listening
from processes import Process, eventually
from redis_cluster import SLOTS, RedisCluster, key_slot, node_slots

pytestmark = pytest.mark.spread


@pytest.fixture
def shards(make_cluster):
    """Three masters without replicas."""
    return make_cluster()


@pytest.fixture
def pairs(make_cluster):
    """Three masters with a replica each."""
    return make_cluster(replicas=1)


def fill(cluster, key, count=20):
    cluster.at(key).rpush(key, *range(count))
    return [str(number).encode() for number in range(count)]


@contextlib.contextmanager
def refused(pattern):
    with pytest.raises(redis.ResponseError, match=pattern):
        yield


def test_begin(pairs):
    """All slots are served, each node has an epoch, replicas follow, no port can be an ephemeral connection's"""
    masters = pairs.masters()
    assert len(masters) == 3 and len(pairs.nodes) == 6
    assert set().union(*(slots for _, slots in masters[0].view().values())) == set(range(SLOTS))
    assert len({node["epoch"] for node in masters[0].nodes().values() if "master" in node["flags"]}) == 3
    assert [len(pairs.replicas_of(master)) for master in masters] == [1, 1, 1]
    assert all(20000 <= port < 32768 for node in pairs.nodes for port in (node.port, node.bus_port))
    assert all(is_listening(port) for node in pairs.nodes for port in (node.port, node.bus_port))
    assert pairs.seeds.split() == [f"127.0.0.1:{node.port}" for node in pairs.nodes]


def test_begins_at_once(tmp_path, record_property):
    """Redis' 2 s until a master serves are not waited for: they do so from their first check on, and never stop"""
    begin = time.monotonic()
    with RedisCluster(tmp_path, replicas=1) as cluster:
        record_property("figure", f"a cluster of six nodes serves after {time.monotonic() - begin:.2f} s")
        for node in cluster.masters():
            log = (node.folder / "redis.log").read_text()
            assert log.index("Cluster state changed: ok") < log.index("Taking over the master")
            assert "Cluster state changed: fail" not in log


def test_keys(shards):
    """at() and name_at() name the master that serves"""
    for node in shards.masters():
        key = f"gml:{{{shards.name_at(node)}}}"
        assert shards.owner_of(key) is node
        shards.at(key).set(key, node.id)
        assert node.client.get(key) == node.id.encode()
        for other in shards.masters():
            if other is not node:
                with refused(f"MOVED {key_slot(key)} {node.place}"):
                    other.client.get(key)


def test_slot_moves(shards):
    """All keys are at the new master, all masters know, and a sharded subscriber is told"""
    source, target = shards.masters()[:2]
    name = shards.name_at(source)
    keys = [f"gml:{{{name}}}", f"fim:book:{{{name}}}"]
    wanted = {key: fill(shards, key) for key in keys}
    listener = source.client.pubsub()
    listener.execute_command("SSUBSCRIBE", f"mq:{{{name}}}")
    assert listener.parse_response()[0] == b"ssubscribe"

    asked = itertools.count(1)
    shards.move_slot(key_slot(f"{{{name}}}"), target, between=lambda: next(asked))

    assert next(asked) == 3  # once for each key
    assert {key: target.client.lrange(key, 0, -1) for key in keys} == wanted
    assert listener.parse_response()[:2] == [b"sunsubscribe", f"mq:{{{name}}}".encode()]
    for other in (source, shards.masters()[2]):
        with refused(f"MOVED .* {target.place}"):
            other.client.lrange(keys[0], 0, -1)


def test_slot_left_half_moved(shards):
    """Of the keys of one slot some are here and some there, until it is closed"""
    source, target = shards.masters()[:2]
    name = shards.name_at(source)
    stays, goes = f"a:{{{name}}}", f"b:{{{name}}}"
    wanted = fill(shards, stays)
    fill(shards, goes)
    slot = key_slot(stays)

    assert shards.open_slot(slot, target) is source
    assert shards.migrate(source, target, goes)
    assert not shards.migrate(source, target, goes)

    assert source.nodes()[source.id]["migrations"] == [{"slot": str(slot), "node_id": target.id, "state": "migrating"}]
    assert source.client.lrange(stays, 0, -1) == wanted
    with refused(f"ASK {slot} {target.place}"):
        source.client.lrange(goes, 0, -1)
    with refused("TRYAGAIN"):
        source.client.exists(stays, goes)
    shards.migrate(source, target, stays)
    shards.close_slot(slot, target)
    assert target.client.exists(stays, goes) == 2
    assert all(not node.nodes()[node.id]["migrations"] for node in shards.masters())


def test_failover(pairs):
    """The replica takes over with all that was stored, and the former master follows it"""
    old = pairs.masters()[0]
    key = f"gml:{{{pairs.name_at(old)}}}"
    wanted = fill(pairs, key)
    new = pairs.failover(old)
    assert new is not old and pairs.owner_of(key) is new
    assert new.client.lrange(key, 0, -1) == wanted
    eventually(lambda: pairs.replicas_of(new) == [old], what="the old master follows")
    assert pairs.failover(new) is old  # and back


def test_kill_and_restart(make_cluster):
    """The replica of a dead master is elected; what was dead comes back as its replica, with what it missed"""
    pairs = make_cluster(replicas=1, appendonly=True)
    old = pairs.masters()[1]
    key = f"gml:{{{pairs.name_at(old)}}}"
    wanted = fill(pairs, key)
    assert old.client.wait(1, 5000) == 1
    old.kill()
    assert not is_listening(old.port)
    new = pairs.wait_failover(key_slot(key))
    pairs.at(key).rpush(key, "x")
    old.restart()
    eventually(lambda: not old.is_master and old.client.info("replication")["master_link_status"] == "up", 20,
               "it follows")
    old.client.execute_command("READONLY")
    assert old.client.lrange(key, 0, -1) == [*wanted, b"x"]
    assert pairs.owner_of(key) is new


def test_freeze_and_thaw(pairs):
    """A frozen master answers nobody; awake, it hears that another one has its slots"""
    old = pairs.masters()[2]
    slot = next(iter(node_slots(old.nodes()[old.id])))
    old.freeze()
    new = pairs.wait_failover(slot)
    assert new is not old
    with socket.create_connection(("127.0.0.1", old.port), timeout=0.2) as line, pytest.raises(TimeoutError):
        line.sendall(b"PING\r\n")
        line.recv(1)
    old.thaw()
    eventually(lambda: not old.is_master, 20, "the thawed one is no master")


@pytest.mark.parametrize("full_coverage", [False, True])
def test_lone_master_comes_back(make_cluster, full_coverage):
    """Without a replica its slots are served by nobody meanwhile; the others go on, or stop if all are to be covered"""
    shards = make_cluster(full_coverage=full_coverage, appendonly=True, node_timeout_ms=500)
    dead, other = shards.masters()[:2]
    key, others = (f"gml:{{{shards.name_at(node)}}}" for node in (dead, other))
    wanted = fill(shards, key)
    dead.kill()
    eventually(lambda: "fail" in other.nodes()[dead.id]["flags"].split(","), 20, "it is seen as dead")
    if full_coverage:
        eventually(lambda: other.view() is None, 20, "the others stop")
        with refused("CLUSTERDOWN"):
            other.client.exists(others)
    else:
        assert other.client.exists(others) == 0
    dead.restart()
    shards.wait_agreed()
    assert shards.at(key).lrange(key, 0, -1) == wanted


def test_password(make_cluster):
    """Replicas, and keys that move, need it as well"""
    pairs = make_cluster(replicas=1, password="pass word")
    source, target = pairs.masters()[:2]
    key = f"gml:{{{pairs.name_at(source)}}}"
    wanted = fill(pairs, key)
    pairs.move_slot(key_slot(key), target)
    assert pairs.failover(target).client.lrange(key, 0, -1) == wanted
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=source.port).ping()


def as_redis_says(value):
    """A value of redis.conf as CONFIG GET has it: sizes in bytes."""
    return re.sub(r"(\d+)mb", lambda size: str(int(size[1]) << 20), value).strip('"')


def test_settings_of_a_site(tmp_path):
    """conf/redis-cluster.conf: each line of it holds; a master without a replica refuses what would be lost with it"""
    conf = ROOT / "conf" / "redis-cluster.conf"
    lines = dict(line.split(" ", 1) for line in conf.read_text().splitlines() if line and not line.startswith("#"))
    port = free_port()
    process = Process(["redis-server", conf, "--port", port, "--cluster-port", free_port(), "--bind", "127.0.0.1",
                       "--dir", tmp_path], tmp_path / "redis.log")
    try:
        process.wait_line("(?i)ready to accept connections")
        client = redis.Redis(port=port)
        for name, value in lines.items():
            assert as_redis_says(value) in client.config_get(name)[name], name
        assert client.config_get("save")["save"] == ""
        assert int(lines["cluster-node-timeout"]) > 4500
        client.execute_command("CLUSTER ADDSLOTSRANGE", 0, SLOTS - 1)
        eventually(lambda: client.execute_command("CLUSTER INFO")["cluster_state"] == "ok", 20, "it serves")
        with refused("NOREPLICAS"):
            client.set("a", 1)
    finally:
        process.kill()


@pytest.fixture
def given_ports(monkeypatch):
    """given_ports(*first): the next cluster gets these ports before others. Returns the list of all that it got."""
    def give(*first):
        ports, given = itertools.chain(first, iter(free_port, None)), []
        monkeypatch.setattr(redis_cluster, "free_port", lambda: given.append(next(ports)) or given[-1])
        return given
    return give


@pytest.mark.parametrize("is_bus", [False, True])
def test_port_that_was_taken(tmp_path, given_ports, is_bus):
    """Others are taken then, and no node of the first try is left"""
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        given = given_ports(*[free_port() for _ in range(3 if is_bus else 2)], taken.getsockname()[1])
        with RedisCluster(tmp_path) as cluster:
            assert len(cluster.masters()) == 3
            assert len(given) == 12
            assert [port for port in given[:6] if is_listening(port)] == [taken.getsockname()[1]]


def test_no_free_port(tmp_path, given_ports):
    """It is given up in the end, and nothing is left"""
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        given = given_ports(*[port for _ in range(redis_cluster.TRIES) for port in
                              (*[free_port() for _ in range(5)], taken.getsockname()[1])])
        with pytest.raises(AssertionError, match="in use"):
            RedisCluster(tmp_path)
        assert {port for port in given if is_listening(port)} == {taken.getsockname()[1]}


def test_all_ends(tmp_path):
    """Whatever fails while it is used, no process is left; also none that is frozen"""
    with pytest.raises(ZeroDivisionError):
        with RedisCluster(tmp_path, replicas=1) as cluster:
            cluster.nodes[0].freeze()
            cluster.nodes[1].kill()
            1 / 0
    assert len(cluster.nodes) == 6
    assert all(node.process.popen.poll() is not None for node in cluster.nodes)
    assert not any(is_listening(port) for node in cluster.nodes for port in (node.port, node.bus_port))

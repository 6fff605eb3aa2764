"""test_http_cluster_moves.py - the HTTP API on a Redis Cluster that is half moved, cold, or lies: each request is served, or 503 with a line in the log, in time and without a busy loop."""
import contextlib
import itertools
import socket
import time

import pytest

from cluster_site import ClusterSite
from host import fresh
from idle import Idle
from made_up_node import MadeUpNode, bulk, error
from ports import free_port
from redis_cluster import key_slot

pytestmark = pytest.mark.spread

PATIENCE = 1.5  # redis.timeoutMs, by default
HOPS = 6        # of one command, with the first one
STEPS = 4       # commands of a message: the words, its sender may send, nobody has banned it, it is stored


@pytest.fixture
def make_site(tmp_path):
    """make_site("127.0.0.1:7000 …"): the HTTP API, which knows these nodes at first."""
    with contextlib.ExitStack() as sites:
        numbers = itertools.count()

        def make(seeds, cluster=None):
            site = ClusterSite(tmp_path / f"site{next(numbers)}", cluster, seeds=seeds)
            sites.callback(site.stop)
            return site
        yield make


def are_refused(site, count=10):
    """So many requests of different users, over 2 s: each is told 503 in time."""
    with Idle(site.process):
        for _ in range(count):
            began = time.monotonic()
            answer = site.api.post("/user/listGroup", user=fresh("u"), token="0" * 32)
            took = time.monotonic() - began
            assert answer.code == 503 and took < PATIENCE + 1, (answer, took)
            time.sleep(max(0, 2 / count - took))


def commands(*nodes):
    """How many of them these have got, but for those by which a connection begins."""
    return sum(count for node in nodes for word, count in node.count.items() if word in ("EVALSHA", "EVAL", "GET", "CLUSTER"))


def asked(node, command):
    """How often a real one has got it."""
    stat = node.client.info("commandstats").get(f"cmdstat_{command}", {"calls": 0, "rejected_calls": 0})
    return stat["calls"] + stat["rejected_calls"]


# ---- a slot that is half moved ----

def test_half_moved(make_cluster, make_site):
    """Commands of one key are served, also by the node that takes the slot over; those of several, if they are all there.
    A message has keys that are not there: it is tried again every 25 ms, then it is refused.
    """
    cluster = make_cluster()
    site, group = make_site(cluster.seeds, cluster), fresh()
    user = site.api.login(fresh("u"))

    def say():
        return user.post("/group/sendMessage", groupId=group, info="x")

    def is_refused_in_time():
        for node in cluster.nodes:
            node.client.config_resetstat()
        with Idle(site.process):
            began = time.monotonic()
            assert say().code == 503
            assert PATIENCE - 0.2 < time.monotonic() - began < PATIENCE + 1
        tried = sum(asked(node, "evalsha") for node in cluster.nodes)
        assert PATIENCE / 0.025 / 4 < tried < 2 * STEPS + 2 * PATIENCE / 0.025
        assert len(user.history(group)) == 1

    assert say().code == 200
    slot = key_slot(f"{{{group}}}")
    source = cluster.owner(slot)
    target = next(node for node in cluster.masters() if node is not source)
    cluster.open_slot(slot, target)
    is_refused_in_time()
    cluster.migrate(source, target, f"gml:{{{group}}}")
    is_refused_in_time()
    cluster.migrate(source, target, *source.cluster("GETKEYSINSLOT", slot, 10))
    is_refused_in_time()
    site.process.wait_line('error redis-error node=.* answer="TRYAGAIN')
    cluster.close_slot(slot, target)
    assert say().code == 200 and len(user.history(group)) == 2


# ---- the map ----

def test_cold_map(make_cluster, make_site):
    """Nodes that tell nobody the map (by an ACL): each command finds its way by MOVED, and the log says so"""
    cluster = make_cluster()
    for node in cluster.nodes:
        node.client.execute_command("ACL", "SETUSER", "default", "-cluster|nodes")
    site = make_site(cluster.seeds, cluster)
    with Idle(site.process):
        for _ in range(10):
            group, user = fresh(), site.api.login(fresh("u"))
            assert user.post("/group/sendMessage", groupId=group, info="x").code == 200
            assert len(user.history(group)) == 1
            time.sleep(0.2)
    site.process.wait_line('warn cluster-map node=127.0.0.1:[0-9]+ reason="no answer to CLUSTER NODES" answer="NOPERM')
    assert sum(asked(node, "cluster|nodes") for node in cluster.nodes) <= 10 * (STEPS + 3) * len(cluster.nodes)


def test_nonsense(make_site):
    """A map that is none, of a node that knows nothing else"""
    answers = itertools.cycle([bulk("nonsense"), bulk(""), b":5\r\n", bulk("x" * 100000), bulk("a " * 1000), b"*0\r\n"])
    with MadeUpNode({"CLUSTER": lambda _words: next(answers), "EVALSHA": error("CLUSTERDOWN Hash slot not served"),
                     "EVAL": error("CLUSTERDOWN Hash slot not served")}) as node:
        site = make_site(node.place)
        are_refused(site)
        site.process.wait_line(f'warn cluster-map node={node.place} reason="no answer to CLUSTER NODES"')
        site.process.wait_line(f'error redis-error node={node.place} answer="CLUSTERDOWN')
        assert site.process.output.count("warn cluster-map") <= 2  # processes
        assert commands(node) <= 10 * 2


def test_seeds_that_are_dead(make_site):
    """503 at once, each time"""
    site = make_site(" ".join(f"127.0.0.1:{free_port()}" for _ in range(3)))
    are_refused(site)
    site.process.wait_line('warn redis-down node=127.0.0.1:.* reason="cannot connect" answer="Connection refused"')
    assert site.process.output.count("warn redis-down") <= 2 * 3


def test_seeds_that_are_mute(make_site):
    """They take connections, and say nothing: 503 within the time that a request may wait for Redis"""
    with contextlib.ExitStack() as sockets:
        ports = [sockets.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(3)]
        site = make_site(" ".join(f"127.0.0.1:{port}" for port in ports))
        are_refused(site, 3)
        site.process.wait_line('warn redis-down node=127.0.0.1:.* reason="no answer in time"')
        assert site.process.output.count("warn redis-down") <= 2 * 3


# ---- nodes that lie ----

def test_no_master(make_site):
    """A node says in CLUSTER NODES that it is a master, and stores nothing, as it is none"""
    readonly = error("READONLY You can't write against a read only replica.")
    with MadeUpNode({"EVALSHA": readonly, "EVAL": readonly}) as node:
        node.answers["CLUSTER"] = bulk(node.line("a", "0-16383", is_myself=True))
        site = make_site(node.place)
        are_refused(site)
        site.process.wait_line(f'error redis-error node={node.place} answer="READONLY')
        assert site.process.output.count("error redis-error") <= 2
        assert commands(node) <= 10 * 2


@pytest.mark.parametrize("kind", ["MOVED", "ASK"])
@pytest.mark.parametrize("count", [1, 2], ids=["to itself", "to each other"])
def test_loops(make_site, kind, count):
    """Each of two nodes sends all to the other one, or one to itself: an end is put to it"""
    with contextlib.ExitStack() as nodes:
        ring = [nodes.enter_context(MadeUpNode({})) for _ in range(count)]
        for node, other in zip(ring, ring[1:] + ring[:1]):
            slots = ["0-16383"] if count == 1 else ["0-8191", "8192-16383"]
            node.answers["CLUSTER"] = bulk("".join(each.line("ab"[number], slots[number], is_myself=each is node)
                                                   for number, each in enumerate(ring)))

            def send_on(words, other=other):
                return error(f"{kind} {key_slot(words[3])} {other.place}")
            node.answers |= {"EVALSHA": send_on, "EVAL": send_on}
        site = make_site(" ".join(node.place for node in ring))
        are_refused(site)
        site.process.wait_line(f'error redis-error node=127.0.0.1:[0-9]+ answer="{kind} ')
        assert commands(*ring) <= 10 * 2 * HOPS

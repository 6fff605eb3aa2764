"""test_cluster_moves.py - fastim-pushd on a Redis Cluster that is half moved, cold, or lies: it serves, or says why."""
import asyncio
import json
import os
import re
import time

import pytest

from cluster_site import ClusterServer
from daemon import Daemon
from host import fresh
from processes import eventually
from redis_cluster import key_slot
from v2 import V2

pytestmark = pytest.mark.spread


class ClusterDaemon(Daemon):
    """At that cluster. V2.enter() takes it for a host."""

    def __init__(self, folder, cluster, settings=None):
        folder.mkdir()
        super().__init__(folder, ClusterServer(cluster), settings)

    def chat_url(self, group, user, token="xxx", at=None):
        return self.url(group, user)


@pytest.fixture
def make_daemon(tmp_path):
    daemons = []

    def make(cluster, settings=None):
        daemons.append(ClusterDaemon(tmp_path / f"daemon{len(daemons)}", cluster, settings))
        return daemons[-1]
    yield make
    for daemon in daemons:
        daemon.stop()


def cpu_seconds(process):
    """That it has used so far."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
    """A group whose slot is open, with its keys at the node that is to get it."""

    def __init__(self, cluster, daemon, group):
        self.cluster, self.group, self.slot = cluster, group, key_slot(f"{{{group}}}")
        self.source = cluster.owner(self.slot)
        self.target = next(node for node in cluster.masters() if node is not self.source)
        cluster.open_slot(self.slot, self.target)
        keys = keys_of(cluster, self.source, group)
        if keys:
            cluster.migrate(self.source, self.target, *keys)
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
        assert time.monotonic() - begin < 1
    bob = await daemon.chat(group, "bob")
    assert [message["info"] for message in bob.first["list"]] == ["one", "two0", "two1", "two2"]
    half.push("three")
    assert await ann.info() == "three" and await bob.info() == "three"
    used, begin = cpu_seconds(daemon.process), time.monotonic()
    await asyncio.sleep(3)
    assert (cpu_seconds(daemon.process) - used) / (time.monotonic() - begin) < 0.1
    assert daemon.metrics()["fastim_redis_rooms_polled"] == 1
    await asyncio.to_thread(half.close)
    await asyncio.to_thread(eventually, lambda: said(daemon, f'room group="{group}" polled=0'), 15)
    message = await ann.say("four")
    assert (await bob.message()) == message
    assert daemon.metrics()["fastim_redis_rooms_polled"] == 0
    assert ann.view == bob.view == [raw.decode() for raw in cluster.at(f"gml:{{{group}}}").lrange(
        f"gml:{{{group}}}", 0, -1)]

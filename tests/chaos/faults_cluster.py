"""faults_cluster - faults of a scene on a Redis Cluster: masters die, freeze, change; slots move; whole shards go."""
import asyncio
import functools
import time
from concurrent.futures import ThreadPoolExecutor

from faults import fault
from processes import eventually
from record import now_ms
from redis_cluster import node_slots
from scene import in_thread
from split import heal, split

BETWEEN_KEYS_S = 0.3
OPEN_S = 10        # a slot is left half moved
MAX_LAG_S = 3      # as conf/redis-cluster.conf has it: so long a master that is cut off takes what nobody else gets
SPLIT_MS = 6000    # the same, with what Redis' own clock, which ticks by the second, adds
AGREED_S = 60      # longest wait until all nodes see the same, on a machine that is busy with other things


def on_cluster(name, what, shortest, longest, **more):
    """It begins and ends with a cluster that is whole."""
    def register(harm):
        @functools.wraps(harm)
        async def whole(scene, blow):
            await scene.until_settled()
            await harm(scene, blow)
            await scene.until_settled()
        return fault(name, what, shortest, longest, scene="cluster", **more)(whole)
    return register


def choose_shard(scene, blow):
    """A master that has rooms, and these."""
    master = blow.choose_of(scene.shards())
    return master, scene.rooms_at(master)


def all_at_once(function, things):
    with ThreadPoolExecutor(len(things)) as pool:
        list(pool.map(function, things))


# ---- masters ----

@on_cluster("cluster-kill", "kill -9 of a master, which comes back as a replica", 1, 2, gone_ms=0)
async def cluster_kill(scene, blow):
    master, rooms = await in_thread(choose_shard, scene, blow)
    slot = scene.slot(min(rooms))
    blow.begin(rooms)
    await in_thread(master.kill)
    await in_thread(scene.cluster.wait_failover, slot, AGREED_S)
    await blow.last()
    await in_thread(master.restart)


@on_cluster("cluster-freeze", "SIGSTOP of a master until another one has its slots, and longer", 1, 2, gone_ms=0)
async def cluster_freeze(scene, blow):
    master, rooms = await in_thread(choose_shard, scene, blow)
    slot = scene.slot(min(rooms))
    blow.begin(rooms)
    master.freeze()
    try:
        await in_thread(scene.cluster.wait_failover, slot, AGREED_S)
        await blow.last()
    finally:
        master.thaw()


@on_cluster("cluster-failover", "CLUSTER FAILOVER of a shard with rooms", 0.5, 2, refuses=False)
async def cluster_failover(scene, blow):
    master, rooms = await in_thread(choose_shard, scene, blow)
    await in_thread(scene.cluster.wait_electable, master)
    blow.begin(rooms)
    await in_thread(scene.cluster.failover, master)
    await blow.last()


@on_cluster("cluster-stop", "SIGTERM to all masters, started again with their data", 0.1, 3)
async def cluster_stop(scene, blow):
    masters = await in_thread(scene.cluster.masters)
    blow.begin()
    await in_thread(all_at_once, lambda master: master.stop(), masters)
    await blow.last()
    await in_thread(all_at_once, lambda master: master.restart(), masters)


@on_cluster("cluster-replica", "kill -9 of a replica, started again", 0.5, 8, refuses=False)
async def cluster_replica(scene, blow):
    replica = blow.choose_of(await in_thread(replicas, scene))
    blow.begin(())
    await in_thread(replica.kill)
    await blow.last()
    await in_thread(replica.restart)


def replicas(scene):
    return [node for node in scene.cluster.nodes if not node.is_master]


@on_cluster("cluster-split", "a master is cut off from all other nodes; both hosts reach both sides", 1, 2,
            gone_ms=SPLIT_MS)
async def cluster_split(scene, blow):
    """As long as it takes writes that nobody else gets, these are gone afterwards."""
    cluster = scene.cluster
    first = cluster.nodes[0]
    if not await in_thread(lambda: first.is_master):
        await in_thread(lambda: cluster.failover(cluster.node(first.nodes()[first.id]["master_id"])))
        await scene.until_settled()
    rooms = await in_thread(scene.rooms_at, first)
    slot = min(node_slots((await in_thread(first.nodes))[first.id]))
    first.client.config_set("min-replicas-max-lag", MAX_LAG_S)
    first.client.config_set("min-replicas-to-write", 1)
    blow.begin(rooms)
    await in_thread(split, cluster.places)
    try:
        await in_thread(eventually, lambda: has_successor(cluster, first, slot), AGREED_S, "a new master")
        await blow.last()
    finally:
        await in_thread(heal, cluster.places)
    await in_thread(first.client.config_set, "min-replicas-to-write", 0)


def has_successor(cluster, first, slot):
    return any(slot in node_slots(node.nodes()[node.id]) for node in cluster.nodes if node is not first)


# ---- whole shards ----

def shard_of(scene, blow):
    master, rooms = choose_shard(scene, blow)
    return [master, *scene.cluster.replicas_of(master)], rooms


@on_cluster("shard-kill", "kill -9 of a master and its replica, started again with their data", 0.5, 4)
async def shard_kill(scene, blow):
    nodes, rooms = await in_thread(shard_of, scene, blow)
    blow.begin(rooms)
    await in_thread(all_at_once, lambda node: node.kill(), nodes)
    await blow.last()
    await in_thread(all_at_once, lambda node: node.restart(), nodes)


@on_cluster("shard-empty", "kill -9 of a master and its replica, which come back empty", 0.5, 4, loses_data=True)
async def shard_empty(scene, blow):
    nodes, rooms = await in_thread(shard_of, scene, blow)
    blow.begin(rooms)
    await in_thread(all_at_once, lambda node: node.kill(), nodes)
    await in_thread(scene.lose_shard, nodes, rooms, now_ms())
    await blow.last()
    await in_thread(all_at_once, lambda node: node.restart(), nodes)


# ---- slots ----

def elsewhere(scene, blow, slot):
    """A master that has not this slot."""
    owner = scene.cluster.owner(slot)
    return blow.choose_of([master for master in scene.cluster.masters() if master is not owner])


async def move_busy(scene, blow, between=lambda: None):
    """The slot of the busy room, from master to master, again and again."""
    slot, end = scene.slot("busy"), time.monotonic() + blow.seconds
    blow.begin(("busy",))
    while True:
        target = await in_thread(elsewhere, scene, blow, slot)
        await in_thread(scene.cluster.move_slot, slot, target, between)
        if time.monotonic() > end:
            return
        await asyncio.sleep(0.2)


@on_cluster("slot-move", "the busy room's slot goes to and fro", 1, 6, refuses=False)
async def slot_move(scene, blow):
    await move_busy(scene, blow)


@on_cluster("slot-move-slow", "the same, with 0.3 s between the keys", 1, 6)
async def slot_move_slow(scene, blow):
    await move_busy(scene, blow, lambda: time.sleep(BETWEEN_KEYS_S))


@on_cluster("slot-open", "the busy room's slot is left half moved for 10 s, then the move is ended", 10, 10)
async def slot_open(scene, blow):
    """Redis takes no script with several keys meanwhile, unless it has all of them: so messages are refused."""
    slot, cluster = scene.slot("busy"), scene.cluster
    target = await in_thread(elsewhere, scene, blow, slot)
    blow.begin(("busy",))
    source = await in_thread(cluster.open_slot, slot, target)
    if blow.pick < 0.5:  # else all stays where it is
        await in_thread(cluster.migrate, source, target, "gml:{busy}", "fim:book:{busy}")
    await asyncio.sleep(OPEN_S)
    await in_thread(end_move, cluster, slot, source, target)


def end_move(cluster, slot, source, target):
    while keys := source.cluster("GETKEYSINSLOT", slot, 10):
        cluster.migrate(source, target, *keys)
    cluster.close_slot(slot, target)


@on_cluster("move-failover", "a master is killed while a slot leaves it: the list is where nobody looks", 1, 1,
            gone_ms=60_000, by_name=True)
async def move_failover(scene, blow):
    slot, cluster = scene.slot("busy"), scene.cluster
    target = await in_thread(elsewhere, scene, blow, slot)
    blow.begin(await in_thread(lambda: scene.rooms_at(cluster.owner(slot))))
    source = await in_thread(cluster.open_slot, slot, target)
    # The target may have a list that was left there by the time before.
    await in_thread(lambda: cluster.migrate(source, target, "gml:{busy}", "fim:book:{busy}", replace=True))
    await asyncio.sleep(1)
    await in_thread(source.kill)
    new = await in_thread(eventually, lambda: cluster.claimant(slot), AGREED_S, "a new master")
    await blow.last()
    await in_thread(source.restart)
    await in_thread(eventually, lambda: not source.is_master, AGREED_S, "the old one is its replica")
    await in_thread(cluster.close_slot, slot, new)


# ---- nodes that come and go ----

@on_cluster("node-add", "a fourth master comes, and gets the slots of two rooms", 0.5, 2)
async def node_add(scene, blow):
    """A daemon refuses messages until it is connected to it."""
    if scene.fourth:
        await in_thread(take_away, scene)
    rooms = two_rooms(scene)
    blow.begin(rooms)
    scene.fourth = await in_thread(scene.cluster.add_node)
    await in_thread(move_rooms, scene, rooms, lambda room: scene.fourth)
    await blow.last()


@on_cluster("node-remove", "a fourth master gives back its slots, and goes", 0.5, 2)
async def node_remove(scene, blow):
    """If there is none, it comes first, as above."""
    if not scene.fourth:
        scene.fourth = await in_thread(scene.cluster.add_node)
        await in_thread(move_rooms, scene, two_rooms(scene), lambda room: scene.fourth)
    blow.begin(await in_thread(scene.rooms_at, scene.fourth))
    await in_thread(take_away, scene)
    await blow.last()


def two_rooms(scene):
    return ("busy", scene.other_rooms[-1])


def move_rooms(scene, rooms, aim):
    for room in rooms:
        target = aim(room)
        if scene.cluster.owner(scene.slot(room)) is not target:
            scene.cluster.move_slot(scene.slot(room), target)


def take_away(scene):
    others = [master for master in scene.cluster.masters() if master is not scene.fourth]
    move_rooms(scene, sorted(scene.rooms_at(scene.fourth)), lambda room: others[scene.slot(room) % len(others)])
    scene.cluster.remove_node(scene.fourth)
    scene.fourth = None

"""test_cluster_faults.py - a Redis Cluster whose slots move and whose masters die, under load: each reader against the list."""
import asyncio
import json
import subprocess
import time

import pytest

from client import Chat
from cluster_site import ClusterServer, name_on_cluster
from daemon import Daemon
from flood import Flood, difference
from host import fresh
from processes import eventually
from redis_cluster import RedisCluster, key_slot, node_slots
from v2 import V2

pytestmark = [pytest.mark.limit(120), pytest.mark.spread]

BREATH = 0.2    # between two faults; nothing waits for it
PATIENCE = 2.0  # a message waits for so long, and somewhat longer; then it is refused
UNACKED = 16    # of a client of fastim.v2
SILENCE = 1.0   # at most, of a group that a fault does not concern


class Push(Daemon):
    """fastim-pushd alone on a cluster, as Flood and V2 see a host."""

    @property
    def redis(self):
        return self.redis_server.client

    def entries(self, group):
        return [entry.decode() for entry in self.redis.lrange(f"gml:{group}", 0, -1)]

    def chat_url(self, group, user, token="xxx", at=None):
        return self.url(group, user).rsplit("/", 1)[0] + "/" + token

    async def chat(self, group, user, token="xxx", **options):
        return await Chat.join(self.chat_url(group, user, token), **options)


@pytest.fixture
def make_pushes(tmp_path):
    """make_pushes(cluster, 2): so many daemons; on one Redis as well."""
    made = []

    def make(cluster, count=2, **settings):
        for _ in range(count):
            folder = tmp_path / f"push{len(made)}"
            folder.mkdir()
            server = ClusterServer(cluster) if isinstance(cluster, RedisCluster) else cluster
            made.append(Push(folder, server, {"log.level": "debug", **settings}))
        return made[-count:]

    yield make
    for push in made:
        push.stop()


def slot_of(group):
    return key_slot(name_on_cluster(f"gml:{group}"))


def a_flood(pushes, group):
    """It lasts 5 s at least, and as long as the fault. What may be refused is judged when it is known how long the
    fault took: was_refused_for_nothing().
    """
    flood = Flood(pushes, messages=250, senders=4, joiners=8, pace=0.02, refusals=True)
    flood.group = group
    return flood


async def repeated(count, harm, lasted):
    """So often, with breaths between. lasted: gets how long each took, s."""
    for _ in range(count):
        began = time.monotonic()
        await asyncio.to_thread(harm)
        lasted.append(time.monotonic() - began)
        await asyncio.sleep(BREATH)


def was_refused_for_nothing(flood, lasted):
    """A fault that is over before a message has waited too long costs no message. If it takes longer, the machine is
    too busy for it.
    """
    return flood.refused and max(lasted) < PATIENCE


def check_all(flood):
    flood.check_every_view_is_the_list()
    flood.check_every_message_once()
    flood.check_ts_strictly_increases()


# ---- slots that move ----

async def test_a_slot_that_moves_to_and_fro(make_cluster, make_pushes):
    """First frame plus what follows is exactly the group's list in list order"""
    cluster = make_cluster()
    pushes = make_pushes(cluster)
    flood, lasted = a_flood(pushes, fresh("flood")), []
    reader = await V2.enter(pushes[0], flood.group, "reader")

    def move():
        slot = slot_of(flood.group)
        source = cluster.owner(slot)
        cluster.move_slot(slot, next(node for node in cluster.masters() if node is not source))

    await flood.run(fault=lambda: repeated(8, move, lasted))
    check_all(flood)
    assert not was_refused_for_nothing(flood, lasted), (flood.refused, lasted)
    await reader.until(flood.senders[0].view[-1].split('"info":"')[1].split('"')[0])
    reader.model.check_shows(pushes[0].entries(flood.group))


async def test_slots_are_resharded_by_redis_cli(make_cluster, make_pushes):
    """`redis-cli --cluster reshard`: those that it moves, and those beside them"""
    cluster = make_cluster()
    pushes = make_pushes(cluster)
    source, target = cluster.masters()[:2]
    first = min(node_slots(source.nodes()[source.id]))
    moved = next(name for name in iter(lambda: fresh("flood"), None) if first <= slot_of(name) < first + 400)
    stays = cluster.name_at(cluster.masters()[2])
    floods = [a_flood(pushes, moved), a_flood(pushes, stays)]

    def reshard():
        """Each slot takes milliseconds."""
        done = subprocess.run(["redis-cli", "--cluster", "reshard", source.place, "--cluster-from", source.id, "--cluster-to", target.id,
                               "--cluster-slots", "400", "--cluster-yes"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    resharding = asyncio.ensure_future(asyncio.to_thread(reshard))

    async def is_resharded():
        await asyncio.shield(resharding)

    await asyncio.gather(*(flood.run(fault=is_resharded) for flood in floods))
    cluster.wait_agreed()
    assert cluster.owner(slot_of(moved)) is target
    for flood in floods:
        check_all(flood)
        assert not flood.refused
    await (await pushes[1].chat(moved, "late")).say("at its new node")


# ---- masters that change ----

async def test_cluster_failover_loses_nothing(make_cluster, make_pushes):
    """CLUSTER FAILOVER: silence, no 503; nothing gone"""
    cluster = make_cluster(replicas=2)
    pushes = make_pushes(cluster)
    flood, lasted = a_flood(pushes, fresh("flood")), []

    def fail_over():
        cluster.failover(cluster.owner(slot_of(flood.group)))

    await flood.run(fault=lambda: repeated(3, fail_over, lasted))
    check_all(flood)
    assert not was_refused_for_nothing(flood, lasted), (flood.refused, lasted)


async def test_a_client_of_fastim_v2_begins_anew_behind_a_failover(make_cluster, make_pushes):
    """a new master may lack what was given out last: no position of before proves anything"""
    cluster = make_cluster(replicas=1)
    push, group = make_pushes(cluster, 1)[0], fresh()
    client = await V2.enter(push, group, "u")
    for n in range(3):
        await client.say(f"before {n}")
    cluster.failover(cluster.owner(slot_of(group)))
    await client.next("list")
    await client.say("behind it")
    await client.leave()
    cluster.failover(cluster.owner(slot_of(group)))
    back = await V2.enter(push, group, "u", model=client.model)
    assert not back.welcome["recovered"]
    await back.say("live")
    back.model.check_shows(push.entries(group))


class Talker:
    """Says something in a group again and again, and takes what comes back. .silence: the longest until then, s."""

    def __init__(self, push, group):
        self.push, self.group, self.silence = push, group, 0

    async def run(self, ended):
        """Until that event."""
        client = await self.push.chat(self.group, "by")
        while not ended.is_set():
            began = time.monotonic()
            await client.say(f"{began}")
            self.silence = max(self.silence, time.monotonic() - began)
            await asyncio.sleep(0.01)
        assert client.view == self.push.entries(self.group)[client.first["total"] - len(client.first["list"]):]


class Writer:
    """A client of fastim.v2, which knows of each message what became of it: the text of a message is its id."""

    def __init__(self, push, group):
        self.push, self.group, self.said, self.is_at_end = push, group, 0, False

    async def run(self, ended):
        """Until that event, and until all is answered."""
        self.client = await V2.enter(self.push, self.group, "writer")
        reading = asyncio.create_task(self._read())
        while not ended.is_set():
            if len(self.client.model.open) < UNACKED:
                await self._say()
            await asyncio.sleep(0.05)
        self.is_at_end = True
        await self._say()
        await reading

    async def _say(self):
        self.said += 1
        await self.client.put(f"w{self.said}", f"w{self.said}")

    async def _read(self):
        while not self.is_at_end or self.client.model.open:
            frame = await self.client.any(20)
            assert frame["type"] != "error" or "id" in frame, frame

    def check(self, seen):
        """seen: all texts that anybody has seen, or that are in the list."""
        model, infos = self.client.model, {json.loads(text)["info"] for text in seen}
        assert len(model.acked) + len(model.refused) == self.said
        assert not infos & set(model.refused), "refused, but somebody has seen it"
        assert infos >= set(model.acked), "acknowledged, but nobody has seen it"


@pytest.mark.alone
async def test_a_master_is_killed(make_cluster, make_pushes, own_redis, record_property):
    """Its groups: silence and 503, then all that was missed; refused is not stored. Groups of other masters notice
    nothing: longest silence < 1 s, where the machine itself does not take longer for the same on a Redis that no fault
    concerns.
    """
    cluster = make_cluster(replicas=1)
    pushes = make_pushes(cluster)
    flood, ended = a_flood(pushes, fresh("flood")), asyncio.Event()
    slot = slot_of(flood.group)
    victim = cluster.owner(slot)
    bystanders = [Talker(pushes[0], cluster.name_at(node)) for node in cluster.masters() if node is not victim]
    unconcerned = Talker(*make_pushes(own_redis, 1), fresh())
    writer = Writer(pushes[1], flood.group)

    async def kill():
        others = [asyncio.create_task(each.run(ended)) for each in [*bystanders, unconcerned, writer]]
        while flood.sent < 200:
            await asyncio.sleep(0.005)
        victim.kill()
        await asyncio.to_thread(cluster.wait_failover, slot)
        ended.set()
        await asyncio.gather(*others)

    await flood.run(fault=kill)
    assert cluster.owner(slot) is not victim
    check_survivors(flood)
    writer.check({*flood.entries(), *(text for client in flood.clients for text in client.view)})
    assert writer.client.model.refused, "it was over too soon"
    silence = max(each.silence for each in bystanders)
    told = f"a master is killed: longest silence of others {silence:.3f} s; on another Redis {unconcerned.silence:.3f} s"
    record_property("figure", told)
    assert silence < max(SILENCE, 2 * unconcerned.silence), told


def check_survivors(flood):
    """The new master may lack the last of what the old one had told. All else: once, in order, by everybody."""
    entries = flood.entries()
    kept = set(entries)
    assert len(kept) == len(entries)
    for client in flood.clients:
        assert len(set(client.view)) == len(client.view)
        seen = [text for text in client.view if text in kept]
        assert seen == entries[len(entries) - len(seen):], difference(seen, entries[len(entries) - len(seen):])
    for client in flood.senders:  # each has seen what it has sent, but for what it was refused: so that is not stored
        assert kept <= set(client.view)


# ---- a master that users alone need ----

async def test_who_is_checked_at_a_dead_master_is_refused_and_nobody_else(make_cluster, make_pushes):
    """503, and not stored; the users of other masters speak on in the same group"""
    cluster = make_cluster()
    push = make_pushes(cluster, 1, **{"im.group.loginAuth": 1})[0]
    home, other = cluster.masters()[:2]
    group, here, there = (cluster.name_at(home, "room"), cluster.name_at(home, "u"), cluster.name_at(other, "u"))
    for user in (here, there):
        push.redis.set(f"login:{user}", f"token-{user}")
    clients = [await push.chat(group, user, token=f"token-{user}") for user in (here, there)]
    await clients[0].say("one")
    assert await clients[1].info() == "one"
    await clients[1].say("two")
    assert await clients[0].info() == "two"
    other.kill()
    await clients[1].send("lost")
    assert await clients[1].text() == "503"
    await clients[0].say("three")
    assert [text.split('"info":"')[1].split('"')[0] for text in push.entries(group)] == ["one", "two", "three"]
    other.restart()
    eventually(lambda: other.view(), what="it serves again")
    assert await clients[1].info() == "three"

"""test_cluster_faults.py - a Redis Cluster whose slots move and whose masters die, under load: each reader against the list."""
import asyncio
import subprocess
import time

import pytest

from client import Chat
from cluster_site import ClusterServer, name_on_cluster
from daemon import Daemon
from flood import Flood, difference
from host import fresh
from processes import eventually
from redis_cluster import key_slot, node_slots
from v2 import V2

pytestmark = [pytest.mark.limit(120), pytest.mark.spread]

BREATH = 0.2  # between two faults; nothing waits for it


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
    """make_pushes(cluster, 2): so many daemons."""
    made = []

    def make(cluster, count=2, **settings):
        for _ in range(count):
            folder = tmp_path / f"push{len(made)}"
            folder.mkdir()
            made.append(Push(folder, ClusterServer(cluster), {"log.level": "debug", **settings}))
        return made[-count:]

    yield make
    for push in made:
        push.stop()


def slot_of(group):
    return key_slot(name_on_cluster(f"gml:{group}"))


def a_flood(pushes, group):
    """It lasts 5 s at least. On a busy machine a slot may be on its way for longer than a message may wait: 503."""
    flood = Flood(pushes, messages=250, senders=4, joiners=8, pace=0.02, refusals=True)
    flood.group = group
    return flood


async def again(harm, *arguments):
    """Until it is cancelled; what has begun comes to its end."""
    while True:
        await asyncio.shield(asyncio.ensure_future(asyncio.to_thread(harm, *arguments)))
        await asyncio.sleep(BREATH)


async def longest_silence(push, group, ended):
    """Says something in the group again and again until ended is set; how long an echo took at most, s."""
    client = await push.chat(group, "by")
    longest = 0
    while not ended.is_set():
        began = time.monotonic()
        await client.say(f"{began}")
        longest = max(longest, time.monotonic() - began)
        await asyncio.sleep(0.01)
    assert client.view == push.entries(group)[client.first["total"] - len(client.first["list"]):]
    return longest


def check_all(flood):
    flood.check_every_view_is_the_list()
    flood.check_every_message_once()
    flood.check_ts_strictly_increases()


# ---- slots that move ----

async def test_a_slot_that_moves_to_and_fro(make_cluster, make_pushes):
    """First frame plus what follows is exactly the group's list in list order"""
    cluster = make_cluster()
    pushes = make_pushes(cluster)
    flood, moves = a_flood(pushes, fresh("flood")), []
    reader = await V2.enter(pushes[0], flood.group, "reader")

    def move():
        slot = slot_of(flood.group)
        source = cluster.owner(slot)
        cluster.move_slot(slot, next(node for node in cluster.masters() if node is not source))
        moves.append(source)

    await flood.run(lambda: again(move))
    assert len(moves) >= 2, "it has hardly moved"
    check_all(flood)
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
        done = subprocess.run(["redis-cli", "--cluster", "reshard", source.place, "--cluster-from", source.id, "--cluster-to", target.id,
                               "--cluster-slots", "400", "--cluster-yes"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    resharding = asyncio.ensure_future(asyncio.to_thread(reshard))
    await asyncio.gather(*(flood.run() for flood in floods))
    await resharding
    cluster.wait_agreed()
    assert cluster.owner(slot_of(moved)) is target
    for flood in floods:
        check_all(flood)
    await (await pushes[1].chat(moved, "late")).say("at its new node")


# ---- masters that change ----

async def test_cluster_failover_loses_nothing(make_cluster, make_pushes):
    """CLUSTER FAILOVER: nothing gone; what is refused is not stored"""
    cluster = make_cluster(replicas=1)
    pushes = make_pushes(cluster)
    flood, done = a_flood(pushes, fresh("flood")), []

    def fail_over():
        done.append(cluster.failover(cluster.owner(slot_of(flood.group))))

    await flood.run(lambda: again(fail_over))
    assert done, "there was no failover"
    check_all(flood)


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


@pytest.mark.alone
async def test_a_master_is_killed(make_cluster, make_pushes):
    """Its groups: silence and 503, then all that was missed. Groups of other masters notice nothing."""
    cluster = make_cluster(replicas=1)
    pushes = make_pushes(cluster)
    flood, ended = a_flood(pushes, fresh("flood")), asyncio.Event()
    slot = slot_of(flood.group)
    victim = cluster.owner(slot)
    bystander = cluster.name_at(next(node for node in cluster.masters() if node is not victim))
    quiet = asyncio.create_task(longest_silence(pushes[0], bystander, ended))

    async def kill():
        while flood.sent < 400:
            await asyncio.sleep(0.005)
        victim.kill()
        await asyncio.shield(asyncio.ensure_future(asyncio.to_thread(cluster.wait_failover, slot)))

    await flood.run(kill)
    ended.set()
    assert cluster.owner(slot) is not victim
    check_survivors(flood)
    assert await quiet < 2  # the groups of the victim are silent for more than 3 s


def check_survivors(flood):
    """The new master may lack the last of what the old one had told. All else: once, in order, by everybody."""
    entries = flood.entries()
    kept = set(entries)
    assert len(kept) == len(entries)
    gone = set()
    for client in flood.clients:
        assert len(set(client.view)) == len(client.view)
        seen = [text for text in client.view if text in kept]
        assert seen == entries[len(entries) - len(seen):], difference(seen, entries[len(entries) - len(seen):])
        gone |= set(client.view) - kept
        if client in flood.senders:
            assert seen == entries
    assert len(entries) + len(gone) >= flood.messages * flood.sender_count - sum(flood.refused.values())


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

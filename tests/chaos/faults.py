"""faults - what can be done to Redis, to the way to it, and to the daemons: each does harm and undoes it."""
import asyncio
import contextlib
from dataclasses import dataclass
from typing import Callable

import redis

from record import now_ms
from scene import in_thread

FAULTS = {}


@dataclass
class Fault:
    name: str
    what: str
    harm: Callable          # async (scene, strike)
    shortest: float         # seconds that it lasts
    longest: float
    loses_data: bool = False
    scene: str = "plain"     # in which it strikes: with Sentinels, or on a cluster
    by_name: bool = False    # strikes only where it is asked for
    clock: bool = False      # wants a Redis whose clock can be stepped
    refuses: bool = True     # messages may be refused for it
    gone_ms: int = -1        # of a Strike


@dataclass
class Blow:
    """One time that a fault strikes, as the seed has it."""
    seconds: float
    pick: float              # from 0 to 1: which of several
    crowd: object
    record: object

    def begin(self, rooms=None):
        """Now: what came before was waiting for the moment. rooms: those that it concerns, if not all."""
        strike = self.record.strikes[-1]
        strike.begun_ms, strike.rooms = now_ms(), None if rooms is None else frozenset(rooms)

    async def last(self):
        await asyncio.sleep(self.seconds)

    def choose(self, things):
        return self.choose_of(sorted(things, key=str))

    def choose_of(self, things):
        """In an order that is the same in each run."""
        return things[int(self.pick * len(things))]


def fault(name, what, shortest, longest, **more):
    def register(harm):
        FAULTS[name] = Fault(name, what, harm, shortest, longest, **more)
        return harm
    return register


def side(scene, **options):
    """A connection of its own, which stays one."""
    return redis.Redis(port=scene.redis.port, single_connection_client=True, **options)


@fault("nothing", "to compare with", 4, 4, by_name=True)
async def nothing(scene, blow):
    await blow.last()


# ---- Redis goes and comes back ----

@fault("stop", "SIGTERM, started again with its data", 0.1, 4)
async def stop(scene, blow):
    await in_thread(scene.redis.stop)
    await blow.last()
    await in_thread(scene.redis.start)


@fault("kill", "kill -9, started again with its data", 0, 4)
async def kill(scene, blow):
    await in_thread(scene.redis.kill)
    await blow.last()
    await in_thread(scene.redis.start)


@fault("kill-empty", "kill -9, comes back empty", 0, 4, loses_data=True)
async def kill_empty(scene, blow):
    await in_thread(scene.redis.kill)
    await in_thread(scene.lose_data, now_ms())
    await blow.last()
    await in_thread(scene.redis.start)


@fault("mute-empty", "the replies to one host's commands are swallowed, then kill -9, comes back empty", 0, 2,
       loses_data=True, by_name=True)
async def mute_empty(scene, blow):
    scene.line.deafen(subscriptions=False)
    await asyncio.sleep(0.2)
    await kill_empty(scene, blow)


@fault("freeze", "SIGSTOP for a while", 0.2, 10)
async def freeze(scene, blow):
    scene.redis.freeze()
    await blow.last()
    scene.redis.thaw()


# ---- connections ----

@fault("client-kill", "CLIENT KILL, normal and pubsub, some times", 0.2, 2)
async def client_kill(scene, blow):
    times = 1 + int(blow.pick * 4)
    for _ in range(times):
        kill_clients(scene)
        await asyncio.sleep(blow.seconds / times)


def kill_clients(scene):
    for kind in ("pubsub", "normal"):
        scene.redis.client.client_kill_filter(_type=kind, skipme=True)


@fault("client-pause", "CLIENT PAUSE", 0.5, 5)
async def client_pause(scene, blow):
    with side(scene) as client:
        client.client_pause(int(blow.seconds * 1000))
    await blow.last()


@fault("password", "requirepass set, and all clients killed", 0.5, 5)
async def password(scene, blow):
    secret = "another"
    scene.redis.client.config_set("requirepass", secret)
    with side(scene, password=secret) as client:
        for kind in ("pubsub", "normal"):
            client.client_kill_filter(_type=kind, skipme=True)
        await blow.last()
        client.config_set("requirepass", "")


@fault("buffer-limit", "output buffer limit of pub/sub hit by a burst of large messages", 0.5, 2)
async def buffer_limit(scene, blow):
    with side(scene) as client:
        client.config_set("client-output-buffer-limit", "pubsub 1 0 0")
        try:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(bursts(blow.crowd), blow.seconds)
        finally:
            client.config_set("client-output-buffer-limit", "pubsub 268435456 67108864 60")


async def bursts(crowd):
    while True:
        await crowd.loud.write_once()


@fault("deaf", "the subscription's bytes are swallowed, its TCP lives", 7, 9)
async def deaf(scene, blow):
    scene.line.deafen(subscriptions=True)
    await blow.last()


@fault("mute", "the replies to one host's commands are swallowed: they were carried out", 2.5, 4)
async def mute(scene, blow):
    scene.line.deafen(subscriptions=False)
    await blow.last()


# ---- Redis in trouble ----

@fault("slow", "DEBUG SLEEP 0.1 in each turn of Redis", 1, 6)
async def slow(scene, blow):
    def sleeps(client):
        with contextlib.suppress(redis.RedisError, OSError):
            while not done.is_set():
                client.execute_command("DEBUG", "SLEEP", "0.1")
    done = asyncio.Event()
    with side(scene) as client:
        busy = asyncio.ensure_future(asyncio.to_thread(sleeps, client))
        await blow.last()
        done.set()
        await busy


@fault("slow-line", "each reply to one host 100 ms late", 1, 6)
async def slow_line(scene, blow):
    scene.line.delay_s = 0.1
    await blow.last()
    scene.line.delay_s = 0


@fault("oom", "maxmemory 1, noeviction", 0.5, 5)
async def oom(scene, blow):
    client = scene.redis.client
    client.config_set("maxmemory", 1)
    await blow.last()
    client.config_set("maxmemory", 0)


@fault("script-flush", "SCRIPT FLUSH, some times", 0.2, 2)
async def script_flush(scene, blow):
    times = 1 + int(blow.pick * 4)
    for _ in range(times):
        scene.redis.client.script_flush()
        await asyncio.sleep(blow.seconds / times)


@fault("replica", "REPLICAOF another instance that has its data", 0.5, 4)
async def replica(scene, blow):
    here = scene.redis.client
    spare = await in_thread(scene.spare)
    try:
        here.client_pause(5000, False)  # no write is lost between the two
        await until(lambda: replicated(here, spare.client))
        spare.client.replicaof("NO", "ONE")
        here.replicaof("127.0.0.1", spare.port)
        here.client_unpause()
        await blow.last()
        here.replicaof("NO", "ONE")
    finally:
        await in_thread(spare.stop)


def replicated(master, slave):
    return master.info("replication")["master_repl_offset"] == \
        slave.info("replication")["slave_repl_offset"]


async def until(condition):
    while not await in_thread(condition):
        await asyncio.sleep(0.02)

"""test_sentinel.py - redis.sentinels: "the master is asked of Sentinel, and asked again after a failure"."""
import asyncio

import pytest

from host import fresh
from processes import eventually
from redis_server import RedisServer
from sentinel import NAME, Sentinel

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]


@pytest.fixture
def ended():
    """What a test puts there is stopped at its end."""
    servers = []
    yield servers
    for server in reversed(servers):
        server.stop()


def new_redis(ended, folder, *options):
    ended.append(RedisServer(folder, options=options))
    return ended[-1]


def new_sentinel(ended, folder, redis, **options):
    ended.append(Sentinel(folder, redis.port, **options))
    return ended[-1]


def settings(*sentinels):
    """redis.host and redis.port are of no use then."""
    return {"redis.sentinels": " ".join(f"127.0.0.1:{port}" for port in sentinels), "redis.master": NAME, "redis.port": 1}


@pytest.fixture
def host_of(hosts):
    """host_of(redis, settings): one for one test alone."""
    made = []

    def make(redis, changed):
        made.append(hosts.new(changed, redis))
        return made[-1]
    yield make
    for host in made:
        hosts.end(host)


async def test_who_knows_of_the_last_failover_is_right(ended, host_of, tmp_path):
    """A Sentinel that was cut off, or has just been started, still names the old master"""
    old, new = new_redis(ended, tmp_path / "old"), new_redis(ended, tmp_path / "new")
    late, right = (new_sentinel(ended, tmp_path / "late", old, epoch=3),
                   new_sentinel(ended, tmp_path / "right", new, epoch=12))
    host = host_of(new, settings(late.port, right.port))
    group = fresh()
    client = await host.chat(group, "u")
    await client.send("a")
    assert await client.info() == "a"
    assert host.api.login("u").token
    assert (old.client.dbsize(), new.client.llen(f"gml:{group}")) == (0, 1)
    assert new.client.exists("login:u") == 1


async def test_one_that_is_gone_or_knows_nothing_is_passed_over(ended, host_of, tmp_path):
    redis = new_redis(ended, tmp_path / "redis")
    gone, ignorant, right = [new_sentinel(ended, tmp_path / name, redis) for name in ("gone", "ignorant", "right")]
    gone.kill()
    ignorant.client.execute_command("SENTINEL", "REMOVE", NAME)
    host = host_of(redis, settings(gone.port, ignorant.port, right.port))
    client = await host.chat(fresh(), "u")
    await client.send("a")
    assert await client.info() == "a"
    assert host.api.login("u").token


async def test_a_failover_is_followed(ended, host_of, tmp_path):
    """Clients stay connected; what is stored afterwards is stored in the new master, and reaches all"""
    redis = new_redis(ended, tmp_path / "master")
    replica = new_redis(ended, tmp_path / "replica", "--replicaof", "127.0.0.1", str(redis.port))
    sentinel = new_sentinel(ended, tmp_path / "sentinel", redis)
    eventually(lambda: [each["master-link-status"] for each in sentinel.client.sentinel_slaves(NAME)] == ["ok"], 20,
               "a replica that the Sentinel knows")
    host = host_of(redis, settings(sentinel.port))
    group = fresh()
    speaker, listener = await host.chat(group, "u"), await host.chat(group, "v")
    await speaker.send("before")
    assert [await each.info() for each in (speaker, listener)] == ["before", "before"]
    redis.client.wait(1, 5000)
    assert sentinel.client.execute_command("SENTINEL", "FAILOVER", NAME)
    await asyncio.to_thread(eventually, lambda: sentinel.master_port() == replica.port, 20, "another master")
    for connection in ("commands", "subscription"):
        await asyncio.to_thread(host.process.wait_line, f"redis-down connection={connection} reason=\"the master is another")
    while True:  # until it is back
        await speaker.send("after")
        if await speaker.text() != "503":
            break
    assert await listener.info() == "after"
    assert [entry["info"] for entry in (await host.chat(group, "late")).first["list"]] == ["before", "after"]
    assert replica.client.llen(f"gml:{group}") == 2

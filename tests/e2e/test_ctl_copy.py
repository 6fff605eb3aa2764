"""test_ctl_copy.py - fastimctl copy-to-cluster: all of one Redis goes to a Redis Cluster, under the names there."""
import asyncio
import json
import re
import threading

import pytest

from client import compact
from cluster_site import ClusterSite, name_on_cluster
from ctl import AWAY, REFUSED, USAGE, Ctl
from host import INSTRUMENTED, write_settings
from operators import ANN, SETTINGS, Operator
from ports import free_port
from processes import eventually
from redis_cluster import RedisCluster, key_slot
from redis_server import RedisServer

pytestmark = pytest.mark.spread

IDS = ["1", "room a", 'a"b', "a\\b", "群", "😀", "a\x7fb".replace("\x7f", ""), "{", "}", "}{", "{}", "{1}", "}x}", "x" * 128]
OF_PROGRAMS = ["fim:seq:d:1", "fim:refused:d:1", "fim:on:1", "fim:daemons", "fim:top", "fim:import:1", "fim:convert"]
STRANGE = ["gml:", "gml:a/b", "ugs:" + "x" * 129, "fim:sent:1", "fim:read: 1", b"login:\xff"]


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory):
    with RedisCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster):
    """An empty one."""
    yield shared_cluster
    for node in shared_cluster.masters():
        node.client.flushall()


class Move:
    """fastimctl with the settings of one Redis, and the file with those of the cluster."""

    def __init__(self, folder, source, cluster, settings=None, aim=None):
        folder.mkdir(exist_ok=True)
        self.redis = source.client
        self.cluster = cluster
        self.ctl = Ctl(write_settings(folder / "one.yml", {"redis.port": source.port, **(settings or {})}))
        self.aim = write_settings(folder / "aim.yml", {"redis.cluster": cluster.seeds, "redis.password": cluster.password,
                                                       **(aim or {})})

    def __call__(self, *options):
        """Its row: copied, left."""
        said = self.ctl.try_("copy-to-cluster", *options, self.aim, timeout=60)
        assert said.code == 0, said
        return [int(cell) for cell in said.rows[0]]

    def refused(self, *options):
        return self.ctl.refused("copy-to-cluster", *options, self.aim)

    def names(self):
        return {name for node in self.cluster.masters() for name in node.client.keys()}

    def wanted(self, prefix=""):
        """{name on the cluster: (value, when it expires)} of what the one Redis has."""
        found = {}
        for name in self.redis.keys():
            plain = name.decode("utf-8", "replace").removeprefix(prefix)
            if name in {s if isinstance(s, bytes) else s.encode() for s in STRANGE} or plain.startswith("other") \
                    or plain in OF_PROGRAMS or plain == "fim:encoding":
                continue
            value = read(self.redis, name)
            if plain.startswith("gmt:"):
                plain, value = plain.replace("gmt:", "fim:book:", 1), {b"ts": value}
            found[(prefix + on_cluster(plain)).encode()] = (value, self.redis.pexpiretime(name))
        return found

    def found(self):
        return {name: (read(self.cluster.at(name), name), self.cluster.at(name).pexpiretime(name)) for name in self.names()}

    def assert_same(self, prefix=""):
        wanted, found = self.wanted(prefix), self.found()
        assert {name: value for name, (value, _) in found.items()} == {name: value for name, (value, _) in wanted.items()}
        for name, (_, expires_ms) in wanted.items():
            later_ms = found[name][1] - expires_ms  # by as long as it was under way
            assert -2 <= later_ms < 5000 and (expires_ms == -1) == (found[name][1] == -1), name


def on_cluster(name):
    """Names as lib/redis/keys.c has them; written by other means than there."""
    if name in ("fim:words", "fim:audit", "fim:rules:"):
        return name
    kind, rest = re.fullmatch("((?:fim:(?:failed:)?)?[a-z]+:)(.*)", name, re.DOTALL).groups()
    first, slash, second = rest.partition("/")
    return f"{kind}{{{'/' if first[:1] == '}' else ''}{first}}}{slash}{second}"


def read(client, name):
    kind = client.type(name)
    return {b"string": client.get, b"set": client.smembers, b"hash": client.hgetall,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"zset": lambda key: client.zrange(key, 0, -1, withscores=True)}[kind](name)


def fill(redis, prefix=""):
    """All kinds of names, with an expiry and without; how many are to be copied."""
    for n, name in enumerate(IDS):
        redis.set(f"{prefix}login:{name}", f"token{n}", px=86400_000 + n * 1000)
        redis.sadd(f"{prefix}ugs:{name}", *IDS[:n + 1])
        redis.rpush(f"{prefix}gml:{name}", *(compact({"groupId": name, "userId": "u", "info": f"m{i}", "ts": i})
                                             for i in range(1 + 3 * n)), b"\xff no message", "")
        redis.set(f"{prefix}gmt:{name}", f"{n} with a note}}")
        redis.hset(f"{prefix}fim:read:{name}", mapping={each: i for i, each in enumerate(IDS)})
        redis.set(f"{prefix}fim:sent:{name}/{IDS[-1 - n]}", "id 1,id2 2", ex=300)
        redis.zadd(f"{prefix}fim:log:{name}", {"Eabc": 0, '5 3 {"type":"recall"}': 5, '6 - {"type":"clear"}': 6.0})
        redis.hset(f"{prefix}fim:rules:{name}", mapping={"slow": 5, "m:u": 0})
        redis.set(f"{prefix}fim:cap:{name}", "1700000000 3", ex=100)
        redis.rpush(f"{prefix}fim:failed:user:{name}", 1, 2)
        redis.rpush(f"{prefix}fim:failed:both:{name}/::1", 1)
    for kind in ("gml:", "gmt:", "fim:log:"):
        for n, name in enumerate(IDS[::2]):
            redis.pexpire(f"{prefix}{kind}{name}", 604800_000 + n * 1000)
    redis.rpush(f"{prefix}fim:failed:client:2001:db8::1", 1)
    redis.hset(f"{prefix}fim:rules:", "b:u", 0)
    redis.sadd(f"{prefix}fim:words", "bad", "worse")
    redis.rpush(f"{prefix}fim:audit", '{"what":"mute"}')
    return 11 * len(IDS) + 4


def fill_others(redis):
    """What is not to be copied."""
    for name in OF_PROGRAMS:
        redis.set(name, "x")
    for name in STRANGE:
        redis.set(name, "x")
    redis.set("other:gml:1", "x")
    redis.set("fim:encoding", "plain")


# ---- what is copied ----

def test_all_is_there_under_its_new_name(tmp_path, own_redis, cluster):
    """with value and expiry; what nobody knows, and what belongs to running programs, is not"""
    move = Move(tmp_path, own_redis, cluster)
    count = fill(move.redis)
    fill_others(move.redis)
    before = {name: read(move.redis, name) for name in move.redis.keys()}
    said = move.ctl.try_("copy-to-cluster", move.aim)
    assert said.code == 0 and said.out == f"{count}\t{len(STRANGE)}\n", said
    assert f"{len(STRANGE)} names" in said.err
    move.assert_same()
    assert {name: read(move.redis, name) for name in move.redis.keys()} == before  # the old one can go on


def test_json_and_an_empty_redis(tmp_path, own_redis, cluster):
    move = Move(tmp_path, own_redis, cluster)
    assert move.ctl.try_("--json", "copy-to-cluster", move.aim).out == '{"copied":0,"left":0}\n'
    assert move.names() == set()


def test_the_names_are_those_of_the_tests_of_the_api():
    for name in ("gml:1", "login:}x", "fim:sent:1/3", "fim:read:3"):
        assert on_cluster(name) == name_on_cluster(name)


def test_prefixes_and_passwords(tmp_path, make_cluster):
    """Two installations may share the one Redis; the prefix on the cluster may be another one"""
    cluster = make_cluster(password="of the cluster")
    source = RedisServer(tmp_path / "redis", password="of the one")
    try:
        move = Move(tmp_path, source, cluster, {"redis.password": "of the one", "redis.prefix": "a:*"}, {"redis.prefix": "a:*"})
        count = fill(move.redis, "a:*")
        move.redis.set("login:u", "of another installation")
        assert move() == [count, 0]
        move.redis.delete("login:u")
        move.assert_same("a:*")
        other = Move(tmp_path / "other", source, cluster, {"redis.password": "of the one", "redis.prefix": "a:*"},
                     {"redis.prefix": "b:"})
        names = move.names()
        assert other() == [count, 0]  # what has another prefix is not of this installation
        assert move.names() == names | {name.replace(b"a:*", b"b:", 1) for name in names}
    finally:
        source.stop()


def test_a_large_list_goes_in_pieces(tmp_path, own_redis, cluster):
    """of entries of all sizes; and nothing of the pieces stays"""
    move = Move(tmp_path, own_redis, cluster)
    for n, size in enumerate([0, 1, 100, 70_000, 1_500_000]):
        move.redis.rpush("gml:big", *[f"{i}:".ljust(size, "x") for i in range(100_000 if size <= 1 else 10 ** (3 - n // 2))])
    move.redis.pexpire("gml:big", 10**9)
    move.redis.rpush("gml:long", *range(150_000))
    assert move.redis.memory_usage("gml:big") > 1 << 20 and move.redis.memory_usage("gml:long") < 1 << 20
    assert move() == [2, 0]
    move.assert_same()
    wanted, calls = move.redis.llen("gml:big"), move.cluster.at("gml:{big}").info("commandstats")["cmdstat_rpush"]["calls"]
    assert 20 < calls < wanted / 100


def test_memory_does_not_grow_with_the_list(tmp_path, own_redis, cluster):
    move = Move(tmp_path, own_redis, cluster)
    for _ in range(60):
        move.redis.rpush("gml:big", *["x" * 1000] * 1000)
    process = move.ctl.start("copy-to-cluster", move.aim)
    largest = 0
    while process.poll() is None:
        with open(f"/proc/{process.pid}/status") as file:
            kib = re.search(r"VmHWM:\s*(\d+)", file.read())
        largest = max(largest, int(kib[1]) if kib else 0)
    assert process.returncode == 0 and 0 < largest and (largest < 40_000 or INSTRUMENTED), largest
    process.communicate()
    assert move.cluster.at("gml:{big}").llen("gml:{big}") == 60_000


def test_values_of_a_wrong_type(tmp_path, own_redis, cluster):
    """A last ts that is none is left; all else goes as it is"""
    move = Move(tmp_path, own_redis, cluster)
    move.redis.rpush("gmt:1", "x")
    move.redis.set("gml:1", "y" * 2_000_000)
    assert move() == [1, 1]
    assert move.names() == {b"gml:{1}"} and move.cluster.at("gml:{1}").strlen("gml:{1}") == 2_000_000


# ---- again, and beside others ----

def test_a_second_copy_is_refused_unless_it_is_to_merge(tmp_path, own_redis, cluster):
    move = Move(tmp_path, own_redis, cluster)
    count = fill(move.redis)
    move()
    move.redis.rpush("gml:1", "new")
    before = move.found()
    assert re.search(r"has data of fastim already, as \S+\{.*--merge", move.refused())
    assert {name: value for name, (value, _) in move.found().items()} == {name: value for name, (value, _) in before.items()}
    at = move.cluster.at("gml:{theirs}")
    at.rpush("gml:{theirs}", "stays")
    move.cluster.at("fim:book:{1}").hset("fim:book:{1}", "daemon", "1 2 3")
    assert move("--merge") == [count, 0]
    at = move.cluster.at("gml:{theirs}")
    assert at.lrange("gml:{theirs}", 0, -1) == [b"stays"] and at.delete("gml:{theirs}")
    move.assert_same()


def test_others_on_the_cluster_are_left_alone(tmp_path, own_redis, cluster):
    """Names of no prefix of ours, those of daemons that have been there"""
    move = Move(tmp_path, own_redis, cluster)
    others = ["gml:1", "x:gml:{1}", "fim:on:{1}", "fim:refused:{1}/d:1", "fim:top"]
    for name in others:
        cluster.at(name).set(name, "x")
    fill(move.redis)
    move()
    found = move.names()
    assert set(map(str.encode, others)) < found
    for name in others:
        cluster.at(name).delete(name)
    move.assert_same()


@pytest.mark.parametrize("rest", ["what was copied", "a list in pieces"])
def test_it_begins_anew_after_an_interruption(tmp_path, own_redis, cluster, rest):
    """What was copied and is gone since is gone then"""
    move = Move(tmp_path, own_redis, cluster)
    count = fill(move.redis)
    cluster.at("fim:copy").set("fim:copy", "copy")
    cluster.at("gml:{gone}").rpush("gml:{gone}", "x")
    cluster.at("gml:{1}").rpush("gml:{1}", "half of it")
    if rest == "a list in pieces":
        cluster.at("fim:copy:list:{1}").rpush("fim:copy:list:{1}", "piece")
    assert move() == [count, 0]
    move.assert_same()


def test_killed_and_called_again(tmp_path, own_redis, cluster):
    """with SIGKILL at any moment"""
    move = Move(tmp_path, own_redis, cluster)
    count = fill(move.redis) + 1
    for _ in range(30):
        move.redis.rpush("gml:big", *["x" * 1000] * 1000)
    for after_s in (0.02, 0.05, 0.1):
        process = move.ctl.start("copy-to-cluster", move.aim)
        kill = threading.Timer(after_s, process.kill)
        kill.start()
        process.communicate()
        kill.cancel()
        if process.returncode == 0:
            for node in cluster.masters():
                node.client.flushall()
    assert move() == [count, 0]
    move.assert_same()


def test_somebody_writes_to_a_large_list(tmp_path, own_redis, cluster):
    """It is refused, as nobody knows what else was written; called again, it is done"""
    move = Move(tmp_path, own_redis, cluster)
    for _ in range(20):
        move.redis.rpush("gml:big", *["x" * 1000] * 1000)
    over, other = threading.Event(), own_redis.connect()

    def write():
        while not over.is_set():
            other.lpush("gml:big", "y")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert "somebody writes to room big" in move.refused()
    finally:
        over.set()
        writer.join()
    assert move() == [1, 0]
    move.assert_same()


# ---- what is refused ----

async def test_refuses_while_hosts_run(tmp_path, own_redis, hosts, cluster):
    host = hosts.new({}, own_redis)
    move = Move(tmp_path, own_redis, cluster)
    try:
        client = await host.chat("g", "u")
        await client.say("x")
        await asyncio.to_thread(eventually, lambda: own_redis.client.zcard("fim:hosts") == 1)
        assert "1 fastim-pushd run on Redis" in move.refused()
    finally:
        hosts.end(host)
    assert move.names() == set()
    seconds, _ = cluster.masters()[0].client.time()
    cluster.at("fim:hosts").zadd("fim:hosts", {"d": (seconds + 10) * 1000})
    assert "1 fastim-pushd run on the cluster" in move.refused()
    cluster.at("fim:hosts").delete("fim:hosts")
    move()
    assert json.loads(cluster.at("gml:{g}").lindex("gml:{g}", -1))["info"] == "x"


@pytest.mark.parametrize("form", ["settings", "data", "converting"])
def test_refuses_java(tmp_path, own_redis, cluster, form):
    move = Move(tmp_path, own_redis, cluster, {"redis.encoding": "java"} if form == "settings" else None)
    own_redis.client.set("fim:encoding", "converting" if form == "converting" else "java")
    said = move.ctl.try_("copy-to-cluster", move.aim)
    assert said.code == REFUSED and said.out == "" and said.err.count("\n") == 1, said
    assert "java" in said.err or "convert" in said.err, said
    assert move.names() == set()


def test_refuses_a_cluster_as_the_one_redis(tmp_path, cluster):
    move = Move(tmp_path, cluster.masters()[0], cluster)
    assert "a node of a cluster" in move.refused()
    conf = write_settings(tmp_path / "cluster.yml", {"redis.cluster": cluster.seeds})
    assert "name a cluster already" in Ctl(conf).refused("copy-to-cluster", move.aim)


def test_refuses_an_aim_that_is_no_cluster(tmp_path, own_redis, cluster):
    move = Move(tmp_path, own_redis, cluster)
    plain = write_settings(tmp_path / "plain.yml", {"redis.port": own_redis.port})
    lone = write_settings(tmp_path / "lone.yml", {"redis.cluster": f"127.0.0.1:{own_redis.port}"})
    away = write_settings(tmp_path / "away.yml", {"redis.cluster": f"127.0.0.1:{free_port()}"})
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("redis: {cluster: 5")
    for file, code, text in [(plain, USAGE, "redis.cluster: must be set"), (lone, AWAY, "no Redis Cluster"),
                             (away, AWAY, "can be reached"), (wrong, USAGE, "wrong.yml"), ("/none.yml", USAGE, "/none.yml")]:
        said = move.ctl.try_("copy-to-cluster", file)
        assert (said.code, said.out) == (code, "") and text in said.err, said
    assert move.ctl.try_("copy-to-cluster").code == USAGE
    assert move.ctl.try_("convert", "--merge", "plain").code == USAGE


def test_without_the_one_redis(tmp_path, cluster):
    class Nobody:
        port, client = free_port(), None
    said = Move(tmp_path, Nobody, cluster).ctl.try_("copy-to-cluster", tmp_path / "aim.yml")
    assert (said.code, said.out) == (AWAY, "") and "Redis cannot be reached" in said.err


def test_refuses_a_cluster_with_slots_that_nobody_serves(tmp_path, own_redis, make_cluster):
    cluster = make_cluster(node_timeout_ms=500)
    dead, other = cluster.masters()[:2]
    move = Move(tmp_path, own_redis, cluster, aim={"redis.cluster": other.place})
    fill(move.redis)
    dead.kill()
    eventually(lambda: "fail" in other.nodes()[dead.id]["flags"].split(","), 20, "it is seen as dead")
    said = move.ctl.try_("copy-to-cluster", move.aim)
    assert said.code == AWAY and re.search(r"\d+ of the cluster's slots are served by nobody", said.err), said
    assert move.names() == set()


def test_moves_and_a_failover_of_the_cluster_meanwhile(tmp_path, own_redis, make_cluster):
    """are followed; a copy that meets a slot on the move ends right, or says that it did not"""
    cluster = make_cluster(replicas=1)
    move = Move(tmp_path, own_redis, cluster)
    count = fill(move.redis)
    for _ in range(40):
        move.redis.rpush("gml:big", *["x" * 1000] * 1000)
    process = move.ctl.start("copy-to-cluster", move.aim)
    cluster.failover(cluster.masters()[0])
    process.communicate(timeout=60)
    if process.returncode != 0:
        count = move()[0] - 1
    assert count == len(move.wanted()) - 1
    move.assert_same()


# ---- life goes on there ----

async def test_users_find_all_again(tmp_path, own_redis, hosts, cluster):
    """Logins, groups, history, read marks, rules and recall, by the HTTP API on the cluster"""
    settings = {**SETTINGS, "im.group.loginAuth": 1}
    host = hosts.new(settings, own_redis)
    try:
        user, other = host.api.login("user"), host.api.login("other")
        for each in (user, other):
            each.join("room")
        sent = [user.post("/group/sendMessage", groupId="room", info=f"m{n}", id=f"id{n}").data for n in range(5)]
        assert other.post("/user/read", groupId="room", ts=sent[2]).code == 200
        assert Operator(host, ANN).post("/admin/mute", groupId="room", userId="other").code == 200
        history, groups = user.history("room"), user.post("/user/listGroup").data
    finally:
        hosts.end(host)
    Move(tmp_path, own_redis, cluster)()
    site = ClusterSite(tmp_path / "site", cluster, settings)
    try:
        user.api = other.api = site.api
        assert user.history("room") == history and user.post("/user/listGroup").data == groups
        assert user.before("room", "user", sent[3], 2) == history[1:3]
        assert user.post("/group/sendMessage", groupId="room", info="m4", id="id4").data == sent[4]  # known by its id
        assert other.post("/group/sendMessage", groupId="room", info="x").code != 200  # still muted
        assert user.recall("room", sent[1]).code == 200
        assert user.history("room") == history[:1] + history[2:]
        assert user.post("/group/sendMessage", groupId="room", info="next").data > sent[4]
        assert site.redis.hget("fim:read:other", "room") == str(sent[2]).encode()
        assert key_slot("gml:{room}") == key_slot("fim:book:{room}")
    finally:
        site.stop()

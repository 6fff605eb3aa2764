"""test_redis_keys.py - protocol.md, Redis: keys, what they hold, when they expire, prefix and database."""
import pytest

from host import fresh
from processes import eventually
from redis_server import RedisServer

pytestmark = pytest.mark.spread

WEEK = 604800


@pytest.mark.smoke
@pytest.mark.everywhere
async def test_messages_are_a_list_of_json_oldest_first(site):
    """`gml:{groupId}`: list: the group's messages, JSON, oldest first"""
    group = fresh()
    client = await site.chat(group, "u")
    for text in ("one", "two"):
        await client.say(text)
    assert site.redis.type(f"gml:{group}") == b"list"
    assert site.entries(group) == client.view


async def test_list_expires_a_week_after_the_last_message(site):
    """`timeout` seconds after the last message (default 604800); (the list's expiry renewed)"""
    group = fresh()
    client = await site.chat(group, "u")
    await client.say("one")
    assert WEEK - 5 <= site.redis.ttl(f"gml:{group}") <= WEEK
    site.redis.expire(f"gml:{group}", 100)
    late = await site.chat(group, "v")
    assert site.redis.ttl(f"gml:{group}") <= 100  # joining renews nothing
    await late.say("two")
    assert site.redis.ttl(f"gml:{group}") > WEEK - 5


async def test_timeout_is_a_setting(make_host):
    """im.groupMessage.timeout: seconds that a silent group's messages are kept"""
    host = make_host({"im.groupMessage.timeout": 1000})
    group = fresh()
    await (await host.chat(group, "u")).say("one")
    assert 995 <= host.redis.ttl(f"gml:{group}") <= 1000


async def test_an_expired_list_begins_anew(site):
    """seconds that a silent group's messages are kept"""
    group = fresh()
    client = await site.chat(group, "u")
    one = await client.say("one")
    site.redis.pexpire(f"gml:{group}", 1)
    eventually(lambda: not site.redis.exists(f"gml:{group}"))
    assert (await client.say("two"))["ts"] > one["ts"]
    late = await site.chat(group, "v")
    assert ([m["info"] for m in late.first["list"]], late.first["total"]) == (["two"], 1)


async def test_groups_are_a_set_that_never_expires(site):
    """`ugs:{userId}`: set: ids of the groups that the user has joined; never"""
    user, groups = fresh("u"), {fresh(), fresh()}
    for group in groups:
        await site.chat(group, user)
    assert site.redis.smembers(f"ugs:{user}") == {group.encode() for group in groups}
    assert site.redis.ttl(f"ugs:{user}") == -1


@pytest.mark.smoke
async def test_channel_has_each_new_message_as_the_same_json(two_hosts):
    """`mq:{groupId}`: pub/sub channel: each new message, the same JSON"""
    host, other = two_hosts
    group = fresh()
    listener = host.redis.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(f"mq:{group}")
    assert listener.get_message(timeout=2) is None  # the acknowledgement
    clients = [await host.chat(group, "u"), await other.chat(group, "v")]
    for client in clients:
        await client.send('"text" \\ 😀')
        for reader in clients:
            await reader.message_text()
    published = [listener.get_message(timeout=2)["data"].decode() for _ in range(2)]
    assert published == host.entries(group) == clients[0].view
    listener.close()


async def test_everything_else_on_redis_lies_under_keys_of_our_own_and_expires(own_host):
    """What is new on Redis lives under new keys; `gml:`, `ugs:`, `login:` keep their form."""
    host, group = own_host, fresh()
    user = host.api.login("u")
    client = await host.chat(group, "u")
    message = await client.say("x")
    user.recall(group, message["ts"])
    await client.say("y")
    contract = {f"gml:{group}".encode(), b"ugs:u", b"login:u"}
    keys = set(host.redis.keys("*"))
    assert contract <= keys
    assert host.redis.get("fim:encoding") == b"plain" and host.redis.ttl("fim:encoding") == -1
    for key in keys - contract - {b"fim:encoding"}:
        assert host.redis.ttl(key) > 0, key
        assert key.split(b":")[0] not in (b"gml", b"ugs", b"login", b"mq")


async def test_prefix_stands_before_every_key_and_channel(hosts, own_redis):
    """`redis.prefix` (default empty) stands before every key and channel where two installations share"""
    plain = hosts.new(redis_server=own_redis)
    prefixed = hosts.new({"redis.prefix": "site b:"}, own_redis)
    try:
        group, name = fresh(), fresh("u")
        here, there = await plain.chat(group, name), await prefixed.chat(group, name)
        watcher = await prefixed.group_list(name)
        await here.say("plain")
        await there.say("prefixed")
        assert [e["newMessage"]["info"] for e in await watcher.json()] == ["prefixed"]
        await here.say("plain again")
        user = prefixed.api.login(name)
        assert plain.api.post("/user/listGroup", user=name, token=user.token).code == 440
        assert user.history(group) == [there.view[0]]
        user.recall(group, 10 ** 15)
        user.join(fresh())
        assert own_redis.client.get(f"site b:login:{name}") == user.token.encode()
        assert own_redis.client.lrange(f"site b:gml:{group}", 0, -1) == [there.view[0].encode()]
        channels = set(own_redis.client.pubsub_channels("*"))
        assert {f"mq:{group}".encode(), f"site b:mq:{group}".encode()} <= channels
        hosts.end(plain)
        own_redis.client.delete(*own_redis.client.keys("[^s]*"))
        await there.say("on")
        user.post("/user/listGroup")
        assert all(key.startswith(b"site b:") for key in own_redis.client.keys("*"))
        assert all(name.startswith(b"site b:") for name in own_redis.client.pubsub_channels("*"))
    finally:
        hosts.end(prefixed)


@pytest.mark.one_redis("a cluster has no databases")
async def test_database_is_a_setting(make_host, redis_server):
    """redis.database"""
    host = make_host({"redis.database": 3})
    group, name = fresh(), fresh("u")
    client = await host.chat(group, name)
    await client.say("x")
    user = host.api.login(name)
    third, first = redis_server.connect(3), redis_server.client
    for key in (f"gml:{group}", f"ugs:{name}", f"login:{name}"):
        assert third.exists(key) and not first.exists(key), key
    assert user.history(group) == client.view


async def serves(hosts, host):
    """Both programs reach their Redis; ends the host."""
    try:
        client = await host.chat(fresh(), "u")
        await client.say("x")
        assert host.api.login("u").post("/user/listGroup").code == 200
    finally:
        hosts.end(host)


async def test_password_is_a_setting(hosts, tmp_path):
    """redis.password"""
    server = RedisServer(tmp_path / "redis", password='pass word"\\#')
    try:
        await serves(hosts, hosts.new(redis_server=server))
    finally:
        server.stop()


@pytest.mark.parametrize("rights", ["+@all", "+@all -@dangerous +info +client +role"])
async def test_user_of_an_acl_is_a_setting(hosts, tmp_path, rights):
    """redis.username, and the rights that fastim.yml(5) names"""
    server = RedisServer(tmp_path / "redis", password="another")
    server.client.execute_command("ACL", "SETUSER", "fastim", "on", ">secret", "~*", "&*", *rights.split())
    try:
        await serves(hosts, hosts.new({"redis.username": "fastim", "redis.password": "secret"}, server))
        assert server.client.execute_command("ACL", "LOG") == []
    finally:
        server.stop()


async def test_unix_socket_is_a_setting(hosts, tmp_path, public_folder):
    """redis.socket"""
    path = public_folder / fresh("redis.sock")
    server = RedisServer(tmp_path / "by-socket", options=["--port", "0", "--unixsocket", str(path),
                                                             "--unixsocketperm", "777"])
    try:
        await serves(hosts, hosts.new({"redis.socket": str(path)}, server))
    finally:
        server.stop()


@pytest.mark.parametrize("key", ["gml", pytest.param("ugs", marks=pytest.mark.one_redis(
    "on a cluster who comes is in when it becomes a member"))])
async def test_key_of_the_wrong_type_breaks_nothing_else(site, key):
    """must not break anything: whoever needs that key is told, the others go on"""
    group, user = fresh(), fresh("u")
    witness = await site.chat(fresh(), "w")
    site.redis.set(f"gml:{group}" if key == "gml" else f"ugs:{user}", "text")
    client = await site.open_chat(group, user)
    frames = []
    code = None
    while code is None:
        try:
            frames.append(await client.text())
            await client.send("x")
        except Exception:
            code = client.ws.close_code
    assert code in (1011, 1013), (frames, code)
    await witness.say("next")

"""test_java.py - redis.encoding java: hosts of fastim and of the Java original share one Redis."""
import asyncio
import json
import random
import threading
import urllib.error
import urllib.request

import pytest

from client import compact
from ctl import AWAY, Ctl
from flood import Flood
from host import PUSHD, fresh, write_settings
from java_host import JavaHost, contents, fastjson, jackson, plain
from ports import free_port
from processes import Process, eventually
from scripts_redis import assembled
from v2 import V2

JAVA = {"redis.encoding": "java"}
TEXTS = ["hello", "", 'say "hi"', "back\\slash", "line\nbreak\ttab", "\x00\x0b\x1f", "\x7f\x85\x9f\xa0", "\u2028 \u2029",
         "中文", "😀 🎉", '<a href="/">&amp;</a>', '{"a":"b"}', "12", '","ts":5}', "\\u0041", "\ufeff", "/" * 10]


@pytest.fixture
def java(own_redis):
    host = JavaHost(own_redis)
    yield host
    assert host.stumbled == []
    host.close()


@pytest.fixture
def pair(hosts, own_redis):
    """Two hosts of fastim, for beside the Java one."""
    both = [hosts.new(JAVA, own_redis) for _ in range(2)]
    yield both
    for host in both:
        hosts.end(host)


@pytest.fixture
def ours(pair):
    return pair[0]


def messages(host, group):
    """What the list says, each entry being to the byte what Java would have written."""
    stored = host.redis.lrange(f"gml:{group}", 0, -1)
    for entry in stored:
        assert jackson(plain(entry)) == entry
    return [json.loads(plain(entry)) for entry in stored]


# ---- logins and memberships ----

async def test_one_login_serves_both(java, ours):
    user = ours.api.login("u")
    assert java.redis.get("login:u") == jackson(user.token) and java.check("u", user.token)
    java.redis.expire("login:u", 100)
    user.post("/user/listGroup")
    assert java.redis.ttl("login:u") > 86000
    token = java.login("u")
    assert user.api.post("/user/listGroup", user="u", token=user.token).code == 440
    assert user.api.post("/user/listGroup", user="u", token=token).code == 200
    assert user.api.post("/user/logout", user="u", token=token).code == 200
    assert not java.check("u", token)


async def test_memberships_are_shared_and_a_bare_number_is_an_id(java, ours):
    user = ours.api.login("u")
    user.join("群 \"😀\"")
    assert java.groups("u") == {"群 \"😀\""}
    java.join("u", "from java")
    java.redis.sadd("ugs:u", "17", jackson("18"), "18", "no value", jackson("a/b"), jackson(""), "1.5")
    assert user.post("/user/listGroup").data == sorted(["群 \"😀\"", "from java", "17", "18"])
    ours.process.wait_line('no-group user="u"')
    join = {"groupId": "17"}
    assert ours.api.post("/user/joinGroup", join, user="u", token=user.token).code == 100
    assert java.redis.scard("ugs:u") == 9
    for group in ("17", "18", "群 \"😀\""):
        assert ours.api.post("/user/leaveGroup", {"groupId": group}, user="u", token=user.token).code == 200
        assert ours.api.post("/user/leaveGroup", {"groupId": group}, user="u", token=user.token).code == 100
    assert java.redis.smembers("ugs:u") == {b"no value", jackson("a/b"), jackson(""), b"1.5", jackson("from java")}
    user.join("群 \"😀\"")
    java.say("from java", "v", "hi", ours.now_ms())
    watcher = await ours.group_list("u")
    listed = await watcher.json()
    assert [(e["newMessage"] or {}).get("info") for e in listed] == ["hi", None] and listed[0]["total"] == 1


def test_an_operator_makes_members_and_ends_that(ours, java):
    """of each kind of id; one that is a number may stand there as Java hosts read it, too"""
    ctl = Ctl(ours.conf)
    for group in ("7", "-20", "0", "room", "07", "-0", "1.5", '"quoted"', "群"):
        assert ctl.try_("join", "--", group, "m").code == 0
        assert java.groups("m") == {group} and java.redis.smembers("ugs:m") == {jackson(group)}
        assert ctl.try_("leave", "--", group, "m").code == 0
        assert not java.redis.exists("ugs:m")
    for group in ("7", "-20", "0"):
        java.redis.sadd("ugs:m", group)
        assert java.groups("m") == {group}
        assert "nothing was changed" in ctl.try_("join", "--", group, "m").err
        assert java.redis.smembers("ugs:m") == {group.encode()}
        assert ctl.try_("leave", "--", group, "m").code == 0
        assert not java.redis.exists("ugs:m")


async def test_members_only_takes_both_forms_of_an_id(hosts, own_redis, java):
    host = hosts.new({**JAVA, "im.group.membersOnly": 1}, own_redis)
    try:
        java.join("u", "room")
        java.redis.sadd("ugs:u", "7")
        for group in ("room", "7"):
            client = await host.chat(group, "u")
            await client.say("a member")
        assert await (await host.open_chat("8", "u")).close_code() == 1000
    finally:
        hosts.end(host)


# ---- messages ----

async def test_messages_of_each_are_those_of_both(java, pair):
    group = fresh()
    clients = [await host.chat(group, "u") for host in pair]
    other = java.connect(group, "j")
    for i, text in enumerate(TEXTS):
        if text and "\x00" not in text:
            said = await clients[i % 2].say(text)
            assert (await clients[1 - i % 2].message()) == said
        ts = pair[0].now_ms()
        java.say(group, "j", text, ts)
        for client in clients:
            assert await client.message() == {"groupId": group, "userId": "j", "info": text, "ts": ts}
    stored = messages(pair[0], group)
    assert [json.loads(frame) for frame in clients[0].view] == stored and clients[0].view == clients[1].view
    eventually(lambda: len(other.view) == len(stored))
    assert sorted(map(compact, map(json.loads, other.view))) == sorted(map(compact, stored))
    late = await pair[1].chat(group, "late")
    assert [json.loads(frame) for frame in late.view] == stored
    user = pair[0].api.login("u")
    assert [json.loads(m) for m in user.history(group)] == stored
    newest = stored[-1]
    assert [json.loads(m) for m in user.before(group, "j", newest["ts"], 5)] == stored[-6:-1]
    assert [json.loads(text) for text in java.connect(group, "k").first] == stored


async def test_every_code_point_survives_in_the_form_of_java(java, hosts, own_redis):
    """in list, pushes, first frame and history, and Java reads and would write the same bytes"""
    host = hosts.new({**JAVA, "push.bytesPerSecond": 0}, own_redis)
    try:
        group = fresh()
        client = await host.chat(group, "u")
        points = [chr(p) for p in range(0x110000) if not 0xD800 <= p < 0xE000]
        texts = ["".join(points[i:i + 4000]) for i in range(0, len(points), 4000)]
        for text in texts:
            await client.send(text)
        assert [await client.info() for _ in texts] == texts
        assert [m["info"] for m in messages(host, group)] == [json.loads(m)["info"] for m in java.history(group)] == texts
        late = await host.chat(group, "u")
        assert [m["info"] for m in late.first["list"]] == texts[-50:]
        user = host.api.login("u")
        history = user.history(group, 0, 149) + user.history(group, 150, -1)
        assert [json.loads(m)["info"] for m in history] == texts
    finally:
        hosts.end(host)


async def test_ts_exceeds_that_of_java(java, ours):
    group = fresh()
    client = await ours.chat(group, "u")
    ahead = ours.now_ms() + 3600_000
    java.say(group, "j", "ahead", ahead)
    assert await client.info() == "ahead"
    assert [(await client.say(text))["ts"] for text in ("one", "two")] == [ahead + 1, ahead + 2]
    far = ours.now_ms() + 3 * 86400_000
    java.say(group, "j", "far ahead", far)
    assert await client.info() == "far ahead"
    assert (await client.say("three"))["ts"] == ahead + 3


async def test_the_longest_texts_of_java_are_read_found_and_recalled(java, ours):
    """8192 UTF-16 units; stored they may have 57,418 bytes"""
    group = fresh()
    user = ours.api.login("u")
    texts = ["中" * 8192, "😀" * 4096, '"' * 8192, "\x01" * 8192]
    client = await ours.chat(group, "u", max_size=1 << 20)
    begin = ours.now_ms() - 1000
    for i, text in enumerate(texts):
        java.say(group, "u", text, begin + i)
        assert await client.info() == text
    await client.say("last")
    assert [json.loads(m)["info"] for m in user.history(group)] == texts + ["last"]
    for i in range(len(texts)):
        assert user.recall(group, begin + i).code == 200
    assert [m["info"] for m in messages(ours, group)] == ["last"]


async def test_a_plain_object_is_shown_and_logged(java, ours):
    """also a bare object, of an ops script; Java hosts stumble over it"""
    group = fresh()
    client = await ours.chat(group, "u")
    raw = fastjson(group, "ops", "plain", ours.now_ms())
    ours.redis.rpush(f"gml:{group}", raw)
    ours.redis.publish(f"mq:{group}", raw)
    assert await client.info() == "plain"
    ours.process.wait_line(f'plain-message group="{group}"')
    ours.redis.rpush(f"gml:{group}", '"no message"', jackson("[]"), "x")
    assert (await ours.chat(group, "v")).first["total"] == 4
    ours.process.wait_line(f'no-message group="{group}"')
    with pytest.raises(ValueError):
        java.history(group)


async def test_expiry_and_max_count_hold_for_both(hosts, own_redis, java):
    host = hosts.new({**JAVA, "im.groupMessage.maxCount": 3, "im.groupMessage.timeout": 1000}, own_redis)
    try:
        group = fresh()
        client = await host.chat(group, "u")
        for text in "abc":
            java.say(group, "j", text, host.now_ms())
            assert await client.info() == text
        assert host.redis.ttl(f"gml:{group}") > 600000
        await client.say("d")
        assert host.redis.ttl(f"gml:{group}") <= 1000
        assert [json.loads(text)["info"] for text in java.history(group)] == ["b", "c", "d"]
    finally:
        hosts.end(host)


# ---- recalls ----

@pytest.mark.parametrize("text", TEXTS)
async def test_each_recalls_what_the_other_has_said(java, ours, text):
    group = fresh()
    user = ours.api.login("u")
    ts = ours.now_ms()
    java.say(group, "u", text, ts)
    assert user.recall(group, ts).code == 200
    assert messages(ours, group) == []
    if text and "\x00" not in text:
        client = await ours.chat(group, "u")
        said = await client.say(text)
        assert java.recall(group, "u", said["ts"]) == 1
        assert messages(ours, group) == [] and user.recall(group, said["ts"]).msg == "消息不存在"


async def test_a_recall_takes_all_that_share_user_and_ts(java, ours):
    """on Java a recall takes away all of them, so it does here"""
    group = fresh()
    user, ts = ours.api.login("u"), ours.now_ms()
    for sender, info, offset in [("u", "a", 0), ("v", "b", 0), ("u", "c", 0), ("u", "a", 0), ("u", "d", 1),
                                 ("u", "e" * 5000, 0)]:
        java.say(group, sender, info, ts + offset)
    assert [json.loads(m)["info"] for m in user.before(group, "u", ts, 5)] == []
    assert user.recall(group, ts).code == 200
    assert [m["info"] for m in messages(ours, group)] == ["b", "d"]
    client = await ours.chat(group, "u")
    assert (await client.say("after"))["ts"] > ts + 1


async def test_clients_of_v2_are_told_of_recalls_and_resume(java, pair):
    group = fresh()
    one, other = [await V2.enter(host, group, "u") for host in pair]
    java.say(group, "j", "😀", pair[0].now_ms())
    for client in (one, other):
        assert await client.info() == "😀"
    sent = await one.say("mine")
    assert await other.info() == "mine"
    await other.leave()
    user = pair[0].api.login("u")
    java.say(group, "j", "later", pair[0].now_ms() + 5)
    assert await one.info() == "later"
    assert user.recall(group, sent["ts"]).code == 200
    again = await V2.enter(pair[1], group, "u", model=other.model)
    assert again.welcome["recovered"] is True
    assert [(await again.any())["type"] for _ in range(2)] == ["message", "recall"]
    fresh_one = await V2.enter(pair[1], group, "v")
    assert [m["info"] for m in fresh_one.list["list"]] == ["😀", "later"]


# ---- operators ----

async def test_operators_purge_clear_export_and_import(java, hosts, own_redis, tmp_path):
    host = hosts.new({**JAVA, "admin.tokens": "alice:secret-of-alice"}, own_redis)
    try:
        group, target = fresh(), fresh()
        ctl = Ctl(host.conf)
        begin = host.now_ms()
        for i in range(30):
            java.say(group, "u😀" if i % 3 else "v", f"text {i} \"😀\"", begin + i)
        exported = ctl.try_("export", group).out
        assert [json.loads(line) for line in exported.splitlines()] == messages(host, group)
        ctl("import", target, input=exported)
        assert [m["info"] for m in messages(host, target)] == [m["info"] for m in messages(host, group)]
        ctl("recall", group, "v", str(begin))
        ctl("purge", group, "u😀")
        assert [m["userId"] for m in messages(host, group)] == ["v"] * 9
        ctl("clear", group)
        assert messages(host, group) == []
        client = await host.chat(target, "u")
        assert (await client.say("on"))["ts"] > begin + 29
    finally:
        hosts.end(host)


# ---- the whole ----

async def test_flood_of_all_hosts_brings_each_message_once(java, pair):
    """each message once on ours, ours in list order"""
    flood = Flood(pair, messages=500, senders=4, joiners=8)
    said = []

    def java_says():
        number = 0
        while not over.is_set():
            info = f"j:{number}"
            java.say(flood.group, "j", info, pair[0].now_ms() - random.randrange(3))
            said.append(info)
            number += 1

    theirs, over = java.connect(flood.group, "reader"), threading.Event()
    saying = asyncio.create_task(asyncio.to_thread(java_says))
    await flood.run()
    over.set()
    await saying
    await flood._end()  # behind the last PUBLISH
    texts = [compact(message) for message in messages(pair[0], flood.group)]
    own = [text for text in texts if not is_of_java(text)]
    assert len(said) > 20 and len(set(texts)) == len(texts) == len(said) + len(own)
    for client in flood.clients:
        begin = client.first["total"] - len(client.first["list"])
        # What Java stored before the frame's list and published behind it comes, too.
        more = set(client.view) - set(texts[begin:])
        assert all(map(is_of_java, more)) and more <= set(texts[:begin])
        assert sorted(client.view) == sorted([*texts[begin:], *more])
        assert [text for text in client.view if not is_of_java(text)] == [t for t in texts[begin:] if not is_of_java(t)]
    stamps = [json.loads(text)["ts"] for text in own]
    assert len(own) == 4 * 500 + 2 and all(a < b for a, b in zip(stamps, stamps[1:]))
    eventually(lambda: len(theirs.view) >= len(texts))
    assert sorted(compact(json.loads(text)) for text in theirs.view) == sorted(texts)


def is_of_java(text):
    return json.loads(text)["info"].startswith("j:")


async def test_part_2_stays_plain(ours):
    group = fresh()
    client = await V2.enter(ours, group, "u")
    sent = await client.say("x", "k1")
    user = ours.api.login("u")
    assert user.api.post("/user/read", {"groupId": group, "ts": str(sent["ts"])}, user="u",
                         token=user.token).code == 200
    assert ours.redis.get(f"gmt:{group}") == b"%d" % sent["ts"]
    assert ours.redis.hgetall("fim:read:u") == {group.encode(): b"%d" % sent["ts"]}
    assert ours.redis.get(f"fim:sent:{group}/u") == b"k1 %d" % sent["ts"]
    assert ours.redis.get("fim:encoding") == b"java"


# ---- the guard ----

def dump(redis):
    return {key: redis.dump(key) for key in redis.keys("*")}


def refuse(tmp_path, server, encoding, reason):
    """A host with this encoding writes nothing, takes nobody in, is not ready, and says what to do."""
    before = dump(server.client)
    port, health = free_port(), free_port()
    conf = write_settings(tmp_path / "other.yml", {
        "redis.port": server.port, "redis.encoding": encoding, "push.listen": f"127.0.0.1:{port}",
        "push.health": f"127.0.0.1:{health}"})
    process = Process([PUSHD, "-c", conf], tmp_path / "other.log")
    try:
        for connection in ("commands", "subscription"):
            process.wait_line(f'^warn redis-down connection={connection} reason="{reason}"')
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{health}/readyz", timeout=5)
        assert refused.value.code == 503
        said = Ctl(conf).try_("history", "g")
        assert said.code == AWAY and said.out == ""
        assert process.output.count("redis-down") == 2
    finally:
        process.stop()
    assert dump(server.client) == before


def data_of_java(server):
    host = JavaHost(server)
    host.login("u")
    host.join("u", "g")
    host.say("g", "u", "x", 5)
    host.close()


@pytest.mark.parametrize("key", ["login:u", "ugs:u", "gml:g"])
def test_plain_on_data_of_java_is_refused(tmp_path, own_redis, key):
    data_of_java(own_redis)
    own_redis.client.delete(*{"login:u", "ugs:u", "gml:g"} - {key})
    refuse(tmp_path, own_redis, "plain", "data of the Java original: set redis.encoding: java")


@pytest.mark.parametrize("key, value", [("login:u", "44aa4d5b"), ("gml:g", fastjson("g", "u", "x", 5)), ("ugs:u", "g")])
def test_java_on_plain_data_is_refused(tmp_path, own_redis, key, value):
    write = {"l": own_redis.client.set, "g": own_redis.client.rpush, "u": own_redis.client.sadd}[key[0]]
    write(key, value)
    refuse(tmp_path, own_redis, "java", "plain data, which Java hosts cannot read: set redis.encoding: plain")


def test_a_host_of_the_other_encoding_is_refused(tmp_path, own_redis, hosts):
    host = hosts.new(JAVA, own_redis)
    hosts.end(host)
    assert own_redis.client.get("fim:encoding") == b"java"
    refuse(tmp_path, own_redis, "plain", "the other hosts write as the Java original: set redis.encoding: java")
    own_redis.client.set("fim:encoding", "plain")
    refuse(tmp_path, own_redis, "java", "the other hosts write plain values: set redis.encoding: plain")


async def test_what_is_neither_decides_nothing(own_redis, hosts, java):
    """numbers are ids to both; a key of another type, or an entry that is no message, says nothing"""
    own_redis.client.sadd("ugs:u", "1")
    own_redis.client.rpush("gml:g", "garbage", '"text"')
    own_redis.client.set("gml:h", "a string")
    own_redis.client.rpush("login:u", "a list")
    own_redis.client.rpush("other:x", '"{')
    host = hosts.new(JAVA, own_redis)
    hosts.end(host)
    own_redis.client.delete("fim:encoding")
    host = hosts.new({}, own_redis)
    hosts.end(host)
    assert own_redis.client.get("fim:encoding") == b"plain"


async def test_one_plain_value_among_those_of_java_stops_no_java_host(own_redis, hosts):
    data_of_java(own_redis)
    own_redis.client.set("login:v", "plain")
    hosts.end(hosts.new(JAVA, own_redis))
    assert own_redis.client.get("fim:encoding") == b"java"


async def test_the_database_is_the_one_of_the_settings(own_redis, hosts):
    """3 in the stock file; what other databases hold says nothing"""
    data_of_java(own_redis)
    host = hosts.new({"redis.database": 3}, own_redis)
    hosts.end(host)
    assert own_redis.connect(3).get("fim:encoding") == b"plain"
    assert own_redis.client.get("fim:encoding") is None


async def test_after_a_reconnect_it_is_looked_at_again(own_redis, hosts):
    host = hosts.new(JAVA, own_redis)
    try:
        client = await host.chat("g", "u")
        await client.say("before")
        user = host.api.login("u")

        def cut():
            for kind in ("normal", "pubsub"):
                own_redis.client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")

        own_redis.client.set("fim:encoding", "plain")
        cut()
        reason = "the other hosts write plain values: set redis.encoding: plain"
        host.process.wait_line(f'redis-down connection=commands reason="{reason}"')
        before = dump(own_redis.client)
        assert user.api.post("/user/listGroup", user="u", token=user.token).code == 503
        other = await host.open_chat("g", "v")
        assert (await other.text(10), await other.close_code()) == ("503", 1013)
        await client.send("meanwhile")
        assert await client.text(10) == "503"
        assert dump(own_redis.client) == before
        own_redis.client.flushall()  # it comes back by itself, and says so again for those to come
        await said_by(client, "after")
        assert own_redis.client.get("fim:encoding") == b"java"
    finally:
        hosts.end(host)


async def said_by(client, text):
    """Says it until it is stored."""
    await client.send(text)
    while (frame := await client.text(10)) == "503":
        await asyncio.sleep(0.1)
        await client.send(text)
    assert json.loads(frame)["info"] == text


# ---- fastimctl convert ----

IDS = ["1", "room a", 'a"b', "a\\b", "群", "😀", "a\x7fb", '"quoted"', '"1"', "-20", '"\\u0041"', "\u2028"]


def fill(redis, form, extra=()):
    """Tokens, memberships and messages in that form, and what is of none."""
    for i, name in enumerate(IDS):
        redis.set(f"login:{name}", form(name), px=86400_000 + i * 1000)
        redis.sadd(f"ugs:{name}", *map(form, IDS[:i + 1]))
        redis.rpush(f"gml:{name}", *(form(fastjson(name, "u", text, n)) for n, text in enumerate(TEXTS)))
        redis.pexpire(f"gml:{name}", 604800_000 + i * 1000)
    redis.rpush("gml:mixed", form(fastjson("mixed", "u", "x", 5)), "garbage", b"\xff", "[]", *extra)
    redis.set("gmt:1", 17, ex=1000)
    redis.hset("fim:read:u", '"g"', '"5"')
    redis.set("other:login:u", '"other"')


def as_it_is(text):
    return text.encode()


def test_convert_turns_all_there_and_back(tmp_path, own_redis):
    redis, other = own_redis.client, own_redis.connect(1)
    fill(redis, jackson)
    redis.set("fim:encoding", "java")
    before = contents(redis)
    ctl = Ctl(write_settings(tmp_path / "ctl.yml", {"redis.port": own_redis.port}))
    count = 12 + sum(range(1, 13)) + 12 * len(TEXTS) + 1
    assert ctl.try_("convert", "plain").out == f"{count}\t3\n"
    assert redis.get("fim:encoding") == b"plain"
    fill(other, as_it_is)
    after, wanted = contents(redis), contents(other)
    assert {key: value for key, (value, _) in after.items()} == {key: value for key, (value, _) in wanted.items()}
    assert {key: when for key, (_, when) in after.items()} == {key: when for key, (_, when) in before.items()}
    assert ctl.try_("convert", "plain").out == "0\t0\n" and contents(redis) == after
    assert ctl.try_("convert", "java").out.startswith(f"{count}\t")
    assert contents(redis) == before and redis.get("fim:encoding") == b"java"
    assert not redis.keys("fim:convert*")


CONVERT_KEYS = ["fim:encoding", *(f"fim:convert{part}" for part in ("", ":keys", ":list", ":later"))]


@pytest.mark.parametrize("aim", ["plain", "java"])
def test_convert_that_was_interrupted_goes_on_and_turns_nothing_twice(tmp_path, own_redis, aim):
    """at each step of the script"""
    redis, forms = own_redis.client, {"java": jackson, "plain": as_it_is}
    source = "java" if aim == "plain" else "plain"
    ctl = Ctl(write_settings(tmp_path / "ctl.yml", {"redis.port": own_redis.port}))
    convert = redis.register_script(assembled("convert"))
    other = own_redis.connect(1)
    fill(other, forms[aim])
    wanted = {key: value for key, (value, _) in contents(other).items()}
    for steps in range(4):
        redis.flushdb()
        fill(redis, forms[source])
        redis.set("fim:encoding", source)
        following = convert(CONVERT_KEYS, [aim, "begin", ""])
        for _ in range(steps):
            if following in (b"look", b"turn"):
                step, cursor = following, b"0"
                while cursor is not None:
                    cursor = convert(CONVERT_KEYS, [aim, step, cursor])[0]
                    if steps == 1 or cursor == b"0":
                        break
                following = b"turn"
        refused = ctl.refused("convert", source)
        assert f"a conversion to {aim} was interrupted" in refused
        before = dump(redis)
        said = ctl.try_("history", "1")
        assert said.code == AWAY and "fastimctl convert" in said.err and dump(redis) == before
        assert ctl.try_("convert", aim).code == 0
        assert {key: value for key, (value, _) in contents(redis).items()} == wanted
        assert redis.get("fim:encoding") == aim.encode()


def fill_long(redis, form):
    """More than a step turns, and less"""
    for group, count in [("a", 1500), ("b", 900), ("c", 1)]:
        redis.rpush(f"gml:{group}", *(form(fastjson(group, "u", f"x{n}", n)) for n in range(count)))
        redis.pexpire(f"gml:{group}", 86400_000)


# What another program does, though none may, to a list that is turned in pieces.
HARM = [
    lambda redis, form: None,
    lambda redis, form: redis.rpush("gml:a", form(fastjson("a", "u", "later", 10000))),
    lambda redis, form: redis.ltrim("gml:a", 7, -1),
    lambda redis, form: redis.delete("gml:a"),
    lambda redis, form: (redis.delete("gml:a"), redis.rpush("gml:a", form(fastjson("a", "v", "new", 1)))),
]


@pytest.mark.parametrize("harm", range(len(HARM)))
def test_convert_turns_long_lists_in_pieces(tmp_path, own_redis, harm):
    """and goes on in a list, or begins it anew, if it was interrupted at any step"""
    redis, other = own_redis.client, own_redis.connect(1)
    ctl = Ctl(write_settings(tmp_path / "ctl.yml", {"redis.port": own_redis.port}))
    convert = redis.register_script(assembled("convert"))
    fill_long(other, as_it_is)
    HARM[harm](other, as_it_is)
    wanted = {key: value for key, (value, _) in contents(other).items()}
    for steps in range(9):
        redis.flushdb()
        fill_long(redis, jackson)
        redis.set("fim:encoding", "java")
        convert(CONVERT_KEYS, ["plain", "begin", ""])
        turned = late = 0
        if steps > 0:
            assert convert(CONVERT_KEYS, ["plain", "turn", "0"])[3] >= 1
        for _ in range(steps - 1):
            cursor, count, left, late = convert(CONVERT_KEYS, ["plain", "lists", "0"])
            assert 0 <= count <= 407 and (cursor, left) == (b"0", 0)
            turned += count
        assert steps < 8 or late == 0 and turned >= 1900
        HARM[harm](redis, as_it_is if redis.lindex("gml:a", 0)[:1] == b"{" else jackson)
        assert ctl.try_("convert", "plain").code == 0
        assert {key: value for key, (value, _) in contents(redis).items()} == wanted
        assert not redis.keys("fim:convert*")
        assert all(redis.ttl(key) > 80000 for key in redis.keys("gml:[bc]"))


async def test_convert_refuses_while_hosts_run(tmp_path, own_redis, hosts):
    host = hosts.new(JAVA, own_redis)
    ctl = Ctl(host.conf)
    try:
        client = await host.chat("g", "u")
        await client.say("x")
        eventually(lambda: own_redis.client.zcard("fim:hosts") == 1)
        before = own_redis.client.lrange("gml:g", 0, -1)
        assert "1 fastim-pushd run" in ctl.refused("convert", "plain")
    finally:
        hosts.end(host)
    java = JavaHost(own_redis)
    java.connect("g", "j")
    assert "Java hosts" in ctl.refused("convert", "plain")
    java.close()
    assert own_redis.client.lrange("gml:g", 0, -1) == before and own_redis.client.get("fim:encoding") == b"java"
    assert ctl.try_("convert", "plain").code == 0
    host = hosts.new({}, own_redis)
    try:
        late = await host.chat("g", "u")
        assert [m["info"] for m in late.first["list"]] == ["x"]
        assert (await late.say("y"))["ts"] > late.first["list"][0]["ts"]
    finally:
        hosts.end(host)


def test_convert_refuses_a_prefix_and_another_form(tmp_path, own_redis):
    ctl = Ctl(write_settings(tmp_path / "ctl.yml", {"redis.port": own_redis.port, "redis.prefix": "p:"}))
    assert "redis.prefix" in ctl.refused("convert", "plain")
    assert ctl.try_("convert", "json").code == 2
    assert not own_redis.client.keys("*")

"""test_admin_rows.py - HTTP: each path below /admin/: what it answers, and what it does on another host."""
import json
import socket

import pytest

from api import curl
from host import fresh
from operators import ANN, SETTINGS, Operator
from processes import eventually
from v2 import V2

NOTHING_SET = {"slow": 0, "quiet": False, "cap": 0, "pinned": "", "attrs": {}}
OPEN = {**SETTINGS, "im.group.loginAuth": 0, "login.maxFailures": 0}


@pytest.fixture(scope="module")
def pair(hosts):
    """Two hosts with operators, on the shared Redis."""
    return hosts.get(OPEN), hosts.get({**OPEN, "im.groupMessage.listNum": 49})


@pytest.fixture
def ann(pair):
    return Operator(pair[0])


@pytest.fixture
def group():
    return fresh()


def entry(group, user, ts, info="x"):
    return json.dumps({"groupId": group, "userId": user, "info": info, "ts": ts}, separators=(",", ":"))


async def refusal(client, info="x"):
    """What a message of Part 1 is answered if it is refused."""
    await client.send(info)
    return await client.text()


async def refused_v2(client, its_id="k1"):
    client.model.sends(its_id, "x")
    await client.write("send", id=its_id, info="x")
    return await client.answer(its_id)


# ---- what is said and taken away ----

async def test_message(pair, ann, group):
    """a message of that user; no check but the size. data = ts. never capped"""
    old, new = await pair[0].chat(group, "a"), await V2.enter(pair[1], group, "b")
    for field, value in (("m:v", 0), ("b:v", 0), ("quiet", 1), ("cap", 1)):
        ann.host.redis.hset(f"fim:rules:{group}", field, value)
    for n in range(5):
        ts = ann.do("message", groupId=group, userId="v", info=f"群 {n}", id=f"k{n}")
        assert ann.do("message", groupId=group, userId="v", info="again", id=f"k{n}") == ts
        assert await old.message_text() == entry(group, "v", ts, f"群 {n}").replace(
            json.dumps(f"群 {n}"), json.dumps(f"群 {n}", ensure_ascii=False))
        assert (await new.next("message"))["ts"] == ts
    assert len(pair[0].entries(group)) == 5
    answer = ann.post("/admin/message", groupId=group, userId="v", info="x" * 24577)
    assert (answer.status, answer.code) == (413, 413)


async def test_notice_to_a_group(pair, ann, group):
    """`notice`: said by the operators, once"""
    old, new = await pair[0].chat(group, "a"), await V2.enter(pair[1], group, "b")
    ann.do("notice", groupId=group, info='back "soon" 😀')
    assert (await new.next("notice"))["info"] == 'back "soon" 😀'
    await old.say("a Part 1 client sees nothing of it")


async def test_notice_to_all_groups(own_redis, hosts):
    """groupId (absent: all)"""
    pair = [hosts.new(OPEN, own_redis) for _ in range(2)]
    try:
        ann, groups = Operator(pair[0]), [fresh() for _ in range(30)]
        assert ann.in_vain("notice", info="nobody is there") == 0
        clients = [await V2.enter(pair[n % 2], group, "u") for n, group in enumerate(groups)]
        assert ann.do("notice", info="all of you") == 30
        for client in clients:
            assert (await client.next("notice"))["info"] == "all of you"
    finally:
        for host in pair:
            hosts.end(host)


async def test_recall(pair, ann, group):
    """at any age"""
    ann.host.redis.rpush(f"gml:{group}", entry(group, "v", 5), entry(group, "w", 6))
    client = await V2.enter(pair[1], group, "u")
    ann.do("recall", groupId=group, userId="v", ts=5)
    frame = await client.next("recall")
    assert (frame["userId"], frame["ts"]) == ("v", 5)
    assert pair[1].entries(group) == [entry(group, "w", 6)]
    answer = ann.post("/admin/recall", groupId=group, userId="v", ts=5)
    assert (answer.code, answer.msg) == (100, "消息不存在")


async def test_purge(pair, ann, group):
    """takes that user's out of the newest 10,000 messages. data = how many"""
    entries = [entry(group, "v" if n % 3 else "w", 10 + n) for n in range(10_500)]
    ann.host.redis.rpush(f"gml:{group}", *entries)
    client = await V2.enter(pair[1], group, "u")
    due = sum(json.loads(text)["userId"] == "v" for text in entries[-10_000:])
    assert ann.do("purge", groupId=group, userId="v") == due
    assert (await client.next("purge"))["userId"] == "v"
    assert pair[1].entries(group) == [text for n, text in enumerate(entries)
                                      if n < 500 or json.loads(text)["userId"] == "w"]
    older = sum(json.loads(text)["userId"] == "v" for text in entries[:500])
    assert ann.do("purge", groupId=group, userId="v") == older  # these are among the newest now
    assert ann.in_vain("purge", groupId=group, userId="v") == 0


async def test_clear(pair, ann, group):
    """the list goes"""
    ann.host.redis.rpush(f"gml:{group}", entry(group, "v", 5))
    client = await V2.enter(pair[1], group, "u")
    ann.do("clear", groupId=group)
    await client.next("clear")
    assert pair[1].entries(group) == []
    ann.in_vain("clear", groupId=group)


# ---- rules of users ----

async def test_mute_and_unmute(pair, ann, group):
    old, new = await pair[1].chat(group, "v"), await V2.enter(pair[1], group, "v")
    ann.do("mute", groupId=group, userId="v", seconds=0)
    ann.in_vain("mute", groupId=group, userId="v", seconds=0)
    assert await refusal(old) == "403"
    assert (await refused_v2(new))["reason"] == "muted"
    answer = pair[1].api.login("v").post("/group/sendMessage", groupId=group, info="x")
    assert (answer.code, answer.data) == (100, {"reason": "muted"})
    ann.do("unmute", groupId=group, userId="v")
    ann.in_vain("unmute", groupId=group, userId="v")
    await old.say("again")


async def test_ban_and_unban_of_a_user(pair, ann, group):
    old = await pair[1].chat(group, "v")
    ann.do("ban", groupId=group, userId="v", seconds=600)
    await old.send("x")
    assert await old.text() == "403" and await old.close_code() == 1000
    late = await pair[1].open_chat(group, "v")
    assert await late.text() == "403" and await late.close_code() == 1000
    await pair[1].chat(fresh(), "v")  # elsewhere it may
    ann.do("unban", groupId=group, userId="v")
    ann.in_vain("unban", groupId=group, userId="v")
    await (await pair[1].chat(group, "v")).say("back")


async def test_ban_everywhere(pair, ann, group):
    """groupId (absent: everywhere)"""
    user = fresh("v")
    old = await pair[1].chat(group, user)
    ann.do("ban", userId=user, seconds=600)
    try:
        assert {"userId": user} in [{"userId": ban["userId"]} for ban in ann.do("rules")["bans"]]
        await old.send("x")
        assert await old.text() == "403" and await old.close_code() == 1000
    finally:
        ann.do("unban", userId=user)
    await (await pair[1].chat(group, user)).say("back")


async def test_ban_of_an_address(pair, ann, group):
    """userId or address"""
    ann.do("ban", groupId=group, address="127.0.0.1", seconds=600)
    late = await pair[1].open_chat(group, "u")
    assert await late.text() == "403" and await late.close_code() == 1000
    assert [ban["address"] for ban in ann.do("rules", groupId=group)["bans"]] == ["127.0.0.1"]
    ann.do("unban", groupId=group, address="127.0.0.1")
    ann.in_vain("unban", groupId=group, address="127.0.0.1")
    await (await pair[1].chat(group, "u")).say("back")


async def test_ban_with_purge(pair, ann, group):
    """purge (1)"""
    ann.host.redis.rpush(f"gml:{group}", *[entry(group, user, 5 + n) for n, user in enumerate("vwv")])
    client = await V2.enter(pair[1], group, "u")
    assert ann.do("ban", groupId=group, userId="v", purge=1) == 2
    assert (await client.next("purge"))["userId"] == "v"
    assert [json.loads(text)["userId"] for text in pair[1].entries(group)] == ["w"]
    assert ann.in_vain("ban", groupId=group, userId="v", purge=1) == 0


async def test_kick(pair, ann, group):
    """`kick` is a ban for 10 s"""
    old = await pair[1].chat(group, "v")
    ann.do("kick", groupId=group, userId="v")
    await old.send("x")
    assert await old.text() == "403" and await old.close_code() == 1000
    (ban,) = ann.do("rules", groupId=group)["bans"]
    assert ban["userId"] == "v" and 0 < ban["until"] - pair[0].now_ms() <= 10_000


async def test_join_and_leave(hosts, own_redis, group):
    """membership, for `im.group.membersOnly`"""
    host = hosts.new({**OPEN, "im.group.membersOnly": 1}, own_redis)
    try:
        ann = Operator(host)
        assert await (await host.open_chat(group, "v")).close_code() == 1000
        ann.do("join", groupId=group, userId="v")
        ann.in_vain("join", groupId=group, userId="v")
        assert own_redis.client.smembers("ugs:v") == {group.encode()}
        await (await host.chat(group, "v")).say("in")
        ann.do("leave", groupId=group, userId="v")
        ann.in_vain("leave", groupId=group, userId="v")
        assert not own_redis.client.exists("ugs:v")
    finally:
        hosts.end(host)


def test_role(ann, group):
    for role in ("mod", "vip"):
        ann.do("role", groupId=group, userId="v", role=role)
        ann.in_vain("role", groupId=group, userId="v", role=role)
        assert ann.do("rules", groupId=group)["roles"] == [{"userId": "v", "role": role}]
    ann.do("role", groupId=group, userId="v", role="")
    assert ann.do("rules", groupId=group)["roles"] == []


# ---- settings and lists ----

async def test_settings(pair, ann, group):
    """any of slow, quiet, cap, pinned, attr.NAME (empty: remove); data = all settings"""
    client = await V2.enter(pair[1], group, "u")
    assert ann.in_vain("settings", groupId=group) == NOTHING_SET
    due = {"slow": 5, "quiet": True, "cap": 7, "pinned": '"群" 😀', "attrs": {"t": "x", "u": "y"}}
    assert ann.do("settings", groupId=group, slow=5, quiet=1, cap=7, pinned='"群" 😀',
                  **{"attr.t": "x", "attr.u": "y"}) == due
    assert (await client.next("settings"))["settings"] == due
    due["attrs"] = {"u": "y"}
    assert ann.do("settings", groupId=group, **{"attr.t": ""}) == due
    assert ann.in_vain("settings", groupId=group, slow=5) == due
    many = {f"attr.n{n}": "x" for n in range(33)}
    answer = ann.post("/admin/settings", groupId=group, slow=9, **many)
    assert (answer.status, answer.code) == (400, 400)
    assert ann.do("rules", groupId=group)["settings"] == due  # all or nothing
    assert ann.do("settings", groupId=group, slow="", quiet=0, cap="", pinned="", **{"attr.u": ""}) == NOTHING_SET


@pytest.mark.parametrize("name", ["Slow", "slow ", "attr", "mute", "汉" * 40])
def test_what_is_no_setting_sets_nothing(ann, group, name):
    answer = ann.post("/admin/settings", groupId=group, slow=5, **{name: "1"})
    assert answer.code == 400 and (name in answer.msg or len(name) > 32), answer.text
    assert ann.do("rules", groupId=group)["settings"] == NOTHING_SET


def test_settings_as_json(ann, group):
    body = json.dumps({"groupId": group, "slow": 5, "quiet": True, "attr.t": "x"}).encode()
    answer = curl(ann.host.http + "/admin/settings", "-H", f"adminToken: {ANN}", "-H", "Content-Type: application/json",
                  body=body)
    assert answer.data == {**NOTHING_SET, "slow": 5, "quiet": True, "attrs": {"t": "x"}}


def test_rules(ann, group):
    """data = settings, bans, mutes, roles"""
    assert ann.do("rules", groupId=group) == {"settings": NOTHING_SET, "bans": [], "mutes": [], "roles": []}
    ann.do("mute", groupId=group, userId="v", seconds=60)
    ann.do("mute", groupId=group, userId='"群"')
    ann.do("ban", groupId=group, userId="w")
    ann.do("ban", groupId=group, address="2001:db8::1:2:3", seconds=60)
    ann.do("role", groupId=group, userId="m", role="mod")
    rules, now = ann.do("rules", groupId=group), ann.host.now_ms()
    until = {mute["userId"]: mute["until"] for mute in rules["mutes"]}
    assert set(until) == {"v", '"群"'} and until['"群"'] == -1 and 50_000 < until["v"] - now <= 60_000
    bans = {ban.get("userId") or ban["address"]: ban["until"] for ban in rules["bans"]}
    assert set(bans) == {"w", "2001:db8::"} and bans["w"] == -1 and 50_000 < bans["2001:db8::"] - now <= 60_000
    assert rules["roles"] == [{"userId": "m", "role": "mod"}]


def test_rules_of_a_large_group(ann, group):
    """Step by step, and each once."""
    ann.host.redis.hset(f"fim:rules:{group}", mapping={f"m:u{n}": 0 for n in range(3000)})
    assert sorted(mute["userId"] for mute in ann.do("rules", groupId=group)["mutes"]) == sorted(
        f"u{n}" for n in range(3000))


async def test_words(hosts, own_redis, group):
    """add, remove (a word each), or none: list"""
    pair = [hosts.new(OPEN, own_redis) for _ in range(2)]
    try:
        ann = Operator(pair[0])
        assert ann.do("words") == []
        client = await pair[1].chat(group, "u")
        ann.do("words", add="badword")
        ann.in_vain("words", add="badword")
        ann.do("words", add="坏蛋", remove="none")
        assert sorted(ann.do("words")) == ["badword", "坏蛋"]
        eventually(lambda: "words from=redis count=2" in pair[1].process.output, what="the words")
        assert await refusal(client, "a badword") == "403"
        assert pair[1].api.login("u").post("/group/sendMessage", groupId=group, info="坏蛋").msg == "words"
        ann.do("words", remove="badword")
        ann.in_vain("words", remove="badword")
        eventually(lambda: "words from=redis count=1" in pair[1].process.output, what="the words")
        await client.say("a badword")
        own_redis.client.sadd("fim:words", *[f"w{n}" for n in range(5000)])
        assert len(ann.do("words")) == 5001
    finally:
        for host in pair:
            hosts.end(host)


# ---- what there is ----

async def test_online(pair, ann, group):
    """data = {"online":17,"connections":21,"users":[…]}"""
    assert ann.do("online", groupId=group) == {"online": 0, "connections": 0, "users": []}
    clients = [await pair[n % 2].chat(group, user) for n, user in enumerate("aabbc")]
    eventually(lambda: ann.do("online", groupId=group)["connections"] == 5, timeout=15, what="all of them")
    data = ann.do("online", groupId=group)
    assert (data["online"], sorted(data["users"])) == (5, ["a", "b", "c"])
    await clients[0].leave()
    eventually(lambda: ann.do("online", groupId=group)["connections"] == 4, timeout=15, what="one less")


async def test_groups(hosts, own_redis):
    """data = [{"groupId","online"}], most first"""
    host = hosts.new(OPEN, own_redis)
    try:
        ann, groups = Operator(host), [f"{n}-{fresh()}" for n in (3, 1, 2)]
        for group in groups:
            for n in range(int(group[0])):
                await host.chat(group, f"u{n}")
        due = [{"groupId": group, "online": int(group[0])} for group in sorted(groups, reverse=True)]
        eventually(lambda: ann.do("groups") == due, timeout=15, what="all groups")
        assert ann.do("groups", top=2) == due[:2]
    finally:
        hosts.end(host)


async def test_hosts(hosts, own_redis):
    """data = [{"daemon","host","connections","groups"}]"""
    pair = [hosts.new({**OPEN, "push.workers": n + 1}, own_redis) for n in range(2)]
    ann = Operator(pair[0])
    try:
        for n in range(4):
            await pair[0].chat("g" if n else "h", f"u{n}")

        def told():
            return sorted((host["connections"], host["groups"]) for host in ann.do("hosts"))

        eventually(lambda: told() == [(0, 0), (0, 0), (4, 2)], timeout=15, what="their numbers")
        daemons = ann.do("hosts")
        name = socket.gethostname()
        assert {host["host"] for host in daemons} == {name} and len({host["daemon"] for host in daemons}) == 3
        assert own_redis.client.hlen("fim:daemons") == 3
    finally:
        hosts.end(pair[1])
    eventually(lambda: told() == [(4, 2)], timeout=5, what="those that are left")
    hosts.end(pair[0])
    assert not own_redis.client.exists("fim:daemons")


def test_log(ann, group):
    """the newest actions: when, who, what"""
    ann.do("mute", groupId=group, userId="v", seconds=60)
    ann.in_vain("unban", groupId=group, userId="v")  # it did nothing
    ann.do("settings", groupId=group, slow=5)
    now = ann.host.now_ms()
    notes = [note for note in ann.do("log", count=1000) if note.get("groupId") == group]
    assert all(0 <= now - note.pop("when") < 60_000 for note in notes)
    assert notes == [
        {"who": "ann", "as": "operator", "what": "settings", "groupId": group, "settings": ["slow"]},
        {"who": "ann", "as": "operator", "what": "mute", "groupId": group, "userId": "v", "seconds": 60}]
    assert len(ann.do("log", count=1)) == 1 and len(ann.do("log")) <= 100

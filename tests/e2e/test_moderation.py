"""test_moderation.py - part 2, 8 and 14: what clients of each kind see of moderation, on two hosts."""
import asyncio

import pytest

from client import compact
from host import fresh
from moderation import Moderation
from tokens import Secret, token
from v2 import V2, V2Groups
from v2_events import Events

pytestmark = pytest.mark.spread

NOTHING = {"slow": 0, "quiet": False, "cap": 0, "pinned": "", "attrs": {}}
NOBODY = {"role": "", "muted": 0, "expires": 0}
BANNED = {"type": "error", "code": 403, "reason": "banned"}


@pytest.fixture
def mods(redis_server):
    return Moderation(redis_server.client)


async def everyone(hosts, group, user):
    """A client of each kind on each host: of Part 1, of fastim.v2, of event streams."""
    return ([await host.chat(group, user) for host in hosts], [await V2.enter(host, group, user) for host in hosts],
            [await Events.enter(host, group, user) for host in hosts])


async def hear(clients, kind):
    """What each is told next has this type, and is the same for all; returns it."""
    frames = [await client.next(kind) for client in clients]
    assert all(frame == frames[0] for frame in frames), frames
    return frames[0]


# ---- what a group is told ----

@pytest.mark.smoke
async def test_settings_come_to_all_but_part_1(two_hosts, mods):
    """notice, settings, presence, signal, you: nothing; v2: all of them as they are now"""
    group = fresh()
    olds, news, streams = await everyone(two_hosts, group, "u")
    assert news[0].welcome["settings"] == NOTHING
    for changes in ({"slow": "5", "attr__title": 'a "b"/ 群'}, {"quiet": "1", "cap": "9", "pinned": "p\n"},
                    {"slow": "", "quiet": "0", "cap": "0", "pinned": "", "attr__title": ""}):
        due = mods.set(group, **changes)
        assert await hear(news + streams, "settings") == {"type": "settings", "settings": due}
    assert due == NOTHING
    mods.set(group)  # nothing has changed, so nothing is told
    await news[0].put("end")
    assert [await old.info() for old in olds] == ["end", "end"]
    assert [await client.info() for client in news[1:] + streams] == ["end"] * 3


@pytest.mark.smoke
async def test_who_comes_is_told_the_state(two_hosts, mods):
    """the state is in `welcome`: muted: until when, Unix ms, 0 no, -1 for ever"""
    group, before = fresh(), two_hosts[0].now_ms()
    due = mods.set(group, slow="7", quiet="1", pinned="群", attr__a="b")
    assert due == {"slow": 7, "quiet": True, "cap": 0, "pinned": "群", "attrs": {"a": "b"}}
    mods.mute(group, "u", 60)
    mods.mute(group, "v")
    for host in two_hosts:
        for kind in (V2, Events):
            first = (await kind.enter(host, group, "u")).welcome
            assert first["settings"] == due
            assert before + 60000 <= first["you"]["muted"] <= host.now_ms() + 60000
            assert (await kind.enter(host, group, "v")).welcome["you"] == {**NOBODY, "muted": -1}
            assert (await kind.enter(host, group, "w")).welcome["you"] == NOBODY
    mods.set(group, pinned="new")
    assert (await V2.enter(two_hosts[0], group, "w")).welcome["settings"]["pinned"] == "new"


async def test_the_settings_of_the_file_are_told_where_none_were_set(make_host):
    """`im.room.slow`, `im.room.cap`: what a group has that was set nothing else"""
    host, group = make_host({"im.room.slow": 3, "im.room.cap": 500}), fresh()
    client = await V2.enter(host, group, "u")
    assert client.welcome["settings"] == {**NOTHING, "slow": 3, "cap": 500}
    due = Moderation(host.redis).settings(None, group, (3, 500), slow="0")
    assert due[0] == 1
    assert (await client.next("settings"))["settings"] == {**NOTHING, "cap": 500}


@pytest.mark.smoke
async def test_events_take_away_what_is_shown_and_part_1_sees_the_list(two_hosts, mods):
    """recall, purge, clear: nothing; the next first frame, history and group list are without them"""
    group = fresh()
    olds, news, streams = await everyone(two_hosts, group, "u")
    bad = await two_hosts[0].chat(group, "bad")
    texts = ["bad 0", "bad 1", "bad 2", "good", "old"]
    sent = []
    for text in texts:
        await (bad if text.startswith("bad") else olds[0]).send(text)
        sent.append(await hear(news + streams, "message"))

    async def told(kind, **keys):
        frame = await hear(news + streams, kind)
        assert list(frame.items()) == list({"type": kind, "at": frame["at"], **keys}.items())
        for client in news + streams:
            client.model.check_shows(two_hosts[0].entries(group))
        late = await two_hosts[1].chat(group, "late")
        assert late.view == two_hosts[0].entries(group)
        await late.leave()

    assert mods.recall_of(group, "u", sent[-1]["ts"]) == 1
    await told("recall", userId="u", ts=sent[-1]["ts"])
    assert mods.say(group, 'back in "five" 群') == 1
    await told("notice", info='back in "five" 群')
    assert mods.purge_of(group, "bad") == 3
    await told("purge", userId="bad")
    assert mods.clear_of(group) == 1
    await told("clear")
    assert two_hosts[0].entries(group) == []
    await news[0].put("end")
    for client in news[1:] + streams:
        assert await client.info() == "end"
    for old in olds:
        assert [await old.info() for _ in range(6)] == [*texts, "end"]


@pytest.mark.parametrize("what", ["purge", "clear", "recall", "notice"])
async def test_who_comes_back_shows_what_the_others_show(two_hosts, mods, what):
    """A message recalled or purged meanwhile is not among them, its `recall` or `purge` is."""
    group = fresh()
    host, other = two_hosts
    client, stayed = await V2.enter(host, group, "u"), await V2.enter(other, group, "good")
    bad = await V2.enter(other, group, "bad")
    await stayed.say("first")
    assert await client.info() == "first"
    client.cut()
    await bad.put("bad")
    await stayed.until("bad")
    missed = stayed.model.messages[-1]
    await stayed.say("good")
    act = {"purge": lambda: mods.purge_of(group, "bad"), "clear": lambda: mods.clear_of(group),
           "recall": lambda: mods.recall_of(group, "bad", missed["ts"]), "notice": lambda: mods.say(group, "hi")}
    assert act[what]() == 1
    await stayed.next(what)
    back = await V2.enter(host, group, "u", model=client.model)
    assert back.welcome["recovered"] == (what != "clear")
    for _ in range(back.welcome["missed"]):
        frame = await back.any()
        assert frame.get("info") != "bad" or what == "notice"
    for each in (back, stayed):
        each.model.check_shows(other.entries(group))
    assert back.model.notices == (["hi"] if what == "notice" else [])


# ---- what a user is ----

@pytest.mark.smoke
async def test_a_mute_is_told_to_all_connections_of_the_user(two_hosts, mods):
    """`you`: this user's own state has changed; it sends while muted: text `403`"""
    group, elsewhere = fresh(), fresh()
    olds, news, streams = await everyone(two_hosts, group, "u")
    others = [await V2.enter(two_hosts[0], group, "v"), await V2.enter(two_hosts[0], elsewhere, "u")]
    assert mods.mute(group, "u") == 1
    assert await hear(news + streams, "you") == {"type": "you", "you": {**NOBODY, "muted": -1}}
    for old in olds:
        await old.send("x")
        assert await old.text() == "403"
    for new in news:
        its_id = await new.put("x")
        await new.refused(403, "muted", id=its_id)
    assert mods.mute(group, "u", 3600) == 1
    until = (await hear(news + streams, "you"))["you"]["muted"]
    assert 3590000 < until - two_hosts[0].now_ms() <= 3600000
    assert mods.unmute(group, "u") == 1
    assert await hear(news + streams, "you") == {"type": "you", "you": NOBODY}
    await others[1].say("here")
    await olds[0].say("now")
    assert await others[0].info() == "now"
    assert len(two_hosts[0].entries(group)) == 1


async def test_who_is_muted_and_quiet_groups_signal_nothing(two_hosts, mods):
    """dropped silently ... where its sender is muted or the group `quiet`"""
    group = fresh()
    clients = [await V2.enter(host, group, user) for host in two_hosts for user in ("u", "v")]
    u, v = clients[:2]
    mods.mute(group, "u")
    await u.next("you")
    await clients[2].next("you")
    await u.write("signal", info="dropped")
    await u.refused(403, "muted", id=await u.put("x"))  # so the daemon has read the signal, too
    await v.write("signal", info="heard")
    assert (await hear(clients, "signal"))["info"] == "heard"
    mods.unmute(group, "u")
    await u.next("you")  # its daemons ask Redis first: settings would overtake it
    await clients[2].next("you")
    mods.set(group, quiet="1")
    await hear(clients, "settings")
    await v.write("signal", info="dropped")
    await v.refused(403, "quiet", id=await v.put("x"))
    mods.set(group, quiet="0")
    await hear(clients, "settings")
    await u.write("signal", info="again")
    assert (await hear(clients, "signal"))["info"] == "again"


# ---- bans ----

async def is_out(old=(), new=(), streams=(), retry_ms=None):
    """text `403`, close 1000; v2: error 403 `banned`, close 4403; an event stream: the same error, then its end"""
    for client in old:
        assert await client.text() == "403" and await client.close_code() == 1000
    for client in [*new, *streams]:
        frame = await client.next("error")
        wait = frame.pop("retryAfter", None)
        assert frame == BANNED and (wait is None if retry_ms is None else 0 < wait <= retry_ms)
    for client in new:
        assert await client.close_code() == 4403
    for client in streams:
        await client.ended()


async def is_refused(hosts, group, user, retry_ms=None, at=lambda host: None, **options):
    """it is banned or kicked: text `403`, close 1000; at entering the same"""
    for host in hosts:
        old = await host.open_chat(group, user) if at(host) is None else None
        new = await V2.connect(host.chat_url(group, user, at=at(host)), **options)
        await is_out([old] if old else [], [new], retry_ms=retry_ms)
        stream = await Events.open(host, group, user)
        assert stream.status == 403 and '"code":403' in await stream.rest()


@pytest.mark.smoke
@pytest.mark.parametrize("where", ["group", "everywhere"])
@pytest.mark.parametrize("seconds", [0, 60])
async def test_a_ban_ends_the_connections_of_a_user(two_hosts, mods, where, seconds):
    """a ban ends connections (`error` 403 `banned`, close 4403)"""
    group, other_group, user = fresh(), fresh(), fresh("u")
    olds, news, streams = await everyone(two_hosts, group, user)
    elsewhere = await V2.enter(two_hosts[1], other_group, user)
    lists = [await V2Groups.watch(two_hosts[0], user), await two_hosts[1].group_list(user)]
    other = await two_hosts[1].chat(group, "other")
    key = group if where == "group" else ""
    try:
        assert mods.ban(key, user, seconds) == 1
        wait = seconds * 1000 if seconds else None
        await is_out(olds, news, streams, wait)
        await is_refused(two_hosts, group, user, wait)
        if where == "group":
            await elsewhere.say("still here")
            assert all(client.ws.open for client in lists)
        else:
            await is_out([lists[1]], [elsewhere, lists[0]], retry_ms=wait)
            late = await two_hosts[0].group_list(user)
            assert await late.text() == "403" and await late.close_code() == 1000
        await other.say("next")
        assert len(two_hosts[0].entries(group)) == 1
        assert mods.unban(key, user) == 1
        await (await two_hosts[0].chat(group, user)).say("back")
    finally:
        mods.unban(key, user)


async def test_a_kicked_user_comes_back_after_its_time(two_hosts, mods):
    """`kick` is a ban for 10 s; after `retryAfter`, if given, it may try again"""
    group = fresh()
    client = await V2.enter(two_hosts[0], group, "u")
    assert mods.kick(group, "u") == 1
    assert (await client.next("error"))["retryAfter"] == 10000
    assert await client.close_code() == 4403
    mods.ban(group, "u", 1)
    client = await V2.connect(two_hosts[1].chat_url(group, "u"))
    wait = (await client.next("error"))["retryAfter"]
    assert 0 < wait <= 1000
    await asyncio.sleep(wait / 1000)
    await (await V2.enter(two_hosts[1], group, "u")).say("back")


@pytest.mark.parametrize("banned, home, spared", [("192.0.2.7", "192.0.2.7", "192.0.2.8"),
                                                  ("2001:db8:1:2::7", "2001:db8:1:2::", "2001:db8:1:3::7"),
                                                  ("2001:db8:1:2:a:b:c:d", "2001:db8:1:2::", "192.0.2.7")])
@pytest.mark.parametrize("where", ["group", "everywhere"])
async def test_a_ban_of_an_address_ends_and_refuses_its_connections(two_hosts, mods, banned, home, spared, where):
    """Banning an address (an IPv6 one by its /64) ends and refuses its connections."""
    group = fresh()

    async def enter(host, address, user):
        return await V2.enter(host, group, user, at=host.push, extra_headers={"X-Forwarded-For": address})

    outs = [await enter(host, banned, fresh("u")) for host in two_hosts]
    stays = [await enter(host, spared, fresh("u")) for host in two_hosts]
    elsewhere = await V2.connect(two_hosts[0].chat_url(fresh(), "u", at=two_hosts[0].push),
                                 extra_headers={"X-Forwarded-For": banned})
    await elsewhere.next("welcome")
    await elsewhere.next("list")
    key = group if where == "group" else ""
    try:
        assert mods.ban_address(key, home) == 1
        await is_out(new=outs)
        if where == "group":
            await elsewhere.say("still here")
        else:
            await is_out(new=[elsewhere])
        for host in two_hosts:
            late = await V2.connect(host.chat_url(group, "late", at=host.push), extra_headers={"X-Forwarded-For": banned})
            await late.ended(403, "banned", 4403)
        await stays[0].say("here")
        assert await stays[1].info() == "here"
        assert mods.unban_address(key, home) == 1
        await (await enter(two_hosts[0], banned, "u")).say("back")
    finally:
        mods.unban_address(key, home)


# ---- roles ----

KEY = Secret()
LOGIN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def verified(hosts, public_folder):
    """Two hosts that know who is who."""
    passwords = public_folder / "passwords"
    passwords.touch()
    words = public_folder / "words"
    words.write_text("rude\n")
    words.chmod(0o644)
    settings = {"im.group.loginAuth": 1, "login.jwtKey": KEY.setting, "login.method": "htpasswd",
                "login.htpasswd": str(passwords), "im.filter.file": str(words)}
    return [hosts.new(settings) for _ in range(2)]


def logged_in(host, user):
    host.redis.set(f"login:{user}", LOGIN, ex=1000)
    return user


async def enter(host, group, user, **claims):
    """With a JWT."""
    return await V2.enter(host, group, user, auth=token(KEY, user, **claims))


@pytest.mark.smoke
@pytest.mark.parametrize("role", ["mod", "vip"])
async def test_a_role_frees_of_quiet_slow_cap_and_words(verified, mods, role):
    """`mod` and `vip` are exempt from `slow`, `quiet`, `cap` and the word filter"""
    group, user = fresh(), logged_in(verified[0], fresh("u"))
    old = await verified[0].chat(group, user, LOGIN)
    new, by_jwt = await enter(verified[1], group, user), await enter(verified[0], group, "j", role=role)
    assert by_jwt.welcome["you"]["role"] == role
    beside = await enter(verified[0], group, user)  # sees what old is not told
    mods.set(group, quiet="1", slow="60", cap="1")
    for client in (new, by_jwt, beside):
        await client.next("settings")
    await old.send("one")
    assert await old.text() == "403"
    await by_jwt.say("rude 0")
    assert await old.info() == await new.info() == await beside.info() == "rude 0"
    assert mods.role(group, user, role) == 1
    for client in (new, beside):
        assert (await client.next("you"))["you"]["role"] == role
    for n in range(3):
        await new.say(f"rude {n}")
        assert await old.info() == f"rude {n}"
        await old.say(f"Rude {n}")
        assert await new.info() == f"Rude {n}"
    late = await enter(verified[0], group, user)
    assert late.welcome["you"]["role"] == role
    assert mods.role(group, user, "") == 1
    assert (await new.next("you"))["you"]["role"] == "" == (await late.next("you"))["you"]["role"]
    await old.send("one")
    assert await old.text() == "403"
    its_id = await new.put("rude")
    await new.refused(403, "words", id=its_id)
    its_id = await new.put("x")
    await new.refused(403, "quiet", id=its_id)


async def test_nobody_who_is_not_verified_holds_a_role(two_hosts, mods):
    """A role is held by a verified user only"""
    group = fresh()
    mods.role(group, "u", "mod")
    mods.set(group, quiet="1")
    client, other = await V2.enter(two_hosts[0], group, "u"), await V2.enter(two_hosts[0], group, "v")
    assert client.welcome["you"] == NOBODY
    its_id = await client.put("x")
    await client.refused(403, "quiet", id=its_id)
    mods.role(group, "u", "vip")
    await client.write("recall", ts=5, userId="v", id="r")
    await client.refused(403, "role", id="r")
    mods.set(group, quiet="0")
    await hear([client, other], "settings")
    await client.say("x")


async def test_a_jwt_that_is_renewed_has_its_own_role(verified, mods):
    group, user = fresh(), fresh("u")
    client = await enter(verified[0], group, user, role="vip")
    mods.role(group, user, "mod")
    await client.write("auth", token=token(KEY, user, role="mod"))
    assert (await client.next("you"))["you"]["role"] == "mod"
    mods.role(group, user, "vip")
    await client.write("auth", token=token(KEY, user))
    while (await client.next("you"))["you"]["role"] != "vip":
        pass  # the event may come later than the frame
    await client.write("auth", token=token(KEY, user, role="mod", groups=[group]))
    while (await client.next("you"))["you"]["role"] != "mod":
        pass


@pytest.mark.smoke
async def test_a_moderator_recalls_what_others_said(verified, mods):
    """Moderators may add `userId`: at any age; not of another `mod`; `role`: not a moderator, or the other is one"""
    group = fresh()
    mods.role(group, "mod", "mod")
    mods.role(group, "mod2", "mod")
    for host in verified:  # who comes later is not asked about by itself
        await enter(host, group, "first")
    by_role, by_jwt = await enter(verified[0], group, "mod"), await enter(verified[1], group, "jwt", role="mod")
    others = {user: await enter(verified[0], group, user) for user in ("mod2", "vip", "u")}
    mods.role(group, "vip", "vip")
    await others["vip"].next("you")
    everybody = [by_role, by_jwt, *others.values()]

    async def said(client, info):
        await client.put(info)
        frames = [await each.until(info) for each in everybody]
        return frames and client.model.messages[-1]["ts"]

    for nobody in (others["vip"], others["u"]):
        ts = await said(by_role, "of a mod")
        await nobody.write("recall", ts=ts, userId="mod", id="r")
        assert (await nobody.answer("r"))["reason"] == "role"
    ts = await said(others["mod2"], "of another mod")
    for mod in (by_role, by_jwt):
        await mod.write("recall", ts=ts, userId="mod2", id="r")
        assert (await mod.answer("r"))["reason"] == "role"
    for mod in (by_role, by_jwt):
        ts = await said(others["u"], fresh("bad"))
        await mod.write("recall", ts=ts, userId="u", id="r2")
        assert (await mod.answer("r2")) == {"type": "ack", "id": "r2"}
        await mod.write("recall", ts=ts, userId="u", id="r3")
        answer = await mod.answer("r3")
        assert (answer["code"], answer["reason"]) == (404, "message")
    old = {"groupId": group, "userId": "mod", "info": "x", "ts": 5}
    verified[0].redis.lpush(f"gml:{group}", compact(old))
    await by_role.write("recall", ts=5, id="r4")
    assert (await by_role.answer("r4"))["reason"] == "age"
    await by_role.write("recall", ts=5, userId="mod", id="r5")
    assert (await by_role.answer("r5")) == {"type": "ack", "id": "r5"}
    mods.set(group, pinned="end")
    for each in everybody:
        while (await each.any())["type"] != "settings":
            pass
        each.model.check_shows(verified[0].entries(group)[each.model.before:])
    verified[0].redis.hset(f"fim:rules:{group}", "b:jwt", 0)  # nobody is told
    await by_jwt.write("recall", ts=ts, userId="u", id="r6")
    await by_jwt.ended(403, "banned", 4403, id="r6")

"""test_v2_redis_gone.py - part 2, 3 to 6: v2 clients while Redis is away, and when it comes
back."""
import asyncio
import shutil

import pytest

from foreign import Writer, entry
from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]


async def back_in_business(client):
    """Sends one message, again and again with the same id, until it is stored; returns its text."""
    mark = fresh("back")
    its_id = await client.put(mark)
    while (await client.answer(its_id))["type"] == "error":
        await client.put(mark, its_id)
    return mark


async def shows(client, info):
    """Takes frames until it shows this text, be it by a `message` or by a `list`."""
    while info not in client.model.infos():
        await client.any()


async def until_down(host, connection="commands"):
    await asyncio.to_thread(host.process.wait_line, f"redis-down connection={connection}", 15)


async def come_back_empty(server):
    """As after the loss of its disk."""
    await asyncio.to_thread(server.kill)
    shutil.rmtree(server.folder / "appendonlydir")
    await asyncio.to_thread(server.start)


# ---- at the door ----

@pytest.mark.parametrize("how", ["killed", "frozen"])
async def test_redis_gone_at_entering_is_503_then_close_1013(own_host, how):
    """before 1013 because of Redis `error` 503: no `welcome`"""
    if how == "killed":
        own_host.redis_server.kill()
        await until_down(own_host)
    else:
        own_host.redis_server.freeze()
    for resume in (None, "9f3a01c4-5"):
        client = await V2.connect(own_host.chat_url(fresh(), "u", "-"), resume=resume)
        frame = await client.next("error", 15)
        assert (frame["code"], frame["reason"]) == (503, "redis")
        assert await client.close_code() == 1013
    own_host.redis_server.thaw() if how == "frozen" else None


async def test_redis_gone_when_the_token_is_checked(hosts, own_redis):
    """503 `redis`, close 1013 - also for who sends `auth`"""
    host = hosts.new({"im.group.loginAuth": 1}, own_redis)
    try:
        user = host.api.login("u")
        client = await V2.enter(host, fresh(), user.user, auth=user.token)
        waiting = await V2.connect(host.chat_url(fresh(), user.user, "-"))
        own_redis.kill()
        await until_down(host)
        await waiting.write("auth", token=user.token)
        await waiting.ended(503, "redis", 1013)
        await client.write("ping")
        await client.next("pong")
    finally:
        hosts.end(host)


# ---- the clients stay ----

@pytest.mark.smoke
async def test_what_could_not_be_stored_is_503_and_may_be_sent_again(own_hosts):
    """503 `redis`: try again, with the same id; the clients stay"""
    host, group = own_hosts[0], fresh()
    client, reader = [await V2.enter(each, group, "u") for each in own_hosts]
    await client.say("before")
    host.redis_server.kill()
    for each in own_hosts:
        await until_down(each)
    for n in range(5):
        its_id = await client.put(f"lost {n}")
        await client.refused(503, "redis", id=its_id)
    await client.write("ping")
    await client.next("pong")
    await asyncio.to_thread(host.redis_server.start)
    mark = await back_in_business(client)
    for each in (reader, client):
        await shows(each, mark)
    assert client.model.infos() == reader.model.infos() == ["before", mark]
    assert client.model.shown == host.entries(group)


@pytest.mark.parametrize("kind, keys", [
    ("recall", {"ts": 1}), ("recall", {"ts": None}), ("history", {"before": 5}),
    ("read", {"ts": 5})])
async def test_other_frames_are_503_as_well(own_host, kind, keys):
    """503 `redis`: try again"""
    client = await V2.enter(own_host, fresh(), "u")
    message = await client.say("x")
    own_host.redis_server.kill()
    await until_down(own_host)
    await client.write(kind, id="k",
                       **{key: message["ts"] if value is None else value for key,
                          value in keys.items()})
    await client.refused(503, "redis", id="k")
    await client.write("ping")
    await client.next("pong")


async def test_refused_by_a_full_redis_is_503(own_host):
    """`error`: this attempt was not stored and never will be"""
    group = fresh()
    client, reader = await V2.enter(own_host, group, "u"), await V2.enter(own_host, group, "v")
    await client.say("before")
    own_host.redis.config_set("maxmemory", 1)
    its_id = await client.put("no room")
    await client.refused(503, "redis", id=its_id)
    own_host.redis.config_set("maxmemory", 0)
    await client.say("after", its_id)
    assert [await reader.info() for _ in range(2)] == ["before", "after"]


@pytest.mark.smoke
@pytest.mark.parametrize("count", [0, 5, 300])
async def test_what_happened_meanwhile_is_shown(relayed, site, count):
    """what the list received meanwhile reaches every client, once, and its recalls"""
    account, group = site.api.login(fresh("w")), fresh()
    away = [await V2.enter(relayed.host, group, f"away{n}") for n in range(3)]
    here = await V2.enter(site, group, account.user)
    before = [await here.say(f"before {n}") for n in range(3)]
    for client in away:
        await client.until("before 2")
    relayed.relay.block()
    await until_down(relayed.host, "subscription")
    meanwhile = []
    for n in range(count):
        meanwhile.append(await here.say(f"meanwhile {n}"))
    for message in before[1:2] + meanwhile[2:3]:
        assert account.recall(group, message["ts"]).code == 200
        await here.next("recall")
    relayed.relay.unblock()
    mark = await back_in_business(away[0])
    for client in away + [here]:
        await shows(client, mark)
        assert client.model.shown == site.entries(group)


async def test_too_much_was_missed(relayed, site):
    """Also later, whenever the server cannot bring the client up to date by events: start again
    from this"""
    group = fresh()
    away = await V2.enter(relayed.host, group, "away")
    await (await V2.enter(site, group, "here")).say("before")
    await away.until("before")
    relayed.relay.block()
    await until_down(relayed.host, "subscription")
    now = site.now_ms()
    raws = [entry(group, "ops", f"{n} " + "x" * 9000, now + n) for n in range(3000)]
    for at in range(0, 3000, 500):
        site.redis.rpush(f"gml:{group}", *raws[at:at + 500])
    relayed.relay.unblock()
    mark = await back_in_business(away)
    await shows(away, mark)
    entries = site.redis.llen(f"gml:{group}")
    assert len(away.model.messages) == entries - away.model.before
    assert away.model.infos()[-2:] == ["2999 " + "x" * 9000, mark]


async def test_recall_whose_event_was_lost_with_the_subscription(site, relayed):
    """a `recall` reaches who was cut off when it happened"""
    account, group = site.api.login(fresh("w")), fresh()
    here = await V2.enter(site, group, account.user)
    away = await V2.enter(relayed.host, group, "away")
    gone, stays = await here.say("gone"), await here.say("stays")
    await away.until("stays")
    relayed.relay.block()
    await until_down(relayed.host, "subscription")
    for message in (gone, stays)[:1]:
        assert account.recall(group, message["ts"]).code == 200
    relayed.relay.unblock()
    while away.model.infos() != ["stays"]:
        frame = await away.any(15)
        assert frame["type"] in ("recall", "list")
    await back_in_business(away)


async def test_a_list_that_cannot_be_read_hides_no_gap(site, relayed):
    """recovered: true only if nothing is missing: what is published beside such a list does not prove it"""
    group = fresh()
    key, writer = f"gml:{group}", Writer(site.redis, group)
    here = await V2.enter(site, group, "here")
    away = await V2.enter(relayed.host, group, "away")
    await here.say("before")
    await away.until("before")
    relayed.relay.block()
    await until_down(relayed.host, "subscription")
    await here.say("missed")
    site.redis.rename(key, f"{key}-aside")
    site.redis.set(key, "text")
    relayed.relay.unblock()
    await asyncio.to_thread(relayed.host.process.wait_line, f'list-unreadable group="{group}"')
    behind = entry(group, "ops", "behind", site.now_ms())
    writer.publish(behind)
    await here.until("behind")
    await here.write("signal", info="that was it")
    await away.next("signal")
    assert away.model.infos() == ["before"]
    await away.leave()
    site.redis.rename(f"{key}-aside", key)
    writer.push(behind)
    back = await V2.enter(relayed.host, group, "away", model=away.model)
    assert back.welcome["recovered"]
    await back.until("behind")
    assert back.model.infos() == ["before", "missed", "behind"]


# ---- Redis lost its data ----

@pytest.mark.parametrize("again", [0, 1])
async def test_redis_that_comes_back_empty_is_told_by_a_list(own_host, again):
    """`list`: Also later, whenever the server cannot bring the client up to date by events (Redis
    lost data)"""
    group = fresh()
    client = await V2.enter(own_host, group, "u")
    await client.say("of the old life")
    epoch = client.model.epoch
    await come_back_empty(own_host.redis_server)
    for n in range(again):
        Writer(own_host.redis, group).write(entry(group, "ops", f"of the new life {n}",
                                                  own_host.now_ms() - 5000))
    mark = await back_in_business(client)
    while mark not in client.model.infos() or client.model.lists < 2:
        await client.any(15)
    assert client.model.epoch != epoch
    client.model.check_shows(own_host.entries(group))
    await client.say("next")
    late = await V2.enter(own_host, group, "v")
    assert late.model.position == client.model.position and late.model.shown == client.model.shown


async def test_who_was_away_when_redis_lost_its_data_starts_again(own_host):
    """a Redis that came back empty: false"""
    group = fresh()
    client = await V2.enter(own_host, group, "u")
    await client.say("of the old life")
    await client.leave()
    await come_back_empty(own_host.redis_server)
    await asyncio.to_thread(own_host.process.wait_line, "redis-up connection=commands$")
    while True:
        back = await V2.connect(own_host.chat_url(group, "u", "-"), client.model,
                                client.model.position)
        if (frame := await back.any(15))["type"] == "welcome":
            break
        assert (frame["code"], frame["reason"]) == (503, "redis")
    assert not frame["recovered"]
    await back.next("list")
    assert back.model.messages == []
    await back.say("of the new life")

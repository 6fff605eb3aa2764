"""test_redis_gone.py - protocol.md, what fastim promises while Redis is away, and when it comes back."""
import asyncio
import collections
import json

import pytest

from foreign import Writer, entry
from host import fresh
from processes import eventually
from redis_server import is_mark

pytestmark = pytest.mark.spread

UNAVAILABLE = 503


async def answer_or_message(client):
    """Whether the last message sent was stored (it came back) or not (503)."""
    frame = await client.text(15)
    if frame == "503":
        return False
    assert frame.startswith('{"groupId":'), frame
    client.view.append(frame)
    return True


async def back_in_business(client):
    """Sends until a message is stored again."""
    while True:
        mark = fresh("back")
        await client.send(mark)
        if await answer_or_message(client):
            return mark


# ---- another Redis ----

def connections(redis, kind, relay):
    """Those of this kind that come over the relay."""
    return [each for each in redis.client_list(_type=kind) if each["addr"] in relay.addresses()]


def kill(redis, kind, relay):
    for each in connections(redis, kind, relay):
        redis.client_kill_filter(_id=each["id"])


async def test_the_subscription_has_moved_and_the_commands_have_not(relayed, own_redis):
    """the master is asked of Sentinel: the two connections may see another one at different times"""
    old, new = relayed.host.redis_server.client, own_redis.client
    group = fresh()
    member = await relayed.host.chat(group, "member")
    relayed.relay.target_port = own_redis.port
    with old.pubsub() as heard:
        heard.psubscribe("*")
        assert heard.get_message(timeout=5)["type"] == "psubscribe"
        kill(old, "pubsub", relayed.relay)
        # The list is read at the old one, and the mark published there.
        eventually(lambda: is_mark(heard.get_message(timeout=5)), what="a mark")
    kill(old, "normal", relayed.relay)
    mark = await back_in_business(member)
    late = await relayed.host.chat(group, "late")
    assert [each["info"] for each in late.first["list"]] == [mark]
    assert new.llen(f"gml:{group}") == 1


async def test_stored_but_gone_before_it_was_seen(relayed, own_redis):
    """resolved by looking, never by guessing: a failover took what had been stored, and nobody had seen it"""
    old, new = relayed.host.redis_server.client, own_redis.client
    group = fresh()
    sender = await relayed.host.chat(group, "u")
    relayed.relay.mute(each["addr"] for each in connections(old, "pubsub", relayed.relay))
    await sender.send("hello")
    await asyncio.to_thread(eventually, lambda: old.llen(f"gml:{group}") == 1, what="stored")
    commands = connections(old, "normal", relayed.relay)
    await asyncio.to_thread(eventually, lambda: all(
        each["cmd"] == "publish" for each in connections(old, "normal", relayed.relay)), what="the next probe")
    assert [each["addr"] for each in commands] == [each["addr"] for each in connections(old, "normal", relayed.relay)]
    relayed.relay.target_port = own_redis.port
    relayed.relay.cut_all()
    stored = await answer_or_message(sender)
    assert new.llen(f"gml:{group}") == (1 if stored else 0)


# ---- at the door ----

@pytest.mark.smoke
async def test_redis_gone_at_join_is_503_then_close_1013(own_host):
    """Redis not to be reached at this point: `503`, then close 1013"""
    own_host.redis_server.kill()
    own_host.process.wait_line("redis-down connection=commands")
    client = await own_host.open_chat(fresh(), "u")
    assert await client.text() == "503"
    assert await client.close_code() == 1013


async def test_redis_gone_at_join_with_login_auth(hosts, own_redis):
    """Redis not to be reached at this point: `503`, then close 1013 - for both kinds of socket"""
    host = hosts.new({"im.group.loginAuth": 1}, own_redis)
    try:
        user = host.api.login("u")
        own_redis.kill()
        host.process.wait_line("redis-down connection=commands")
        for client in (await host.open_chat(fresh(), user.user, user.token),
                       await host.group_list(user.user, user.token)):
            assert await client.text() == "503"
            assert await client.close_code() == 1013
    finally:
        hosts.end(host)


async def test_redis_frozen_at_join_is_503_then_close_1013(own_host):
    """Redis not to be reached at this point - a hung one as well"""
    own_host.redis_server.freeze()
    client = await own_host.open_chat(fresh(), "u")
    assert await client.text(15) == "503"
    assert await client.close_code() == 1013


@pytest.mark.everywhere
async def test_joining_works_again_by_itself(own_host):
    """the subscription comes back by itself"""
    group = fresh()
    await (await own_host.chat(group, "u")).say("before")
    own_host.redis_server.kill()
    own_host.process.wait_line("redis-down connection=commands")
    own_host.redis_server.start()
    eventually(lambda: own_host.process.output.count("redis-up connection=commands") == 2, 10)
    client = await own_host.chat(group, "v")
    assert [m["info"] for m in client.first["list"]] == ["before"]
    await client.say("after")


# ---- HTTP ----

@pytest.mark.smoke
@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_http_without_redis_is_503(own_host, how):
    """503: Redis cannot be reached: try again"""
    user = own_host.api.login("u")
    if how == "killed":
        own_host.redis_server.kill()
    else:
        own_host.redis_server.freeze()
    for path, fields in (("/user/listGroup", {}), ("/user/joinGroup", {"groupId": "g"}),
                         ("/group/listMessage", {"groupId": "g", "startPage": 0, "endPage": 1})):
        answer = user.post(path, **fields)
        assert (answer.status, answer.code, answer.data) == (503, 503, None)
    answer = own_host.api.post("/user/login", {"userId": "another", "password": "p"})
    assert (answer.status, answer.code) == (503, 503)
    if how == "killed":
        own_host.redis_server.start()
    else:
        own_host.redis_server.thaw()
    for _ in range(4):  # each process finds its way back at once
        assert user.post("/user/listGroup").code == 200


@pytest.mark.everywhere
def test_http_survives_lost_connections_and_scripts(own_host):
    """loaded again on NOSCRIPT; a connection that Redis has closed is no fault of the caller"""
    user = own_host.api.login("u")
    user.join("g")
    own_host.redis.script_flush()
    for _ in range(4):
        assert user.post("/user/listGroup").data == ["g"]
    for _ in range(4):
        own_host.redis.client_kill_filter(_type="normal", skipme=True)
        assert user.post("/user/listGroup").data == ["g"]


# ---- messages ----

async def test_message_that_could_not_be_stored_is_answered_503_and_never_pushed(own_hosts):
    """A message that could not be stored is answered by the text frame `503` to its sender, and was not,
    and will not be, pushed to anyone."""
    host, other = own_hosts
    group = fresh()
    sender, reader = await host.chat(group, "u"), await other.chat(group, "v")
    await sender.say("before")
    assert await reader.info() == "before"
    host.redis_server.kill()
    for each in own_hosts:
        each.process.wait_line("redis-down connection=commands")
    for n in range(5):
        await sender.send(f"lost {n}")
        assert await sender.text() == "503"
    await reader.send("lost too")
    assert await reader.text() == "503"
    host.redis_server.start()
    mark = await back_in_business(sender)
    assert await reader.info(15) == mark
    assert sender.view == reader.view == host.entries(group)
    assert [json.loads(m)["info"] for m in sender.view] == ["before", mark]


async def test_reply_lost_message_stored_once_and_no_503(relayed, site):
    """Where Redis was cut off between command and reply the answer waits until it is known."""
    group, text = fresh(), fresh("text")
    sender, reader = await relayed.host.chat(group, "u"), await site.chat(group, "v")
    relayed.relay.cut_at(text, after_reply=True)
    await sender.send(text)
    assert await reader.info() == text
    assert await sender.info() == text
    assert relayed.relay.cut.wait(5)
    assert await back_in_business(sender) == await reader.info()
    assert sender.view == reader.view == site.entries(group)


async def test_command_lost_message_stored_once_or_refused(relayed, site):
    """the answer waits until it is known: 503 and nowhere, or stored and pushed once"""
    group, text = fresh(), fresh("text")
    sender, reader = await relayed.host.chat(group, "u"), await site.chat(group, "v")
    relayed.relay.cut_at(text, after_reply=False)
    await sender.send(text)
    stored = await answer_or_message(sender)
    assert relayed.relay.cut.is_set()
    mark = await back_in_business(sender)
    await reader.until(mark)
    assert sender.view == reader.view == site.entries(group)
    assert len(sender.view) == 1 + stored


async def test_one_of_many_under_way_is_cut(relayed, site):
    """Where Redis was cut off between command and reply … - all before, all behind it, in order"""
    group = fresh()
    sender, reader = await relayed.host.chat(group, "u"), await site.chat(group, "v")
    relayed.relay.cut_at("number 150 ", after_reply=True)
    for n in range(300):
        await sender.send(f"number {n} ")
    refused = 300 - sum([await answer_or_message(sender) for _ in range(300)])
    assert relayed.relay.cut.is_set()
    await reader.until(await back_in_business(sender))
    assert sender.view == reader.view == site.entries(group)
    numbers = [json.loads(m)["info"] for m in sender.view[:-1]]
    assert len(numbers) == 300 - refused
    assert numbers == sorted(numbers, key=lambda text: int(text.split()[1]))


async def test_message_to_a_frozen_redis_is_known_in_the_end(own_host):
    """a message answered 503 was not, and will not be, pushed - a command stuck in a hung Redis included"""
    group = fresh()
    sender, reader = await own_host.chat(group, "u"), await own_host.chat(group, "v")
    await sender.say("before")
    own_host.redis_server.freeze()
    for n in range(3):
        await sender.send(f"stuck {n}")
    own_host.process.wait_line("redis-down connection=commands", 15)
    own_host.redis_server.thaw()
    for _ in range(3):
        await answer_or_message(sender)
    mark = await back_in_business(sender)
    await reader.until(mark)
    assert sender.view == reader.view == own_host.entries(group)


async def test_refused_by_a_full_redis_is_503(own_host):
    """A message that could not be stored is answered by the text frame `503` to its sender"""
    group = fresh()
    sender, reader = await own_host.chat(group, "u"), await own_host.chat(group, "v")
    await sender.say("before")
    own_host.redis.config_set("maxmemory", 1)
    for _ in range(3):
        await sender.send("no room")
        assert await sender.text() == "503"
    own_host.redis.config_set("maxmemory", 0)
    await sender.say("after")
    assert [await reader.info() for _ in range(2)] == ["before", "after"]


# ---- the clients stay ----

@pytest.mark.smoke
async def test_clients_stay_and_get_what_the_list_received_meanwhile_once(relayed, site):
    """No gap, no double, in order - across a Redis reconnect"""
    group = fresh()
    away = [await relayed.host.chat(group, f"away{n}") for n in range(3)]
    here = await site.chat(group, "here")
    await here.say("before")
    for client in away:
        assert await client.info() == "before"
    relayed.relay.block()
    relayed.host.process.wait_line("redis-down connection=subscription")
    for n in range(3000):
        await here.send(f"meanwhile {n}")
    await here.until("meanwhile 2999")
    relayed.relay.unblock()
    for client in away:
        await client.until("meanwhile 2999")
    mark = await back_in_business(away[0])
    for client in away[1:] + [here]:
        await client.until(mark)
    assert {tuple(client.view) for client in away + [here]} == {tuple(site.entries(group))}


async def test_clients_get_what_foreign_writers_wrote_meanwhile(relayed, site):
    """what the list received meanwhile reaches every client, once"""
    group = fresh()
    away, here = await relayed.host.chat(group, "away"), await site.chat(group, "here")
    await here.say("before")
    assert await away.info() == "before"
    relayed.relay.block()
    relayed.host.process.wait_line("redis-down connection=subscription")
    writer = Writer(site.redis, group)
    for n in range(10):
        writer.write(entry(group, "ops", f"foreign {n}", site.now_ms() - 3600_000))
        writer.write(b"garbage")
        await here.until(f"foreign {n}")
        await here.say(f"ours {n}")
    relayed.relay.unblock()
    await away.until("ours 9")
    await here.send("marker")
    await away.until("marker")
    await here.until("marker")
    assert away.view == here.view


@pytest.mark.parametrize("before, behind, missed", [(0, 1, 0), (1, 1, 0), (0, 5, 0), (0, 40, 0), (40, 40, 0),
                                                    (200, 1, 0), (200, 100, 0), (0, 1, 200), (0, 40, 300),
                                                    (5, 5, 300), (200, 5, 300), (0, 100, 100)])
async def test_foreign_publish_lost_in_the_cut_still_comes(relayed, site, before, behind, missed):
    """A message of another writer comes to every client once: pushed before the cut, published during it"""
    group = fresh()
    away, here = await relayed.host.chat(group, "away"), await site.chat(group, "here")
    writer = Writer(site.redis, group)
    raw = entry(group, "ops", "foreign", site.now_ms())
    for n in range(before):
        await here.say(f"before {n}")
    writer.push(raw)
    for n in range(behind):
        await here.say(f"behind {n}")
    await away.until(f"behind {behind - 1}")
    relayed.relay.block()
    relayed.host.process.wait_line("redis-down connection=subscription")
    for n in range(missed):
        await here.say(f"missed {n}")
    writer.publish(raw)
    assert await here.info() == "foreign"
    relayed.relay.unblock()
    await here.say("marker")
    await away.until("marker")
    assert collections.Counter(away.view) == collections.Counter(here.view)


async def test_foreign_publish_after_the_cut_comes_once(relayed, site):
    """comes to every client once: pushed during the cut, published after it"""
    group = fresh()
    away, here = await relayed.host.chat(group, "away"), await site.chat(group, "here")
    writer = Writer(site.redis, group)
    relayed.relay.block()
    relayed.host.process.wait_line("redis-down connection=subscription")
    raw = entry(group, "ops", "foreign", site.now_ms())
    writer.push(raw)
    await here.say("ours")
    relayed.relay.unblock()
    await away.until("ours")
    writer.publish(raw)
    assert await here.info() == "foreign"
    await here.say("marker")
    await away.until("marker")
    assert sorted(away.view) == sorted(here.view)


async def test_total_expiry_and_recall_during_the_cut_lose_nothing(relayed, site):
    """what the list received meanwhile reaches every client, once - also where the list got shorter"""
    group, user = fresh(), site.api.login(fresh("u"))
    away, here = await relayed.host.chat(group, "away"), await site.chat(group, user.user)
    messages = [await here.say(f"before {n}") for n in range(5)]
    await away.until("before 4")
    relayed.relay.block()
    relayed.host.process.wait_line("redis-down connection=subscription")
    for message in messages[1:]:
        assert user.recall(group, message["ts"]).code == 200
    await here.say("meanwhile")
    relayed.relay.unblock()
    assert await away.info(15) == "meanwhile"
    relayed.relay.block()
    site.redis.delete(f"gml:{group}")
    await here.say("in a new list")
    relayed.relay.unblock()
    assert await away.info(15) == "in a new list"
    await here.say("marker")
    assert await away.info() == "marker"


async def test_group_lists_stay_as_they_are_and_go_on(relayed, site):
    """Nothing is sent when nothing changed - Redis' absence is no change"""
    user, group = fresh("u"), fresh()
    chat = await site.chat(group, user)
    await chat.say("one")
    client = await relayed.host.group_list(user)
    assert [e["newMessage"]["info"] for e in await client.json()] == ["one"]
    relayed.relay.block()
    relayed.host.process.wait_line("redis-down connection=commands")
    await chat.say("two")
    relayed.relay.unblock()
    assert [(e["newMessage"]["info"], e["total"]) for e in await client.json(15)] == [("two", 2)]


async def test_client_that_joins_during_a_reconnect(relayed, site):
    """No gap, no double, in order: joined just when the subscription came back"""
    group = fresh()
    old, here = await relayed.host.chat(group, "old"), await site.chat(group, "here")
    for n in range(20):
        await here.send(f"{n}")
        relayed.relay.cut_all()
        try:
            joiner = await relayed.host.chat(group, "joiner")
        except AssertionError:
            continue  # 503: Redis was not to be reached
        await here.send(f"{n} again")
        await joiner.until(f"{n} again")
        total = joiner.first["total"]
        assert joiner.view == site.entries(group)[total - len(joiner.first["list"]):]
        await joiner.leave()
    await here.send("end")
    await asyncio.gather(old.until("end"), here.until("end"))
    assert old.view == here.view == site.entries(group)

"""test_v2_part_1.py - part 2, 14: what a Part 1 client sees of v2 clients in its group."""
import json

import pytest

from client import compact
from host import fresh
from processes import eventually
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]


@pytest.mark.smoke
@pytest.mark.proxies
async def test_messages_and_nothing_else(two_hosts):
    """message: the message, as ever; recall, signal, read, you: nothing"""
    group, account = fresh(), two_hosts[0].api.login(fresh("u"))
    old = [await host.chat(group, "old") for host in two_hosts]
    new = [await V2.enter(host, group, account.user) for host in two_hosts]
    sent = [await new[0].say("one"), await new[0].say("two")]
    await new[0].write("signal", info="typing")
    await new[0].write("recall", ts=sent[0]["ts"], id="r")
    await new[0].write("read", ts=sent[1]["ts"], id="d")
    await new[0].write("history", id="h", before=sent[1]["ts"])
    await new[0].write("hello")
    assert account.recall(group, sent[1]["ts"]).code == 200
    await new[1].put("three")
    await old[0].send("four")
    texts = [compact({key: message[key] for key in ("groupId", "userId", "info", "ts")})
             for message in sent]
    for client in old:
        assert [await client.message_text(), await client.message_text()] == texts
        assert [await client.info(), await client.info()] in (["three", "four"], ["four", "three"])
    assert old[0].view == old[1].view
    eventually(lambda: len(two_hosts[0].entries(group)) == 2, what="both recalls")
    late = await two_hosts[1].chat(group, "late")
    assert late.view == two_hosts[0].entries(group) == old[0].view[2:]
    assert late.first["total"] == 2


@pytest.mark.smoke
async def test_what_a_part_1_client_says_comes_as_a_message(site):
    """message, by whomever"""
    group = fresh()
    old, new = await site.chat(group, "old"), await V2.enter(site, group, "new")
    said = await old.say('{"type":"clear","at":1}')
    assert await new.next("message") == {"type": "message", **said}
    await old.say("next")
    assert (await new.info()) == "next"


async def test_refusals_of_part_1_stay_texts(make_host):
    """Part 1 frames and nothing else: 440, then close 1000"""
    host, group = make_host({"im.group.loginAuth": 1}), fresh()
    user = host.api.login(fresh("u"))
    old, new = await host.chat(group, user.user, user.token), await V2.enter(host, group, user.user,
        auth=user.token)
    host.redis.delete(f"login:{user.user}")
    await old.send("x")
    assert await old.text() == "440"
    assert await old.close_code() == 1000
    its_id = await new.put("x")
    await new.ended(440, "login", 4440, id=its_id)


async def test_the_group_list_is_without_what_was_recalled(site):
    """recall: nothing; the next first frame, history and group list are without them"""
    group, user = fresh(), fresh("u")
    new = await V2.enter(site, group, user)
    one, two = await new.say("one"), await new.say("two")
    watcher = await site.group_list(user)
    assert (await watcher.json())[0]["newMessage"]["info"] == "two"
    await new.write("recall", ts=two["ts"])
    await new.next("recall")
    assert await watcher.json() == [{"newMessage": {key: one[key] for key in one if key != "type"},
                                     "total": 1}]


async def test_a_dash_is_a_token_like_any_other(site):
    """Part 1: The token may be any text while `loginAuth` is 0"""
    client = await site.chat(fresh(), "u", token="-")
    await client.say("in")


async def test_history_over_http_is_the_same_list(site):
    """`gml:` keeps its form"""
    account, group = site.api.login(fresh("u")), fresh()
    new = await V2.enter(site, group, account.user)
    for info in ("one", "two"):
        await new.say(info)
    assert account.history(group) == new.model.shown == site.entries(group)
    assert [list(json.loads(text))
            for text in site.entries(group)] == [["groupId", "userId", "info", "ts"]] * 2

"""test_recall.py - protocol.md, HTTP: /group/delMessage."""
import json

import pytest

from client import compact
from host import fresh

pytestmark = pytest.mark.everywhere

DONE = '{"code":200,"msg":"撤回消息成功","data":null}'
TOO_OLD = '{"code":100,"msg":"无法撤回消息","data":null}'
NOT_THERE = '{"code":100,"msg":"消息不存在","data":null}'


def put(host, group, user, ts, info="x"):
    text = compact({"groupId": group, "userId": user, "info": info, "ts": ts})
    host.redis.rpush(f"gml:{group}", text)
    return text


@pytest.mark.smoke
async def test_own_message_is_gone_from_the_list(site):
    """200 `撤回消息成功`: the caller's own message is gone from the list"""
    user, group = site.api.login(fresh("u")), fresh()
    client = await site.chat(group, user.user)
    messages = [await client.say(text) for text in ("one", "two", "three")]
    assert user.recall(group, messages[1]["ts"]).text == DONE
    assert [json.loads(text)["info"] for text in site.entries(group)] == ["one", "three"]
    assert user.recall(group, messages[1]["ts"]).text == NOT_THERE


@pytest.mark.smoke
async def test_someone_elses_message_stays(site):
    """the caller's own message"""
    user, other, group = site.api.login(fresh("u")), site.api.login(fresh("v")), fresh()
    client = await site.chat(group, user.user)
    message = await client.say("mine")
    assert other.recall(group, message["ts"]).text == NOT_THERE
    assert len(site.entries(group)) == 1
    assert user.recall(group, message["ts"]).text == DONE


def test_only_the_one_of_two_with_the_same_ts(site):
    """`(groupId, userId, ts)` names it"""
    user, group = site.api.login(fresh("u")), fresh()
    now = site.now_ms()
    texts = [put(site, group, name, now) for name in ("a", user.user, "b")]
    assert user.recall(group, now).text == DONE
    assert site.entries(group) == [texts[0], texts[2]]


def test_older_than_the_limit(site):
    """100 `无法撤回消息` (older than `recallTimeLimit`)"""
    user, group = site.api.login(fresh("u")), fresh()
    now = site.now_ms()
    put(site, group, user.user, now - 121_000)
    put(site, group, user.user, now - 100_000)
    assert user.recall(group, now - 121_000).text == TOO_OLD
    assert user.recall(group, now - 100_000).text == DONE
    assert len(site.entries(group)) == 1


def test_recall_time_limit_is_a_setting(make_host):
    """im.groupMessage.recallTimeLimit: seconds within which a message can be recalled"""
    host = make_host({"im.groupMessage.recallTimeLimit": 10})
    user, group = host.api.login(fresh("u")), fresh()
    now = host.now_ms()
    put(host, group, user.user, now - 11_000)
    put(host, group, user.user, now - 5_000)
    assert user.recall(group, now - 11_000).text == TOO_OLD
    assert user.recall(group, now - 5_000).text == DONE


def test_age_is_tested_first(site):
    """(age is tested first, by Redis' clock)"""
    user, other, group = site.api.login(fresh("u")), fresh("v"), fresh()
    now = site.now_ms()
    put(site, group, other, now - 121_000)
    assert user.recall(group, now - 121_000).text == TOO_OLD
    assert user.recall(fresh(), 0).text == TOO_OLD
    assert user.recall(fresh(), now - 121_000).text == TOO_OLD


def test_not_there(site):
    """100 `消息不存在`"""
    user, group = site.api.login(fresh("u")), fresh()
    now = site.now_ms()
    put(site, group, user.user, now)
    assert user.recall(group, now - 1).text == NOT_THERE
    assert user.recall(fresh(), now).text == NOT_THERE
    assert user.recall(group, now + 1_000_000).text == NOT_THERE
    assert len(site.entries(group)) == 1


def test_foreign_form_of_ones_own_message_is_found(site):
    """`userId` a string or integer"""
    number = str(10 ** 9 + hash(fresh()) % 10 ** 9)
    user, group = site.api.login(number), fresh()
    now = site.now_ms()
    site.redis.rpush(f"gml:{group}", '{"ts": %d, "info": "x", "userId": %s, "more": 1}' % (now, number))
    assert user.recall(group, now).text == DONE
    assert site.entries(group) == []


def test_recalls_among_garbage(site):
    """an entry that is not valid message JSON must not break anything"""
    user, group = site.api.login(fresh("u")), fresh()
    now = site.now_ms()
    site.redis.rpush(f"gml:{group}", "garbage", b"\xff", str(now))
    put(site, group, user.user, now)
    site.redis.rpush(f"gml:{group}", '"ts":%d}' % now)
    assert user.recall(group, now).text == DONE
    assert site.redis.llen(f"gml:{group}") == 4


async def test_history_around_a_recalled_message_closes_up(site):
    """is gone from the list"""
    user, group = site.api.login(fresh("u")), fresh()
    client = await site.chat(group, user.user)
    messages = [await client.say(str(n)) for n in range(5)]
    user.recall(group, messages[2]["ts"])
    before = user.before(group, user.user, messages[3]["ts"], 2)
    assert [json.loads(text)["info"] for text in before] == ["0", "1"]
    assert user.before(group, user.user, messages[2]["ts"], 2) is None

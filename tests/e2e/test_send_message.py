"""test_send_message.py - POST /group/sendMessage: stored and pushed as a frame of a chat is."""
import asyncio
import json

import pytest

from client import compact
from host import fresh

pytestmark = pytest.mark.everywhere

LOGIN_NEEDED = '{"code":440,"msg":"请登录后访问","data":null}'


def send(account, group, info, *options, **more):
    return account.post("/group/sendMessage", *options, groupId=group, info=info, **more)


@pytest.fixture
def user(site):
    return site.api.login(fresh("u"))


@pytest.mark.proxies
async def test_sent_message_is_stored_and_pushed_and_its_ts_is_the_answer(site, user):
    """`/group/sendMessage`: groupId, info, id (optional): 200, data = ts (integer)"""
    group = fresh()
    client = await site.chat(group, "reader")
    info = '😀 "群" \\ \u2028 a+b & c=d'
    before = site.now_ms()
    answer = send(user, group, info, id="k3f9._~-")
    assert answer.text == '{"code":200,"msg":"操作成功","data":%d}' % answer.data
    assert before <= answer.data <= site.now_ms()
    text = compact({"groupId": group, "userId": user.user, "info": info, "ts": answer.data})
    assert site.entries(group) == [text]
    assert await client.message_text() == text


@pytest.mark.proxies
async def test_the_same_id_twice_is_one_message(site, user):
    """A known id (of this group and user) stores nothing and is answered by the first one again"""
    group = fresh()
    first = send(user, group, "once", id="id-1")
    assert send(user, group, "once", id="id-1").text == first.text
    other = site.api.login(fresh("v"))
    assert send(other, group, "mine", id="id-1").data > first.data
    assert send(user, group, "again", id="id-2").data > first.data
    assert [json.loads(text)["info"] for text in site.entries(group)] == ["once", "mine", "again"]
    assert 290 < site.redis.ttl(f"fim:sent:{group}/{user.user}") <= 300


def test_without_an_id_each_is_a_message(site, user):
    group = fresh()
    stamps = [send(user, group, "x").data for _ in range(3)]
    assert stamps == sorted(set(stamps)) and len(site.entries(group)) == 3
    assert not site.redis.exists(f"fim:sent:{group}/{user.user}")


async def test_http_and_sockets_share_one_order(two_hosts):
    """Message order and PUBLISH exactly as for sockets"""
    group = fresh()
    client = await two_hosts[0].chat(group, "c")
    account = two_hosts[1].api.login(fresh("u"))
    sends = [asyncio.to_thread(send, account, group, f"http {n}") for n in range(8)]
    await asyncio.gather(*sends, *(client.send(f"socket {n}") for n in range(40)))
    seen = [await client.message_text() for _ in range(48)]
    assert seen == two_hosts[0].entries(group)
    stamps = [json.loads(text)["ts"] for text in seen]
    assert stamps == sorted(set(stamps))


def test_nobody_sends_without_a_login(site, user):
    group = fresh()
    fields = {"groupId": group, "info": "x"}
    assert site.api.post("/group/sendMessage", fields).text == LOGIN_NEEDED
    assert site.api.post("/group/sendMessage", fields, user=user.user, token="wrong").text == LOGIN_NEEDED
    assert site.entries(group) == []


@pytest.mark.parametrize("fields, names", [
    ({"info": "x"}, "groupId"), ({"groupId": "g"}, "info"), ({"groupId": "g", "info": ""}, "info"),
    ({"groupId": "g/h", "info": "x"}, "groupId"), ({"groupId": "g", "info": "x", "id": ""}, "id"),
    ({"groupId": "g", "info": "x", "id": "a b"}, "id"), ({"groupId": "g", "info": "x", "id": "é"}, "id"),
    ({"groupId": "g", "info": "x", "id": "i" * 65}, "id")])
def test_what_is_missing_or_wrong_is_400(user, fields, names):
    """an empty info or a wrong id 400"""
    answer = user.post("/group/sendMessage", **fields)
    assert (answer.status, answer.code) == (400, 400) and f" {names} " in answer.msg


def test_a_text_as_long_as_may_be(make_host):
    """too large a one 413: im.groupMessage.maxMessageBytes"""
    host, group = make_host({"im.groupMessage.maxMessageBytes": 10}), fresh()
    user = host.api.login(fresh("u"))
    assert send(user, group, "0123456789").code == 200
    assert send(user, group, "你好吗").code == 200
    for text in ("0123456789a", "你好吗??"):
        answer = send(user, group, text)
        assert (answer.status, answer.code, answer.data) == (413, 413, None)
    assert len(host.entries(group)) == 2


def test_a_group_for_members_alone(make_host):
    """membersOnly: sending of a group for its members alone (100 `未加入群组` over HTTP)"""
    host, group = make_host({"im.group.membersOnly": 1}), fresh()
    user = host.api.login(fresh("u"))
    assert send(user, group, "x", id="k").text == '{"code":100,"msg":"未加入群组","data":null}'
    host.redis.sadd(f"ugs:{user.user}", group)
    assert send(user, group, "x", id="k").code == 200
    assert len(host.entries(group)) == 1


def test_max_count_holds(make_host):
    """im.groupMessage.maxCount: messages kept of a group, oldest dropped first"""
    host, group = make_host({"im.groupMessage.maxCount": 2}), fresh()
    user = host.api.login(fresh("u"))
    for n in range(4):
        send(user, group, str(n))
    assert [json.loads(text)["info"] for text in host.entries(group)] == ["2", "3"]

"""test_users.py - fastim(7), HTTP: the endpoints below /user/, and the login's 24 hours."""
import json
import re

import pytest

from host import fresh

pytestmark = pytest.mark.everywhere

DAY = 24 * 3600


@pytest.mark.smoke
def test_login_gives_a_token_of_32_lower_case_hex_digits(site):
    """`msg` = new token (32 lower-case hex digits from the system's CSPRNG), `data` = `"user_info"`"""
    user = fresh("u")
    answer = site.api.post("/user/login", {"userId": user, "password": "p"})
    assert re.fullmatch("[0-9a-f]{32}", answer.msg)
    assert answer.text == '{"code":200,"msg":"%s","data":"user_info"}' % answer.msg


def test_login_key_holds_the_token_for_24_hours(site):
    """`login:{userId}`: string: the login token; 24 h"""
    user = site.api.login(fresh("u"))
    assert site.redis.get(f"login:{user.user}") == user.token.encode()
    assert DAY - 5 <= site.redis.ttl(f"login:{user.user}") <= DAY


def test_tokens_are_all_different(site):
    """new token"""
    tokens = {site.api.login(user).token for user in ["a", "a", "a", "b", "b"] * 4}
    assert len(tokens) == 20


@pytest.mark.smoke
def test_an_older_token_of_that_user_dies(site):
    """an older token of that user dies"""
    name = fresh("u")
    older, other = site.api.login(name), site.api.login(fresh("v"))
    newer = site.api.login(name)
    assert older.post("/user/listGroup").code == 440
    assert newer.post("/user/listGroup").code == 200
    assert other.post("/user/listGroup").code == 200


def test_password_may_be_empty(site):
    """a password may be empty"""
    answer = site.api.post("/user/login", {"userId": fresh("u"), "password": ""})
    assert (answer.status, answer.code) == (200, 200)


@pytest.mark.parametrize("path, fields", [
    ("/user/listGroup", {}), ("/user/joinGroup", {"groupId": "g"}),
    ("/user/leaveGroup", {"groupId": "g"}), ("/user/read", {"groupId": "g", "ts": 1}),
    ("/group/online", {"groupId": "g"}),
    ("/group/listMessage", {"groupId": "g", "startPage": 0, "endPage": 0}),
    ("/group/listOldMessage", {"groupId": "g", "userId": "u", "ts": 1, "count": 1}),
    ("/group/delMessage", {"groupId": "g", "ts": 1}), ("/group/delMessage", {})])
def test_successful_check_renews_the_24_hours(site, path, fields):
    """a successful check renews its 24 hours"""
    user = site.api.login(fresh("u"))
    site.redis.expire(f"login:{user.user}", 100)
    user.post(path, **fields)
    assert site.redis.ttl(f"login:{user.user}") > DAY - 5


def test_failed_check_renews_nothing(site):
    """24 h after the last successful check"""
    user = site.api.login(fresh("u"))
    site.redis.expire(f"login:{user.user}", 100)
    assert site.api.post("/user/listGroup", user=user.user, token="wrong").code == 440
    assert site.redis.ttl(f"login:{user.user}") <= 100


def test_expired_login_is_440(site):
    """24 h after the last successful check"""
    user = site.api.login(fresh("u"))
    site.redis.delete(f"login:{user.user}")
    assert user.post("/user/listGroup").code == 440


def test_login_by_another_programs_key(site):
    """unless `login:{userId}` holds exactly that token - whoever has written it"""
    user = fresh("u")
    site.redis.set(f"login:{user}", "Any Text")
    assert site.api.post("/user/listGroup", user=user, token="Any Text").code == 200
    assert site.api.post("/user/listGroup", user=user, token="any text").code == 440


@pytest.mark.smoke
def test_join_group(site):
    """`/user/joinGroup`: 200 `操作成功`, data null; 100 `操作失败` (already a member)"""
    user, group = site.api.login(fresh("u")), fresh()
    answer = user.post("/user/joinGroup", groupId=group)
    assert answer.text == '{"code":200,"msg":"操作成功","data":null}'
    assert site.redis.smembers(f"ugs:{user.user}") == {group.encode()}
    again = user.post("/user/joinGroup", groupId=group)
    assert again.text == '{"code":100,"msg":"操作失败","data":null}'
    assert site.redis.smembers(f"ugs:{user.user}") == {group.encode()}


def test_a_user_joins_max_per_user_groups(make_host):
    """100 `操作失败` (… in `im.group.maxPerUser` groups)"""
    host = make_host({"im.group.maxPerUser": 2})
    user = host.api.login(fresh("u"))
    codes = [user.post("/user/joinGroup", groupId=group).code for group in ("a", "b", "c", "a")]
    assert codes == [200, 200, 100, 100]
    assert sorted(user.post("/user/listGroup").data) == ["a", "b"]


async def test_auto_join_lets_in_without_adding_who_is_in_max_per_user_groups(make_host):
    """who is in `im.group.maxPerUser` groups already is let in without"""
    host = make_host({"im.group.maxPerUser": 1})
    user, first, second = fresh("u"), fresh(), fresh()
    await host.chat(first, user)
    await (await host.chat(second, user)).say("heard")
    assert host.redis.smembers(f"ugs:{user}") == {first.encode()}


async def test_a_group_for_its_members_alone(make_host):
    """membersOnly: history, sockets and sending of a group for its members alone (100 `未加入群组` over
    HTTP, as `autoJoin: 0` at sockets); joinGroup is refused; members are added by the site: SADD"""
    host = make_host({"im.group.membersOnly": 1})
    group, member, stranger = fresh(), host.api.login(fresh("u")), host.api.login(fresh("v"))
    host.redis.sadd(f"ugs:{member.user}", group)
    client = await host.chat(group, member.user)
    ts = (await client.say("among us"))["ts"]
    history = {"/group/listMessage": {"startPage": 0, "endPage": -1},
               "/group/listOldMessage": {"userId": member.user, "ts": ts, "count": 5},
               "/group/delMessage": {"ts": ts}}
    for path, fields in history.items():
        refused = stranger.post(path, groupId=group, **fields)
        assert refused.text == '{"code":100,"msg":"未加入群组","data":null}', path
    for user in (member, stranger):
        assert user.post("/user/joinGroup", groupId=group).text == '{"code":100,"msg":"操作失败","data":null}'
    assert await (await host.open_chat(group, stranger.user)).close_code() == 1000
    assert not host.redis.exists(f"ugs:{stranger.user}")
    for path, fields in history.items():
        assert member.post(path, groupId=group, **fields).code == 200, path
    host.redis.srem(f"ugs:{member.user}", group)
    await client.send("no longer")
    assert await client.close_code() == 1000
    assert host.redis.llen(f"gml:{group}") == 0


def test_joined_groups_never_expire(site):
    """`ugs:{userId}`: set: ids of the groups that the user has joined; never"""
    user = site.api.login(fresh("u"))
    user.join(fresh())
    assert site.redis.type(f"ugs:{user.user}") == b"set"
    assert site.redis.ttl(f"ugs:{user.user}") == -1


@pytest.mark.smoke
def test_list_group(site):
    """`/user/listGroup`: 200 `操作成功`, data = array of group ids (strings)"""
    user = site.api.login(fresh("u"))
    assert user.post("/user/listGroup").text == '{"code":200,"msg":"操作成功","data":[]}'
    groups = {"1", "42", "a b", "你好", '"', "\\", fresh()}
    for group in groups:
        user.join(group)
    answer = user.post("/user/listGroup")
    assert (answer.status, answer.code, answer.msg) == (200, 200, "操作成功")
    assert len(answer.data) == len(groups)
    assert set(answer.data) == groups


async def test_group_joined_by_web_socket_is_listed(site):
    """`autoJoin: 1` adds the group to `ugs:{userId}`"""
    user, group = site.api.login(fresh("u")), fresh()
    await site.chat(group, user.user)
    assert user.post("/user/listGroup").data == [group]
    assert user.post("/user/joinGroup", groupId=group).code == 100


@pytest.mark.proxies
@pytest.mark.parametrize("name", ["用户", "a b", "Ünï%20", "+", "*", "x" * 128])
def test_any_valid_user_id_can_log_in_and_be_used(site, name):
    """1 to 128 bytes of UTF-8 without control characters or `/`"""
    user = site.api.login(name)
    assert site.redis.get(f"login:{name}") == user.token.encode()
    assert user.post("/user/listGroup").code == 200


DONE = '{"code":200,"msg":"操作成功","data":null}'
FAILED = '{"code":100,"msg":"操作失败","data":null}'


def listening(site, channel):
    """A subscription to that channel, which Redis has confirmed."""
    events = site.redis.pubsub()
    events.subscribe(channel)
    assert events.get_message(timeout=5)["type"] == "subscribe"
    return events


@pytest.mark.smoke
@pytest.mark.parametrize("name", ["u", pytest.param('a "b" 用户', marks=pytest.mark.proxies)])
def test_logout_ends_the_login_and_tells_the_daemons(site, name):
    """`/user/logout`: 200, data null; `login:{userId}` goes"""
    user, events = site.api.login(fresh(name)), listening(site, "fim:ev:")
    assert user.post("/user/logout").text == DONE
    assert not site.redis.exists(f"login:{user.user}")
    told = {}
    while told.get("userId") != user.user:  # other tests log out as well
        told = json.loads(events.get_message(timeout=5)["data"])
    assert told == {"do": "close", "userId": user.user, "code": 440, "reason": "login"}
    assert list(told) == ["do", "userId", "code", "reason"]
    events.close()
    for path in ("/user/logout", "/user/listGroup"):
        assert user.post(path).code == 440


def test_only_the_login_of_that_token_ends(site):
    """gets 440 unless `login:{userId}` holds exactly that token"""
    older = site.api.login(fresh("u"))
    newer = site.api.login(older.user)
    assert older.post("/user/logout").code == 440
    assert newer.post("/user/listGroup").code == 200


@pytest.mark.smoke
async def test_leave_group(site):
    """`/user/leaveGroup` groupId: 200; 100 `操作失败`: was no member. Connections stay"""
    user, group = site.api.login(fresh("u")), fresh()
    client = await site.chat(group, user.user)
    assert user.post("/user/leaveGroup", groupId=group).text == DONE
    assert user.post("/user/leaveGroup", groupId=group).text == FAILED
    assert user.post("/user/listGroup").data == []
    await client.say("still here")
    assert user.post("/user/leaveGroup").code == 400


@pytest.mark.smoke
def test_read(site):
    """`/user/read` groupId, ts: never goes back"""
    user, group = site.api.login(fresh("u")), fresh()
    for ts, mark in ((7, b"7"), (5, b"7"), (1648368380132, b"1648368380132")):
        assert user.post("/user/read", groupId=group, ts=ts).text == DONE
        assert site.redis.hgetall(f"fim:read:{user.user}") == {group.encode(): mark}
    for wrong in ({"groupId": group}, {"ts": 1}, {"groupId": "a/b", "ts": 1}, {"groupId": group, "ts": -1},
                  {"groupId": group, "ts": "x"}, {"groupId": group, "ts": 2**53 + 1}):
        assert user.post("/user/read", **wrong).code == 400, wrong
    assert site.redis.ttl(f"fim:read:{user.user}") == -1


def test_read_marks_are_bounded_and_go_with_the_membership(make_host):
    """at most twice `im.group.maxPerUser` marks; 100 `操作失败`. Leaving a group removes its mark"""
    host = make_host({"im.group.maxPerUser": 2})
    user = host.api.login(fresh("u"))
    user.join("a")
    assert [user.post("/user/read", groupId=group, ts=1).code for group in "abcde"] == [200] * 4 + [100]
    assert user.post("/user/read", groupId="d", ts=2).code == 200
    assert user.post("/user/leaveGroup", groupId="a").code == 200
    assert user.post("/user/read", groupId="e", ts=1).code == 200
    assert sorted(host.redis.hgetall(f"fim:read:{user.user}")) == [b"b", b"c", b"d", b"e"]

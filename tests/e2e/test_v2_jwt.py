"""test_v2_jwt.py - part 2, 9: JSON Web Tokens at sockets, which `auth` brings."""
import time
from datetime import timedelta

import pytest

from host import fresh
from tokens import Secret, token
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

KEY = Secret()


@pytest.fixture(scope="module")
def signed(make_host):
    return make_host({"im.group.loginAuth": 1, "login.jwtKey": KEY.setting})


async def enter(host, user, of, group=None, model=None):
    return await V2.enter(host, group or fresh(), user, auth=of, model=model)


async def knock(host, user, of, group=None):
    client = await V2.connect(host.chat_url(group or fresh(), user, "-"))
    await client.write("auth", token=of)
    return client


@pytest.mark.smoke
async def test_a_token_lets_in_and_tells_its_end(signed):
    """`expires`: of the JWT, Unix ms; no Redis is asked for the login"""
    user, ends = fresh("用户"), int(time.time()) + 60
    client = await enter(signed, user, token(KEY, user, exp=ends))
    assert client.welcome["you"] == {"role": "", "muted": 0, "expires": 1000 * ends}
    assert (await client.say("in"))["userId"] == user
    assert not signed.redis.exists(f"login:{user}")


async def test_a_login_is_as_good(signed):
    """A token is what `/user/login` gave, or a JWT: where a token has two dots it is a JWT"""
    account = signed.api.login(fresh("u"))
    client = await enter(signed, account.user, account.token)
    assert client.welcome["you"]["expires"] == 0
    await client.say("in")


@pytest.mark.parametrize("claims", [
    {"exp": None}, {"exp": "9999999999"}, {"nbf": timedelta(minutes=2)},
    {"iat": timedelta(minutes=2)}, {"sub": None},
    {"sub": "another"}, {"sub": 7}, {"groups": "g"}, {"head": {"alg": "none"}},
    {"head": {"alg": "HS384"}}], ids=str)
async def test_a_token_that_is_not_valid_lets_nobody_in(signed, claims):
    """`error` 440 and close 4440"""
    user = fresh("u")
    client = await knock(signed, user, token(KEY, user, **claims))
    await client.ended(440, "login", 4440)


async def test_a_token_of_another_key_lets_nobody_in(signed):
    user = fresh("u")
    client = await knock(signed, user, token(Secret("x" * 40), user))
    await client.ended(440, "login", 4440)


async def test_a_token_that_has_expired_lets_nobody_in(signed):
    """`exp` required (no leeway): `error` 440 `expired`, close 4440"""
    user = fresh("u")
    client = await knock(signed, user, token(KEY, user, exp=timedelta(seconds=-1)))
    await client.ended(440, "expired", 4440)


@pytest.mark.smoke
async def test_a_token_of_other_groups_is_403(signed):
    """`groups` (array, optional: only these): 403 `group`, close 4403"""
    user, mine, other = fresh("u"), fresh(), fresh()
    of = token(KEY, user, groups=[mine, "another"])
    await (await enter(signed, user, of, mine)).say("in")
    for groups in (of, token(KEY, user, groups=[])):
        client = await knock(signed, user, groups, other)
        await client.ended(403, "group", 4403)
    assert signed.redis.smembers(f"ugs:{user}") == {mine.encode()}


async def test_at_its_end_the_connection_ends(signed):
    """at `exp`: `error` 440 `expired`, close 4440; with a new one it resumes"""
    user, group, ends = fresh("u"), fresh(), int(time.time()) + 2
    client = await enter(signed, user, token(KEY, user, exp=ends), group)
    await client.say("in")
    frame = await client.next("error")
    assert (frame["code"], frame["reason"]) == (440, "expired")
    assert await client.close_code() == 4440
    assert ends - 0.1 <= time.time() < ends + 1.5
    back = await enter(signed, user, token(KEY, user), group, client.model)
    assert back.welcome["recovered"]


async def test_a_new_one_in_time_keeps_the_connection(signed):
    """the client SHOULD send a new one by `auth`: `you`, with its end"""
    user, ends, later = fresh("u"), int(time.time()) + 2, int(time.time()) + 60
    client = await enter(signed, user, token(KEY, user, exp=ends))
    await client.write("auth", token=token(KEY, user, exp=later))
    assert (await client.next("you"))["you"] == {"role": "", "muted": 0, "expires": 1000 * later}
    other = await enter(signed, name := fresh("v"), token(KEY, name, exp=ends))
    await other.ended(440, "expired", 4440)  # so the first one's time is over, too
    await client.say("still in")


@pytest.mark.parametrize("claims, code, reason, close", [
    ({"sub": "another"}, 440, "login", 4440), ({"groups": ["another"]}, 403, "group", 4403),
    ({"exp": timedelta(seconds=-1)}, 440, "expired", 4440)], ids=str)
async def test_a_new_one_that_is_not_good_ends_the_connection(signed, claims, code, reason, close):
    """a renewed token for the same user - and group"""
    user = fresh("u")
    client = await enter(signed, user, token(KEY, user))
    await client.write("auth", token=token(KEY, user, **claims))
    await client.ended(code, reason, close)


@pytest.mark.proxies
async def test_a_long_token_comes_by_auth(signed):
    """a path segment is too short for one, so it comes by `auth`"""
    user, group = fresh("u"), fresh()
    of = token(KEY, user, groups=[group] + ["x" * 100] * 50)
    assert 7000 < len(of) < 8192
    await (await enter(signed, user, of, group)).say("in")


@pytest.mark.parametrize("role", ["mod", "vip"])
async def test_a_role_is_told(signed, role):
    """`role` (`mod` or `vip`, optional: in the groups of `groups`, all if absent)"""
    user, group = fresh("u"), fresh()
    for groups in (None, [group]):
        client = await enter(signed, user, token(KEY, user, role=role, groups=groups), group)
        assert client.welcome["you"]["role"] == role


async def test_without_a_key_none_is_a_token(make_host):
    """`login.jwtKey` (empty: off)"""
    host, user = make_host({"im.group.loginAuth": 1}), fresh("u")
    client = await knock(host, user, token(KEY, user))
    await client.ended(440, "login", 4440)


async def test_where_login_auth_is_0_nobody_looks_at_it(make_host):
    """Sockets look at it where `loginAuth` is 1."""
    host, user = make_host({"login.jwtKey": KEY.setting}), fresh("u")
    client = await V2.enter(host, fresh(), user)
    await client.say("in")

"""test_auth.py - protocol.md, WebSocket with loginAuth 1: 440 at the door, for a message, for a listener."""
import pytest

from host import fresh
from listeners import RECHECK_SECONDS

pytestmark = pytest.mark.everywhere


@pytest.fixture(scope="module")
def guarded(make_host):
    return make_host({"im.group.loginAuth": 1})


@pytest.fixture(scope="module")
def other_guarded(make_host):
    """Another one on the same Redis."""
    return make_host({"im.group.loginAuth": 1, "log.level": "info"})


@pytest.mark.smoke
@pytest.mark.proxies
async def test_wrong_token_gets_440_then_close_1000(guarded):
    """`loginAuth: 1` and a wrong token: the text frame `440`, then close 1000"""
    user, other = guarded.api.login(fresh("u")), guarded.api.login(fresh("v"))
    for token in ("xxx", other.token, user.token[:-1], user.token + "0"):
        client = await guarded.open_chat(fresh(), user.user, token)
        assert await client.text() == "440"
        assert await client.close_code() == 1000


async def test_user_who_never_logged_in_gets_440(guarded):
    """a wrong token"""
    client = await guarded.open_chat(fresh(), fresh("nobody"), "0" * 32)
    assert await client.text() == "440"
    assert await client.close_code() == 1000


async def test_logout_ends_the_sockets_of_the_user_on_every_host(guarded, other_guarded):
    """`/user/logout`: the user's verified connections end (`440`, 1000); who has logged in anew meanwhile stays"""
    user, neighbour, group = guarded.api.login(fresh("u")), guarded.api.login(fresh("v")), fresh()
    sockets = [await host.chat(group, user.user, user.token) for host in (guarded, other_guarded)]
    sockets.append(await guarded.group_list(user.user, user.token))
    stays = await other_guarded.chat(group, neighbour.user, neighbour.token)
    assert user.post("/user/logout").code == 200
    for client in sockets:
        assert await client.text() == "440"
        assert await client.close_code() == 1000
    again = guarded.api.login(user.user)
    client = await other_guarded.chat(group, again.user, again.token)
    assert user.post("/user/logout").code == 440  # the old token ends nothing
    await stays.say("next")
    assert await client.info() == "next"


async def test_who_is_refused_joins_nothing(guarded):
    """1. before 2."""
    user, group = fresh("nobody"), fresh()
    client = await guarded.open_chat(group, user, "xxx")
    assert await client.text() == "440"
    assert not guarded.redis.exists(f"ugs:{user}")


async def test_right_token_is_in_and_renews_its_24_hours(guarded):
    """24 h after the last successful check"""
    user = guarded.api.login(fresh("u"))
    guarded.redis.expire(f"login:{user.user}", 100)
    client = await guarded.chat(fresh(), user.user, user.token)
    assert guarded.redis.ttl(f"login:{user.user}") > 86000
    guarded.redis.expire(f"login:{user.user}", 100)
    await client.say("in")
    assert guarded.redis.ttl(f"login:{user.user}") > 86000


@pytest.mark.smoke
@pytest.mark.parametrize("how", ["logged in again", "key gone"])
async def test_token_is_checked_again_for_each_message(guarded, how):
    """With `loginAuth: 1` the token is checked again for each message …; on failure `440`, then close."""
    user, other, group = guarded.api.login(fresh("u")), guarded.api.login(fresh("v")), fresh()
    client = await guarded.chat(group, user.user, user.token)
    witness = await guarded.chat(group, other.user, other.token)
    await client.say("before")
    assert await witness.info() == "before"
    if how == "key gone":
        guarded.redis.delete(f"login:{user.user}")
    else:
        guarded.api.login(user.user)
    await client.send("after")
    assert await client.text() == "440"
    assert await client.close_code() == 1000
    await witness.say("end")
    assert len(guarded.entries(group)) == 2


async def test_group_list_with_a_wrong_token_gets_440_then_close_1000(guarded):
    """1. `440` as above."""
    user = guarded.api.login(fresh("u"))
    client = await guarded.group_list(user.user, "xxx")
    assert await client.text() == "440"
    assert await client.close_code() == 1000


async def test_group_list_with_the_right_token(guarded):
    """1. `440` as above."""
    user, group = guarded.api.login(fresh("u")), fresh()
    chat = await guarded.chat(group, user.user, user.token)
    await chat.say("x")
    client = await guarded.group_list(user.user, user.token)
    assert [entry["total"] for entry in await client.json()] == [1]


@pytest.mark.slow
def test_token_is_checked_once_a_minute_for_who_only_listens(revoked_listeners):
    """and once a minute for who only listens; on failure `440`, then close"""
    told = revoked_listeners.told()
    for kind in ("chat", "list"):
        frames, code, seconds = told[kind]
        assert (frames, code) == (["440"], 1000), kind
        assert seconds <= RECHECK_SECONDS + 3, kind
    message, ttl = told["stays"]
    assert message["info"] == "still in"
    assert ttl > 86000

"""test_v2_auth.py - part 2, 1 and 4: `auth` where loginAuth is 1, by the address or by the first
frame."""
import time

import pytest

from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

AUTH_SECONDS = 5


@pytest.fixture(scope="module")
def guarded(make_host):
    return make_host({"im.group.loginAuth": 1})


@pytest.fixture(scope="module")
def other_guarded(make_host):
    """Another one on the same Redis."""
    return make_host({"im.group.loginAuth": 1, "log.level": "info"})


@pytest.fixture
def user(guarded):
    return guarded.api.login(fresh("u"))


async def knock(host, user, group=None, token="-"):
    """A connection that has said nothing yet."""
    return await V2.connect(host.chat_url(group or fresh(), user, token))


# ---- in ----

@pytest.mark.smoke
@pytest.mark.proxies
async def test_by_the_first_frame(guarded, user):
    """`{token}` MAY be `-`: the client MUST send `auth` as its first frame; the token's 24 hours
    begin anew"""
    guarded.redis.expire(f"login:{user.user}", 100)
    client = await V2.enter(guarded, fresh(), user.user, auth=user.token)
    assert guarded.redis.ttl(f"login:{user.user}") > 86000
    assert client.welcome["you"] == {"role": "", "muted": 0, "expires": 0}
    await client.say("in")


async def test_by_the_address(guarded, user):
    """A token is what `/user/login` gave"""
    guarded.redis.expire(f"login:{user.user}", 100)
    client = await V2.enter(guarded, fresh(), user.user, user.token)
    assert guarded.redis.ttl(f"login:{user.user}") > 86000
    await client.say("in")


async def test_what_is_sent_behind_auth_at_once_is_kept(guarded, user):
    """The client MAY send at once; frames are kept until it is known whether it may come in."""
    client = await knock(guarded, user.user, group := fresh())
    await client.write("auth", token=user.token)
    sent = [await client.put(str(n)) for n in range(10)]
    await client.next("welcome")
    await client.next("list")
    for its_id in sent:
        if its_id in client.model.open:
            assert (await client.answer(its_id))["type"] == "ack"
    while len(client.model.messages) < 10:
        await client.any()
    assert client.model.infos() == [str(n) for n in range(10)]
    client.model.check_shows(guarded.entries(group))


async def test_where_login_auth_is_0_nothing_is_waited_for(site):
    """Where it is 0 nothing is waited for."""
    client = await V2.enter(site, fresh(), fresh("u"))
    await client.say("in")


# ---- not in ----

@pytest.mark.smoke
@pytest.mark.parametrize("way", ["address", "frame"])
async def test_a_wrong_token_is_440_then_close_4440(guarded, user, way):
    """`error` 440 and close 4440"""
    other, group = guarded.api.login(fresh("v")), fresh()
    for token in ("xxx", other.token, user.token[:-1], user.token + "0", "a.b.c"):
        client = await knock(guarded, user.user, group, token if way == "address" else "-")
        if way == "frame":
            await client.write("auth", token=token)
        await client.ended(440, "login", 4440)
    assert not guarded.redis.exists(f"ugs:{user.user}")
    assert not guarded.redis.exists(f"fim:log:{group}")


@pytest.mark.parametrize("kind, keys", [
    ("send", {"id": "1", "info": "x"}), ("ping", {}), ("history", {"id": "h", "before": 1}),
    ("hello", {}),
    ("signal", {"info": "x"}), ("read", {"ts": 1}), ("recall", {"ts": 1})])
async def test_another_first_frame_is_440_then_close_4440(guarded, user, kind, keys):
    """what else comes first: `error` 440, close 4440"""
    client = await knock(guarded, user.user, group := fresh())
    await client.write(kind, **keys)
    await client.write("auth", token=user.token)
    await client.ended(440, "login", 4440)
    assert guarded.entries(group) == []


async def test_nothing_within_5_seconds_is_440_then_close_4440(guarded, user):
    """nothing within 5 s: `error` 440, close 4440 - who pings by WebSocket meanwhile has sent
    nothing"""
    began = time.monotonic()
    client = await knock(guarded, user.user)
    await client.ws.ping()
    frame = await client.next("error", AUTH_SECONDS + 3)
    assert (frame["code"], frame["reason"]) == (440, "login")
    assert await client.close_code() == 4440
    assert AUTH_SECONDS - 0.5 < time.monotonic() - began < AUTH_SECONDS + 2


async def test_who_says_nothing_hears_nothing(guarded, user):
    """First frame: `welcome`; not before it is known who comes"""
    group = fresh()
    speaker = await V2.enter(guarded, group, user.user, auth=user.token)
    silent = await knock(guarded, user.user, group)
    await speaker.say("a secret")
    await silent.write("auth", token="wrong")
    await silent.ended(440, "login", 4440)


# ---- later ----

@pytest.mark.smoke
async def test_a_renewed_token_is_answered_by_you(guarded, user):
    """later: a renewed token for the same user. Answer: `you`"""
    client = await V2.enter(guarded, fresh(), user.user, auth=user.token)
    renewed = guarded.api.login(user.user)
    await client.write("auth", token=renewed.token)
    assert (await client.next("you"))["you"] == {"role": "", "muted": 0, "expires": 0}
    await client.say("still in")


async def test_a_wrong_token_later_is_440_then_close_4440(guarded, user):
    """or `error` 440 and close 4440"""
    other = guarded.api.login(fresh("v"))
    for token in ("xxx", "", other.token):
        client = await V2.enter(guarded, fresh(), user.user, user.token)
        await client.write("auth", token=token)
        await client.ended(440, "login", 4440)


@pytest.mark.parametrize("keys", [{}, {"token": None}, {"token": 7}, {"token": []}, {"Token": "x"}])
async def test_auth_without_a_string_token(guarded, user, keys):
    """without a string `token`: `error` 400 `token`"""
    client = await V2.enter(guarded, fresh(), user.user, user.token)
    await client.write("auth", **keys)
    await client.refused(400, "token")
    await client.say("still in")


@pytest.mark.parametrize("how", ["logged in again", "key gone"])
async def test_the_token_is_checked_for_each_send(guarded, user, how):
    """In the append script: login (440); close 4440: gets a new token, then resumes"""
    group = fresh()
    client = await V2.enter(guarded, group, user.user, auth=user.token)
    await client.say("before")
    if how == "key gone":
        guarded.redis.delete(f"login:{user.user}")
    again = guarded.api.login(user.user)
    its_id = await client.put("after")
    await client.ended(440, "login", 4440, id=its_id)
    assert len(guarded.entries(group)) == 1
    back = await V2.enter(guarded, group, user.user, auth=again.token, model=client.model)
    assert (back.welcome["recovered"], back.welcome["missed"]) == (True, 0)
    await back.say("after", its_id)


@pytest.mark.smoke
async def test_logout_ends_the_connections_of_the_user_on_every_host(guarded, other_guarded, user):
    """`/user/logout`: the user's verified connections end (4440); who has logged in anew meanwhile
    stays"""
    neighbour, group = guarded.api.login(fresh("v")), fresh()
    sockets = [await V2.enter(host, group, user.user, auth=user.token)
               for host in (guarded, other_guarded)]
    stays = await V2.enter(other_guarded, group, neighbour.user, neighbour.token)
    assert user.post("/user/logout").code == 200
    for client in sockets:
        await client.ended(440, "login", 4440)
    again = guarded.api.login(user.user)
    client = await V2.enter(other_guarded, group, again.user, auth=again.token)
    assert user.post("/user/logout").code == 440  # the old token ends nothing
    await stays.say("next")
    assert await client.info() == "next"


async def test_logout_ends_no_connection_that_is_not_verified(site):
    """`loginAuth: 0` means unverified users: the user's *verified* connections end"""
    user, group = site.api.login(fresh("u")), fresh()
    client = await V2.enter(site, group, user.user, user.token)
    assert user.post("/user/logout").code == 200
    await client.say("still in")


async def test_many_wait_for_their_auth_and_each_gets_in(guarded):
    """frames are kept until it is known whether it may come in - of each by itself"""
    group = fresh()
    users = [guarded.api.login(fresh(f"u{n}")) for n in range(5)]
    silent = [await knock(guarded, user.user, group) for user in users]
    for client, user in zip(silent, users[::-1]):
        await client.write("auth", token=user.token)
    await silent[2].next("welcome")
    for client in silent[:2] + silent[3:]:
        await client.ended(440, "login", 4440)

"""test_v2_read.py - part 2, 4: `read`, up to where a user has read."""
import pytest

from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

A_SECOND = 10


@pytest.mark.smoke
async def test_the_mark_is_kept_and_never_goes_back(site):
    """the user has read up to here; never goes back; `id` optional"""
    group, user = fresh(), fresh("u")
    client = await V2.enter(site, group, user)
    for ts, mark in ((7, b"7"), (5, b"7"), (1648368380132, b"1648368380132"),
                     (2 ** 53 - 1, b"9007199254740991")):
        await client.write("read", ts=ts, id=f"r{ts}")
        assert await client.next("ack") == {"type": "ack", "id": f"r{ts}"}
        assert site.redis.hgetall(f"fim:read:{user}") == {group.encode(): mark}
    assert site.redis.ttl(f"fim:read:{user}") == -1


async def test_without_an_id_there_is_no_ack(site):
    """`recall` and `read` with an id get `ack`"""
    group, user = fresh(), fresh("u")
    client = await V2.enter(site, group, user)
    await client.write("read", ts=7)
    await client.write("read", ts=8, id="r")
    assert await client.next("ack") == {"type": "ack", "id": "r"}
    assert site.redis.hget(f"fim:read:{user}", group) == b"8"


async def test_the_same_as_by_http(site):
    """`/user/read` groupId, ts: the same mark"""
    account, group = site.api.login(fresh("u")), fresh()
    client = await V2.enter(site, group, account.user)
    assert account.post("/user/read", groupId=group, ts=9).code == 200
    await client.write("read", ts=8, id="r")
    await client.next("ack")
    assert site.redis.hget(f"fim:read:{account.user}", group) == b"9"


async def test_nobody_else_is_told(site):
    """it is no event: others see nothing, the position stays"""
    group = fresh()
    client, reader = await V2.enter(site, group, "u"), await V2.enter(site, group, "v")
    message = await client.say("x")
    position = client.model.position
    await client.write("read", ts=message["ts"], id="r")
    await client.next("ack")
    assert client.model.position == position
    await client.say("next")
    assert [await reader.info(), await reader.info()] == ["x", "next"]


async def test_more_than_ten_a_second_are_429(site):
    """`read`: 10 a second: 429 `connection`"""
    client = await V2.enter(site, fresh(), fresh("u"))
    for n in range(3 * A_SECOND):
        await client.write("read", ts=n + 1, id=str(n))
    answers = [await client.any() for _ in range(3 * A_SECOND)]
    refused = [frame for frame in answers if frame["type"] == "error"]
    assert A_SECOND <= len(refused) < 3 * A_SECOND
    for frame in refused:
        assert (frame["code"], frame["reason"]) == (429, "connection") and frame["retryAfter"] > 0

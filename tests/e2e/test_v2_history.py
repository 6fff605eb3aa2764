"""test_v2_history.py - part 2, 4: `history`, the messages right before a ts."""
import asyncio

import pytest

from client import compact
from foreign import GARBAGE, entry
from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

START = 1000  # ts of the first message
DEFAULT, MOST, A_SECOND = 50, 200, 10


def fill(site, count, user="u"):
    """A group of so many messages."""
    group = fresh()
    messages = [{"groupId": group, "userId": user, "info": f"m{n}", "ts": START + n}
                for n in range(count)]
    if messages:
        site.redis.rpush(f"gml:{group}", *map(compact, messages))
    return group, messages


async def history(client, **keys):
    await client.write("history", id="h1", **keys)
    frame = await client.next("history")
    assert frame["id"] == "h1"
    return frame["list"], frame["end"]


@pytest.mark.smoke
@pytest.mark.proxies
async def test_history_to_the_byte(site):
    """{"type":"history","id":"h1","list":[…],"end":false}"""
    group, messages = fill(site, 3)
    client = await V2.enter(site, group, "u")
    await client.write("history", id="k-3_f.~9", before=START + 2, count=1)
    due = '{"type":"history","id":"k-3_f.~9","list":[%s],"end":false}' % compact(messages[1])
    assert await client.text() == due


@pytest.mark.parametrize("before, count",
                         [(9, 1), (9, 3), (9, 9), (9, 10), (5, 200), (1, 1), (1, 5), (4, 2),
                          (10, 3)])
async def test_the_messages_right_before_a_ts_oldest_first(site, before, count):
    """the `count` messages that stand right before this `ts`; `end`: there is nothing older"""
    group, messages = fill(site, 10)
    client = await V2.enter(site, group, "u")
    first = max(0, before - count)
    assert await history(client, before=START + before, count=count) == (messages[first:before],
        first == 0)


async def test_the_ts_need_not_exist_any_more(site):
    """right before this `ts`, which need not exist any more"""
    group, messages = fill(site, 10)
    client = await V2.enter(site, group, "u")
    site.redis.lrem(f"gml:{group}", 1, compact(messages[5]))
    assert await history(client, before=START + 5, count=2) == (messages[3:5], False)
    assert await history(client, before=START + 10_000, count=2) == (messages[8:], False)
    assert await history(client, before=START, count=2) == ([], True)
    assert await history(client, before=0, count=2) == ([], True)


@pytest.mark.parametrize("count", [DEFAULT, MOST])
async def test_count_is_50_by_default_and_200_at_most(site, count):
    """`count` (1 to 200, default 50)"""
    group, messages = fill(site, 250)
    client = await V2.enter(site, group, "u")
    keys = {} if count == DEFAULT else {"count": count}
    assert await history(client, before=START + 240, **keys) == (messages[240 - count:240], False)


@pytest.mark.parametrize("count", [0, -1, 201, 1.5, "5", None, True, [], 2 ** 53, 10 ** 30])
async def test_a_wrong_count_is_400(site, count):
    """`count` (1 to 200): 400, the name of the key that is wrong"""
    client = await V2.enter(site, fresh(), "u")
    await client.write("history", id="h", before=1, count=count)
    await client.refused(400, "count", id="h")


async def test_an_empty_group_has_nothing_older(site):
    """`end`: there is nothing older"""
    client = await V2.enter(site, fresh(), "u")
    assert await history(client, before=2 ** 53 - 1) == ([], True)


async def test_a_user_tells_apart_those_of_one_ts(site):
    """`userId` MAY be added where several share a ts"""
    group = fresh()
    messages = [{"groupId": group, "userId": user, "info": user, "ts": 5} for user in "abc"]
    site.redis.rpush(f"gml:{group}", *map(compact, messages))
    client = await V2.enter(site, group, "u")
    assert await history(client, before=5) == ([], True)
    assert await history(client, before=5, userId="b") == (messages[:1], True)
    assert await history(client, before=5, userId="c", count=1) == (messages[1:2], False)


async def test_paging_back_shows_all_once(site):
    """from the oldest one that is shown, page by page, until `end`"""
    group, messages = fill(site, 120)
    client = await V2.enter(site, group, "u")
    pages, end = list(client.list["list"]), False
    while not end:
        page, end = await history(client, before=pages[0]["ts"], userId=pages[0]["userId"],
                                  count=30)
        pages = page + pages
    assert pages == messages


async def test_garbage_and_foreign_forms(site):
    """messages, not entries; in Part 1's form"""
    group, messages = fill(site, 3)
    site.redis.rpush(f"gml:{group}", *GARBAGE, entry("another", 7, "ä", 2000, id=1), *GARBAGE)
    foreign = {"groupId": group, "userId": "7", "info": "ä", "ts": 2000}
    client = await V2.enter(site, group, "u")
    assert await history(client, before=3000, count=3) == (messages[1:] + [foreign], False)
    assert await history(client, before=2000, count=3) == (messages, True)


async def test_behind_garbage_there_is_nothing(site):
    """`end`: there is nothing older - that is a message"""
    group = fresh()
    site.redis.rpush(f"gml:{group}", *GARBAGE, entry(group, "u", "x", 1000))
    client = await V2.enter(site, group, "u")
    assert (await history(client, before=1000, count=1))[0] == []
    assert (await history(client, before=2000, count=200))[1] is True


@pytest.mark.parametrize("size, number", [(24_000, 400), (1 << 20, 12)])
async def test_large_messages_come_in_answers_that_are_bounded(make_host, size, number):
    """at least one, if there is one; what is left out is not said to be the end"""
    host, group = make_host({"push.bytesPerSecond": 0}), fresh()
    host.redis.rpush(f"gml:{group}", *[compact(
        {"groupId": group, "userId": "u", "info": "x" * size, "ts": START + n})
        for n in range(number)])
    client = await V2.enter(host, group, fresh("u"))
    seen, before, end = [], START + number, False
    while not end:
        await client.write("history", id="h1", before=before, count=MOST)
        frame = await client.any()
        if frame["type"] == "error":  # too many a second
            await asyncio.sleep(frame["retryAfter"] / 1000)
            continue
        page, end = [message["ts"] for message in frame["list"]], frame["end"]
        assert page == list(range(before - len(page), before)) and (page or end)
        assert len(page) * size <= 5 << 20
        seen, before = page + seen, page[0] if page else before
    assert seen == [START + n for n in range(number)]


async def test_answers_are_not_durable(site):
    """From then on that of the last durable frame: `history` moves no position, and shows
    nothing"""
    group, _ = fill(site, 60)
    client = await V2.enter(site, group, fresh("u"))
    position, shown = client.model.position, client.model.shown
    await history(client, before=START + 10)
    assert (client.model.position, client.model.shown) == (position, shown)


async def test_more_than_ten_a_second_are_429(site):
    """`history`: 10 a second: 429 `connection`"""
    client = await V2.enter(site, fresh(), fresh("u"))
    for n in range(3 * A_SECOND):
        await client.write("history", id=str(n), before=1)
    answers = [await client.any() for _ in range(3 * A_SECOND)]
    refused = [frame for frame in answers if frame["type"] == "error"]
    assert len(refused) >= A_SECOND and len(answers) - len(refused) >= 1
    for frame in refused:
        assert (frame["code"], frame["reason"]) == (429, "connection") and frame["retryAfter"] > 0
    assert sorted(frame["id"] for frame in answers) == sorted(str(n) for n in range(3 * A_SECOND))


async def test_history_of_a_group_for_its_members_alone(make_host):
    """membersOnly: history of a group for its members alone: 403 `member`"""
    host, group = make_host({"im.group.membersOnly": 1}), fresh()
    host.redis.sadd("ugs:u", group)
    client = await V2.enter(host, group, "u")
    await client.say("x")
    host.redis.srem("ugs:u", group)
    await client.write("history", id="h", before=2 ** 52)
    await client.refused(403, "member", id="h")

"""test_messages.py - protocol.md, Messages: the form of a message, and the order of ts."""
import asyncio
import json

import pytest

from client import compact
from foreign import Writer, entry
from host import fresh

pytestmark = pytest.mark.everywhere

HOUR_MS = 3600 * 1000


@pytest.mark.smoke
async def test_message_has_this_form_to_the_byte(site):
    """{"groupId":"1","userId":"3","info":"hello","ts":1648368380132}; keys stand in this order."""
    group = fresh()
    client = await site.chat(group, "3")
    await client.send("hello")
    text = await client.message_text()
    ts = json.loads(text)["ts"]
    assert text == '{"groupId":"%s","userId":"3","info":"hello","ts":%d}' % (group, ts)
    assert site.entries(group) == [text]


@pytest.mark.smoke
async def test_first_frame_has_this_form_to_the_byte(site):
    """{"list":[…],"total":N}"""
    group = fresh()
    client = await site.chat(group, "3")
    assert client.first_text == '{"list":[],"total":0}'
    await client.say("one")
    await client.say("two")
    late = await site.chat(group, "4")
    assert late.first_text == '{"list":[%s],"total":2}' % ",".join(site.entries(group))


async def test_user_id_is_a_string_also_where_it_looks_like_a_number(site):
    """userId: the sender (always a string, also where it looks like a number)"""
    client = await site.chat(fresh(), "42")
    assert (await client.say("x"))["userId"] == "42"


async def test_every_code_point_survives(make_host):
    """info: UTF-8; every code point survives, `"`, `\\`, U+0000–U+001F and U+2028 included"""
    site, group = make_host({"push.bytesPerSecond": 0}), fresh()  # they are 4.4 MB
    client = await site.chat(group, "u")
    texts = ['"', "\\", '\\"', "\u2028\u2029", "\x7f", "\u0000", "a\u0000b", "\\u0041", "</script>",
             "😀 👩‍👩‍👧‍👦", "你好", "e\u0301", "\ufeffx", "\ufffe\uffff", "\U0010ffff",
             "".join(map(chr, range(0x20)))]
    points = [chr(p) for p in range(0x110000) if not 0xD800 <= p < 0xE000]
    texts += ["".join(points[i:i + 4000]) for i in range(0, len(points), 4000)]
    for text in texts:
        await client.send(text)
    assert [await client.info() for _ in texts] == texts
    assert [json.loads(text)["info"] for text in site.entries(group)] == texts

    late = await site.chat(group, "u")
    assert [message["info"] for message in late.first["list"]] == texts[-50:]
    reader = site.api.login("reader")
    history = reader.history(group, 0, 149) + reader.history(group, 150, -1)  # all is above 4 MiB
    assert [json.loads(text)["info"] for text in history] == texts


@pytest.mark.smoke
async def test_info_is_the_text_as_sent(site):
    """info: the text as sent - spaces, line ends and what looks like JSON or a command stay."""
    client = await site.chat(fresh(), "u")
    for text in (" ", "  a  ", "\r\n", "\t", '{"type":"ping"}', '{"list":[],"total":0}', "440", "null"):
        await client.say(text)


async def test_ts_is_the_creation_time_by_the_clock_of_redis(site):
    """ts: creation time, Unix milliseconds"""
    client = await site.chat(fresh(), "u")
    before = site.now_ms()
    message = await client.say("x")
    assert before <= message["ts"] <= site.now_ms()


async def test_ts_strictly_increases_in_list_order_however_many_daemons_write(two_hosts):
    """within a group `ts` strictly increases in list order, however many daemons write"""
    group = fresh()
    clients = [await two_hosts[i % 2].chat(group, f"u{i}") for i in range(6)]
    await asyncio.gather(*(client.send(str(n)) for client in clients for n in range(100)))
    for client in clients:
        for _ in range(600):
            await client.message_text()
    stamps = [json.loads(text)["ts"] for text in two_hosts[0].entries(group)]
    assert len(stamps) == 600
    assert all(a < b for a, b in zip(stamps, stamps[1:]))


async def test_ts_is_not_given_again_after_a_recall(site):
    """two never share one, not even after a recall (the highest `ts` given out is remembered)"""
    group = fresh()
    user = site.api.login(fresh("u"))
    client = await site.chat(group, user.user)
    ahead = site.now_ms() + HOUR_MS
    writer = Writer(site.redis, group)
    raw = entry(group, "other", "from a clock an hour ahead", ahead)
    writer.write(raw)
    await client.message()

    recalled = await client.say("to be recalled")
    assert recalled["ts"] == ahead + 1
    assert user.recall(group, recalled["ts"]).code == 200
    assert (await client.say("next"))["ts"] == ahead + 2

    site.redis.delete(f"gml:{group}")
    assert (await client.say("first of a new list"))["ts"] == ahead + 3


@pytest.mark.parametrize("hours, lifts", [(1, True), (23, True), (25, False), (24 * 365, False)])
async def test_foreign_ts_lifts_ours_only_if_less_than_a_day_ahead(site, hours, lifts):
    """its `ts` lifts ours only if it is less than a day ahead of Redis' clock"""
    group = fresh()
    client = await site.chat(group, "u")
    ahead = site.now_ms() + hours * HOUR_MS
    Writer(site.redis, group).write(entry(group, "other", "ahead", ahead))
    assert (await client.message())["ts"] == ahead
    ours = (await client.say("ours"))["ts"]
    if lifts:
        assert ours == ahead + 1
    else:
        assert ours <= site.now_ms()


async def test_foreign_message_of_an_earlier_time_is_passed_on_as_it_is(site):
    """A message of another writer comes to every client once - its clock may run behind ours."""
    group = fresh()
    client = await site.chat(group, "u")
    ours = (await client.say("ours"))["ts"]
    Writer(site.redis, group).write(entry(group, "other", "behind", ours - HOUR_MS))
    assert (await client.message())["ts"] == ours - HOUR_MS
    assert (await client.say("ours again"))["ts"] > ours


VALID = [
    ({"userId": "u", "info": "x", "ts": 5}, "u", 5),
    ({"userId": 42, "info": "x", "ts": 5}, "42", 5),
    ({"userId": -7, "info": "x", "ts": 5}, "-7", 5),
    ({"userId": "u", "info": "", "ts": 0}, "u", 0),
    ({"userId": "u", "info": "x", "ts": 2 ** 53}, "u", 2 ** 53),
    ({"ts": 7, "info": "x", "userId": "u", "groupId": "another", "id": [1], "type": {"a": None}}, "u", 7),
]


@pytest.mark.parametrize("message, user, ts", VALID)
async def test_valid_is_an_object_with_info_user_id_and_ts(site, message, user, ts):
    """`info` a string, `userId` a string or integer, `ts` an integer from 0 to 2^53; it is passed on
    in the form above, other keys dropped, the group being that of its key"""
    group = fresh()
    client = await site.chat(group, "u")
    Writer(site.redis, group).write(json.dumps(message, indent=1))
    shown = compact({"groupId": group, "userId": user, "info": message["info"], "ts": ts})
    assert await client.message_text() == shown
    assert (await site.chat(group, "u")).first_text == '{"list":[%s],"total":1}' % shown
    assert site.api.login("reader").history(group) == [shown]

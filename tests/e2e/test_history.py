"""test_history.py - protocol.md, HTTP: /group/listMessage in both forms, /group/listOldMessage."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import compact
from foreign import GARBAGE, entry
from host import fresh

pytestmark = pytest.mark.everywhere


@pytest.fixture(scope="module")
def reader(site):
    return site.api.login(fresh("reader"))


def fill(site, count, start=1000, user="u"):
    """A group of so many messages, and their texts."""
    group = fresh()
    texts = [compact({"groupId": group, "userId": user, "info": f"m{n}", "ts": start + n})
             for n in range(count)]
    if texts:
        site.redis.rpush(f"gml:{group}", *texts)
    return group, texts


def by_ts(account, group, sender, ts, count):
    return account.post("/group/listMessage", groupId=group, userId=sender, ts=ts, count=count)


# ---- positions ----

@pytest.mark.smoke
@pytest.mark.proxies
def test_list_message_to_the_byte(site, reader):
    """200 `操作成功`, data = array of message JSON **strings**"""
    group, texts = fill(site, 1)
    answer = reader.post("/group/listMessage", groupId=group, startPage=0, endPage=-1)
    quoted = texts[0].replace('"', '\\"')
    assert answer.text == '{"code":200,"msg":"操作成功","data":["%s"]}' % quoted


RANGES = [(0, 0), (0, -1), (0, 9), (3, 5), (5, 3), (9, 9), (10, 20), (8, 100), (-1, -1), (-3, -1),
          (-3, -2), (-100, 2), (-100, -9), (-100, -11), (4, -4), (-1, 0), (0, 2 ** 53)]


@pytest.mark.parametrize("first, last", RANGES)
def test_list_message_positions(site, reader, first, last):
    """positions startPage..endPage inclusive, 0 = oldest, negative counts from the newest (Redis LRANGE)"""
    group, _ = fill(site, 10)
    expected = [text.decode() for text in site.redis.lrange(f"gml:{group}", first, last)]
    assert reader.history(group, first, last) == expected


def test_list_message_of_a_group_that_is_not_there(site, reader):
    """(Redis LRANGE)"""
    answer = reader.post("/group/listMessage", groupId=fresh(), startPage=0, endPage=-1)
    assert answer.text == '{"code":200,"msg":"操作成功","data":[]}'


async def test_list_message_shows_what_clients_have_seen(site, reader):
    """data = array of message JSON strings"""
    group = fresh()
    client = await site.chat(group, "u")
    for text in ("one", "two", "three"):
        await client.say(text)
    assert reader.history(group) == client.view


def test_garbage_is_passed_over_and_counts_in_positions(site, reader):
    """an entry that is not valid message JSON … is passed over wherever messages are shown, counts in
    `total` and in positions"""
    group, texts = fill(site, 2)
    site.redis.rpush(f"gml:{group}", *GARBAGE)
    last = compact({"groupId": group, "userId": "u", "info": "last", "ts": 9000})
    site.redis.rpush(f"gml:{group}", last)
    assert reader.history(group, 0, -1) == texts + [last]
    assert reader.history(group, 1, 1 + len(GARBAGE)) == texts[1:]
    assert reader.history(group, 2, 1 + len(GARBAGE)) == []
    assert reader.history(group, 2 + len(GARBAGE), 2 + len(GARBAGE)) == [last]
    assert reader.history(group, -2, -1) == [last]


def test_foreign_messages_are_shown_in_the_contracts_form(site, reader):
    """it is passed on in the form above, other keys dropped, the group being that of its key"""
    group = fresh()
    site.redis.rpush(f"gml:{group}", entry("other", 7, "ä", 5, id=1))
    shown = compact({"groupId": group, "userId": "7", "info": "ä", "ts": 5})
    assert reader.history(group) == [shown]


@pytest.mark.proxies
def test_larger_range_is_cut_to_10000(site, reader):
    """history answers hold at most 10,000 messages: … a larger range is cut"""
    group, texts = fill(site, 10010)
    assert reader.history(group, 0, -1) == texts[:10000]
    assert reader.history(group, 5, 10004) == texts[5:10005]
    assert reader.history(group, 5, 10005) == texts[5:10005]
    assert reader.history(group, -10001, -1) == texts[9:10009]


# ---- what comes before a message ----

@pytest.mark.parametrize("index, count", [(9, 1), (9, 3), (9, 9), (9, 10), (5, 100), (1, 1), (1, 5), (4, 2)])
def test_list_old_message(site, reader, index, count):
    """the `count` messages that come right before the named one, oldest first (fewer where there are fewer)"""
    group, texts = fill(site, 10)
    assert reader.before(group, "u", 1000 + index, count) == texts[max(0, index - count):index]


@pytest.mark.smoke
def test_list_old_message_to_the_byte(site, reader):
    """200 `获取成功`, data = array of JSON strings; `[]` for the first"""
    group, texts = fill(site, 2)
    fields = {"groupId": group, "userId": "u", "count": 5}
    first = reader.post("/group/listOldMessage", ts=1000, **fields)
    assert first.text == '{"code":200,"msg":"获取成功","data":[]}'
    second = reader.post("/group/listOldMessage", ts=1001, **fields)
    quoted = texts[0].replace('"', '\\"')
    assert second.text == '{"code":200,"msg":"获取成功","data":["%s"]}' % quoted


def test_list_old_message_of_no_such_message(site, reader):
    """data null where no such message"""
    group, _ = fill(site, 10)
    for its_group, sender, ts in ((group, "u", 999), (group, "u", 1010), (group, "v", 1005),
                                  (fresh(), "u", 1005), (group, "u", 0)):
        assert reader.before(its_group, sender, ts, 5) is None
        answer = by_ts(reader, its_group, sender, ts, 5)
        assert (answer.status, answer.code, answer.data) == (200, 200, None)


@pytest.mark.parametrize("index, count", [(9, 3), (5, 100), (0, 5)])
def test_list_message_with_ts_and_count(site, reader, index, count):
    """`/group/listMessage` with `ts` and `count` in place of startPage/endPage: the same as
    `/group/listOldMessage`, msg `操作成功`"""
    group, texts = fill(site, 10)
    answer = by_ts(reader, group, "u", 1000 + index, count)
    assert (answer.status, answer.code, answer.msg) == (200, 200, "操作成功")
    assert answer.data == texts[max(0, index - count):index]


def test_sender_is_named_by_the_parameter_not_by_the_header(site, reader):
    """userId, groupId, ts: (groupId, userId, ts) names a message"""
    group, texts = fill(site, 3, user="someone else")
    assert reader.before(group, "someone else", 1002, 1) == texts[1:2]
    assert reader.before(group, reader.user, 1002, 1) is None


def test_old_messages_pass_over_garbage(site, reader):
    """the `count` messages that come right before the named one - messages, not entries"""
    group, texts = fill(site, 3)
    site.redis.rpush(f"gml:{group}", *GARBAGE)
    last = compact({"groupId": group, "userId": "u", "info": "last", "ts": 9000})
    site.redis.rpush(f"gml:{group}", last)
    assert reader.before(group, "u", 9000, 2) == texts[1:]
    assert reader.before(group, "u", 9000, 100) == texts


def test_message_out_of_order_is_found(site, reader):
    """A foreign writer's clock may run behind ours."""
    group, texts = fill(site, 10)
    behind = compact({"groupId": group, "userId": "u", "info": "behind", "ts": 17})
    after = compact({"groupId": group, "userId": "u", "info": "after", "ts": 2000})
    site.redis.rpush(f"gml:{group}", behind, after)
    assert reader.before(group, "u", 17, 2) == texts[-2:]
    assert reader.before(group, "u", 2000, 2) == [texts[-1], behind]
    assert reader.before(group, "u", 1005, 2) == texts[3:5]


def test_two_messages_of_one_ts_are_told_apart_by_the_sender(site, reader):
    """`(groupId, userId, ts)` names it"""
    group = fresh()
    texts = [compact({"groupId": group, "userId": user, "info": user, "ts": 5}) for user in "abc"]
    site.redis.rpush(f"gml:{group}", *texts)
    assert reader.before(group, "b", 5, 10) == texts[:1]
    assert reader.before(group, "c", 5, 10) == texts[:2]


def test_count_above_10000_is_cut(site, reader):
    """history answers hold at most 10,000 messages: a larger `count` is cut, at its older end"""
    group, texts = fill(site, 10010)
    for count in (10000, 10001, 10 ** 15):
        assert reader.before(group, "u", 1000 + 10009, count) == texts[9:10009]


@pytest.mark.parametrize("count", ["-1", "-10000", "x", "", "1.5"])
def test_count_that_is_none(site, reader, count):
    """a negative `count` is 400"""
    answer = reader.post("/group/listOldMessage", groupId=fresh(), userId="u", ts=1, count=count)
    assert (answer.status, answer.code) == (400, 400)
    assert "count" in answer.msg


# ---- large ones ----

MIB = 1 << 20


def fill_large(site, sizes):
    """Messages whose text is stored in so many bytes"""
    group = fresh()
    texts = []
    for n, size in enumerate(sizes):
        bare = compact({"groupId": group, "userId": "u", "info": "", "ts": 1000 + n})
        texts.append(bare.replace('"info":""', '"info":"%s"' % ("x" * (size - len(bare)))))
        site.redis.rpush(f"gml:{group}", texts[-1])
    return group, texts


@pytest.mark.proxies
def test_answers_hold_4_mib_of_stored_text(site, reader):
    """at most … 4 MiB of stored text: a range is cut at its newer end, `listOldMessage` at its older one"""
    group, texts = fill_large(site, [MIB // 64] * 300)
    assert reader.history(group, 0, -1) == texts[:256]
    assert reader.history(group, -290, -1) == texts[10:266]
    assert reader.before(group, "u", 1299, 10000) == texts[43:299]
    assert reader.before(group, "u", 1299, 100) == texts[199:299]


@pytest.mark.parametrize("size", [4 * MIB, 4 * MIB + 1, 9 * MIB])
def test_answers_are_never_cut_to_nothing(site, reader, size):
    """but never to nothing"""
    group, texts = fill_large(site, [100, size, size, 100])
    assert reader.history(group, 1, 3) == texts[1:2]
    assert reader.before(group, "u", 1003, 3) == texts[2:3]
    assert reader.history(group, 0, 3) == texts[:1]


def test_text_that_grows_in_an_answer(site, reader):
    """(of stored text) as a string in JSON each of its escapes is longer"""
    group = fresh()
    texts = [compact({"groupId": group, "userId": "u", "info": '"\\\x01' * 4000, "ts": 1000 + n})
             for n in range(200)]
    site.redis.rpush(f"gml:{group}", *texts)
    whole = 4 * MIB // len(texts[0])
    assert reader.history(group, 0, -1) == texts[:whole]
    assert reader.before(group, "u", 1199, 10000) == texts[199 - whole:199]


def test_old_messages_behind_much_garbage(site, reader):
    """the `count` messages that come right before the named one - messages, not entries"""
    group, texts = fill(site, 3)
    site.redis.rpush(f"gml:{group}", *["garbage"] * 9000, *["x" * 100000] * 20)
    last = compact({"groupId": group, "userId": "u", "info": "last", "ts": 9000})
    site.redis.rpush(f"gml:{group}", last)
    assert reader.before(group, "u", 9000, 2) == texts[1:]
    assert reader.before(group, "u", 9000, 10) == texts


async def test_paging_back_from_the_first_frame(site, reader):
    """page back through history: what the first frame does not show"""
    group = fresh()
    client = await site.chat(group, "u")
    for n in range(120):
        await client.send(str(n))
    await client.until("119")
    late = await site.chat(group, "v")
    seen = list(late.first["list"])
    pages = list(late.view)
    while True:
        page = reader.before(group, "u", seen[0]["ts"], 30)
        if not page:
            break
        pages = page + pages
        seen = [{"ts": int(page[0].rsplit(":", 1)[1][:-1])}]
    assert pages == site.entries(group)


def test_large_answers_take_little_memory_of_redis(site, reader):
    """at most … 4 MiB of stored text - for several clients at the same time"""
    group, texts = fill_large(site, [MIB // 64] * 3000)
    before = site.redis.info("memory")["used_memory"]
    highest = before
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(reader.history, group, 0, -1) for _ in range(12)]
        while not all(answer.done() for answer in answers):
            highest = max(highest, site.redis.info("memory")["used_memory"])
    assert all(answer.result() == texts[:256] for answer in answers)
    assert highest - before < 32 * MIB

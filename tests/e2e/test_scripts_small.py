"""test_scripts_small.py - the scripts of a few lines, and how all of them are embedded."""

import random
import subprocess

import pytest
import redis

from scripts_redis import (SCRIPTS, TOKEN, assembled, db, everything, head, im, message, recall_args,
                           recall_keys, scripts_server)


def test_embedded_sha1_is_what_redis_computes(db):
    names = sorted(p.stem for p in SCRIPTS.glob("*.lua") if not p.stem.startswith("prelude_"))
    source = subprocess.run(["sh", SCRIPTS / "embed.sh"] + [SCRIPTS / f"{n}.lua" for n in names],
                            check=True, capture_output=True, text=True).stdout
    for encoding in ("plain", "java"):
        for name in names:
            assert f'sizeof({name}_{encoding}) - 1, "{db.script_load(assembled(name, encoding))}"' in source


# ---- snapshot ----


def test_snapshot_holds_what_came_before_its_mark_and_not_what_comes_after(db, im):
    channel = db.pubsub()
    channel.subscribe("mq:g", "fim:mark:d")
    im.append("a")
    length, entries = im.snapshot(50, 7)
    im.append("b")
    seen = [channel.get_message(timeout=5) for _ in range(5)][2:]
    channel.close()
    assert [m["channel"] for m in seen] == [b"mq:g", b"fim:mark:d", b"mq:g"]
    assert seen[1]["data"] == b"7"
    assert (length, entries) == (1, [seen[0]["data"]])
    assert seen[2]["data"] not in entries


@pytest.mark.parametrize("window", [0, 1, 4, 5, 6, 10000])
def test_snapshot_is_the_newest_entries_oldest_first_and_the_whole_length(db, im, window):
    db.rpush("gml:g", *"abcde")
    assert im.snapshot(window, 1) == [5, list(map(str.encode, "abcde"[5 - window:] if window < 5
                                                  else "abcde"))]


def test_snapshot_of_no_list_is_empty_and_marked(db, im):
    channel = db.pubsub()
    channel.subscribe("fim:mark:d")
    assert im.snapshot(50, 8) == [0, []]
    assert [channel.get_message(timeout=5)["data"] for _ in range(2)] == [1, b"8"]
    channel.close()


# ---- logins and groups ----


def test_enter_joins_where_joining_is_automatic(db, im):
    assert im.enter(joins=1) == 0
    assert db.smembers("ugs:u") == {b"g"}
    assert im.enter(joins=1) == 0


def test_enter_asks_where_it_is_not(db, im):
    assert im.enter(joins=0) == -4
    assert db.exists("ugs:u") == 0
    db.sadd("ugs:u", "g")
    assert im.enter(joins=0) == 0


def test_enter_without_a_group_is_the_login_check_alone(db, im):
    assert im.enter(token=TOKEN, group="", joins=1) == 0
    assert im.enter(token="wrong", group="", joins=1) == -1
    assert db.exists("ugs:u") == 0


def test_enter_with_a_wrong_token_joins_nothing(db, im):
    stored = everything(db)
    assert im.enter(token="wrong") == -1
    assert everything(db) == stored
    assert im.enter(token=TOKEN) == 0
    assert db.ttl("login:u") > 86000


CALLS = {
    "check_login": (["login:u"], []),
    "join_group": (["login:u", "ugs:u"], ["g", 0]),
    "list_groups": (["login:u", "ugs:u"], ["0"]),
    "leave_group": (["login:u", "ugs:u", "fim:read:u"], ["g", "g"]),
    "read": (["login:u", "fim:read:u"], ["g", 1, 0]),
    "list_range": (["login:u", "gml:g"], [0, -1, 10]),
    "list_before": (["login:u", "gml:g"], [head("u"), "u", 1, 10]),
    "list_before_ts": (["login:u", "gml:g"], [head("u"), "u", 1, 10]),
    "recall": (recall_keys("g"), recall_args("u", 1)),
    "online": (["login:u", "fim:on:g", "fim:hosts"], [200]),
}


@pytest.mark.parametrize("name", CALLS)
def test_script_of_the_api_refuses_a_wrong_token_and_renews_a_right_one(db, im, name):
    keys, args = CALLS[name]
    db.rpush("gml:g", message("u", 1))
    stored = everything(db)
    assert im.run(name, keys, "wrong", *args) == -1
    assert everything(db) == stored
    assert db.ttl("login:u") <= 1000
    assert im.run(name, keys, TOKEN, *args) != -1
    assert db.ttl("login:u") > 86000
    db.delete("login:u")
    assert im.run(name, keys, TOKEN, *args) == -1


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"check_login"}))
def test_no_token_comes_from_an_open_path_and_renews_nothing(db, im, name):
    """`http.open`: which paths need no login"""
    keys, args = CALLS[name]
    db.rpush("gml:g", message("u", 1))
    assert im.run(name, keys, "", *args) != -1
    assert db.ttl("login:u") <= 1000


def test_join_group_tells_whether_it_is_new(db, im):
    assert im.run("join_group", ["login:u", "ugs:u"], TOKEN, "g", 0) == 1
    assert im.run("join_group", ["login:u", "ugs:u"], TOKEN, "g", 0) == 0
    assert im.run("join_group", ["login:u", "ugs:u"], TOKEN, "*", 0) == 1
    cursor, ids = im.run("list_groups", ["login:u", "ugs:u"], TOKEN, "0")
    assert (cursor, sorted(ids)) == (b"0", [b"*", b"g"])


def test_list_groups_gives_all_in_pieces(db, im):
    db.sadd("ugs:u", *[f"g{i}" for i in range(20000)])
    cursor, found = b"0", set()
    for pieces in range(1, 100):
        cursor, ids = im.run("list_groups", ["login:u", "ugs:u"], TOKEN, cursor)
        assert len(ids) < 2000
        found.update(ids)
        if cursor == b"0":
            break
    assert len(found) == 20000 and pieces > 10


def test_logout_ends_that_login_and_tells_the_daemons(db, im):
    """`login:{userId}` goes, if it holds that token; the event is published in the same step"""
    channel = db.pubsub()
    channel.subscribe("fim:ev:")
    assert channel.get_message(timeout=5)["type"] == "subscribe"
    assert im.run("logout", ["login:u"], "wrong", "fim:ev:", "no") == -1
    assert db.exists("login:u")
    assert im.run("logout", ["login:u"], TOKEN, "fim:ev:", "one") == 1
    assert not db.exists("login:u")
    assert im.run("logout", ["login:u"], TOKEN, "fim:ev:", "no") == -1
    db.set("login:u", TOKEN)
    assert im.run("logout", ["login:u"], "", "fim:ev:", "two") == 1
    assert db.exists("login:u")  # nobody has shown its token
    assert [channel.get_message(timeout=5)["data"] for _ in range(2)] == [b"one", b"two"]
    channel.close()


def test_leave_group_tells_whether_the_user_was_a_member(db, im):
    """100: was no member. The read mark goes with the membership"""
    def leave(group):
        return im.run("leave_group", ["login:u", "ugs:u", "fim:read:u"], TOKEN, group, group)

    db.sadd("ugs:u", "g", "h")
    db.hset("fim:read:u", mapping={"g": 1, "h": 2, "x": 3})
    assert [leave(group) for group in "ggx"] == [1, 0, 0]
    assert db.smembers("ugs:u") == {b"h"}
    assert db.hgetall("fim:read:u") == {b"h": b"2", b"x": b"3"}


def test_a_read_mark_never_goes_back(db, im):
    """never goes back: a lower ts changes nothing"""
    for ts, mark in ((0, 0), (5, 5), (4, 5), (5, 5), (2**53 - 1, 2**53 - 1), (2**53, 2**53), (1, 2**53)):
        assert im.run("read", ["login:u", "fim:read:u"], TOKEN, "g", ts, 0) == 1
        assert db.hgetall("fim:read:u") == {b"g": b"%d" % mark}
    db.hset("fim:read:u", "g", "garbage")
    assert im.run("read", ["login:u", "fim:read:u"], TOKEN, "g", 3, 0) == 1
    assert db.hgetall("fim:read:u") == {b"g": b"3"}
    assert db.ttl("fim:read:u") == -1


def test_a_user_has_so_many_read_marks_and_no_more(db, im):
    def read(group, ts, most):
        return im.run("read", ["login:u", "fim:read:u"], TOKEN, group, ts, most)

    assert [read(group, 1, 2) for group in "abc"] == [1, 1, 0]
    assert [read(group, 2, 2) for group in "acb"] == [1, 0, 1]
    assert db.hgetall("fim:read:u") == {b"a": b"2", b"b": b"2"}
    assert read("c", 1, 0) == 1


def test_a_user_joins_no_more_groups_than_max_per_user(db, im):
    """im.group.maxPerUser: groups that a user may be in; 0: any. -1 is membersOnly: none"""
    def join(group, most):
        return im.run("join_group", ["login:u", "ugs:u"], TOKEN, group, most)

    assert [join(group, 2) for group in "abc"] == [1, 1, 0]
    assert db.smembers("ugs:u") == {b"a", b"b"}
    assert [join(group, 3) for group in "acd"] == [0, 1, 0]
    assert [join(group, -1) for group in "ax"] == [0, 0]
    assert join("x", 0) == 1
    assert db.scard("ugs:u") == 4


def test_enter_lets_in_without_joining_who_is_in_max_per_user_groups(db, im):
    """autoJoin: who is in `im.group.maxPerUser` groups already is let in without"""
    assert [im.enter(group=group, most=2) for group in "abca"] == [0, 0, 0, 0]
    assert db.smembers("ugs:u") == {b"a", b"b"}


@pytest.mark.parametrize("name", ["list_range", "list_before", "list_before_ts", "recall", "online"])
def test_a_group_for_members_alone_is_closed_to_strangers(db, im, name):
    """im.group.membersOnly: history, sockets and sending of a group for its members alone"""
    own_keys, args = CALLS[name]
    db.rpush("gml:g", message("u", 0), message("u", 1))
    db.sadd("ugs:u", "other")
    stored = everything(db)
    keys, args = [*own_keys, "ugs:u"], [*args, "g"]
    assert im.run(name, keys, "wrong", *args) == -1
    assert everything(db) == stored
    assert im.run(name, keys, TOKEN, *args) == -4
    assert im.run(name, keys, "", *args) == -4
    assert db.llen("gml:g") == 2
    db.sadd("ugs:u", "g")
    assert im.run(name, keys, TOKEN, *args) != -4


# ---- snapshot ----


@pytest.mark.parametrize("window", [0, 1, 63, 64, 65, 319, 320, 321, 1000, 5000])
def test_snapshot_gives_the_newest_entries_oldest_first(db, im, window):
    entries = [b"e%d" % i for i in range(1000)]
    db.rpush("gml:g", *entries)
    assert im.run("snapshot", ["gml:g"], window, "fim:mark:d", 1, 50, 1 << 22) == [1000, entries[-window:] if window else []]


@pytest.mark.parametrize("size", [100, 5000, 16384])
@pytest.mark.parametrize("most", [1 << 18, 1 << 20, 1 << 22])
def test_snapshot_is_bounded_in_bytes(db, im, most, size):
    """the script reads no more than so many bytes behind the first frame, as Redis serves nobody else meanwhile"""
    count = max(3000, 6000000 // size)
    for _ in range(count // 1000):
        db.rpush("gml:g", *["x" * size] * 1000)
    total, entries = im.run("snapshot", ["gml:g"], count, "fim:mark:d", 1, 50, most)
    assert total == count and most <= sum(map(len, entries)) <= 1.1 * most + 80 * size
    assert len(im.run("snapshot", ["gml:g"], 2000, "fim:mark:d", 1, 1500, most)[1]) >= 1500  # a first frame shows so many


# ---- list_range ----


@pytest.mark.parametrize("length", [0, 1, 2, 7])
def test_list_range_counts_as_lrange_does(db, im, length):
    if length:
        db.rpush("gml:g", *[f"e{i}" for i in range(length)])
    huge = [-2**63, -2**53, 2**53, 2**63 - 1]
    for first in list(range(-10, 11)) + huge:
        for last in list(range(-10, 11)) + huge:
            assert im.list_range(first, last) == db.lrange("gml:g", first, last), (first, last)


def test_list_range_is_cut_behind_so_many(db, im):
    pick = random.Random(1)
    db.rpush("gml:g", *[f"e{i}" for i in range(50)])
    for _ in range(500):
        first, last, most = pick.randint(-60, 60), pick.randint(-60, 60), pick.randint(1, 60)
        assert im.list_range(first, last, most) == db.lrange("gml:g", first, last)[:most]


@pytest.mark.parametrize("dropped, rest", [(0, "4567"), (2, "4567"), (4, "")])
def test_list_more_ends_where_it_would_have_if_older_entries_are_dropped(db, im, dropped, rest):
    """Meanwhile older entries may have been dropped: the one that was given last is looked for"""
    entries = [f"{number}".rjust(28) for number in range(10)]
    db.rpush("gml:g", *entries)
    db.ltrim("gml:g", dropped, -1)
    last, end, more = im.run("list_more", ["gml:g"], 3, entries[3], 1, 7, 100, 1 << 17)
    assert (last == end, more) == (True, [entries[int(number)].encode() for number in rest])


@pytest.mark.parametrize("step, end, more", [(1, 9, "45"), (-1, 0, "21")])
def test_list_more_gives_so_many_at_most(db, im, step, end, more):
    """5 how many at most"""
    entries = [f"{number}".rjust(28) for number in range(10)]
    db.rpush("gml:g", *entries)
    last, to, given = im.run("list_more", ["gml:g"], 3, entries[3], step, end, 2, 1 << 17)
    assert (last, to, given) == (3 + 2 * step, end, [entries[int(number)].encode() for number in more])


def test_a_snapshot_has_64_entries_however_large_they_are(db, im):
    """How many of them in any case: at least 64"""
    db.rpush("gml:g", *["x" * 1000] * 100)
    length, entries = im.run("snapshot", ["gml:g"], 100, "fim:mark:d", 7, 1, 10)
    assert (length, len(entries)) == (100, 64)


@pytest.mark.parametrize("limit", [0, 2])
def test_a_failed_login_beyond_the_limit_is_not_counted(db, im, limit):
    """If other logins have reached the limit in the meantime, it is not counted"""
    keys = ["fails:u", "fails:c", "fails:uc"]
    for _ in range(limit):
        assert im.run("login_failed", keys, limit, 60) == 0
    before = everything(db)
    assert (im.run("login_failed", keys, limit, 60) > 0) == (limit > 0)
    assert everything(db) == before


def test_list_range_of_another_type_is_an_error(db, im):
    db.set("gml:g", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        im.list_range(0, -1)


# ---- summary ----


def test_summary_gives_length_and_newest_message_of_each(db, im):
    db.rpush("gml:a", message("u", 1), message("u", 2))
    db.rpush("gml:b", message("u", 3))
    assert im.summary("a", "none", "b") == [2, message("u", 2), 0, b"", 1, message("u", 3)]


def test_summary_gives_the_newest_entry_be_it_a_message_or_not(db, im):
    db.rpush("gml:a", message("u", 1), "garbage")
    db.rpush("gml:b", b"\xff" * 100000)
    assert im.summary("a", "b") == [2, b"garbage", 1, b"\xff" * 100000]


def test_summary_of_large_entries_answers_the_first_lists(db, im):
    groups = [f"g{i}" for i in range(30)]
    for group in groups:
        db.rpush(f"gml:{group}", "x" * 100000)
    answered = 0
    while answered < len(groups):
        answer = im.summary(*groups[answered:])
        assert 2 * 5 <= len(answer) <= 2 * 6
        assert answer == [1, b"x" * 100000] * (len(answer) // 2)
        answered += len(answer) // 2


def test_summary_gives_the_size_of_a_huge_entry(db, im):
    db.rpush("gml:a", "x" * (4 << 20))
    db.rpush("gml:b", "x" * ((4 << 20) + 1))
    assert im.summary("a", "b") == [1, b"x" * (4 << 20)]
    assert im.summary("b", "a") == [1, (4 << 20) + 1]


def test_summary_counts_a_list_of_the_wrong_type_as_empty(db, im):
    db.hset("gml:a", "x", "y")
    db.rpush("gml:b", message("u", 3))
    assert im.summary("a", "b") == [0, b"", 1, message("u", 3)]


def test_summary_of_many_groups(db, im):
    db.rpush("gml:last", message("u", 3))
    answer = im.summary(*[f"g{i}" for i in range(1000)], "last")
    assert answer[-2:] == [1, message("u", 3)] and len(answer) == 2 * 1001


# ---- tally ----


def test_tally_gives_the_newest_entries_of_each_newest_first(db, im):
    db.rpush("gml:a", "1", "2", "garbage", "4")
    db.rpush("gml:b", "5")
    assert im.tally(a=3, none=2, b=100) == [[b"4", b"garbage", b"2"], [], [b"5"]]


@pytest.mark.parametrize("length", [1, 2, 3, 6, 7, 8, 50, 99, 100, 101, 300])
def test_tally_counts_from_the_end(db, im, length):
    entries = [b"e%d" % i for i in range(length)]
    db.rpush("gml:a", *entries)
    for wanted in (1, 2, 3, 4, 7, 8, 99, 100):
        assert im.tally(a=wanted) == [entries[:-wanted - 1:-1]]


def test_tally_reads_half_a_mib(db, im):
    """The last lists get no answer: ask for them again; one list alone is cut"""
    for group in ("a", "b", "c"):
        db.rpush(f"gml:{group}", *["x" * 10000] * 100)
    assert [len(entries) for entries in im.tally(a=30, b=30, c=1)] == [30]
    assert [len(entries) for entries in im.tally(a=10, b=10, c=10)] == [10, 10, 10]
    assert 524288 <= 10256 * len(im.tally(a=100, b=1)[0]) <= 524288 + 8 * 10256

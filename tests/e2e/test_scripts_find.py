"""test_scripts_find.py - list_before and recall find what a plain search finds, in any list."""

import json
import pathlib
import random
import urllib.parse

import pytest
import redis

from java_host import jackson
from scripts_redis import Scripts, TOKEN, db, everything, im, message, scripts_server, ts_of, with_preludes

VECTORS = pathlib.Path(__file__).resolve().parents[1] / "vectors" / "messages.txt"
GARBAGE = [b"", b"garbage", b"{}", b"[]", b"null", b"5", b"\xff\xfe", b'{"groupId":"g","ts":77}',
           b'{"groupId":"g","userId":"a","info":"\xc4\xe3","ts":1005}', b'"ts":1004}']


class Model:
    """A list with what each entry says: (userId, ts), or None where it is no message."""

    def __init__(self, pick, length, unsorted, foreign):
        self.entries = []
        ts = 1000
        for i in range(length):
            ts += pick.choice([0, 1, 1, 2, 50])
            user = f"{pick.choice('abc')}{i}"
            if pick.random() < unsorted:
                elsewhere = pick.choice([0, 5, ts - 700, ts + 900, ts + 10**9, 2**53])
                self.add(user, elsewhere, pick, foreign)
            elif pick.random() < foreign / 2:
                self.entries.append((pick.choice(GARBAGE), None))
            else:
                self.add(user, ts, pick, foreign)

    def add(self, user, ts, pick, foreign):
        ts = max(0, ts)
        raw = message(user, ts, info=pick.choice(["x", 'a"b', "群\n", ',"ts":5}', ""]))
        if pick.random() < foreign:
            number = str(int(user[1:]) + 10**15)
            user, raw = pick.choice([
                (user, b'{"ts":%d,"info":"x","userId":"%s"}' % (ts, user.encode())),
                (number, b'{"userId":%s,"info":"\\u7fa4","ts":%d}' % (number.encode(), ts)),
                (user, raw + b"\n"),
                (user, raw[:-1] + b',"more":{"userId":"z","ts":1}}'),
            ])
        self.entries.append((raw, (user, ts)))

    def store(self, db):
        db.delete("gml:g")
        for start in range(0, len(self.entries), 1000):
            db.rpush("gml:g", *[raw for raw, _ in self.entries[start:start + 1000]])

    def before(self, user, ts, count):
        for i, (_, says) in enumerate(self.entries):
            if says == (user, ts):
                return [raw for raw, _ in self.entries[:i]][-count:]
        return -3


LISTS = [(length, unsorted, foreign) for length in (0, 1, 2, 3, 30, 400)
         for unsorted, foreign in ((0, 0), (0, 0.3), (0.1, 0), (0.5, 0.3), (1, 0.5))]


@pytest.mark.parametrize("length,unsorted,foreign", LISTS)
def test_list_before_gives_what_a_plain_search_gives(db, im, length, unsorted, foreign):
    pick = random.Random(f"{length} {unsorted} {foreign}")
    model = Model(pick, length, unsorted, foreign)
    model.store(db)
    named = [says for _, says in model.entries if says]
    named += [("nobody", ts) for _, ts in named]
    named += [("a0", pick.randint(0, 3000)) for _ in range(10)]
    for user, ts in pick.sample(named, min(len(named), 150)):
        count = pick.choice([1, 2, 10, 99, 100, 101, 10000])
        assert im.list_before(user, ts, count) == model.before(user, ts, count), (user, ts, count)


@pytest.mark.parametrize("length,unsorted,foreign", LISTS)
def test_recall_takes_out_that_message_and_nothing_else(db, im, length, unsorted, foreign):
    pick = random.Random(f"recall {length} {unsorted} {foreign}")
    model = Model(pick, length, unsorted, foreign)
    model.store(db)
    for raw, says in pick.sample(model.entries, min(length, 60)):
        if says:
            assert im.recall("nobody", says[1]) == -3
            assert im.recall(*says) == 1
            assert im.recall(*says) == -3
            model.entries.remove((raw, says))
    assert db.lrange("gml:g", 0, -1) == [raw for raw, _ in model.entries]


def test_list_before_finds_among_thousands_with_a_ts_in_common(db, im):
    db.rpush("gml:g", message("first", 1), *[message(f"u{i}", 5) for i in range(3000)])
    for i in (0, 1, 800, 2900, 2999):
        expected = message(f"u{i - 1}", 5) if i else message("first", 1)
        assert im.list_before(f"u{i}", 5, 1) == [expected]


def test_list_before_is_not_misled_by_single_clocks_gone_wrong(db, im):
    """Far from the newest, where no scan would help: every tenth entry has a foreign clock."""
    pick = random.Random(3)
    wrong = [0, 5, 2**53, 1000000]
    entries = [message("f" if i % 10 == 4 else "u", wrong[i // 10 % 4] if i % 10 == 4 else 2000 + i)
               for i in range(60000)]
    db.rpush("gml:g", *entries)
    for i in [1] + [pick.randrange(0, 3000) * 10 + 7 for _ in range(200)]:
        assert im.list_before("u", 2000 + i, 1) == [entries[i - 1]], i


def test_list_before_finds_a_clock_that_is_somewhat_off_at_any_age(db, im):
    entries = [message("u", 10 * i) for i in range(40000)]
    for i in range(500, 40000, 1000):
        entries[i] = message("f", 10 * (i - 300))
    db.rpush("gml:g", *entries)
    for i in range(500, 40000, 1000):
        assert im.list_before("f", 10 * (i - 300), 1) == [entries[i - 1]]


def test_list_before_finds_among_the_longest_texts(db, im):
    """maxMessageBytes (default 24576), and an uneven flow: the budget of a search is enough for it."""
    pick = random.Random(1)
    stamps = [1648368380000]
    for _ in range(2000):
        stamps.append(stamps[-1] + pick.choice([1, 1, 1, 1, 50, 5000, 100000]))
    for ts in stamps:
        db.rpush("gml:g", message("u", ts, "x" * 24576))
    for i in range(1, len(stamps), 3):
        found = im.list_before("u", stamps[i], 1)
        assert found != -3 and ts_of(found[0]) == stamps[i - 1], i


# ---- before a ts ----


def stamps_of(entries):
    return [(m["ts"], m["userId"]) for m in map(json.loads, entries)]


def before_ts(entries, stamps, ts, user=""):
    """What a plain search gives: all in front of the first with at least that ts, or of the user's."""
    first = next((i for i, (its_ts, _) in enumerate(stamps) if its_ts >= ts), len(entries))
    return entries[:next((i for i, m in enumerate(stamps) if m == (ts, user)), first)]


@pytest.mark.parametrize("length", [0, 1, 2, 3, 40, 5000])
@pytest.mark.parametrize("late", [0, 0.02, 0.4])
def test_list_before_ts_gives_what_a_plain_search_gives(db, im, length, late):
    """the `count` messages that stand right before this ts, which need not exist any more"""
    pick = random.Random(f"{length} {late}")
    entries, highest = [], 1000
    for i in range(length):
        if pick.random() < late:
            entries.append(message("f", max(1, highest - pick.choice([0, 0, 1, 5, 100, 10**6]))))
        else:
            highest += pick.choice([1, 1, 2, 50])
            entries.append(message("u", highest))
    for i in range(0, length, 1000):
        db.rpush("gml:g", *entries[i:i + 1000])
    stamps = stamps_of(entries)
    for _ in range(150):
        ts, count = pick.randint(995, highest + 5), pick.choice([1, 2, 50, 200])
        if pick.random() < 0.3:
            ts = highest - pick.randint(0, 60)
        assert im.list_before_ts(ts, count) == before_ts(entries, stamps, ts)[-count:], ts
        assert im.list_before_ts(ts, count, "u") == before_ts(entries, stamps, ts, "u")[-count:], ts
    assert im.list_before_ts(2**53, 5) == entries[-5:]
    assert im.list_before_ts(0, 5) == [] and im.list_before_ts(2**53, 0) == []


def test_list_before_ts_of_several_with_one_ts(db, im):
    """`userId` MAY be added where several share a ts"""
    entries = [message("a", 1), message("a", 5), message("b", 5), message("c", 5), message("a", 9)]
    db.rpush("gml:g", *entries)
    for user, index in (("", 1), ("a", 1), ("b", 2), ("c", 3), ("nobody", 1)):
        assert im.list_before_ts(5, 10, user) == entries[:index], user


def test_list_before_ts_of_a_recalled_one(db, im):
    given = [im.append(str(i)) for i in range(300)]
    assert im.recall("u", given[150]) == im.recall("u", given[100]) == 1
    assert [ts_of(raw) for raw in im.list_before_ts(given[150], 3)] == given[147:150]
    assert [ts_of(raw) for raw in im.list_before_ts(given[100], 3, "u")] == given[97:100]


def test_list_before_ts_behind_late_ones_at_the_end(db, im):
    """Clocks of other writers that are far behind do not mislead the search."""
    entries = [message("u", 10000 + i) for i in range(20000)]
    late = [message("f", 5 + i) for i in range(20)]
    db.rpush("gml:g", *entries, *late)
    for i in (1, 50, 700, 15000, 19990):
        assert im.list_before_ts(10000 + i, 1) == [entries[i - 1]]


def test_recall_tests_the_age_first_by_redis_clock(db, im):
    now = im.now_ms()
    db.rpush("gml:g", *[message("u", now + age) for age in (-121000, -110000, 5000)])
    stored = everything(db)
    assert im.recall("u", now - 121000, 120) == -2
    assert im.recall("nobody", now - 121000, 120) == -2
    assert im.recall("nobody", now - 110000, 120) == -3
    assert everything(db) == stored
    assert im.recall("u", now - 110000, 120) == 1
    assert im.recall("u", now + 5000, 120) == 1
    assert im.recall("u", now, 0) == -2 or im.now_ms() == now


def test_recall_and_list_before_of_another_type_are_errors(db, im):
    db.set("gml:g", "x")
    for call in (lambda: im.recall("u", 5), lambda: im.list_before("u", 5, 1)):
        with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
            call()


# ---- what a message is ----


def vectors():
    for line in VECTORS.read_text().splitlines():
        if line and line[0] != "#":
            user, ts, raw = line.split("\t")
            says = None if ts == "-" else (urllib.parse.unquote_to_bytes(user), int(ts))
            yield urllib.parse.unquote_to_bytes(raw), says


READ = ("-- Needs: message\n"
        "local user, ts = read_message(ARGV[1])\n"
        "return user and {user, digits(ts), digits(read_ts(ARGV[1]))} or {}")


def judged(says):
    return [says[0]] + [b"%d" % says[1]] * 2 if says else []


def test_entries_are_judged_as_the_vectors_say(db):
    for raw, says in vectors():
        assert db.eval(with_preludes(READ), 0, raw) == judged(says), raw


def test_entries_of_java_are_judged_by_what_is_in_the_string(db):
    """lib/encoding/codec.h: a string around a message; an object by itself is one as well."""
    read, strings = with_preludes(READ, "java"), 0
    for raw, says in vectors():
        if raw.lstrip(b" \t\r\n").startswith(b"{"):
            assert db.eval(read, 0, raw) == judged(says), raw
        try:
            wrapped = jackson(raw.decode())
        except UnicodeDecodeError:
            continue
        strings += 1
        assert db.eval(read, 0, wrapped) == judged(says), wrapped
        assert db.eval(read, 0, b" \n" + wrapped + b"\t") == judged(says), wrapped
        for broken in (wrapped[:-1], wrapped[1:], wrapped + b"x", wrapped[:-1] + b"\n\"", b"[" + wrapped + b"]"):
            assert db.eval(read, 0, broken) == [], broken
    assert strings > 100


JAVA_VECTORS = VECTORS.with_name("java.txt")


def test_what_java_wrote_is_read(db):
    rows = [line.split("\t") for line in JAVA_VECTORS.read_text().splitlines() if line[0] != "#"]
    read = with_preludes("-- Needs: message\nreturn unwrapped(ARGV[1])", "java")
    for _, text, stored in rows:
        assert db.eval(read, 0, bytes.fromhex(stored)) == bytes.fromhex(text)
    assert len(rows) == 26


# ---- hosts of the Java original ----

@pytest.mark.parametrize("late", [1, 500, 1000, 1250])
def test_a_message_that_a_java_host_stored_late_is_found(db, late):
    """It reads its clock, and stores the message when others have stored theirs meanwhile."""
    java = Scripts(db, "java")
    entries = [message("u", 10000 + i, "hello there") for i in range(6000)]
    place = 3000
    entries.insert(place, message("j", 10000 + place - late, "hello there"))
    db.rpush("gml:g", *(jackson(entry.decode()) for entry in entries))
    before = java.list_before("j", 10000 + place - late, 1)
    assert before == [jackson(entries[place - 1].decode())]
    assert java.recall("j", 10000 + place - late) == 1
    assert db.lindex("gml:g", place) == jackson(entries[place + 1].decode()) and db.llen("gml:g") == 6000


# ---- what it costs ----


def fill(db, length):
    db.delete("gml:g")
    for start in range(0, length, 5000):
        db.rpush("gml:g", *[message("u", 10 * i) for i in range(start, min(start + 5000, length))])


def stats_of(db, ask, *names):
    """How often Redis carried out these commands, and how long that took: the least of some tries,
    as other programs on the machine, busy for a moment, only add to it."""
    tries = []
    for _ in range(5):
        db.config_resetstat()
        ask()
        stats = db.info("commandstats")
        found = [stats[f"cmdstat_{name}"] for name in names if f"cmdstat_{name}" in stats]
        tries.append((sum(s["calls"] for s in found), sum(s["usec"] for s in found)))
    return min(tries)


def calls_of(db, ask):
    """The same of the commands that a script gave."""
    return stats_of(db, ask, "lrange", "lindex", "llen", "lrem")


def test_cost_does_not_grow_with_the_list(db, im):
    few, many = {}, {}
    for length, cost in ((1000, few), (200000, many)):
        fill(db, length)
        for age in (1, 5, 50):
            ts = 10 * (length - age)
            cost[f"before {age}"] = calls_of(db, lambda: im.list_before("u", ts, 20))
            cost[f"recall {age}"] = calls_of(db, lambda: im.recall("u", ts))
    for what in few:
        assert many[what][0] <= few[what][0] + 2, (few, many)
        assert many[what][1] <= 10 * few[what][1] + 500, (few, many)


def test_cost_follows_the_logarithm_of_the_age(db, im):
    fill(db, 200000)
    assert calls_of(db, lambda: im.list_before("u", 10 * 1000, 20))[0] < 60


def test_cost_of_a_message_that_is_not_there_is_bounded(db, im):
    fill(db, 200000)
    for ts in (5, 1000005, 1999985, 10**13):
        assert calls_of(db, lambda: im.list_before("u", ts, 20))[0] < 400
    assert im.list_before("u", 1000005, 20) == -3

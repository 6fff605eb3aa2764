"""test_scripts_budget.py - no script stops Redis for longer than 5 ms, whatever a list holds, in
either redis.encoding.

The time is what Redis itself counts (`INFO commandstats`) or its thread's CPU time, the least of
some runs: other programs on the machine only add to it. The one exception is a single huge entry. No command of Redis tells
how large an entry is before it is read, so a script that meets it pays for reading it, once."""

import json

import pytest

from scripts_redis import Scripts, db, head, im, message, recall_args, recall_keys, scripts_server

MOST_USEC = 5000
RUNS = 24
FIRST_TS = 1648368380000
MIB = 1 << 20


def cpu_usec(db):
    used = db.info("cpu")
    return 1e6 * (used["used_cpu_user_main_thread"] + used["used_cpu_sys_main_thread"])


def usec_of(db, ask):
    """What the least of some runs has cost Redis, inside scripts."""
    best = None
    for _ in range(RUNS):
        db.config_resetstat()
        before = cpu_usec(db)
        ask()
        usec = min(cpu_usec(db) - before, db.info("commandstats")["cmdstat_evalsha"]["usec"])
        best = usec if best is None else min(best, usec)
        if best <= MOST_USEC:
            break
    return best


# ---- the lists ----


def texts(text, count, step=10):
    return [message("u", FIRST_TS + step * i, text) for i in range(count)]


def control(db):
    """24 KiB of U+0001: 144 KiB in the list"""
    return texts("\x01" * 24576, 1500)


def of_digits(db):
    return texts("1" * 24576, 10000)


def of_needles(db):
    """What a search by the digits of a ts finds in each text"""
    return texts(f'"ts":{FIRST_TS + 5}}}' * 600, 3000)


def chinese(db):
    return texts("你" * 8192, 6000)


def short(db):
    return texts("hi", 200000)


def same_ts(db):
    return texts("x" * 1000, 10000, step=0)


def bytes_of_garbage(db):
    return [b"\xff" * 24576] * 10000


def short_garbage(db):
    return [b"garbage"] * 100000


def cut_utf8(db):
    """Begins and ends as a message of fastim"""
    return [head("u") + b"\xf0\x9f\x98" * 8192 + b'","ts":%d}' % (FIRST_TS + 10 * i)
            for i in range(10000)]


def foreign_unsorted(db):
    return [b'{"ts":%d,"info":"%s","userId":"u"}' % (FIRST_TS + i * 7919 % 100000, b"x" * (i % 900))
            for i in range(30000)]


def odd_json(db):
    inner = [b"[" * 900 + b"]" * 900, b"[" + b"[]," * 5000 + b"1]",
             b"[" + b'{"ts":1},' * 1500 + b"1]",
             b'"' + b"\\ud800" * 2000 + b'"', b"[" + b"1e300," * 2500 + b"1]",
             b"{" + b",".join(b'"%d":1' % i for i in range(1500)) + b"}"]
    return [b'{"ts":%d,"userId":"u","info":"x","more":%s}' % (FIRST_TS + 10 * i, inner[i % 6])
            for i in range(6000)]


def foreign_surrogates(db):
    """Short ones, each to be parsed twice, and in java to be decoded as well"""
    return [b'{"ts":%d,"info":"%s\\ud800%s","userId":"u"}' % (FIRST_TS + 10 * i, b"x" * 120, b"y" * 120)
            for i in range(20000)]


def foreign_escapes(db):
    """Not as fastim writes it, and full of escapes"""
    return [b'{"ts":%d,"info":"%s","userId":"u"}' % (FIRST_TS + 10 * i, b'\\"\\u00e4\\ud83d\\ude00' * 12)
            for i in range(20000)]


def same_text_of_others(db):
    """Only the ts at the end tells them apart."""
    return [message("u", FIRST_TS + i % 2, "y" * 24576) for i in range(5000)]


def of_java(entry):
    """The string around it, as jackson() writes it, but fast; also if no Java host could have written that"""
    try:
        return json.dumps(entry.decode(), ensure_ascii=False).encode()
    except UnicodeDecodeError:
        return b'"' + entry.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


LISTS = [control, of_digits, of_needles, chinese, short, same_ts, bytes_of_garbage, short_garbage,
         cut_utf8, foreign_unsorted, odd_json, foreign_surrogates, foreign_escapes, same_text_of_others]


@pytest.fixture(scope="module", params=["plain", "java"])
def encoding(request):
    return request.param


@pytest.fixture(scope="module", params=LISTS, ids=lambda make: make.__name__)
def nasty(scripts_server, encoding, request):
    """A client of the Redis that has this list, and its length."""
    client = scripts_server.client()
    client.flushall()
    entries = request.param(client)
    if encoding == "java":
        entries = [of_java(entry) for entry in entries]
    batch = max(1, 4 * MIB // max(map(len, entries)))
    for i in range(0, len(entries), batch):
        client.rpush("gml:nasty", *entries[i:i + batch])
    yield client, len(entries)
    client.flushall()
    client.close()


@pytest.fixture
def them(nasty, encoding):
    """The scripts, on that list."""
    return Scripts(nasty[0], encoding)


def named(length):
    """ts of old, middle and new messages, and some that no message has"""
    middle, last = FIRST_TS + 10 * (length // 2), FIRST_TS + 10 * (length - 1)
    return [FIRST_TS, FIRST_TS + 1, FIRST_TS + 5, middle, middle + 5, last - 100, last - 5, last,
            last + 5]


@pytest.mark.parametrize("user", ["u", "nobody"])
def test_list_before_takes_no_5_ms(nasty, them, user):
    db, length = nasty
    for ts in named(length):
        usec = usec_of(db, lambda: them.run("list_before", ["login:u", "gml:nasty"], "", them.head(user),
                                            user, ts, 10000))
        assert usec <= MOST_USEC, ts - FIRST_TS


@pytest.mark.parametrize("user", ["u", "nobody", ""])
def test_list_before_ts_takes_no_5_ms(nasty, them, user):
    db, length = nasty
    for ts in named(length):
        usec = usec_of(db, lambda: them.run("list_before_ts", ["login:u", "gml:nasty"], "",
                                            them.head(user), user, ts, 10000))
        assert usec <= MOST_USEC, ts - FIRST_TS


@pytest.mark.parametrize("user", ["u", "nobody"])
def test_recall_takes_no_5_ms(nasty, them, user):
    """If the message is there, each run takes another one away."""
    db, length = nasty
    for i, ts in enumerate(named(length)):
        step = iter(range(RUNS))
        usec = usec_of(db, lambda: them.run("recall", recall_keys("nasty"), "",
                                            *recall_args(user, ts - 10 * next(step),
                                                          encoding=them.encoding)))
        assert usec <= MOST_USEC, (i, ts - FIRST_TS)


@pytest.fixture
def logged(nasty, them):
    """The same with a full event log: of recalls, each of a message far behind the one before."""
    db, length = nasty
    db.delete("gmt:nasty")
    epoch = them.resume(group="nasty", window=0).epoch
    member = b'%d %d {"type":"recall","at":%d,"userId":"u","ts":%d}'
    recalled = range(FIRST_TS + 10 * (length - 1000), FIRST_TS + 10 * length, 10)
    db.zadd("fim:log:nasty", {member % (ts, ts - 10, ts + 1, ts): ts + 1 for ts in recalled})
    yield epoch
    db.delete("fim:log:nasty", "gmt:nasty")


@pytest.mark.parametrize("last", [None, FIRST_TS + 3])
def test_recall_as_an_event_takes_no_5_ms(nasty, them, logged, last):
    """Also where all of the list is of other writers: its number is to be above theirs."""
    db, length = nasty
    for i, ts in enumerate(named(length)):
        step = iter(range(RUNS))

        def ask():
            db.delete("gmt:nasty")
            if last:
                db.set("gmt:nasty", last)
            them.run("recall", recall_keys("nasty"), "",
                     *recall_args("u", ts - 10 * next(step), encoding=them.encoding))

        assert usec_of(db, ask) <= MOST_USEC, (i, ts - FIRST_TS)


@pytest.mark.parametrize("last", [None, FIRST_TS + 3])
def test_resume_takes_no_5_ms(nasty, them, logged, last):
    """Nor does it with the piece of the newest entries, which it gives if it is not recovered."""
    db, length = nasty
    since = FIRST_TS + 10 * length
    for events in (True, False):
        if not events:
            db.zremrangebyscore("fim:log:nasty", 1, "inf")
        for at in [*named(length), *[since - 10 * n for n in (1, 30, 60, 300, 999, 1001)]]:
            def ask():
                db.delete("gmt:nasty")
                if last:
                    db.set("gmt:nasty", last)
                them.resume(logged, at, group="nasty")

            assert usec_of(db, ask) <= MOST_USEC, (at - FIRST_TS, events)


@pytest.mark.parametrize("first, last", [(0, -1), (-10000, -1), (-50, -1), (700, 720)])
def test_list_range_takes_no_5_ms(nasty, them, first, last):
    db, _ = nasty
    assert usec_of(db, lambda: them.run("list_range", ["login:u", "gml:nasty"], "", first, last,
                                        10000)) <= MOST_USEC


@pytest.mark.parametrize("step", [1, -1])
def test_list_more_takes_no_5_ms(nasty, them, step):
    """Also where the entry that it goes on from is gone"""
    db, length = nasty
    end = length - 1 if step > 0 else 0
    tail = db.lindex("gml:nasty", length // 2)[-28:]
    for wanted in (tail, b"is gone"):
        assert usec_of(db, lambda: them.run("list_more", ["gml:nasty"], length // 2, wanted, step,
                                            end, 10000, 1 << 19)) <= MOST_USEC


@pytest.mark.parametrize("last", [None, FIRST_TS + 3])
def test_append_takes_no_5_ms(nasty, them, last):
    """Where other writers came after the last one of ours, or all of it is theirs"""
    db, _ = nasty

    def ask():
        newest = db.lindex("gml:nasty", -1)
        db.delete("gmt:nasty", "fim:seq:d")
        if last:
            db.set("gmt:nasty", last)
        them.append(group="nasty", number=1)
        db.rpop("gml:nasty")
        assert db.lindex("gml:nasty", -1) == newest

    assert usec_of(db, ask) <= MOST_USEC


@pytest.mark.parametrize("last", [None, FIRST_TS + 3])
@pytest.mark.parametrize("user", ["u", "nobody"])
def test_a_step_of_a_purge_takes_no_5_ms(nasty, them, user, last):
    """Each run is the next step, or, if nothing is taken, the first one."""
    db, length = nasty
    them.resume(group="nasty", window=0)
    cursor = [b""]

    def ask():
        db.delete("gmt:nasty")
        if last:
            db.set("gmt:nasty", last)
        taken, _, next_cursor = them.purge_step(user, cursor[0], group="nasty")
        cursor[0] = next_cursor if taken else b""

    for _ in range(3):
        assert usec_of(db, ask) <= MOST_USEC
    db.delete("gmt:nasty", "fim:log:nasty")


@pytest.mark.parametrize("user", ["u", "nobody"])
def test_recall_of_any_age_takes_no_5_ms(nasty, them, user):
    db, length = nasty
    for i, ts in enumerate(named(length)):
        step = iter(range(RUNS))
        assert usec_of(db, lambda: them.recall_any(user, ts - 10 * next(step), group="nasty")) \
            <= MOST_USEC, i


@pytest.mark.parametrize("last", [None, FIRST_TS + 3])
def test_a_notice_takes_no_5_ms(nasty, them, last):
    db, _ = nasty

    def ask():
        db.delete("gmt:nasty")
        if last:
            db.set("gmt:nasty", last)
        them.notice("x" * 24576, group="nasty")

    assert usec_of(db, ask) <= MOST_USEC
    db.delete("gmt:nasty")


def test_a_clear_takes_no_5_ms(db, im):
    """However long the list is: Redis frees it beside."""
    for i in range(10):
        db.rpush("gml:g", *[message("u", i, "x" * 200)] * 30000)
    assert db.copy("gml:g", "copy")

    def ask():
        im.clear()
        db.copy("copy", "gml:g")

    best = None
    for _ in range(3):
        db.config_resetstat()
        ask()
        usec = db.info("commandstats")["cmdstat_evalsha"]["usec"]
        best = min(usec, best or usec)
    assert best <= MOST_USEC


def test_a_step_of_the_rules_takes_no_5_ms(db, im):
    for i in range(0, 200000, 20000):
        db.hset("fim:rules:g", mapping={f"b:{n}": 0 for n in range(i, i + 20000)})
    cursor = [b"0"]

    def ask():
        cursor[0] = im.act("rules", None, "g", [], cursor[0], 0, 0, note="")[0]

    assert usec_of(db, ask) <= MOST_USEC
    assert usec_of(db, lambda: im.set_rule("b:new", 60)) <= MOST_USEC


@pytest.mark.parametrize("groups", [10, 3000])
def test_a_step_of_a_notice_to_all_takes_no_5_ms(db, im, groups):
    for i in range(groups):
        im.resume(group=f"g{i}")
    db.mset({f"other{i}": 1 for i in range(20000)})
    step = [0, 0]

    def ask():
        cursor, _, since = im.run("notice_all", ["fim:audit"], "", "", '"what":"notice"}', 1000,
                                  ',"info":"hi"}', *step)
        step[:] = [0, 0] if cursor == b"0" else [cursor, since]

    for _ in range(3):
        assert usec_of(db, ask) <= MOST_USEC


def test_append_with_many_rules_takes_no_5_ms(db, im):
    db.hset("fim:rules:g", mapping={f"b:{n}": 0 for n in range(20000)})
    db.hset("fim:rules:g", mapping={"slow": 1, "cap": 1000000})
    db.set("fim:sent:g/u", ",".join(f"{'x' * 62}{i:02} {FIRST_TS}" for i in range(32)))
    assert usec_of(db, lambda: im.append(id="y")) <= MOST_USEC


def test_summary_takes_no_5_ms(nasty, them):
    """As the push daemon asks: of a hundred groups at a time"""
    db, _ = nasty
    assert usec_of(db, lambda: them.run("summary", ["gml:nasty"] * 100)) <= MOST_USEC


def test_list_groups_takes_no_5_ms(db, im):
    for i in range(0, 1000000, 50000):
        db.sadd("ugs:u", *[f"group-{n}" for n in range(i, i + 50000)])
    cursor = [b"0"]

    def ask():
        cursor[0], _ = im.run("list_groups", ["login:u", "ugs:u"], "", cursor[0])

    assert usec_of(db, ask) <= MOST_USEC


# ---- a huge entry ----

HUGE = 32 * MIB


@pytest.mark.parametrize("at, what", [(-1, b"x"), (-2, b"9"), (-20, b"x"), (-150, b"\\u0001")])
def test_huge_entry_is_read_once_and_never_looked_into(db, im, at, what):
    """No command tells its size: MEMORY USAGE takes its samples from the begin of a list alone."""
    entries = texts("hi", 300)
    tail = b'","ts":%d}' % (FIRST_TS + 10 * (300 + at))
    entries[at] = head("u") + what * (HUGE // len(what)) + tail
    db.rpush("gml:g", *entries)

    def usec(ask):
        db.config_resetstat()
        ask()
        return db.info("commandstats")["cmdstat_evalsha"]["usec"]

    read = db.script_load("return #redis.call('LINDEX', KEYS[1], ARGV[1])")
    once = max(usec(lambda: db.evalsha(read, 1, "gml:g", at)) for _ in range(2))
    before = ["login:u", "gml:g"], "", head("u"), "u"
    asks = [lambda: im.run("list_before", *before, FIRST_TS + 5, 9),
            lambda: im.run("list_before", *before, FIRST_TS + 2980, 1),
            lambda: im.recall("v", FIRST_TS + 5),
            im.append]
    for i, ask in enumerate(asks):
        assert any(usec(ask) <= 2 * once + MOST_USEC for _ in range(5)), i
    db.delete("gml:g")


def test_tally_takes_no_5_ms(nasty, them):
    db, _ = nasty
    for groups in (1, 100):
        assert usec_of(db, lambda: them.run("tally", ["gml:nasty"] * groups, *[100] * groups)) <= MOST_USEC

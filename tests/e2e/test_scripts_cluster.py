"""test_scripts_cluster.py - scripts as they are on a Redis Cluster: append.lua, whose seqs are in the hash of the group; leases; what other slots are asked."""
import pytest
import redis

from scripts_redis import FOREVER, assembled, db, message, scripts_server, ts_of

BOOK, LIST = "fim:book:{g}", "gml:{g}"


@pytest.fixture
def append(db):
    """Calls it as lib/redis/commands_user.c does."""
    script = db.register_script(assembled("append", "cluster"))

    def call(seq, producer="daemon:1", info="x", deadline=FOREVER, id="", user="u"):
        head, tail = message(user, 0, info).rsplit(b"0", 1)
        keys = [LIST, BOOK, LIST, f"fim:refused:{{g}}/{producer}", LIST, "fim:rules:{g}", "fim:rules:{g}",
                f"fim:sent:{{g}}/{user}", "fim:cap:{g}"]
        return script(keys, [head, tail, "mq:{g}", 1000, 0, seq, deadline, "", id, user, "1", 0, 0, producer])

    return call


def book(db, daemon="daemon"):
    """Epoch and seq of its last append; None: none."""
    field = db.hget(BOOK, daemon)
    return field and tuple(int(word) for word in field.split()[:2])


def test_seqs_follow_each_other_within_an_epoch(db, append):
    given = [append(1), append(2), append(3)]
    assert [ts_of(entry) for entry in db.lrange(LIST, 0, -1)] == given
    assert book(db) == (1, 3)
    assert int(db.hget(BOOK, "ts")) == given[-1]
    for wrong in (3, 5, 1):
        assert append(wrong) == -3
    assert book(db) == (1, 3)
    assert append(2, "daemon:2") == -3  # the first one of that epoch is missing
    assert append(1, "daemon:2") > given[-1]
    assert append(4, "daemon:1") == -3  # that epoch is over
    assert book(db) == (2, 1)
    assert db.llen(LIST) == 4


def test_daemons_count_for_themselves(db, append):
    assert append(1, "a:7") > 0
    assert append(1, "b:3") > 0
    assert append(2, "a:7") > 0
    assert (book(db, "a"), book(db, "b")) == ((7, 2), (3, 1))
    assert append(0, "") > 0  # the API
    assert sorted(db.hkeys(BOOK)) == [b"a", b"b", b"ts"]


def test_what_may_come_again_leaves_the_book_as_it_was(db, append):
    for before in (None, (1, 1)):
        if before:
            append(1)
        assert append(2 if before else 1, deadline=1)[0] == -2
        assert book(db) == before
    db.rename(LIST, "kept")
    db.set(LIST, "no list")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        append(2)
    assert book(db) == (1, 1)
    db.rename("kept", LIST)
    assert append(2) > 0


def test_a_refusal_counts_and_is_noted(db, append):
    db.hset("fim:rules:{g}", "m:u", 0)
    assert append(1)[:2] == [-5, b"muted"]
    assert book(db) == (1, 1)
    assert db.lrange("fim:refused:{g}/daemon:1", 0, -1) == [b"1 -5 muted 0"]
    assert append(2, user="v") > 0


def test_an_id_that_is_known_counts(db, append):
    ts = append(1, id="one")
    assert append(2, id="one") == [1, ts]
    assert book(db) == (1, 2)
    assert db.llen(LIST) == 1


def test_daemons_of_a_day_ago_go_if_there_are_many(db, append):
    now = db.time()[0]
    for i in range(300):
        db.hset(BOOK, f"old{i}", f"1 1 {now - 86401}")
    db.hset(BOOK, "young", f"1 1 {now - 86000}")
    ts = append(1)
    assert sorted(db.hkeys(BOOK)) == [b"daemon", b"ts", b"young"]
    assert int(db.hget(BOOK, "ts")) == ts
    assert db.ttl(BOOK) > 86400


def test_it_publishes_by_spublish(db, append):
    append(1)
    calls = db.info("commandstats")
    assert calls["cmdstat_spublish"]["calls"] == 1 and "cmdstat_publish" not in calls


# ---- what other slots are asked ----


def on_cluster(db, name):
    return db.register_script(assembled(name, "cluster"))


def test_bans_everywhere_are_of_users_and_of_addresses(db):
    banned = on_cluster(db, "banned")
    now = db.time()[0] * 1000
    db.hset("fim:rules:", mapping={"b:u": now + 60000, "b:past": now - 1, "a:192.0.2.1": 0})
    assert banned(["fim:rules:"], ["v", "192.0.2.2"]) == 1
    assert banned(["fim:rules:"], ["past", ""]) == 1
    reply = banned(["fim:rules:"], ["u", ""])
    assert reply[:2] == [-5, b"banned"] and 59000 < reply[2] <= 60000
    assert banned(["fim:rules:"], ["u", "192.0.2.1"]) == [-5, b"banned", 0]  # the longer one


def test_a_lease_keeps_to_its_slot(db):
    lease = on_cluster(db, "lease")

    def call(daemon, lives):
        return lease(["fim:hosts"] * 3, [daemon, lives, "fim:on:", 7, "{}"])

    assert [call("a", 1), call("a", 1)] == [1, 0]
    db.zadd("fim:hosts", {"dead": 1, "from before the clock stepped back": 2**52})
    assert call("b", 1) == 1
    assert sorted(db.zrange("fim:hosts", 0, -1)) == [b"a", b"b"]
    assert 14000 < db.zscore("fim:hosts", "a") - db.time()[0] * 1000 <= 16000 and 55 < db.ttl("fim:hosts") <= 60
    assert call("a", 0) == 0
    assert db.zrange("fim:hosts", 0, -1) == [b"b"]
    assert db.keys() == [b"fim:hosts"]
    assert on_cluster(db, "hosts")(["fim:hosts"] * 2, []) == [b"b"]


def test_what_daemons_say_of_themselves_goes_with_them(db):
    about = on_cluster(db, "about")
    now = db.time()[0]
    assert about(["fim:daemons"], ["a", '{"host":"h"}']) == 1
    assert db.hget("fim:daemons", "a") == b'{"host":"h"}' and 55 < db.ttl("fim:daemons") <= 60
    about(["fim:daemons"], ["a", ""])
    assert not db.exists("fim:daemons")
    for i in range(200):
        db.hset("fim:daemons", mapping={f"dead{i}": "{}", f"dead{i}/": now - 100})
    db.hset("fim:daemons", mapping={"alive": "{}", "alive/": now - 50})
    for _ in range(2000):  # one in 32 looks for them
        about(["fim:daemons"], ["a", "{}"])
        if db.hlen("fim:daemons") == 4:
            break
    assert sorted(db.hkeys("fim:daemons")) == [b"a", b"a/", b"alive", b"alive/"]

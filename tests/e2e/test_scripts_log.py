"""test_scripts_log.py - the event log of fastim.v2: who makes it, and a recall as an event of it."""

import json
import re

import pytest
import redis

from scripts_redis import db, everything, im, message, recall_args, recall_keys, scripts_server, ts_of

HOUR_MS = 3600000


def log_of(db):
    return db.zrange("fim:log:g", 0, -1, withscores=True)


# ---- the log ----


def test_the_log_is_made_by_the_first_who_enters(db, im):
    """score 0: `E` + epoch; made by the first v2 client; expires as `gmt:`"""
    made = im.resume(timeout=1000)
    assert re.fullmatch(rb"[0-9a-f]{8}", made.epoch)
    assert log_of(db) == [(b"E" + made.epoch, 0)]
    assert 87398 <= db.ttl("fim:log:g") <= 87400
    db.expire("fim:log:g", 5)
    assert im.resume(timeout=1000).epoch == made.epoch
    assert 87398 <= db.ttl("fim:log:g") <= 87400


def test_part_1_alone_makes_no_log(db, im):
    ts = [im.append(str(i), id=str(i)) for i in range(3)]
    im.snapshot(50, 1)
    im.enter()
    assert im.recall("u", ts[2]) == im.recall("u", ts[0]) == 1
    assert sorted(db.keys()) == sorted([b"gml:g", b"gmt:g", b"fim:seq:d", b"login:u", b"ugs:u",
                                        b"fim:sent:g/u"])


def test_a_lost_log_comes_back_with_another_epoch(db, im):
    """EPOCH changes when the log is lost or expires"""
    epochs = set()
    for _ in range(20):
        epochs.add(im.resume().epoch)
        db.delete("fim:log:g")
    assert len(epochs) > 15  # of 65,536, so two may be the same


def test_what_is_no_log_is_replaced_by_one(db, im):
    db.zadd("fim:log:g", {"x": 5})
    epoch = im.resume().epoch
    assert log_of(db) == [(b"E" + epoch, 0)]
    assert im.resume().epoch == epoch


def test_clients_get_in_even_if_redis_cannot_store(db, im):
    im.append("a")
    db.config_set("maxmemory", 1)
    answer = im.resume()
    db.config_set("maxmemory", 0)
    assert (answer.total, len(answer.entries)) == (1, 1) and not db.exists("fim:log:g")


# ---- a recall as an event ----


def test_a_recall_is_an_event_where_there_is_a_log(db, im):
    """member = ts of the newest message then, a space, the ts of the message in front of the recalled
    one, a space, the frame's JSON; score = number"""
    im.resume()
    one, two, three = [im.append(text) for text in "abc"]
    channel = db.pubsub()
    channel.subscribe("fim:ev:g", "mq:g")
    db.expire("fim:log:g", 5)
    assert im.recall("u", two) == 1
    at = int(db.get("gmt:g").split()[0])
    assert at > three
    frame = b'{"type":"recall","at":%d,"userId":"u","ts":%d}' % (at, two)
    assert log_of(db)[1:] == [(b"%d %d %s" % (three, one, frame), at)]
    db.publish("mq:g", "the end")
    seen = []
    while not seen or seen[-1]["data"] != b"the end":
        seen.append(channel.get_message(timeout=5))
    assert [(m["channel"], m["data"]) for m in seen[2:-1]] == [(b"fim:ev:g", frame)]
    channel.close()
    assert 87398 <= db.ttl("fim:log:g") <= 87400
    assert [ts_of(entry) for entry in db.lrange("gml:g", 0, -1)] == [one, three]


def test_a_recall_that_is_refused_is_no_event(db, im):
    im.resume()
    ts = im.append()
    stored = everything(db)
    assert im.recall("v", ts) == -3 and im.recall("u", ts, token="wrong") == -1
    assert im.recall("u", ts - 5000, oldest_s=1) == -2
    assert im.run("recall", recall_keys("g") + ["ugs:u"], "", *recall_args("u", ts), "g") == -4
    assert everything(db) == stored


def test_anchor_and_front_of_first_last_and_only_one(db, im):
    im.resume()
    one, two, three = [im.append(text) for text in "abc"]
    for ts, anchor, front in ((three, two, two), (one, two, 0), (two, 0, 0)):
        assert im.recall("u", ts) == 1
        assert log_of(db)[-1][0].split(b" ")[:2] == [b"%d" % anchor, b"%d" % front]


def test_late_messages_of_other_writers_are_no_anchors(db, im):
    """their position is that of the message in front of them"""
    im.resume()
    one, two = im.append("a"), im.append("b")
    db.rpush("gml:g", message("f", 5), message("f", one), b"garbage", message("f", 6))
    three = im.append("c")
    assert im.recall("u", three) == 1
    assert log_of(db)[-1][0].split(b" ")[:2] == [b"%d" % two, b"%d" % two]
    assert im.recall("f", one) == 1
    assert log_of(db)[-1][0].split(b" ")[:2] == [b"%d" % two, b"-"]


def test_numbers_of_events_and_messages_are_one_sequence(db, im):
    """larger than any given out in the group before; no two durable events share a number"""
    im.resume()
    given = []
    for i in range(300):
        given.append(im.append())
        if i % 3 == 0:
            assert im.recall("u", given[-1]) == 1
            given.append(int(log_of(db)[-1][1]))
    assert given == sorted(set(given))


def test_an_event_is_lifted_as_messages_are(db, im):
    im.resume()
    ts = im.append()
    ahead = im.now_ms() + HOUR_MS
    db.rpush("gml:g", message("f", ahead), message("f", 5))
    assert im.recall("u", ts) == 1
    assert log_of(db)[-1][1] == ahead + 1
    assert im.append() == ahead + 2
    db.delete("gml:g", "gmt:g")
    ts = im.append()
    assert im.recall("u", ts) == 1
    assert int(log_of(db)[-1][1]) == ahead + 2 or log_of(db)[-1][1] > ts


@pytest.mark.parametrize("foreign", [[], [5], [5, 6]])
def test_append_behind_an_event_reads_no_older_entries(db, im, foreign):
    """After an event `gmt:` is ahead of the newest entry: that must not be searched for"""
    im.resume()
    given = [im.append(str(i)) for i in range(3000)]
    for ts in foreign:
        db.rpush("gml:g", message("f", ts))
    assert im.recall("u", given[-5]) == 1
    for again in range(2):
        db.config_resetstat()
        assert im.append() > log_of(db)[-1][1]
        assert db.info("commandstats").get("cmdstat_lrange", {"calls": 0})["calls"] == 1 - again
    assert im.recall("u", given[-6]) == 1
    db.config_resetstat()
    at = im.resume().at
    assert at == log_of(db)[-1][1]
    assert db.info("commandstats")["cmdstat_lrange"]["calls"] == 1 + 9  # the newest 4; 50, by 1, 2, 4, then 8 at a time


def test_the_log_keeps_the_newest_1000_events(db, im):
    im.resume()
    given = [im.append(str(i)) for i in range(1010)]
    for ts in given:
        assert im.recall("u", ts) == 1
    log = log_of(db)
    assert len(log) == 1001 and log[0][0].startswith(b"E")
    recalled = [json.loads(member.split(b" ", 2)[2])["ts"] for member, _ in log[1:]]
    assert recalled == given[10:]


def test_ids_are_escaped_in_the_frame(db, im):
    im.resume()
    user = 'a"\\ 群'
    ts = im.append(user=user)
    assert im.recall(user, ts) == 1
    assert json.loads(log_of(db)[-1][0].split(b" ", 2)[2])["userId"] == user


@pytest.mark.parametrize("key, value", [("fim:log:g", "x"), ("gmt:g", "x"), ("gmt:g", "")])
def test_recall_with_odd_keys_answers_as_ever(db, im, key, value):
    im.resume()
    ts = im.append()
    db.set(key, value)
    assert im.recall("u", ts) == 1
    assert db.llen("gml:g") == 0
    assert im.append() > ts

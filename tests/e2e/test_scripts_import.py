"""test_scripts_import.py - the script that stores a batch of an import."""
import json

import pytest
import redis

from scripts_redis import db, everything, im, message, scripts_server

KEYS = ["gml:g", "gmt:g", "fim:log:g", "fim:audit", "fim:import:g"]
NOTHING_KNOWN = (0, b"")


@pytest.fixture
def batch(im, db):
    """batch(known, entries): stores them; known is the list's length and the end of its newest entry."""
    db.set("fim:import:g", "tok", ex=100)

    def run(known, entries, kept=0, highest=0, token="tok", note=""):
        return im.run("import", KEYS, *known, 1000, kept, highest, "mq:g", token, note, *entries)

    return run


def known(db):
    return db.llen("gml:g"), (db.lindex("gml:g", -1) or b"")[-28:]


def test_a_batch_is_stored_with_all_that_belongs_to_it(db, im, batch):
    entries = [message("u", n, f"text {n}") for n in (5, 6, 7)]
    assert batch(NOTHING_KNOWN, entries[:2], highest=6) == 2
    assert batch(known(db), entries[2:], highest=7) == 3
    assert db.lrange("gml:g", 0, -1) == entries and db.get("gmt:g") == b"7"
    assert 990 < db.ttl("gml:g") <= 1000 and 87390 < db.ttl("gmt:g") <= 87400
    assert db.ttl("fim:import:g") > 3590


def test_the_newest_entry_is_noted_if_the_position_is_another_one(db, im, batch):
    late = message("u", 5)
    db.set("gmt:g", "9000 a note")
    assert batch(NOTHING_KNOWN, [late], highest=5) == 1
    assert db.get("gmt:g") == b"9000 " + late[-28:]
    assert im.append() > 9000 and json.loads(db.lindex("gml:g", 0))["ts"] == 5


def test_the_position_is_above_all_that_was_given_out_before(db, im, batch):
    """by other writers, and events of a log whose last ts has expired"""
    db.rpush("gml:g", message("other", 8000), message("u", 5))
    batch(known(db), [message("u", 6)], highest=6)
    assert db.get("gmt:g").startswith(b"8000 ")
    db.delete("gmt:g", "gml:g")
    db.zadd("fim:log:g", {"E0123abcd": 0, '0 - {"type":"clear","at":9000}': 9000})
    batch(NOTHING_KNOWN, [message("u", 6)], highest=6)
    assert db.get("gmt:g").startswith(b"9000 ") and not db.exists("fim:log:g")


def test_no_more_is_kept_than_may_be(db, batch):
    entries = [message("u", n) for n in range(1, 8)]
    assert batch(NOTHING_KNOWN, entries[:4], kept=5, highest=4) == 4
    assert batch(known(db), entries[4:], kept=5, highest=7) == 5
    assert db.lrange("gml:g", 0, -1) == entries[2:]


@pytest.mark.parametrize("wrong", [(0, b""), (1, b""), (2, b"x"), (3, None)])
def test_a_list_that_is_not_as_it_is_known_is_left_alone(db, batch, wrong):
    db.rpush("gml:g", message("u", 5), message("u", 6))
    stored = everything(db)
    length, newest = wrong
    assert batch((length, known(db)[1] if newest is None else newest), [message("u", 7)], highest=7) == -3
    assert everything(db) == stored


def test_nothing_is_stored_without_the_token(db, batch):
    stored = everything(db)
    assert batch(NOTHING_KNOWN, [message("u", 7)], token="other") == -3
    assert everything(db) == stored
    db.delete("fim:import:g")
    assert batch(NOTHING_KNOWN, [message("u", 7)]) == -3
    assert not db.exists("gml:g", "gmt:g")


def test_nothing_is_stored_while_somebody_listens(db, batch):
    channel = db.pubsub()
    channel.subscribe("mq:g")
    assert channel.get_message(timeout=5)["type"] == "subscribe"
    assert batch(NOTHING_KNOWN, [message("u", 7)]) == -2
    assert not db.exists("gml:g", "gmt:g")
    channel.close()


def test_positions_of_before_prove_nothing_any_more(db, im, batch):
    """the event log goes"""
    im.append("one")
    first = im.resume()
    assert im.resume(epoch=first.epoch, at=first.at).recovered == 1
    newest = db.lindex("gml:g", -1)
    batch(known(db), [message("u", 5)], highest=5)
    again = im.resume(epoch=first.epoch, at=first.at)
    assert again.recovered == 0 and again.epoch != first.epoch and again.at == first.at
    assert again.entries == [newest, message("u", 5)]


def test_the_end_is_noted_and_takes_the_token_away(db, batch):
    batch(NOTHING_KNOWN, [message("u", 7)], highest=7)
    assert batch(NOTHING_KNOWN, [], note='"what":"import"}') == 1
    note = json.loads(db.lindex("fim:audit", 0))
    assert note["what"] == "import" and note["when"] > 10**12
    assert not db.exists("fim:import:g")
    db.set("fim:import:g", "another's")
    batch(NOTHING_KNOWN, [], note='"what":"import"}')
    assert db.get("fim:import:g") == b"another's"


def test_a_list_of_another_type_is_left_alone(db, batch):
    db.set("gml:g", "no list")
    stored = everything(db)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        batch(NOTHING_KNOWN, [message("u", 7)])
    assert everything(db) == stored

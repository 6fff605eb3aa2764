"""test_scripts_append.py - append.lua: what it stores and publishes, in what order, and what not."""

import json

import pytest
import redis

from scripts_redis import DAY_MS, TOKEN, db, everything, im, message, scripts_server, ts_of

HOUR_MS = 3600000


def listed(db):
    return db.lrange("gml:g", 0, -1)


# ---- what is stored ----


def test_append_stores_and_publishes_the_same_bytes(db, im):
    channel = db.pubsub()
    channel.subscribe("mq:g")
    assert channel.get_message(timeout=5)["type"] == "subscribe"
    info = 'quote " slash \\ line\n tab\t \x01 \u2028 群 😀 %s %1'
    before = im.now_ms()
    ts = im.append(info)
    assert before <= ts <= im.now_ms()
    assert listed(db) == [message("u", ts, info)]
    assert channel.get_message(timeout=5)["data"] == message("u", ts, info)
    channel.close()


def test_append_renews_the_expiry_of_the_list(db, im):
    im.append(timeout=1000)
    db.expire("gml:g", 5)
    im.append(timeout=1000)
    assert 995 <= db.ttl("gml:g") <= 1000


def test_append_remembers_the_last_ts_a_day_longer_than_the_list(db, im):
    ts = im.append(timeout=1000)
    assert int(db.get("gmt:g")) == ts
    assert db.ttl("gmt:g") - db.ttl("gml:g") in (86399, 86400, 86401)


def test_append_keeps_as_many_messages_as_wanted_the_newest(db, im):
    for i in range(10):
        im.append(str(i), kept=3)
    assert [json.loads(entry)["info"] for entry in listed(db)] == ["7", "8", "9"]
    for i in range(5):
        im.append(str(i), kept=0)
    assert db.llen("gml:g") == 8


# ---- the order ----


def test_append_gives_every_message_a_ts_of_its_own_in_list_order(db, im):
    given = [im.append(str(i)) for i in range(2000)]
    assert all(a < b for a, b in zip(given, given[1:]))
    assert [ts_of(entry) for entry in listed(db)] == given


def test_append_is_lifted_by_a_clock_ahead_of_ours(db, im):
    im.append()
    ahead = im.now_ms() + HOUR_MS
    db.rpush("gml:g", message("f", ahead))
    assert im.append() == ahead + 1
    assert im.append() == ahead + 2


def test_append_is_lifted_by_the_first_message_of_a_foreign_list(db, im):
    ahead = im.now_ms() + HOUR_MS
    db.rpush("gml:g", message("f", ahead))
    assert im.append() == ahead + 1


@pytest.mark.parametrize("hours", [[3, 1, 2], [1, 2, 3], [3, 2, 1], [1, 3, -2], [-1, 3, -5, 30]])
def test_append_is_lifted_by_the_highest_of_several_foreign_ones(db, im, hours):
    im.append()
    now = im.now_ms()
    for h in hours:
        db.rpush("gml:g", message("f", now + h * HOUR_MS))
    assert im.append() == now + 3 * HOUR_MS + 1


@pytest.mark.parametrize("behind", [63, 64, 65, 1000])
def test_append_is_lifted_by_a_foreign_one_behind_many_others(db, im, behind):
    im.append()
    ahead = im.now_ms() + HOUR_MS
    db.rpush("gml:g", message("f", ahead), *[message("f", i) for i in range(1, behind + 1)])
    assert im.append() == ahead + 1


def test_append_is_not_lowered_by_a_clock_behind_ours(db, im):
    ahead = im.now_ms() + HOUR_MS
    db.rpush("gml:g", message("f", ahead))
    first = im.append()
    db.rpush("gml:g", message("f", 5), message("f", ahead - HOUR_MS))
    assert im.append() == first + 1


def test_append_is_lifted_by_less_than_a_day_and_not_by_more(db, im):
    im.append()
    db.rpush("gml:g", message("f", im.now_ms() + DAY_MS + 5000), message("f", 2**53))
    unlifted = im.append()
    assert unlifted < im.now_ms() + 1000
    ahead = im.now_ms() + DAY_MS - 5000
    db.rpush("gml:g", message("f", ahead))
    assert im.append() == ahead + 1


def test_append_is_lifted_by_foreign_forms_and_not_by_garbage(db, im):
    ahead = im.now_ms() + HOUR_MS
    im.append()
    db.rpush("gml:g", *[b'{"ts": %d.0, "info": "", "userId": 7}' % ts for ts in (ahead, ahead + DAY_MS)])
    assert im.append() == ahead + 1
    db.rpush("gml:g", b'{"groupId":"g","userId":null,"info":"x","ts":%d}' % (ahead + HOUR_MS),
             b'garbage "ts":%d}' % (ahead + HOUR_MS), b"\xff")
    assert im.append() == ahead + 2


def test_append_goes_on_above_a_recalled_message(db, im):
    ahead = im.now_ms() + HOUR_MS
    db.rpush("gml:g", message("f", ahead))
    newest = im.append()
    assert im.recall("u", newest) == 1
    assert im.recall("f", ahead) == 1
    assert im.append() == newest + 1


def test_append_goes_on_above_the_last_of_an_expired_list(db, im):
    db.rpush("gml:g", message("f", im.now_ms() + HOUR_MS))
    newest = im.append()
    db.delete("gml:g")
    assert im.append() == newest + 1


# ---- behind a recall ----


def cost_of_append(db, im):
    """How often it reads older entries: the first time it is the newest one once more."""
    db.config_resetstat()
    im.append()
    return db.info("commandstats").get("cmdstat_lrange", {"calls": 0})["calls"]


def test_append_behind_a_recall_of_the_newest_reads_no_older_ones(db, im):
    given = [im.append(str(i)) for i in range(3000)]
    for again in (1, 2, 3):
        for ts in reversed(given[-again:]):
            assert im.recall("u", ts) == 1
        assert cost_of_append(db, im) == 1
        given = [ts_of(entry) for entry in listed(db)]
        assert given == sorted(set(given))


def test_append_behind_a_recall_stays_above_the_recalled_one(db, im):
    ahead = im.now_ms() + HOUR_MS
    db.rpush("gml:g", message("f", ahead))
    one, two, three = im.append(), im.append(), im.append()
    assert [im.recall("u", ts) for ts in (three, two)] == [1, 1]
    assert im.append() == three + 1
    assert im.recall("u", three + 1) == 1
    assert 86000 < db.ttl("gmt:g") - db.ttl("gml:g") <= 86400
    for ts in (one, ahead):
        im.recall("u", ts), im.recall("f", ts)
    assert listed(db) == []
    assert im.append() == three + 2


def test_append_behind_a_recall_and_foreign_ones_is_lifted_by_them(db, im):
    im.append()
    newest = im.append()
    assert im.recall("u", newest) == 1
    ahead = im.now_ms() + HOUR_MS
    db.rpush("gml:g", message("f", ahead), message("f", 5))
    assert im.append() == ahead + 1


def test_append_of_a_ts_that_is_gone_reads_little_and_parses_nothing(db, im):
    """Another program has taken the newest one out."""
    newest = [im.append("y" * 100) for _ in range(3000)][-1]
    db.rpop("gml:g")
    db.config_resetstat()
    assert im.append() > newest
    stats = db.info("commandstats")
    assert stats["cmdstat_lrange"]["calls"] < 220
    assert stats["cmdstat_evalsha"]["usec"] < 20000


# ---- its numbers ----


def test_append_takes_the_next_number_alone(db, im):
    for number in range(1, 6):
        im.append(number=number)
    stored = everything(db)
    for wrong in (4, 5, 7, 1):
        assert im.append(number=wrong) == -3
    assert everything(db) == stored
    assert im.append(number=6) > 0
    assert db.get("fim:seq:d") == b"6"


def test_append_begins_at_1_for_a_writer_that_is_new_or_was_silent(db, im):
    for _ in range(2):
        for wrong in (2, 1000):
            assert im.append(number=wrong) == -3
        assert not db.exists("fim:seq:d")
        assert im.append(number=1) > 0
        assert 86395 <= db.ttl("fim:seq:d") <= 86400
        db.delete("fim:seq:d")


def test_append_without_a_producer_has_no_number(db, im):
    """as POST /group/sendMessage stores: seq 0"""
    given = [im.append(number=0) for _ in range(3)]
    assert given == sorted(set(given)) and [ts_of(entry) for entry in listed(db)] == given
    assert im.append(number=0, token="wrong") == -1
    assert im.append(number=0, not_after=0)[0] == -2
    assert not db.exists("fim:seq:d") and db.llen("gml:g") == 3


# ---- ids of sends ----


def sent(db):
    return (db.get("fim:sent:g/u") or b"").decode()


def test_append_of_a_known_id_stores_nothing_and_gives_the_first_ts(db, im):
    """A known id (of this group and user) stores nothing and is answered by the first `ack` again"""
    first, second = im.append("a", id="k3f9"), im.append("b", id="k3fa")
    stored = everything(db)
    channel = db.pubsub()
    channel.subscribe("mq:g")
    assert channel.get_message(timeout=5)["type"] == "subscribe"
    for number in (0, None):
        assert im.append("a", id="k3f9", number=number) == [1, first]
    assert im.append("b", id="k3fa") == [1, second]
    kept = everything(db)
    assert kept.pop("fim:seq:d" if "fim:seq:d" in kept else b"fim:seq:d")
    assert kept.items() <= stored.items() and db.get("fim:seq:d") == b"4"
    db.publish("mq:g", "the end")
    assert channel.get_message(timeout=5)["data"] == b"the end"
    channel.close()
    assert im.append("c", id="k3f") > second and im.append("c", id="3f9") > second


def test_append_keeps_the_ids_of_32_sends_for_300_s(db, im):
    """`ID TS` of the last 32 sends, newest last; known for 300 s behind the user's last send"""
    given = {f"id{i}": im.append(id=f"id{i}") for i in range(32)}
    assert sent(db) == ",".join(f"{id} {ts}" for id, ts in given.items())
    assert 298 <= db.ttl("fim:sent:g/u") <= 300
    assert im.append(id="id0") == [1, given["id0"]]
    im.append(id="the-33rd")
    assert im.append(id="id1") == [1, given["id1"]]
    assert im.append(id="id0") > given["id31"]
    db.expire("fim:sent:g/u", 5)
    im.append()
    assert db.ttl("fim:sent:g/u") <= 5
    assert im.append(id="id31") == [1, given["id31"]]
    assert db.ttl("fim:sent:g/u") >= 298


def test_append_cuts_off_old_ids_now_and_then(db, im):
    """the newest 32 of them: the string is bounded, whatever their length"""
    for id_length in (1, 64):
        given = {}
        for i in range(300):
            id = f"{i % 10}" if id_length == 1 and i < 10 else f"{i:x}".rjust(id_length, "i")
            given[id] = im.append(user=f"u{id_length}", id=id)
            assert len(db.get(f"fim:sent:g/u{id_length}")) <= 2048 + 32 * 80
        newest = list(given)[-32:]
        for id in newest:
            assert im.append(user=f"u{id_length}", id=id) == [1, given[id]]
        assert im.append(user=f"u{id_length}", id=list(given)[-33]) > given[newest[-1]]


def test_append_knows_ids_by_group_and_user(db, im):
    given = {where: im.append(group=where[0], user=where[1], id="x")
             for where in (("g", "u"), ("g", "v"), ("h", "u"))}
    for (group, user), ts in given.items():
        assert im.append(group=group, user=user, id="x") == [1, ts]


def test_append_without_an_id_reads_and_writes_no_ids(db, im):
    """fim:sent: GET and SET, only where there is an id"""
    im.append()
    assert sent(db) == ""
    db.hset("fim:sent:g/u", "a", "b")
    assert im.append() > 0
    stored = everything(db)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        im.append(id="x")
    assert everything(db) == stored


def test_append_of_a_known_id_comes_before_all_refusals(db, im):
    """Order of checks: known id → `ack`; login (440); …"""
    ts = im.append(id="x", number=1)
    assert im.append(id="x", number=2, not_after=0, token="wrong") == [1, ts]
    assert im.append(id="x", number=3, groups="ugs:u") == [1, ts]
    assert im.append(id="y", number=4, groups="ugs:u", token="wrong") == -1
    assert im.append(id="y", number=5, groups="ugs:u") == -4
    assert im.append(id="y", number=6, not_after=0)[0] == -2
    assert im.append(id="x", number=3) == -3
    assert sent(db) == f"x {ts}"
    assert im.append(id="y", number=6) > ts


def test_append_of_a_known_id_as_the_first_of_an_epoch_leaves_no_seq_for_ever(db, im):
    im.append(id="x", number=0)
    assert im.append(id="x", number=1)[0] == 1
    assert 86395 <= db.ttl("fim:seq:d") <= 86400


def test_append_missing_an_earlier_one_is_told_so_even_if_late_or_logged_out(db, im):
    im.append(number=1)
    assert im.append(number=3, not_after=0, token="wrong") == -3


# ---- refusals ----


def test_append_refuses_what_comes_too_late_and_its_number_may_come_again(db, im):
    im.append(number=1)
    stored = everything(db)
    before = im.now_ms()
    late, clock = im.append(number=2, not_after=before - 1)
    assert late == -2 and before <= clock <= im.now_ms()
    assert everything(db) == stored
    assert im.append(number=2, not_after=im.now_ms() + 60000) > 0


@pytest.mark.parametrize("token", ["wrong", TOKEN[:-1], TOKEN + "0", TOKEN.upper()])
def test_append_with_another_token_stores_nothing_and_renews_nothing(db, im, token):
    stored = everything(db)
    assert im.append(token=token, number=1) == -1
    assert db.lrange("fim:refused:d", 0, -1) == [b"1 -1"] and db.get("fim:seq:d") == b"1"
    db.delete("fim:refused:d", "fim:seq:d")
    assert everything(db) == stored
    assert db.ttl("login:u") <= 1000


def test_append_of_a_user_who_never_logged_in_stores_nothing(db, im):
    assert im.append(user="nobody", token=TOKEN) == -1
    assert db.llen("gml:g") == 0


def test_append_with_the_token_renews_its_24_hours(db, im):
    assert im.append(token=TOKEN) > 0
    assert 86395 <= db.ttl("login:u") <= 86400


def test_append_without_a_token_neither_checks_nor_renews(db, im):
    assert im.append(user="nobody", token="") > 0
    im.append(user="u", token="")
    assert db.ttl("login:u") <= 1000


@pytest.mark.parametrize("key", ["gml:g", "gmt:g", "fim:seq:d", "login:u"])
def test_append_leaves_nothing_behind_where_a_key_is_of_the_wrong_type(db, im, key):
    channel = db.pubsub()
    channel.subscribe("mq:g")
    assert channel.get_message(timeout=5)["type"] == "subscribe"
    db.delete(key)
    db.hset(key, "a", "b")
    stored = everything(db)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        im.append(token=TOKEN)
    assert everything(db) == stored
    db.publish("mq:g", "the end")
    assert channel.get_message(timeout=5)["data"] == b"the end"
    channel.close()


@pytest.mark.parametrize("token", ["", TOKEN])
def test_append_leaves_nothing_behind_where_redis_has_no_memory(db, im, token):
    im.append(number=1, token=token)
    db.expire("login:u", 1000)
    stored = everything(db)
    db.config_set("maxmemory", 1)
    with pytest.raises(redis.ResponseError, match="OOM|maxmemory"):
        im.append(number=2, token=token)
    assert db.ttl("login:u") <= 1000
    db.config_set("maxmemory", 0)
    assert everything(db) == stored
    assert im.append(number=2, token=token) > 0


# ---- members alone ----


def test_append_to_a_group_for_members_alone_by_a_stranger(db, im):
    """im.group.membersOnly: sending for its members alone; the seq counts as used"""
    stored = everything(db)
    assert im.append(groups="ugs:u", number=1) == -4
    assert im.append(groups="ugs:u", number=2, token="wrong") == -1
    assert db.lrange("fim:refused:d", 0, -1) == [b"1 -4", b"2 -1"] and db.get("fim:seq:d") == b"2"
    db.delete("fim:refused:d", "fim:seq:d")
    assert everything(db) == stored
    db.sadd("ugs:u", "g")
    assert im.append(groups="ugs:u", number=1) > 0
    db.srem("ugs:u", "g")
    assert im.append(groups="ugs:u", number=2) == -4
    assert db.llen("gml:g") == 1


def test_append_where_the_users_groups_have_another_type(db, im):
    db.set("ugs:u", "no set")
    stored = everything(db)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        im.append(groups="ugs:u", number=1)
    assert everything(db) == stored

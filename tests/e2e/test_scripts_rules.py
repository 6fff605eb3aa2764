"""test_scripts_rules.py - the rules of a group, where they hold: append.lua and enter.lua."""

import json
import time

import pytest
import redis

from scripts_redis import TOKEN, db, everything, im, message, scripts_server

HOUR_MS = 3600000
DAYS_90 = 90 * 86400


def rule(db, field, value, group="g"):
    db.hset(f"fim:rules:{group}", field, value)


def refused(answer, reason):
    """The ms to wait."""
    assert isinstance(answer, list) and answer[:2] == [-5, reason.encode()], answer
    return answer[2]


# ---- append: each rule ----


@pytest.mark.parametrize("group", ["g", ""])
def test_a_banned_user_stores_nothing(db, im, group):
    rule(db, "b:u", 0, group)
    assert refused(im.append(), "banned") == 0
    rule(db, "b:u", im.now_ms() + 60000, group)
    assert 59000 < refused(im.append(id="k"), "banned") <= 60000
    rule(db, "b:u", im.now_ms() - 1, group)
    assert im.append() > 0
    rule(db, "b:v", 0, group)
    assert im.append() > 0
    assert db.llen("gml:g") == 2


def test_of_two_bans_the_longer_one_is_told(db, im):
    now = im.now_ms()
    for here, everywhere, low in [(now + 60000, now + 9000, 59000), (now + 9000, now + 60000, 59000),
                                  (0, now + 9000, 0), (now + 9000, 0, 0)]:
        rule(db, "b:u", here)
        rule(db, "b:u", everywhere, "")
        assert low <= refused(im.append(), "banned") <= (60000 if low else 0)


def test_a_muted_user_stores_nothing(db, im):
    rule(db, "m:u", 0)
    assert refused(im.append(), "muted") == 0
    rule(db, "m:u", im.now_ms() + 60000)
    assert 59000 < refused(im.append(standing="mod"), "muted") <= 60000
    rule(db, "m:u", im.now_ms() - 1)
    assert im.append() > 0
    rule(db, "m:u", 0, "")  # everywhere there are bans alone
    assert im.append() > 0


def test_a_quiet_group_hears_moderators_and_vip_alone(db, im):
    rule(db, "quiet", 1)
    assert refused(im.append(), "quiet") == 0
    assert refused(im.append(user="v", standing="1"), "quiet") == 0
    assert im.append(standing="mod") > 0 and im.append(standing="vip") > 0
    rule(db, "quiet", 0)
    assert im.append() > 0


def test_slow_counts_the_seconds_of_each_user(db, im):
    rule(db, "slow", 30)
    ts = im.append(id="a")
    assert 29000 < refused(im.append(id="b"), "slow") <= 30000
    assert 29000 < refused(im.append(), "slow") <= 30000
    assert im.append(user="v") > ts
    assert 29000 < refused(im.append(user="v"), "slow") <= 30000
    assert im.append(group="other") > 0
    assert db.get("fim:sent:g/u") == b"a %d" % ts


def test_slow_is_over_after_its_time(db, im):
    rule(db, "slow", 1)
    im.append()
    wait = refused(im.append(), "slow")
    assert 900 < wait <= 1000
    time.sleep(wait / 1000)
    assert im.append() > 0


def test_slow_keeps_the_last_send_as_long_as_it_is_needed(db, im):
    """kept max(300, slow) s; a known id does not make that shorter"""
    rule(db, "slow", 3600)
    im.append(id="a")
    assert 3590 < db.ttl("fim:sent:g/u") <= 3600
    assert im.append(id="a")[0] == 1
    assert 3590 < db.ttl("fim:sent:g/u") <= 3600
    im.append(user="v")
    assert 3590 < db.ttl("fim:sent:g/v") <= 3600
    rule(db, "slow", 5)
    im.append(user="w")
    assert 290 < db.ttl("fim:sent:g/w") <= 300


def test_slow_pushes_no_id_out(db, im):
    """A send without an id stands in front; the newest 32 ids are known all the same."""
    given = {f"id{i}": im.append(id=f"id{i}") for i in range(32)}
    old = [b"%s %d" % (id.encode(), ts - 60000) for id, ts in given.items()]
    for _ in range(3):
        db.set("fim:sent:g/u", b",".join([b" 5", *old]))
        rule(db, "slow", 1)
        bare = im.append()
        assert db.get("fim:sent:g/u").split(b",") == [b" %d" % bare, *old]
        refused(im.append(), "slow")
        refused(im.append(id="n"), "slow")
    rule(db, "slow", 0)
    assert [im.append(id=id) for id in given] == [[1, ts - 60000] for ts in given.values()]
    last = im.append(id="last")
    assert im.append(id="id0") > last and im.append(id="id31")[0] == 1
    rule(db, "slow", 30)
    assert 28000 < refused(im.append(), "slow") <= 30000  # by the newest, not by that in front


@pytest.mark.parametrize("id", ["", "k"])
def test_slow_is_of_the_clock_and_not_of_the_ts(db, im, id):
    """Other writers may be hours ahead: that makes nobody wait for hours."""
    rule(db, "slow", 30)
    db.rpush("gml:g", message("f", im.now_ms() + HOUR_MS))
    ts = im.append(id=id)
    now = int(db.get("fim:sent:g/u").split(b" ")[-1])
    assert ts > now + HOUR_MS - 5000
    assert 29000 < refused(im.append(id=id and "l"), "slow") <= 30000
    db.set("fim:sent:g/u", f"{id} {ts} {now - 30000}")
    if id:
        assert im.append(id=id) == [1, ts]
    assert im.append() > ts


def test_slow_holds_up_nobody_after_the_clock_stepped_back(db, im):
    rule(db, "slow", 30)
    db.set("fim:sent:g/u", f"a {im.now_ms() + HOUR_MS}")
    assert im.append() > 0


def test_a_cap_is_of_all_ordinary_users_in_a_second(db, im):
    rule(db, "cap", 3)
    for _ in range(3):  # the second may have ended meanwhile
        while im.now_ms() % 1000 > 500:
            time.sleep(0.05)
        answers = [im.append(user=f"u{i}") for i in range(5)]
        if all(isinstance(a, int) for a in answers[:3]):
            break
    assert all(1 <= refused(a, "room") <= 1000 for a in answers[3:])
    assert im.append(standing="mod") > 0 and im.append(standing="vip") > 0
    assert im.append(group="other") > 0
    second, count = db.get("fim:cap:g").split()
    assert count == b"3" and 0 < db.ttl("fim:cap:g") <= 2
    time.sleep(refused(answers[4], "room") / 1000)
    assert im.append() > 0
    assert db.get("fim:cap:g") == b"%d 1" % (int(second) + 1) or int(db.get("fim:cap:g").split()[1]) == 1


def test_what_the_settings_say_holds_for_a_group_that_was_set_nothing_else(db, im):
    """`im.room.slow`, `im.room.cap`"""
    im.append(slow=30)
    assert 29000 < refused(im.append(slow=30), "slow") <= 30000
    rule(db, "slow", 0)
    assert im.append(slow=30) > 0
    db.set("fim:cap:g", f"{db.time()[0]} 100000")
    db.expire("fim:cap:g", 100)
    db.set("fim:cap:g", f"{db.time()[0] + 1} 2")
    while db.time()[0] < int(db.get("fim:cap:g").split()[0]):
        time.sleep(0.01)
    refused(im.append(cap=2), "room")
    rule(db, "cap", 0)
    assert im.append(cap=2) > 0


# ---- append: who is free of what ----


@pytest.mark.parametrize("role", ["mod", "vip"])
def test_a_role_is_held_by_a_verified_user_alone(db, im, role):
    rule(db, "r:u", role)
    rule(db, "quiet", 1)
    rule(db, "slow", 30)
    rule(db, "cap", 1)
    assert im.append(standing="1") > 0 and im.append(standing="1") > 0 and im.append(standing="1") > 0
    refused(im.append(standing="0"), "quiet")
    assert not db.exists("fim:sent:g/u", "fim:cap:g")


def test_no_role_frees_of_a_ban_or_a_mute(db, im):
    rule(db, "r:u", "mod")
    rule(db, "m:u", 0)
    refused(im.append(standing="1"), "muted")
    rule(db, "b:u", 0, "")
    refused(im.append(standing="mod"), "banned")


def test_a_message_of_an_operator_is_never_refused(db, im):
    for field, value in {"quiet": 1, "slow": 30, "cap": 1, "m:u": 0, "b:u": 0}.items():
        rule(db, field, value)
    rule(db, "b:u", 0, "")
    ts = im.append(standing="operator", id="k", number=0)
    assert im.append(standing="operator", number=0) > ts
    assert im.append(standing="operator", id="k", number=0) == [1, ts]


# ---- append: the order of checks, and what a refusal costs ----


def test_the_order_of_checks(db, im):
    """known id; login; banned, muted, quiet; slow, room; then as in Part 1"""
    known = im.append(id="k")
    rules = [("b:u", "banned"), ("m:u", "muted"), ("quiet", "quiet"), ("slow", "slow"), ("cap", "room")]
    for field, _ in rules:
        rule(db, field, 1000 if field == "slow" else 1 if field in ("quiet", "cap") else 0)
    db.set("fim:cap:g", "0 0")

    def all_at_once(**more):
        db.set("fim:cap:g", f"{db.time()[0]} 5")
        return im.append(groups="ugs:u", **more)

    assert all_at_once(id="k", token="wrong") == [1, known]
    assert all_at_once(id="n", token="wrong") == -1
    for field, reason in rules:
        for _ in range(3):  # a new second may have begun
            answer = all_at_once(id="n", token=TOKEN)
            if answer != -4:
                break
        refused(answer, reason)
        db.hdel("fim:rules:g", field)
    assert all_at_once(id="n", token=TOKEN) == -4
    assert db.llen("gml:g") == 1


def test_a_refusal_uses_its_seq_so_that_nobody_behind_it_waits(db, im):
    rule(db, "m:u", 0)
    refused(im.append(number=1), "muted")
    assert im.append(number=2, user="v") > 0
    assert im.append(number=3, user="v", token="wrong") == -1
    assert im.append(number=4, user="v", groups="ugs:v") == -4
    refused(im.append(number=5, id="k"), "muted")
    assert im.append(number=6, user="v") > 0
    assert im.append(number=5) == -3
    assert db.get("fim:seq:d") == b"6"
    assert db.lrange("fim:refused:d", 0, -1) == [b"1 -5 muted 0", b"3 -1", b"4 -4", b"5 -5 muted 0"]
    assert 86395 <= db.ttl("fim:refused:d") <= 86400
    assert db.llen("gml:g") == 2


def test_without_a_producer_no_refusal_is_noted(db, im):
    rule(db, "m:u", 0)
    stored = everything(db)
    refused(im.append(number=0), "muted")
    assert everything(db) == stored


def test_refusals_are_noted_up_to_a_bound(db, im):
    rule(db, "m:u", 0)
    db.rpush("fim:refused:d", *["x"] * 100000)
    refused(im.append(number=1), "muted")
    assert db.llen("fim:refused:d") == 100000 and db.lindex("fim:refused:d", -1) == b"1 -5 muted 0"


@pytest.mark.parametrize("key", ["fim:rules:g", "fim:rules:", "fim:sent:g/u", "fim:cap:g"])
def test_append_leaves_nothing_behind_where_a_key_of_the_rules_is_of_another_type(db, im, key):
    rule(db, "slow", 1)
    rule(db, "cap", 1)
    db.delete(key)
    db.lpush(key, "a")
    stored = everything(db)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        im.append(id="k")
    assert everything(db) == stored


# ---- enter ----

NOTHING = {"slow": 0, "quiet": False, "cap": 0, "pinned": "", "attrs": {}}


def test_enter_tells_what_a_welcome_needs(db, im):
    assert im.enter() == 0
    rule(db, "pinned", "a/b \"c\" 群")
    role, muted, settings = im.enter(slow=5, cap=7)[1:]
    assert (role, muted) == (b"", 0) and b"a/b" in settings
    assert json.loads(settings) == {**NOTHING, "slow": 5, "cap": 7, "pinned": 'a/b "c" 群'}
    now = im.now_ms()
    for field, value in {"slow": 9, "quiet": 1, "cap": 0, "r:u": "mod", "m:u": now + 9000,
                         "attrs": '{"title":"x"}'}.items():
        rule(db, field, value)
    answer = im.enter(slow=5, cap=7)
    assert answer[:3] == [0, b"mod", now + 9000]
    assert list(json.loads(answer[3]).items()) == list({
        "slow": 9, "quiet": True, "cap": 0, "pinned": 'a/b "c" 群', "attrs": {"title": "x"}}.items())
    rule(db, "m:u", 0)
    assert im.enter()[2] == -1
    rule(db, "m:u", now - 1)
    assert im.enter()[2] == 0


@pytest.mark.parametrize("group", ["g", ""])
@pytest.mark.parametrize("field", ["b:u", "a:10.0.0.1"])
def test_enter_refuses_who_is_banned_and_joins_nothing(db, im, group, field):
    rule(db, field, 0, group)
    assert refused(im.enter(address="10.0.0.1"), "banned") == 0
    assert refused(im.enter(address="10.0.0.1", joins="-"), "banned") == 0
    assert not db.exists("ugs:u")
    rule(db, field, im.now_ms() + 60000, group)
    assert 59000 < refused(im.enter(address="10.0.0.1"), "banned") <= 60000
    assert im.enter(address="10.0.0.1", token="wrong") == -1
    assert im.enter(user="v", address="10.0.0.2")[0] == 0
    assert (im.enter(address="10.0.0.1", group="") == 0) == (group == "g")  # a group list
    rule(db, field, im.now_ms() - 1, group)
    assert im.enter(address="10.0.0.1")[0] == 0 and db.smembers("ugs:u") == {b"g"}


def test_enter_renews_the_rules(db, im):
    """90 days after the last change or entering"""
    rule(db, "slow", 1)
    rule(db, "b:x", 0, "")
    im.enter()
    for key in ("fim:rules:g", "fim:rules:"):
        assert DAYS_90 - 5 < db.ttl(key) <= DAYS_90


def test_enter_to_stay_asks_for_no_membership(db, im):
    assert im.enter(joins="-") == 0
    assert not db.exists("ugs:u")
    assert im.enter(joins=0) == -4


def test_without_rules_enter_asks_one_thing_more(db, im):
    im.enter()
    db.config_resetstat()
    im.enter()
    stats = db.info("commandstats")
    assert {name: stat["calls"] for name, stat in stats.items() if name not in ("cmdstat_evalsha", "cmdstat_info")} == {
        "cmdstat_config|resetstat": 1, "cmdstat_exists": 1, "cmdstat_sismember": 1}

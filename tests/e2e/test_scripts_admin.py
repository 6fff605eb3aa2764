"""test_scripts_admin.py - the scripts by which operators and moderators change a group."""

import json

import pytest

from scripts_redis import db, everything, im, message, scripts_server, ts_of
from test_scripts_rules import DAYS_90, NOTHING, refused, rule

def notes(db):
    return [json.loads(note) for note in db.lrange("fim:audit", 0, -1)]


@pytest.fixture
def heard(db):
    """What is published on a channel from here on."""
    channel = db.pubsub()
    channel.subscribe("fim:ev:g", "fim:ev:", "mq:g")
    for _ in range(3):
        assert channel.get_message(timeout=5)["type"] == "subscribe"

    def so_far():
        db.publish("fim:ev:", "the end")
        data = []
        while True:
            said = channel.get_message(timeout=5)
            if said["data"] == b"the end":
                return data
            data.append((said["channel"].decode(), said["data"].decode()))

    yield so_far
    channel.close()


# ---- who may ----


def moderator(db, user="m"):
    rule(db, f"r:{user}", "mod")
    return user


ACTIONS = {
    "set_rule": lambda im, **who: im.set_rule("m:v", 60, **who),
    "settings": lambda im, **who: im.act("settings", who.pop("mod"), "g", [], "fim:ev:g", 0, 0, "slow", 5, **who),
    "rules": lambda im, **who: im.act("rules", who.pop("mod"), "g", [], 0, 0, 0, **who),
    "notice": lambda im, **who: im.notice("hi", **who),
    "recall_any": lambda im, **who: im.recall_any("v", 5, **who),
    "purge": lambda im, **who: im.purge_step("v", **who),
    "clear": lambda im, **who: im.clear(**who),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_only_a_verified_moderator_may(db, im, name):
    act = ACTIONS[name]
    db.rpush("gml:g", message("v", 5))
    rule(db, "r:vip", "vip")
    moderator(db)
    stored = everything(db)
    for mod, standing in [("x", "1"), ("vip", "1"), ("m", "0"), ("x", "vip")]:
        assert refused(act(im, mod=mod, standing=standing), "role") == 0
    assert act(im, mod="m", token="wrong") == -1
    rule(db, "b:m", im.now_ms() + 60000, "")
    assert refused(act(im, mod="m"), "banned") > 59000
    db.delete("fim:rules:")
    assert everything(db) == stored
    for mod, standing in [("m", "1"), ("x", "mod"), (None, "0")]:
        answer = act(im, mod=mod, standing=standing)
        assert answer != -1 and not (isinstance(answer, list) and answer[0] == -5)


@pytest.mark.parametrize("name", ["set_rule", "recall_any", "purge"])
def test_a_moderator_has_no_power_over_another_one(db, im, name):
    moderator(db), moderator(db, "v")
    db.rpush("gml:g", message("v", 5))
    assert refused(ACTIONS[name](im, mod="m"), "role") == 0
    answer = ACTIONS[name](im, mod="v")  # over itself
    assert answer == 1 or answer[0] == 1
    assert ACTIONS[name](im, mod=None) is not None
    assert db.llen("gml:g") == (1 if name == "set_rule" else 0)


# ---- mutes, bans, roles ----


def test_a_mute_and_its_end(db, im, heard):
    before = im.now_ms()
    assert im.set_rule("m:u", 60) == 1
    assert before + 60000 <= int(db.hget("fim:rules:g", "m:u")) <= im.now_ms() + 60000
    assert DAYS_90 - 5 < db.ttl("fim:rules:g") <= DAYS_90
    refused(im.append(), "muted")
    assert im.set_rule("m:u", 0) == 1
    assert db.hget("fim:rules:g", "m:u") == b"0"
    assert im.set_rule("m:u", 0) == 0
    assert im.set_rule("m:u", "") == 1
    assert im.set_rule("m:u", "", event="no") == 0
    assert im.append() > 0
    assert [event for channel, event in heard() if channel == "fim:ev:g"] == ["e"] * 4
    assert len(notes(db)) == 3 and before <= notes(db)[-1]["when"] <= im.now_ms()


def test_the_end_of_a_mute_that_is_over_changes_nothing(db, im):
    rule(db, "m:u", im.now_ms() - 1)
    assert im.set_rule("m:u", "") == 0 and notes(db) == []
    assert not db.hexists("fim:rules:g", "m:u")


def test_a_kick_shortens_no_ban(db, im):
    assert im.set_rule("b:u", 10, keeps=1) == 1
    assert 9000 < refused(im.append(), "banned") <= 10000
    for longer in (0, im.now_ms() + 60000):
        rule(db, "b:u", longer)
        assert im.set_rule("b:u", 10, keeps=1) == 1
        assert int(db.hget("fim:rules:g", "b:u")) == longer
    assert im.set_rule("b:u", 10) == 1
    assert refused(im.append(), "banned") <= 10000


def test_a_ban_everywhere_is_told_to_all(db, im, heard):
    assert im.set_rule("b:u", 0, group="") == 1
    refused(im.append(), "banned")
    assert heard() == [("fim:ev:", "e")]
    assert refused(im.set_rule("b:v", 0, group="", mod="m", standing="0"), "role") == 0


def test_an_address_is_banned_and_no_message_of_it(db, im):
    assert im.set_rule("a:2001:db8:1:2::", 0) == 1
    refused(im.enter(address="2001:db8:1:2::"), "banned")
    assert im.append() > 0
    assert im.set_rule("a:2001:db8:1:2::", "") == 1
    assert im.enter(address="2001:db8:1:2::") == 0


def test_a_role_and_its_end(db, im):
    assert im.set_rule("r:u", "vip") == 1
    assert im.set_rule("r:u", "vip") == 0
    assert im.set_rule("r:u", "mod") == 1
    assert im.enter()[1] == b"mod"
    assert im.set_rule("r:u", "") == 1
    assert im.set_rule("r:u", "") == 0
    assert not db.exists("fim:rules:g")


def test_what_is_over_goes_in_time(db, im):
    """A kick a user would fill the hash for ever."""
    past = im.now_ms() - 1
    db.hset("fim:rules:g", mapping={f"b:{i}": past for i in range(2000)})
    db.hset("fim:rules:g", mapping={"r:u": "mod", "m:x": 0, "slow": 5})
    for i in range(400):
        im.set_rule("b:new", 60)
    assert db.hlen("fim:rules:g") < 300
    assert db.hmget("fim:rules:g", "r:u", "m:x", "slow") == [b"mod", b"0", b"5"]


# ---- settings, rules ----


def test_settings_are_changed_one_by_one_and_told_together(db, im, heard):
    assert im.settings() == [0, json.dumps(NOTHING, separators=(",", ":")).encode()]
    changed, settings = im.settings(slow="5", attr__title="a \"b\"/", attr__about="群")
    assert changed == 1
    assert settings.decode() == ('{"slow":5,"quiet":false,"cap":0,"pinned":"","attrs":{"about":"群",'
                                 '"title":"a \\"b\\"/"}}')
    assert im.settings(quiet="1", cap="9", pinned="p\n\x01")[0] == 1
    everything_set = {"slow": 5, "quiet": True, "cap": 9, "pinned": "p\n\x01",
                      "attrs": {"title": 'a "b"/', "about": "群"}}
    assert json.loads(im.settings()[1]) == everything_set
    assert im.settings(quiet="1", attr__about="群") == [0, im.settings()[1]]
    assert im.settings(slow="", attr__title="", attr__about="", pinned="")[0] == 1
    assert json.loads(im.settings()[1]) == {**NOTHING, "quiet": True, "cap": 9}
    told = [json.loads(event) for _, event in heard()]
    assert len(told) == 3 and told[1] == {"type": "settings", "settings": everything_set}
    assert not db.hexists("fim:rules:g", "attrs") and len(notes(db)) == 3


def test_settings_that_were_not_set_are_those_of_the_file(db, im):
    assert json.loads(im.settings(default=(7, 8))[1]) == {**NOTHING, "slow": 7, "cap": 8}
    im.settings(slow="0")
    assert json.loads(im.settings(default=(7, 8))[1]) == {**NOTHING, "cap": 8}


def test_attrs_are_up_to_32_and_8_kib(db, im):
    assert im.settings(**{f"attr__a{i}": "x" for i in range(32)})[0] == 1
    stored = everything(db)
    assert im.settings(attr__b="x", slow="5") == -2
    assert im.settings(attr__a0="x" * 8192) == -2
    assert everything(db) == stored
    assert im.settings(attr__a0="", attr__b="x" * 8000)[0] == 1


def test_a_moderator_sets_no_cap_and_no_attrs(db, im):
    mod = moderator(db)
    for changes in ({"cap": "1"}, {"attr__x": "1"}, {"slow": "1", "cap": ""}):
        assert refused(im.settings(mod=mod, **changes), "role") == 0
    assert im.settings(mod=mod, slow="1", quiet="1", pinned="x")[0] == 1


def test_rules_are_told_piece_by_piece_without_what_is_over(db, im):
    now = im.now_ms()
    alive = {f"b:{i}": str(now + 60000) for i in range(3000)}
    alive.update({"m:x": "0", "r:y": "vip", "a:10.0.0.1": "0"})
    db.hset("fim:rules:g", mapping={**alive, "slow": "5", "b:over": now - 1, "m:over": now - 1})
    settings, fields = im.rules()
    assert settings == {**NOTHING, "slow": 5}
    assert {k.decode(): v.decode() for k, v in fields.items()} == alive
    assert im.rules(group="none") == (NOTHING, {})


# ---- notice, recall, clear ----


def test_a_notice_is_a_durable_event(db, im, heard):
    epoch = im.resume().epoch
    ts = im.append("a")
    assert im.notice('say "hi"') == 1
    at = int(db.get("gmt:g").split()[0])
    frame = {"type": "notice", "at": at, "info": 'say "hi"'}
    assert at > ts and json.loads(heard()[-1][1]) == frame
    back = im.resume(epoch, ts)
    assert back.recovered and back.frames == [frame] and back.entries == []
    assert im.append("b") > at
    assert im.resume(epoch, at).frames == [] and len(im.resume(epoch, at).entries) == 1


def test_a_notice_without_a_log_is_told_and_makes_none(db, im, heard):
    assert im.notice("hi") == 1
    assert [channel for channel, _ in heard()] == ["fim:ev:g"]
    assert not db.exists("fim:log:g")
    made = im.resume()
    assert made.at == int(db.get("gmt:g"))


def test_a_notice_to_all_comes_once_to_each_group_with_a_log(db, im):
    groups = [f"g{i}" for i in range(100)]
    for group in groups:
        im.resume(group=group)
    db.mset({f"other{i}": 1 for i in range(3000)})
    cursor, since, told, steps = 0, 0, 0, 0
    while cursor != b"0":
        cursor, n, since = im.run("notice_all", ["fim:audit"], "", "", '"what":"notice"}', 1000,
                                  ',"info":"hi"}', cursor, since)
        told, steps = told + n, steps + 1
    assert told == 100 and steps > 5
    for group in groups:
        frames = [json.loads(m.split(b" ", 2)[2]) for m in db.zrange(f"fim:log:{group}", 1, -1)]
        assert [(f["type"], f["info"]) for f in frames] == [("notice", "hi")]
    assert len(notes(db)) == 1


@pytest.mark.parametrize("has_log", [True, False])
def test_a_moderator_recalls_a_message_of_any_age(db, im, has_log):
    if has_log:
        im.resume()
    im.append("newer")
    db.lpush("gml:g", message("v", 5), message("v", 1))
    assert im.recall("u", 5) == -3
    assert im.recall_any("v", 5, mod=moderator(db)) == 1
    assert im.recall_any("v", 5) == -3
    assert [ts_of(entry) for entry in db.lrange("gml:g", 0, 0)] == [1] and db.llen("gml:g") == 2
    assert db.zcard("fim:log:g") == (2 if has_log else 0)
    assert len(notes(db)) == 1


def test_a_clear_is_a_durable_event_and_whoever_stood_before_it_begins_anew(db, im, heard):
    """section 6: the anchor of the position has to be in the list"""
    epoch = im.resume().epoch
    given = [im.append(str(i)) for i in range(3)]
    assert im.clear() == 1
    assert not db.exists("gml:g")
    at = int(db.get("gmt:g"))
    assert json.loads(heard()[-1][1]) == {"type": "clear", "at": at}
    for since in given:
        back = im.resume(epoch, since)
        assert not back.recovered and back.entries == [] and back.at == at
    assert im.resume(epoch, at).recovered
    assert im.clear() == 0 and len(notes(db)) == 1
    newer = im.append("new")
    assert newer > at
    assert [ts_of(e) for e in im.resume(epoch, given[-1]).entries] == [newer]
    assert not im.resume(epoch, at).recovered  # its anchor is 0: there is none
    assert im.resume(epoch, newer).recovered


# ---- purge ----


def others(entries, user):
    return [entry for entry in entries if json.loads(entry)["userId"] != user]


def test_a_purge_takes_what_is_of_the_user_and_nothing_else(db, im, heard):
    epoch = im.resume().epoch
    for i in range(300):
        im.append(str(i), user="uvw"[i % 3])
    foreign = [b'{"ts": 5, "userId": "u", "info": "x"}', b'{"userId":"\\u0075","info":"x","ts":6}',
               b'{"groupId":"g","userId":"u","ts":7,"info":"x"}', b'{"userId":"x","info":"u","ts":8}', b"u"]
    db.rpush("gml:g", *foreign)
    before = db.lrange("gml:g", 0, -1)
    taken, steps = im.purge("u")
    assert (taken, steps) == (103, 1)
    assert db.lrange("gml:g", 0, -1) == [e for e in before if e == b"u" or json.loads(e)["userId"] not in ("u",)]
    at = int(db.get("gmt:g").split()[0])
    events = [event for channel, event in heard() if channel == "fim:ev:g"]
    assert [json.loads(event) for event in events] == [{"type": "purge", "at": at, "userId": "u"}]
    assert im.resume(epoch, ts_of(before[2])).frames == [{"type": "purge", "at": at, "userId": "u"}]
    assert not im.resume(epoch, ts_of(before[0])).recovered  # that one is gone
    assert im.purge("u") == (0, 1) and len(notes(db)) == 1
    assert im.append() > at


@pytest.mark.parametrize("user", ['q"\\', "群", "7"])
def test_a_purge_finds_the_user_in_any_form(db, im, user):
    forms = [json.dumps({"userId": user, "info": "x", "ts": 1}), json.dumps({"ts": 2, "info": "y", "userId": user}),
             json.dumps({"userId": user, "info": "x", "ts": 3}, ensure_ascii=False)]
    if user == "7":
        forms.append('{"userId":7,"info":"x","ts":4}')
    db.rpush("gml:g", *forms, message("x", 9), message(user, 10))
    assert im.purge(user)[0] == len(forms) + 1
    assert db.lrange("gml:g", 0, -1) == [message("x", 9)]


def test_a_purge_passes_over_what_is_too_dear_to_look_into(db, im):
    """Text outside of ASCII costs three times its bytes, which is more than a step may spend; a step begins with it."""
    dear = ('{"userId":"x","info":"u%s","ts":5}' % ("汉" * 6600)).encode()
    db.rpush("gml:g", message("u", 1), dear, message("u", 10))
    cursor = b""
    for _ in range(4):
        _, taken, cursor = im.purge_step("u", cursor)
        if cursor == b"":
            break
    assert (cursor, taken) == (b"", 2)
    assert db.lrange("gml:g", 0, -1) == [dear]


def test_a_purge_goes_no_further_than_the_newest_10000(db, im):
    db.rpush("gml:g", *[message("u", i) for i in range(10500)])
    taken, steps = im.purge("u")
    assert taken == 10000 and steps >= 20
    assert [ts_of(e) for e in db.lrange("gml:g", 0, -1)] == list(range(500))
    assert db.zcard("fim:log:g") == 0


def test_what_comes_during_a_purge_is_taken_as_well(db, im):
    """The event comes with the last step, and takes all that came before it."""
    epoch = im.resume().epoch
    for i in range(4000):
        db.rpush("gml:g", message("uv"[i % 2], i + 1))
    cursor, steps, sent = b"", 0, []
    while cursor != b"" or steps == 0:
        assert db.zcard("fim:log:g") == 1
        _, taken, cursor = im.purge_step("u", cursor)
        steps += 1
        if cursor:
            sent += [im.append("x", user="u"), im.append("y", user="v")]
        if steps == 2:
            assert im.recall("v", sent[-1]) == 1  # the mark of the step before is gone
            db.zremrangebyrank("fim:log:g", 1, -1)
    assert steps > 3 and taken == 2000 + steps - 1
    left = [json.loads(e)["userId"] for e in db.lrange("gml:g", 0, -1)]
    assert set(left) == {"v"} and len(left) == 2000 + steps - 2
    assert [f["type"] for f in im.resume(epoch, sent[-1]).frames] == ["purge"]


def test_a_purge_of_a_list_that_is_trimmed_meanwhile(db, im):
    db.rpush("gml:g", *[message("uv"[i % 2], i + 1) for i in range(4000)])
    cursor, steps = b"", 0
    while cursor != b"" or steps == 0:
        _, taken, cursor = im.purge_step("u", cursor)
        steps += 1
        for _ in range(50):
            if cursor:
                im.append("x", user="u", kept=db.llen("gml:g"))
    assert {json.loads(e)["userId"] for e in db.lrange("gml:g", 0, -1)} == {"v"}


# ---- words, members, hosts ----


def test_words_are_added_and_removed_once(db, im, heard):
    def words(add, remove):
        return im.run("words", ["fim:words", "fim:audit"], add, remove, "fim:ev:", '{"do":"words"}', '"what":"w"}', 2)

    assert [words("bad", ""), words("bad", ""), words("", "bad"), words("", "bad")] == [1, 0, 1, 0]
    assert heard() == [("fim:ev:", '{"do":"words"}')] * 2 and len(notes(db)) == 2
    assert [words("a", ""), words("b", ""), words("c", ""), words("a", ""), words("", "a"), words("c", "")] == [
        1, 1, -2, 0, 1, 1]


def test_an_operator_makes_members(db, im):
    def member(joins, most=0, group="g"):
        return im.run("membership", ["ugs:u", "fim:read:u", "fim:audit"], group, joins, most, '"what":"m"}', group)

    db.hset("fim:read:u", "g", 5)
    assert [member(1), member(1), member(1, 1, "h"), member(0), member(0)] == [1, 0, 0, 1, 0]
    assert not db.exists("ugs:u", "fim:read:u") and len(notes(db)) == 2


def test_hosts_are_those_that_live(db, im):
    now = im.now_ms()
    db.zadd("fim:hosts", {"a": now + 9000, "b": now - 1, "c": now + 99999})
    db.hset("fim:daemons", "b", "{}")
    assert im.run("hosts", ["fim:hosts", "fim:daemons"]) == [b"a", b""]


def test_the_audit_keeps_the_newest_1000(db, im):
    for i in range(1005):
        im.set_rule("m:u", i + 1, note=f'"n":{i}}}')
    assert len(notes(db)) == 1000 and notes(db)[0]["n"] == 1004

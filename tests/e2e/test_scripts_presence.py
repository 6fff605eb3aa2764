"""test_scripts_presence.py - who is online: what daemons report, what is told and how often, what leases do.

Time passes by moving back what is stored: no test sleeps.
"""
import json

import pytest

from scripts_redis import TOKEN, db, everything, im, scripts_server
from test_scripts_budget import MOST_USEC, usec_of

LEASE_MS, PAUSE_S = 15000, 10
NASTY = ['a"b', 'x",', "back\\slash", "😀", "\\", '"', "x y", "[", '","', "用户", "%0", "%"]


def joined(users):
    """Ids as the daemon sends them."""
    return "/".join(json.dumps(user, ensure_ascii=False)[1:-1] for user in users)


def parted(ids):
    return [json.loads(f'"{id}"') for id in ids.decode().split("/") if id]


class Group:
    """The group g, as daemons see it that report by presence.lua; .told are the events so far."""

    def __init__(self, im, names=200, group="g"):
        self.im, self.db, self.names, self.group = im, im.db, names, group
        self.events = im.db.pubsub(ignore_subscribe_messages=True)
        self.events.subscribe(f"fim:ev:{group}")
        assert self.events.get_message(timeout=5) is None

    def report(self, daemon, *users, count=None, names=None, ends=0, connections=0):
        """(online, ids or None, ms to wait) as presence.lua returns them."""
        keys = [f"fim:on:{self.group}", "fim:hosts", "fim:top"]
        online, ids, wait = self.im.run(
            "presence", keys, daemon, len(users) if count is None else count, joined(users),
            self.names if names is None else names, PAUSE_S * 1000, f"fim:ev:{self.group}", self.group, ends,
            connections)
        return online, ids if ids is None else parted(ids), wait

    def told(self):
        """The events since the last call, as texts."""
        found = []
        while True:  # what was published is there already: the script has been answered
            message = self.events.get_message(timeout=0.001) or self.events.get_message(timeout=0.05)
            if message is None:
                return found
            found.append(message["data"].decode())

    def pass_ms(self, ms):
        """That time passes: the last telling is longer ago, and the leases are shorter."""
        at, rest = self.db.hget(f"fim:on:{self.group}", "=").split(b" ", 1)
        self.db.hset(f"fim:on:{self.group}", "=", b"%d %s" % (int(at) - ms, rest))
        for daemon in self.db.zrange("fim:hosts", 0, -1):
            self.db.zincrby("fim:hosts", -ms, daemon)

    def online(self, token=TOKEN, names=None, keys=(), args=()):
        answer = self.im.run("online", ["login:u", f"fim:on:{self.group}", "fim:hosts", *keys], token,
                             self.names if names is None else names, *args)
        return answer[:2] if isinstance(answer, list) else answer

    def connections(self):
        return self.im.run("online", ["login:u", f"fim:on:{self.group}", "fim:hosts"], "", 0)[2]


@pytest.fixture
def group(im):
    it = Group(im)
    yield it
    it.events.close()


def text(online, *users):
    return json.dumps({"do": "presence", "online": online, "users": list(users)}, ensure_ascii=False,
                      separators=(",", ":"))


def number(online):
    return '{"do":"presence","online":%d}' % online


# ---- what is told ----


def test_the_first_report_of_a_group_is_told_at_once(db, group):
    assert group.report("d", "3", "7") == (2, ["3", "7"], 0)
    assert group.told() == [text(2, "3", "7")]
    assert db.zrange("fim:top", 0, -1, withscores=True) == [(b"g", 2)]


def test_nothing_is_told_that_has_not_changed(db, group):
    group.report("d", "3", "7")
    for users in (["3", "7"], ["7", "3"]):  # a daemon may name them in any order
        group.pass_ms(60000)
        assert group.report("d", *users) == (2, ["3", "7"], 0)
    assert group.told() == [text(2, "3", "7")]


def test_who_is_on_two_daemons_counts_twice_and_is_named_once(group):
    """Who is connected to two daemons counts twice."""
    group.report("d", "3", "7")
    group.pass_ms(1000)
    online, users, wait = group.report("e", "3", "9")
    assert (online, sorted(users), wait) == (4, ["3", "7", "9"], 0)
    assert sorted(json.loads(group.told()[1])["users"]) == ["3", "7", "9"]
    group.pass_ms(1000)
    assert group.report("e", "9")[0] == 3
    assert json.loads(group.told()[0])["online"] == 3


def test_another_user_in_place_of_one_is_a_change(group):
    group.report("d", "33", "77")
    group.pass_ms(1000)
    assert group.report("d", "33", "78") == (2, ["33", "78"], 0)
    assert group.told() == [text(2, "33", "77"), text(2, "33", "78")]


@pytest.mark.parametrize("users", [*([user] for user in NASTY), NASTY])
def test_any_id_is_told_as_json_and_as_it_is(group, users):
    """Ids are UTF-8 without control characters: quotes and backslashes are possible"""
    assert group.report("d", *users) == (len(users), users, 0)
    assert group.told() == [text(len(users), *users)]
    assert parted(group.online()[1]) == users


# ---- how often ----


def test_with_names_it_is_told_once_a_second_over_all_daemons(group):
    """At most one `presence` a second where names are told"""
    group.report("d", "1")
    online, users, wait = group.report("e", "2")
    assert (online, users) == (1, ["1"])  # what was told last
    assert 900 < wait <= 1000
    group.pass_ms(500)
    online, users, wait = group.report("d", "1", "3")
    assert (online, users) == (1, ["1"]) and 0 < wait <= 500
    assert group.told() == [text(1, "1")]
    group.pass_ms(500)
    assert group.report("e", "2")[::2] == (3, 0)
    assert json.loads(group.told()[0])["online"] == 3


def test_without_names_it_is_told_once_in_the_interval(group):
    """else one in `im.presence.intervalS` (10); only on change"""
    group.report("d", count=300)
    for ago in (1000, 8000):
        group.pass_ms(ago)
        online, users, wait = group.report("d", count=301)
        assert (online, users) == (300, None) and wait > 0
    group.pass_ms(1000)
    assert group.report("d", count=301) == (301, None, 0)
    assert group.told() == [number(300), number(301)]


def test_a_clock_that_steps_back_holds_nothing_up(group):
    group.report("d", "1")
    group.pass_ms(-3600_000)
    assert group.report("d", "1", "2") == (2, ["1", "2"], 0)


def test_what_changes_back_before_it_is_told_is_not_told(group):
    group.report("d", "1")
    assert group.report("d", "1", "2")[2] > 0
    assert group.report("d", "1") == (1, ["1"], 0)
    group.pass_ms(5000)
    assert group.report("d", "1") == (1, ["1"], 0)
    assert group.told() == [text(1, "1")]


# ---- names ----


def test_names_are_told_up_to_the_limit_and_again_below_it(group):
    """in groups of at most `im.presence.names` users; the group has shrunk to the limit"""
    group.names = 3
    assert group.report("d", "1", "2", "3") == (3, ["1", "2", "3"], 0)
    group.pass_ms(PAUSE_S * 1000)
    assert group.report("e", "4") == (4, None, 0)
    group.pass_ms(1000)
    assert group.report("e") == (3, ["1", "2", "3"], 0)
    assert group.told() == [text(3, "1", "2", "3"), number(4), text(3, "1", "2", "3")]


def test_names_are_not_told_if_one_daemon_does_not_tell_its_own(group):
    group.report("d", "1")
    group.pass_ms(PAUSE_S * 1000)
    assert group.report("e", count=1) == (2, None, 0)  # its limit is another one
    assert group.online() == [2, None]


def test_a_limit_of_0_never_tells_names(group):
    """0: never"""
    assert group.report("d", "1", names=0) == (1, None, 0)
    group.pass_ms(PAUSE_S * 1000)
    assert group.report("d", count=0, names=0) == (0, None, 0)
    assert group.told() == [number(1), number(0)]
    assert group.online(names=0) == [0, None]


def test_a_daemon_with_too_many_users_forgets_the_names_it_had(db, group):
    group.report("d", "1")
    group.report("d", count=500)
    assert sorted(db.hkeys("fim:on:g")) == [b"=", b"d", b"d//"]


# ---- the end ----


def test_the_last_one_to_leave_leaves_nothing(db, group):
    """`fim:top`: removed at 0"""
    group.report("d", "1")
    online, _, wait = group.report("d")
    assert online == 1 and wait > 0 and db.exists("fim:on:g")
    group.pass_ms(1000)
    assert group.report("d") == (0, [], 0)
    assert group.told() == [text(1, "1"), text(0)]
    assert not db.exists("fim:on:g") and not db.exists("fim:top")
    assert group.report("d") == (0, None, 0)  # as after a reply that was lost
    assert group.told() == [] and not db.exists("fim:on:g")


def test_a_daemon_that_ends_is_told_at_once(db, group):
    """one that ends in order at once"""
    group.report("d", "1")
    group.report("e", "2")
    assert group.report("e", ends=1) == (1, ["1"], 0)
    db.zrem("fim:hosts", "d")
    assert group.report("d", ends=1) == (0, [], 0)
    assert db.zscore("fim:hosts", "d") is None  # nothing renews its lease
    assert group.told() == [text(1, "1"), text(0)]


def test_presence_expires_60_s_after_the_last_report(db, group):
    group.report("d", "1")
    assert 58 <= db.ttl("fim:on:g") <= 60
    db.expire("fim:on:g", 5)
    group.report("d", "1")
    assert 58 <= db.ttl("fim:on:g") <= 60


# ---- leases ----


def test_a_daemon_without_a_lease_does_not_count(db, group):
    """A daemon that dies is gone from all numbers"""
    group.report("d", "1", "2")
    group.report("dead", "3")
    group.pass_ms(LEASE_MS - 1000)
    assert group.report("d", "1", "2")[0] == 3 and group.online()[0] == 3
    group.pass_ms(1000)  # d has renewed its lease by its report
    assert group.online() == [2, b"1/2"]
    assert db.hexists("fim:on:g", "dead")  # to ask changes nothing
    assert group.report("d", "1", "2") == (2, ["1", "2"], 0)
    assert sorted(db.hkeys("fim:on:g")) == [b"=", b"d", b"d/", b"d//"]
    assert group.told()[-1] == text(2, "1", "2")


def test_a_report_renews_the_lease(db, im, group):
    group.report("d", "1")
    assert 0 < db.zscore("fim:hosts", "d") - im.now_ms() <= LEASE_MS


def test_a_lease_from_before_the_clock_stepped_back_is_none(db, group):
    group.report("d", "1")
    db.zadd("fim:hosts", {"dead": 2 * db.zscore("fim:hosts", "d")})
    db.hset("fim:on:g", "dead", 1)
    assert group.online() == [1, b"1"]


def lease(im, daemon, lives=1, place=0, about="{}"):
    return im.run("lease", ["fim:hosts", "fim:top", "fim:daemons"], daemon, lives, "fim:on:", place, about)


def test_a_lease_says_whether_it_had_run_out(db, im):
    assert [lease(im, "d"), lease(im, "d")] == [1, 0]
    assert 0 < db.zscore("fim:hosts", "d") - im.now_ms() <= LEASE_MS
    for wrong in (-LEASE_MS, LEASE_MS + 5000):
        db.zincrby("fim:hosts", wrong, "d")
        assert [lease(im, "d"), lease(im, "d")] == [1, 0]
    assert lease(im, "d", lives=0) == 0
    assert not db.exists("fim:hosts")
    assert lease(im, "d") == 1


def test_what_a_daemon_says_of_itself_goes_with_its_lease(db, im):
    for daemon in "abc":
        lease(im, daemon, about='{"host":"%s"}' % daemon)
    assert sorted(im.run("hosts", ["fim:hosts", "fim:daemons"])) == [
        b"a", b"b", b"c", b'{"host":"a"}', b'{"host":"b"}', b'{"host":"c"}']
    lease(im, "a", lives=0)
    db.zincrby("fim:hosts", -LEASE_MS, "b")
    lease(im, "c", about='{"host":"d"}')
    assert db.hgetall("fim:daemons") == {b"c": b'{"host":"d"}'}
    assert 0 < db.ttl("fim:daemons") <= 60


def test_leases_that_ran_out_go(db, im):
    now = im.now_ms()
    db.zadd("fim:hosts", {"past": now - 1, "future": now + 3600_000, "alive": now + 9000})
    lease(im, "d")
    assert db.zrange("fim:hosts", 0, -1) == [b"alive", b"d"]
    assert 0 < db.ttl("fim:hosts") <= 60


def test_groups_whose_daemons_have_all_died_leave_the_list_of_all_groups(db, im, group):
    group.report("d", "1")
    db.zadd("fim:top", {f"gone-{n}": n for n in range(100)})
    for place in range(0, 400, 10):
        lease(im, "d", place=place)
    assert db.zrange("fim:top", 0, -1) == [b"g"]
    assert 0 < db.ttl("fim:top") <= 60


# ---- the question ----


def test_connections_are_summed_over_the_daemons_that_live(db, group):
    assert group.connections() == 0
    group.report("d", "1", "2", connections=5)
    group.report("e", count=300, connections=400)
    assert group.connections() == 405
    group.report("d", "1", connections=1)
    assert group.connections() == 401 and group.told() == [text(2, "1", "2")]
    db.zrem("fim:hosts", "e")
    assert group.connections() == 1
    group.report("d", "1", connections=1)
    assert not db.hexists("fim:on:g", "e//")
    group.report("d")
    assert group.connections() == 0


def test_online_of_nobody(db, im, group):
    stored = everything(db)
    assert group.online() == [0, b""]
    assert group.online(token="wrong") == -1
    assert everything(db) == stored | {b"login:u": db.dump("login:u")}
    assert db.ttl("login:u") > 86000


def test_online_is_for_members_alone_if_the_group_is(db, group):
    """im.group.membersOnly"""
    group.report("d", "1")
    assert group.online(keys=["ugs:u"], args=["g"]) == -4
    db.sadd("ugs:u", "g")
    assert group.online(keys=["ugs:u"], args=["g"]) == [1, b"1"]
    assert group.online(token="", keys=["ugs:u"], args=["g"]) == [1, b"1"]


# ---- the cost ----


def crowd(group, daemons, each, size):
    """Each daemon reports so many users with ids of that size; the last of them are returned."""
    for d in range(daemons):
        users = [f"{d}-{n}-".ljust(size, "x") for n in range(each)]
        group.report(f"daemon-{d}", *users)
    return users


@pytest.mark.parametrize("daemons, each, size, names", [
    (50, 20, 128, 1000), (1, 1000, 128, 1000), (200, 200, 36, 200), (50, 4, 36, 200), (300, 1, 36, 1000)])
def test_no_report_takes_5_ms(db, group, daemons, each, size, names, record_property):
    """Each tells: another user has come in place of one."""
    group.names = names
    users = crowd(group, daemons, each, size)
    step = iter(range(10**6))

    def ask():
        db.hset("fim:on:g", "=", b"0 " + db.hget("fim:on:g", "=").split(b" ", 1)[1])
        changed = users[1:] + [f"{next(step)}".ljust(size, "x")]
        assert group.report(f"daemon-{daemons - 1}", *changed)[2] == 0

    for what in (ask, group.online):
        usec = usec_of(db, what)
        record_property("figure", f"presence, {daemons} daemons with {each} users of {size} bytes each: {usec:.0f} us")
        assert usec <= MOST_USEC


def test_no_lease_takes_5_ms(db, im):
    db.zadd("fim:hosts", {f"daemon-{n}": im.now_ms() + 9000 for n in range(1000)})
    db.zadd("fim:top", {f"group-{n}": n for n in range(100000)})
    assert usec_of(db, lambda: lease(im, "d")) <= MOST_USEC

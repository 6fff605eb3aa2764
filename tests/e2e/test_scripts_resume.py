"""test_scripts_resume.py - resume.lua: is it proved that nothing but this was missed?

What a client shows is computed from what it got, as section 2 of the contract has it, and compared
with the list."""

import functools
import json
import random

import pytest
import redis

from scripts_redis import DAY_MS, db, everything, im, message, scripts_server

HOUR_MS = 3600000


def infos(entries):
    return [json.loads(entry)["info"] for entry in entries]


@pytest.fixture
def begun(im):
    """The scripts, the log being made; .epoch is its epoch."""
    im.epoch = im.resume().epoch
    return im


def missed(im, at, **more):
    """What is missed since at: texts of messages and ts of recalled ones; None: the list anew."""
    answer = im.resume(im.epoch, at, **more)
    assert answer.epoch == im.epoch
    if not answer.recovered:
        assert answer.events == []
        return None
    return infos(answer.entries), [frame["ts"] for frame in answer.frames]


# ---- the beginning ----


def test_a_first_client_gets_the_newest_entries_the_position_and_a_mark(db, im):
    """`list`: epoch, at, total, the newest messages"""
    channel = db.pubsub()
    channel.subscribe("mq:g", "fim:mark:d")
    given = [im.append(str(i)) for i in range(100)]
    answer = im.resume(window=30, mark=9)
    im.append("later")
    assert (answer.at, answer.total, answer.recovered) == (given[-1], 100, 0)
    assert infos(answer.entries) == [str(i) for i in range(50, 100)][-30:] and answer.events == []
    seen = [channel.get_message(timeout=5) for _ in range(104)][2:]
    assert (seen[100]["channel"], seen[100]["data"]) == (b"fim:mark:d", b"9")
    channel.close()


def test_large_entries_come_in_pieces(db, im):
    """Redis serves nobody else while it reads a list of some MiB."""
    texts = [f"{i} " + "x" * 50000 for i in range(40)]
    for text in texts:
        im.append(text)
    answer = im.resume()
    count = len(answer.entries)
    assert 2 <= count <= 4 and infos(answer.entries) == texts[-count:]
    assert (answer.total, answer.recovered) == (40, 0)
    last, got = answer.total - count, list(reversed(answer.entries))
    while last > 0:
        last, _, entries = im.run("list_more", ["gml:g"], last, got[-1][-28:], -1, 0, 500, 131072)
        assert 1 <= len(entries) <= 4
        got += entries
    assert infos(reversed(got)) == texts
    assert infos(im.resume(window=10000, piece=1 << 20).entries) == texts[-21:]


def test_the_position_of_an_empty_group_is_0_and_has_no_anchor(db, begun):
    """AT 0 has no anchor: false"""
    assert begun.resume().at == 0
    assert missed(begun, 0) is None
    begun.append()
    assert missed(begun, 0) is None


@pytest.mark.parametrize("epoch", ["", "00000000", "E", "*"])
def test_without_a_position_in_this_log_the_list_comes_anew(db, begun, epoch):
    ts = begun.append()
    answer = begun.resume(epoch, ts)
    assert (answer.recovered, answer.total) == (0, 1) and len(answer.entries) == 1


def test_a_failover_makes_another_epoch(db, begun):
    """Redis … failed over: `recovered` true never hides a missing one. The new master may give out
    the same ts again."""
    ts = begun.append()
    assert missed(begun, ts) == ([], [])
    db.replicaof("127.0.0.1", "1")
    db.replicaof("no", "one")
    answer = begun.resume(begun.epoch, ts)
    assert answer.recovered == 0 and len(answer.entries) == 1 and answer.epoch != begun.epoch
    begun.epoch = answer.epoch
    assert missed(begun, ts) == ([], [])


def test_a_log_that_expired_has_another_epoch(db, begun):
    ts = begun.append()
    assert missed(begun, ts) == ([], [])
    db.delete("fim:log:g")
    answer = begun.resume(begun.epoch, ts)
    assert answer.recovered == 0 and answer.epoch != begun.epoch


def test_the_position_counts_other_writers_less_than_a_day_ahead(db, begun):
    ts = begun.append()
    ahead = begun.now_ms() + HOUR_MS
    db.rpush("gml:g", message("f", ahead), message("f", 5), message("f", ahead + 3 * DAY_MS))
    assert begun.resume().at == ahead
    assert missed(begun, ahead) == (["x", "x"], [])
    assert missed(begun, ts) == (["x"] * 3, [])
    assert begun.append() == ahead + 1


def test_the_position_behind_a_growing_foreign_one_is_searched_for_once(db, begun):
    begun.append()
    db.rpush("gml:g", *[message("f", begun.now_ms() + i) for i in range(100)])
    at = begun.resume().at
    db.config_resetstat()
    assert begun.resume(begun.epoch, at).recovered
    assert db.info("commandstats")["cmdstat_lrange"]["calls"] == 1  # the newest four
    assert db.ttl("gmt:g") > 87390
    assert begun.append() == at + 1


def test_a_quiet_group_reads_four_entries(db, begun):
    """A quiet group: one GET."""
    for _ in range(200):
        ts = begun.append()
    begun.recall("u", ts)
    at = begun.resume().at
    db.config_resetstat()
    assert missed(begun, at) == ([], [])
    stats = {name[8:]: stat["calls"] for name, stat in db.info("commandstats").items()}
    assert stats["lrange"] == 1 and sum(stats.values()) <= 12, stats  # the newest four


# ---- anchors ----


def test_of_a_message_it_is_the_message(db, begun):
    given = [begun.append(str(i)) for i in range(5)]
    for i, ts in enumerate(given):
        assert missed(begun, ts) == ([str(n) for n in range(i + 1, 5)], [])
    for ts in (given[0] - 1, given[4] + 1, 5, 2**53):
        assert missed(begun, ts) is None


def test_of_an_event_it_is_the_newest_message_then(db, begun):
    one, two = begun.append("1"), begun.append("2")
    begun.recall("u", one)
    at = begun.resume().at
    assert missed(begun, at) == ([], [])
    begun.append("3")
    assert missed(begun, at) == (["3"], [])
    assert missed(begun, two) == (["3"], [one])
    begun.recall("u", two)
    assert missed(begun, at) is None  # nothing stands in front of it any more


def test_of_a_recalled_one_it_is_that_in_front(db, begun):
    given = [begun.append(str(i)) for i in range(5)]
    begun.recall("u", given[2])
    assert missed(begun, given[2]) == (["3", "4"], [given[2]])
    begun.recall("u", given[0])
    assert missed(begun, given[0]) is None  # it was the first of the list: 0 is no anchor
    assert missed(begun, given[1]) == (["3", "4"], [given[2], given[0]])


@pytest.mark.parametrize("links, recovered", [(1, True), (2, True), (16, True), (17, False)])
@pytest.mark.parametrize("order", ["newest first", "oldest first", "any"])
def test_recalls_are_chained_16_times(db, begun, links, recovered, order):
    """An anchor that has been recalled has one itself, and so on, 16 times at most"""
    given = [begun.append(str(i)) for i in range(20)]
    behind = [begun.append("behind")]
    gone = given[20 - links:]
    recalls = {"newest first": gone[::-1], "oldest first": gone,
               "any": random.Random(links).sample(gone, links)}[order]
    for ts in recalls:
        assert begun.recall("u", ts) == 1
    answer = missed(begun, given[-1])
    chained = links if order == "newest first" else 1 if order == "oldest first" else None
    if chained is None or chained <= 16:
        assert answer == (["behind"], recalls)
    else:
        assert answer is None
    assert missed(begun, behind[0]) == ([], recalls)


def test_of_an_event_whose_message_was_recalled_since(db, begun):
    zero, one, two, three = [begun.append(str(i)) for i in range(4)]
    begun.recall("u", two)
    at = begun.resume().at
    begun.append("4")
    begun.recall("u", three)
    begun.recall("u", one)
    assert missed(begun, at) == (["4"], [three, one])
    begun.recall("u", zero)
    assert missed(begun, at) is None


def test_of_several_with_one_ts_the_first_counts(db, begun):
    """of several messages with the same ts the first counts"""
    one = begun.append("1")
    two = begun.append("2")
    db.rpush("gml:g", message("f", one, "late 1"), message("f", two, "late 2"))
    begun.append("3")
    assert missed(begun, one) == (["2", "late 1", "late 2", "3"], [])
    assert missed(begun, two) == (["late 1", "late 2", "3"], [])


def test_a_late_one_with_its_ts_is_no_anchor_even_if_it_is_the_newest(db, begun):
    one, two = begun.append("1"), begun.append("2")
    db.rpush("gml:g", *[message("f", one - i, f"late {i}") for i in range(20, -1, -1)])
    assert missed(begun, one)[0][0] == "2" and len(missed(begun, one)[0]) == 22
    db.lrem("gml:g", 1, db.lindex("gml:g", 0))
    assert missed(begun, one) is None


def test_the_recall_of_a_late_one_with_its_ts_is_no_link(db, begun):
    """The log is looked at before the list: but that one has not made the position"""
    one, two = begun.append("1"), begun.append("2")
    db.rpush("gml:g", message("f", 3, "old"), message("f", one, "late"))
    begun.append("3")
    assert begun.recall("f", one) == 1
    assert missed(begun, one) == (["2", "old", "3"], [one])
    assert begun.recall("u", one) == 1
    assert missed(begun, two)[0] == ["old", "3"]


def test_late_messages_are_missed_by_where_they_stand(db, begun):
    """foreign writers' entries with ts below the position"""
    one = begun.append("1")
    db.rpush("gml:g", message("f", 5, "late"))
    assert missed(begun, one) == (["late"], [])
    two = begun.append("2")
    assert missed(begun, one) == (["late", "2"], [])
    assert missed(begun, two) == ([], [])


def test_an_event_behind_a_late_one_has_the_message_in_front_of_that(db, begun):
    """(a late one may come again behind a resume, others do not)"""
    one, two, three = [begun.append(str(i)) for i in range(3)]
    db.rpush("gml:g", message("f", two, "late"))
    begun.recall("u", one)
    at = begun.resume().at
    begun.append("4")
    assert missed(begun, at) == (["late", "4"], [])


@pytest.mark.parametrize("form", ['{"ts": %d, "info": "f", "userId": 7}',
                                  '{"groupId":"g","userId":"f","info":"f","ts":%d,"more":1}'])
def test_an_anchor_may_have_a_foreign_form(db, begun, form):
    begun.append("1")
    ahead = begun.now_ms() + HOUR_MS
    db.rpush("gml:g", form % ahead)
    begun.append("2")
    assert missed(begun, ahead) == (["2"], [])


def test_what_is_no_message_is_no_anchor(db, begun):
    one = begun.append("1")
    ahead = begun.now_ms() + HOUR_MS
    db.rpush("gml:g", b'garbage "ts":%d}' % ahead, b"\xff")
    two = begun.append("2")
    answer = begun.resume(begun.epoch, one)
    assert answer.recovered and len(answer.entries) == 3
    assert missed(begun, ahead) is None
    assert missed(begun, two) == ([], [])


# ---- what cannot be proved ----


def test_the_highest_number_is_enough_even_if_the_list_has_expired(db, begun):
    """AT is the highest number given out (then nothing was missed, even if the list has expired)"""
    one, two = begun.append("1"), begun.append("2")
    db.delete("gml:g")
    assert missed(begun, two) == ([], [])
    assert missed(begun, one) is None
    three = begun.append("3")
    assert missed(begun, two) is None
    assert missed(begun, three) == ([], [])


def test_a_list_cut_with_something_missed(db, begun):
    given = [begun.append(str(i), kept=10) for i in range(20)]
    assert missed(begun, given[9]) is None
    assert missed(begun, given[10])[0] == [str(i) for i in range(11, 20)]
    db.ltrim("gml:g", -3, -1)
    assert missed(begun, given[16]) is None
    assert missed(begun, given[17]) == (["18", "19"], [])
    db.rpop("gml:g")  # another program takes the newest out
    assert missed(begun, given[19]) is None


def test_a_redis_without_its_newest_messages(db, begun):
    begun.append("1")
    before = {key: db.dump(key) for key in db.keys()}
    lost = begun.append("2")
    db.flushdb()
    for key, value in before.items():
        db.restore(key, 0, value)
    assert missed(begun, lost) is None
    while begun.now_ms() <= lost:
        pass
    begun.append("3", number=0)
    assert missed(begun, lost) is None


def test_the_log_has_dropped_events(db, begun):
    """and has dropped nothing above AT (it holds fewer than 1,000 events, or its oldest is not above
    AT)"""
    first = begun.append("first")
    given = [begun.append(str(i)) for i in range(1002)]
    for ts in given[:999]:
        assert begun.recall("u", ts) == 1
    assert missed(begun, given[-1]) == ([], given[:999])
    assert missed(begun, first) is None  # with the three messages they are too many
    assert begun.recall("u", given[999]) == 1
    assert missed(begun, given[-1]) is None
    oldest = int(db.zrange("fim:log:g", 1, 1, withscores=True)[0][1])
    assert missed(begun, oldest)[1] == given[1:1000]
    assert begun.recall("u", given[1000]) == 1
    assert missed(begun, oldest) is None
    assert missed(begun, int(db.zrange("fim:log:g", 1, 1, withscores=True)[0][1]))[1] == given[2:1001]


@pytest.mark.parametrize("most", [0, 1, 5, 6, 7, 1000])
def test_so_many_frames_may_be_missed(db, begun, most):
    """what was missed is at most `resumeMax` frames"""
    given = [begun.append(str(i)) for i in range(100)]
    begun.recall("u", given[99])
    begun.recall("u", given[0])
    expected = [str(i) for i in range(95, 99)], [given[99], given[0]]
    assert missed(begun, given[94], most=most) == (expected if most >= 6 else None)
    assert missed(begun, begun.resume().at, most=most) == ([], [])


@pytest.mark.parametrize("count", [999, 1000, 1001, 3000])
def test_1000_messages_may_be_missed(db, begun, count):
    anchor = begun.append("anchor")
    given = [begun.append(str(i)) for i in range(count)]
    answer = missed(begun, anchor)
    assert answer == (([str(i) for i in range(count)], []) if count <= 1000 else None)
    if count >= 1000:
        assert missed(begun, given[-1000])[0] == [str(i) for i in range(count - 999, count)]


def test_too_many_bytes_are_the_list_anew(db, begun):
    given = [begun.append("x" * 24576) for _ in range(80)]
    assert len(missed(begun, given[-30])[0]) == 29
    assert missed(begun, given[0]) is None


def test_a_position_in_a_group_whose_last_ts_has_expired(db, begun):
    """The log may live longer: its newest event has the position then."""
    ts = begun.append("1")
    begun.append("2")
    begun.recall("u", ts)
    at = begun.resume().at
    db.delete("gmt:g", "gml:g")
    assert begun.resume().at == at
    assert missed(begun, at) == ([], [])


def test_resume_of_keys_of_another_type(db, begun):
    ts = begun.append()
    db.set("fim:log:g", "x")
    assert begun.resume(begun.epoch, ts).recovered == 0
    db.delete("gml:g")
    db.set("gml:g", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        begun.resume(begun.epoch, ts)


# ---- any order of all of it ----


class Client:
    """What a client of fastim.v2 shows, by the rules of the contract."""

    def __init__(self, im):
        self.im = im
        self.shown = []  # (user, ts, info)
        self.at = 0
        self.begin(im.resume(window=5000, piece=1 << 24))

    def begin(self, answer):
        self.epoch, self.at = answer.epoch, answer.at
        self.shown = [self.key(entry) for entry in answer.entries]

    @staticmethod
    @functools.cache
    def key(entry):
        m = json.loads(entry)
        return m["userId"], m["ts"], m["info"]

    def resume(self, exact):
        answer = self.im.resume(self.epoch, self.at, window=5000, piece=1 << 24)
        if not answer.recovered:
            self.begin(answer)
            return False
        for key in map(self.key, answer.entries):
            again = key in self.shown
            assert not again or (key[0] != "u" and not exact), (key, "came twice")
            if not again:
                self.shown.append(key)
        for frame in answer.frames:
            self.shown = [key for key in self.shown if key[:2] != (frame["userId"], frame["ts"])]
        self.at = answer.at
        return True


def foreign_ts(db, im, pick, shared):
    """A clock ahead, behind, or ours; a ts that nothing else has, unless shared."""
    taken = set() if shared else {Client.key(entry)[1] for entry in db.lrange("gml:g", 0, -1)}
    taken |= {int(frame.split(b'"ts":')[-1][:-1]) for frame in db.zrange("fim:log:g", 1, -1)}
    ts = im.now_ms() + pick.choice([0, 0, 1, 50, -1, -3, -1000])
    while not shared and (ts in taken or db.zcount("fim:log:g", ts, ts)):
        ts -= 1
    return ts


def step(db, im, pick, foreign, shared):
    what = pick.random()
    if what < foreign:
        ts = foreign_ts(db, im, pick, shared)
        db.rpush("gml:g", message(f"f{pick.random()}", ts, str(pick.random())))
    elif what < foreign + 0.15 and db.llen("gml:g"):
        old = json.loads(db.lindex("gml:g", -pick.choice([1, 1, 2, 3, 8])) or db.lindex("gml:g", 0))
        im.recall(old["userId"], old["ts"])
    else:
        im.append(str(pick.random()))


@pytest.mark.parametrize("foreign, shared", [(0, False), (0.2, False), (0.6, False), (0.3, True)])
@pytest.mark.parametrize("seed", range(4))
def test_each_client_ends_with_the_list(db, im, foreign, shared, seed):
    """each v2 client's shown messages equal the list at the end; `recovered` true never hides a
    missing one; exactly once holds for what fastim wrote (of others: where no ts is shared)"""
    pick = random.Random(f"{foreign} {shared} {seed}")
    clients, recovered, tries = [Client(im)], 0, 0
    for _ in range(500):
        step(db, im, pick, foreign, shared)
        if pick.random() < 0.1:
            clients.append(Client(im))
        if pick.random() < 0.02:
            db.ltrim("gml:g", -pick.randint(20, 200), -1)
        listed = [Client.key(entry) for entry in db.lrange("gml:g", 0, -1)]
        there = set(listed)
        for client in pick.sample(clients, min(len(clients), 2)):
            tries += 1
            recovered += client.resume(exact=foreign == 0)
            shown = [key for key in client.shown if key in there]
            if foreign == 0:
                assert shown == listed
            else:
                lost = there - set(shown)
                assert not {key for key in lost if key[0] == "u" or not shared}
                client.shown = list(listed)
    assert recovered > tries / 3, (recovered, tries)

"""selftest - the checker reports each kind of fault in a forged record, and none in an honest one."""
import json

from checker import ANSWER_MS, Kind, check
from record import Outcome, Record, Segment, Sent, Session, Strike, View

BEGIN = 1_700_000_000_000


def text(number, ts=None, writer="w0"):
    return json.dumps({"groupId": "r", "userId": writer, "info": f"{writer}:{number}",
                       "ts": BEGIN + 10 * number if ts is None else ts}, separators=(",", ":"))


def honest(count=8):
    """Two readers who saw all there was, one who came in the middle, one of an empty list."""
    texts = [text(n) for n in range(count)]
    record = Record(list_num=3)
    record.segments["r"] = [Segment(list(texts))]
    record.sessions = [
        Session("r", "a", 0, 0, list(texts), BEGIN, complete=True),
        Session("r", "b", 5, 3, texts[2:], BEGIN, complete=True),
        Session("r", "c", 2, 2, texts[:4], BEGIN),
        Session("r", "c", 5, 3, texts[2:], BEGIN + 50, complete=True)]
    record.views = [
        View("r", "v", [(texts[n], 1 + n // 4) for n in range(count)],
             resumes=[False, True], listed=1, complete=True),
        View("r", "w", [(texts[n], 3) for n in range(5, count)], before=5,
             resumes=[None, True, False], listed=3, complete=True)]
    record.sent = [Sent("r", "w0", f"w0:{n}", BEGIN + 10 * n, Outcome.STORED, BEGIN + 10 * n + 1)
                   for n in range(count)]
    record.sent.append(Sent("r", "w0", "w0:99", BEGIN, Outcome.REFUSED, BEGIN + 5))
    return record


def lost_data(record):
    """Redis lost its data behind the fifth message; the last one of that life reached nobody but the list."""
    texts = record.segments["r"][0].texts
    record.segments["r"] = [Segment(texts[:5], BEGIN + 45), Segment(texts[5:])]
    record.sessions = [Session("r", "a", 0, 0, texts[:4] + texts[5:], BEGIN, complete=True)]
    record.views = [View("r", "v", [(each, 2) for each in texts[5:]],
                         resumes=[False, False], listed=2, complete=True)]


def failed_over(record):
    """What the old master had alone is in no list."""
    record.forked = True
    del record.segments["r"][0].texts[4]
    record.sessions = [Session("r", "a", 0, 0, [text(n) for n in range(8)], BEGIN, complete=True)]
    record.views = []


def shard_lost(record, gone_ms=0, rooms=("r",), begun_ms=BEGIN + 60):
    """The same on a cluster: a fault has struck the shard of the room right behind it."""
    failed_over(record)
    record.forked = False
    record.strikes = [Strike("f", begun_ms, begun_ms + 9000, frozenset(rooms), gone_ms)]


def shown(record):
    return record.views[0].shown


def first(record):
    return record.sessions[0].view


def acked(record, info):
    """A message that its writer of fastim.v2 was told to be stored."""
    record.sent.append(Sent("r", "v", info, BEGIN, Outcome.STORED, BEGIN, True, BEGIN + 70))


def sent_again(record, by_ack, times=1):
    """The last one, which the old master had alone, comes again."""
    failed_over(record)
    texts, again = record.segments["r"][0].texts, text(7, BEGIN + 90)
    texts[:] = [text(n) for n in range(7)] + [again]
    record.sent[7].by_ack = by_ack
    first(record).extend([again] * times)


# A forgery, what must be found in it, what else may be.
FORGERIES = [
    ("nothing", lambda r: None, set(), set()),
    ("a reader misses one", lambda r: first(r).pop(3), {Kind.LOST}, set()),
    ("a reader misses the end", lambda r: first(r).pop(), {Kind.LOST}, set()),
    ("a reader misses the beginning", lambda r: first(r).pop(0), {Kind.LOST}, set()),
    ("a reader sees nothing", lambda r: first(r).clear(), {Kind.LOST}, set()),
    ("a reader sees one twice", lambda r: first(r).insert(5, text(4)), {Kind.DOUBLED}, set()),
    ("a reader sees one again at the end", lambda r: first(r).append(text(0)), {Kind.DOUBLED},
     {Kind.DISORDER}),
    ("two change places", lambda r: first(r).insert(2, first(r).pop(3)), {Kind.DISORDER}, set()),
    ("a message stored twice", lambda r: r.views.clear() or [
        texts.append(text(7, BEGIN + 80)) for texts in (
        r.segments["r"][0].texts, *(s.view for s in r.sessions if s.complete))], {Kind.DOUBLED}, set()),
    ("a list out of its ts", lambda r: r.segments["r"][0].texts.reverse(), {Kind.DISORDER},
     {Kind.LOST, Kind.FALSE}),
    ("a first frame too short", lambda r: (r.sessions[1].view.pop(0), setattr(r.sessions[1], "first", 2)),
     {Kind.LOST}, set()),
    ("a first frame that is not the newest", lambda r: setattr(r.sessions[1], "total", 6),
     {Kind.LOST}, set()),
    ("a reader comes back too late", lambda r: r.sessions.__setitem__(
        3, Session("r", "c", 1, 1, [text(7)], BEGIN, complete=True)), {Kind.LOST}, set()),
    ("503, yet stored", lambda r: r.sent[6].answer(Outcome.REFUSED, BEGIN), {Kind.REFUSED_STORED}, set()),
    ("503 after four seconds", lambda r: r.sent[-1].answer(Outcome.REFUSED, BEGIN + ANSWER_MS + 1000),
     {Kind.LATE}, set()),
    ("503 once the fault was over", lambda r: (
        r.strikes.append(Strike("f", BEGIN - 1, BEGIN + 9000)),
        r.strikes.append(Strike("g", BEGIN + 10_000, BEGIN + 19_000)),
        r.sent[-1].answer(Outcome.REFUSED, BEGIN + 23_500)), set(), set()),
    ("503 long after the fault", lambda r: (
        r.strikes.append(Strike("f", BEGIN - 1, BEGIN + 1000)),
        r.strikes.append(Strike("g", BEGIN + 10_000, BEGIN + 19_000)),
        r.sent[-1].answer(Outcome.REFUSED, BEGIN + 23_500)), {Kind.LATE}, set()),
    ("pushed, yet in no list", lambda r: r.sent.append(
        Sent("r", "w0", "w0:77", BEGIN, Outcome.STORED, BEGIN)), {Kind.LOST}, set()),
    ("seen, yet in no list", lambda r: first(r).append(text(50)), {Kind.LOST}, set()),
    ("v2: one is not shown", lambda r: shown(r).pop(1), {Kind.LOST}, set()),
    ("v2: the end is not shown", lambda r: shown(r).pop(), {Kind.LOST}, set()),
    ("v2: a resume hides one", lambda r: shown(r).pop(4), {Kind.FALSE}, set()),
    ("v2: a resume hides all that follows", lambda r: shown(r).__delitem__(slice(4, None)),
     {Kind.FALSE}, set()),
    ("v2: a list too short", lambda r: r.views[1].shown.pop(0), {Kind.LOST}, set()),
    ("v2: what is gone is still shown", lambda r: r.segments["r"][0].texts.pop(3),
     {Kind.FALSE, Kind.LOST}, set()),
    ("v2: one is shown twice", lambda r: shown(r).insert(5, shown(r)[4]), {Kind.DOUBLED}, set()),
    ("v2: two change places", lambda r: shown(r).insert(2, shown(r).pop(3)), {Kind.DISORDER},
     set()),
    ("v2: acknowledged, yet in no list", lambda r: acked(r, "v:1"), {Kind.ACKED_MISSING}, set()),
    ("v2: acknowledged, and taken back", lambda r: (
        acked(r, "v:1"), r.recalled.add(("r", "v", BEGIN + 70))), set(), set()),
    ("v2: refused, yet shown", lambda r: r.sent[6].answer(Outcome.REFUSED, BEGIN),
     {Kind.REFUSED_STORED}, set()),
    ("data lost", lost_data, {Kind.GONE}, set()),
    ("data lost, and v2 still shows the old life", lambda r: (lost_data(r), r.views.append(
        View("r", "x", [(text(0), 1)] + shown(r), resumes=[False, True], listed=1, complete=True))),
     {Kind.FALSE}, {Kind.GONE, Kind.DISORDER}),
    ("data lost, and a message of the new life unseen", lambda r: (lost_data(r), first(r).pop(5)),
     {Kind.LOST}, {Kind.GONE}),
    ("data lost, and one from long before unseen", lambda r: (
        lost_data(r), setattr(r.segments["r"][0], "ended_ms", BEGIN + 60_000)), {Kind.LOST}, set()),
    ("data lost, and one seen in both lives", lambda r: (
        lost_data(r), r.views.clear(), r.segments["r"][1].texts.append(text(3, BEGIN + 90)),
        first(r).append(text(3, BEGIN + 90))), {Kind.DOUBLED}, {Kind.GONE, Kind.DISORDER}),
    ("data lost, and one refused that was seen", lambda r: (
        lost_data(r), r.sent[2].answer(Outcome.REFUSED, BEGIN)), {Kind.REFUSED_STORED}, {Kind.GONE}),
    ("data lost, and one refused that nobody saw", lambda r: (
        lost_data(r), r.sent[4].answer(Outcome.REFUSED, BEGIN)), {Kind.GONE}, set()),
    ("failover", failed_over, {Kind.GONE}, set()),
    ("failover, and one of the new master unseen", lambda r: (failed_over(r), first(r).pop(6)),
     {Kind.LOST}, {Kind.GONE}),
    ("failover, and what was lost comes again by itself", lambda r: sent_again(r, False),
     {Kind.DOUBLED}, {Kind.GONE}),
    ("failover, and what was lost is sent again with its id", lambda r: sent_again(r, True), {Kind.GONE},
     set()),
    ("failover, and it comes twice then", lambda r: sent_again(r, True, 2), {Kind.DOUBLED}, {Kind.GONE}),
    ("a shard's failover", shard_lost, {Kind.GONE}, set()),
    ("a shard's failover that is to lose nothing", lambda r: shard_lost(r, -1), {Kind.LOST}, set()),
    ("a failover of another shard", lambda r: shard_lost(r, rooms=("other",)), {Kind.LOST}, set()),
    ("a shard's failover, long after what is missing", lambda r: shard_lost(r, begun_ms=BEGIN + 60_000),
     {Kind.LOST}, set()),
    ("a shard's failover, long before what is missing", lambda r: shard_lost(r, begun_ms=BEGIN - 60_000),
     {Kind.LOST}, set()),
    ("a shard's failover that takes its time", lambda r: shard_lost(r, 60_000, begun_ms=BEGIN - 20_000),
     {Kind.GONE}, set()),
    ("a shard's failover, and one in the list unseen", lambda r: (shard_lost(r), first(r).pop(6)),
     {Kind.LOST}, {Kind.GONE}),
    ("failover, and one refused that was seen", lambda r: (
        failed_over(r), r.sent[4].answer(Outcome.REFUSED, BEGIN)), {Kind.REFUSED_STORED}, {Kind.GONE}),
]


def check_silences():
    """Which rooms a silence is charged to: strike, room, from when, until when; concerned?"""
    record = Record(list_num=3, sharded=True)
    record.strikes = [Strike("f", 1000, 5000, frozenset("a")), Strike("g", 4000, 6000, frozenset("b")),
                      Strike("h", 9000, 9500, None), Strike("i", 12_000, 13_000, frozenset())]
    for room, since, until, concerned in [
            ("a", 0, 500, True), ("a", 900, 1500, True), ("c", 900, 1500, False), ("a", 4000, 4500, True),
            ("b", 4000, 4500, True), ("c", 4000, 4500, False), ("a", 5500, 5600, False), ("b", 7000, 8000, True),
            ("c", 9200, 9900, True), ("a", 12_500, 12_600, False), ("c", 9400, 12_100, True), ("c", 9600, 12_100, False)]:
        assert record.is_concerned(room, since, until) == concerned, f"selftest: {room} from {since} to {until}"
        record.note_silence("reader", room, since, until)
    assert record.silence_ms == {"(calm)": 500, "f": 600, "g": 1000, "h": 700, "i": 2700}, record.silence_ms
    assert record.others_ms == {"f": 600, "g": 500, "i": 2500}, record.others_ms
    record.stalls = [(12_000, 12_400), (20_000, 20_100), (20_300, 20_900)]
    record.note_silence("reader", "c", 12_200, 13_000)  # of which it saw 600 ms
    record.note_silence("late", "c", 17_000, 20_500)    # 3200
    assert record.others_ms["i"] == 3200 and record.others["i"] == "late in c until 20500", record.others


def run():
    """Raises where the checker is wrong."""
    check_silences()
    for name, forge, due, allowed in FORGERIES:
        record = honest()
        forge(record)
        found = {finding.kind for finding in check(record)}
        assert due <= found <= due | allowed, f"selftest: {name}: found {found}, due {due}"
    return len(FORGERIES)


if __name__ == "__main__":
    print(f"{run()} forged records: each judged rightly")

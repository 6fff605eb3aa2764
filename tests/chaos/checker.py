"""checker - compares what every reader saw with the lists and with what the writers were told (README.md)."""
import enum
import itertools
from dataclasses import dataclass

from record import Outcome

UNSEEN_MS = 1000   # so long before its end what Redis' lost life stored may have reached nobody
ANSWER_MS = 3000   # longest wait for a 503 that can be known
RECONNECT_MS = 1500  # longest pause of a daemon between two attempts, and an attempt (push-daemon/redis/conn.c)


class Kind(enum.Enum):
    LOST = "lost"
    DOUBLED = "doubled"
    DISORDER = "out of order"
    REFUSED_STORED = "refused although stored"
    LATE = "503 late"
    ACKED_MISSING = "acked but missing"
    FALSE = "falsely recovered"
    GONE = "gone with Redis' data"   # no fault of ours: counted, not complained of


@dataclass
class Finding:
    kind: Kind
    at_ms: int
    text: str
    info: str = ""   # of the message, where it is one


class History:
    """The lists of a room, one life of Redis' data after the other: each text has one place."""

    def __init__(self, record, room):
        self.record = record
        self.room = room
        self.segments = record.segments.get(room, [])
        self.texts = list(itertools.chain.from_iterable(s.texts for s in self.segments))
        self.segment_of = [s for s in self.segments for _ in s.texts]
        self.begins = {id(s): begin for s, begin in zip(
            self.segments, itertools.accumulate((len(s.texts) for s in self.segments), initial=0))}
        self.resending = {one.writer for one in record.sent if one.by_ack and one.room == room}
        self.place = {}
        for place, text in enumerate(self.texts):
            self.place.setdefault(text, place)

    def begin(self, segment):
        return self.begins[id(segment)]

    @property
    def end(self):
        return len(self.texts)

    def may_be_unseen(self, place):
        """Stored right before Redis lost its data: it may not have got around to the subscribers."""
        ended_ms = self.segment_of[place].ended_ms
        return ended_ms > 0 and self.record.message(self.texts[place]).ts >= ended_ms - UNSEEN_MS

    def missed(self, place, gone, what):
        """gone: it was lost with the life of the data in which it was stored."""
        message = self.record.message(self.texts[place])
        return Finding(Kind.GONE if gone else Kind.LOST, self.segment_of[place].ended_ms if gone else message.ts,
                       f"{what} {message.info[:40]} ts {message.ts}", message.info)


def check(record):
    """All findings."""
    findings = []
    seen = {session.room for session in record.sessions + record.views}
    for room in sorted(seen | set(record.segments)):
        history = History(record, room)
        findings += check_lists(history)
        sessions = [session for session in record.sessions if session.room == room]
        for session in sessions:
            findings += SessionCheck(history, session).run()
        findings += check_reconnects(history, sessions)
        views = [view for view in record.views if view.room == room]
        sent = [one for one in record.sent if one.room == room]
        findings += check_writers(history, sessions, views, sent)
        for view in views:
            findings += check_view(history, view)
    return findings


# ---- the lists by themselves ----

def check_lists(history):
    """In a list nothing stands twice, ts strictly increases, and each writer's own order is kept."""
    for segment in history.segments:
        messages = [history.record.message(text) for text in segment.texts]
        yield from doubles(messages, f"list of {history.room}")
        yield from own_order(messages, f"list of {history.room}")
        for before, after in zip(messages, messages[1:]):
            if after.ts <= before.ts:
                yield Finding(Kind.DISORDER, after.ts, f"list of {history.room}: ts of {after} behind {before}")


def doubles(messages, who, lives=itertools.repeat(None)):
    seen = set()
    for message, life in zip(messages, lives):
        if (message.info, life) in seen:
            yield Finding(Kind.DOUBLED, message.ts, f"{who}: {message.info[:40]} again, ts {message.ts}")
        seen.add((message.info, life))


def own_order(messages, who, lives=itertools.repeat(None)):
    newest = {}
    for message, life in zip(messages, lives):
        number = int(message.info.split(":")[1])
        before = newest.get((message.user, life), -1)
        if number < before:
            yield Finding(Kind.DISORDER, message.ts, f"{who}: {message.info[:40]} behind number {before}")
        newest[message.user, life] = max(number, before)


# ---- what one connection saw ----

class SessionCheck:
    """Its view, from the first frame on, is a contiguous part of the list, in its order."""

    def __init__(self, history, session):
        self.history = history
        self.session = session
        self.record = history.record
        self.who = f"{session.seat} in {session.room} since {session.begun_ms}"
        self.places = [history.place[text] for text in dict.fromkeys(session.view) if text in history.place]

    def run(self):
        messages = [self.record.message(text) for text in self.session.view]
        lives = [self.life(text) for text in self.session.view]
        yield from doubles(messages, self.who, lives)
        yield from own_order(messages, self.who, lives)
        yield from self.in_no_list()
        yield from self.first_frame()
        yield from self.order()
        yield from self.gaps()

    def life(self, text):
        """Of the data that had this message. Who sends with an id, and was cut before the answer, sends
        again. If Redis has lost the message and its id meanwhile, it is stored anew: whoever saw the lost
        one sees both. What others send is told once, whatever Redis loses."""
        if self.record.message(text).user not in self.history.resending:
            return None
        place = self.history.place.get(text)
        return "lost" if place is None else self.history.begin(self.history.segment_of[place])

    def finding(self, kind, place, what):
        message = self.record.message(self.history.texts[place])
        return Finding(kind, message.ts, f"{self.who}: {what} {message.info[:40]} ts {message.ts}",
                       message.info)

    def in_no_list(self):
        """Seen, yet in no list: only a failover may take back what was pushed."""
        for text in self.session.view:
            if text not in self.history.place:
                message = self.record.message(text)
                kind = Kind.GONE if self.record.may_be_gone(self.session.room, message.ts) else Kind.LOST
                yield Finding(kind, message.ts, f"{self.who}: saw {message.info[:40]}, which is in no list",
                              message.info)

    def first_frame(self):
        """The newest listNum messages of the list as it was then, which total tells."""
        session, history = self.session, self.history
        if session.first != min(session.total, self.record.list_num):
            yield Finding(Kind.LOST, session.begun_ms,
                          f"{self.who}: first frame of {session.first}, total {session.total}")
        elif session.first and not self.record.has_forked(session.room):
            place = history.place.get(session.view[session.first - 1])
            if place is not None and place - history.begin(history.segment_of[place]) + 1 != session.total:
                yield self.finding(Kind.LOST, place, f"first frame, total {session.total}, ends at")

    def order(self):
        """As in the list; and ts strictly increases, over the lives of Redis' data as well."""
        for before, after in zip(self.places, self.places[1:]):
            if after < before or self.ts(after) <= self.ts(before):
                yield self.finding(Kind.DISORDER, after, "out of its place:")

    def ts(self, place):
        return self.record.message(self.history.texts[place]).ts

    def gaps(self):
        seen = set(self.places)
        for place in range(*self.span()):
            if place not in seen:
                yield self.history.missed(place, self.history.may_be_unseen(place), f"{self.who}: never saw")

    def span(self):
        """The part of the history that it has to have seen."""
        history, session = self.history, self.session
        end = history.end if session.complete else max(self.places, default=-1) + 1
        if not self.places:
            begin = history.begin(history.segments[-1]) if session.complete and history.segments else end
        elif session.first:
            begin = self.places[0]
        else:  # joined an empty list
            begin = history.begin(history.segment_of[self.places[0]])
        return begin, end


def check_reconnects(history, sessions):
    """Who comes back finds in its first frame all that it has missed, up to listNum messages."""
    last = {}
    for session in sessions:
        places = [history.place[text] for text in session.view if text in history.place]
        if places and session.seat in last and session.first < history.record.list_num:
            for place in range(last[session.seat] + 1, places[0]):
                # Of a life that ended while it was away nothing is anywhere any more.
                gone = history.segment_of[place].ended_ms > 0
                yield history.missed(place, gone, f"{session.seat}: missed while away")
        if places:
            last[session.seat] = max(places)


# ---- what the writers were told ----

def check_writers(history, sessions, views, sent):
    record = history.record
    anywhere = {record.message(text).info for text in history.texts}
    final = {record.message(text).info for text in history.segments[-1].texts} if history.segments else set()
    seen = {record.message(text).info for text in set(itertools.chain.from_iterable(s.view for s in sessions))}
    seen |= {record.message(text).info for view in views for text, _ in view.shown}
    for one in sent:
        what = f"{one.info[:40]} in {one.room}, sent {one.sent_ms}, told {one.answered_ms}: "
        taken_back = (one.room, one.writer, one.ts) in record.recalled
        if one.outcome is Outcome.STORED and one.info not in anywhere and not taken_back:
            kind = Kind.ACKED_MISSING if one.by_ack else Kind.LOST
            gone = record.may_be_gone(one.room, one.ts or one.answered_ms)
            yield Finding(Kind.GONE if gone else kind, one.answered_ms,
                          what + "stored, its writer was told, yet in no list", one.info)
        if one.outcome is Outcome.REFUSED and one.info in final:
            yield Finding(Kind.REFUSED_STORED, one.answered_ms, what + "503, yet in the list")
        elif one.outcome is Outcome.REFUSED and one.info in seen:
            yield Finding(Kind.REFUSED_STORED, one.answered_ms, what + "503, yet pushed")
        if one.outcome is Outcome.REFUSED and late_ms(record, one) > ANSWER_MS:
            yield Finding(Kind.LATE, one.answered_ms, what + f"503 after {one.waited_ms} ms")


def late_ms(record, one):
    """How long the answer took while it could be known. What was under way when Redis was cut off cannot be
    known before the daemon is back there (protocol.md), be it that the next fault came in between."""
    knowable = one.sent_ms
    for strike in record.strikes:
        if strike.begun_ms - ANSWER_MS <= one.sent_ms <= strike.begun_ms + ANSWER_MS \
                or strike.begun_ms <= knowable <= strike.undone_ms + RECONNECT_MS and knowable > one.sent_ms:
            knowable = strike.undone_ms + RECONNECT_MS
    return one.answered_ms - knowable


# ---- what clients of fastim.v2 show ----

def check_view(history, view):
    """At the end it shows the list, from where its last `list` began: all of it, in order."""
    record, who = history.record, f"v2 {view.seat} in {view.room}"
    final = history.segments[-1].texts if history.segments else []
    due = final[view.before:]
    places = {text: place for place, text in enumerate(due)}
    shown = [text for text, _ in view.shown]
    yield from doubles([record.message(text) for text in shown], who)
    for text, _ in view.shown:
        if text not in places:
            message = record.message(text)
            kind = Kind.FALSE if view.complete else Kind.GONE
            what = f"{who}: still shows {message.info[:40]}, which is not in the list"
            yield Finding(kind, message.ts, what, message.info)
    here = [(places[text], number) for text, number in view.shown if text in places]
    for (before, _), (after, _) in zip(here, here[1:]):
        if after < before:
            message = record.message(due[after])
            what = f"{who}: out of its place: {message.info[:40]}"
            yield Finding(Kind.DISORDER, message.ts, what, message.info)
    yield from missing_in_view(record, view, due, here, who)


def missing_in_view(record, view, due, here, who):
    """What stands in a gap over which the view was told `recovered` was hidden by that."""
    seen, numbers = {place for place, _ in here}, dict(here)
    end = len(due) if view.complete else max(seen, default=-1) + 1
    since = view.listed
    for place in range(end):
        if place in seen:
            since = numbers[place]
            continue
        later = (numbers[after] for after in range(place + 1, len(due)) if after in seen)
        until = next(later, len(view.resumes))
        hidden = any(view.resumes[since:until])
        message = record.message(due[place])
        yield Finding(Kind.FALSE if hidden else Kind.LOST, message.ts,
                      f"{who}: never showed {message.info[:40]} ts {message.ts}", message.info)

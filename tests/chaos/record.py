"""record - all that was sent, told, seen and done in one run; the checker judges nothing else."""
import bisect
import enum
import json
import time
from dataclasses import dataclass, field


def now_ms():
    return int(time.time() * 1000)


NEVER_MS = 1 << 62
UNREPLICATED_MS = 2000  # on a machine that is busy with other things
HOLD_MS = 500           # until a process is dead, or a line cut


class Outcome(enum.Enum):
    """What a writer was told of a message."""
    STORED = "pushed back"
    REFUSED = "503"
    OPEN = "nothing: its connection broke"


@dataclass
class Sent:
    """One message of a writer; info is its text, and names it for good."""
    room: str
    writer: str
    info: str
    sent_ms: int
    outcome: Outcome = Outcome.OPEN
    answered_ms: int = 0
    by_ack: bool = False     # of fastim.v2: its `ack` is the answer
    ts: int = 0              # as the `ack` has it

    def answer(self, outcome, at_ms):
        self.outcome, self.answered_ms = outcome, at_ms

    @property
    def waited_ms(self):
        return self.answered_ms - self.sent_ms if self.answered_ms else 0


@dataclass
class Session:
    """One connection: view is all it saw, its first frame included, in the order in which it came."""
    room: str
    seat: str
    total: int
    first: int               # messages in the first frame
    view: list               # texts as they came
    begun_ms: int
    complete: bool = False   # it was still there at the final marker


@dataclass
class View:
    """What a client of fastim.v2 shows at the end, over all of its connections."""
    room: str
    seat: str
    shown: list = field(default_factory=list)    # (text, number of the connection that brought it)
    before: int = 0          # messages of the list that its last `list` did not show
    lists: int = 0
    listed: int = 0          # number of the connection that brought the last `list`
    cuts: int = 0
    resumes: list = field(default_factory=list)  # each connection: recovered? None: no `welcome`
    complete: bool = False   # it was still there at the final marker


@dataclass
class Segment:
    """A group's list as one life of Redis' data had it; ended_ms 0: the last one, read at the end."""
    texts: list
    ended_ms: int = 0


@dataclass
class Strike:
    """A fault as it struck."""
    fault: str
    begun_ms: int
    undone_ms: int = NEVER_MS
    rooms: frozenset = None  # those whose shard is struck; None: all
    gone_ms: int = -1        # so long behind its beginning the engine may lose what it took; -1: it loses nothing

    def concerns(self, room):
        return self.rooms is None or room in self.rooms

    def may_lose(self, room, ts):
        """A message of that time, with what was not replicated yet, and until the fault has taken hold."""
        return (self.gone_ms >= 0 and self.concerns(room)
                and self.begun_ms - UNREPLICATED_MS <= ts <= self.begun_ms + self.gone_ms + HOLD_MS)


@dataclass
class Message:
    user: str
    info: str
    ts: int


@dataclass
class Record:
    list_num: int
    forked: bool = False     # a failover may have taken back what was acknowledged, at any time in any room
    sharded: bool = False    # rooms are at several masters: strikes tell what may be gone, and where
    sent: list = field(default_factory=list)
    sessions: list = field(default_factory=list)
    views: list = field(default_factory=list)
    recalled: set = field(default_factory=set)     # (room, user, ts) that somebody asked for
    segments: dict = field(default_factory=dict)   # room: [Segment]
    strikes: list = field(default_factory=list)
    silence_ms: dict = field(default_factory=dict)  # fault: longest time without delivery
    others_ms: dict = field(default_factory=dict)   # the same in rooms that the fault does not concern
    others: dict = field(default_factory=dict)      # fault: who that was, and when
    stalls: list = field(default_factory=list)      # (from, until): this program had no time to look
    closed: dict = field(default_factory=dict)      # fault: connections that the server closed
    amiss: list = field(default_factory=list)       # what is wrong besides what the checker finds
    _texts: dict = field(default_factory=dict)
    _messages: dict = field(default_factory=dict)

    def intern(self, text):
        """One object for all who saw the same."""
        return self._texts.setdefault(text, text)

    def message(self, text):
        if text not in self._messages:
            read = json.loads(text)
            self._messages[text] = Message(read["userId"], read["info"], read["ts"])
        return self._messages[text]

    # ---- faults ----

    CALM = "(calm)"

    def fault_at(self, at_ms):
        """The fault that had struck last by then."""
        place = bisect.bisect_right(self.strikes, at_ms, key=lambda strike: strike.begun_ms)
        return self.strikes[place - 1].fault if place else self.CALM

    def is_concerned(self, room, since_ms, until_ms):
        """By a fault that was not undone then, or by the last one before."""
        last = bisect.bisect_right(self.strikes, until_ms, key=lambda strike: strike.begun_ms)
        return last == 0 or any(strike.concerns(room) for strike in self.strikes[:last]
                                if strike is self.strikes[last - 1] or strike.undone_ms >= since_ms)

    def note_silence(self, seat, room, since_ms, until_ms):
        """No delivery to somebody in between."""
        name = self.fault_at(until_ms)
        if self.is_concerned(room, since_ms, until_ms):
            self.silence_ms[name] = max(self.silence_ms.get(name, 0), until_ms - since_ms)
            return
        silent_ms = until_ms - since_ms - self.stalled_ms(since_ms, until_ms)
        if silent_ms > self.others_ms.get(name, -1):
            self.others_ms[name], self.others[name] = silent_ms, f"{seat} in {room} until {until_ms}"

    def stalled_ms(self, since_ms, until_ms):
        return sum(max(0, min(until_ms, until) - max(since_ms, since)) for since, until in self.stalls)

    def may_be_gone(self, room, ts):
        """Was acknowledged, or pushed, and the engine may have lost it."""
        return self.forked or any(strike.may_lose(room, ts) for strike in self.strikes)

    def has_forked(self, room):
        return self.forked or any(strike.gone_ms >= 0 and strike.concerns(room) for strike in self.strikes)

    def note_closed(self, code):
        codes = self.closed.setdefault(self.fault_at(now_ms()), {})
        codes[code] = codes.get(code, 0) + 1

"""v2_model.py - what a client of fastim.v2 shows, by the letter of part 2, sections 2, 4 and 6.

It outlives its connections, as a page does that connects again.
"""
import json
import time

from client import compact

DAY_S, CLOCKS_S = 86400, 2 * 3600  # so far may Redis' clock be from that of this host

LATELY = 100  # so many messages back a client looks for one that comes again
DURABLE = ("message", "recall", "purge", "clear", "notice")
KEYS = ("groupId", "userId", "info", "ts")


class Model:
    """messages: what is shown, oldest first. amiss: what the server did that it must not do."""

    def __init__(self):
        self.messages = []
        self.epoch = None
        self.at = 0
        self.before = 0      # messages of the list that the last `list` did not show
        self.open = {}       # id: info of a send that has no answer yet, in their order
        self.acked = {}      # id: ts
        self.refused = {}    # id: reason
        self.dropped = []    # messages with `at` that came again
        self.notices = []
        self.durable = 0     # durable frames since `welcome`
        self.missed = 0      # as the last `welcome` has it
        self.lists = 0
        self.resumed = 0     # times that the server said `recovered`
        self.amiss = []
        self._due = None     # the type that has to come next
        self._last = None    # durable frame

    @property
    def position(self):
        """For ?resume=; None before the first list."""
        return self.epoch and f"{self.epoch}-{self.at}"

    @property
    def shown(self):
        """As the texts of a group's list."""
        return [compact(message) for message in self.messages]

    def shown_text(self, at):
        return compact(self.messages[at])

    def infos(self):
        return [message["info"] for message in self.messages]

    def check_shows(self, entries):
        """It shows the list, whatever its form, from where its own first one began."""
        due = [compact(json.loads(entry)) for entry in entries[self.before:]]
        shown = self.shown
        at = next((i for i, pair in enumerate(zip(shown, due)) if pair[0] != pair[1]),
                  min(len(shown), len(due)))
        assert shown == due, (f"{len(shown)} shown, {len(due)} due; parted at {at}: "
                              f"{shown[at:at + 2]} {due[at:at + 2]}")

    # ---- what it does ----

    def connects(self):
        self._due = "welcome"

    def sends(self, its_id, info):
        """Again, too: what was refused was that attempt."""
        self.open[its_id] = info
        self.refused.pop(its_id, None)

    # ---- what comes ----

    def take(self, frame):
        kind = frame["type"]
        if self._due and kind != self._due and not (self._due == "welcome" and kind == "error"):
            self.amiss.append(f"{kind} where {self._due} is due: {frame}")
        self._due = None
        if kind in DURABLE:
            self._move(frame)
        getattr(self, f"_on_{kind}", lambda frame: None)(frame)

    def _move(self, frame):
        """The position, which only grows; a late message does not move it."""
        self.durable += 1
        number = frame.get("at", frame.get("ts"))
        late = frame["type"] == "message" and "at" in frame
        if number != self.at if late else number <= self.at:
            self.amiss.append(f"number {number} behind {self.at}: {frame}; before it: {self._last}")
        if late and self.at < frame["ts"] < (time.time() + DAY_S - CLOCKS_S) * 1000:
            self.amiss.append(f"`at`, but its ts is above the position {self.at}: {frame}")
        if not late and number > (time.time() + DAY_S + CLOCKS_S) * 1000:
            self.amiss.append(f"a day ahead, but no `at`: {frame}")
        self.at, self._last = number, frame

    def _on_welcome(self, frame):
        self.durable, self.missed = 0, frame["missed"]
        if frame["recovered"]:
            self.resumed += 1
            if not self.epoch:
                self.amiss.append(f"recovered without a position: {frame}")
        else:
            self._due = "list"
            if frame["missed"]:
                self.amiss.append(f"missed, but not recovered: {frame}")

    def _on_list(self, frame):
        self.messages = list(frame["list"])
        self.epoch, self.at = frame["epoch"], frame["at"]
        self.before = frame["total"] - len(self.messages)
        self.lists += 1

    def _on_message(self, frame):
        message = {key: frame[key] for key in KEYS}
        if message in self.messages[-LATELY:]:
            (self.dropped if "at" in frame else self.amiss).append(f"came again: {frame}")
        else:
            self.messages.append(message)

    def _on_recall(self, frame):
        for place in range(len(self.messages) - 1, -1, -1):
            if all(self.messages[place][key] == frame[key] for key in ("userId", "ts")):
                del self.messages[place]
                return

    def _on_purge(self, frame):
        self.messages = [message
                         for message in self.messages if message["userId"] != frame["userId"]]

    def _on_clear(self, _frame):
        self.messages = []
        self.before = 0

    def _on_notice(self, frame):
        self.notices.append(frame["info"])

    def _on_ack(self, frame):
        its_id = frame["id"]
        if "ts" not in frame:
            return
        if self.acked.setdefault(its_id, frame["ts"]) != frame["ts"]:
            self.amiss.append(f"acknowledged with another ts, {self.acked[its_id]}: {frame}")
        if its_id in self.refused:
            self.amiss.append(f"refused, and acknowledged: {frame}")
        self.open.pop(its_id, None)

    def _on_error(self, frame):
        if frame.get("id") in self.open:
            del self.open[frame["id"]]
            self.refused[frame["id"]] = frame["reason"]

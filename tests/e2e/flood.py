"""flood.py - many senders at once, clients joining in the middle, and what each of them must have seen."""
import asyncio
import collections
import itertools
import json

from host import fresh

UNDER_WAY = 20  # messages that a sender has out before it waits for one to come back


class Flood:
    """Six senders over the hosts, each with so many numbered messages; clients join all the while.

    refusals: 503 is a valid answer to a message, and to a client that joins. pace: seconds between two messages of a
    sender. Every client's view is what it got, byte for byte.
    """

    def __init__(self, hosts, messages=500, senders=6, joiners=12, refusals=False, pace=0):
        self.hosts = hosts
        self.group = fresh("flood")
        self.messages = messages
        self.sender_count = senders
        self.joiner_count = joiners
        self.refusals = refusals
        self.pace = pace
        self.senders = []
        self.joiners = []
        self.said = collections.Counter()     # by sender: its numbered messages
        self.refused = collections.Counter()  # by sender; of "joiners"; of the "end"
        self.sent = 0
        self._sending = True
        self._fault = None

    # ---- running ----

    async def run(self, disturb=None, fault=None):
        """disturb: a coroutine function that does harm until it is cancelled. fault: one that comes to an end by itself;
        the senders, and those who join, go on until then.
        """
        for n in range(self.sender_count):
            host = self.hosts[n % len(self.hosts)]
            self.senders.append(await host.chat(self.group, f"s{n}"))
        harm = asyncio.create_task(disturb()) if disturb else None
        self._fault = asyncio.create_task(fault()) if fault else None
        joining = asyncio.create_task(self._join())
        await asyncio.gather(*(self._send(n) for n in range(self.sender_count)))
        self._sending = False
        await joining
        if fault:
            await self._fault
        if harm:
            harm.cancel()
            await asyncio.gather(harm, return_exceptions=True)
        await self._end()

    async def _send(self, n):
        """Sends, and takes what comes, at its own pace."""
        client = self.senders[n]
        client.own = 0
        while self.said[n] < self.messages or self._fault_lasts():
            await client.send(f"s{n}:{self.said[n]}")
            self.said[n] += 1
            self.sent += 1
            if self.pace:
                await asyncio.sleep(self.pace)
            while self.said[n] - client.own - self.refused[n] > UNDER_WAY:
                await self._take(n)
        while client.own + self.refused[n] < self.said[n]:
            await self._take(n)

    def _fault_lasts(self):
        return self._fault is not None and not self._fault.done()

    async def _take(self, n):
        client = self.senders[n]
        frame = await client.text(20)
        if frame == "503" and self.refusals:
            self.refused[n] += 1
            await asyncio.sleep(0)
            return
        assert frame.startswith('{"groupId":'), frame
        client.view.append(frame)
        client.own += json.loads(frame)["userId"] == f"s{n}"

    async def _join(self):
        """One after the other while the senders are at it; spread over the flood by what was sent. More of them come if
        it takes longer.
        """
        whole = self.messages * self.sender_count
        for n in itertools.count():
            while self._sending and self.sent < whole * n // max(self.joiner_count, 1):
                await asyncio.sleep(0.002)
            if n >= self.joiner_count and not (self.joiner_count and self._fault_lasts()):
                return
            self.joiners.append(await self._joined(n))

    async def _joined(self, n):
        while True:
            try:
                return await self.hosts[n % len(self.hosts)].chat(self.group, f"j{n}")
            except AssertionError:
                if not self.refusals:
                    raise
                self.refused["joiners"] += 1
                await asyncio.sleep(0.02)

    async def _end(self):
        """A last message, which every client gets."""
        last = self.senders[0]
        mark = fresh("end")
        await last.send(mark)
        while self.refusals:
            frame = await last.text(20)
            if frame != "503":
                last.view.append(frame)
                if mark in frame:
                    break
            else:
                self.refused["end"] += 1
                await asyncio.sleep(0.05)
                await last.send(mark)
        await asyncio.gather(*(client.until(mark) for client in self.clients
                               if not client.view or mark not in client.view[-1]))

    # ---- judging ----

    @property
    def clients(self):
        return self.senders + self.joiners

    def entries(self):
        return self.hosts[0].entries(self.group)

    def check_every_view_is_the_list(self):
        """First frame plus what follows is exactly the group's list in list order."""
        entries = self.entries()
        for client in self.clients:
            start = client.first["total"] - len(client.first["list"])
            assert client.view == entries[start:], difference(client.view, entries[start:])

    def check_every_message_once(self):
        """All that was sent is in the list once, but for what was refused; each sender's in order."""
        numbers = collections.defaultdict(list)
        for raw in self.entries()[:-1]:
            message = json.loads(raw)
            if message["userId"].startswith("s"):
                sender, number = message["info"].split(":")
                assert sender == message["userId"]
                numbers[sender].append(int(number))
        for n in range(self.sender_count):
            seen = numbers[f"s{n}"]
            assert len(seen) == self.said[n] - self.refused[n]
            assert len(set(seen)) == len(seen)
            assert seen == sorted(seen)
            if not self.refusals:
                assert seen == list(range(self.said[n]))

    def check_ts_strictly_increases(self):
        stamps = [json.loads(raw)["ts"] for raw in self.entries()]
        assert all(a < b for a, b in zip(stamps, stamps[1:]))


def difference(view, entries):
    """Where two lists part, for a failure that one can read."""
    missing = collections.Counter(entries) - collections.Counter(view)
    doubled = collections.Counter(view) - collections.Counter(entries)
    at = next((i for i, (a, b) in enumerate(zip(view, entries)) if a != b), min(len(view), len(entries)))
    return (f"{len(view)} seen, {len(entries)} in the list; parted at {at}; "
            f"missing {list(missing)[:3]}, too much {list(doubled)[:3]}")

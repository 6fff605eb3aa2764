"""events.py - clients of /group/events: an event stream, read as EventSource does, or as curl prints it."""
import asyncio
import contextlib
import json
import queue
import subprocess
import threading

from client import PATIENCE, encode


def events_path(group, user, token="xxx", resume=None):
    return f"/group/events/{encode(group)}/{encode(user)}/{token}" + (f"?resume={resume}" if resume else "")


class Event:
    """What stands up to an empty line: .id and .retry, or None; .data, as JSON; .comment."""

    def __init__(self, lines):
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[name] = fields[name] + "\n" + value[1:] if name in fields else value[1:]
        assert set(fields) <= {"id", "retry", "data", ""}, lines
        self.id, self.retry, self.comment = fields.get("id"), fields.get("retry"), fields.get("")
        self.data = json.loads(fields["data"]) if "data" in fields else None

    def __repr__(self):
        return f"<Event {vars(self)}>"


class Events:
    """One stream: .status and .headers at once, then event by event."""

    @classmethod
    async def open(cls, address, path, http="HTTP/1.1", method="GET", behind=b"", limit=65536, **headers):
        self = cls()
        host, port = address.rsplit(":", 1)
        self.reader, self.writer = await asyncio.open_connection(host, int(port), limit=limit)
        lines = [f"{method} {path} {http}", f"Host: {address}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
        self.writer.write("\r\n".join([*lines, "", ""]).encode() + behind)
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        status, *fields = head.decode("latin-1").rstrip().split("\r\n")
        self.status = int(status.split()[1])
        self.headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
        assert "transfer-encoding" not in self.headers, "not for what a proxy has passed on"
        return self

    @classmethod
    async def join(cls, address, path, **options):
        """With the first events: .retry, .welcome, and .list unless it has resumed."""
        self = await cls.open(address, path, **options)
        assert self.status == 200, self.status
        self.retry = int((await self.event()).retry)
        self.welcome = (await self.event()).data
        assert self.welcome["type"] == "welcome"
        if not self.welcome["recovered"]:
            event = await self.event()
            assert event.data["type"] == "list"
            self.list, self.id = event.data["list"], event.id
        return self

    async def event(self, timeout=PATIENCE):
        """The next one; None at the end."""
        lines = []
        while True:
            line = await asyncio.wait_for(self.reader.readline(), timeout)
            if line == b"":
                assert not lines, f"the end within an event: {lines}"
                return None
            if line == b"\n":
                return Event(lines)
            lines.append(line.decode()[:-1])

    async def frame(self, timeout=PATIENCE):
        """The next frame, as JSON; comments are passed over."""
        while True:
            event = await self.event(timeout)
            if event is None or event.data is not None:
                return event and event.data

    async def envelope(self):
        """The body of a refusal; the client leaves, for which the daemon would wait."""
        assert self.headers["content-type"] == "application/json;charset=utf-8"
        body = await asyncio.wait_for(self.reader.read(), PATIENCE)
        await self.leave()
        return json.loads(body)

    async def leave(self):
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


class Curl:
    """curl -N, as somebody types it."""

    def __init__(self, url, *options):
        self.process = subprocess.Popen(["curl", "-sN", "--http1.1", *options, url], stdout=subprocess.PIPE)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode())
        self.lines.put("")

    def event(self, timeout=PATIENCE):
        """The next one that has data; None at the end."""
        lines = []
        while True:
            line = self.lines.get(timeout=timeout)
            if line == "":
                return None
            if line != "\n":
                lines.append(line[:-1])
            elif any(line.startswith("data:") for line in lines):
                return Event(lines)
            else:
                lines = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

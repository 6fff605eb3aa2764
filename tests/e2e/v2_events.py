"""v2_events.py - clients of GET /group/events: curl -N, as a script has it."""
import asyncio
import contextlib

from client import PATIENCE, _open, encode
from v2_frames import parse
from v2_model import Model


class Events:
    """One stream. Events are taken one by one, with event() or next(); .model shows what they
    say."""

    @classmethod
    async def open(cls, host, group, user, token="xxx", resume=None, headers=(), at=None,
                   model=None):
        """After the answer's head: .status and .headers."""
        self = cls()
        self.model = model or Model()
        self.model.connects()
        path = "/".join(map(encode, (group, user, token)))
        url = f"http://{at or host.host}/group/events/{path}"
        url += f"?resume={resume}" if resume else ""
        fields = ["Accept: text/event-stream", *headers]
        self.process = await asyncio.create_subprocess_exec(
            "curl", "-N", "-s", "-i", "--globoff",
            *(part for field in fields for part in ("-H", field)), url,
            stdout=asyncio.subprocess.PIPE, limit=1 << 24)
        if _open.get() is not None:
            _open.get().append(self)
        self.status = int((await self._line()).split()[1])
        self.headers, self.comments, self.retry_ms = {}, 0, None
        while line := await self._line():
            name, value = line.split(":", 1)
            self.headers[name.lower()] = value.strip()
        return self

    @classmethod
    async def enter(cls, host, group, user, **options):
        """After `welcome` and the list, if one is due."""
        self = await cls.open(host, group, user, **options)
        assert self.status == 200, await self.rest()
        assert self.headers["content-type"].split(";")[0] == "text/event-stream"
        self.welcome = await self.next("welcome")
        self.list = None if self.welcome["recovered"] else await self.next("list")
        return self

    async def _line(self, timeout=PATIENCE):
        line = await asyncio.wait_for(self.process.stdout.readline(), timeout)
        if not line:
            raise ConnectionError("the stream has ended")
        return line.decode().rstrip("\r\n")

    async def event(self, timeout=PATIENCE):
        """The next one: its id, None if it has none, and its frame; nothing else may be in it."""
        fields = []
        while True:
            line = await self._line(timeout)
            if line.startswith(":"):
                self.comments += 1
            elif line.startswith("retry: "):
                self.retry_ms = int(line.split()[1])
            elif line:
                fields.append(line.split(": ", 1))
            elif fields:
                break
        names = [name for name, _ in fields]
        assert names in (["data"], ["id", "data"]), fields
        frame = parse(fields[-1][1])
        self.model.take(frame)
        assert not self.model.amiss, self.model.amiss
        its_id = fields[0][1] if len(fields) == 2 else None
        durable = frame["type"] in ("list", "message", "recall", "purge", "clear", "notice")
        assert its_id == (self.model.position if durable else None), fields
        return its_id, frame

    async def next(self, kind, timeout=PATIENCE):
        """The next frame but `presence`, which has to be of this type."""
        while True:
            _, frame = await self.event(timeout)
            if frame["type"] != "presence" or kind == "presence":
                assert frame["type"] == kind, f"{frame} where {kind} is due"
                return frame

    async def info(self):
        return (await self.next("message"))["info"]

    async def comment(self):
        """Waits for a comment line."""
        while not (await self._line()).startswith(":"):
            pass

    async def ended(self):
        """Nothing comes any more but comments, then the end."""
        lines = (await self.rest()).splitlines()
        assert all(line in ("", "\r") or line.startswith(":") for line in lines), lines

    async def rest(self):
        """All up to the end, as text."""
        return (await asyncio.wait_for(self.process.stdout.read(), PATIENCE)).decode()

    async def leave(self):
        if self in (_open.get() or []):
            _open.get().remove(self)
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

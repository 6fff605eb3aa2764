"""fastim_js.py - www/fastim.js in Node: rooms and group lists that a test drives, and what they say."""
import asyncio
import contextlib
import itertools
import json
import shutil
import subprocess

from client import PATIENCE
from host import ROOT, fresh

DRIVER = ROOT / "tests/e2e/js/client.mjs"


def node_command():
    """With Node's own WebSocket, if it has one."""
    flag = "--experimental-websocket"
    known = "process.exit(process.allowedNodeEnvironmentFlags.has(process.argv[1]) ? 0 : 1)"
    has = subprocess.run(["node", "-e", known, "--", flag], check=False).returncode == 0
    return [shutil.which("node"), *([flag] if has else [])]


class Refused(Exception):
    """A promise was rejected; .code, .reason and .wait are those of the FastimError."""

    def __init__(self, error):
        super().__init__(f"{error.get('code')} {error.get('reason')}")
        self.code, self.reason, self.wait = error.get("code"), error.get("reason"), error.get("retryAfter")


class FastimJs:
    """A process with one room, or one list of groups. .events: all there were, as (type, value)."""

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, site, user=None, group=None, **options):
        """site: a host, or an address; tokens: what the token source gives, the last one for ever."""
        self = cls()
        self.user, self.group, self.events = user or fresh("u"), group, []
        self._numbers, self._answers, self._came = itertools.count(1), {}, asyncio.Condition()
        self._process = await asyncio.create_subprocess_exec(
            *node_command(), DRIVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, limit=1 << 24)
        reading = asyncio.create_task(self._read())
        try:
            options.update({"group": group} if group else {"kind": "groups"})
            await self._ask("open", site=getattr(site, "http", site), user=self.user, **options)
            yield self
        finally:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            await reading
        assert not self.all("unhandled") + self.all("twice"), self.events

    async def _read(self):
        async for line in self._process.stdout:
            said = json.loads(line)
            async with self._came:
                if "n" in said:
                    self._answers[said["n"]] = said
                else:
                    self.events.append((said["event"], said.get("value")))
                self._came.notify_all()

    async def _ask(self, call, timeout=PATIENCE, **keys):
        number = next(self._numbers)
        self._process.stdin.write((json.dumps({"n": number, "call": call, **keys}) + "\n").encode())
        async with asyncio.timeout(timeout), self._came:
            await self._came.wait_for(lambda: number in self._answers)
        said = self._answers.pop(number)
        if "error" in said:
            raise Refused(said["error"])
        return said["value"]

    # ---- what a page does ----

    async def call(self, name, *args, timeout=PATIENCE):
        """Of the room, or of room.mod; waits for what it promises."""
        return await self._ask(name, args=args, timeout=timeout)

    async def send(self, info, timeout=PATIENCE):
        return (await self.call("send", info, timeout=timeout))["ts"]

    async def show(self):
        """What it has: list, pending, state, online, users, you, settings."""
        return await self._ask("show")

    async def infos(self):
        return [message["info"] for message in (await self.show())["list"]]

    # ---- what it says ----

    def all(self, kind):
        return [value for event, value in self.events if event == kind]

    async def until(self, kind, wanted=None, timeout=30):
        """Waits until there is, or was, an event of that type, with that value or one that fits."""
        fits = wanted if callable(wanted) else lambda value: wanted is None or value == wanted
        async with asyncio.timeout(timeout), self._came:
            await self._came.wait_for(lambda: any(map(fits, self.all(kind))))
        return next(value for value in reversed(self.all(kind)) if fits(value))

    async def until_heard(self, info, timeout=30):
        """That text has come, in whatever way."""
        await self.until("messages", lambda batch: any(message["info"] == info for message in batch), timeout)

    async def until_list(self, infos, timeout=30):
        """The list has these texts. A promise of send() is kept by the ack, before the message is in the list, or after."""
        has = None
        try:
            async with asyncio.timeout(timeout):
                while True:
                    seen = len(self.events)
                    has = await self.infos()
                    if has == infos:
                        return
                    async with self._came:
                        await self._came.wait_for(lambda seen=seen: len(self.events) > seen)
        except TimeoutError:
            assert has == infos  # says what is different

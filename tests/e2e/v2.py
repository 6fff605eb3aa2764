"""v2.py - WebSocket clients of fastim.v2; what each of them shows is in its .model."""
import asyncio
import uuid

import websockets

from client import PATIENCE, Client, compact
from v2_frames import parse
from v2_model import Model

PROTOCOL = "fastim.v2"
PASSING = ("presence", "ping")  # may come at any time


def fresh_id():
    return uuid.uuid4().hex[:12]


class V2(Client):
    """One connection. Frames are taken one by one; each is held to its form, and shown by the
    model."""

    @classmethod
    async def connect(cls, url, model=None, resume=None, protocols=(PROTOCOL,), **options):
        """After the handshake."""
        address = url if resume is None else f"{url}?resume={resume}"
        self = await cls.open(address, subprotocols=list(protocols), **options)
        self.model = model or Model()
        self.model.connects()
        self.heard = set()  # the text of each message that this connection has taken
        return self

    @classmethod
    async def enter(cls, host, group, user, token="-", auth=None, model=None, at=None, **options):
        """After `welcome` and the list, if one is due. A model of an earlier connection resumes:
        what it
        has sent without an answer is sent again."""
        if model and "resume" not in options:
            options["resume"] = model.position
        self = await cls.connect(host.chat_url(group, user, token, at), model, **options)
        if auth is not None:
            await self.write("auth", token=auth)
        for its_id, info in list(self.model.open.items()):
            await self.write("send", id=its_id, info=info)
        self.welcome = await self.next("welcome")
        self.list = None if self.welcome["recovered"] else await self.next("list")
        return self

    # ---- what it sends ----

    async def write(self, kind, **keys):
        await self.send(compact({"type": kind, **keys}))

    async def put(self, info, its_id=None):
        """Sends a message, and does not wait; returns its id."""
        its_id = its_id or fresh_id()
        self.model.sends(its_id, info)
        await self.write("send", id=its_id, info=info)
        return its_id

    async def say(self, info, its_id=None):
        """Sends a message, and takes `ack` and `message`, in either order; returns the message."""
        its_id = await self.put(info, its_id)
        frames = {frame["type"]: frame for frame in [await self.any(), await self.any()]}
        assert sorted(frames) == ["ack", "message"], frames
        ack, message = frames["ack"], frames["message"]
        assert ack == {"type": "ack", "id": its_id, "ts": message["ts"]}, frames
        assert message["info"] == info, frames
        return message

    # ---- what it takes ----

    async def text(self, timeout=PATIENCE):
        """The next frame. (asyncio.wait_for may swallow that a test is cancelled.)"""
        async with asyncio.timeout(timeout):
            frame = await self.ws.recv()
        assert isinstance(frame, str), f"a binary frame: {frame!r}"
        return frame

    async def frame(self, timeout=PATIENCE):
        frame = parse(await self.text(timeout))
        self.model.take(frame)
        assert not self.model.amiss, self.model.amiss
        self.heard.update(message["info"] for message in [frame, *frame.get("list", [])]
                          if "info" in message)
        return frame

    async def any(self, timeout=PATIENCE, passing=PASSING):
        """The next frame but those that may come at any time."""
        while True:
            frame = await self.frame(timeout)
            if frame["type"] not in passing:
                return frame

    async def next(self, kind, timeout=PATIENCE):
        """The next frame, which has to be of this type."""
        frame = await self.any(timeout, [passing for passing in PASSING if passing != kind])
        assert frame["type"] == kind, f"{frame} where {kind} is due"
        return frame

    async def answer(self, its_id):
        """Takes frames up to the answer to the send with this id."""
        while True:
            frame = await self.any()
            if frame["type"] in ("ack", "error") and frame.get("id") == its_id:
                return frame

    async def info(self):
        """The text of the next message."""
        return (await self.next("message"))["info"]

    async def until(self, info, timeout=30):
        """Takes frames until this text has come, in a `message` or a `list`. It may have come
        before: while an answer was awaited, say."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        while info not in self.heard:
            await self.any(end - loop.time())

    async def refused(self, code, reason, **more):
        """The next frame is this error."""
        frame = await self.next("error")
        due = {key: more[key] for key in ("id",) if key in more}
        due.update(type="error", code=code, reason=reason)
        assert {key: frame[key] for key in frame if key != "retryAfter"} == due, frame
        return frame

    async def ended(self, code, reason, close, **more):
        """This error comes, then the close. An answer to a frame may come before it: the same,
        with its id."""
        if more:
            await self.refused(code, reason, **more)
        try:
            await self.refused(code, reason)
        except websockets.ConnectionClosed:
            assert more, "no error before the close"
        assert await self.close_code() == close

    async def close_code(self, timeout=PATIENCE):
        """Waits for the server's close; nothing that means something may come before it."""
        try:
            frame = await self.any(timeout)
        except websockets.ConnectionClosed:
            return self.ws.close_code
        raise AssertionError(f"a frame where the close was due: {frame!r}")

    def cut(self):
        """The line is lost: no close, and what was on its way is gone."""
        self.ws.transport.abort()


class V2Groups(V2):
    """A client of /group/list: .groups is what it shows, {groupId: its part of the list}."""

    @classmethod
    async def watch(cls, host, user, token="-", auth=None):
        """After `groups`."""
        self = await cls.connect(host.list_url(user, token))
        self.groups = {}
        if auth is not None:
            await self.write("auth", token=auth)
        await self.next("groups")
        return self

    async def frame(self, timeout=PATIENCE):
        frame = parse(await self.text(timeout))
        if frame["type"] == "groups":
            assert len({group["groupId"] for group in frame["groups"]}) == len(frame["groups"])
            self.groups = {group["groupId"]: group for group in frame["groups"]}
        elif frame["type"] == "group":
            group = frame["group"]
            assert self.groups.get(group["groupId"]) != group, f"nothing has changed: {frame}"
            self.groups[group["groupId"]] = group
        elif frame["type"] == "left":
            del self.groups[frame["groupId"]]
        return frame

#!/usr/bin/python3
"""bot.py - a bot in a group, with fastim.v2: it answers "!time" and "!roll 6".

    bot.py ws://127.0.0.1:9000 GROUP USER [TOKEN]

Each question is answered once, also if the connection breaks: the bot comes back to where it was, is told what it has
missed, and an answer has an id that is made of its question, so that it is stored once. Debian: python3-websockets.
"""
import asyncio
import json
import random
import sys
import time
from urllib.parse import quote

import websockets

FINAL = (1002, 1003, 1007, 1009, 1011, 4400, 4403, 4440)  # to come back will not help
ROLL_MAX = 1000000


def answer(text):
    """What the bot says to a message; None: nothing."""
    word, _, rest = text.partition(" ")
    if word == "!time":
        return time.strftime("%H:%M:%S")
    if word == "!roll" and rest.isascii() and rest.isdigit() and 1 <= int(rest[:8]) <= ROLL_MAX:
        return f"{random.randint(1, int(rest[:8]))} of {int(rest[:8])}"
    return None


class Bot:
    def __init__(self, site, group, user, token=None):
        self.user, self.token = user, token
        self.url = f"{site}/group/chat/{quote(group, safe='')}/{quote(user, safe='')}/-"
        self.epoch, self.at = None, 0  # the position
        self.open = {}  # answers that were not acknowledged, id: text
        self.spread_ms, self.tries = 2000, 0

    async def run(self):
        """Until the server says that to come back will not help; returns why."""
        while True:
            code, reason = await self.connect()
            if code in FINAL:
                return reason
            most = self.spread_ms if self.tries == 0 else min(30000, 1000 * 2 ** (self.tries - 1))
            self.tries += 1
            print(f"bot: {reason or 'lost'}, comes back", flush=True)
            await asyncio.sleep(random.random() * most / 1000)

    async def connect(self):
        url = self.url if self.epoch is None else f"{self.url}?resume={self.epoch}-{self.at}"
        try:
            # A WebSocket ping tells that the line is dead; the library sends one every 20 seconds.
            async with websockets.connect(url, subprotocols=["fastim.v2"]) as self.ws:
                if self.token:
                    await self.put(type="auth", token=self.token)
                async for text in self.ws:
                    await self.take(json.loads(text))
        except (OSError, asyncio.TimeoutError, websockets.InvalidHandshake) as wrong:
            return None, str(wrong)
        except websockets.ConnectionClosed:
            pass
        return self.ws.close_code, self.ws.close_reason

    async def put(self, **frame):
        await self.ws.send(json.dumps(frame, ensure_ascii=False))

    async def take(self, frame):
        kind = frame["type"]
        if kind == "welcome":
            self.spread_ms, self.tries = frame["limits"]["spreadMs"], 0
            print("bot: is there", flush=True)
            await self.repeat()
        elif kind == "ping":
            await self.repeat()
        elif kind == "list":  # a new beginning: what was said before is not answered
            self.epoch, self.at = frame["epoch"], frame["at"]
        elif kind == "message":
            await self.hear(frame)
        elif kind == "reconnect":
            self.spread_ms = frame["after"]
        elif kind == "ack" or (kind == "error" and "retryAfter" not in frame):
            self.open.pop(frame.get("id"), None)
        if kind in ("message", "recall", "purge", "clear", "notice"):
            self.at = frame.get("at", frame.get("ts"))

    async def repeat(self):
        """What has no answer, or was told to wait: of an id that is known nothing is stored."""
        for its_id, text in list(self.open.items()):
            await self.put(type="send", id=its_id, info=text)

    async def hear(self, message):
        said = answer(message["info"]) if message["userId"] != self.user else None
        if said is not None:
            its_id = f"to.{message['ts']}"
            self.open[its_id] = said
            await self.put(type="send", id=its_id, info=said)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    try:
        sys.exit(f"bot: {asyncio.run(Bot(*sys.argv[1:]).run())}")
    except KeyboardInterrupt:
        pass

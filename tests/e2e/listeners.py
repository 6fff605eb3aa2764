"""listeners.py - clients that say nothing and have lost their login; a thread waits for what they are told."""
import asyncio
import threading
import time

import websockets

from client import Client
from host import fresh

RECHECK_SECONDS = 60


class RevokedListeners:
    """Begins at once; the minute passes beside the tests that run meanwhile."""

    def __init__(self, host):
        self._host = host
        self._told = {}
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()

    def told(self):
        """{kind: (frames, close code, seconds since the login was gone)}; "stays": (message, ttl) of
        one that has kept its login."""
        self._thread.join(RECHECK_SECONDS + 30)
        assert not self._thread.is_alive(), "the listeners were told nothing"
        return self._told

    async def _run(self):
        host = self._host
        gone, stays = host.api.login(fresh("gone")), host.api.login(fresh("stays"))
        clients = {
            "chat": await Client.open(host.chat_url(fresh(), gone.user, gone.token)),
            "list": await Client.open(host.list_url(gone.user, gone.token)),
        }
        assert await clients["chat"].text() == '{"list":[],"total":0}'
        staying = await host.chat(fresh(), stays.user, stays.token)
        host.redis.delete(f"login:{gone.user}")
        host.redis.expire(f"login:{stays.user}", 1000)
        since = time.monotonic()
        await asyncio.gather(*(self._listen(kind, client, since) for kind, client in clients.items()))
        ttl = host.redis.ttl(f"login:{stays.user}")
        self._told["stays"] = (await staying.say("still in"), ttl)
        await staying.leave()

    async def _listen(self, kind, client, since):
        frames, code = [], None
        try:
            while True:
                frames.append(await asyncio.wait_for(client.ws.recv(), RECHECK_SECONDS + 15))
        except asyncio.TimeoutError:
            pass
        except websockets.ConnectionClosed:
            code = client.ws.close_code
        self._told[kind] = (frames, code, time.monotonic() - since)

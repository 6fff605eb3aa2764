"""listeners.py - clients that say nothing, for long; a thread waits for what they are told, beside other tests."""
import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import websockets

from client import Client
from host import fresh

RECHECK_SECONDS = 60


class IdleSockets:
    """A chat and a group list of one user, in silence for so many seconds. Begins at once."""

    def __init__(self, host, seconds):
        self._host, self._seconds = host, seconds
        pool = ThreadPoolExecutor(1)
        self._end = pool.submit(asyncio.run, self._run())
        pool.shutdown(wait=False)

    def told(self):
        """{kind: the frame that comes when there is a message at last}."""
        return self._end.result(self._seconds + 30)

    async def _run(self):
        host, group, user = self._host, fresh(), fresh("u")
        idle = {"chat": await host.chat(group, user), "list": await host.group_list(user)}
        await asyncio.sleep(self._seconds)  # nothing to wait for: the silence is the point
        speaker = await host.chat(group, user)
        await speaker.say("still there?")
        told = {kind: await client.text() for kind, client in idle.items()}
        for client in [speaker, *idle.values()]:
            await client.leave()
        return told


class RevokedListeners:
    """They have lost their login. Begins at once; the minute passes beside the tests that run meanwhile."""

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

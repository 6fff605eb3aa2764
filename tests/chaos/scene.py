"""scene - the servers of a run: Redis (or master, replica and Sentinels) and two hosts."""
import asyncio
import pathlib
import shutil
from concurrent.futures import ThreadPoolExecutor

from host import Host
from line import Line
from record import Segment
from processes import eventually
from redis_server import RedisServer
from stepped_redis import SteppedRedis

LIST_NUM = 2000
SETTINGS = {
    "redis.timeoutMs": 500, "http.processes": 1, "http.requestsPerSecond": 0, "log.level": "info",
    "im.groupMessage.listNum": LIST_NUM, "im.groupMessage.maxCount": 0, "push.health": "", "push.drainSeconds": 1,
    "push.joinsPerSecond": 0, "push.bytesPerSecond": 0, "push.roomLogBytes": 262144}
REDIS_OPTIONS = ["--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0"]


async def in_thread(function, *arguments):
    """What blocks. Who is cancelled meanwhile waits until it is done: what it starts is to be stopped."""
    task = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


class Scene:
    """Two hosts on one Redis; the first reaches it by a line that can be hurt, the second has two workers."""

    other_rooms = ()  # beside those of a Crowd

    def __init__(self, folder, record):
        self.folder = pathlib.Path(folder)
        self.record = record
        self.hosts = []
        self.redis = self.line = None
        self._spares = 0

    def start(self):
        self.redis = self.first_redis()
        self.line = Line(self.redis.port)
        self.start_hosts({"redis.port": self.line.port}, {"push.workers": 2})

    def start_hosts(self, *settings):
        for number, more in enumerate(settings, 1):
            self.hosts.append(Host(self.folder / f"host{number}", self.redis, {**SETTINGS, **more}))

    def new_redis(self, name, *options):
        return RedisServer(self.folder / name, appendonly=True, options=[*REDIS_OPTIONS, *options])

    def first_redis(self):
        return self.new_redis("redis")

    def spare(self):
        """Another Redis, that has all data of the first."""
        self._spares += 1
        spare = self.new_redis(f"spare{self._spares}", "--replicaof", "127.0.0.1", str(self.redis.port))
        eventually(lambda: spare.client.info("replication")["master_link_status"] == "up", 10, "a replica")
        return spare

    def stop(self):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Host.stop, self.hosts))
        if self.line:
            self.line.stop()
        if self.redis:
            self.redis.stop()

    # ---- Redis' data ----

    def read_lists(self, server):
        """{room: texts} as this Redis has them."""
        client = server.connect()
        return {key.decode()[len("gml:"):]: [entry.decode() for entry in client.lrange(key, 0, -1)]
                for key in client.keys("gml:*")}

    def master(self):
        return self.redis

    def keep_last_lists(self):
        """At the end, when all is quiet."""
        self._keep(self.read_lists(self.master()), 0)

    def lose_data(self, ended_ms):
        """While it is dead: its file goes away. What was in it goes into the record: appendfsync was always,
        so nothing was told to anybody that is not there."""
        self._spares += 1
        folder = self.folder / f"lost{self._spares}"
        folder.mkdir()
        shutil.move(self.redis.folder / "appendonlydir", folder / "appendonlydir")
        reader = self.new_redis(folder.name)
        try:
            self._keep(self.read_lists(reader), ended_ms)
        finally:
            reader.stop()

    def _keep(self, lists, ended_ms, rooms=None):
        """rooms: whose lists these are; None: of all."""
        for room in rooms or set(lists) | {session.room for session in self.record.sessions}:
            self.record.segments.setdefault(room, []).append(
                Segment([self.record.intern(text) for text in lists.get(room, [])], ended_ms))

    # ---- what the hosts say ----

    def logs(self):
        """How long each host's log is by now."""
        return {host: host.process.log.stat().st_size for host in self.hosts}

    @staticmethod
    def logged_since(host, position):
        with open(host.process.log, "rb") as file:
            file.seek(position)
            return file.read().decode("utf-8", "replace")


class ClockScene(Scene):
    """The same; the clock of its Redis can be stepped."""

    def first_redis(self):
        return SteppedRedis(self.folder / "redis", appendonly=True, options=REDIS_OPTIONS)

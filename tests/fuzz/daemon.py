"""daemon.py - fastim-pushd under the sanitizers, while hostile clients and writers do what they should not.

Two honest clients chat all the while and must see all that they say once and in order. In the end the daemon lives,
has let go of all the others, stops when told to, and no sanitizer had anything to say.

    BUILD=build/asan FUZZ_SECONDS=60 SEED=7 /usr/bin/python3 tests/fuzz/daemon.py
"""
import asyncio
import collections
import difflib
import json
import os
import pathlib
import random
import signal
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from client import Chat, Client, clients_of_a_test  # noqa: E402
from host import PUSHD, write_settings  # noqa: E402
from hostile import GROUPS, PATHS, Hostile  # noqa: E402
from ports import free_port  # noqa: E402
from processes import Process, eventually  # noqa: E402
from redis_server import RedisServer  # noqa: E402
from rfc6455 import handshake  # noqa: E402

SECONDS = float(os.environ.get("FUZZ_SECONDS") or 60)
SEED = int(os.environ.get("SEED") or random.randrange(1 << 32))
CLIENTS, WRITERS = 12, 3  # hostile ones at a time
REPORTS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "assert")
SANITIZERS = {"ASAN_OPTIONS": "detect_stack_use_after_return=1:detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}

counts = collections.Counter()


class Daemon:
    def __init__(self, folder, redis):
        self.port, self.health = free_port(), free_port()
        conf = write_settings(folder / "fastim.yml", {
            "push.listen": f"127.0.0.1:{self.port}", "redis.port": redis.port, "push.health": f"127.0.0.1:{self.health}",
            "push.maxPerAddress": 0, "push.joinsPerSecond": 0, "push.messagesPerSecond": 0,
            "push.bytesPerSecond": 0, "push.drainSeconds": 1})
        self.process = Process([PUSHD, "-c", conf], folder / "pushd.log", env={**os.environ, **SANITIZERS})
        for connection in ("subscription", "commands"):
            self.process.wait_line(f"redis-up connection={connection}$")

    def url(self, path):
        return f"ws://127.0.0.1:{self.port}{path}"

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def connections(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.health}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("fastim_connections "))


# ---- the hostile ones ----

async def pour(hostile, writer, data):
    for piece in hostile.cut(data):
        writer.write(piece)
        await writer.drain()
        if hostile.random.random() < .3:
            await asyncio.sleep(0)


async def attack(hostile, daemon):
    r = hostile.random
    port = daemon.health if r.random() < .05 else daemon.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        if r.random() < .4:
            counts["handshakes"] += 1
            await pour(hostile, writer, hostile.handshake() * r.choice([1, 1, 1, 2]))
        else:
            counts["frame soups"] += 1
            begin = handshake(r.choice(PATHS), "x")
            if r.random() < .3:
                await pour(hostile, writer, begin + hostile.frames())  # in one segment, or in pieces
            else:
                writer.write(begin)
            if r.random() < .8:
                await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
            for _ in range(r.randrange(1, 5)):
                await pour(hostile, writer, hostile.frames())
        if r.random() < .5:
            await asyncio.wait_for(reader.read(r.choice([1, 1000, 100000])), r.choice([.01, .1, 1]))
        if r.random() < .3:
            writer.write_eof()
    finally:
        if r.random() < .3:
            writer.transport.abort()
        writer.close()


async def attack_on(number, daemon, end):
    hostile = Hostile(random.Random(f"{SEED} client {number}"))
    while time.monotonic() < end:
        try:
            await attack(hostile, daemon)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass


def write(hostile, redis):
    """Into a hostile group anything goes; into the honest one what another writer may: first the list, then a
    PUBLISH of the same."""
    r = hostile.random
    group = r.choice(GROUPS)
    key, channel = f"gml:{group}", f"mq:{group}"
    kind = r.randrange(12)
    counts["writes"] += 1
    if kind == 0:
        redis.delete(key)
        redis.set(key, hostile.junk()) if r.random() < .3 else redis.ltrim(key, -20, -1)
    elif kind == 1:
        redis.sadd("ugs:watcher", r.choice([*GROUPS, hostile.junk(200)]))
    elif kind == 2 and r.random() < .1:
        redis.delete("ugs:watcher")
    elif kind == 3:
        payload = hostile.payload("good")
        redis.rpush("gml:good", payload)
        redis.publish("mq:good", payload)
    elif kind == 4 and r.random() < .05:
        counts["reconnects"] += 1
        redis.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    else:
        payload = hostile.payload(group)
        if kind != 5 and redis.type(key) in (b"none", b"list"):
            redis.rpush(key, payload)
        if kind != 6:
            redis.publish(channel, payload)


async def write_on(number, redis, end):
    hostile = Hostile(random.Random(f"{SEED} writer {number}"))
    while time.monotonic() < end:
        write(hostile, redis)
        await asyncio.sleep(hostile.random.random() * .02)


# ---- the honest ones ----

class Honest:
    """A client of the group `good`: what it said and heard of honest ones, and all that came."""

    def __init__(self, chat):
        self.chat, self.heard, self.all = chat, [], []

    async def hear(self, until):
        """Up to this text of an honest client."""
        while not self.heard or self.heard[-1] != until:
            message = await self.chat.message(30)
            self.all.append(message)
            if message["userId"] in ("a", "b"):
                self.heard.append(message["info"])


def difference(left, right):
    left, right = [[json.dumps(each)[:100] for each in side] for side in (left, right)]
    return [line for line in difflib.unified_diff(left, right, lineterm="", n=1)][:20]


async def chat_on(daemon, end):
    pair = [Honest(await Chat.join(daemon.url(f"/group/chat/good/{name}/t"))) for name in "ab"]
    said = []
    while time.monotonic() < end or not said:
        said.append(f"{len(said)} {'x' * (len(said) % 700)}")
        await pair[len(said) % 2].chat.send(said[-1])
        await asyncio.gather(*(one.hear(said[-1]) for one in pair))
    for one in pair:
        assert one.heard == said, "an honest client has not heard all that was said once and in order"
    at_first = pair[1].chat.first["list"]  # the other, who was there before, may have been sent these
    seen = [[message for message in one.all if message not in at_first] for one in pair]
    assert seen[0] == seen[1], f"the honest clients have not seen the same: {difference(*seen)}"
    counts["honest messages"] = len(said)
    counts["messages of others that they saw"] = len(pair[0].all) - len(said)


async def join_on(daemon, end):
    """Who comes later finds a first frame; who watches groups gets lists."""
    while time.monotonic() < end:
        late = await Chat.join(daemon.url("/group/chat/good/late/t"))
        infos = [int(m["info"].split()[0]) for m in late.first["list"] if m["userId"] in ("a", "b")]
        assert infos == sorted(set(infos)), f"a first frame out of order: {infos}"
        watcher = await Client.open(daemon.url("/group/list/a/t"))
        assert isinstance(await watcher.json(30), list)
        counts["joins"] += 1
        await late.leave()
        await watcher.leave()


async def run(daemon, redis):
    end = time.monotonic() + SECONDS
    async with clients_of_a_test():
        tasks = [asyncio.create_task(task) for task in (
            chat_on(daemon, end), join_on(daemon, end), *(attack_on(i, daemon, end) for i in range(CLIENTS)),
            *(write_on(i, redis, end) for i in range(WRITERS)))]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()


def check_end(daemon, descriptors):
    assert daemon.process.popen.poll() is None, "the daemon is gone"
    eventually(lambda: daemon.connections() == 0, 30, "0 connections")
    eventually(lambda: daemon.descriptors() <= descriptors, 30, "descriptors as at the begin")
    daemon.process.signal(signal.SIGTERM)
    assert daemon.process.wait(30) == 0, "its exit status"


def main():
    print(f"fuzz-daemon: SEED={SEED}, {SECONDS:g} s", flush=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fastim-fuzz-"))
    redis = RedisServer(folder / "redis")
    daemon = Daemon(folder, redis)
    failure = None
    try:
        descriptors = daemon.descriptors() + 1  # /metrics, kept by nobody
        asyncio.run(run(daemon, redis.client))
        check_end(daemon, descriptors)
    except BaseException as caught:  # pylint: disable=broad-except
        failure = caught
    finally:
        daemon.process.stop()
        redis.stop()
    said = [line for line in daemon.process.wait_output().splitlines() if any(word in line for word in REPORTS)]
    print("  " + json.dumps(counts)[1:-1].replace('"', ""))
    if failure is None and not said:
        return 0
    print("\n".join([f"fuzz-daemon: {type(failure).__name__} {failure}" if failure else "", *said[:20],
                     f"repeat it with SEED={SEED}; the daemon's log is {folder}/pushd.log"]), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""v2_flood.py - all kinds of writers at once, while clients of fastim.v2 are cut, and resume."""
import asyncio
import collections
import contextlib
import json
import random

import websockets

from cluster_site import ClusterRedis, name_on_cluster
from foreign import entry
from host import fresh
from v2 import V2, fresh_id
from v2_model import Model

UNACKED = 16
LATEST_IDS = 10  # of these one is sent once more, now and then
RECALL_S = 0.15  # a connection may recall ten times a second


# Other software: KEYS list, last ts; ARGV JSON up to the ts, channel, how late it is (ms).
ONE_STEP = """
local time, newest = redis.call('TIME'), redis.call('LINDEX', KEYS[1], -1)
local last = (redis.call('GET', KEYS[2]) or '0'):match('^%d+')
local ts = math.max(time[1] * 1000 + math.floor(time[2] / 1000), last + 1)
ts = math.max(ts, newest and cjson.decode(newest).ts + 1 or 0) - ARGV[3]
local raw = ARGV[1] .. string.format('%.0f', ts) .. '}'
redis.call('RPUSH', KEYS[1], raw)
redis.call('PUBLISH', ARGV[2], raw)
"""


def one_step(redis, group, text, late):
    """Of text the ts is missing."""
    keys, args = [f"gml:{group}", f"gmt:{group}"], [text, f"mq:{group}", late]
    if isinstance(redis, ClusterRedis):
        script = ONE_STEP.replace("'GET', KEYS[2]", "'HGET', KEYS[2], 'ts'").replace("'PUBLISH'", "'SPUBLISH'")
        keys, args[1] = list(map(name_on_cluster, keys)), name_on_cluster(args[1])
        redis.eval_at(keys[0], script, keys, args)
    else:
        redis.register_script(ONE_STEP)(keys, args)


class Restless:
    """A user of fastim.v2, on one connection after the other: it reads, and writes what it is told
    to."""

    def __init__(self, flood, name, seed):
        self.flood, self.name = flood, name
        self.rng = random.Random(f"{seed} {name}")
        self.model = Model()
        self.client = None
        self.cuts = 0
        self.told_again = 0     # ids that were sent again although they were known
        self.recalls = 0
        self._connected = asyncio.Event()
        self._answered = asyncio.Event()

    async def run(self):
        """Reads, until it has seen the flood's last message; is cut until then."""
        while self.flood.last not in self.model.infos()[-50:]:
            host = self.rng.choice(self.flood.hosts)
            try:
                self.client = await V2.enter(host, self.flood.group, self.name, model=self.model,
                                             at=self.rng.choice((None, host.push)))
                self._connected.set()
                await self._read(self.rng.randrange(5, 150))
            except (websockets.ConnectionClosed, OSError):
                pass
            self._connected.clear()
        self.client.cut()

    async def _read(self, count):
        """So many frames, then the line is lost; to the end, once nobody writes any more."""
        while self.flood.writing or self.flood.last not in self.model.infos()[-50:]:
            try:
                await self.client.any(20)
            except asyncio.TimeoutError:
                raise AssertionError(f"{self.name}: nothing came; open {self.model.open}") from None
            self._answered.set()
            count -= 1
            if count <= 0 and self.flood.writing:
                self.client.cut()
                self.cuts += 1
                return

    async def write(self, messages):
        """So many, all of which are answered at the end."""
        for number in range(messages):
            while len(self.model.open) >= UNACKED:
                await self._some_answer()
            await self._put(f"{self.name}:{number}", fresh_id())
            if self.rng.random() < 0.1 and self.model.acked:
                its_id = self.rng.choice(list(self.model.acked)[-LATEST_IDS:])
                if len(self.model.open) < UNACKED and its_id not in self.model.open:
                    self.told_again += 1
                    await self._put("must not be stored", its_id)
            await asyncio.sleep(self.rng.random() * 0.01)
        while self.model.open:
            await self._some_answer()

    async def _put(self, info, its_id):
        while not self._connected.is_set():
            await self._connected.wait()
        with contextlib.suppress(websockets.ConnectionClosed):
            await self.client.put(info, its_id)

    async def _some_answer(self):
        self._answered.clear()
        await asyncio.wait_for(self._answered.wait(), 20)

    async def recall(self):
        """Takes back some of its own, until it is cancelled."""
        while True:
            await asyncio.sleep(RECALL_S + self.rng.random() * 0.1)
            own = [message
                   for message in self.model.messages[-60:] if message["userId"] == self.name]
            if own and self._connected.is_set():
                with contextlib.suppress(websockets.ConnectionClosed):
                    await self.client.write("recall", ts=self.rng.choice(own)["ts"])
                    self.recalls += 1


class V2Flood:
    """Clients of Part 1, of fastim.v2, of HTTP, and other software (one step, growing ts) over the
    hosts."""

    def __init__(self, hosts, seed, messages=60, users=4, readers=3, recalls=True):
        self.hosts = hosts
        self.group, self.last = fresh("v2flood"), fresh("last")
        self.messages = messages
        self.writing = True
        self.restless = [Restless(self, f"u{n}", seed) for n in range(users + readers)]
        self.users = self.restless[:users]
        self.recalls = recalls
        self.stored = {}   # info: ts of what HTTP and Part 1 clients were told

    async def run(self, disturb=None):
        """disturb: a coroutine function that does harm until it is cancelled. One that fails ends
        all."""
        async with asyncio.TaskGroup() as tasks:
            for each in self.restless:
                tasks.create_task(each.run())
            beside = [tasks.create_task(each.recall()) for each in self.users if self.recalls]
            beside += [tasks.create_task(disturb())] if disturb else []
            writers = [each.write(self.messages) for each in self.users]
            writers += [self._part_1(0), self._part_1(1), self._http(), self._foreign()]
            await asyncio.wait([tasks.create_task(writer) for writer in writers])
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            self.writing = False
            await (await self.hosts[0].chat(self.group, "last")).send(self.last)

    async def _part_1(self, n):
        name = f"part1-{n}"
        client = await self.hosts[n % len(self.hosts)].chat(self.group, name)
        for number in range(self.messages):
            await client.send(f"{name}:{number}")
            message = {}
            while message.get("info") != f"{name}:{number}":
                message = await client.message(20)
            self.stored[message["info"]] = message["ts"]

    async def _http(self):
        """Each message twice, with the same id, by both hosts."""
        accounts = [host.api.login("http") for host in self.hosts[:1]]
        tokens = [(host.api, accounts[0].token) for host in self.hosts]
        for number in range(self.messages // 4):
            fields = {"groupId": self.group, "info": f"http:{number}", "id": f"id{number}"}
            answers = [await asyncio.to_thread(api.post, "/group/sendMessage", fields, user="http",
                                               token=token)
                       for api, token in tokens]
            assert len({answer.data for answer in answers}) == 1 and answers[0].code == 200, answers
            self.stored[f"http:{number}"] = answers[0].data

    async def _foreign(self):
        """One step each: with a ts above the group's position, and now and then an hour late."""
        for number in range(self.messages):
            late = 3600_000 if number % 5 == 4 else 0
            text = entry(self.group, "foreign", f"foreign:{number}", 0)
            one_step(self.hosts[0].redis, self.group, text[:-2], late)
            await asyncio.sleep(0.004)

    # ---- judging ----

    def entries(self):
        """As clients show them."""
        return [json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))
                for text in self.hosts[0].entries(self.group)]

    def check_all_show_the_list(self):
        entries = self.entries()
        for each in self.restless:
            assert not each.model.amiss, (each.name, each.model.amiss)
            each.model.check_shows(entries)

    def check_answers(self):
        """Acknowledged is there, or was recalled; refused is not; nothing is there twice."""
        stored = [json.loads(text) for text in self.entries()]
        times = collections.Counter(message["info"] for message in stored)
        assert max(times.values()) == 1, [info for info, count in times.items() if count > 1]
        assert "must not be stored" not in times
        where = {(message["userId"], message["ts"]) for message in stored} | self._recalled()
        for each in self.users:
            assert not each.model.open and not each.model.refused, (each.model.open,
                each.model.refused)
            assert len(each.model.acked) == self.messages
            missing = [ts for ts in each.model.acked.values() if (each.name, ts) not in where]
            assert not missing, f"{each.name}: acknowledged, and in no list: {missing}"
        for info, ts in self.stored.items():
            assert (info.split(":")[0], ts) in where, info
        assert all(f"foreign:{number}" in times for number in range(self.messages))

    def _recalled(self):
        """What the group's log names."""
        log = self.hosts[0].redis.zrange(f"fim:log:{self.group}", 1, -1)
        frames = [json.loads(member.split(b" ", 2)[2]) for member in log]
        return {(frame["userId"], frame["ts"]) for frame in frames if frame["type"] == "recall"}

    def check_order(self):
        """Each writer's own order; and the ts of all that fastim wrote strictly increases."""
        stored = [json.loads(text) for text in self.entries()]
        ours = [message["ts"] for message in stored if message["userId"] != "foreign"]
        assert all(a < b for a, b in zip(ours, ours[1:]))
        numbers = collections.defaultdict(list)
        for message in stored[:-1]:
            writer, number = message["info"].split(":")
            numbers[writer].append(int(number))
        assert all(seen == sorted(seen) for seen in numbers.values())

    def figure(self):
        def total(count):
            return sum(count(each) for each in self.restless)

        return (f"v2 flood: {len(self.entries())} messages, {total(lambda each: each.cuts)} cuts, "
                f"{total(lambda each: each.model.resumed)} times recovered, "
                f"{total(lambda each: each.model.lists)} lists, {len(self._recalled())} recalls, "
                f"{total(lambda each: each.told_again)} ids sent again, "
                f"{total(lambda each: len(each.model.dropped))} late ones came again")

"""test_words.py - the word filter: on two hosts, for sockets of both protocols and HTTP, from the file and fim:words."""
import asyncio
import json
import signal
import subprocess
import time

import pytest

from client import Client
from host import API, PUSHD, fresh, write_settings
from operators import Bearer
from ports import free_port
from processes import eventually
from tokens import SECRET

pytestmark = pytest.mark.spread

CHANGED = '{"do":"words"}'
WITHIN_S = 1


@pytest.fixture
def words_of(own_hosts):
    """words_of(*words): these are in Redis from now on; the hosts are told."""
    redis = own_hosts[0].redis

    def change(*words):
        with redis.pipeline() as together:
            together.delete("fim:words")
            if words:
                together.sadd("fim:words", *words)
            together.publish("fim:ev:", CHANGED)
            together.execute()
        return time.monotonic()

    return change


class Speaker:
    """A client of fastim.v2; frames of presence and pings are passed over."""

    @classmethod
    async def join(cls, host, group, user="v2"):
        self = cls()
        self.client = await Client.open(host.chat_url(group, user), subprotocols=["fastim.v2"])
        assert (await self.frame())["type"] == "welcome"
        assert (await self.frame())["type"] == "list"
        return self

    async def frame(self):
        while True:
            frame = await self.client.json()
            if frame["type"] not in ("presence", "ping"):
                return frame

    async def send(self, text, id="k"):
        """What it is answered: an ack or an error; and its own message, or None."""
        await self.client.send(json.dumps({"type": "send", "id": id, "info": text}))
        frames = [await self.frame()]
        if frames[0]["type"] != "error":
            frames.append(await self.frame())
        kinds = {frame["type"]: frame for frame in frames}
        return kinds.get("ack") or kinds["error"], kinds.get("message")


async def answer_v1(client, text):
    await client.send(text)
    return await client.text()


def send_http(account, group, info):
    return account.post("/group/sendMessage", groupId=group, info=info)


async def test_a_word_added_holds_on_both_hosts_within_a_second(own_hosts, words_of):
    """Changes hold within a second on every host"""
    group = fresh()
    clients = [await host.chat(group, fresh("u")) for host in own_hosts]
    accounts = [host.api.login(fresh("u")) for host in own_hosts]
    speakers = [await Speaker.join(host, fresh()) for host in own_hosts]
    for account in accounts:
        for _ in range(4):  # each of the processes knows that there are no words
            assert send_http(account, fresh(), "a badword").code == 200
    since = words_of("badword", "坏蛋")
    for n, (client, speaker) in enumerate(zip(clients, speakers)):
        while await answer_v1(client, "a badword") != "403":
            assert time.monotonic() - since < WITHIN_S
        answer, _ = await speaker.send("你是坏蛋吗")
        assert answer == {"type": "error", "id": "k", "code": 403, "reason": "words"}
    await asyncio.sleep(max(0, since + WITHIN_S - time.monotonic()))
    for account in accounts:
        for _ in range(8):
            answer = send_http(account, group, "坏蛋")
            assert answer.text == '{"code":100,"msg":"words","data":{"reason":"words"}}'


async def test_what_is_refused_is_not_stored_and_words_that_go_hold_no_more(own_hosts, words_of):
    words_of("badword")
    host = own_hosts[1]
    group, account = fresh(), host.api.login(fresh("u"))
    client = await host.chat(group, "u")
    eventually(lambda: "words from=redis count=1" in host.process.output, what="the words")
    assert await answer_v1(client, "a BADWORD") == "403"
    assert await answer_v1(client, "a ｂａｄ\u200dword") == "403"
    assert send_http(account, group, "badword!").msg == "words"
    assert host.entries(group) == []
    await client.say("badwords are fine")
    words_of()
    eventually(lambda: "words from=redis count=0" in host.process.output, what="no words")
    await client.say("a badword")


def test_one_word_in_place_of_another_is_seen_by_http(own_hosts, words_of):
    account, group = own_hosts[0].api.login(fresh("u")), fresh()
    words_of("first")
    time.sleep(WITHIN_S)
    assert send_http(account, group, "first").code == 100
    words_of("second")
    time.sleep(WITHIN_S)
    for _ in range(6):
        assert send_http(account, group, "first").code == 200
        assert send_http(account, group, "second").code == 100


@pytest.mark.parametrize("action", ["refuse", "mask"])
def test_who_has_a_role_may_say_any_word_over_http(hosts, own_redis, action):
    """`mod` and `vip` are exempt from … the word filter; a role is held by a verified user only"""
    group, redis = fresh(), own_redis.client
    redis.sadd("fim:words", "badword")
    redis.hset(f"fim:rules:{group}", mapping={"r:m": "mod", "r:v": "vip", "r:x": "king", "r:open": "mod"})
    host = hosts.new({"im.filter.action": action, "im.group.loginAuth": 1, "login.jwtKey": SECRET}, own_redis)
    try:
        for caller, is_free in [(Bearer(host, "m"), True), (Bearer(host, "v"), True), (Bearer(host, "x"), False),
                                (Bearer(host, "y"), False), (Bearer(host, "y", role="vip"), True),
                                (Bearer(host, "y", role="mod", groups=[group]), True),
                                (host.api.login("open"), False)]:  # anybody may log in as this one
            answer = send_http(caller, group, "a badword")
            if action == "refuse":
                assert answer.code == (200 if is_free else 100), caller.user
            else:
                assert json.loads(host.entries(group)[-1])["info"] == ("a badword" if is_free else "a *******")
            assert send_http(caller, group, "fine").code == 200
        assert len(host.entries(group)) == (11 if action == "refuse" else 14)
    finally:
        hosts.end(host)


def test_a_look_at_the_words_costs_redis_nothing(own_hosts, words_of):
    """read on change: 5,000 words are read by each process once, and once more when it has begun to watch them"""
    host, account = own_hosts[0], own_hosts[0].api.login(fresh("u"))
    words_of(*[f"word{n}" for n in range(5000)])
    until = time.monotonic() + 6

    def scans():
        return host.redis.info("commandstats").get("cmdstat_sscan", {}).get("calls", 0)

    before = scans()
    while time.monotonic() < until:
        assert send_http(account, fresh(), "fine").code == 200
    assert scans() - before <= 3 * 2 * 7  # two processes; a reading has five steps and a little
    redis_calls = host.redis.info("commandstats")["cmdstat_watch"]["calls"]
    assert redis_calls <= 2 * 7


def test_who_is_not_logged_in_learns_only_that(own_hosts, words_of):
    words_of("badword")
    time.sleep(WITHIN_S)
    fields = {"groupId": fresh(), "info": "badword"}
    answer = own_hosts[0].api.post("/group/sendMessage", fields, user="u", token="wrong")
    assert answer.code == 440


@pytest.fixture
def masking(hosts, own_redis, public_folder):
    """A host with a file of words; they are masked."""
    words = public_folder / "words.txt"
    words.write_text("badword\n坏蛋\n")
    words.chmod(0o644)
    host = hosts.new({"im.filter.file": str(words), "im.filter.action": "mask"}, own_redis)
    yield host
    hosts.end(host)


async def test_masked_words_are_stored_so(masking):
    """`mask` (each code point of the word becomes `*`; stored so)"""
    group = fresh()
    client = await masking.chat(group, "u")
    speaker = await Speaker.join(masking, group)
    account = masking.api.login(fresh("u"))
    await client.send("a badword")
    assert await client.info() == "a *******"
    assert (await speaker.frame())["info"] == "a *******"
    _, message = await speaker.send("你是坏蛋吗")
    assert message["info"] == "你是**吗"
    assert await client.info() == "你是**吗"
    assert send_http(account, group, "Ｂａｄword!").code == 200
    assert await client.info() == "*******!"
    assert [json.loads(entry)["info"] for entry in masking.entries(group)] == ["a *******", "你是**吗", "*******!"]


async def test_a_subscription_that_was_cut_misses_no_word(relayed):
    host, redis = relayed.host, relayed.host.redis
    client = await host.chat(fresh(), "u")
    word = fresh("word")
    await client.say(word)
    try:
        relayed.relay.block()
        redis.sadd("fim:words", word)
        redis.publish("fim:ev:", CHANGED)
        relayed.relay.unblock()
        for line in ("subscription", "commands"):
            eventually(lambda: host.process.output.count(f"redis-up connection={line}") == 2, what=f"the line of {line}")
        eventually(lambda: "words from=redis" in host.process.output, what="the words")
        assert await answer_v1(client, f"a {word}!") == "403"
    finally:
        redis.srem("fim:words", word)
        redis.publish("fim:ev:", CHANGED)


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_file_is_read_again_with_sighup(make_daemon, tmp_path, workers):
    """a clear error at load, the old list stays in force"""
    words = tmp_path / "words.txt"
    words.write_text("first\n")
    daemon = make_daemon({"push.workers": workers, "im.filter.file": str(words)})
    client = await daemon.chat(fresh(), "u")
    assert await answer_v1(client, "first") == "403"
    words.write_text("second\n坏蛋\n")
    daemon.process.signal(signal.SIGHUP)
    eventually(lambda: daemon.process.output.count("words from=file count=2") == workers, what="the reload")
    assert await answer_v1(client, "second") == "403"
    await client.say("first")
    words.write_bytes(b"third\n\xff\xfe\n")
    daemon.process.signal(signal.SIGHUP)
    eventually(lambda: daemon.process.output.count("words.txt:2: is not UTF-8") == workers, what="the mistake")
    assert await answer_v1(client, "second") == "403"
    await client.say("third")
    metrics = daemon.metrics()
    assert metrics["fastim_words_refused_total"] == 3 and metrics["fastim_words_masked_total"] == 0


@pytest.mark.parametrize("program", [PUSHD, API], ids=["pushd", "api"])
@pytest.mark.parametrize("content, mistake", [
    (b"good\n" * 1_000_000, "words.txt:100001: is one word too many, should be at most 100,000 in 8 MiB"),
    (b"good\n" + b"x" * 10_000 + b"\n", "words.txt:2: is too long, should be a word of at most 256 bytes"),
    (b"good\n\n\xff\n", "words.txt:3: is not UTF-8"),
    ("\u200d\n".encode(), "words.txt:1: has only spaces"),
    (b"x\n" * (5 << 20), "it has more than 8 MiB"),
    (None, "No such file"),
], ids=["a million lines", "10 KB", "no UTF-8", "nothing", "10 MiB", "missing"])
def test_a_wrong_file_is_told_with_its_line(tmp_path, program, content, mistake):
    words = tmp_path / "words.txt"
    if content is not None:
        words.write_bytes(content)
    conf = write_settings(tmp_path / "fastim.yml", {
        "im.filter.file": str(words), "push.listen": f"127.0.0.1:{free_port()}", "push.health": ""})
    done = subprocess.run([program, "-t", "-c", conf], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and mistake in done.stderr and "valid" not in done.stdout
    if program == PUSHD:
        started = subprocess.run([program, "-c", conf], capture_output=True, text=True, timeout=60)
        assert started.returncode == 1 and mistake in started.stderr

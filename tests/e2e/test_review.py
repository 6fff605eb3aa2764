"""test_review.py - the review by the site: each message is shown to it before it is stored."""
import asyncio
import json
import signal
import subprocess
import time

import pytest

from client import Client
from host import API, INSTRUMENTED, PUSHD, ROOT, fresh, write_settings
from processes import eventually
from reviewer import ALLOW, Reviewer, refuse, replace, slowly

pytestmark = pytest.mark.spread

SLOW_NAMES = ROOT / "tests/e2e/slow_names.c"
AWAY = "10 reviews in a row have failed"


@pytest.fixture
def reviewer():
    site = Reviewer()
    yield site
    site.stop()


@pytest.fixture
def review(make_daemon, reviewer):
    """review({"im.hook.timeoutMs": 200}): a daemon that asks the reviewer."""
    def make(settings=None):
        daemon = make_daemon({"im.hook.url": reviewer.url, **(settings or {})})
        eventually(lambda: daemon.health("/readyz")[0] == 200, what="the words are read")  # on a cluster by another node
        return daemon
    return make


class Speaker:
    """A client of fastim.v2; frames of presence and pings are passed over."""

    @classmethod
    async def join(cls, daemon, group, user="v2"):
        self = cls()
        self.client = await Client.open(daemon.url(group, user), subprotocols=["fastim.v2"])
        assert (await self.frame())["type"] == "welcome"
        assert (await self.frame())["type"] == "list"
        return self

    async def frame(self):
        while True:
            frame = await self.client.json()
            if frame["type"] not in ("presence", "ping"):
                return frame

    async def send(self, text, id="k"):
        await self.client.send(json.dumps({"type": "send", "id": id, "info": text}))

    async def answer(self, text, id="k"):
        """The ack or the error."""
        await self.send(text, id)
        while (frame := await self.frame())["type"] == "message":
            pass
        return frame


def stored(daemon, group):
    return [json.loads(entry)["info"] for entry in daemon.redis_server.client.lrange(f"gml:{group}", 0, -1)]


async def answer_v1(client, text):
    await client.send(text)
    return await client.text()


def told_once(process, text):
    """Has it logged this, and once? What it logs may come later than what it answers."""
    eventually(lambda: text in process.output, what=text)
    return process.output.count(text) == 1


def counted(daemon):
    names = ("asked", "allowed", "replaced", "refused", "failed")
    metrics = daemon.metrics()
    return {name: metrics[f"fastim_review_{name}_total"] for name in names}


# ---- what the site says ----

async def test_the_site_is_shown_what_is_to_be_stored(review, reviewer):
    """POST with {"groupId","userId","info","client"} (JSON, client = address)"""
    daemon = review()
    group, user = fresh("群"), fresh("u")
    client = await daemon.chat(group, user, extra_headers={"X-Forwarded-For": "2001:db8::7"})
    await client.say('hello "世界"\n\x01😀')
    assert reviewer.asked == [{"groupId": group, "userId": user, "info": 'hello "世界"\n\x01😀',
                               "client": "2001:db8::7"}]
    path, headers = reviewer.heads[0]
    assert path == "/review?key=a%20b" and headers["Content-Type"] == "application/json"
    assert headers["Host"] == f"127.0.0.1:{reviewer.port}" and headers["User-Agent"].startswith("fastim/")
    assert not {"Expect", "Cookie", "Authorization", "Accept-Encoding"} & set(headers)


async def test_each_answer_has_its_effect(review, reviewer):
    answers = {"fine": ALLOW, "soso": replace("*so* 😀"), "bad": refuse(), "worse": refuse("bad_taste"),
               "banned": refuse("banned"), "odd": refuse("Not A Word")}
    reviewer.judge = lambda question: answers[question["info"]]
    daemon = review()
    group = fresh()
    client, speaker = await daemon.chat(group, "v1"), await Speaker.join(daemon, group)
    await client.say("fine")
    await client.send("soso")
    assert await client.info() == "*so* 😀"
    for text in ("bad", "worse", "banned", "odd"):
        assert await answer_v1(client, text) == "403"
    assert (await speaker.answer("fine"))["type"] == "ack"
    assert (await speaker.answer("soso", "l"))["type"] == "ack"
    for text, reason in (("bad", "review"), ("worse", "bad_taste"), ("banned", "banned"), ("odd", "review")):
        assert await speaker.answer(text, "m") == {"type": "error", "id": "m", "code": 403, "reason": reason}
    assert stored(daemon, group) == ["fine", "*so* 😀", "fine", "*so* 😀"]
    assert counted(daemon) == {"asked": 12, "allowed": 2, "replaced": 2, "refused": 8, "failed": 0}
    assert reviewer.connections == 1  # kept alive


FAILURES = {
    "garbage": b"ok",
    "nothing": b"",
    "no action": {},
    "another action": {"action": "maybe"},
    "an empty text": replace(""),
    "a text with NUL": replace("a\0b"),
    "a text too long": replace("x" * 24577),
    "no UTF-8": b'{"action":"replace","info":"\xff"}',
    "an answer too long": b'{"action":"allow"}' + b" " * 200000,
    "status 500": (500, {}, b'{"action":"allow"}'),
    "status 201": (201, {}, b'{"action":"allow"}'),
    "a redirect": (302, {"Location": "/elsewhere"}, b'{"action":"allow"}'),
    "no end": (200, {"Content-Length": 100}, b'{"action":"allow"}'),
    "no answer": None,
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("on_failure", ["allow", "refuse"])
async def test_anything_else_is_a_failure(review, reviewer, on_failure, failure):
    """Anything else, or no answer within im.hook.timeoutMs: im.hook.onFailure"""
    reviewer.judge = lambda question: FAILURES[failure]
    daemon = review({"im.hook.onFailure": on_failure, "im.hook.timeoutMs": 200})
    group = fresh()
    client, speaker = await daemon.chat(group, "v1"), await Speaker.join(daemon, group)
    if on_failure == "allow":
        await client.say("one")
        assert (await speaker.answer("two"))["type"] == "ack"
        assert stored(daemon, group) == ["one", "two"]
    else:
        assert await answer_v1(client, "one") == "503"
        assert await speaker.answer("two") == {
            "type": "error", "id": "k", "code": 503, "reason": "review", "retryAfter": 1000}
        assert stored(daemon, group) == [] and daemon.metrics()["fastim_messages_refused_total"] == 2
    assert counted(daemon) == {"asked": 2, "allowed": 0, "replaced": 0, "refused": 0, "failed": 2}


async def test_the_environment_names_no_proxy(reviewer, make_daemon, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1/")
    daemon = make_daemon({"im.hook.url": reviewer.url, "im.hook.onFailure": "refuse"})
    await (await daemon.chat(fresh(), "u")).say("hello")
    assert reviewer.infos == ["hello"]


async def test_a_site_with_a_name_is_found(reviewer, make_daemon):
    url = reviewer.url.replace("127.0.0.1", "localhost")
    daemon = make_daemon({"im.hook.url": url, "im.hook.onFailure": "refuse"})
    await (await daemon.chat(fresh(), "u")).say("hello")
    assert reviewer.infos == ["hello"]


async def test_the_word_filter_comes_first(review, reviewer, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("badword\n")
    daemon = review({"im.filter.file": str(words)})
    client = await daemon.chat(fresh(), "u")
    assert await answer_v1(client, "a badword") == "403"
    assert reviewer.asked == []


# ---- order ----

async def test_a_hundred_messages_keep_their_order_whatever_comes_back_first(review, reviewer):
    """Messages of one connection keep their order"""
    came_back = []

    def judge(question):
        number = int(question["info"])
        time.sleep((7 * number % 16) / 200)
        came_back.append(number)
        return refuse() if number % 10 == 3 else replace(f"{number}!") if number % 10 == 4 else ALLOW

    reviewer.judge = judge
    daemon = review({"im.hook.timeoutMs": 5000})
    group = fresh()
    client = await daemon.chat(group, "v1")
    await asyncio.gather(*(client.send(str(n)) for n in range(100)))
    wanted = [f"{n}!" if n % 10 == 4 else str(n) for n in range(100) if n % 10 != 3]
    await asyncio.to_thread(eventually, lambda: len(stored(daemon, group)) == len(wanted), what="all of them")
    assert stored(daemon, group) == wanted
    assert reviewer.most == 16 and came_back != sorted(came_back)


async def test_a_client_has_16_open_those_in_review_included(review, reviewer):
    """At most `unacked` sends may be open on a connection: more are answered 429 `unacked`"""
    reviewer.judge = slowly(0.5)
    daemon = review()
    group = fresh()
    speaker = await Speaker.join(daemon, group)
    for n in range(17):
        await speaker.send(str(n), f"k{n}")
    assert await speaker.frame() == {"type": "error", "id": "k16", "code": 429, "reason": "unacked"}
    acks = [frame["id"] for frame in [await speaker.frame() for _ in range(32)] if frame["type"] == "ack"]
    assert acks == [f"k{n}" for n in range(16)]
    assert stored(daemon, group) == [str(n) for n in range(16)]


async def test_who_has_left_is_still_heard(review, reviewer):
    """What was read before the close is stored"""
    reviewer.judge = slowly(0.3)
    daemon = review()
    group = fresh()
    client, speaker = await daemon.chat(group, "v1"), await Speaker.join(daemon, group)
    for n in range(5):
        await client.send(f"a{n}")
        await speaker.send(f"b{n}", f"k{n}")
    await asyncio.to_thread(eventually, lambda: len(reviewer.asked) == 10, what="the questions")
    await client.leave()
    await speaker.client.leave()
    await asyncio.to_thread(eventually, lambda: len(stored(daemon, group)) == 10, what="all of them")
    for kind in "ab":
        assert [info for info in stored(daemon, group) if info[0] == kind] == [f"{kind}{n}" for n in range(5)]


async def test_the_end_of_the_daemon_waits_for_them(review, reviewer):
    reviewer.judge = slowly(0.7)
    daemon = review({"push.drainSeconds": 3})
    group = fresh()
    client = await daemon.chat(group, "v1")
    for n in range(10):
        await client.send(str(n))
    await asyncio.to_thread(eventually, lambda: len(reviewer.asked) == 10, what="the questions")
    daemon.process.signal(signal.SIGTERM)
    assert await asyncio.to_thread(daemon.process.wait, 10) == 0
    assert stored(daemon, group) == [str(n) for n in range(10)]


# ---- limits, and a site that is away ----

async def test_connections_are_bounded_and_kept(review, reviewer):
    """at most im.hook.connections (16) a process"""
    reviewer.judge = slowly(0.05)
    daemon = review({"im.hook.connections": 3})
    groups = [fresh() for _ in range(4)]
    clients = [await daemon.chat(group, "u") for group in groups]
    await asyncio.gather(*(client.send(str(n)) for client in clients for n in range(10)))
    await asyncio.to_thread(eventually, lambda: all(len(stored(daemon, group)) == 10 for group in groups), what="all")
    assert reviewer.most == 3 and reviewer.connections == 3
    assert daemon.metrics()["fastim_review_waiting"] == 0


async def test_a_connection_that_the_site_closes_costs_no_message(review, reviewer):
    reviewer.hangs_up = True
    daemon = review({"im.hook.onFailure": "refuse"})
    client = await daemon.chat(fresh(), "u")
    for n in range(30):
        await client.say(str(n))
    assert counted(daemon)["failed"] == 0 and 15 < reviewer.connections <= 60  # each is asked once, or once more


async def test_another_site_is_asked_at_once_also_if_this_one_was_away(review, reviewer):
    daemon = review({"im.hook.onFailure": "refuse"})
    client = await daemon.chat(fresh(), "u")
    reviewer.judge = slowly(0.05)
    await asyncio.gather(*(client.send(str(n)) for n in range(30)))
    assert [await client.info() for _ in range(30)] == [str(n) for n in range(30)]
    assert reviewer.most <= 16 <= reviewer.connections <= 20  # as many as there may be, and nearly all are kept
    reviewer.judge = lambda question: b"no"
    assert {await answer_v1(client, str(n)) for n in range(15)} == {"503"}
    await asyncio.to_thread(daemon.process.wait_line, AWAY)
    other = Reviewer(slowly(0.05))
    try:
        daemon.write(im_hook_url=other.url)
        daemon.process.signal(signal.SIGHUP)
        await asyncio.to_thread(daemon.process.wait_line, "^info setting-changed key=im.hook.url$")
        await asyncio.gather(*(client.send(f"b{n}") for n in range(30)))
        assert [await client.info() for _ in range(30)] == [f"b{n}" for n in range(30)]
        assert len(other.asked) == 30 and other.most <= 16 <= other.connections <= 20
    finally:
        other.stop()


async def test_a_thousand_wait_and_no_more(review, reviewer):
    """at most 1,000 wait, more are answered as a failure"""
    reviewer.judge = slowly(1.5)
    daemon = review({"im.hook.onFailure": "refuse", "im.hook.timeoutMs": 10000, "push.messagesPerSecond": 0})
    group = fresh()
    clients = [await daemon.chat(group, f"u{n}") for n in range(10)]
    await asyncio.gather(*(client.send(str(n)) for client in clients for n in range(101)))
    await asyncio.to_thread(eventually, lambda: counted(daemon)["failed"] > 0, what="too many")
    assert counted(daemon) == {"asked": 16, "allowed": 0, "replaced": 0, "refused": 0, "failed": 10}
    assert daemon.metrics()["fastim_review_waiting"] == 1000
    assert AWAY not in daemon.process.output


@pytest.mark.parametrize("on_failure", ["allow", "refuse"])
async def test_a_dead_site_is_asked_once_a_second(review, reviewer, on_failure):
    """After ten failures in a row it is asked once a second until it answers (the log says so once, metrics count it)"""
    daemon = review({"im.hook.onFailure": on_failure})
    group = fresh()
    client = await daemon.chat(group, "u")
    await client.say("before")
    reviewer.stop()
    began = time.monotonic()
    for n in range(150):
        if on_failure == "allow":
            await client.say(str(n))
        else:
            assert await answer_v1(client, str(n)) == "503"
        await asyncio.sleep(0.01)
    seconds = time.monotonic() - began
    now = counted(daemon)
    assert now["failed"] == 150 and now["allowed"] == 1
    assert 10 + int(seconds) - 1 <= now["asked"] - 1 <= 10 + int(seconds) + 1
    assert told_once(daemon.process, AWAY)
    back = Reviewer(port=reviewer.port)
    try:
        await asyncio.to_thread(eventually, lambda: time.monotonic() - began > seconds + 1, what="a second")
        await client.say("after")
        await client.say("and again")
        assert back.infos == ["after", "and again"]
        assert told_once(daemon.process, "the site reviews messages again")
        assert told_once(daemon.process, AWAY)
    finally:
        back.stop()


async def test_a_site_that_starts_late_is_asked_then(make_daemon, reviewer):
    url, port = reviewer.url, reviewer.port
    reviewer.stop()
    daemon = make_daemon({"im.hook.url": url})
    client = await daemon.chat(fresh(), "u")
    for n in range(3):
        await client.say(str(n))
    late = Reviewer(port=port)
    try:
        await client.say("late")
        assert late.infos == ["late"]
    finally:
        late.stop()


async def test_what_hangs_costs_the_timeout_and_then_nothing(review, reviewer):
    reviewer.judge = lambda question: None
    daemon = review({"im.hook.timeoutMs": 300})
    client = await daemon.chat(fresh(), "u")
    began = time.monotonic()
    await asyncio.gather(*(client.send(str(n)) for n in range(50)))
    infos = [await client.info() for _ in range(50)]
    assert infos == [str(n) for n in range(50)]
    assert 0.3 <= time.monotonic() - began < 2
    began = time.monotonic()
    for n in range(20):
        await client.say(str(n))
    assert time.monotonic() - began < 1
    assert told_once(daemon.process, AWAY + ", so the site is asked once a second\" last=\"it did not answer in time\"")


async def test_other_rooms_do_not_wait(review, reviewer):
    """never blocking: foreign writers' messages come at once while a hundred messages hang"""
    reviewer.judge = lambda question: None
    daemon = review({"im.hook.timeoutMs": 5000})
    group, redis = fresh(), daemon.redis_server.client
    client, listener = await daemon.chat(fresh(), "u"), await daemon.chat(group, "l")
    await asyncio.gather(*(client.send(str(n)) for n in range(100)))
    await asyncio.to_thread(eventually, lambda: len(reviewer.asked) == 16, what="the questions")
    began = time.monotonic()
    for n in range(50):
        raw = json.dumps({"groupId": group, "userId": "f", "info": str(n), "ts": 1000 + n})
        redis.pipeline().rpush(f"gml:{group}", raw).publish(f"mq:{group}", raw).execute()
        assert await listener.info() == str(n)
    assert time.monotonic() - began < 2


@pytest.mark.skipif(INSTRUMENTED, reason="what is preloaded would come before the sanitizer")
async def test_a_name_server_that_is_away_stops_nobody(make_daemon, tmp_path, monkeypatch):
    library = tmp_path / "slow_names.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SLOW_NAMES], check=True)
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("SLOW_NAMES", "20")
    daemon = make_daemon({"im.hook.url": "http://site.example/", "im.hook.timeoutMs": 300})
    monkeypatch.undo()
    client, other = await daemon.chat(fresh(), "u"), await Speaker.join(daemon, fresh())
    began = time.monotonic()
    for n in range(30):
        await client.send(str(n))
    while time.monotonic() - began < 1:  # the look-ups have been given up, and their threads still wait
        asked = time.monotonic()
        await other.client.send('{"type":"ping"}')
        assert await other.frame() == {"type": "pong"} and time.monotonic() - asked < 0.25
    assert [await client.info() for _ in range(30)] == [str(n) for n in range(30)]
    assert AWAY in daemon.process.output
    daemon.process.signal(signal.SIGTERM)
    assert await asyncio.to_thread(daemon.process.wait, 15) == 0
    assert time.monotonic() - began < 18


# ---- settings ----

@pytest.mark.parametrize("program", [PUSHD, API], ids=["pushd", "api"])
@pytest.mark.parametrize("url, mistake", [
    ("https://a.example/", 'fastim.yml:4: im.hook.url: "https://a.example/" is not http://, write http:// and'),
    ("a.example/review", 'does not begin with http://, write an address as http://127.0.0.1:8080/review'),
    ("http://u:p@a.example/", "has a user, leave it out"),
    ("http://a.example:0/", "has a port that is none"),
    ("http://a.example/" + "x" * 2048, "of at most 2048 bytes"),
], ids=["https", "no scheme", "a user", "port 0", "too long"])
def test_a_wrong_address_is_told_with_its_line(tmp_path, program, url, mistake):
    conf = write_settings(tmp_path / "fastim.yml", {"im.hook.url": url})
    done = subprocess.run([program, "-t", "-c", conf], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and mistake in done.stderr.replace('\\"', '"'), done.stderr


# ---- /group/sendMessage ----

@pytest.fixture
def host(hosts, own_redis, reviewer):
    """One FastCGI process: failures in a row are counted in each."""
    host = hosts.new({"im.hook.url": reviewer.url, "im.hook.timeoutMs": 300, "http.processes": 1}, own_redis)
    yield host
    hosts.end(host)


@pytest.fixture
def strict_host(hosts, own_redis, reviewer):
    host = hosts.new({"im.hook.url": reviewer.url, "im.hook.timeoutMs": 300, "im.hook.onFailure": "refuse",
                      "http.processes": 1}, own_redis)
    yield host
    hosts.end(host)


def infos(host, group):
    return [json.loads(entry)["info"] for entry in host.entries(group)]


def test_by_http_each_answer_has_its_effect(host, reviewer):
    answers = {"fine": ALLOW, "soso": replace("*so*"), "bad": refuse(), "worse": refuse("bad_taste")}
    reviewer.judge = lambda question: answers[question["info"]]
    account, group = host.api.login("me"), fresh()
    said = {info: account.post("/group/sendMessage", groupId=group, info=info) for info in answers}
    assert said["fine"].code == said["soso"].code == 200
    assert said["bad"].text == '{"code":100,"msg":"review","data":{"reason":"review"}}'
    assert said["worse"].text == '{"code":100,"msg":"bad_taste","data":{"reason":"bad_taste"}}'
    assert infos(host, group) == ["fine", "*so*"]
    assert reviewer.asked[0] == {"groupId": group, "userId": "me", "info": "fine", "client": "127.0.0.1"}
    assert reviewer.connections == 1


def test_by_http_nobody_is_shown_who_is_not_logged_in(host, reviewer):
    fields = {"groupId": fresh(), "info": "hello"}
    assert host.api.post("/group/sendMessage", fields, user="u", token="wrong").code == 440
    assert host.api.post("/group/sendMessage", fields).code == 440
    assert reviewer.asked == []


@pytest.mark.parametrize("failure", ["garbage", "status 500", "no answer", "an answer too long", "a redirect"])
def test_by_http_a_failure_is_what_the_setting_says(host, strict_host, reviewer, failure):
    reviewer.judge = lambda question: FAILURES[failure]
    group = fresh()
    answer = host.api.login("me").post("/group/sendMessage", groupId=group, info="one")
    assert answer.code == 200
    answer = strict_host.api.login("me").post("/group/sendMessage", groupId=group, info="two")
    assert (answer.status, answer.code, answer.data) == (503, 503, {"reason": "review"})
    assert infos(host, group) == ["one"]


def test_by_http_a_dead_site_is_asked_once_a_second(strict_host, reviewer):
    account, group = strict_host.api.login("me"), fresh()
    reviewer.judge = lambda question: None
    for n in range(10):
        assert account.post("/group/sendMessage", groupId=group, info=str(n)).code == 503
    asked = len(reviewer.asked)
    began = time.monotonic()
    for n in range(20):
        assert account.post("/group/sendMessage", groupId=group, info=str(n)).code == 503
    seconds = time.monotonic() - began
    assert len(reviewer.asked) - asked <= 1 + seconds and asked == 10
    assert told_once(strict_host.process, AWAY)
    reviewer.judge = lambda question: ALLOW
    eventually(lambda: account.post("/group/sendMessage", groupId=group, info="again").code == 200, what="an answer")
    assert account.post("/group/sendMessage", groupId=group, info="and again").code == 200
    assert told_once(strict_host.process, "the site reviews messages again")

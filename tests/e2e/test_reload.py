"""test_reload.py - SIGHUP: fastim-pushd takes over new settings where it can, and keeps the old ones of a wrong file."""
import asyncio
import contextlib
import functools
import os
import re
import signal
import time

import pytest
import websockets

from client import Client, handshake_status
from host import PUSHD, ROOT, fresh, write_settings
from ports import free_port, is_listening
from processes import Process, eventually
from reviewer import Reviewer, replace, slowly, together

pytestmark = pytest.mark.spread


@pytest.mark.smoke
@pytest.mark.parametrize("workers", [1, 2])
async def test_new_settings_hold_at_once(make_daemon, workers):
    """SIGHUP: new settings where they can change live"""
    daemon = make_daemon({"push.workers": workers})
    group, evil = fresh(), "https://evil.example"
    client = await daemon.chat(group, "u")
    assert await handshake_status(daemon.url(group, "v"), origin=evil) == 101
    daemon.write(push_origins="https://good.example", im_groupMessage_maxMessageBytes=10)
    daemon.process.signal(signal.SIGHUP)
    readers = workers + (workers > 1)  # their supervisor, too
    eventually(lambda: daemon.process.output.count("info reloaded file=") == readers, what="all of them")
    for key in ("im.groupMessage.maxMessageBytes", "push.origins"):
        assert daemon.process.output.count(f"info setting-changed key={key}") == readers
    assert await handshake_status(daemon.url(group, "v"), origin=evil) == 403
    await client.say("0123456789")
    await client.send("0123456789a")
    assert await client.close_code() == 1009


@pytest.mark.parametrize("key, value", [("redis.prefix", "other:"), ("redis.encoding", "java"),
                                        ("redis.cluster", "127.0.0.1:7000")])
async def test_what_cannot_change_is_told(make_daemon, key, value):
    daemon = make_daemon()
    client = await daemon.chat(fresh(), "u")
    daemon.write(**{key.replace(".", "_"): value}, log_level="debug")
    daemon.process.signal(signal.SIGHUP)
    daemon.process.wait_line(f'^warn setting-kept key={key} reason="it takes a restart"$')
    daemon.process.wait_line("^info setting-changed key=log.level$")
    await client.say("still the same keys")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("mistake", ["push: {pingIntervalS: 0}\n", "push: [\n", "pusch: {}\n",
                                     "push: {origins: 'https://a.com/'}\n"])
async def test_a_mistake_keeps_the_old_ones(make_daemon, mistake, workers):
    """an error in the file keeps the old ones and says so"""
    daemon = make_daemon({"push.workers": workers})
    client = await daemon.chat(fresh(), "u")
    daemon.conf.write_text(mistake)
    daemon.process.signal(signal.SIGHUP)
    daemon.process.wait_line("^error not reloaded: ")
    assert re.search(rf"^{re.escape(str(daemon.conf))}:\d: ", daemon.process.output, re.M)
    await client.say("hello")
    assert (await daemon.chat(fresh(), "v")).first["total"] == 0


# ---- each setting that the daemon takes live has its effect ----
#
# An effect is a generator: up to its yield the old value holds, behind it the new one.

REFUSED = (1000, 1008)
THE_SITE = "the site"  # its address: a test's name must not have a port that each collection draws
WORDS = ROOT / "tests/e2e/data/words.txt"


async def login_is_asked_for(daemon):
    inside = await daemon.chat(fresh(), fresh("u"))
    await inside.say("nobody asks")
    yield
    await inside.send("who am I")
    assert await inside.text() == "440" and await inside.close_code() in REFUSED
    outside = await Client.open(daemon.url(fresh(), fresh("u")))
    assert await outside.text() == "440" and await outside.close_code() in REFUSED


async def login_is_asked_for_no_more(daemon):
    outside = await Client.open(daemon.url(fresh(), fresh("u")))
    assert await outside.text() == "440"
    user = fresh("u")
    daemon.redis_server.client.set(f"login:{user}", "xxx")
    inside = await daemon.chat(fresh(), user)
    yield
    daemon.redis_server.client.delete(f"login:{user}")
    await inside.say("nobody asks")
    await (await daemon.chat(fresh(), fresh("u"))).say("nor this one")


async def who_has_not_joined_is_closed(daemon):
    await daemon.chat(fresh(), fresh("u"))
    yield
    client = await Client.open(daemon.url(fresh(), fresh("u")))
    assert await client.close_code() in REFUSED


async def a_user_is_added_to_fewer_groups(daemon):
    user, redis = fresh("u"), daemon.redis_server.client
    await daemon.chat(fresh(), user)
    yield
    await daemon.chat(fresh(), user)
    assert redis.scard(f"ugs:{user}") == 1


async def lists_expire_sooner(daemon):
    group, redis = fresh(), daemon.redis_server.client
    client = await daemon.chat(group, "u")
    await client.say("a")
    assert redis.ttl(f"gml:{group}") > 1000
    yield
    await client.say("b")
    assert redis.ttl(f"gml:{group}") <= 100


async def first_frames_are_shorter(daemon):
    group = fresh()
    client = await daemon.chat(group, "u")
    for n in range(5):
        await client.say(f"{n}")
    assert len((await daemon.chat(group, "v")).view) == 5
    yield
    assert len((await daemon.chat(group, "v")).view) == 2


async def fewer_messages_are_kept(daemon):
    group = fresh()
    client = await daemon.chat(group, "u")
    for n in range(5):
        await client.say(f"{n}")
    yield
    await client.say("last")
    assert daemon.redis_server.client.llen(f"gml:{group}") == 2


def presence_of(daemon, group):
    """What was told last of who is online, without the time."""
    return (daemon.redis_server.client.hget(f"fim:on:{group}", "=") or b" ").split(b" ", 1)[1]


async def ids_are_told_of_fewer_users(daemon):
    group = fresh()
    for user in "37":
        await daemon.chat(group, user)
    eventually(lambda: presence_of(daemon, group) == b"2 3/7", what="the ids")
    yield
    await daemon.chat(group, "9")
    eventually(lambda: presence_of(daemon, group) == b"3", what="a number alone")


async def numbers_are_told_sooner(daemon):
    group = fresh()
    await daemon.chat(group, "3")
    await daemon.chat(group, "7")
    assert presence_of(daemon, group) == b"1"
    yield
    await daemon.chat(group, "9")
    eventually(lambda: presence_of(daemon, group) == b"3", what="the number")


async def shorter_texts_are_taken(daemon):
    client = await daemon.chat(fresh(), "u")
    await client.say("0123456789a")
    yield
    await client.say("0123456789")
    await client.send("0123456789a")
    assert await client.close_code() == 1009


async def group_lists_come_sooner(daemon):
    """Within a second or two, not after the hour that was set."""
    user, group = fresh("u"), fresh()
    client = await daemon.chat(group, user)
    await client.say("a")
    watcher = await Client.open(f"ws://127.0.0.1:{daemon.port}/group/list/{user}/xxx")
    yield
    assert [entry["total"] for entry in await watcher.json(3)] == [1]


async def each_message_is_flushed_by_itself(daemon):
    client = await daemon.chat(fresh(), "u")

    async def flushes():
        before = daemon.metrics()["fastim_flush_messages_count"]
        await asyncio.gather(*(client.send(f"{n}") for n in range(200)))
        for _ in range(200):
            await client.info()
        return daemon.metrics()["fastim_flush_messages_count"] - before

    assert await flushes() < 200
    yield
    assert await flushes() == 200


async def who_does_not_read_is_closed_sooner(daemon):
    """It falls off the end of a log of 64 KiB, not of one of 64 MiB."""
    group = fresh()
    slow = await daemon.chat(group, "slow")
    slow.ws.transport.pause_reading()
    sender = await daemon.chat(group, "u")

    async def say(mib):
        for _ in range(mib * 64):
            await sender.say("x" * 16000)

    await say(12)
    assert sum(count for name, count in daemon.metrics().items() if name.startswith("fastim_closes_total")) == 0
    yield
    await say(1)
    assert daemon.metrics()['fastim_closes_total{reason="too slow: fell off its group\'s log"}'] == 1


async def pings_come_sooner(daemon):
    yield
    client = await daemon.chat(fresh(), "u")
    pinged = asyncio.Event()
    pong = client.ws.pong

    async def answer(data=b""):
        pinged.set()
        await pong(data)

    client.ws.pong = answer
    await asyncio.wait_for(pinged.wait(), 4)


async def who_does_not_answer_is_closed_sooner(daemon):
    yield
    client = await daemon.chat(fresh(), "u")

    async def nothing(_data=b""):
        pass

    client.ws.pong = nothing
    began = time.monotonic()
    assert await client.close_code() in (1001, 1006, 1011, 1008)
    assert 1 <= time.monotonic() - began <= 6


async def clients_are_given_more_time_to_leave(daemon):
    clients = [await daemon.chat(fresh(), "u") for _ in range(20)]
    yield
    began = time.monotonic()
    daemon.process.signal(signal.SIGTERM)
    codes = await asyncio.gather(*(client.close_code(30) for client in clients))
    assert set(codes) == {1001}
    assert time.monotonic() - began > 3, "they left as fast as before"
    assert await asyncio.to_thread(daemon.process.wait, 5) == 0


async def addresses(daemon, count, user=None):
    """The statuses of so many handshakes, each of another address; those that get in stay."""
    statuses = []
    for n in range(count):
        client = await Client.open(daemon.url(fresh(), user or fresh("u")),
                                   extra_headers={"X-Forwarded-For": f"192.0.2.{n + 1}"})
        statuses.append(client)
    return statuses


async def a_proxy_is_trusted_no_more(daemon):
    """All come from 127.0.0.1, whatever they say; push.maxPerAddress is 3."""
    await addresses(daemon, 5)
    yield
    with pytest.raises(websockets.InvalidStatusCode, match="429"):
        await addresses(daemon, 5)


async def origins_are_refused(daemon):
    evil = "https://evil.example"
    assert await handshake_status(daemon.url(fresh(), "v"), origin=evil) == 101
    yield
    assert await handshake_status(daemon.url(fresh(), "v"), origin=evil) == 403


async def a_user_has_fewer_connections(daemon):
    user = fresh("u")
    clients = [await daemon.chat(fresh(), user) for _ in range(3)]
    yield
    assert await handshake_status(daemon.url(fresh(), user)) == 429
    assert len(clients) == 3


async def an_address_has_fewer_connections(daemon):
    stranger = {"extra_headers": {"X-Forwarded-For": "192.0.2.7"}}
    clients = [await daemon.chat(fresh(), "u", **stranger) for _ in range(3)]
    yield
    assert await handshake_status(daemon.url(fresh(), "u"), **stranger) == 429
    assert len(clients) == 3


async def an_address_joins_less_often(daemon):
    async def knock():
        return [await handshake_status(daemon.url(fresh(), "u"), extra_headers={"X-Forwarded-For": "192.0.2.7"})
                for _ in range(15)]

    assert set(await knock()) == {101}
    yield
    assert 429 in await knock()


async def answers_to(client, count):
    await asyncio.gather(*(client.send(f"{n}") for n in range(count)))
    return [await client.text() for _ in range(count)]


async def a_client_says_less(daemon):
    client = await daemon.chat(fresh(), "u")
    assert "429" not in await answers_to(client, 30)
    yield
    client = await daemon.chat(fresh(), "u")
    assert "429" in await answers_to(client, 30)


async def words_are_refused(daemon):
    client = await daemon.chat(fresh(), "u")
    await client.say("a badword")
    yield
    daemon.process.wait_line("^info words from=file count=2$")
    await client.send("a badword")
    assert await client.text() == "403"


async def words_are_masked(daemon):
    client = await daemon.chat(fresh(), "u")
    await client.send("a badword")
    assert await client.text() == "403"
    yield
    await client.send("a badword")
    assert await client.info() == "a *******"


@functools.cache
def review_port():
    return free_port()


def address_of(value):
    return f"http://127.0.0.1:{review_port()}/" if value == THE_SITE else value


@contextlib.contextmanager
def reviewing(judge):
    """A site at the address that the daemon has."""
    site = Reviewer(judge, review_port())
    try:
        yield site
    finally:
        site.stop()


async def the_site_is_asked(daemon):
    client = await daemon.chat(fresh(), "u")
    with reviewing(lambda question: replace("reviewed")) as site:
        await client.say("hello")
        yield
        await client.send("hello")
        assert await client.info() == "reviewed" and site.infos == ["hello"]


async def the_site_has_more_time(daemon):
    client = await daemon.chat(fresh(), "u")
    with reviewing(slowly(0.3, replace("reviewed"))):
        await client.say("hello")
        yield
        await client.send("hello")
        assert await client.info() == "reviewed"


async def what_is_not_reviewed_is_refused(daemon):
    client = await daemon.chat(fresh(), "u")
    await client.say("hello")
    yield
    await client.send("hello")
    assert await client.text() == "503"


async def the_site_has_fewer_connections(daemon):
    client = await daemon.chat(fresh(), "u")

    async def say_ten():
        await asyncio.gather(*(client.send(str(n)) for n in range(10)))
        assert [await client.info() for _ in range(10)] == [str(n) for n in range(10)]

    with reviewing(together(10)) as site:
        await say_ten()
        assert site.most == 10
        yield
        site.judge, site.most = together(2), 0
        await say_ten()
        assert site.most == 2


async def a_log_says_more(daemon):
    await daemon.chat(fresh(), "u")
    assert "debug opened session" not in daemon.process.output
    yield
    await daemon.chat(fresh(), "u")
    daemon.process.wait_line("^debug opened session")


async def the_next_connection_has_the_password(daemon):
    redis = daemon.redis_server
    redis.client.config_set("requirepass", "another")
    yield
    redis.client.client_kill_filter(_type="normal", skipme=True)
    eventually(lambda: daemon.process.output.count("redis-up connection=commands") == 2, what="a reconnect")
    await (await daemon.chat(fresh(), "u")).say("in")


async def the_next_connection_has_the_user(daemon):
    redis = daemon.redis_server
    redis.client.execute_command("ACL", "SETUSER", "chat", "on", ">secret", "~*", "&*", "+@all")
    daemon.settings["redis.password"] = "secret"  # read with the same SIGHUP
    yield
    redis.client.client_kill_filter(_type="normal", skipme=True)
    eventually(lambda: daemon.process.output.count("redis-up connection=commands") == 2, what="a reconnect")
    await (await daemon.chat(fresh(), "u")).say("in")
    assert any(client["user"] == "chat" for client in redis.client.client_list())


# setting: old value, new value, its effect, other settings
LIVE = [
    ("redis.password", "", "another", the_next_connection_has_the_password, {}),
    ("redis.username", "", "chat", the_next_connection_has_the_user, {}),
    ("im.group.loginAuth", 0, 1, login_is_asked_for, {}),
    ("im.group.loginAuth", 1, 0, login_is_asked_for_no_more, {}),
    ("im.group.autoJoin", 1, 0, who_has_not_joined_is_closed, {}),
    ("im.group.maxPerUser", 1000, 1, a_user_is_added_to_fewer_groups, {}),
    ("im.group.membersOnly", 0, 1, who_has_not_joined_is_closed, {}),
    ("im.groupMessage.timeout", 604800, 100, lists_expire_sooner, {}),
    ("im.groupMessage.listNum", 50, 2, first_frames_are_shorter, {}),
    ("im.groupMessage.maxCount", 0, 2, fewer_messages_are_kept, {}),
    ("im.groupMessage.maxMessageBytes", 24576, 10, shorter_texts_are_taken, {}),
    ("im.groupList.updateRate", 3600, 1, group_lists_come_sooner, {}),
    ("im.presence.names", 200, 2, ids_are_told_of_fewer_users, {"im.presence.intervalS": 1}),
    ("im.presence.intervalS", 3600, 1, numbers_are_told_sooner, {"im.presence.names": 0}),
    ("im.room.slow", 0, 60, a_client_says_less, {}),
    ("im.room.cap", 0, 2, a_client_says_less, {}),
    ("im.filter.file", "", str(WORDS), words_are_refused, {}),
    ("im.filter.action", "refuse", "mask", words_are_masked, {"im.filter.file": str(WORDS)}),
    ("im.hook.url", "", THE_SITE, the_site_is_asked, {}),
    ("im.hook.timeoutMs", 100, 5000, the_site_has_more_time, {"im.hook.url": THE_SITE}),
    ("im.hook.onFailure", "allow", "refuse", what_is_not_reviewed_is_refused, {"im.hook.url": THE_SITE}),
    ("im.hook.connections", 16, 2, the_site_has_fewer_connections,
     {"im.hook.url": THE_SITE, "im.hook.timeoutMs": 5000}),
    ("push.flushIntervalMs", 1000, 0, each_message_is_flushed_by_itself, {}),
    ("push.roomLogBytes", 64 << 20, 65536, who_does_not_read_is_closed_sooner, {"push.bytesPerSecond": 0}),
    ("push.pingIntervalS", 25, 1, pings_come_sooner, {}),
    ("push.pongTimeoutS", 60, 2, who_does_not_answer_is_closed_sooner, {"push.pingIntervalS": 1}),
    ("push.drainSeconds", 1, 4, clients_are_given_more_time_to_leave, {}),
    ("push.drainSeconds", 1, 4, clients_are_given_more_time_to_leave, {"push.workers": 2}),
    ("push.trustedProxies", "127.0.0.0/8", "192.0.2.99", a_proxy_is_trusted_no_more, {"push.maxPerAddress": 3}),
    ("push.origins", "*", "https://good.example", origins_are_refused, {}),
    ("push.maxPerUser", 9, 3, a_user_has_fewer_connections, {}),
    ("push.maxPerAddress", 9, 3, an_address_has_fewer_connections, {}),
    ("push.joinsPerSecond", 0, 1, an_address_joins_less_often, {}),
    ("push.messagesPerSecond", 0, 1, a_client_says_less, {"push.messageBurst": 5}),
    ("push.messageBurst", 100, 5, a_client_says_less, {"push.messagesPerSecond": 1}),
    ("push.bytesPerSecond", 0, 1, a_client_says_less, {"push.byteBurst": 20}),
    ("push.byteBurst", 1 << 20, 20, a_client_says_less, {"push.bytesPerSecond": 1}),
    ("log.level", "info", "debug", a_log_says_more, {}),
]
# What the HTTP API alone reads.
OF_THE_API = ("server.", "http.", "login.", "admin.", "redis.timeoutMs", "im.groupMessage.recallTimeLimit")
OF_V2 = ("im.resumeMax", "im.signal.", "push.reconnectSpreadMs")  # seen by fastim.v2 alone


@pytest.mark.parametrize("key, before, after, effect, more", LIVE)
async def test_a_setting_has_its_effect_at_once(make_daemon, own_redis, key, before, after, effect, more):
    daemon = make_daemon({key: address_of(value) for key, value in {**more, key: before}.items()}, own_redis)
    steps = effect(daemon)
    await anext(steps)
    daemon.write(**{key: address_of(after)})
    daemon.process.signal(signal.SIGHUP)
    workers = more.get("push.workers", 1)
    eventually(lambda: daemon.process.output.count(f"info setting-changed key={key}") == workers + (workers > 1),
               what="the reload")
    with pytest.raises(StopAsyncIteration):
        await anext(steps)


def test_no_live_setting_is_forgotten():
    rows = re.findall(r'ROW\(\s*"([\w.]+)",[^;]*?,\s*(RELOAD|RESTART)\)', (ROOT / "lib/config/settings.c").read_text())
    live = {key for key, when in rows if when == "RELOAD" and not key.startswith(OF_THE_API + OF_V2)}
    assert len(rows) > 40 and live == {row[0] for row in LIVE}


# ---- a signal that comes early ----

@pytest.mark.parametrize("workers", [1, 16])
def test_a_sighup_right_after_the_start_ends_nobody(tmp_path, redis_server, workers):
    """Whenever it comes: before there are workers, before they have a handler, while they start."""
    port = free_port()
    conf = write_settings(tmp_path / "fastim.yml", {
        "push.listen": f"127.0.0.1:{port}", "push.health": "", "push.workers": workers,
        "redis.port": redis_server.port})
    core = min(os.sched_getaffinity(0))  # so that the workers begin when their supervisor waits
    process = Process(["taskset", "-c", core, PUSHD, "-c", conf], tmp_path / "log")
    try:
        until = time.monotonic() + 1
        while time.monotonic() < until:  # without a pause: the moment is short
            if blocks(process.pid, signal.SIGHUP):
                process.signal(signal.SIGHUP)
                time.sleep(0.0002)
        eventually(lambda: process.output.count("info listening") == workers, 10, "all of them")
        process.wait_line("^info reloaded file=")
        assert "died" not in process.output and is_listening(port)
    finally:
        process.stop()


def blocks(pid, number):
    """Has the process this signal blocked, or handled?"""
    with open(f"/proc/{pid}/status") as file:
        masks = [int(line.split()[1], 16) for line in file if line.startswith(("SigBlk", "SigCgt"))]
    return any(mask >> (number - 1) & 1 for mask in masks)

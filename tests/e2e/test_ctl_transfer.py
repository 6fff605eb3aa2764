"""test_ctl_transfer.py - fastimctl history, tail, export and import: a group's list as a whole, while others use it."""
import asyncio
import json
import signal
import subprocess
import threading
import time

import pytest

from client import compact
from ctl import AWAY, DONE, REFUSED, USAGE, Ctl, conf_for, in_terminal
from foreign import GARBAGE, entry
from host import CTL, fresh
from processes import eventually
from relay import Relay
from v2 import V2

pytestmark = pytest.mark.spread

DAY_MS = 86400000


@pytest.fixture
def lone(tmp_path, redis_server):
    return Ctl(conf_for(tmp_path, redis_server))


def lines_of(group, count, first_ts=1700000000000):
    return [compact({"groupId": group, "userId": f"u{n % 7}", "info": f"text {n} 你好", "ts": first_ts + n})
            for n in range(count)]


def stored(redis, group):
    return [one.decode() for one in redis.lrange(f"gml:{group}", 0, -1)]


def joined(lines):
    return "".join(line + "\n" for line in lines)


# ---- export ----

@pytest.mark.parametrize("count", [0, 1, 64, 65, 5000])
def test_export_writes_all_of_the_list(redis_server, lone, count):
    group = fresh()
    lines = lines_of(group, count)
    if lines:
        redis_server.client.rpush(f"gml:{group}", *lines)
    said = lone.try_("export", group)
    assert said == (DONE, joined(lines), "")


def test_entries_of_other_writers_are_written_in_fastims_form_or_counted(redis_server, lone):
    group = fresh()
    good = [entry("other", 7, "é", 5, more=1), entry(group, "u", "late", 3)]
    redis_server.client.rpush(f"gml:{group}", good[0], *GARBAGE, good[1])
    said = lone.try_("export", group)
    assert said.code == DONE and f"{len(GARBAGE)} entries" in said.err
    assert said.out == joined([compact({"groupId": group, "userId": "7", "info": "é", "ts": 5}),
                               compact({"groupId": group, "userId": "u", "info": "late", "ts": 3})])


def test_export_while_the_list_is_cut_and_grows(redis_server, lone, tmp_path):
    """each message that is in the list from its begin to its end, once, in the order of the list"""
    group, count = fresh(), 60000
    redis_server.client.rpush(f"gml:{group}", *lines_of(group, count))
    done = threading.Event()

    def write():
        redis, number = redis_server.connect(), count
        while not done.is_set():
            with redis.pipeline() as together:
                together.rpush(f"gml:{group}", *lines_of(group, 5, 1700000000000 + number))
                together.ltrim(f"gml:{group}", -count, -1)
                together.lrem(f"gml:{group}", -1, lines_of(group, 1, 1700000000000 + number - 1000)[0])
                together.execute()
            number += 5
            time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        begin = stored(redis_server.client, group)
        process = lone.start("export", group)
        got = []
        for number, line in enumerate(process.stdout):
            got.append(line.decode().rstrip("\n"))
            if number % 3000 == 0:
                time.sleep(0.005)  # a slow reader, so that the list moves below it
        err = process.stderr.read().decode()
        assert process.wait() == DONE and err == ""
        end = set(stored(redis_server.client, group))
    finally:
        done.set()
        writer.join()
    stamps = [json.loads(line)["ts"] for line in got]
    assert stamps == sorted(set(stamps))
    assert len(end) < len(set(begin) | end), "the list did not move"
    assert set(begin) & end <= set(got)


# ---- import ----

def test_import_of_an_export_is_the_same_list(redis_server, lone, tmp_path):
    group, copy = fresh(), fresh()
    lines = lines_of(group, 3210) + [entry(group, "u", "\ud83d\ude00 late", 7)]
    redis_server.client.rpush(f"gml:{group}", *lines)
    exported = lone.try_("export", group).out
    assert lone("import", copy, input=exported) == [["3211"]]
    assert stored(redis_server.client, copy) == exported.replace(group, copy).splitlines()
    again = lone.try_("export", copy).out
    assert again == exported.replace(group, copy)


async def test_a_room_after_an_import_is_as_if_all_had_been_sent(two_hosts):
    """the next message gets a higher ts than all of them, the list expires"""
    host, group = two_hosts[0], fresh()
    ctl = Ctl(host.conf)
    ahead = host.now_ms() + 3600000
    lines = lines_of(group, 100) + [compact({"groupId": group, "userId": "u", "info": "ahead", "ts": ahead}),
                                    compact({"groupId": group, "userId": "u", "info": "late", "ts": 5})]
    assert ctl("import", group, input=joined(lines)) == [["102"]]
    assert host.redis.get(f"gmt:{group}").decode().split(" ")[0] == str(ahead)
    assert 604700 < host.redis.ttl(f"gml:{group}") <= 604800
    assert 604800 + 86300 < host.redis.ttl(f"gmt:{group}") <= 604800 + 86400
    old, new = await host.chat(group, "o"), await V2.enter(two_hosts[1], group, "n")
    assert old.view == lines[-50:] and old.first["total"] == 102
    assert new.list["at"] == ahead
    said = await old.say("next")
    assert said["ts"] == ahead + 1
    assert (await new.next("message"))["ts"] == ahead + 1
    assert ctl("history", group, "-n", 1) == [[str(ahead + 1), "o", "next"]]


def test_a_ts_days_ahead_is_kept_and_does_not_count(redis_server, lone):
    group, far = fresh(), int(time.time() * 1000) + 3 * DAY_MS
    lines = [*lines_of(group, 2), compact({"groupId": group, "userId": "u", "info": "far", "ts": far})]
    lone("import", group, input=joined(lines))
    assert redis_server.client.get(f"gmt:{group}").startswith(b"1700000000001 ")
    [[ts]] = lone("send", group, "u", "x")
    assert abs(int(ts) - time.time() * 1000) < DAY_MS


def test_the_room_keeps_no_more_than_it_may(tmp_path, redis_server):
    group = fresh()
    ctl = Ctl(conf_for(tmp_path, redis_server, im__groupMessage__maxCount=1000))
    lines = lines_of(group, 2600)
    said = ctl.try_("import", group, input=joined(lines))
    assert said.code == DONE and said.out == "2600\n" and "newest 1000" in said.err
    assert stored(redis_server.client, group) == lines[-1000:]


def test_a_room_with_messages_is_refused_unless_they_go_behind(redis_server, lone):
    group = fresh()
    lines = lines_of(group, 20)
    lone("import", group, input=joined(lines[:10]))
    assert "has 10 messages" in lone.refused("import", group, input=joined(lines[10:]))
    assert stored(redis_server.client, group) == lines[:10]
    assert lone("import", group, "--append", input=joined(lines[10:])) == [["10"]]
    assert stored(redis_server.client, group) == lines
    assert redis_server.client.get(f"gmt:{group}") == b"1700000000019"


BAD = [b"", b"{}", b"no json", b'{"groupId":"1","userId":"u","info":"x"}', b'{"groupId":"1","userId":"u","info":"\xff","ts":5}',
       b'{"groupId":"1","userId":"u","info":"x","ts":-5}']


@pytest.mark.parametrize("bad", BAD)
def test_of_a_file_with_a_wrong_line_nothing_is_stored(redis_server, lone, tmp_path, bad):
    group = fresh()
    lines = [line.encode() for line in lines_of(group, 2000)]
    lines[1500] = bad
    file = tmp_path / "x.jsonl"
    file.write_bytes(b"\n".join(lines))
    with open(file) as stdin:
        done = subprocess.run([CTL, "import", group], env=lone.environment, stdin=stdin, capture_output=True, text=True)
    assert done.returncode == USAGE and done.stdout == "" and done.stderr.startswith("fastimctl: line 1501: "), done
    assert not redis_server.client.exists(f"gml:{group}", f"gmt:{group}")


def test_of_a_pipe_with_a_wrong_line_those_before_it_are_stored_and_it_can_go_on(redis_server, lone):
    group = fresh()
    lines = lines_of(group, 2000)
    said = lone.try_("import", group, input=joined([*lines[:1500], "wrong", *lines[1501:]]))
    assert said.code == USAGE and said.out == ""
    assert said.err.splitlines() == [
        "fastimctl: line 1501: no message: must be JSON with userId, info and ts, as export writes it",
        "fastimctl: lines up to 1500 are stored; --append --from 1501 goes on behind them"]
    assert stored(redis_server.client, group) == lines[:1500]
    assert lone("import", group, "--append", "--from", 1501, input=joined(lines)) == [["500"]]
    assert stored(redis_server.client, group) == lines


@pytest.mark.parametrize("protocol", ["v1", "v2"])
async def test_it_is_refused_while_clients_are_in_the_room(site, protocol):
    """they are not told of imported messages"""
    group, ctl = fresh(), Ctl(site.conf)
    client = await site.chat(group, "u") if protocol == "v1" else await V2.enter(site, group, "u")
    lines = joined(lines_of(group, 3))
    assert "clients are in the room" in ctl.refused("import", group, input=lines)
    assert not site.redis.exists(f"gml:{group}", f"gmt:{group}")
    await client.leave()
    site.wait_subscribers(group, 0)
    assert ctl("import", group, input=lines) == [["3"]]


async def test_who_was_there_before_does_not_resume_over_it(site):
    """it gets a `list` under a new epoch"""
    group, ctl = fresh(), Ctl(site.conf)
    client = await V2.enter(site, group, "u")
    await client.say("before")
    epoch = client.list["epoch"]
    await client.leave()
    site.wait_subscribers(group, 0)
    ctl("import", group, "--append", input=joined(lines_of(group, 3)))
    assert not site.redis.exists(f"fim:log:{group}")
    back = await V2.enter(site, group, "u", model=client.model)
    assert back.welcome["recovered"] is False and back.list["epoch"] != epoch
    assert [message["info"] for message in back.list["list"]] == ["before", "text 0 你好", "text 1 你好", "text 2 你好"]
    assert (await back.say("after"))["ts"] > back.list["at"]


def test_it_stops_if_somebody_else_writes_and_says_how_far_it_came(redis_server, lone):
    group = fresh()
    lines = lines_of(group, 5000)
    process = lone.start("import", group, stdin=subprocess.PIPE)
    process.stdin.write(joined(lines[:2000]).encode())
    process.stdin.flush()
    eventually(lambda: redis_server.client.llen(f"gml:{group}") == 2000, what="four batches")
    redis_server.client.rpush(f"gml:{group}", "another one's")
    _, err = process.communicate(joined(lines[2000:]).encode(), timeout=20)
    assert process.returncode == REFUSED
    assert err.decode().splitlines() == [
        "fastimctl: refused: somebody else has written to the room meanwhile",
        "fastimctl: lines up to 2000 are stored; --append --from 2001 goes on behind them"]
    assert stored(redis_server.client, group) == [*lines[:2000], "another one's"]


def test_it_says_how_far_it_came_if_redis_is_killed(tmp_path, own_redis):
    group, count = fresh(), 20000
    lines = lines_of(group, count)
    ctl = Ctl(conf_for(tmp_path, own_redis, redis__timeoutMs=2000))
    process = ctl.start("import", group, stdin=subprocess.PIPE)
    process.stdin.write(joined(lines[:3000]).encode())
    process.stdin.flush()
    eventually(lambda: own_redis.client.llen(f"gml:{group}") == 3000, what="six batches")
    own_redis.kill()
    _, err = process.communicate(joined(lines[3000:]).encode(), timeout=20)
    assert process.returncode == AWAY and b"lines up to 3000 are stored" in err, err
    own_redis.start()
    assert stored(own_redis.client, group) == lines[:3000]
    assert ctl("import", group, "--append", "--from", 3001, input=joined(lines)) == [[str(count - 3000)]]
    assert stored(own_redis.client, group) == lines


@pytest.mark.parametrize("after_reply", [False, True], ids=["lost", "carried-out"])
def test_what_a_broken_line_has_brought_is_looked_up_in_the_list(tmp_path, redis_server, after_reply):
    """Wherever it ends, it says which lines are stored"""
    group, relay = fresh(), Relay(redis_server.port)
    lines = lines_of(group, 5000)
    ctl = Ctl(conf_for(tmp_path, redis_server, redis__port=relay.port, redis__timeoutMs=2000))
    try:
        relay.cut_at("text 1700 ", after_reply)
        said = ctl.try_("import", group, input=joined(lines))
        assert relay.cut.is_set()
    finally:
        relay.stop()
    kept = redis_server.client.llen(f"gml:{group}")
    assert kept % 500 == 0 and 500 <= kept < 5000
    assert said.code == AWAY and f"lines up to {kept} are stored" in said.err, said
    assert stored(redis_server.client, group) == lines[:kept]


def test_progress_is_told_to_a_terminal_alone(redis_server, lone, tmp_path):
    group, count = fresh(), 400000
    file = tmp_path / "x.jsonl"
    file.write_text(joined(lines_of(group, count)))
    with open(file) as stdin:
        code, got = in_terminal([CTL, "import", group, "-c", conf_for(tmp_path, redis_server, im__groupMessage__maxCount=0)],
                                lone.environment, stdin=stdin)
    assert code == DONE and got.endswith(f"\r\x1b[KIMPORTED\n{count}\n") and f" of {count} messages (" in got
    assert redis_server.client.llen(f"gml:{group}") == count


# ---- tail ----

class Tail:
    """fastimctl tail, and the rows that it has written so far."""

    def __init__(self, ctl, *words):
        self.process = ctl.start("tail", *words)
        self.rows = []
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            self.rows.append(line.decode().rstrip("\n").split("\t"))

    def wait(self, count, timeout=20):
        eventually(lambda: len(self.rows) >= count, timeout=timeout, what=f"{count} rows")

    def end(self):
        """What it has said on standard error."""
        self.process.send_signal(signal.SIGTERM)
        self.thread.join(10)
        err = self.process.stderr.read().decode()
        self.process.wait(10)
        return err


async def test_tail_shows_the_newest_then_each_new_one_as_it_comes(two_hosts):
    group, ctl = fresh(), Ctl(two_hosts[0].conf)
    for n in range(5):
        ctl("send", group, "u", f"old {n}")
    clients = [await host.chat(group, f"c{n}") for n, host in enumerate(two_hosts)]
    tail = Tail(ctl, group, "-n", "2")
    try:
        tail.wait(2)
        for n in range(3):
            await clients[n % 2].send(f"new {n}")
            await asyncio.to_thread(tail.wait, 3 + n)
        ctl("send", group, "u", "tab\there")
        tail.wait(6)
    finally:
        err = tail.end()
    assert [row[2] for row in tail.rows] == ["old 3", "old 4", "new 0", "new 1", "new 2", r"tab\there"] and err == ""


def write_many(redis, group, first, count, done=None):
    """As another writer does it in one step, with growing ts."""
    for n in range(first, first + count):
        line = compact({"groupId": group, "userId": "w", "info": f"{n}", "ts": 1700000000000 + n})
        with redis.pipeline() as together:
            together.rpush(f"gml:{group}", line)
            together.publish(f"mq:{group}", line)
            together.execute()
        if done is not None and done.is_set():
            return


def test_tail_loses_and_doubles_nothing_whenever_it_begins(redis_server, lone):
    group, count = fresh(), 8000
    writer = threading.Thread(target=write_many, args=(redis_server.connect(), group, 0, count))
    writer.start()
    tails = []
    try:
        while writer.is_alive() and len(tails) < 12:
            tails.append(Tail(lone, group, "-n", "100000"))
            time.sleep(0.05)
        writer.join()
        for tail in tails:
            tail.wait(count)
    finally:
        said = [tail.end() for tail in tails]
    for tail, err in zip(tails, said):
        assert [row[2] for row in tail.rows] == [f"{n}" for n in range(count)] and err == ""


def test_tail_goes_on_behind_a_broken_connection(redis_server, lone):
    group, redis = fresh(), redis_server.connect()
    write_many(redis, group, 0, 10)
    tail = Tail(lone, group, "-n", "5")
    try:
        tail.wait(5)
        writer = threading.Thread(target=write_many, args=(redis_server.connect(), group, 10, 6000))
        writer.start()
        for _ in range(3):
            time.sleep(0.2)
            for client in redis.client_list(_type="pubsub"):
                if redis.execute_command("PUBSUB", "NUMSUB", f"mq:{group}")[1] and client["sub"] == "2":
                    redis.client_kill_filter(_id=client["id"])
        writer.join()
        tail.wait(6005)
    finally:
        err = tail.end()
    assert [row[2] for row in tail.rows] == [f"{n}" for n in range(5, 6010)]
    assert set(err.splitlines()) == {"fastimctl: the connection to Redis broke; trying again"}


def test_tail_outlives_redis(tmp_path, own_redis):
    group = fresh()
    ctl = Ctl(conf_for(tmp_path, own_redis, redis__timeoutMs=500))
    write_many(own_redis.client, group, 0, 3)
    tail = Tail(ctl, group)
    try:
        tail.wait(3)
        own_redis.kill()
        own_redis.start()
        write_many(own_redis.client, group, 3, 3)
        tail.wait(6)
    finally:
        tail.end()
    assert [row[2] for row in tail.rows] == [f"{n}" for n in range(6)]


def test_tail_ends_with_its_reader(lone):
    """As `fastimctl tail ROOM | head -n 1` does."""
    group = fresh()
    lone("send", group, "u", "one")
    tail = lone.start("tail", group)
    assert tail.stdout.readline().endswith(b"\tone\n")
    tail.stdout.close()
    lone("send", group, "u", "two")
    assert tail.wait(10) == -signal.SIGPIPE
    tail.stderr.close()

"""test_ctl.py - fastimctl: its commands as clients feel them, its output, its exit codes."""
import json
import os
import pwd
import re
import subprocess

import pytest

from client import compact
from ctl import AWAY, DONE, REFUSED, USAGE, Ctl, conf_for, in_terminal
from host import CTL, fresh, write_settings
from ports import free_port
from processes import eventually
from v2 import V2

DATA = __file__.rsplit("/", 1)[0] + "/data"
ME = "local:" + pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(scope="module")
def ctl(site):
    return Ctl(site.conf)


@pytest.fixture
def lone(tmp_path, redis_server):
    """fastimctl with a Redis and nothing else."""
    return Ctl(conf_for(tmp_path, redis_server))


def newest_notes(ctl, count):
    return json.loads(ctl.try_("log", "-n", count, "--json").out)["data"]


# ---- users ----

async def test_mute_and_unmute(two_hosts, ctl):
    group = fresh()
    clients = [await host.chat(group, "ann") for host in two_hosts]
    assert ctl("mute", group, "ann", "10m") == []
    for client in clients:
        await client.send("x")
        assert await client.text() == "403"
    left = two_hosts[0].redis.hget(f"fim:rules:{group}", "m:ann")
    assert 590000 < int(left) - two_hosts[0].now_ms() <= 600000
    ctl("unmute", group, "ann")
    await clients[1].say("now")
    assert "nothing was changed" in ctl.refused("unmute", group, "ann")


@pytest.mark.parametrize("where", ["room", "everywhere"])
async def test_ban_and_unban(two_hosts, ctl, where):
    group, user = fresh(), fresh("u")
    place = [group] if where == "room" else ["-e"]
    ctl("ban", *place, user)
    for host in two_hosts:
        late = await host.open_chat(group, user)
        assert await late.text() == "403" and await late.close_code() == 1000
    ctl("unban", *place, user)
    await two_hosts[1].chat(group, user)


def test_ban_of_an_address_and_kick(site, ctl):
    group = fresh()
    ctl("ban", group, "--address", "10.1.2.3", "1h")
    ctl("ban", group, "-a", "2001:db8::7", "ever")
    ctl("kick", group, "ann")
    rules = site.redis.hgetall(f"fim:rules:{group}")
    assert sorted(rules) == [b"a:10.1.2.3", b"a:2001:db8::", b"b:ann"] and rules[b"a:2001:db8::"] == b"0"
    assert 9000 < int(rules[b"b:ann"]) - site.now_ms() <= 10000
    ctl("unban", group, "-a", "2001:db8::99")
    assert sorted(site.redis.hgetall(f"fim:rules:{group}")) == [b"a:10.1.2.3", b"b:ann"]


def test_ban_with_purge(site, ctl):
    group = fresh()
    for user in ("ann", "bob", "ann"):
        ctl("send", group, user, "x")
    assert ctl("ban", group, "ann", "--purge") == [["2"]]
    assert [json.loads(entry)["userId"] for entry in site.entries(group)] == ["bob"]


def test_role_and_members(site, ctl):
    group, user = fresh(), fresh("u")
    ctl("role", group, user, "vip")
    assert ctl("rules", group)[-1] == ["roles", f"userId={user} role=vip"]
    ctl("role", group, user, "none")
    assert "nothing was changed" in ctl.refused("role", group, user, "none")
    ctl("join", group, user)
    assert site.redis.smembers(f"ugs:{user}") == {group.encode()}
    ctl("leave", group, user)
    assert "nothing was changed" in ctl.refused("leave", group, user)


# ---- messages ----

async def test_what_is_said_and_taken_back_is_seen_by_clients(two_hosts, ctl):
    group = fresh()
    old, new = await two_hosts[0].chat(group, "o"), await V2.enter(two_hosts[1], group, "n")
    [[ts]] = ctl("send", group, "ann", "hello\tyou")
    message = {"groupId": group, "userId": "ann", "info": "hello\tyou", "ts": int(ts)}
    assert await old.message_text() == compact(message)
    assert (await new.next("message"))["ts"] == int(ts)
    ctl("send", group, "bob", "-", input="two\nlines\n")
    assert await old.info() == "two\nlines" and await new.info() == "two\nlines"
    ctl("notice", group, "at eight")
    assert (await new.next("notice"))["info"] == "at eight"
    ctl("recall", group, "ann", ts)
    assert (await new.next("recall"))["ts"] == int(ts)
    assert "no such message" in ctl.refused("recall", group, "ann", ts)
    assert ctl("purge", group, "bob") == [["1"]]
    assert (await new.next("purge"))["userId"] == "bob"
    ctl("send", group, "bob", "again")
    assert await new.info() == "again"
    ctl("clear", group)
    await new.next("clear")
    assert two_hosts[0].entries(group) == []


def test_an_id_stores_a_message_once(site, ctl):
    group = fresh()
    first, second = ctl("send", group, "u", "x", "--id", "k1"), ctl("send", group, "u", "x", "--id", "k1")
    assert first == second and len(site.entries(group)) == 1


async def test_a_notice_for_all_rooms(two_hosts, ctl):
    group = fresh()
    clients = [await V2.enter(host, group, "u") for host in two_hosts]
    [[told]] = ctl("notice", "-e", "to all")
    assert int(told) >= 1
    for client in clients:
        assert (await client.next("notice"))["info"] == "to all"


# ---- rules and words ----

async def test_settings(site, ctl):
    group = fresh()
    rows = dict(ctl("settings", group, "slow=60", "attr.title=Friday live", "pinned=a=b", "quiet=0"))
    assert rows == {"slow": "60", "quiet": "false", "cap": "0", "pinned": "a=b", "attrs.title": "Friday live"}
    client = await site.chat(group, "u")
    await client.say("one")
    await client.send("two")
    assert await client.text() == "429"
    assert dict(ctl("settings", group)) == rows
    ctl("settings", group, "slow=", "attr.title=")
    assert dict(ctl("settings", group)) == {**{k: v for k, v in rows.items() if k[:4] != "attr"}, "slow": "0"}
    said = ctl.try_("settings", group, "slow=soon")
    assert said.code == USAGE and "slow" in said.err


async def test_words_hold_at_once(own_host):
    ctl, group = Ctl(own_host.conf), fresh()
    client = await own_host.chat(group, "u")
    ctl("words", "add", "badword", "two words")
    assert sorted(ctl("words", "list")) == [["badword"], ["two words"]]
    own_host.process.wait_line("words from=redis count=2")
    await client.send("a BADWORD here")
    assert await client.text() == "403"
    assert "nothing was changed" in ctl.refused("words", "remove", "badword", "unknown")
    assert ctl("words", "list") == [["two words"]]


# ---- what there is ----

async def test_who_is_online_and_where(own_hosts):
    ctl, group = Ctl(own_hosts[0].conf), fresh()
    _ = [await host.chat(group, user) for host in own_hosts for user in ("ann", "bob")]
    _2 = await own_hosts[0].chat(group, "ann")
    eventually(lambda: ctl("online", group)[:2] == [["online", "4"], ["connections", "5"]], what="all of them")
    assert sorted(ctl("online", group)[2:]) == [["users", "ann"], ["users", "bob"]]
    eventually(lambda: [group, "4"] in ctl("groups"), what="the room among the rooms")
    assert ctl("groups", "-n", "1") == [[group, "4"]]
    eventually(lambda: sorted(row[2:] for row in ctl("hosts")) == [["2", "1"], ["3", "1"]],
               what="what the hosts say of themselves")


def test_the_log_names_who_did_it(ctl):
    group = fresh()
    ctl("mute", group, "ann", "1h")
    [note] = newest_notes(ctl, 1)
    assert note.pop("when") > 10**12
    assert note == {"who": ME, "as": "operator", "what": "mute", "groupId": group, "userId": "ann", "seconds": 3600}
    [[when, *rest]] = ctl("log", "-n", 1)
    assert rest == [ME, "operator", "mute", group, "userId=ann seconds=3600"] and int(when) > 10**12


# ---- output ----

def test_a_terminal_gets_a_table_without_what_it_would_obey(lone):
    group = fresh()
    lone("send", group, "ann", "\x1b[2Jhello\nyou")
    lone("send", group, "你好", "大家好")
    code, got = in_terminal([CTL, "history", group], lone.environment)
    date = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert code == DONE
    assert re.fullmatch(rf"TIME {{17}}TS {{13}}USER  TEXT\n{date}  \d{{13}}  ann   \\x1b\[2Jhello\\x0ayou\n"
                        rf"{date}  \d{{13}}  你好  大家好\n", got), got


def test_a_pipe_gets_lines_that_can_be_had_back(lone):
    group = fresh()
    text = "tab\t, end\r\n, backslash \\, bell \x07"
    [[ts]] = lone("send", group, "ann", "--", text)
    assert lone("history", group) == [[ts, "ann", r"tab\t, end\r\n, backslash \\, bell \x07"]]


def test_json_is_the_answer_of_the_endpoint(lone):
    group = fresh()
    said = lone.try_("--json", "settings", group, "slow=5")
    assert json.loads(said.out) == {"code": 200, "msg": "操作成功", "data": {
        "slow": 5, "quiet": False, "cap": 0, "pinned": "", "attrs": {}}}
    said = lone.try_("unmute", group, "u", "-j")
    assert (said.code, json.loads(said.out)["code"]) == (REFUSED, 100)
    [[ts]] = lone("send", group, "ann", "a\nb")
    assert lone.try_("history", group, "-j").out == compact(
        {"groupId": group, "userId": "ann", "info": "a\nb", "ts": int(ts)}) + "\n"


# ---- exit codes ----

WRONG = [[], ["fly"], ["mute", "r"], ["mute", "r", "u", "10"], ["mute", "a/b", "u"], ["send", "r", "u", ""],
         ["history", "r", "-n", "x"], ["history", "r", "--append"], ["ban", "r", "-a", "nonsense"], ["groups", "-n", "0"],
         ["settings", "r", "speed=5"], ["settings", "r", "quiet=maybe"], ["history", "-c", "/nonexistent.yml", "r"]]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_wrong_command_lines_end_with_2(lone, words):
    said = lone.try_(*words)
    assert said.code == USAGE and said.out == "" and said.err.count("\n") == 1, said


def test_a_text_that_is_too_large_ends_with_2(lone):
    said = lone.try_("send", fresh(), "u", "-", input="x" * 24577)
    assert said.code == USAGE and "24576" in said.err
    assert lone("send", fresh(), "u", "-", input="x" * 24576)


EACH = [["mute", "r", "u"], ["words", "list"], ["groups"], ["send", "r", "u", "x"], ["history", "r"], ["tail", "r"],
        ["export", "r"], ["import", "r"], ["convert", "plain"]]


@pytest.mark.parametrize("words", EACH, ids=lambda words: words[0])
def test_without_redis_all_end_with_3(tmp_path, words):
    conf = write_settings(tmp_path / "x.yml", {"redis.port": free_port(), "redis.password": "SECRET"})
    said = Ctl(conf).try_(*words)
    assert said.code == AWAY and said.out == "" and "Redis" in said.err and "SECRET" not in said.err, said


@pytest.mark.parametrize("words", [["history"], ["export"], ["tail"], ["import", "--append"]], ids=lambda words: words[0])
def test_a_key_of_another_type_ends_with_3(redis_server, lone, words):
    group = fresh()
    redis_server.client.set(f"gml:{group}", "no list")
    said = lone.try_(*words, group)
    assert said.code == AWAY and said.out == "" and "answers" in said.err, said


def test_output_that_cannot_be_written_ends_with_1(lone):
    group = fresh()
    lone("send", group, "u", "x")
    for words in (["history", group], ["export", group], ["rules", group], ["-h"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([CTL, *words], env=lone.environment, stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == REFUSED and "No space left" in done.stderr, words


def test_version_and_help():
    version = subprocess.run([CTL, "-V"], capture_output=True, text=True)
    assert (version.returncode, version.stderr) == (0, "") and re.fullmatch(r"fastimctl \d+\.\d+\.\d+\S*\n", version.stdout)
    told = subprocess.run([CTL, "mute", "--help"], capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "") and "import ROOM [--append] [--from LINE]" in told.stdout


# ---- an evening ----

@pytest.fixture
def evening(tmp_path, lone):
    """The script, with its environment and room."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "fastimctl").symlink_to(CTL)
    environment = {**lone.environment, "PATH": f"{folder}:{os.environ['PATH']}"}
    return ["sh", f"{DATA}/evening.sh", fresh(), tmp_path], environment


def check_evening(redis, room, folder):
    """What is left of it."""
    entries = [json.loads(entry) for entry in redis.lrange(f"gml:{room}", 0, -1)]
    assert [(entry["userId"], entry["info"]) for entry in entries] == [
        ("host", "大家好 👋"), ("guest", "one line\nand another")]
    assert (folder / "evening.jsonl").read_text() == "".join(compact(entry) + "\n" for entry in entries)
    copy = [json.loads(entry) for entry in redis.lrange(f"gml:{room}-copy", 0, -1)]
    assert copy == [{**entry, "groupId": f"{room}-copy"} for entry in entries]
    assert int(redis.get(f"gmt:{room}-copy")) == entries[-1]["ts"]
    rules = redis.hgetall(f"fim:rules:{room}")
    assert sorted(rules) == [b"attrs", b"m:troll", b"pinned", b"quiet", b"r:helper"]
    assert redis.smembers("fim:words").isdisjoint({b"idiot", "笨蛋".encode()})


def test_an_evening_in_a_pipe(redis_server, evening, tmp_path):
    command, environment = evening
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == "fastimctl: nothing was changed\n", done
    check_evening(redis_server.client, command[2], tmp_path)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert ["attrs.title", "Friday live"] in rows and ["roles", "userId=helper role=mod"] in rows
    assert [row[1:] for row in rows if row[-1] == r"one line\nand another"] == [["guest", r"one line\nand another"]]
    assert [row[3] for row in rows[-3:]] == ["unban", "import", "words"]


def test_an_evening_in_a_terminal(redis_server, evening, tmp_path):
    command, environment = evening
    code, got = in_terminal(command, environment)
    assert code == 0, got
    check_evening(redis_server.client, command[2], tmp_path)
    assert re.search(r"\nNAME {18}VALUE\nsettings.slow {9}5\n", got), got
    assert re.search(r"\nTIME {17}TS {13}USER   TEXT\n.{36}host   大家好 👋\n.{36}guest  one line\\x0aand another\n", got), got
    assert re.search(r"\nWHEN {17}WHO +AS +WHAT +GROUPID +MORE\n", got), got

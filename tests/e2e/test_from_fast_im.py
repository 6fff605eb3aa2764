"""test_from_fast_im.py - conf/from-fast-im.md: its commands and its figures are right."""
import json
import os
import re
import subprocess

import pytest

from client import compact
from host import CTL, PUSHD, ROOT, fresh, write_settings

PAGE = (ROOT / "conf/from-fast-im.md").read_text()


def wrapped(plain):
    """A value as fast-im stores it: in a JSON string once more, of ASCII and of what is in the BMP."""
    return json.dumps(plain, ensure_ascii=False)


@pytest.fixture
def commands(tmp_path, own_redis):
    """Runs the page's shell commands against a Redis for this test; returns what they said."""
    conf = write_settings(tmp_path / "fastim.yml", {"redis.port": own_redis.port, "redis.database": 4})
    for name, words in (("redis-cli", f"/usr/bin/redis-cli -p {own_redis.port}"), ("fastimctl", f"{CTL} -c {conf}")):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        program.chmod(0o755)
    script, = re.findall(r"^ *```sh\n(.*?)^ *```", PAGE, re.M | re.S)

    def run():
        done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", script], stdout=subprocess.PIPE, timeout=50,
                              stderr=subprocess.STDOUT, env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
        assert done.returncode == 0, done.stdout.decode()
        return done.stdout.decode()

    return run


async def test_the_data_of_fast_im_moves(commands, own_redis, make_daemon):
    """Copy the messages and the members: all of them, in order, in fastim's form; fast-im's database is as it was."""
    old, new = own_redis.connect(3), own_redis.connect(4)
    texts = ["hello", 'a "quote", a \\ and a \n', "你好", "😀", "\u2028", "", " spaces "]
    groups = {fresh(): texts, "群 1": ["one"], "-c": ["an option?"], "a'b$c": texts * 100}
    for group, said in groups.items():
        for n, info in enumerate(said):
            message = {"groupId": group, "userId": f"u{n % 3}", "info": info, "ts": 1648368380132 + n}
            old.rpush(f"gml:{group}", wrapped(compact(message)))
        old.sadd("ugs:用户", wrapped(group))
    old.sadd("ugs:me", wrapped("群 1"), wrapped("other"))
    old.set("login:me", wrapped("8f2c"))
    before = {key: old.dump(key) for key in old.keys()}
    assert sorted(commands().split()) == sorted(["7", "1", "1", "700", "4", "2"])  # messages, then members
    assert {key: old.dump(key) for key in old.keys()} == before
    for group, said in groups.items():
        messages = [json.loads(entry) for entry in new.lrange(f"gml:{group}", 0, -1)]
        assert [(m["groupId"], m["userId"], m["info"], m["ts"]) for m in messages] == [
            (group, f"u{n % 3}", info, 1648368380132 + n) for n, info in enumerate(said)]
    assert {member.decode() for member in new.smembers("ugs:用户")} == set(groups)
    assert new.smembers("ugs:me") == {"群 1".encode(), b"other"} and not new.exists("login:me")
    daemon = make_daemon({"redis.database": 4}, own_redis)
    chat = await daemon.chat("群 1", "me")
    assert [message["info"] for message in chat.first["list"]] == ["one"]
    assert (await chat.say("two"))["ts"] > 1648368380132


def test_the_limits_that_are_new(tmp_path):
    """The table of defaults, against those of the program."""
    (tmp_path / "empty.yml").write_text("")
    listed = subprocess.run([PUSHD, "-T", "-c", tmp_path / "empty.yml"], check=True, capture_output=True, text=True).stdout
    defaults = dict(line.split(": ", 1) for line in listed.splitlines() if ": " in line)
    section = PAGE.split("| setting | default |")[1].split("\n## ")[0]
    table = dict(re.findall(r"^\| `([\w.]+)` \| (\d+) \|$", section, re.M))
    assert len(table) == len(section.split("\n## ")[0].strip().splitlines()) - 1
    assert {name: defaults[name] for name in table} == table


def test_the_settings_that_it_names():
    """Each setting that stands in the page is one of conf/fastim.yml."""
    shipped = (ROOT / "conf/fastim.yml").read_text()
    for name in set(re.findall(r"`((?:im|push|http|login|admin)\.[\w.]+)", PAGE)):
        assert re.search(rf"^ +{name.split('.')[-1]}:", shipped, re.M), name

"""test_from_fast_im.py - conf/from-fast-im.md: its commands and its figures are right."""
import json
import os
import re
import subprocess

import pytest

from client import Client, compact, encode
from host import CTL, PUSHD, ROOT, fresh, write_settings
from java_host import contents, jackson

PAGE = (ROOT / "conf/from-fast-im.md").read_text()


@pytest.fixture
def commands(tmp_path, own_redis):
    """Runs the page's shell commands on a Redis for this test, with words of them replaced."""
    program = tmp_path / "fastimctl"
    conf = write_settings(tmp_path / "fastim.yml", {"redis.port": own_redis.port, "redis.database": 3})
    program.write_text(f'#!/bin/sh\nexec {CTL} -c {conf} "$@"\n')
    program.chmod(0o755)
    script, = re.findall(r"^ *```sh\n(.*?)^ *```", PAGE, re.M | re.S)

    def run(word=("", "")):
        assert word[0] in script
        done = subprocess.run(["bash", "-eu", "-c", script.replace(*word)], stdout=subprocess.PIPE, timeout=50,
                              stderr=subprocess.STDOUT, env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
        assert done.returncode == 0, done.stdout.decode()
        return done.stdout.decode()

    return run


async def test_the_data_of_fast_im_moves(commands, own_redis, make_daemon):
    """As the page says: its settings and its data serve with encoding java; made plain, they serve; and back."""
    redis = own_redis.connect(3)
    texts = ["hello", 'a "quote", a \\ and a \n', "你好", "😀", "\u2028", "", " spaces "]
    groups = {fresh(): texts, "群 1": ["one"], "-c": ["an option?"], "a'b$c": texts * 100}
    for group, said in groups.items():
        for n, info in enumerate(said):
            message = {"groupId": group, "userId": f"u{n % 3}", "info": info, "ts": 1648368380132 + n}
            redis.rpush(f"gml:{group}", jackson(compact(message)))
    redis.sadd("ugs:用户", *map(jackson, groups))
    redis.sadd("ugs:me", jackson("群 1"), jackson("other"))
    redis.set("login:me", jackson("8f2c"), px=86400_000)

    async def serves(encoding):
        """A daemon shows all that is there."""
        daemon = make_daemon({"redis.database": 3, "redis.encoding": encoding}, own_redis)
        for group, said in groups.items():
            chat = await daemon.chat(group, "me")
            shown = chat.first["list"]
            assert len(shown) == min(len(said), 50)
            assert [(m["groupId"], m["userId"], m["info"], m["ts"]) for m in shown] == [
                (group, f"u{n % 3}", info, 1648368380132 + n) for n, info in enumerate(said)][-len(shown):]
            await chat.ws.close()
        listing = await Client.open(f"ws://127.0.0.1:{daemon.port}/group/list/{encode('用户')}/8f2c")
        assert {entry["newMessage"]["groupId"] for entry in await listing.json()} == set(groups)
        await listing.ws.close()
        daemon.stop()

    await serves("java")
    java = contents(redis)
    assert commands().split()[1:] == ["0"]
    assert redis.get("login:me") == b"8f2c" and redis.ttl("login:me") > 80000
    assert redis.smembers("ugs:用户") == {group.encode() for group in groups}
    assert json.loads(redis.lindex("gml:群 1", 0))["info"] == "one"
    await serves("plain")
    commands(("plain", "java"))
    assert contents(redis) == java
    await serves("java")


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

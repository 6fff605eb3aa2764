#!/usr/bin/python3
"""convert.py - fastimctl convert, there and back: rate, peak memory, how long Redis is held, and is all as it was?

    convert.py --build FOLDER [--groups N]

It starts a Redis of its own and fills it as Java hosts do: so many groups with ten messages each, as many users with a
token and two groups each, and one group with a tenth of N messages. It fails if the values or their expiry are not, in
the end, what they were, or if more than one in a hundred commands took Redis 5 ms or more.
"""
import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile

from ctl import HELD_MOST_US, Redis, run, show

FILL = """
local text = '大家好 hello, "this" is a message as people write them in a room 直播间里的消息 '
for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local entries, long = {}, n == 0
  for i = 1, long and tonumber(ARGV[3]) or 10 do
    entries[#entries + 1] = cjson.encode(string.format('{"groupId":"room %d","userId":"user-%d","info":"%s %d","ts":%d}',
      n, i % 100, text:gsub('"', '\\\\"'), i, 1700000000000 + 3 * i))
    if #entries == 1000 or i == 10 and not long then
      redis.call('RPUSH', 'gml:room ' .. n, unpack(entries))
      entries = {}
    end
  end
  redis.call('PEXPIRE', 'gml:room ' .. n, 604800000 + n)
  redis.call('SET', 'login:user-' .. n, string.format('"%032x"', n), 'PX', 86400000 + n)
  redis.call('SADD', 'ugs:user-' .. n, '"room ' .. n .. '"', '"everybody"')
end
return 'filled'
"""

EXPIRY = """
local keys, times = redis.call('KEYS', '*'), {}
table.sort(keys)
for i, key in ipairs(keys) do
  times[i] = redis.call('PEXPIRETIME', key)
end
return times
"""


def fill(redis, groups):
    """A script for each thousand groups. Returns how many values there are."""
    long = max(1000, groups // 10000 * 1000)
    for first in range(0, groups, 1000):
        said = redis.cli("eval", FILL, 0, first, min(first + 999, groups - 1), long)
        if said != "filled":
            sys.exit(said)
    redis.cli("set", "fim:encoding", "java")
    return long + 10 * (groups - 1) + 3 * groups


def contents(redis):
    """What all values add up to, and when each key expires (ms)."""
    return redis.cli("debug", "digest"), [int(when) for when in redis.cli("eval", EXPIRY, 0).split()]


def is_kept(before, after):
    """Does each key expire when it did? A millisecond may pass while its expiry is read and written."""
    return len(before) == len(after) and all(abs(a - b) <= 2 for a, b in zip(before, after))


def convert(program, environment, redis, aim, values, folder):
    """A row of the table."""
    redis.watch()
    said = pathlib.Path(folder, "said")
    with open(os.devnull, "rb") as stdin, open(said, "wb") as stdout:
        seconds, cpu, memory = run([program, "--json", "convert", aim], environment, stdin, stdout)
    if json.loads(said.read_text()) != {"converted": values, "left": 0}:
        sys.exit(f"bench-convert: to {aim}, of {values}: {said.read_text()}")
    return (f"convert {aim}", values, values / seconds, cpu / seconds, memory, *redis.held_us())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--groups", type=int, default=100000)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = tempfile.mkdtemp(prefix="fastim-bench-convert-")
    redis = Redis(folder, "--enable-debug-command", "yes")
    try:
        conf = pathlib.Path(folder, "fastim.yml")
        conf.write_text(json.dumps({"redis": {"socket": redis.socket}}))
        environment = {**os.environ, "FASTIM_CONFIG": str(conf)}
        program = (asked.build / "fastimctl").resolve()
        values = fill(redis, asked.groups)
        before, expiry = contents(redis)
        rows = [convert(program, environment, redis, "plain", values, folder)]
        between, expiry_between = contents(redis)
        rows.append(convert(program, environment, redis, "java", values, folder))
        after, expiry_after = contents(redis)
        show(rows, "values")
        if not is_kept(expiry, expiry_between) or not is_kept(expiry, expiry_after):
            sys.exit("bench-convert: the keys do not expire when they did")
        if between == before or after != before:
            sys.exit("bench-convert: the values are not what they were")
        late = [row for row in rows if row[5] >= HELD_MOST_US]
        if late:
            sys.exit(f"bench-convert: {late[0][0]}: of 100 commands one took Redis {late[0][5]:.0f} us or more")
        return 0
    finally:
        redis.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
"""ctl.py - fastimctl export and import of large groups: rate, peak memory, and how long Redis is held.

    ctl.py --build FOLDER [--messages N] [--rounds N]

It starts a Redis of its own, imports a file with so many messages, exports the group, and compares the bytes; the same
with a tenth of them: the memory must not grow with the group. Of some rounds the best counts, as others may use the
machine. It fails if the bytes differ, if the memory of the large one is more than 1.25 times that of the small one, or
if more than one in a hundred commands took Redis 5 ms or more. (Time in which Redis waits for a core counts as well.)
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

HELD_MOST_US = 5000
MEMORY_MOST = 1.25


class Redis:
    """redis-server on a unix socket in a folder of its own."""

    def __init__(self, folder, *options):
        self.socket = f"{folder}/redis.sock"
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", folder, "--save", "", "--appendonly", "no",
             *options], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if "ready to accept connections" in line:
                return
        sys.exit("redis-server ended before it was ready")

    def cli(self, *words):
        done = subprocess.run(["redis-cli", "-s", self.socket, *map(str, words)], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def watch(self):
        """From here on the times of commands are noted."""
        self.cli("config", "resetstat")
        self.cli("config", "set", "latency-tracking-info-percentiles", "99 100")

    def held_us(self):
        """Of the command that took the longest: 99 of 100 calls were no longer than this, and all of them than that."""
        found = re.findall(r"^latency_percentiles_usec_(?:eval|evalsha|lrange):p99=([0-9.]+),p100=([0-9.]+)",
                           self.cli("info", "latencystats"), re.M)
        return max(float(p99) for p99, _ in found), max(float(longest) for _, longest in found)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def write_file(path, count):
    """Messages of 20 to 100 characters, Chinese and others, from 1,000 users."""
    text = "大家好 hello, this is a message as people write them in a room 直播间里的消息 "
    with open(path, "w", encoding="utf-8") as file:
        for n in range(count):
            message = {"groupId": "room", "userId": f"user-{n % 1000}", "info": f"{text[:20 + n % 80]} {n}",
                       "ts": 1700000000000 + 3 * n}
            file.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")) + "\n")


def run(command, environment, stdin, stdout):
    """Seconds, CPU seconds, and peak memory in KiB."""
    began = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdin=stdin, stdout=stdout)
    memory = 0
    while (ended := os.wait4(process.pid, os.WNOHANG))[0] == 0:
        memory = max(memory, peak_memory(process.pid))  # what wait4() says of it begins with the memory of this program
        time.sleep(0.005)
    _, status, used = ended
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}: status {status}")
    return time.monotonic() - began, used.ru_utime + used.ru_stime, memory


def peak_memory(pid):
    """In KiB; 0: it has ended, or is not yet the program that it is to be."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^Name:\tfastimctl$.*^VmHWM:\s*(\d+) kB$", status, re.M | re.S)
    return int(found[1]) if found else 0


def measure(program, folder, redis, count):
    """Imports and exports a group of so many; what it took, as two rows of the table."""
    environment = {**os.environ, "FASTIM_CONFIG": f"{folder}/fastim.yml"}
    original, copy = f"{folder}/original.jsonl", f"{folder}/copy.jsonl"
    write_file(original, count)
    rows = []
    for name, source, target in (("import", original, os.devnull), ("export", os.devnull, copy)):
        redis.watch()
        with open(source, "rb") as stdin, open(target, "wb") as stdout:
            seconds, cpu, memory = run([program, name, "room"], environment, stdin, stdout)
        rows.append((name, count, count / seconds, cpu / seconds, memory, *redis.held_us()))
    if subprocess.run(["cmp", original, copy]).returncode != 0:
        sys.exit("the export is not what was imported")
    redis.cli("del", "gml:room", "gmt:room")
    return rows


def best(rounds):
    """Of the same row of all rounds: the best rate with its CPU, the largest memory, the shortest hold."""
    for rows in zip(*rounds):
        fastest = max(rows, key=lambda row: row[2])
        yield (*fastest[:4], max(row[4] for row in rows), min(row[5] for row in rows), min(row[6] for row in rows))


def show(rows, what="messages"):
    print(f"| what | {what} | {what}/s | CPU of fastimctl | its peak memory | Redis is held: p99 | longest |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, count, rate, cpu, memory, p99_us, longest_us in rows:
        print(f"| {name} | {count:,} | {rate / 1000:,.0f} k/s | {100 * cpu:.0f} % | {memory / 1024:.1f} MiB | "
              f"{p99_us / 1000:.2f} ms | {longest_us / 1000:.2f} ms |")


def judge(rows):
    """What is amiss."""
    for name in ("import", "export"):
        small, large = (row for row in rows if row[0] == name)
        if large[4] > MEMORY_MOST * small[4]:
            yield f"{name}: {large[4]} KiB for the large group, {small[4]} KiB for the small one"
    for name, count, _, _, _, p99_us, _ in rows:
        if p99_us >= HELD_MOST_US:
            yield f"{name} of {count}: of 100 commands one took Redis {p99_us} us or more"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--messages", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = tempfile.mkdtemp(prefix="fastim-bench-ctl-")
    redis = Redis(folder)
    try:
        pathlib.Path(folder, "fastim.yml").write_text(json.dumps(
            {"redis": {"socket": redis.socket}, "im": {"groupMessage": {"maxCount": 0}}}))
        program = (asked.build / "fastimctl").resolve()
        rows = list(best([[row for count in (asked.messages // 10, asked.messages)
                           for row in measure(program, folder, redis, count)] for _ in range(asked.rounds)]))
        show(rows)
        amiss = list(judge(rows))
        for text in amiss:
            print(f"bench-ctl: {text}", file=sys.stderr)
        return 1 if amiss else 0
    finally:
        redis.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())

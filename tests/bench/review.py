#!/usr/bin/python3
"""review.py - what a review by the site costs those who are not reviewed.

    review.py --build FOLDER --out FOLDER [--seconds 8] [--rounds 3]

Ordinary users say 1,000 messages a second in one group; the site answers after 5 ms, after 900 ms, not at all, or dies
in between. In ten other groups messages come from another writer, which nobody reviews: their times must not change.
Each client checks that nothing is lost, doubled or out of order; the load generator fails otherwise.
"""
import argparse
import asyncio
import statistics
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

from servers import LOAD_CORE, Fastim, figures, free_port, load_command

RATE, SENDERS = 1000, 50
OTHERS_RATE, OTHERS_GROUPS = 200, 10
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{"action":"allow"}'

# name: ms until the site answers (None: never), and whether it is killed in the middle; or no site at all
CASES = {"no review": None, "after 5 ms": (5, False), "after 900 ms": (900, False), "never": (None, False),
         "after 5 ms, then it is killed": (5, True)}


# ---- the site ----

class Site(asyncio.Protocol):
    """Enough HTTP for one client that asks one question at a time."""

    ms = 0

    def connection_made(self, transport):
        self.transport, self.got = transport, b""

    def data_received(self, data):
        self.got += data
        head, end, body = self.got.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))[15:])
        if len(body) >= length:
            self.got = body[length:]
            if self.ms is not None:
                asyncio.get_running_loop().call_later(self.ms / 1000, self.answer)

    def answer(self):
        if not self.transport.is_closing():
            self.transport.write(ANSWER)


async def be_the_site(port, ms):
    Site.ms = ms
    server = await asyncio.get_running_loop().create_server(Site, "127.0.0.1", port, backlog=512)
    print("ready", flush=True)
    await server.serve_forever()


def start_site(port, ms):
    command = ["taskset", "-c", LOAD_CORE, "setpriv", "--pdeathsig", "KILL", "--", sys.executable, __file__,
               "--site", f"{port}:{'never' if ms is None else ms}"]
    site = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert site.stdout.readline() == "ready\n"
    return site


# ---- one case ----

def start_load(server, **args):
    return subprocess.Popen(load_command(server, 120, LOAD_CORE, **args), stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


def end_load(process, what):
    told = process.communicate(timeout=150)[0]
    if process.returncode != 0:
        raise RuntimeError(f"{what}: {told}")
    return figures(told)


def counters(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = [line.split() for line in answer.read().decode().splitlines() if line.startswith("fastim_review_")]
    return {name[len("fastim_review_"):]: int(value) for name, value in lines}


def measure(build, out, case, seconds):
    port, health = free_port(), free_port()
    settings = {"push.health": f'"127.0.0.1:{health}"'}
    site = None
    if case is not None:
        settings["im.hook.url"] = f'"http://127.0.0.1:{port}/"'
        site = start_site(port, case[0])
    try:
        with Fastim(build, out, settings=settings) as server:
            timing = {"warm": 2, "seconds": seconds, "gentle": 1}
            reviewed = start_load(server, clients=SENDERS, senders=SENDERS, rate=RATE, **timing)
            others = start_load(server, clients=10 * OTHERS_GROUPS, groups=OTHERS_GROUPS, first_group=100,
                                redis=server.redis_port, rate=OTHERS_RATE, **timing)
            if case is not None and case[1]:
                threading.Timer(2 + seconds / 2, site.kill).start()
            told = {"reviewed": end_load(reviewed, "reviewed"), "others": end_load(others, "others"),
                    "counters": counters(health)}
    finally:
        if site is not None:
            site.kill()
            site.wait()
    return told


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", type=Path)
    arguments.add_argument("--out", type=Path)
    arguments.add_argument("--seconds", type=float, default=8)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--site")
    args = arguments.parse_args()
    if args.site:
        port, ms = args.site.split(":")
        asyncio.run(be_the_site(int(port), None if ms == "never" else float(ms)))
        return
    rounds = [{name: measure(args.build, args.out, case, args.seconds) for name, case in CASES.items()}
              for _ in range(args.rounds)]
    print("| the site answers | others p50 ms | p99 ms | reviewed p50 ms | p99 ms | daemon, % of a core | asked "
          "| allowed | failed |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name in CASES:
        def median(pick):
            return statistics.median(pick(told[name]) for told in rounds)

        times = [median(lambda told, who=who, key=key: told[who][key]) / 1000
                 for who in ("others", "reviewed") for key in ("p50_us", "p99_us")]
        cpu = median(lambda told: 100 * told["reviewed"]["cpu_server"] / told["reviewed"]["measured_s"])
        counts = [median(lambda told, key=key: told["counters"][key]) for key in
                  ("asked_total", "allowed_total", "failed_total")]
        print(f"| {name} | " + " | ".join(f"{t:.2f}" for t in times) + f" | {cpu:.0f} | "
              + " | ".join(f"{n:,.0f}" for n in counts) + " |")


if __name__ == "__main__":
    main()

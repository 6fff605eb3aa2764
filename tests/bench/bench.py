#!/usr/bin/python3
"""Measures fastim against a bare server and its peers: `make bench`, `make bench-quick`.

Rounds are interleaved: each round measures every cell once, so that a drift of the machine meets all
alike. A ratio is taken within a round; the tables show the median of the rounds and how far they lie apart.
"""

import argparse
import json
import os
import platform
import signal
import statistics
import sys
import time
from pathlib import Path

from cells import PEERS, Bench
from report import TARGETS, Table, compare, note_of
from servers import LOAD_CORE, Bare, Fastim, FastimV2, Missing, Nchan, Uws, Ws
from storm import storm

DISTURBED = 4  # percent of a core: above it a cell is measured again
QUIET = 8  # percent of a core: above it a cell is not begun yet
MOST_RETRIES = 20
COUNTS = (10, 100, 1000, 10000)
GROUPS = (1, 10, 100, 1000)
V2_WINDOW = (1024, 64)  # messages under way, senders: of Part 1 and of fastim.v2 alike
LONG = 600  # bytes of a frame
STORM = 10000  # clients that resume


def cells_of(bench):
    """Name and measurement of each cell, in the order of a round."""
    cells = {}
    for kind in (Fastim, *PEERS):
        cells[f"flood {kind.name}"] = lambda kind=kind: bench.flood(kind)
    cells["groups on"] = bench.groups_flood
    cells["groups off"] = bench.groups_flood_off
    for kind in (Fastim, Bare, Nchan) if bench.quick else (Fastim, *PEERS):
        cells[f"paced {kind.name}"] = lambda kind=kind: bench.paced(kind)
    cells["ingest"] = bench.ingest
    cells["redis"] = bench.redis_alone
    cells["redis rules"] = lambda: bench.redis_alone(with_rules=True)
    cells["redis id"] = lambda: bench.redis_alone(with_id=True)
    for kind in (Fastim, Bare) if bench.quick else (Fastim, *PEERS):
        cells[f"hold {kind.name}"] = lambda kind=kind: bench.hold(kind)
    cells["apart fastim"] = lambda: bench.hold(Fastim, redis_core=LOAD_CORE)
    cells["busy alone"] = lambda: bench.busy(0)
    cells["busy among"] = lambda: bench.busy(18900)
    for number, kind in enumerate((Fastim, FastimV2), 1):
        cells[f"v{number} flood"] = lambda kind=kind: bench.flood(kind, *V2_WINDOW)
        cells[f"v{number} long flood"] = lambda kind=kind: bench.flood(kind, *V2_WINDOW, payload=LONG)
        cells[f"v{number} answered"] = lambda kind=kind: bench.answered(kind)
        cells[f"v{number} paced"] = lambda kind=kind: bench.paced(kind)
    cells["v2 hold"] = lambda: bench.hold(FastimV2)
    cells["storm one"] = lambda: storm(bench, 1, STORM, 20)
    cells["storm calm"] = lambda: storm(bench, 1, STORM, 1)
    cells["storm many"] = lambda: storm(bench, STORM // 10, 10, STORM // 10)
    cells["list_group"] = bench.list_group
    cells["hello"] = bench.hello
    if bench.quick:
        return cells
    cells["groups stored"] = bench.groups_stored
    cells["pings"] = lambda: bench.hold(Fastim, seconds=25)
    cells["workers"] = bench.two_workers
    cells["lists"] = bench.lists
    cells["history 1k"] = lambda: bench.history(1000)
    cells["history 1M"] = lambda: bench.history(1000000)
    for n in COUNTS:
        for g in GROUPS:
            if g <= n:
                cells[f"cost {n} {g}"] = lambda n=n, g=g: bench.cost(n, g)
    return cells


def cpu_used():
    """CPU seconds of the whole machine so far, and of ours: this program and all that it has started and ended."""
    fields = [int(f) for f in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    busy = sum(fields) - fields[3] - fields[4]
    ours = os.times()
    return busy / os.sysconf("SC_CLK_TCK"), sum(ours[:4])


class Patience:
    """Waits until other programs leave the machine alone, but no longer than so many seconds in all."""

    def __init__(self, seconds):
        self.left = seconds

    def wait(self):
        quiet = 0
        while quiet < 2 and self.left > 0:
            before = cpu_used()
            time.sleep(0.5)
            busy = 200 * (cpu_used()[0] - before[0])
            quiet = quiet + 1 if busy < QUIET else 0
            self.left -= 0.5 if quiet == 0 else 0


def undisturbed(cell, tries):
    """A cell's figures, with the share of a core that others took meanwhile: of the least disturbed try."""
    best = None
    for number in range(1, tries + 1):
        began, before = time.monotonic(), cpu_used()
        figures = cell()
        after = cpu_used()
        others = (after[0] - before[0]) - (after[1] - before[1])
        figures["others"] = max(0, 100 * others / (time.monotonic() - began))
        if best is None or figures["others"] < best["others"]:
            best = figures
        best["tries"] = number
        if best["others"] < DISTURBED:
            break
    return best


def measure(bench, rounds, only, hurry):
    """{cell: [figures of each round]}; a cell that cannot be had has the reason in place of a list."""
    results = {}
    retries = 0 if hurry else MOST_RETRIES
    patience = Patience(0 if hurry else 20 if bench.quick else 600)
    for number in range(rounds):
        for name, cell in cells_of(bench).items():
            if only not in name or isinstance(results.get(name), str):
                continue
            patience.wait()
            began = time.monotonic()
            try:
                figures = undisturbed(cell, 1 if bench.quick or retries == 0 else 2)
            except Missing as missing:
                results[name] = f"not available: {missing}"
                continue
            except Exception as error:  # one cell that fails must not cost the hour of all others
                results.setdefault("errors", []).append(f"round {number + 1}, {name}: {error}")
                print(f"  {name}: FAILED: {error}", file=sys.stderr, flush=True)
                continue
            results.setdefault(name, []).append(figures)
            retries -= retries > 0 and figures["tries"] > 1
            shown = " ".join(f"{k}={v:.4g}" for k, v in figures.items())
            print(f"  {number + 1}/{rounds} {name} [{time.monotonic() - began:.0f} s] {shown}",
                  file=sys.stderr, flush=True)
    return results


def machine():
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    memory = int(Path("/proc/meminfo").read_text().split()[1]) >> 20
    load = Path("/proc/loadavg").read_text().split()[0]
    return (f"{model}, {len(list(Path('/sys/devices/system/cpu').glob('cpu[0-9]*')))} cores, {memory} GiB, "
            f"Linux {platform.release()}, {time.strftime('%Y-%m-%d')} (load before: {load})")


def cost_table(results):
    lines = ["| clients | " + " | ".join(f"{g:,} groups" if g > 1 else "1 group" for g in GROUPS) + " |",
             "|---" * (len(GROUPS) + 1) + "|"]
    for n in COUNTS:
        row = []
        for g in GROUPS:
            rounds = results.get(f"cost {n} {g}")
            row.append(f"{statistics.median(r['own'] for r in rounds):.1f}" if isinstance(rounds, list) else "")
        lines.append(f"| {n:,} | " + " | ".join(row) + " |")
    return lines


def write(bench, results, arguments, host, took):
    table = compare(Table(results), TARGETS)
    lines = [f"`{'make bench-quick' if bench.quick else 'make bench'}`: {host}.",
             f"Median of {arguments.rounds} round{'s' * (arguments.rounds > 1)}, interleaved; "
             f"{took / 60:.0f} minutes. Server (with fastim's Redis) on one core, load on the other.",
             note_of(results), "", *table]
    if any(name.startswith("cost ") for name in results):
        lines += ["", "CPU of the daemon a delivery, µs, at 20,000 deliveries a second in all:", "",
                  *cost_table(results)]
    if results.get("errors"):
        lines += ["", "Failed:", *[f"- {e[:300]}" for e in results["errors"]]]
    name = "quick" if bench.quick else "bench"
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / f"{name}.md").write_text("\n".join(lines) + "\n")
    (arguments.out / f"{name}.json").write_text(
        json.dumps({"machine": host, "rounds": arguments.rounds, "windows": bench.windows, "cells": results},
                   indent=1))
    print("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True, help="folder of the programs under test")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables, and of the npm peers")
    parser.add_argument("--quick", action="store_true", help="the main ratios, one short round")
    parser.add_argument("--hurry", action="store_true", help="neither wait for a quiet machine nor measure again")
    parser.add_argument("--rounds", type=int, default=None)
    parser.add_argument("--only", default="", help="cells whose name has this text")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: told to stop"))
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 3)
    bench = Bench(arguments.build.resolve(), arguments.out.resolve(), arguments.quick)
    host, began = machine(), time.monotonic()
    results = measure(bench, arguments.rounds, arguments.only, arguments.hurry)
    write(bench, results, arguments, host, time.monotonic() - began)
    return 1 if results.get("errors") else 0


if __name__ == "__main__":
    sys.exit(main())

"""meter.py - CPU time of processes, on which core they run, and the tables that tell of it."""
import os
import pathlib
import statistics
import sys
import time

from servers import children

REDIS_CORE, LOAD_CORE = 0, 1


def run_on(core):
    """This thread, and what it starts from now on."""
    os.sched_setaffinity(0, {core})


def cpu_us(*pids):
    """CPU time so far, of all threads of these processes."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


def family(pid):
    """A process and those that it has started."""
    return [pid, *children(pid)]


class Meter:
    """CPU time of some programs from here on; each of them has a .process of tests/e2e/processes.py.

    rest: {program: µs a second}, what is not to be counted.
    """

    def __init__(self, programs, rest=None):
        self._rest = rest or {}
        self._began = time.monotonic()
        self._before = {program: cpu_us(*family(program.process.pid)) for program in programs}

    def used_us(self):
        """{program: µs}"""
        took = time.monotonic() - self._began
        return {program: max(0, cpu_us(*family(program.process.pid)) - before - self._rest.get(program, 0) * took)
                for program, before in self._before.items()}


def at_rest(programs, seconds):
    """What they use while nobody does anything, as a Meter's rest. A node of a cluster speaks to the others."""
    meter = Meter(programs)
    time.sleep(seconds)
    return {program: used / seconds for program, used in meter.used_us().items()}


def calls(node):
    """How often each command came since the last CONFIG RESETSTAT."""
    return {name.removeprefix("cmdstat_"): one["calls"] for name, one in node.client.info("commandstats").items()}


def give_up(why):
    """A figure that nobody may believe is not told."""
    sys.exit(f"bench-cluster: {why}")


def least(rounds, measure):
    """Of each figure the least: others may use the machine."""
    return [min(figures) for figures in zip(*(measure() for _ in range(rounds)))]


def median(rows):
    """Of each figure the median."""
    return [statistics.median(figures) for figures in zip(*rows)]


def cell(value):
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value == 0 or value >= 1000 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def show(head, rows):
    """A table, each row as soon as it is there. Returns {name of the row: its figures}."""
    shown = {}
    print(f"\n| {' | '.join(head)} |\n|---|{'---:|' * (len(head) - 1)}")
    for name, *figures in rows:
        shown[name] = figures
        print(f"| {' | '.join([name, *map(cell, figures)])} |", flush=True)
    return shown

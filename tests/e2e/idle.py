"""idle.py - a program that waits must not turn in a circle meanwhile: the CPU time that it uses."""
import pathlib
import time


def cpu_seconds(process):
    """That it, and those that it has started and that still run, have used so far: all their threads, to the nanosecond."""
    used = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            group = int(stat.read_text().rsplit(")", 1)[1].split()[2])
            if group == process.pid:
                used += sum(int(task.read_text().split()[0]) for task in stat.parent.glob("task/*/schedstat"))
        except OSError:  # it has ended
            pass
    return used / 1e9


class Idle:
    """with Idle(process): it uses less than a tenth of a core meanwhile."""

    def __init__(self, process):
        self.process = process

    def __enter__(self):
        self.used, self.begin = cpu_seconds(self.process), time.monotonic()

    def __exit__(self, problem, *_more):
        share = (cpu_seconds(self.process) - self.used) / (time.monotonic() - self.begin)
        assert problem or share < 0.1, f"it used {share:.0%} of a core"

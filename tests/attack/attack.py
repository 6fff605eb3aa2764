"""attack - what one client, or a hundred of one address, can cost all the others.

Each attack runs for some seconds against a host of its own at default settings. Meanwhile honest clients of
another address are watched: the longest PING of Redis, the p99 of a message in another group, HTTP requests
that fail, and the memory of each program. The table says what that was, beside the same without the attack.
"""
import argparse
import json
import pathlib
import shutil
import signal
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import attacks_http  # noqa: E402,F401  (they register themselves)
import attacks_sockets  # noqa: E402,F401
import attacks_v2  # noqa: E402,F401
from registry import ATTACKS  # noqa: E402
from stage import Stage, Target  # noqa: E402

PING_MS = 50          # longest PING
P99_TIMES, P99_PLUS_MS = 2, 5
P99_SECONDS = 10      # of a shorter attack the p99 is one of its two slowest messages, so its bound is that of PING
MEMORY_MIB = 64
TRIES = 3
HEAD = ["attack", "PING max, ms", "p99, ms", "undisturbed, ms", "times", "failed requests", "memory, MiB more", "verdict"]


def arguments():
    parser = argparse.ArgumentParser(prog="attack", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="of each attack")
    parser.add_argument("--only", default="", help="names, separated by blanks: " + " ".join(ATTACKS))
    parser.add_argument("--strike", help=argparse.SUPPRESS)  # how the stage starts an attacker
    parser.add_argument("--target", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    chosen.names = chosen.only.replace(",", " ").split() or list(ATTACKS)
    for name in chosen.names:
        if name not in ATTACKS:
            parser.error(f"no attack {name}; there are: {' '.join(ATTACKS)}")
    return chosen


def judge(calm, struck, grown, seconds):
    """What is out of bounds, in words; empty: nothing."""
    wrong = []
    if struck.ping_ms > PING_MS:
        wrong.append("PING")
    if struck.p99_ms > (P99_TIMES * calm.p99_ms + P99_PLUS_MS if seconds >= P99_SECONDS else PING_MS):
        wrong.append("p99")
    if struck.failed:
        wrong.append("requests")
    if max(grown.values()) > MEMORY_MIB:
        wrong.append("memory")
    return " ".join(wrong)


def play(name, seconds, folder):
    """One row of the table, and whether all is within bounds."""
    attack = ATTACKS[name]
    stage = Stage(folder, attack.settings)
    try:
        attack.prepare(stage)
        calm = stage.watch(seconds / 2)
        before = stage.memory()
        struck, peak = stage.watch_during(name, seconds)
    finally:
        stage.stop()
    grown = {program: (peak[program] - before[program]) / 2**20 for program in before}
    wrong = judge(calm, struck, grown, seconds)
    memory = ", ".join(f"{program} {mib:.0f}" for program, mib in grown.items() if mib >= 1) or "-"
    return [f"{name}: {attack.what}", f"{struck.ping_ms:.1f}", f"{struck.p99_ms:.1f}", f"{calm.p99_ms:.1f}",
            f"{struck.p99_ms / calm.p99_ms:.1f}", f"{struck.failed} of {struck.requests}", memory, wrong or "ok"], not wrong


def print_row(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def main():
    chosen = arguments()
    if chosen.strike:
        print("strikes", flush=True)
        ATTACKS[chosen.strike].strike(Target(**json.loads(chosen.target)), time.monotonic() + chosen.seconds)
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="attack-"))
    good = True
    print_row(HEAD)
    print_row(["---"] + ["---:"] * 5 + ["---"] * 2)
    try:
        for name in chosen.names:
            for attempt in range(1, TRIES + 1):  # what another program did for a moment does not come again
                row, ok = play(name, chosen.seconds, folder / f"{name}-{attempt}")
                if ok:
                    break
            row[-1] += f" (try {attempt})" if attempt > 1 else ""
            good = good and ok
            print_row(row)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

"""chaos - faults strike two hosts under load; what every reader saw is compared with the lists."""
import argparse
import asyncio
import pathlib
import random
import shutil
import signal
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import faults_clock  # noqa: E402,F401  (they register themselves)
import faults_cluster  # noqa: E402,F401
import faults_failover  # noqa: E402,F401
import faults_hosts  # noqa: E402,F401
import faults_rooms  # noqa: E402,F401
import selftest  # noqa: E402
import table  # noqa: E402
from faults import FAULTS  # noqa: E402
from run import Run, complaints, say  # noqa: E402

SCENES = ("plain", "sentinels", "cluster")
USUAL = "plain sentinels"
EACH_S = {"plain": 20, "sentinels": 20, "cluster": 45}  # on a cluster many begin when the one before has settled
# Of the time, if there are other scenes.
SENTINELS_SHARE = 0.4
CLOCK_SHARE = 0.15
CLUSTER_SHARE = 0.3
SHOWN = 25              # complaints


def arguments():
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--duration", type=float, default=60, help="seconds of faults")
    parser.add_argument("--seed", default="", help="replays the faults of another run")
    parser.add_argument("--faults", default="", help="names, separated by blanks: " + " ".join(FAULTS))
    parser.add_argument("--scenes", default="", help=f"of which to take the faults: {' '.join(SCENES)}; else {USUAL}")
    parser.add_argument("--each", action="store_true", help="each fault by itself")
    parser.add_argument("--keep", action="store_true", help="keeps the servers' logs also where all is well")
    chosen = parser.parse_args()
    scenes = (chosen.scenes or USUAL).replace(",", " ").split()
    for scene in scenes:
        if scene not in SCENES:
            parser.error(f"no scene {scene}; there are: {' '.join(SCENES)}")
    chosen.names = chosen.faults.replace(",", " ").split() or [
        name for name in FAULTS if not FAULTS[name].by_name and FAULTS[name].scene in scenes]
    for name in chosen.names:
        if name not in FAULTS:
            parser.error(f"no fault {name}; there are: {' '.join(FAULTS)}")
    chosen.seed = chosen.seed or str(random.randrange(10**6))
    return chosen


def plan(chosen):
    """(faults, seconds, scene) of each run, each in a scene of its own."""
    if chosen.each:
        return [([name], EACH_S[FAULTS[name].scene], FAULTS[name].scene) for name in chosen.names]
    plain, failing, cluster = ([name for name in chosen.names if FAULTS[name].scene == scene] for scene in SCENES)
    clock = []
    if any(FAULTS[name].loses_data for name in plain):
        # A new life of the data knows nothing of the minutes ahead that the old one has given out.
        clock = [name for name in plain if FAULTS[name].clock]
        plain = [name for name in plain if name not in clock]
    scenes = [(plain, 1, "plain"), (clock, CLOCK_SHARE, "plain"), (failing, SENTINELS_SHARE, "sentinels"),
              (cluster, CLUSTER_SHARE, "cluster")]
    return [(names, chosen.duration * part, scene) for names, part, scene in shares(scenes)]


def shares(scenes):
    """Those that have a fault; the first one has what the others leave of the time."""
    first, *others = [scene for scene in scenes if scene[0]]
    left = 1 - sum(part for _, part, _ in others)
    return [(first[0], left, first[2]), *others]


async def play(chosen, folder):
    """The rows of the table, and what must not be."""
    rows, wrong = [], []
    for number, (names, seconds, scene) in enumerate(plan(chosen)):
        run = Run(folder / f"run{number}", names, seconds, f"{chosen.seed}.{number}", scene)
        findings = await run.go()
        new = table.rows(run.record, findings)
        rows += [row for row in new if not (chosen.each and row[0] == run.record.CALM and not findings)]
        wrong += complaints(run.record, findings)
    return rows, wrong


async def until_ended(chosen, folder):
    """SIGTERM and SIGINT end it in order."""
    task = asyncio.create_task(play(chosen, folder))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await task


def main():
    chosen = arguments()
    say(f"the checker sees through {selftest.run()} forged records")
    say(f"SEED={chosen.seed}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fastim-chaos-"))
    kept = True
    try:
        rows, wrong = asyncio.run(until_ended(chosen, folder))
        kept = bool(wrong) or chosen.keep
    except asyncio.CancelledError:
        say("ended")
        kept = chosen.keep
        return 130
    finally:
        if kept:
            say(f"logs: {folder}")
        else:
            shutil.rmtree(folder)
    print("\n" + table.markdown(rows) + "\n")
    print("\n".join(wrong[:SHOWN] + ([f"… and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else [])))
    print(f"SEED={chosen.seed}: " + (f"{len(wrong)} things that must not be" if wrong else "all as it must be"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

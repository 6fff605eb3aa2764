#!/usr/bin/python3
"""The load generator judges by what it reads: a server that drops, doubles or swaps messages is caught."""

import sys
import tempfile
from pathlib import Path

from servers import Bare, load


class Wrong(Bare):
    """The bare server with a fault."""

    fault = ""

    def start(self):
        self.run(self.build / "bare", self.port, self.fault, port=self.port)


def judged(build, out, fault, **args):
    """Whether the generator says that all was well, and its figures."""
    server = Wrong(build, out)
    server.fault = fault
    with server:
        return load(server, check=False, clients=50, senders=2, warm=0.1, seconds=0.5, limit=30, **args)


def main():
    build = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as out:
        for args in ({"window": 64}, {"rate": 2000}):
            errors = ("gaps", "doubles", "unlike", "missing", "strangers", "refused")
            found = {}
            for fault in ("", "drop", "double", "swap"):
                figures = judged(build, out, fault, **args)
                found[fault] = {k: figures[k] for k in errors}
                if figures["delivered"] < 10000:
                    sys.exit(f"bench-selftest: {args}: {figures['delivered']:.0f} deliveries only")
            ok = (not any(found[""].values())
                  and found["drop"]["gaps"] > 0 and found["drop"]["missing"] > 0 and found["drop"]["doubles"] == 0
                  and found["double"]["doubles"] > 0 and found["double"]["gaps"] == 0
                  and found["swap"]["unlike"] > 0)
            if not ok:
                sys.exit(f"bench-selftest: {args}: {found}")
    print("bench-selftest: lost, doubled and swapped messages are noticed")


if __name__ == "__main__":
    main()

"""registry - the attacks by name."""
import dataclasses
import typing

ATTACKS = {}


@dataclasses.dataclass
class Attack:
    name: str
    what: str                    # for the table
    prepare: typing.Callable     # (stage): puts into Redis what must be there; takes no part in the measuring
    strike: typing.Callable      # (target, until): runs in a process of its own, to that time.monotonic()


def attack(name, what, prepare=lambda stage: None):
    """Registers a function as an attack."""
    def register(strike):
        ATTACKS[name] = Attack(name, what, prepare, strike)
        return strike
    return register

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
    settings: typing.Callable    # (folder): of the host, beside the usual ones


def attack(name, what, prepare=lambda stage: None, settings=lambda folder: {}):
    """Registers a function as an attack."""
    def register(strike):
        ATTACKS[name] = Attack(name, what, prepare, strike, settings)
        return strike
    return register

"""ports.py - free TCP ports for the servers of a test."""
import random
import socket

# Below the range from which the kernel takes the local ports of outgoing connections: what is free
# now is not taken by a client a moment later.
FIRST, LAST, BLOCK = 20000, 32000, 100
_claims = []
_left = []


def _claim_block():
    """A hundred ports that no other process of any tests on this machine gives away while this one
    lives: who has a block holds a name in the kernel, which is gone with the process."""
    for first in random.sample(range(FIRST, LAST, BLOCK), (LAST - FIRST) // BLOCK):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0fastim-tests-ports-{first}")
        except OSError:
            claim.close()
        else:
            _claims.append(claim)
            return random.sample(range(first, first + BLOCK), BLOCK)
    raise AssertionError(f"no ports are left between {FIRST} and {LAST}")


def _is_free(port):
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((address, port))
        except OSError as error:
            if family == socket.AF_INET or error.errno == 98:
                return False
    return True


def free_port():
    """A port on which nothing listens, given to nobody else while this process lives."""
    while True:
        if not _left:
            _left.extend(_claim_block())
        port = _left.pop()
        if _is_free(port):
            return port


def free_ports(count):
    """The first of so many ports in a row."""
    while True:
        block = sorted(_claim_block())
        for first in block[:1 - count] if count > 1 else block:
            row = range(first, first + count)
            if all(_is_free(port) for port in row):
                _left.extend(port for port in block if port not in row)
                return first


def is_listening(port, address="127.0.0.1"):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0

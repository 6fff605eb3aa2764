"""test_collection.py - the tests themselves: every worker of a parallel run must collect the same ones."""
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def collected(seed):
    """The names of all tests, as a worker with this order of sets says them."""
    said = subprocess.run([sys.executable, "-m", "pytest", HERE, "--collect-only", "-q", "-p", "no:cacheprovider"],
                          env={**os.environ, "PYTHONHASHSEED": seed}, text=True, check=True, stdout=subprocess.PIPE,
                          timeout=60).stdout
    return re.findall(r"^.*::.*$", said, re.M)


def test_names_are_the_same_each_time():
    """Names depend neither on the time nor on the order of a set: collecting takes a second or more"""
    first = collected("1")
    assert len(first) > 1000 and len(set(first)) == len(first)
    assert collected("2") == first

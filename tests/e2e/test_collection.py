"""test_collection.py - the tests themselves: every worker of a parallel run must collect the same ones."""
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def collected(seed, *options):
    """The names of all tests, as a worker with this order of sets says them."""
    said = subprocess.run([sys.executable, "-m", "pytest", HERE, "--collect-only", "-q", "-p", "no:cacheprovider", *options],
                          env={**os.environ, "PYTHONHASHSEED": seed}, text=True, check=True, stdout=subprocess.PIPE,
                          timeout=60).stdout
    return re.findall(r"^.*::.*$", said, re.M)


def test_names_are_the_same_each_time(request):
    """Names depend neither on the time nor on the order of a set: this run has collected all, or some, before"""
    again = collected("1", *(["--everywhere"] if request.config.getoption("--everywhere") else []))
    assert len(again) > 1000 and len(set(again)) == len(again)
    assert {item.nodeid for item in request.session.items} <= set(again)

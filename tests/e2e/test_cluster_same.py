"""test_cluster_same.py - tests that hosts pass on one Redis, on a Redis Cluster of three masters."""
import contextlib
import importlib

import pytest

from cluster_site import ClusterServer
from conftest import Hosts
from daemon import Daemon
from redis_cluster import RedisCluster

pytestmark = pytest.mark.once
MODULES = ("chat",)
LEFT_OUT = set()

for name in MODULES:
    module = importlib.import_module(f"test_{name}")
    for key, value in vars(module).items():
        if key.startswith("test_") and key not in LEFT_OUT:
            globals()[f"{key}__{name}"] = value
        elif type(value).__name__ in ("FixtureFunctionDefinition",) or hasattr(value, "_pytestfixturefunction"):
            globals().setdefault(key, value)


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory):
    with RedisCluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield ClusterServer(cluster)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory, redis_server, web):
    all_hosts = Hosts(tmp_path_factory.mktemp("hosts"), redis_server, web)
    yield all_hosts
    all_hosts.end_all()


@pytest.fixture(scope="module")
def site(hosts):
    return hosts.get()


@pytest.fixture(scope="module")
def other_site(hosts, site):
    return hosts.new()


@pytest.fixture(scope="module")
def two_hosts(site, other_site):
    return site, other_site


@pytest.fixture(scope="module")
def make_host(hosts):
    return hosts.get

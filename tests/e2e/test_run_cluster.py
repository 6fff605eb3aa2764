"""test_run_cluster.py - conf/run/cluster.sh: a private Redis Cluster comes up, lives on, and ends whatever ends it."""
import contextlib
import signal
import socket
import subprocess
import time

import pytest
import redis

from host import ROOT
from ports import free_ports, is_listening
from processes import Process, eventually, processes_with
from redis_cluster import key_slot

pytestmark = pytest.mark.spread

NODES, PORTS = 6, 12
PAUSE_SECONDS = 15
SCRIPT = ROOT / "conf" / "run" / "cluster.sh"


class Cluster:
    """One `bash conf/run/cluster.sh FOLDER PORT`."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_ports(PORTS)
        self.process = None

    def start(self):
        self.process = Process(["bash", SCRIPT, self.folder / "cluster", self.port], self.folder / "cluster.log")
        return self

    def wait_ready(self):
        line = self.process.wait_line("^cluster ready: ", 60)
        assert line == "cluster ready: " + " ".join(f"127.0.0.1:{self.port + i}" for i in range(NODES))
        for node in map(self.client, range(NODES)):  # else it might say that a slot is not served
            assert node.execute_command("CLUSTER INFO")["cluster_slots_ok"] == "16384"
        return self

    def client(self, number=0):
        return redis.Redis(port=self.port + number, socket_timeout=10)

    def roles(self):
        """{port: is it a master} of the nodes that answer."""
        found = {}
        for number in range(NODES):
            with contextlib.suppress(redis.ConnectionError):
                found[self.port + number] = self.client(number).execute_command("ROLE")[0] == b"master"
        return found

    def master_of(self, key):
        """The port of the master of a key, by what the others say."""
        slot = key_slot(key)
        for place, node in self.client(5).execute_command("CLUSTER NODES").items():
            if any(int(slots[0]) <= slot <= int(slots[-1]) for slots in node["slots"]):
                return int(place.rsplit(":", 1)[1])

    def pid(self, port):
        return redis.Redis(port=port).info("server")["process_id"]

    def assert_all_gone(self):
        self.process.wait_output(3)
        titles = [f":{self.port + i} [cluster]" for i in range(NODES)]  # a killed script has no pipe to its nodes
        eventually(lambda: not processes_with(*titles), 3, "all nodes have ended")
        assert not any(is_listening(self.port + i) for i in range(PORTS))


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path)
    yield cluster
    if cluster.process:
        cluster.process.stop()
        cluster.assert_all_gone()


def test_it_serves_and_keeps_its_data(cluster, record_property):
    """Three masters with a replica each are there within a minute; what is stored is there again the next time"""
    began = time.monotonic()
    cluster.start().wait_ready()
    took = time.monotonic() - began
    assert sorted(cluster.roles().values()) == [False] * 3 + [True] * 3
    client = redis.Redis(port=cluster.master_of("a"))
    client.set("a", 1)
    assert client.wait(1, 5000) == 1
    assert client.config_get("cluster-node-timeout")["cluster-node-timeout"] == "5000"  # of conf/redis-cluster.conf

    cluster.process.signal(signal.SIGTERM)
    assert cluster.process.wait() == 0
    cluster.assert_all_gone()

    began = time.monotonic()
    cluster.start().wait_ready()
    again = time.monotonic() - began
    assert redis.Redis(port=cluster.master_of("a")).get("a") == b"1"
    record_property("figure", f"conf/run/cluster.sh: ready after {took:.1f} s, the second time after {again:.1f} s")


@pytest.mark.parametrize("stop", [
    pytest.param(lambda process: process.signal_group(signal.SIGINT), id="Ctrl-C"),
    pytest.param(lambda process: process.signal(signal.SIGHUP), id="SIGHUP"),
    pytest.param(lambda process: process.signal(signal.SIGKILL), id="SIGKILL")])
@pytest.mark.parametrize("early", [False, True], ids=["ready", "early"])
def test_it_ends_with_all_nodes(cluster, stop, early):
    """Within 3 s, also while it is being made; and what is half made begins anew"""
    cluster.start()
    if early:
        eventually(lambda: len(cluster.roles()) == NODES, 20, "all nodes are there")
    else:
        cluster.wait_ready()
    began = time.monotonic()
    stop(cluster.process)
    status = cluster.process.wait()
    cluster.assert_all_gone()
    assert time.monotonic() - began < 3
    assert status in (0, -signal.SIGKILL)
    if early:
        cluster.start().wait_ready()


@pytest.mark.limit(120)
def test_a_node_that_ends_is_started_again(cluster):
    """After a pause that is long enough for its replica to take over: then it is a replica itself"""
    cluster.start().wait_ready()
    port = cluster.master_of("a")
    subprocess.run(["kill", "-KILL", str(cluster.pid(port))], check=True)
    cluster.process.wait_line(f"the node at port {port} has ended; it starts again in {PAUSE_SECONDS} s")
    eventually(lambda: sum(cluster.roles().values()) == 3, PAUSE_SECONDS + 20, "another master")
    cluster.process.wait_line(f"the node at port {port} is started again", PAUSE_SECONDS + 20)
    eventually(lambda: cluster.roles().get(port) is False, 20, "it is a replica")
    assert cluster.process.popen.poll() is None


def test_a_port_in_use(tmp_path):
    """It says so, and nothing else, and starts nothing"""
    cluster = Cluster(tmp_path)
    taken = cluster.port + PORTS - 1
    with socket.create_server(("127.0.0.1", taken)):
        cluster.start()
        assert cluster.process.wait() == 1
    assert cluster.process.wait_output().strip() == f"cluster: port {taken} is in use already"
    assert not processes_with(*(f":{cluster.port + i} [cluster]" for i in range(NODES)))


def test_wrong_arguments(tmp_path):
    for words, status, text in ((["x"], 2, "usage"), (["x", "port"], 2, "usage"), (["x", "7000", "y"], 2, "usage"),
                                (["x", "32757"], 1, "PORT should be 1 to 32756"), (["x", "0"], 1, "PORT should be")):
        done = subprocess.run(["bash", SCRIPT, *words], cwd=tmp_path, capture_output=True, text=True, timeout=20)
        assert (done.returncode, text in done.stderr) == (status, True), done
    assert not list(tmp_path.iterdir())


def test_another_port_for_the_same_folder(cluster):
    """The nodes know each other by their ports: that is refused, and the data stay"""
    cluster.start().wait_ready()
    cluster.process.stop()
    done = subprocess.run(["bash", SCRIPT, cluster.folder / "cluster", str(cluster.port + 1)], capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 1
    assert f"is at port {cluster.port}" in done.stderr
    cluster.start().wait_ready()


def test_password_and_what_goes_wrong(cluster):
    """More settings for each node come from its input; a wrong one is told with the end of the node's log"""
    def run(settings, password):
        return subprocess.Popen(["bash", SCRIPT, cluster.folder / "cluster", str(cluster.port), "-"], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                                env={"PATH": "/usr/bin:/bin", "REDISCLI_AUTH": password}), settings
    process, settings = run("no-such-setting 1\n", "")
    output, errors = process.communicate(settings, timeout=60)
    assert process.returncode == 1 and "no-such-setting" in errors

    process, settings = run("requirepass secret\nmasterauth secret\n", "secret")
    try:
        process.stdin.write(settings)
        process.stdin.close()
        assert process.stdout.readline().startswith("cluster ready: ")
        with pytest.raises(redis.AuthenticationError):
            cluster.client().ping()
        assert redis.Redis(port=cluster.port, password="secret").ping()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
        process.stderr.close()

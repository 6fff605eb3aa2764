"""test_workers.py - push.workers: several daemons on one port; one that dies takes nobody else with it."""
import asyncio
import contextlib
import os
import signal
import socket
import time

import pytest
import websockets

from host import PUSHD, fresh, write_settings
from ports import free_port, is_listening
from processes import Process, eventually, processes_with

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

CLIENTS = 24


def workers(host):
    """The pids of the daemon's workers: children of its supervisor."""
    daemons = {pid for pid, command in processes_with(str(host.conf)).items()
               if command.split()[0].endswith("/fastim-pushd")}
    return {pid for pid in daemons if parent(pid) in daemons}


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return None


@pytest.fixture
def many(hosts):
    host = hosts.new({"push.workers": 2})
    eventually(lambda: len(workers(host)) == 2, what="two workers")
    yield host
    hosts.end(host)


async def kill_worker(worker, clients):
    """Those of the clients whose connection goes with that worker, and those that stay."""
    os.kill(worker, signal.SIGKILL)

    async def answers(client):
        try:
            await asyncio.wait_for(await client.ws.ping(), 5)
            return True
        except websockets.ConnectionClosed:
            return False

    stays = await asyncio.gather(*map(answers, clients))
    return ([client for client, stay in zip(clients, stays) if not stay],
            [client for client, stay in zip(clients, stays) if stay])


async def test_workers_are_one_host_to_their_clients(many):
    """They share nothing but Redis, as hosts do"""
    group = fresh()
    clients = [await many.chat(group, f"u{i}") for i in range(CLIENTS)]
    for i, client in enumerate(clients):
        await client.send(f"hello from {i}")
    lists = [[(await client.info()) for _ in range(CLIENTS)] for client in clients]
    assert all(heard == lists[0] for heard in lists)
    assert sorted(lists[0]) == sorted(f"hello from {i}" for i in range(CLIENTS))


async def test_a_worker_that_dies_is_replaced_and_the_others_notice_nothing(many):
    """A worker that dies is replaced; the others notice nothing."""
    group, old = fresh(), workers(many)
    clients = [await many.chat(group, f"u{i}") for i in range(CLIENTS)]
    gone, stay = await kill_worker(min(old), clients)
    assert gone and stay, "the kernel gave all clients to one worker"
    await stay[0].send("still here")
    for client in stay:
        assert await client.info() == "still here"
    eventually(lambda: len(workers(many)) == 2 and min(old) not in workers(many), what="a new worker")
    again = await many.chat(group, "again")
    assert again.first["total"] == 1
    assert "worker died" in many.process.output


def test_sigterm_ends_all_of_them(tmp_path, redis_server):
    port = free_port()
    conf = write_settings(tmp_path / "fastim.yml", {
        "push.listen": f"127.0.0.1:{port}", "push.workers": 3, "push.health": "", "redis.port": redis_server.port,
        "redis.password": redis_server.password})
    process = Process([PUSHD, "-c", conf], tmp_path / "log")
    eventually(lambda: process.output.count("info listening") == 3, what="three workers")
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert not is_listening(port) and not processes_with(str(conf))


def test_a_port_that_somebody_else_has_is_not_shared(tmp_path, redis_server):
    port = free_port()
    settings = {"push.listen": f"127.0.0.1:{port}", "push.workers": 2, "push.health": "", "redis.port": redis_server.port,
                "redis.password": redis_server.password}
    first = Process([PUSHD, "-c", write_settings(tmp_path / "a.yml", settings)], tmp_path / "a.log")
    eventually(lambda: first.output.count("info listening") == 2, what="two workers")
    second = Process([PUSHD, "-c", write_settings(tmp_path / "b.yml", settings)], tmp_path / "b.log")
    assert second.wait() == 1
    assert "Address already in use" in second.wait_output()
    first.stop()


# ---- as a service manager sees them (sd_notify(3)) ----

class Manager:
    """Starts fastim-pushd as systemd would, and hears what it says."""

    def __init__(self, folder, redis_server, watchdog_s, **settings):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(folder / "notify"))
        self.settings = {
            "push.listen": f"127.0.0.1:{free_port()}", "push.health": "", "redis.port": redis_server.port,
            **{key.replace("_", "."): value for key, value in settings.items()}}
        self.conf = write_settings(folder / "fastim.yml", self.settings)
        self.process = Process([PUSHD, "-c", self.conf], folder / "log", env={
            **os.environ, "NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": str(int(watchdog_s * 1e6))})

    def hears(self, seconds):
        """What comes within that time."""
        heard, end = [], time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            with contextlib.suppress(TimeoutError):
                heard.append(self.socket.recv(1000).decode())
        return heard

    def hears_until(self, text, seconds=10):
        end = time.monotonic() + seconds
        while text not in (heard := "|".join(self.hears(0.2))):
            assert time.monotonic() < end, f"{text} was not said"
        return heard


@pytest.fixture
def manage(tmp_path, redis_server):
    managers = []

    def start(*arguments, **settings):
        managers.append(Manager(tmp_path, redis_server, *arguments, **settings))
        return managers[-1]

    yield start
    for manager in managers:
        manager.process.kill()
        manager.socket.close()


@pytest.mark.parametrize("count", [1, 2])
def test_the_watchdog_hears_of_it_while_all_loops_turn(manage, count):
    manager = manage(3, push_workers=count)
    manager.hears_until("READY=1")
    assert 3 <= manager.hears(4.5).count("WATCHDOG=1") <= 8


@pytest.mark.parametrize("count", [1, 3])
def test_the_watchdog_hears_nothing_of_one_that_hangs(manage, count):
    """One worker is enough: its clients hang with it."""
    manager = manage(3, push_workers=count)
    manager.hears_until("WATCHDOG=1")
    daemons = processes_with(str(manager.conf))
    hung = max(pid for pid in daemons if count == 1 or parent(pid) in daemons)
    os.kill(hung, signal.SIGSTOP)
    try:
        manager.hears(2.6)  # half of what is allowed, and a turn
        assert "WATCHDOG=1" not in manager.hears(3)
        os.kill(hung, signal.SIGCONT)
        manager.hears_until("WATCHDOG=1")
    finally:
        os.kill(hung, signal.SIGCONT)


@pytest.mark.parametrize("count", [1, 2])
def test_the_manager_is_told_how_long_the_end_may_take_as_reloaded(manage, count):
    """TimeoutStopSec would cut short a longer push.drainSeconds."""
    manager = manage(3, push_workers=count, push_drainSeconds=1)
    manager.hears_until("READY=1")
    eventually(lambda: manager.process.output.count("info listening") == count, what="workers")
    write_settings(manager.conf, {**manager.settings, "push.drainSeconds": 3600})
    manager.process.signal(signal.SIGHUP)
    eventually(lambda: manager.process.output.count("setting-changed key=push.drainSeconds") == count + (count > 1),
               what="the reload")
    manager.process.signal(signal.SIGTERM)
    assert "STOPPING=1\nEXTEND_TIMEOUT_USEC=3605000000" in manager.hears_until("STOPPING=1")
    assert manager.process.wait() == 0  # there is no client

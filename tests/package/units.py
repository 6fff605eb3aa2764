#!/usr/bin/python3
"""units.py - the installed units, under a real systemd: called inside the folder of try-systemd.sh, by root.

What is said of them must hold with all of their hardening in force: they start, serve, reload, restart
without a refused request, come back after a crash, and go when the package goes.
"""

import asyncio
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import use

SETTINGS = pathlib.Path("/etc/fastim/fastim.yml")
API = "fastim-api.service"
PUSHD = "fastim-pushd.service"
SOCKET = "fastim-api.socket"


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def state(unit, key):
    return run("systemctl", "show", "--property", key, "--value", unit)


def children(pid):
    return {int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def until(holds, what):
    """Waits for what systemd does by itself."""
    for _ in range(use.SECONDS * 50):
        if holds():
            return
        time.sleep(0.02)
    raise TimeoutError(what)


def assert_active():
    for unit in (API, PUSHD, SOCKET):
        assert state(unit, "ActiveState") == "active", unit


def assert_confined(pid):
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1" and int(status["CapBnd"], 16) == 0, status
    assert pathlib.Path(f"/proc/{pid}").owner() == "fastim"


def test_confinement():
    main = int(state(API, "MainPID"))
    for pid in {main, int(state(PUSHD, "MainPID"))} | children(main):
        assert_confined(pid)
    socket = pathlib.Path("/run/fastim/api.sock")
    assert (socket.owner(), socket.group(), socket.stat().st_mode & 0o777) == ("fastim", "www-data", 0o660)


def test_log():
    """Nothing that the hardening forbids is missed, or a program would have said so."""
    said = run("journalctl", "--unit", API, "--unit", PUSHD, "--output", "cat", "--no-pager")
    lines = [line for line in said.splitlines() if line.startswith(("warn", "error")) and "redis-down" not in line]
    assert not lines, lines


def test_reload():
    main = int(state(API, "MainPID"))
    before = children(main)
    run("systemctl", "reload", API)
    until(lambda: len(children(main)) == 4 and not children(main) & before, "new processes")


def test_reload_with_a_mistake():
    main, right = int(state(API, "MainPID")), SETTINGS.read_text()
    before = children(main)
    SETTINGS.write_text("htpp: {processes: 2}\n")
    run("systemctl", "reload", API)
    until(lambda: "not reloaded" in run("journalctl", "--unit", API, "--output", "cat", "--no-pager"), "refusal")
    SETTINGS.write_text(right)
    assert children(main) == before
    assert_active()


def test_restart():
    """The socket outlives the service, so no request is refused."""
    stop, failures, answers = threading.Event(), [], []

    def ask():
        while not stop.is_set():
            try:
                answers.append(use.post("/user/login", {}, userId="bob", password="x"))
            except OSError as failure:
                failures.append(failure)

    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(3):
        count = len(answers)
        run("systemctl", "restart", API)
        until(lambda count=count: len(answers) > count + 10 or failures, "answers")
    stop.set()
    asking.join()
    assert not failures, failures
    assert_active()


def test_crash():
    for unit in (PUSHD, API):
        os.kill(int(state(unit, "MainPID")), signal.SIGKILL)
        until(lambda unit=unit: state(unit, "NRestarts") == "1" and state(unit, "ActiveState") == "active", unit)


def test_stop():
    run("systemctl", "stop", PUSHD, API, SOCKET)
    for unit in (API, PUSHD):
        assert state(unit, "Result") == "success", unit
    assert not pathlib.Path("/run/fastim/api.sock").exists()
    run("systemctl", "start", PUSHD, SOCKET)  # the first request starts the service
    use.post("/user/login", {}, userId="bob", password="x")
    assert_active()


def test_package(deb):
    """Installed over itself the services run on; purged they are gone."""
    run("dpkg", "--install", deb)
    assert_active()
    run("dpkg", "--purge", "fastim")
    for unit in (API, PUSHD, SOCKET):
        assert state(unit, "LoadState") == "not-found" and state(unit, "ActiveState") == "inactive", unit
    assert not pathlib.Path("/run/fastim").exists()


def main():
    run("systemctl", "stop", "nginx")
    server = use.Server("nginx")
    assert_active()
    test_confinement()
    asyncio.run(use.chat("alice", "room", []))
    test_log()
    for test in (test_reload, test_reload_with_a_mistake, test_restart, test_crash, test_stop):
        test()
        print(f"{test.__name__} ok", flush=True)
    history = ["message 1 \N{GRINNING FACE}"]
    asyncio.run(use.chat("alice", "room", history))
    server.stop()
    test_package(sys.argv[1])
    print("test_package ok", flush=True)


if __name__ == "__main__":
    main()

"""test_health.py - push.health: alive, ready, and what the daemon counts."""
import asyncio
import re
import socket
import urllib.request

import pytest

from host import PUSHD, fresh, write_settings
from ports import free_port
from processes import Process, eventually

pytestmark = pytest.mark.spread


def test_alive_and_ready(make_daemon):
    """`/healthz` (the loop turns), `/readyz` (the probe passes, not draining)"""
    daemon = make_daemon()
    assert daemon.health("/healthz") == (200, "alive\n")
    eventually(lambda: daemon.health("/readyz") == (200, "ready\n"), what="readiness")
    assert daemon.health("/other")[0] == 404


def test_not_ready_without_redis_and_again_with_it(make_daemon, own_redis):
    """`/readyz` (the probe passes)"""
    daemon = make_daemon(redis_server=own_redis)
    eventually(lambda: daemon.health("/readyz")[0] == 200, what="readiness")
    own_redis.kill()
    eventually(lambda: daemon.health("/readyz")[0] == 503, what="no readiness")
    assert daemon.health("/healthz")[0] == 200
    own_redis.start()
    eventually(lambda: daemon.health("/readyz")[0] == 200, timeout=10, what="readiness")
    assert daemon.metrics()["fastim_redis_reconnects_total"] >= 2


@pytest.mark.parametrize("workers", [1, 2])
async def test_metrics_count_what_happens(make_daemon, workers):
    """`/metrics`: connections, groups, messages in and out, deliveries, bytes, refusals and closes by reason"""
    daemon, group = make_daemon({"push.workers": workers}), fresh()
    clients = [await daemon.chat(group, f"u{i}") for i in range(8)]
    for i in range(5):
        await clients[0].send(f"{i}")
    for client in clients:
        for _ in range(5):
            await client.info()
    await clients[1].send_frame(1, b"\xff")
    assert await clients[1].close_code() == 1007
    now = await asyncio.to_thread(lambda: eventually(
        lambda: (m := daemon.metrics())["fastim_connections"] == 7 and m, what="seven connections"))
    assert now["fastim_messages_in_total"] == 5
    assert now["fastim_messages_out_total"] in range(5, 5 * workers + 1)
    assert now["fastim_deliveries_total"] == 8 * 5
    assert now["fastim_groups"] in range(1, workers + 1)
    assert sum(v for k, v in now.items() if k.startswith("fastim_closes_total{")) >= 1
    assert now["fastim_sent_bytes_total"] > 8 * 5 * 60


def test_metrics_are_prometheus_text(make_daemon):
    """Prometheus text …: flush sizes, loop lag, publish-to-flush lag as a histogram"""
    daemon = make_daemon()
    with urllib.request.urlopen(f"http://127.0.0.1:{daemon.health_port}/metrics", timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = answer.read().decode()
    typed = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
    helped = re.findall(r"^# HELP (\S+) \S", text, re.M)
    assert set(helped) == set(typed) and set(typed.values()) <= {"counter", "gauge", "histogram"}
    assert {"fastim_flush_messages", "fastim_loop_lag_seconds", "fastim_flush_lag_seconds"} <= {
        name for name, kind in typed.items() if kind == "histogram"}
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) .*|[a-z_]+(\{[a-z]+=\"[^\"]*\"\})? [0-9.e+-]+", line), line
    for name in (name for name, kind in typed.items() if kind == "histogram"):
        counts = [float(n) for n in re.findall(rf'^{name}_bucket{{le="[^"]+"}} (\S+)$', text, re.M)]
        assert counts == sorted(counts) and f'{name}_bucket{{le="+Inf"}}' in text
        assert float(re.search(rf"^{name}_count (\S+)$", text, re.M)[1]) == counts[-1]


@pytest.mark.parametrize("workers", [1, 2])
def test_health_can_be_off_but_not_taken(make_daemon, tmp_path, workers):
    """push.health: empty: off; a port that is taken is an error at start: else a monitor asks another daemon"""
    daemon = make_daemon()
    off = make_daemon({"push.health": ""})
    with pytest.raises(OSError):
        off.health("/healthz")
    taken = Process([PUSHD, "-c", write_settings(tmp_path / "taken.yml", {
        "push.listen": f"127.0.0.1:{free_port()}", "push.health": f"127.0.0.1:{daemon.health_port}",
        "push.workers": workers})], tmp_path / "taken.log")
    assert taken.wait() == 1
    assert re.search(rf"^error listen.*{daemon.health_port}.*in use", taken.wait_output(), re.M)


def test_who_asks_for_health_slowly_holds_up_nobody(make_daemon):
    """Bad input … costs nobody else anything: the oldest of those who do not go on makes room"""
    daemon = make_daemon()
    slow = [socket.create_connection(("127.0.0.1", daemon.health_port)) for _ in range(40)]
    for connection in slow:
        try:
            connection.sendall(b"GET /metr")
        except OSError:
            pass
    for _ in range(10):
        assert answered(daemon)
    for connection in slow:
        connection.close()


def answered(daemon):
    try:
        return daemon.health("/healthz")[0] == 200
    except OSError:
        return False

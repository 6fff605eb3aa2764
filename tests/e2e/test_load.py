"""test_load.py - 64 clients at once, with wrk: no error behind any web server, and an answer in time.

LOAD_SECONDS=30 for the figures of the README (1 by default, too few for a bound on the slowest)."""
import os
import re
import subprocess

import pytest

from host import fresh

pytestmark = pytest.mark.proxies

# As they come. The other tests have a log line for each request, and fewer processes.
DEFAULTS = {"log.level": "info", "http.processes": 4}
CLIENTS = 64
SECONDS = int(os.environ.get("LOAD_SECONDS", "1"))
SLOWEST_MS = 100
# Beside other tests an answer may take its time; that it comes is what counts then.
PATIENCE = 5 if SECONDS >= 30 else 30
# mod_fcgid starts a process only when a request has slept a second for want of one.
WARM_UP = {"apache-fcgid": (4 * CLIENTS, 5)}

SCRIPT = """
wrk.method = "POST"
wrk.body = ""
wrk.headers["userId"] = "%s"
wrk.headers["token"] = "%s"
wrong_total = 0
local wanted = '%s'
function response(status, headers, body)
  if status ~= 200 or body ~= wanted then
    wrong_total = wrong_total + 1
  end
end
local threads = {}
function setup(thread)
  table.insert(threads, thread)
end
function done(summary, latency, requests)
  local e = summary.errors
  local wrongs = 0
  for _, thread in ipairs(threads) do
    wrongs = wrongs + thread:get("wrong_total")
  end
  print(string.format("requests=%%d wrong=%%d errors=%%d p50_ms=%%.2f p99_ms=%%.2f a_second=%%.0f",
    summary.requests, wrongs, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.requests / (summary.duration / 1000000)))
end
"""


def wrk(site, script, clients, seconds):
    done = subprocess.run(
        ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", f"{PATIENCE}s", "-s", script,
         site.http + "/user/listGroup"], capture_output=True, text=True, timeout=seconds + 60)
    line = re.search(r"requests=.*", done.stdout)
    assert line, done.stdout + done.stderr
    return line[0]


def test_64_clients_at_once(make_host, tmp_path, record_property):
    """64 concurrent clients …: no error, p99 under 100 ms on `/user/listGroup`"""
    site = make_host(DEFAULTS)
    user = site.api.login(fresh("u"))
    groups = sorted(fresh() for _ in range(5))
    for group in groups:
        user.join(group)
    wanted = '{"code":200,"msg":"操作成功","data":["%s"]}' % '","'.join(groups)
    script = tmp_path / "wrk.lua"
    script.write_text(SCRIPT % (user.user, user.token, wanted))
    if site.web in WARM_UP:
        wrk(site, script, *WARM_UP[site.web])
    for _ in range(2):  # what another program did to the machine for a moment does not come twice
        line = wrk(site, script, CLIENTS, SECONDS)
        figures = {name: float(value) for name, value in (pair.split("=") for pair in line.split())}
        if figures["errors"] == 0:
            break
    record_property("figure", f"load behind {site.web}: {line}")
    assert figures["requests"] > 0
    assert figures["wrong"] == figures["errors"] == 0, line
    if SECONDS >= 30:
        assert figures["p99_ms"] < SLOWEST_MS, line

"""test_monitoring.py - what is told of the metrics: the manual page, conf/monitoring."""
import json
import re
import shutil
import subprocess
import urllib.request

import pytest
import yaml

from host import ROOT

pytestmark = pytest.mark.spread
ALERTS = ROOT / "conf/monitoring/alerts.yml"
BOARD = ROOT / "conf/monitoring/grafana.json"
PAGE = ROOT / "conf/man/fastim-pushd.8.in"
PROMTOOL = shutil.which("promtool")

# What makes each alert fire within 15 minutes: series, a value a minute.
A = 'instance="a"'
BUCKETS = [('fastim_%s_bucket{instance="a",le="0.262144"}', "0x20"),
           ('fastim_%s_bucket{instance="a",le="+Inf"}', "0+60x20")]
FIRES = {
    "FastimDown": [('up{job="fastim",instance="a"}', "0x20")],
    "FastimRedisAway": [("fastim_workers", "1x20"), ("fastim_redis_commands_up", "0x20"),
                        ("fastim_redis_subscription_up", "1x20")],
    "FastimSlotsUnserved": [("fastim_redis_slots_unserved", "5461x20")],
    "FastimMapOld": [("fastim_redis_map_age_milliseconds", "60000x20")],
    "FastimRoomsPolled": [("fastim_redis_rooms_polled", "3x20")],
    "FastimNotReady": [("fastim_workers", "2x20"), ("fastim_workers_ready", "1x20")],
    "FastimProbeLate": [("fastim_workers", "1x20"), ("fastim_probe_age_milliseconds", "6000x20")],
    "FastimMessagesRefused": [("fastim_messages_refused_total", "0+6x20")],
    "FastimFull": [('fastim_refusals_total{instance="a",reason="503"}', "0+6x20")],
    "FastimRedisFlaps": [("fastim_redis_reconnects_total", "0+2x20")],
    "FastimRedisSlow": [(name % "redis_answer_seconds", values) for name, values in BUCKETS],
    "FastimLoopSlow": [(name % "loop_lag_seconds", values) for name, values in BUCKETS],
    "FastimFlushSlow": [(name % "flush_lag_seconds", values) for name, values in BUCKETS],
    "FastimClientsSlow": [('fastim_closes_total{instance="a",reason="too slow: takes nothing"}', "0+120x20")],
    "FastimSocketsFull": [("fastim_workers", "1x20"), ("fastim_pending_bytes", "30000000x20")],
    "FastimManyLimited": [("fastim_messages_limited_total", "0+120x20"), ("fastim_messages_in_total", "0+600x20")],
    "FastimReviewFails": [("fastim_review_failed_total", "0+6x20")],
    "FastimResumesRefused": [("fastim_resumes_refused_total", "0+60x20"), ("fastim_resumes_total", "0+6x20")],
    "FastimClockSteps": [("fastim_redis_clock_steps_total", "0x10 1x10")],
}
# A host without a fault: no alert fires.
QUIET = [("up", "1x20"), ("fastim_workers", "2x20"), ("fastim_workers_ready", "2x20"), ("fastim_redis_commands_up", "2x20"),
         ("fastim_redis_slots_unserved", "0x20"), ("fastim_redis_map_age_milliseconds", "900x20"),
         ("fastim_redis_rooms_polled", "0x14 3 0x5"), ("fastim_redis_subscription_up", "2x20"), ("fastim_probe_age_milliseconds", "900x20"),
         ("fastim_messages_in_total", "0+6000x20"), ("fastim_messages_limited_total", "0+6x20"),
         ("fastim_resumes_total", "0+60x20"), ("fastim_resumes_refused_total", "0+12x20"),
         ("fastim_pending_bytes", "1000000x20"), ("fastim_redis_reconnects_total", "2x20"),
         ('fastim_closes_total{instance="a",reason="client closed"}', "0+600x20"),
         ('fastim_flush_lag_seconds_bucket{instance="a",le="0.004096"}', "0+60x20"),
         ('fastim_flush_lag_seconds_bucket{instance="a",le="+Inf"}', "0+60x20")]


def rules():
    groups = yaml.safe_load(ALERTS.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def expressions():
    """Each expression of the alerts and of the board, with the place where it stands."""
    for name, rule in rules().items():
        yield name, rule["expr"]
    for panel in json.loads(BOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


@pytest.fixture
def metrics(make_daemon):
    """{name: type} of a daemon that runs."""
    daemon = make_daemon()
    with urllib.request.urlopen(f"http://127.0.0.1:{daemon.health_port}/metrics", timeout=5) as answer:
        return dict(re.findall(r"^# TYPE (\S+) (\S+)$", answer.read().decode(), re.M))


def test_the_manual_page_has_each_metric(metrics):
    """fastim-pushd(8) describes what /metrics has, all of it and no more, and says which are histograms."""
    section = re.search(r"^\.Sh METRICS\n(.*?)^\.Sh ", PAGE.read_text().replace("\\\n", ""), re.M | re.S)[1]
    described = re.findall(r"fastim_\w+", "".join(re.findall(r"^\.It .*\n", section, re.M)))
    assert len(set(described)) == len(described)
    assert set(described) == set(metrics)
    totals = {name for name in described if name.endswith("_total")}
    assert totals == {name for name in metrics if metrics[name] == "counter"}
    assert "the last five are histograms" in section
    assert [metrics[name] for name in described[-5:]] == ["histogram"] * 5
    assert list(metrics.values()).count("histogram") == 5


def test_alerts_and_board_name_metrics_that_exist(metrics):
    """conf/monitoring: each metric is one of /metrics, and a histogram is used by its buckets."""
    names = {f"{name}_bucket" if kind == "histogram" else name for name, kind in metrics.items()}
    for where, expression in expressions():
        used = set(re.findall(r"fastim_\w+", expression))
        assert used <= names, (where, used - names)
        grows = set(re.findall(r"(?:rate|increase)\((fastim_\w+)", expression))
        assert grows == {name for name in used if name.endswith(("_total", "_bucket"))}, where


def test_the_board_shows_each_metric(metrics):
    """conf/monitoring/grafana.json: nothing that the daemon counts is left out."""
    board = json.loads(BOARD.read_text())
    shown = {re.sub("_bucket$", "", name) for panel in board["panels"] for target in panel.get("targets", [])
             for name in re.findall(r"fastim_\w+", target["expr"])}
    assert shown == set(metrics)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    places = [(x, y) for panel in board["panels"] for place in [panel["gridPos"]]
              for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])]
    assert len(set(places)) == len(places), "panels lie on each other"


def test_alerts_name_reasons_that_exist():
    """conf/monitoring: a label `reason` is one of the log's words, or an HTTP status."""
    told = re.findall(r'"([^"]+)"\)\s*\\?\n', (ROOT / "push-daemon/core/close_reason.h").read_text())
    assert "not logged in" in told
    for where, expression in expressions():
        for metric, reason in re.findall(r'(fastim_\w+){[^}]*reason=~?"([^"]*)"', expression):
            known = told if metric == "fastim_closes_total" else ["503", "429"]
            assert any(re.fullmatch(reason, text) for text in known), (where, reason)


def test_each_alert_says_what_it_means():
    """A severity of two, and a summary that names the host."""
    for name, rule in rules().items():
        assert rule["labels"]["severity"] in ("critical", "warning"), name
        assert rule["annotations"]["summary"].startswith("{{ $labels.instance }}: "), name
    assert set(FIRES) == set(rules())


@pytest.mark.skipif(not PROMTOOL, reason="no promtool here")
def test_promtool_sees_each_alert_fire(tmp_path):
    """promtool: the rules are right, each fires on its fault alone, and none on a host without one."""
    def series(pairs):
        return [{"series": name if "{" in name else f"{name}{{{A}}}", "values": values} for name, values in pairs]

    def case(name, pairs, firing):
        return {"name": name, "interval": "1m", "input_series": series(pairs), "promql_expr_test": [{
            "expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "15m",
            "exp_samples": [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in firing]}]}

    cases = [case(name, pairs, [name]) for name, pairs in FIRES.items()] + [case("quiet", QUIET, [])]
    tests = tmp_path / "tests.yml"
    tests.write_text(json.dumps({"rule_files": [str(ALERTS)], "evaluation_interval": "1m", "tests": cases}))
    for command in (["check", "rules", ALERTS], ["test", "rules", tests]):
        done = subprocess.run([PROMTOOL, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        assert done.returncode == 0, done.stdout.decode()

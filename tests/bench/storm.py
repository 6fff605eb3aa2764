"""The storm: a host with thousands of clients of fastim.v2 is killed and started again, and all of them resume."""

import os
import subprocess
import time
from pathlib import Path

from servers import LOAD_CORE, PATH, FastimV2, figures, free_port, load_command

AFTER_S = 0.7  # the watchers of the other groups are there by then
WATCHED_S = 2.5
OTHERS = dict(clients=10, groups=1, rate=200, settle=0, warm=0.2)  # Part 1, in a group of their own


class Hosts(FastimV2):
    """Two hosts with one Redis. The first one will be killed. Messages are said at the second one."""

    def start(self):
        self.start_redis()
        first, self.other_port = self.port, free_port()
        self.port = self.other_port
        self.write_config()
        self.settings_of_other = (self.dir / "fastim.yml").rename(self.dir / "other.yml")
        self.port = first
        self.write_config()
        self.first = self.run_daemon()
        self.other = self.run(self.build / "fastim-pushd", "-c", self.settings_of_other, port=self.other_port)
        self.await_redis()

    def restart(self):
        """As a service manager would. Returns how long nobody listened."""
        began = time.monotonic()
        self.first.kill()
        self.first.wait()
        self.first = self.run_daemon()
        return time.monotonic() - began

    @property
    def cpu(self):
        return {"redis": [self.processes[0].pid]}


def cpu_of(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def begin(command):
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "PATH": PATH})


def end(process):
    told, complaint = process.communicate(timeout=120)
    if process.returncode != 0:
        raise RuntimeError(f"storm: {told}{complaint}")
    return figures(told)


def watch(hosts, port, first_group):
    """Begins to watch a group of others for a while. It measures, so it goes before the load."""
    command = load_command(hosts, 60, LOAD_CORE, port=port, first_group=first_group, v2=0, seconds=WATCHED_S, **OTHERS)
    return begin((["nice", "-n", "-10"] if os.geteuid() == 0 else []) + command)


def storm(bench, groups, members, rate, spread=2):
    """All members of these groups connect again within that time, while messages come."""
    with bench.start(Hosts) as hosts:
        command = load_command(hosts, 120, LOAD_CORE, clients=groups * (members + 1), groups=groups, rate=rate,
                               other=hosts.other_port, storm=1, spread=spread, warm=0.5)
        crowd = begin(command)
        try:
            if crowd.stderr.readline() != "ready\n":
                end(crowd)
            calm = [end(watch(hosts, port, 90000)) for port in (hosts.port, hosts.other_port)]
            far = watch(hosts, hosts.other_port, 90001)
            time.sleep(AFTER_S)
            down = hosts.restart()
            near = watch(hosts, hosts.port, 90002)
            near, far, crowd_figures = end(near), end(far), end(crowd)
            daemon = cpu_of(hosts.first)
        finally:
            crowd.kill()
    r = crowd_figures
    return {"back": r["all_back_s"], "resume_p50": r["back_p50_us"], "resume_p99": r["back_p99_us"],
            "unrecovered": r["unrecovered"], "lost": r["lost"], "retries": r["retries"],
            "missed": r["missed_frames"], "down": down, "redis": 100 * r["cpu_redis"] / r["measured_s"],
            "redis_s": r["cpu_redis"], "daemon_s": daemon,
            "near": near["p99_us"], "near_calm": calm[0]["p99_us"],
            "far": far["p99_us"], "far_calm": calm[1]["p99_us"]}

"""stage - a host at default settings, the honest clients that are watched, and the attacker's process."""
import dataclasses
import json
import pathlib
import re
import subprocess
import sys
import threading

from host import Host, fresh
from processes import processes_with
from redis_server import RedisServer

HERE = pathlib.Path(__file__).resolve().parent
# It stands for other machines, so it takes what the host leaves it of the two cores: as much as with equal rights, as
# the host is not busy then, but not in front of the host.
NICE = ["nice", "-n", "19"]
PROGRAMS = {"fastim-pushd": "pushd", "fastim-api": "api", "redis-server": "redis", "lighttpd": "lighttpd"}
# On one machine all clients are on loopback. So lighttpd alone is a trusted proxy, and the attacker's
# address counts as that of any stranger.
SETTINGS = {"log.level": "info", "push.trustedProxies": "127.0.0.1", "push.health": "",
            "http.requestsPerSecond": 100, "http.processes": 4}


@dataclasses.dataclass
class Target:
    """What an attacker knows."""
    port: int
    push_port: int
    group: str
    user: str
    token: str
    extra: dict  # what prepare() has made for it


@dataclasses.dataclass
class Seen:
    ping_ms: float
    p99_ms: float
    requests: int
    failed: int


class Stage:
    def __init__(self, folder, settings=lambda folder: {}):
        self.folder = pathlib.Path(folder)
        self.redis = RedisServer(self.folder / "redis")
        self.host = Host(self.folder / "host", self.redis, {**SETTINGS, **settings(self.folder)})
        self.extra = {}
        self.group = fresh()
        self.user = fresh("u")
        self.token = self.host.api.login(self.user).token

    def stop(self):
        self.host.stop()
        self.redis.stop()

    def fill(self, entries, group=None):
        """Puts entries into a group's list as another writer would."""
        pipeline = self.redis.client.pipeline(transaction=False)
        for entry in entries:
            pipeline.rpush(f"gml:{group or self.group}", entry)
        pipeline.execute()

    # ---- watching ----

    def memory(self):
        """{program: bytes} of all its processes; swapped ones count as well."""
        found = dict.fromkeys(PROGRAMS.values(), 0)
        for pid, command in processes_with(str(self.folder)).items():
            program = pathlib.Path(command.split()[0].rstrip(":")).name
            if program not in PROGRAMS:
                continue
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            found[PROGRAMS[program]] += sum(1024 * int(kib) for kib in re.findall(r"(?:RssAnon|VmSwap):\s+(\d+)", status))
        return found

    def watch(self, seconds):
        """What honest clients see within that time."""
        command = [sys.executable, HERE / "honest.py", self.host.port, self.redis.port, seconds]
        done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True,
                              timeout=seconds + 60)
        return Seen(*json.loads(done.stdout))

    def watch_during(self, name, seconds):
        """The same while an attacker strikes; and the most memory that each program had."""
        target = Target(self.host.port, self.host.push_port, self.group, self.user, self.token,
                        self.extra)
        command = [*NICE, sys.executable, str(HERE / "attack.py"), "--strike", name, "--seconds", str(seconds + 1),
                   "--target", json.dumps(dataclasses.asdict(target))]
        peak = self.memory()
        over = threading.Event()

        def look():
            while not over.wait(0.25):
                for program, used in self.memory().items():
                    peak[program] = max(peak[program], used)

        looker = threading.Thread(target=look)
        with subprocess.Popen(command, stdout=subprocess.PIPE) as attacker:
            try:
                looker.start()
                assert attacker.stdout.readline(), "the attacker did not begin"
                seen = self.watch(seconds)
            finally:
                over.set()
                looker.join()
                attacker.kill()
        return seen, peak

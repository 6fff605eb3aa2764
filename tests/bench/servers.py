"""The servers that are measured: each started on a free port, pinned to a core, ended by its pid."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SERVER_CORE, LOAD_CORE = "0", "1"
START_S = 20
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


class Missing(Exception):
    """A peer that cannot be had on this machine."""


def free_port():
    """A port that nobody listens on, outside the range of outgoing connections."""
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in range(low - 4000 + os.getpid() % 3000, low):
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in handed_out:
                handed_out.add(port)
                return port
    raise RuntimeError("no free port")


handed_out = set()


def children(pid):
    """Processes that this one has started."""
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class Server:
    """One server under load. `cpu` names its processes as the load generator takes them."""

    name = "?"
    args = ()  # more words for the load generator

    def __init__(self, build, out, core=SERVER_CORE):
        self.build, self.out, self.core = Path(build), Path(out), core
        self.port = free_port()
        self.processes = []
        self.dir = None

    def __enter__(self):
        self.dir = Path(tempfile.mkdtemp(prefix="fastim-bench-"))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(6)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, *command, port=None, core=None):
        """Starts one process, which dies with us, and waits until it listens."""
        log = self.dir / f"log-{len(self.processes)}"
        pinned = ["taskset", "-c", core or self.core, "setpriv", "--pdeathsig", "KILL", "--"]
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [*pinned, *map(str, command)], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env={**os.environ, "PATH": PATH})
        self.processes.append(process)
        self.wait(process, port, log)
        return process

    def wait(self, process, port, log):
        end = time.monotonic() + START_S
        while port is not None:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} does not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)

    def start(self):
        raise NotImplementedError

    @property
    def cpu(self):
        return {"server": [p.pid for p in self.processes]}


class Bare(Server):
    """One send() a message and client."""

    name = "bare"

    def start(self):
        self.run(self.build / "bare", self.port, port=self.port)


class Nchan(Server):
    """Debian's nginx with Debian's nchan, one worker."""

    name = "nchan"

    def start(self):
        if shutil.which("nginx", path=PATH) is None or not Path(
                "/usr/lib/nginx/modules/ngx_nchan_module.so").exists():
            raise Missing("nchan")
        conf = (HERE / "peers/nchan.conf.in").read_text()
        conf = conf.replace("@DIR@", str(self.dir)).replace("@PORT@", str(self.port))
        (self.dir / "nginx.conf").write_text("user root;\n" * (os.geteuid() == 0) + conf)
        (self.dir / "modules").symlink_to("/usr/lib/nginx/modules")
        nginx = self.run("nginx", "-p", self.dir, "-c", self.dir / "nginx.conf", port=self.port)
        end = time.monotonic() + START_S
        while not children(nginx.pid):  # it listens before its worker is there
            if time.monotonic() > end:
                raise RuntimeError("nginx has no worker")
            time.sleep(0.02)

    @property
    def cpu(self):
        pid = self.processes[0].pid
        return {"server": [pid, *children(pid)]}


class Node(Server):
    """A peer from the npm registry, installed beside a copy of its script."""

    script = "?"

    def start(self):
        folder = self.out / "node"
        if not (folder / "installed").exists():
            raise Missing(self.name)
        self.run("node", folder / self.script, self.port, port=self.port)


class Uws(Node):
    name, script = "uWebSockets.js", "uws.js"


class Ws(Node):
    name, script = "ws", "ws.js"


class Fastim(Server):
    """fastim-pushd with a Redis of its own, on the same core unless told otherwise."""

    name = "fastim"
    args = ("fastim=1",)

    def __init__(self, build, out, core=SERVER_CORE, settings=None, redis_core=None):
        super().__init__(build, out, core)
        self.redis_port = free_port()
        self.settings = settings or {}
        self.redis_core = redis_core or core

    def start_redis(self):
        self.run("redis-server", "--port", self.redis_port, "--bind", "127.0.0.1", "--save", "",
                 "--appendonly", "no", "--dir", self.dir, port=self.redis_port, core=self.redis_core)

    def write_config(self):
        flat = {"redis.port": self.redis_port, "push.listen": f'"127.0.0.1:{self.port}"',
                "log.level": "warn", "http.requestsPerSecond": 0, "push.messagesPerSecond": 0, "push.bytesPerSecond": 0, "push.drainSeconds": 0,
                "im.groupMessage.maxCount": 0,  # LTRIM costs Redis 1 µs a message once a list has so many
                "push.health": f'"127.0.0.1:{free_port()}"', **self.settings}
        lines, sections = [], {}
        for key, value in flat.items():
            *path, last = key.split(".")
            at = sections
            for part in path:
                at = at.setdefault(part, {})
            at[last] = value
        self.emit(sections, 0, lines)
        (self.dir / "fastim.yml").write_text("\n".join(lines) + "\n")

    def emit(self, tree, depth, lines):
        for key, value in tree.items():
            if isinstance(value, dict):
                lines.append("  " * depth + f"{key}:")
                self.emit(value, depth + 1, lines)
            else:
                lines.append("  " * depth + f"{key}: {value}")

    def start(self):
        self.start_redis()
        self.write_config()
        self.run_daemon()
        self.await_redis()

    def run_daemon(self):
        return self.run(self.build / "fastim-pushd", "-c", self.dir / "fastim.yml", port=self.port)

    def await_redis(self):
        """Its two connections to Redis, and their subscription."""
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            done = subprocess.run(["redis-cli", "-p", str(self.redis_port), "PUBSUB", "CHANNELS"],
                                  capture_output=True, text=True, check=True)
            if done.stdout.strip():
                return
            time.sleep(0.05)
        raise RuntimeError("fastim-pushd does not subscribe")

    @property
    def cpu(self):
        redis, *daemons = self.processes
        pids = [p.pid for p in daemons]
        return {"server": pids + [c for p in pids for c in children(p)], "redis": [redis.pid]}


class FastimV2(Fastim):
    """The same daemon; all clients speak fastim.v2."""

    name = "fastim.v2"
    args = ("fastim=1", "v2=1")


def load_command(server, limit, core, **args):
    cpu = [f"cpu={name}:{'+'.join(map(str, pids))}" for name, pids in server.cpu.items()]
    words = {"port": server.port, "limit": limit, **args}
    command = ["taskset", "-c", core, "setpriv", "--pdeathsig", "KILL", "--", server.build / "load", *server.args,
               *cpu, *[f"{k}={v}" for k, v in words.items()]]
    return list(map(str, command))


def figures(told):
    """What the load generator has printed, as numbers."""
    return {k: float(v) for k, v in (word.split("=") for word in told.split())}


def load(server, limit=150, core=LOAD_CORE, check=True, **args):
    """Runs the load generator against it; returns its figures."""
    done = subprocess.run(load_command(server, limit, core, **args), capture_output=True, text=True, timeout=limit + 30,
                          env={**os.environ, "PATH": PATH}, check=False)
    if done.returncode != 0 and (check or not done.stdout):
        raise RuntimeError(f"{server.name}: {args}: {done.stdout}{done.stderr}")
    return figures(done.stdout)

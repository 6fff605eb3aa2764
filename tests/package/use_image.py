#!/usr/bin/python3
"""use_image.py - runs the programs of the image as the pod of conf/deploy/kubernetes.yaml does, and chats through them.

    use_image.py WORK BUNDLE_FILES

Called by try-image.sh, in a network of its own. Each container has the files read-only, the arguments, the user and the
mounts of the manifest; the network is that of all, as in a pod. At the end they are stopped as Kubernetes does it.
"""
import asyncio
import contextlib
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import websockets
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
WEB, HEALTH = "127.0.0.1:9000", "127.0.0.1:9002"
SECONDS = 30


def eventually(condition, what):
    end = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(OSError):
            if condition():
                return
        assert time.monotonic() < end, f"{what} did not come true within {SECONDS} s"
        time.sleep(0.05)


def status(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


class Container:
    """One of the pod's, by crun."""

    def __init__(self, work, bundle, spec, volumes, user):
        self.name = f"fastim-try-{spec['name']}"
        self.folder = work / spec["name"]
        self.folder.mkdir()
        self.crun = ["crun", "--root", str(work / "crun"), "--cgroup-manager", "disabled"]
        config = json.loads((bundle / "config.json").read_text())
        assert config["process"]["user"] == {"uid": user, "gid": user}, config["process"]["user"]  # as the image says
        config["root"] = {"path": str(bundle / "rootfs"), "readonly": True}
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        config["process"].update(terminal=False, args=spec["args"], noNewPrivileges=True,
                                 rlimits=[{"type": "RLIMIT_NOFILE", "hard": most, "soft": most}],
                                 capabilities={kind: [] for kind in config["process"]["capabilities"]})
        config["mounts"] = [mount for mount in config["mounts"] if mount["destination"] != "/sys/fs/cgroup"] + [
            {"destination": mount["mountPath"], "type": "bind", "source": str(volumes[mount["name"]]),
             "options": ["bind", "ro" if mount.get("readOnly") else "rw"]} for mount in spec["volumeMounts"]]
        config["linux"]["namespaces"] = [space for space in config["linux"]["namespaces"]
                                         if space["type"] not in ("network", "cgroup")]
        config["linux"].pop("resources", None)
        (self.folder / "config.json").write_text(json.dumps(config))
        self.process = None

    def start(self):
        self.process = subprocess.Popen([*self.crun, "run", "--bundle", self.folder, self.name], stdin=subprocess.DEVNULL,
                                        stdout=sys.stderr, stderr=sys.stderr)

    def execute(self, *command):
        return subprocess.run([*self.crun, "exec", self.name, *command], capture_output=True, text=True, timeout=SECONDS)

    def kill(self, signal):
        subprocess.run([*self.crun, "kill", self.name, signal], check=True, timeout=SECONDS)

    def end(self):
        if self.process and self.process.poll() is None:
            subprocess.run([*self.crun, "kill", self.name, "KILL"], timeout=SECONDS)
            self.process.wait(SECONDS)


async def chat(containers):
    form = urllib.parse.urlencode({"userId": "alice", "password": "x"}).encode()
    with urllib.request.urlopen(f"http://{WEB}/user/login", form, timeout=5) as answer:
        token = json.load(answer)["msg"]
    async with websockets.connect(f"ws://{WEB}/group/chat/room/alice/{token}") as alice, \
            websockets.connect(f"ws://{WEB}/group/chat/room/bob/xxx") as bob:
        for client in (alice, bob):
            assert json.loads(await asyncio.wait_for(client.recv(), SECONDS))["list"] == []
        await alice.send("from a container")
        for client in (alice, bob):
            assert json.loads(await asyncio.wait_for(client.recv(), SECONDS))["info"] == "from a container"
        query = urllib.parse.urlencode({"groupId": "room", "startPage": -10, "endPage": -1}).encode()
        request = urllib.request.Request(f"http://{WEB}/group/listMessage", query, {"userId": "alice", "token": token})
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert "from a container" in answer.read().decode()

        # As Kubernetes stops the pod: nginx waits, fastim-pushd says good-bye, and nobody is cut.
        containers["web"].kill("QUIT")
        containers["push"].kill("TERM")
        for client in (alice, bob):
            with contextlib.suppress(websockets.ConnectionClosed):
                await asyncio.wait_for(client.recv(), SECONDS)
            assert client.close_code == 1001, client.close_code


def main(work, files):
    work, bundle = pathlib.Path(work), pathlib.Path(files).parent
    manifests = list(yaml.safe_load_all((ROOT / "conf/deploy/kubernetes.yaml").read_text()))
    pod = next(manifest for manifest in manifests if manifest["kind"] == "StatefulSet")["spec"]["template"]["spec"]
    settings = next(manifest for manifest in manifests if manifest["kind"] == "Secret")["stringData"]["fastim.yml"]
    user = pod["securityContext"]["runAsUser"]
    volumes = {volume["name"]: work / f"volume-{volume['name']}" for volume in pod["volumes"]}
    for volume in volumes.values():
        volume.mkdir()
        shutil.chown(volume, user, user)
    (volumes["settings"] / "fastim.yml").write_text(settings.replace("host: redis", "host: 127.0.0.1").replace(
        "drainSeconds: 20", "drainSeconds: 1"))
    if not shutil.which("crun"):
        return print("no crun here, so nothing was run")
    tried = Container(work, bundle, {"name": "true", "args": ["busybox", "true"], "volumeMounts": []}, {}, user)
    tried.start()
    if tried.process.wait(SECONDS) != 0:
        return print("containers do not run here (above), so nothing was run")

    redis = subprocess.Popen(["redis-server", "--save", "", "--dir", work], stdout=subprocess.DEVNULL)
    containers = {spec["name"]: Container(work, bundle, spec, volumes, user) for spec in pod["containers"]}
    try:
        for container in containers.values():
            container.start()
        eventually(lambda: status(f"http://{HEALTH}/readyz") == 200, "readiness")
        eventually(lambda: status(f"http://{WEB}/test/websocket") == 200, "the web server's answer")
        compose = yaml.safe_load((ROOT / "conf/deploy/compose.yaml").read_text())
        asked = containers["push"].execute(*compose["services"]["push"]["healthcheck"]["test"][1:])
        assert (asked.returncode, asked.stdout) == (0, "alive\n"), asked
        written = containers["push"].execute("busybox", "touch", "/etc/fastim/x")
        assert "Read-only file system" in written.stderr, written
        asyncio.run(chat(containers))
        containers["api"].kill("TERM")
        assert {name: container.process.wait(SECONDS) for name, container in containers.items()} == {"push": 0, "api": 0, "web": 0}
    finally:
        for container in containers.values():
            container.end()
        redis.terminate()
        redis.wait(SECONDS)


if __name__ == "__main__":
    main(*sys.argv[1:])

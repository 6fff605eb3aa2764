#!/usr/bin/python3
"""use.py - runs the installed fastim as its units and snippets say, and chats through it.

    use.py SNIPPET USER GROUP [HISTORY...]

Called inside the folder of try-deb.sh, where no systemd runs: so the programs are started here the way
systemd would by the installed units, with their user, groups, socket and notify socket. SNIPPET (nginx,
apache-proxy, …) is the installed one, included in its web server as Debian has it. USER logs in, joins GROUP, finds HISTORY there (its messages,
oldest first) and sends one more. Everything is stopped at the end.
"""

import asyncio
import configparser
import grp
import json
import os
import pathlib
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

import websockets

PORT = 80
SNIPPETS = pathlib.Path("/usr/share/fastim/web")
SECONDS = 20


class Server:
    """A web server as Debian has it, with a snippet in the file of its settings that it is meant for."""

    # File, its text, command, signal that stops it.
    KINDS = {
        "nginx": (
            "/etc/nginx/conf.d/fastim-try.conf",
            f"server {{\n    listen 127.0.0.1:{PORT};\n    include %s;\n}}\n",
            ["nginx", "-g", "daemon off;"], signal.SIGQUIT),
        "lighttpd": (
            "/etc/lighttpd/conf-enabled/99-fastim-try.conf", 'include "%s"\n',
            ["lighttpd", "-D", "-f", "/etc/lighttpd/lighttpd.conf"], signal.SIGINT),
        "apache": (
            "/etc/apache2/sites-enabled/fastim-try.conf",
            f"<VirtualHost 127.0.0.1:{PORT}>\n    Include %s\n</VirtualHost>\n",
            ["sh", "-c", ". /etc/apache2/envvars && install -d -o $APACHE_RUN_USER $APACHE_RUN_DIR/socks && "
             "exec apache2 -DFOREGROUND"],
            signal.SIGTERM),
    }

    def __init__(self, snippet):
        path, text, command, self.signal = self.KINDS[snippet.split("-")[0]]
        if snippet == "apache-fcgid":  # some of it is for all sites, not for one
            path, text = path.replace("sites", "conf"), "Include %s\n"
        self.site = pathlib.Path(path)
        self.site.write_text(text % (SNIPPETS / f"{snippet}.conf"))
        self.process = subprocess.Popen(command)
        asyncio.run(until_open(PORT))

    def stop(self):
        self.process.send_signal(self.signal)
        assert self.process.wait(SECONDS) == 0, self.process.args
        self.site.unlink()


class Unit:
    """An installed unit, of which the last value of a key counts."""

    def __init__(self, name):
        parser = configparser.RawConfigParser(strict=False, delimiters="=", comment_prefixes="#")
        parser.optionxform = str
        path = next(p for p in map(pathlib.Path, ("/lib/systemd/system", "/usr/lib/systemd/system"))
                    if (p / name).exists())
        parser.read(path / name)
        self.values = {key: value for section in parser.sections() for key, value in parser.items(section)}

    def __getitem__(self, key):
        return self.values[key]


class Service:
    """A program, started as its unit says; it must tell that it is ready, and end when it is asked to."""

    def __init__(self, name, descriptor=None):
        unit = Unit(f"{name}.service")
        assert unit["Type"] == "notify"
        self.name = name
        self.folder = tempfile.mkdtemp()
        os.chmod(self.folder, 0o755)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(f"{self.folder}/notify")
        os.chmod(f"{self.folder}/notify", 0o666)
        self.notify.settimeout(SECONDS)
        # A socket is handed over as descriptor 3. LISTEN_PID is that of the program, so of the shell before it.
        given = "" if descriptor is None else f"exec 3<&{descriptor}; export LISTEN_FDS=1 LISTEN_PID=$$;"
        self.process = subprocess.Popen(
            ["sh", "-c", f"umask {unit['UMask']}; {given} exec {unit['ExecStart']}"],
            env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": f"{self.folder}/notify"},
            pass_fds=() if descriptor is None else (descriptor,),
            user=unit["User"], group=unit["Group"], extra_groups=shlex.split(unit["SupplementaryGroups"]))
        self.await_state("READY=1")

    def await_state(self, wanted):
        while wanted not in self.notify.recv(4096).decode().splitlines():
            pass

    def reload(self):
        """What ExecReload does."""
        self.process.send_signal(signal.SIGHUP)
        self.await_state("READY=1")

    def stop(self):
        self.process.terminate()
        self.await_state("STOPPING=1")
        assert self.process.wait(SECONDS) == 0, f"{self.name} does not end well"
        self.notify.close()
        shutil.rmtree(self.folder)


def listen_as_systemd():
    """The socket of fastim-api.socket, with its owner and mode."""
    unit = Unit("fastim-api.socket")
    path = pathlib.Path(unit["ListenStream"])
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    os.chown(path, pwd.getpwnam(unit["SocketUser"]).pw_uid, grp.getgrnam(unit["SocketGroup"]).gr_gid)
    os.chmod(path, int(unit["SocketMode"], 8))
    listening.listen(64)
    return listening, path


async def until_open(port):
    """Until somebody listens there."""
    for _ in range(SECONDS * 50):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(0.02)
    raise TimeoutError(f"nobody listens at port {port}")


def post(path, headers, **parameters):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", urllib.parse.urlencode(parameters).encode(),
                                     headers)
    with urllib.request.urlopen(request, timeout=SECONDS) as reply:
        answer = json.load(reply)
    assert answer["code"] == 200, (path, answer)
    return answer


async def enter(url):
    """The first frame and the client; fastim-pushd is ready before it has its Redis, and then says 503."""
    for _ in range(SECONDS * 50):
        client = await websockets.connect(url)
        frame = await asyncio.wait_for(client.recv(), SECONDS)
        if frame != "503":
            return json.loads(frame), client
        await client.close()
        await asyncio.sleep(0.02)
    raise TimeoutError("fastim-pushd says 503 all the time")


async def chat(user, group, history):
    """See the page, log in, join, read what is there, send one message and get it back, on both ways."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/test/websocket", timeout=SECONDS) as reply:
        assert b"WebSocket" in reply.read()
    token = post("/user/login", {}, userId=user, password="x")["msg"]
    headers = {"userId": user, "token": token}
    if not history:
        post("/user/joinGroup", headers, groupId=group)
    assert post("/user/listGroup", headers)["data"] == [group]
    text = f"message {len(history) + 1} \N{GRINNING FACE}"
    first, client = await enter(f"ws://127.0.0.1:{PORT}/group/chat/{group}/{user}/{token}")
    assert [message["info"] for message in first["list"]] == history, first
    await client.send(text)
    message = json.loads(await asyncio.wait_for(client.recv(), SECONDS))
    assert (message["userId"], message["info"]) == (user, text), message
    await client.close()
    stored = post("/group/listMessage", headers, groupId=group, startPage=0, endPage=-1)["data"]
    assert [json.loads(entry)["info"] for entry in stored] == history + [text], stored
    print(text)


def main():
    snippet, user, group, *history = sys.argv[1:]
    redis = subprocess.Popen(["redis-server", "/etc/redis/redis.conf", "--daemonize", "no", "--supervised", "no"],
                             user="redis", group="redis", extra_groups=[])
    asyncio.run(until_open(6379))
    listening, path = listen_as_systemd()
    pushd = Service("fastim-pushd")
    api = Service("fastim-api", listening.fileno())
    server = Server(snippet)
    api.reload()
    asyncio.run(chat(user, group, history))
    server.stop()
    api.stop()
    pushd.stop()
    listening.close()
    path.unlink()
    redis.terminate()
    assert redis.wait(SECONDS) == 0


if __name__ == "__main__":
    main()

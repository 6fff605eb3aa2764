"""host.py - one host as a site runs it: conf/run.sh with a web server, the HTTP API and the push daemon."""
import json
import os
import pathlib
import uuid

from api import Api
from client import Chat, Client, encode, handshake_status
from ports import free_port
from processes import Process, eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
BUILD = BUILD if BUILD.is_absolute() else ROOT / BUILD
API = BUILD / "fastim-api"
CGI = BUILD / "fastim-cgi"
PUSHD = BUILD / "fastim-pushd"
CTL = BUILD / "fastimctl"

# Under AddressSanitizer or valgrind: slower, and freed memory is kept back.
INSTRUMENTED = PUSHD.exists() and any(word in PUSHD.read_bytes() for word in (b"libasan", b"valgrind"))


def fresh(kind="g"):
    """An id that nobody else uses."""
    return f"{kind}-{uuid.uuid4().hex[:12]}"


def nested(settings):
    """{"a.b": 1} as {"a": {"b": 1}}."""
    tree = {}
    for key, value in settings.items():
        *sections, name = key.split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value
    return tree


def write_settings(path, settings):
    """A settings file; JSON is YAML too."""
    path.write_text(json.dumps(nested(settings), indent=2, ensure_ascii=False) + "\n")
    return path


def build_folder(folder):
    """A folder that has the programs, for run.sh to put its sockets, logs and data in."""
    folder.mkdir(parents=True)
    for program in (API, CGI, PUSHD):
        (folder / program.name).symlink_to(program)
    return folder


def run_command(conf, build, **environment):
    """conf/run.sh for this settings file: the command and its environment."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FASTIM_", "MAKE", "MFLAGS"))}
    return (["bash", ROOT / "conf" / "run.sh"],
            {**kept, "CONF": str(conf), "BUILD": str(build), **environment})


class Host:
    """Starts at once; every call of restart() keeps ports, settings and Redis."""

    def __init__(self, folder, redis_server, settings=None, web="lighttpd", **environment):
        self.folder = folder
        self.web = web
        self.environment = environment
        self.redis_server = redis_server
        self.port = free_port()
        self.push_port = free_port()
        self.settings = {
            "server.port": self.port, "push.listen": f"127.0.0.1:{self.push_port}",
            **redis_server.settings, "push.health": "",
            "http.processes": 2, "http.requestsPerSecond": 0,  # the tests are many, and all of one address
            "log.level": "debug", **(settings or {})}
        folder.mkdir(parents=True)
        self.build = build_folder(folder / "build")
        self.conf = write_settings(folder / "fastim.yml", self.settings)
        self.host = f"127.0.0.1:{self.port}"
        self.http = f"http://{self.host}"
        self.ws = f"ws://{self.host}"
        self.push = f"127.0.0.1:{self.push_port}"
        self.api = Api(self.http)
        self.process = None
        self.start()

    @property
    def redis(self):
        return self.redis_server.client

    # ---- life ----

    def start(self):
        command, environment = run_command(self.conf, self.build, WEB=self.web, **self.environment)
        self.process = Process(command, self.folder / "run.log", env=environment)
        try:
            self.process.wait_line(r"^fastim ready: " + self.http + "/test/websocket( |$)")
            for connection in ("subscription", "commands"):
                eventually(lambda: self.process.output.count(f"redis-up connection={connection}")
                           >= self.redis_server.masters, timeout=20, what=f"{connection} to each master")
        except BaseException:  # Ctrl-C as well
            self.process.stop()
            raise

    def stop(self):
        self.process.stop()

    def restart(self):
        self.stop()
        self.start()

    # ---- clients ----

    def chat_url(self, group, user, token="xxx", at=None):
        return f"ws://{at or self.host}/group/chat/{encode(group)}/{encode(user)}/{encode(token)}"

    def list_url(self, user, token="xxx", at=None):
        return f"ws://{at or self.host}/group/list/{encode(user)}/{encode(token)}"

    async def chat(self, group, user, token="xxx", **options):
        """A chat client that has had its first frame."""
        return await Chat.join(self.chat_url(group, user, token), **options)

    async def open_chat(self, group, user, token="xxx", **options):
        """A chat client that has read nothing yet."""
        return await Client.open(self.chat_url(group, user, token), **options)

    async def group_list(self, user, token="xxx", **options):
        return await Client.open(self.list_url(user, token), **options)

    async def handshake(self, path, at=None, **options):
        """The HTTP status that a handshake with this raw path gets."""
        return await handshake_status(f"ws://{at or self.host}{path}", **options)

    # ---- the log ----

    def closed(self, group, user):
        """The line that says that this client is closed; "" until it comes. (A host that tests share has closed
        others.)"""
        lines = [line for line in self.process.output.split("\n")
                 if f'group="{group}" user="{user}"' in line and "closed session=" in line]
        return lines[0] if lines else ""

    # ---- Redis, as another program sees it ----

    def entries(self, group):
        """The group's list as it stands, as texts."""
        return [entry.decode() for entry in self.redis.lrange(f"gml:{group}", 0, -1)]

    def now_ms(self):
        """Redis' clock."""
        seconds, micros = self.redis.time()
        return seconds * 1000 + micros // 1000

    def subscribers(self, group):
        return self.redis_server.subscribers(f"mq:{group}")

    def wait_subscribers(self, group, count):
        eventually(lambda: self.subscribers(group) == count, what=f"{count} subscriptions")

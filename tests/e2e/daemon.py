"""daemon.py - fastim-pushd by itself, as a service manager runs it: no web server before it."""
import urllib.error
import urllib.request

from client import Chat, encode
from host import PUSHD, write_settings
from ports import free_port
from processes import Process, eventually


class Daemon:
    """Starts at once; its settings file can be changed by write()."""

    def __init__(self, folder, redis_server, settings=None):
        self.folder = folder
        self.redis_server = redis_server
        self.port, self.health_port = free_port(), free_port()
        self.settings = {
            "push.listen": f"127.0.0.1:{self.port}", "push.health": f"127.0.0.1:{self.health_port}",
            **redis_server.settings, **(settings or {})}
        self.conf = write_settings(folder / "fastim.yml", self.settings)
        self.process = Process([PUSHD, "-c", self.conf], folder / "daemon.log")
        eventually(self.is_up, timeout=30, what="both connections of each worker to Redis")

    def write(self, **settings):
        """Other settings, of which the daemon knows nothing yet: push_pingIntervalS=1."""
        changed = {key.replace("_", "."): value for key, value in settings.items()}
        write_settings(self.conf, {**self.settings, **changed})

    def is_up(self):
        ups = self.settings.get("push.workers", 1) * self.redis_server.masters
        return all(self.process.output.count(f"redis-up connection={connection}") >= ups
                   for connection in ("subscription", "commands"))

    def stop(self):
        self.process.stop()

    def url(self, group, user):
        return f"ws://127.0.0.1:{self.port}/group/chat/{encode(group)}/{encode(user)}/xxx"

    async def chat(self, group, user, **options):
        return await Chat.join(self.url(group, user), **options)

    def health(self, path):
        """Status and text of an answer at push.health."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def metrics(self):
        """{name with labels: value}"""
        status, text = self.health("/metrics")
        assert status == 200
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in text.splitlines() if not line.startswith("#")}

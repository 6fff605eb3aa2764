"""redis_server.py - a Redis of the tests' own, which can be killed, frozen and started again."""
import signal

import redis

from ports import free_port
from processes import Process


class RedisServer:
    def __init__(self, folder, appendonly=False, password="", options=(), env=None, port=None):
        self.folder = folder
        self.port = port or free_port()
        self.options = list(options)
        self.env = env
        self.password = password
        self.appendonly = appendonly
        self.process = None
        self.folder.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self):
        """Returns once it takes connections; with appendonly it has its data back by then."""
        command = ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "",
                   "--dir", self.folder, "--appendonly", "yes" if self.appendonly else "no",
                   "--appendfsync", "always",  # or a crash may take what it has answered for already
                   "--client-output-buffer-limit", "pubsub 256mb 64mb 60", *self.options]
        if self.password:
            command += ["--requirepass", self.password]
        self.process = Process(command, self.folder / "redis.log", env=self.env)
        try:
            self.process.wait_line("(?i)ready to accept connections")
        except BaseException:  # Ctrl-C as well
            self.process.kill()
            raise
        self.client = self.connect()

    def connect(self, database=0):
        """A client of its own; replies are bytes."""
        return redis.Redis(port=self.port, db=database, password=self.password or None)

    def freeze(self):
        """It keeps its connections and answers nobody."""
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def kill(self):
        """As a crash does it."""
        self.process.kill()

    def stop(self):
        self.process.signal(signal.SIGCONT)
        self.process.stop()


def is_mark(heard):
    """Has a subscriber of all channels heard a daemon's mark? See lib/scripts/snapshot.lua."""
    return heard is not None and heard["type"] == "pmessage" and heard["data"].isdigit() and int(heard["data"]) > 0

"""sentinel.py - a Redis Sentinel of the tests' own."""
import redis

from ports import free_port
from processes import Process

NAME = "fastim"
CONFIGURATION = """port {port}
bind 127.0.0.1
dir {folder}
sentinel monitor {name} 127.0.0.1 {master} {quorum}
sentinel down-after-milliseconds {name} 1000
sentinel failover-timeout {name} 3000
sentinel config-epoch {name} {epoch}
"""


class Sentinel:
    def __init__(self, folder, master_port, quorum=1, epoch=0):
        folder.mkdir()
        self.port = free_port()
        self._folder = folder
        self._conf = folder / "sentinel.conf"  # it writes into it what it learns
        self._conf.write_text(CONFIGURATION.format(port=self.port, folder=folder, name=NAME, master=master_port,
                                                   quorum=quorum, epoch=epoch))
        self.client = redis.Redis(port=self.port)
        self.start()

    def start(self):
        self.process = Process(["redis-server", self._conf, "--sentinel"], self._folder / "sentinel.log")
        self.process.wait_line(r"\+monitor master")

    def master_port(self):
        _, port = self.client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
        return int(port)

    def kill(self):
        self.process.kill()

    def stop(self):
        self.process.stop()

"""sentinels - a scene with a master, a replica and three Sentinels that know which is which."""
import asyncio

from scene import Scene, in_thread
from sentinel import NAME, Sentinel

import redis

COUNT, QUORUM = 3, 2


class SentinelScene(Scene):
    def start(self):
        self.redis = self.new_redis("redis1")
        self.other = self.new_redis("redis2", "--replicaof", "127.0.0.1", str(self.redis.port))
        self.sentinels = []
        for number in range(COUNT):
            self.sentinels.append(Sentinel(self.folder / f"sentinel{number}", self.redis.port, QUORUM))
        places = " ".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        settings = {"redis.sentinels": places, "redis.master": NAME}
        self.start_hosts(settings, {**settings, "push.workers": 2})

    def stop(self):
        super().stop()
        for sentinel in getattr(self, "sentinels", []):
            sentinel.stop()
        if hasattr(self, "other"):
            self.other.stop()

    def server_at(self, port):
        return self.redis if self.redis.port == port else self.other

    def master_port(self):
        """As the last Sentinel has it."""
        return self.sentinels[-1].master_port()

    def master(self):
        return self.server_at(self.master_port())

    async def until_settled(self):
        """One of both is the master, the other its replica with all of its data, and the Sentinels know it."""
        while not await in_thread(self._is_settled):
            await asyncio.sleep(0.1)

    def _is_settled(self):
        port = self.master_port()
        replica = self.redis if port == self.other.port else self.other
        try:
            role, _, of_port, state, _ = replica.client.execute_command("ROLE")
        except (redis.RedisError, ValueError):
            return False
        return (role, of_port, state) == (b"slave", port, b"connected") and all(
            self._is_known_by(sentinel, port) for sentinel in self.sentinels)

    @staticmethod
    def _is_known_by(sentinel, port):
        master = sentinel.client.sentinel_master(NAME)
        replicas = sentinel.client.sentinel_slaves(NAME)
        return (master["port"] == port and master["num-other-sentinels"] == COUNT - 1
                and not master["is_sdown"] and "failover" not in master["flags"]
                and [r["flags"] for r in replicas] == ["slave"]
                and replicas[0]["master-link-status"] == "ok")

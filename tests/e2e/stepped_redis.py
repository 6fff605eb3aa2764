"""stepped_redis.py - a Redis whose wall clock can be stepped: see step_clock.c."""
import os
import pathlib
import struct
import subprocess

from redis_server import RedisServer

SOURCE = pathlib.Path(__file__).resolve().parent / "step_clock.c"


class SteppedRedis(RedisServer):
    """Its clock shows this host's time, until step() says otherwise."""

    def __init__(self, folder, **more):
        folder.mkdir(parents=True)
        self._clock = folder / "clock"
        library = folder / "step_clock.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
        self.step(0)
        preloaded = {"LD_PRELOAD": str(library), "STEP_CLOCK": str(self._clock)}
        super().__init__(folder, env={**os.environ, **preloaded}, **more)

    def step(self, ahead_ms):
        """From now on it is so far ahead of the host's clock."""
        with open(self._clock, "r+b" if self._clock.exists() else "w+b") as file:
            file.write(struct.pack("=q", ahead_ms))

    def now_ms(self):
        seconds, micros = self.client.time()
        return seconds * 1000 + micros // 1000

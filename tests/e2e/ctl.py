"""ctl.py - fastimctl, in a pipe and in a terminal."""
import fcntl
import os
import pty
import struct
import subprocess
import termios
import typing

from host import CTL, write_settings

DONE, REFUSED, USAGE, AWAY = 0, 1, 2, 3


class Said(typing.NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows(self):
        """The cells of tab-separated lines."""
        return [line.split("\t") for line in self.out.splitlines()]


class Ctl:
    """fastimctl with the settings file of a host."""

    def __init__(self, conf):
        self.conf = conf

    @property
    def environment(self):
        kept = {k: v for k, v in os.environ.items() if k not in ("SUDO_USER",)}
        return {**kept, "FASTIM_CONFIG": str(self.conf), "TZ": "UTC", "LC_ALL": "C.UTF-8"}

    def start(self, *words, **options):
        return subprocess.Popen([CTL, *map(str, words)], env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def try_(self, *words, input="", timeout=30):
        """Whatever comes of it."""
        done = subprocess.run([CTL, *map(str, words)], env=self.environment, input=input.encode(),
                              capture_output=True, timeout=timeout)
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def __call__(self, *words, **more):
        """It has to be done; the rows."""
        said = self.try_(*words, **more)
        assert said.code == DONE and said.err == "", said
        return said.rows

    def refused(self, *words, **more):
        """It has to be refused; why."""
        said = self.try_(*words, **more)
        assert said.code == REFUSED and said.out == "" and said.err.startswith("fastimctl: "), said
        return said.err


def conf_for(folder, server, **settings):
    """The settings file of a host that runs nothing but Redis."""
    changed = {key.replace("__", "."): value for key, value in settings.items()}
    return write_settings(folder / "ctl.yml", {"redis.port": server.port, "redis.password": server.password,
                                               **changed})


def in_terminal(command, env, stdin=None, columns=120):
    """Runs it with stdout and stderr in one terminal. Its exit code, and what the terminal got."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(list(map(str, command)), env=env, stdin=stdin or subprocess.DEVNULL, stdout=slave,
                               stderr=slave, start_new_session=True)
    os.close(slave)
    got = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the last one has closed the terminal
            break
        if not piece:
            break
        got += piece
    os.close(master)
    return process.wait(30), got.decode().replace("\r\n", "\n")

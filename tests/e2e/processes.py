"""processes.py - a program under test: started, waited for by what it prints, ended for certain."""
import os
import re
import signal
import subprocess
import threading
import time


class Process:
    """Runs in a process group of its own; all that it prints goes to a log file.

    A thread reads the pipe, so that waiting for a line is waiting for an event.
    """

    def __init__(self, command, log, env=None, cwd=None):
        self.command = [str(word) for word in command]
        self.log = log
        self._lines = []
        self._came = threading.Condition()
        self._ended = False
        self.popen = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=env, cwd=cwd, start_new_session=True)
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def pid(self):
        return self.popen.pid

    def _read(self):
        with open(self.log, "ab") as file:
            for line in self.popen.stdout:
                file.write(line)
                file.flush()
                with self._came:
                    self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                    self._came.notify_all()
        with self._came:
            self._ended = True
            self._came.notify_all()

    @property
    def output(self):
        with self._came:
            return "\n".join(self._lines)

    def wait_line(self, pattern, timeout=20):
        """The first line (from the start) that the pattern is found in."""
        end = time.monotonic() + timeout
        at = 0
        with self._came:
            while True:
                while at < len(self._lines):
                    if re.search(pattern, self._lines[at]):
                        return self._lines[at]
                    at += 1
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    why = "ended" if self._ended else f"{timeout} s passed"
                    raise AssertionError(
                        f"{why} without {pattern!r} from {self.command}:\n"
                        + "\n".join(self._lines[-30:]))
                self._came.wait(left)

    def signal(self, number):
        """To the process alone."""
        if self.popen.poll() is None:
            os.kill(self.pid, number)

    def signal_group(self, number):
        """To its process group, as a terminal does at Ctrl-C."""
        os.killpg(self.pid, number)

    def wait(self, timeout=10):
        """Its exit status."""
        return self.popen.wait(timeout)

    def wait_output(self, timeout=5):
        """All that it and its children have printed, once the last of them has closed the pipe."""
        with self._came:
            assert self._came.wait_for(lambda: self._ended, timeout), "the pipe is still open"
        return self.output

    def stop(self, timeout=6):
        """SIGTERM, and SIGKILL where that is not enough."""
        self.signal(signal.SIGTERM)
        try:
            self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """At once; the process group with it."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait(10)


def processes_with(*needles):
    """{pid: command line} of living processes that have one of these texts in command or environment."""
    wanted = [needle.encode() for needle in needles]
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read()
            with open(f"/proc/{pid}/environ", "rb") as file:
                everything = command + b"\0" + file.read()
        except OSError:
            continue
        if int(pid) != os.getpid() and any(needle in everything for needle in wanted):
            found[int(pid)] = command.replace(b"\0", b" ").decode("utf-8", "replace").strip()
    return found


def eventually(condition, timeout=5, what="it"):
    """Asks again and again until the condition holds; returns what it gave."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what} did not come true within {timeout} s"
        time.sleep(0.01)

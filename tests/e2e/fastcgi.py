"""fastcgi.py - a web server's side of FastCGI (version 1), record by record, to break off where one likes."""
import os
import signal
import socket
import struct
import subprocess

BEGIN_REQUEST, PARAMS, STDIN, STDOUT = 1, 4, 5, 6


def record(kind, content=b"", request=1):
    return struct.pack(">BBHHBB", 1, kind, request, len(content), 0, 0) + content


def pair(name, value):
    name, value = name.encode(), value.encode()
    assert len(name) < 128 and len(value) < 128
    return bytes([len(name), len(value)]) + name + value


class FastCgi:
    """The program, listening on a socket that it was handed as descriptor 0."""

    def __init__(self, program, folder, conf):
        self.path = str(folder / "api.sock")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self.path)
            listening.listen()
            self.process = subprocess.Popen([program, "-c", conf], stdin=listening.fileno(),
                                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(self.path)
        return connection

    @staticmethod
    def head(**params):
        params = b"".join(pair(name, value) for name, value in params.items())
        return (record(BEGIN_REQUEST, struct.pack(">HB5x", 1, 0)) + record(PARAMS, params)
                + record(PARAMS))

    def ask(self, body=b"", **params):
        """A whole request and the bytes of its answer."""
        answer = b""
        with self.connect() as connection:
            connection.sendall(self.head(**params) + (record(STDIN, body) if body else b"") + record(STDIN))
            received = b"".join(iter(lambda: connection.recv(65536), b""))
        while received:
            _, kind, _, length, padding, _ = struct.unpack(">BBHHBB", received[:8])
            answer += received[8:8 + length] if kind == STDOUT else b""
            received = received[8 + length + padding:]
        return answer

    def stop(self):
        """SIGTERM; what it logged. It must end by itself."""
        self.process.send_signal(signal.SIGTERM)
        try:
            _, log = self.process.communicate(timeout=5)
        finally:
            self.process.kill()
        assert self.process.returncode == 0
        os.unlink(self.path)
        return log.decode()

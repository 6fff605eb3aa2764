"""plaincgi.py - a program run as a plain CGI, the way a web server does it."""
import os
import subprocess

FORM = "application/x-www-form-urlencoded"


def environment(site, path, method="POST", **variables):
    """The variables of a request; the settings are those of the site."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FASTIM_", "HTTP_", "CONTENT_"))}
    return {**kept, "FASTIM_CONFIG": str(site.conf), "REQUEST_METHOD": method, "PATH_INFO": path, **variables}


class Printed:
    """What a CGI has printed: status, headers, body; and what it has logged."""

    def __init__(self, done):
        head, body = done.stdout.split(b"\r\n\r\n", 1)
        self.headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.status = int(self.headers.get("Status", "200")[:3])
        self.body = body.decode()
        self.log = done.stderr.decode()


def start(program, site, path, **variables):
    """The program, with an input that stays open."""
    return subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment(site, path, **variables))


def run(program, site, path, body=b"", words=(), **variables):
    """The ended program, whatever has come of it."""
    return subprocess.run([program, *words], input=body, capture_output=True, timeout=10,
                          env=environment(site, path, **variables))


def ask(program, site, path, body=b"", **variables):
    """What it has printed; it must end well."""
    done = run(program, site, path, body, **variables)
    assert done.returncode == 0, done.stderr
    return Printed(done)

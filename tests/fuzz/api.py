"""api.py - schemathesis makes up requests from conf/api/openapi.yaml, for a host that runs, and judges the answers.

schemathesis comes from PyPI, into a virtual environment below the build folder. If PyPI cannot be reached, this says
so and is no failure: test_openapi.py needs no network. 20 examples of each operation take 20 s, with the download.

    BUILD=build EXAMPLES=50 SEED=7 /usr/bin/python3 tests/fuzz/api.py
"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from host import BUILD, ROOT, Host  # noqa: E402
from operators import ANN, SETTINGS  # noqa: E402
from redis_server import RedisServer  # noqa: E402
from tokens import Secret, token  # noqa: E402

VERSION = "schemathesis>=4,<5"
VENV = BUILD / "schemathesis"
PATIENCE = 300  # seconds for the download
EXAMPLES = os.environ.get("EXAMPLES") or "30"  # of each operation
SEED = os.environ.get("SEED") or str(random.randrange(1 << 32))
# Not unsupported_method: lighttpd answers 400 to a GET that has a body.
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance")
# A stream has no end; push.health is at another address; of an id in the path a web server has its own opinion (%2F).
EXCLUDED = "^/(group/events/|chat/|healthz|readyz|metrics)"


def install():
    """Returns false if it cannot be had."""
    if (VENV / "bin/schemathesis").exists():
        return True
    for command in ([sys.executable, "-m", "venv", VENV],
                    [VENV / "bin/python3", "-m", "pip", "install", "--quiet", "--retries", "1", VERSION]):
        try:
            subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, timeout=PATIENCE)
        except subprocess.CalledProcessError as fault:
            why = fault.stdout.decode().splitlines()[-1:]
        except subprocess.TimeoutExpired:
            why = [f"it takes more than {PATIENCE} s"]
        else:
            continue
        print("fuzz-api: not run, as schemathesis cannot be installed:", *why)
        return False
    return True


def fuzz(host):
    print(f"fuzz-api: SEED={SEED} EXAMPLES={EXAMPLES}", flush=True)
    headers = {"userId": "me", "token": token(Secret(), "me", role="mod"), "adminToken": ANN}
    return subprocess.run([
        VENV / "bin/schemathesis", "run", ROOT / "conf/api/openapi.yaml", "--url", host.http, "--checks", CHECKS,
        "--exclude-path-regex", EXCLUDED, "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", SEED,
        "--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "30", "--no-color",
        *(part for name, value in headers.items() for part in ("--header", f"{name}: {value}"))],
        cwd=host.folder).returncode


def main():
    if not install():
        return 0
    with tempfile.TemporaryDirectory(prefix="fastim-fuzz-") as name:
        folder = pathlib.Path(name)
        server = RedisServer(folder / "redis")
        try:
            host = Host(folder / "host", server, {**SETTINGS, "login.maxFailures": 0, "log.level": "info"})
            try:
                return fuzz(host)
            finally:
                host.stop()
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())

"""test_cgi.py - fastim-cgi and fastim-api as plain CGIs, by hand: what a web server may do to them."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading

import pytest

from plaincgi import FORM, ask, run, start
from fastcgi import STDIN, FastCgi, record
from host import API, CGI, fresh

pytestmark = pytest.mark.everywhere

MIB = 1024 * 1024
LOGIN = {"QUERY_STRING": "userId=u&password=p"}


@pytest.fixture
def api(site, tmp_path):
    """A running fastim-api at a socket of its own."""
    started = FastCgi(API, tmp_path, site.conf)
    yield started
    if started.process.poll() is None:
        started.process.kill()
    started.process.communicate()


@pytest.fixture(params=["fastim-api", "fastim-cgi", "fastim-cgi alone"])
def cgi(request, site, tmp_path):
    """(program, variables): each way by which a web server may have its request answered as CGI."""
    if request.param == "fastim-api":
        yield API, {}
    elif request.param == "fastim-cgi alone":
        yield CGI, {"FASTIM_API_SOCKET": str(tmp_path / "nobody.sock")}
    else:
        started = request.getfixturevalue("api")
        yield CGI, {"FASTIM_API_SOCKET": started.path}


class Scripted:
    """Takes one connection at a unix socket, reads a request to its end, and answers what it is told to."""

    def __init__(self, path, answer):
        self.path = str(path)
        self.request = b""
        self._answer = answer
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(self.path)
        self._listening.listen()
        self._listening.settimeout(10)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        connection, _ = self._listening.accept()
        with connection:
            while not self.request.endswith(record(STDIN)):
                self.request += connection.recv(65536)
            for piece in self._answer:
                connection.sendall(piece)

    def join(self):
        self._thread.join()
        self._listening.close()


# ---- each way ----

def test_plain_cgi_by_hand(site, cgi):
    """or run as plain CGI by any web server or by hand (`REQUEST_METHOD=POST PATH_INFO=/user/login …
    build/fastim-api`)"""
    program, variables = cgi
    user, group = fresh("用户"), fresh()
    printed = ask(program, site, "/user/login", QUERY_STRING=f"userId={user}&password=p", **variables)
    assert printed.headers["Content-Type"] == "application/json;charset=utf-8"
    assert printed.status == 200
    token = json.loads(printed.body)["msg"]
    assert site.redis.get(f"login:{user}") == token.encode()
    form = f"groupId={group}".encode()
    printed = ask(program, site, "/user/joinGroup", form, CONTENT_LENGTH=str(len(form)), HTTP_USERID=user,
                  HTTP_TOKEN=token, CONTENT_TYPE=FORM, **variables)
    assert printed.body == '{"code":200,"msg":"操作成功","data":null}'
    assert ask(program, site, "/nowhere", **variables).status == 404


@pytest.mark.parametrize("length", [None, "", "0", "5", "999999999999", "-1", "x"])
def test_body_is_read_to_its_end_whatever_content_length_says(site, cgi, length):
    """Body limit 1 MiB (413), read to its end, never trusting CONTENT_LENGTH"""
    program, variables = cgi
    stated = {} if length is None else {"CONTENT_LENGTH": length}
    printed = ask(program, site, "/user/login", b"userId=u&password=" + b"x" * MIB, CONTENT_TYPE=FORM,
                  **stated, **variables)
    assert (json.loads(printed.body)["code"], printed.status) == (413, 413)


@pytest.mark.parametrize("size", [0, 1, 65528, 65529, MIB - 100])
def test_a_body_of_any_size_arrives_whole(site, cgi, size):
    """read to its end"""
    program, variables = cgi
    form = b"password=" + b"x" * size + b"&userId=" + fresh("u").encode()
    printed = ask(program, site, "/user/login", form, CONTENT_LENGTH=str(len(form)), CONTENT_TYPE=FORM, **variables)
    assert json.loads(printed.body)["code"] == 200


def test_a_body_that_breaks_off_is_dropped(site, cgi):
    """Body … read to its end (half of a parameter is another parameter)"""
    program, variables = cgi
    user = site.api.login(fresh("u"))
    done = run(program, site, "/user/joinGroup", b"groupId=half", CONTENT_LENGTH="100", CONTENT_TYPE=FORM,
               HTTP_USERID=user.user, HTTP_TOKEN=user.token, **variables)
    assert done.stdout == b""
    assert b'request-cut-off path="/user/joinGroup"' in done.stderr
    assert not site.redis.exists(f"ugs:{user.user}")


def test_it_waits_for_no_body_that_nobody_announced(site, cgi):
    """or by hand (`REQUEST_METHOD=POST PATH_INFO=/user/login … build/fastim-api`)"""
    program, variables = cgi
    started = start(program, site, "/user/login", **LOGIN, **variables)
    try:
        assert started.wait(5) == 0
        assert b'"code":200' in started.stdout.read()
    finally:
        started.kill()
        started.communicate()


def test_sigterm_ends_it_while_it_waits_for_its_body(site, cgi):
    """or run as plain CGI"""
    program, variables = cgi
    started = start(program, site, "/user/login", CONTENT_TYPE=FORM, **variables)
    try:
        started.stdin.write(b"userId=u")
        started.stdin.flush()
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(0.3)  # it has begun to read, and goes on
        started.terminate()
        assert started.wait(5) == -signal.SIGTERM
    finally:
        started.kill()
        started.communicate()


@pytest.mark.parametrize("words", [["-T"], ["-V"], ["-c", "/etc/passwd"], ["-s", "unix:/nowhere/x"]])
def test_a_query_is_no_command_line(site, cgi, words):
    """RFC 3875, 4.4: a web server may make the program's command line of a query without `=`"""
    program, variables = cgi
    done = run(program, site, "/test/websocket", words=words, method="GET", GATEWAY_INTERFACE="CGI/1.1",
               QUERY_STRING="+".join(words), **variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"Status: 200 ") and b"<html" in done.stdout


# ---- a fastim-api that runs, or does not ----

def test_a_running_api_answers_and_nothing_is_logged(site, api):
    printed = ask(CGI, site, "/user/login", FASTIM_API_SOCKET=api.path, **LOGIN)
    assert printed.status == 200 and printed.log == ""
    assert "request" in api.stop()


def test_variables_of_any_length_reach_it(site, api):
    """64 KiB is the most that a FastCGI record holds; the kernel takes 128 KiB a variable"""
    long = "&".join(f"x{n}=y" for n in range(14000))
    printed = ask(CGI, site, "/user/login", FASTIM_API_SOCKET=api.path, QUERY_STRING=long + "&userId=u&password=p")
    assert json.loads(printed.body)["code"] in (200, 400)
    direct = ask(API, site, "/user/login", QUERY_STRING=long + "&userId=u&password=p")
    assert json.loads(printed.body)["code"] == json.loads(direct.body)["code"]


@pytest.mark.parametrize("path", ["", None])
def test_without_a_socket_it_is_a_fastim_api(site, path):
    """where none is wanted, none is missed"""
    variables = {} if path is None else {"FASTIM_API_SOCKET": path}
    printed = ask(CGI, site, "/user/login", **LOGIN, **variables)
    assert printed.status == 200 and "api-not-running" not in printed.log


@pytest.mark.parametrize("kind", ["missing", "dead", "forbidden", "too long"])
def test_where_none_runs_that_is_logged_and_the_request_answered(site, tmp_path, kind):
    """survives what breaks the others"""
    path = tmp_path / ("x" * 200 if kind == "too long" else "api.sock")
    if kind in ("dead", "forbidden"):
        with socket.socket(socket.AF_UNIX) as gone:
            gone.bind(str(path))
        path.chmod(0o000 if kind == "forbidden" else 0o600)
    form = b"userId=u&password=p"
    printed = ask(CGI, site, "/user/login", form, CONTENT_LENGTH=str(len(form)), CONTENT_TYPE=FORM,
                  FASTIM_API_SOCKET=str(path))
    assert json.loads(printed.body)["code"] == 200
    assert f'warn api-not-running socket="{path}"' in printed.log


def test_where_there_is_no_fastim_api_at_all_that_is_said(site, tmp_path):
    """a clear message and exit 1"""
    alone = shutil.copy(CGI, tmp_path)
    done = run(alone, site, "/user/login", **LOGIN)
    assert done.returncode == 1 and done.stdout == b""
    assert b'error exec program=fastim-api reason="No such file or directory"' in done.stderr


END = record(3, bytes(8))
HELLO = b"Status: 200 OK\r\n\r\nhello"


@pytest.mark.parametrize("answer", [
    [record(6, HELLO) + END],
    [bytes([byte]) for byte in record(6, HELLO) + record(6) + END],
    [record(6, HELLO[:5]) + record(6, HELLO[5:]), record(7, b"an error\n"), END],
], ids=["at once", "byte by byte", "in several records"])
def test_an_answer_is_handed_back_as_it_is(site, tmp_path, answer):
    server = Scripted(tmp_path / "api.sock", answer)
    done = run(CGI, site, "/x", b"body", CONTENT_TYPE=FORM, FASTIM_API_SOCKET=server.path, HTTP_X="1")
    server.join()
    assert (done.returncode, done.stdout) == (0, HELLO)
    assert done.stderr == (b"an error\n" if len(answer) == 3 else b"")
    assert b"\x06\x01HTTP_X1" in server.request
    assert server.request.endswith(record(STDIN, b"body") + record(STDIN))


@pytest.mark.parametrize("answer", [
    [], [record(6, HELLO)], [record(6, HELLO) + END[:-1]], [b"HTTP/1.1 200 OK\r\n\r\n"],
    [record(3, struct.pack(">IB3x", 0, 2))],
], ids=["none", "no end", "half an end", "HTTP", "overloaded"])
def test_an_answer_that_breaks_off_is_a_failure(site, tmp_path, answer):
    """Nothing is lost silently: the web server is to see that something went wrong"""
    server = Scripted(tmp_path / "api.sock", answer)
    done = run(CGI, site, "/x", FASTIM_API_SOCKET=server.path)
    server.join()
    assert done.returncode == 1 and done.stdout == b""
    assert b"error answer-cut-off" in done.stderr


def test_an_api_that_is_killed_is_no_answer(site, api):
    """a request that may have been carried out is not repeated by another process"""
    os.kill(api.process.pid, signal.SIGSTOP)
    started = start(CGI, site, "/user/login", FASTIM_API_SOCKET=api.path, **LOGIN)
    with pytest.raises(subprocess.TimeoutExpired):
        started.wait(0.3)  # it has sent its request by then, and waits
    api.process.kill()
    out, log = started.communicate(timeout=5)
    assert started.returncode == 1 and out == b""
    assert b"error answer-cut-off" in log

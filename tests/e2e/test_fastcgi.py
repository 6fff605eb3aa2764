"""test_fastcgi.py - fastim-api as a web server sees it that breaks off, stops it, or leaves its input open."""
import signal

import pytest

from fastcgi import STDIN, FastCgi, record
from host import API, fresh
from plaincgi import FORM

@pytest.fixture
def fastcgi(site, tmp_path):
    started = FastCgi(API, tmp_path, site.conf)
    yield started
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait()


@pytest.mark.everywhere
def test_a_request_whose_body_breaks_off_is_dropped_and_the_next_one_served(site, fastcgi):
    """Body … read to its end (half of a parameter is another parameter)"""
    user = site.api.login(fresh("u"))
    head = {"REQUEST_METHOD": "POST", "PATH_INFO": "/user/joinGroup", "CONTENT_TYPE": FORM,
            "HTTP_USERID": user.user, "HTTP_TOKEN": user.token}
    with fastcgi.connect() as connection:
        connection.sendall(fastcgi.head(**head) + record(STDIN, b"groupId=half"))
    answer = fastcgi.ask(b"groupId=whole", **head)
    assert answer.endswith('{"code":200,"msg":"操作成功","data":null}'.encode())
    assert site.redis.smembers(f"ugs:{user.user}") == {b"whole"}
    assert "request-cut-off" in fastcgi.stop()


def test_sigterm_lets_the_request_under_way_finish(site, fastcgi):
    """SIGTERM (requests under way finish)"""
    piece = record(STDIN, b"x" * 65535)
    with fastcgi.connect() as connection:
        connection.sendall(fastcgi.head(REQUEST_METHOD="POST", PATH_INFO="/user/login", CONTENT_TYPE=FORM))
        connection.sendall(40 * piece)  # more than a socket holds: so it is being read by now
        fastcgi.process.send_signal(signal.SIGTERM)
        connection.sendall(piece + record(STDIN))
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"Status: 413" in received
    assert fastcgi.process.wait(5) == 0


def test_sigterm_ends_it_while_it_waits(fastcgi):
    assert b"Status: 200" in fastcgi.ask(REQUEST_METHOD="GET", PATH_INFO="/test/websocket")
    fastcgi.stop()

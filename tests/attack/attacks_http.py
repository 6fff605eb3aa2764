"""attacks_http - by the HTTP API: one address, as many requests at once as it says."""
import http.client
import itertools
import socket
import threading
import time
import urllib.parse

from registry import attack

ADDRESS = "127.0.0.66"
TEXT_BYTES = 16384


def entry(number, text, group="g"):
    return '{"groupId":"%s","userId":"u","info":"%s","ts":%d}' % (group, text, 1700000000000 + number)


def digits(stage):
    stage.fill(entry(i, "1" * TEXT_BYTES) for i in range(10000))


def escapes(stage):
    stage.fill(entry(i, "\\u0001" * TEXT_BYTES) for i in range(2000))


def small(stage):
    stage.fill(entry(i, "hello") for i in range(10000))


def repeat(target, until, threads, requests):
    """Each thread sends the next request as soon as it has its answer. requests: (path, fields), without end."""
    requests = iter(requests)
    lock = threading.Lock()

    def run():
        connection = None
        while time.monotonic() < until:
            with lock:
                path, fields = next(requests)
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60,
                                                            source_address=(ADDRESS, 0))
                connection.request("POST", path, urllib.parse.urlencode(fields), {
                    "userId": target.user, "token": target.token,
                    "Content-Type": "application/x-www-form-urlencoded"})
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                connection = None

    running = [threading.Thread(target=run, daemon=True) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(max(0, until - time.monotonic()) + 5)


def missing(target, path):
    """Asks about messages that are not there."""
    return ((path, {"groupId": target.group, "userId": "u", "ts": 1700000000500 - i % 7 + 10**9, "count": 10})
            for i in itertools.count())


def now_missing(target, path):
    """The same with a ts that may still be recalled."""
    return ((path, {"groupId": target.group, "ts": int(time.time() * 1000) - i % 7 - 5}) for i in itertools.count())


@attack("history-digits", "history before a message that is not there, 10,000 texts of 16 KiB", digits)
def history_digits(target, until):
    repeat(target, until, 1, missing(target, "/group/listOldMessage"))


@attack("history-escapes", "the same, texts of U+0001", escapes)
def history_escapes(target, until):
    repeat(target, until, 1, missing(target, "/group/listOldMessage"))


@attack("recall-missing", "recalls of messages that are not there, 10,000 texts of 16 KiB", digits)
def recall_missing(target, until):
    repeat(target, until, 1, now_missing(target, "/group/delMessage"))


@attack("history-all", "four clients ask for 10,000 messages of 16 KiB", digits)
def history_all(target, until):
    repeat(target, until, 4, itertools.repeat(
        ("/group/listMessage", {"groupId": target.group, "startPage": 0, "endPage": -1})))


@attack("history-small", "a hundred clients ask for 10,000 short messages", small)
def history_small(target, until):
    repeat(target, until, 100, itertools.repeat(
        ("/group/listMessage", {"groupId": target.group, "startPage": 0, "endPage": -1})))


@attack("logins", "a hundred clients log in, each time as another user")
def logins(target, until):
    repeat(target, until, 100, (("/user/login", {"userId": f"stranger{i}", "password": "x"}) for i in itertools.count()))


@attack("joins", "a hundred clients join new groups")
def joins(target, until):
    repeat(target, until, 100, (("/user/joinGroup", {"groupId": f"{target.group}-{i}"}) for i in itertools.count()))


@attack("bodies", "a hundred clients send bodies of 1 MiB")
def bodies(target, until):
    fields = {"groupId": "g", **{f"f{i}": "x" * 4000 for i in range(250)}}
    repeat(target, until, 100, itertools.repeat(("/user/joinGroup", fields)))


@attack("slow-bodies", "a thousand requests whose body does not come")
def slow_bodies(target, until):
    head = (f"POST /user/joinGroup HTTP/1.1\r\nHost: x\r\nuserId: {target.user}\r\ntoken: {target.token}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ng").encode()
    hold(target.port, until, 1000, head)


def hold(port, until, count, first=b"", drip=b""):
    """Opens so many connections, sends the first bytes, and then drip each second."""
    sockets = []
    while time.monotonic() < until:
        while len(sockets) < count and time.monotonic() < until:
            try:
                one = socket.create_connection(("127.0.0.1", port), 2, (ADDRESS, 0))
                one.sendall(first)
                one.setblocking(False)
            except OSError:
                break
            sockets.append(one)
        time.sleep(min(1, max(0, until - time.monotonic())))
        for one in list(sockets):
            try:
                one.send(drip)
                if not drip and one.recv(1 << 16) == b"":
                    raise ConnectionResetError
            except BlockingIOError:
                pass
            except OSError:
                one.close()
                sockets.remove(one)
    for one in sockets:
        one.close()



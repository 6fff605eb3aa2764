"""attacks_sockets - by WebSockets, and by connections that never become one."""
import base64
import os
import socket
import struct
import time

from attacks_http import ADDRESS, TEXT_BYTES, entry, hold
from registry import attack

HANDSHAKE = ("GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{more}\r\n")
TEXT, PING, PONG = 0x81, 0x89, 0x8A


def frame(opcode, payload):
    """Masked with zeros, as that costs the attacker least."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", opcode, 0x80 | length)
    elif length < 65536:
        head = struct.pack("!BBH", opcode, 0x80 | 126, length)
    else:
        head = struct.pack("!BBQ", opcode, 0x80 | 127, length)
    return head + b"\0\0\0\0" + payload


def open_socket(target, path, receive_buffer=None, more=""):
    """A WebSocket whose handshake is done, non-blocking; None: refused."""
    one = socket.socket()
    try:
        if receive_buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        one.settimeout(5)
        one.bind((ADDRESS, 0))
        one.connect(("127.0.0.1", target.port))
        key = base64.b64encode(os.urandom(16)).decode()
        one.sendall(HANDSHAKE.format(path=path, key=key, more=more).encode())
        if not one.recv(12).startswith(b"HTTP/1.1 101"):
            raise ConnectionRefusedError
        one.setblocking(False)
        return one
    except OSError:
        one.close()
        return None


def send_some(one, data):
    """False: the connection has ended."""
    try:
        one.send(data)
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True


def read_all(one):
    try:
        while True:
            if not one.recv(1 << 20):
                return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def crowd(target, until, count, path, act, receive_buffer=None, pause=0.0, more=""):
    """So many WebSockets, opened anew when one ends; act(socket) again and again, False ends one."""
    sockets = []
    while time.monotonic() < until:
        if len(sockets) < count:
            one = open_socket(target, path(len(sockets)), receive_buffer, more)
            if one is None:
                time.sleep(0.02)
            else:
                sockets.append(one)
        for one in list(sockets):
            if not act(one):
                one.close()
                sockets.remove(one)
        time.sleep(pause)
    for one in sockets:
        one.close()


def chat_path(target, group=None):
    return lambda i: f"/group/chat/{group or target.group}/stranger{i}/x"


def big_list(stage):
    stage.fill(entry(i, "x" * TEXT_BYTES) for i in range(200))


def nasty_groups(stage):
    """A user in 200 groups whose newest entries take long to judge."""
    text = "\\u0001" * TEXT_BYTES
    for number in range(200):
        stage.fill([entry(number, text)] * 3 + ["[" * 2000] * 20, f"nasty{number}")
        stage.redis.client.sadd("ugs:watcher", f"nasty{number}")


def many_groups(stage):
    pipeline = stage.redis.client.pipeline(transaction=False)
    for start in range(0, 300000, 1000):
        pipeline.sadd("ugs:watcher", *(f"empty{i}" for i in range(start, start + 1000)))
    pipeline.execute()


def garbage(stage):
    stage.fill(["{" + "x" * 5000] * 12000)


def recalls(stage):
    stage.fill(entry(i, "\\u0001" * 4000) for i in range(2000))


@attack("silent", "6,000 connections to the push daemon that say nothing")
def silent(target, until):
    hold(target.push_port, until, 6000)


@attack("slow-heads", "2,000 handshakes, a byte each second")
def slow_heads(target, until):
    hold(target.push_port, until, 2000, b"GET /group/chat/g/u/t HTTP/1.1\r\nHost: x\r\nX: ", b"x")


@attack("unread-first-frame", "100 clients of a group of long texts that do not read", big_list)
def unread_first_frame(target, until):
    crowd(target, until, 100, chat_path(target), lambda one: True, 4096, 0.01)


@attack("unread-and-pong", "the same, and each sends pongs", big_list)
def unread_and_pong(target, until):
    crowd(target, until, 100, chat_path(target), lambda one: send_some(one, frame(PONG, b"x")), 4096, 0.01)


@attack("unread-messages", "100 clients do not read while one of them sends texts of 16,000 bytes")
def unread_messages(target, until):
    data, sender = frame(TEXT, b"x" * 16000), []

    def act(one):
        if not sender or sender[0].fileno() < 0:
            sender[:] = [one]
        return one is not sender[0] or send_some(one, data) and read_all(one)

    crowd(target, until, 100, chat_path(target), act, 4096, 0.001)


@attack("long-messages", "one client sends texts of 16,000 bytes as fast as it can")
def long_messages(target, until):
    data = frame(TEXT, b"x" * 16000)
    crowd(target, until, 1, chat_path(target), lambda one: send_some(one, data) and read_all(one))


@attack("short-messages", "100 clients send short texts as fast as they can")
def short_messages(target, until):
    data = frame(TEXT, b"hello") * 20
    crowd(target, until, 100, chat_path(target), lambda one: send_some(one, data) and read_all(one))


@attack("burst-and-reconnect", "a client sends its burst, reconnects, and sends it again")
def burst_and_reconnect(target, until):
    data = frame(TEXT, b"x" * 1000) * 1000
    while time.monotonic() < until:
        one = open_socket(target, chat_path(target)(0))
        if one is None:
            time.sleep(0.05)
            continue
        end = min(until, time.monotonic() + 0.5)
        while time.monotonic() < end and send_some(one, data) and read_all(one):
            pass
        one.close()


@attack("pings", "100 clients send pings and read no pong")
def pings(target, until):
    data = frame(PING, b"x" * 100) * 100
    crowd(target, until, 100, chat_path(target), lambda one: send_some(one, data))


@attack("fragments", "100 clients send messages in pieces of a byte that never end")
def fragments(target, until):
    first, more = frame(0x01, b"x"), frame(0x00, b"x") * 200

    def act(one):
        return send_some(one, more) and read_all(one)

    begun = set()

    def begin(one):
        if one not in begun:
            begun.add(one)
            return send_some(one, first)
        return act(one)

    crowd(target, until, 100, chat_path(target), begin)


@attack("churn", "a client connects and leaves as fast as it can, each time to a new group")
def churn(target, until):
    number = 0
    while time.monotonic() < until:
        number += 1
        one = open_socket(target, f"/group/chat/churn{number}/u/x")
        if one is not None:
            one.close()


@attack("lists-nasty", "one group-list client in 200 groups whose newest entries are no messages", nasty_groups)
def lists_nasty(target, until):
    crowd(target, until, 1, lambda i: "/group/list/watcher/x", read_all, None, 0.05)


@attack("lists-many", "one group-list client in 300,000 empty groups", many_groups)
def lists_many(target, until):
    crowd(target, until, 1, lambda i: "/group/list/watcher/x", read_all, None, 0.05)


@attack("garbage-group", "100 clients join a group whose list is no messages", garbage)
def garbage_group(target, until):
    crowd(target, until, 100, chat_path(target), read_all, None, 0.005)


@attack("append-among-others", "a client writes to a group where another writer's entries are the newest", recalls)
def append_among_others(target, until):
    data = frame(TEXT, b"hello")
    crowd(target, until, 1, chat_path(target), lambda one: send_some(one, data) and read_all(one), None, 0.001)

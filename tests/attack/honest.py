"""honest - clients of another address, who want no more than to be served.

    honest.py PORT REDIS_PORT SECONDS      prints what they have seen, as JSON
"""
import asyncio
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request

import redis
import websockets

ADDRESS = "127.0.0.9"
MESSAGES_A_SECOND = 50
REQUESTS_A_SECOND = 20
LATE_S = 5  # a message, or an answer, that takes so long has failed


def watch(port, redis_port, seconds):
    """Returns (longest PING in ms, p99 of messages in ms, requests, failed ones)."""
    try:
        os.nice(-5)  # it measures; the attacker's own hunger for the CPU is not what is asked for
    except OSError:
        pass
    tokens = [login(port, user) for user in "ab"]
    end = time.monotonic() + seconds
    pings, answers = [], []
    threads = [threading.Thread(target=ping, args=(redis_port, end, pings)),
               threading.Thread(target=ask, args=(port, end, answers))]
    for thread in threads:
        thread.start()
    delays = asyncio.run(chat(port, end, tokens))
    for thread in threads:
        thread.join()
    delays.sort()
    return max(pings), delays[int(len(delays) * 0.99)], len(answers), answers.count(False)


def ping(port, end, pings):
    client = redis.Redis(port=port, socket_timeout=LATE_S)
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            client.ping()
        except redis.RedisError:
            pass  # it took so long
        pings.append(1000 * (time.monotonic() - began))
        time.sleep(0.005)


def call(port, path, data, headers):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers)
    with urllib.request.urlopen(request, timeout=LATE_S) as answer:
        return json.load(answer)


def login(port, user):
    """Its token. An attacker may be busy already."""
    for _ in range(20):
        try:
            return call(port, "/user/login", f"userId={user}&password=x".encode(), {})["msg"]
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    return "x"


def ask(port, end, answers):
    """Logs in, then lists its groups again and again; what is no 200 has failed."""
    headers = {}
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            if not headers:
                token = call(port, "/user/login", b"userId=honest&password=x", {})["msg"]
                headers = {"userId": "honest", "token": token}
            answers.append(call(port, "/user/listGroup", b"", headers)["code"] == 200)
        except (OSError, urllib.error.URLError, KeyError, ValueError):
            answers.append(False)
        time.sleep(max(0, 1 / REQUESTS_A_SECOND - (time.monotonic() - began)))


async def chat(port, end, tokens):
    """The delay in ms of each message between two clients of one group. One that does not come, or a
    connection that is closed, counts as LATE_S."""
    delays = []
    while time.monotonic() < end:
        try:
            await talk(port, end, tokens, delays)
        except (OSError, asyncio.TimeoutError, websockets.WebSocketException):
            delays.append(1000 * LATE_S)
            await asyncio.sleep(0.1)
    return delays


async def talk(port, end, tokens, delays):
    a, b = tokens
    group = f"honest-{os.getpid()}-{int(end * 1000)}"
    options = {"local_addr": (ADDRESS, 0), "ping_interval": None, "compression": None, "open_timeout": LATE_S,
               "close_timeout": 0.2}
    async with websockets.connect(f"ws://127.0.0.1:{port}/group/chat/{group}/a/{a}", **options) as sender, \
            websockets.connect(f"ws://127.0.0.1:{port}/group/chat/{group}/b/{b}", **options) as reader:
        await asyncio.wait_for(asyncio.gather(sender.recv(), reader.recv()), LATE_S)
        while time.monotonic() < end or not delays:
            began = time.monotonic()
            await sender.send(str(began))
            message = json.loads(await asyncio.wait_for(reader.recv(), LATE_S))
            if message["info"] != str(began):
                raise ConnectionError(f"{message} in place of {began}")
            delays.append(1000 * (time.monotonic() - began))
            await asyncio.sleep(max(0, 1 / MESSAGES_A_SECOND - (time.monotonic() - began)))


if __name__ == "__main__":
    print(json.dumps(watch(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))

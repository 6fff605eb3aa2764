"""attacks_v2 - by WebSockets that speak fastim.v2."""
import itertools
import json
import random
import time

from attacks_http import TEXT_BYTES, entry
from attacks_sockets import TEXT, chat_path, crowd, frame, open_socket, read_all, send_some
from registry import attack
from tokens import Pair, token

V2 = "Sec-WebSocket-Protocol: fastim.v2\r\n"
FIRST_TS = 1700000000000  # of entry(0)
EPOCH = "0000beef"
GROUPS = 50      # those with a log of events that is dear to read
MESSAGES = 1000  # of each
EVENTS = 490
MISSED = 500     # messages; with the events below resumeMax
TEXT_OF_MISSED = 2000


def told(**fields):
    return frame(TEXT, json.dumps(fields, separators=(",", ":")).encode())


def escapes(stage):
    """As a client could have sent them."""
    stage.fill(entry(i, "\\u0001" * TEXT_BYTES, stage.group) for i in range(2000))


def digits(stage):
    stage.fill(entry(i, "1" * TEXT_BYTES, stage.group) for i in range(10000))


def flood(target, until, make, count=100, path=None):
    """So many clients of fastim.v2 send what make() gives, 20 frames at once, and read all that comes."""
    def act(one):
        return send_some(one, b"".join(make() for _ in range(20))) and read_all(one)

    crowd(target, until, count, path or chat_path(target), act, more=V2)


def numbered():
    numbers = itertools.count()
    return lambda: f"{next(numbers):x}"


@attack("v2-sends", "100 clients of fastim.v2 send as fast as they can, each time with a new id")
def v2_sends(target, until):
    new = numbered()
    flood(target, until, lambda: told(type="send", id=new(), info="hello"))


@attack("v2-same-send", "the same, always with an id that is known")
def v2_same_send(target, until):
    flood(target, until, lambda: told(type="send", id="a" * 64, info="hello"))


def ask_history(target, until):
    flood(target, until, lambda: told(type="history", id="h", count=200, before=FIRST_TS + random.randrange(2000)))


@attack("v2-history", "100 clients ask for 200 messages as fast as they can, texts of U+0001, 16 KiB", escapes)
def v2_history(target, until):
    ask_history(target, until)


@attack("v2-history-digits", "the same, 10,000 texts of 16 KiB, of a message that is not there", digits)
def v2_history_digits(target, until):
    flood(target, until, lambda: told(type="history", id="h", count=200, before=FIRST_TS + 10**9, userId="nobody"))


@attack("v2-recalls", "100 clients recall messages that are not there, texts of U+0001", escapes)
def v2_recalls(target, until):
    flood(target, until, lambda: told(type="recall", id="r", ts=int(time.time() * 1000) - random.randrange(1000)))


@attack("v2-reads", "100 clients say what they have read as fast as they can")
def v2_reads(target, until):
    flood(target, until, lambda: told(type="read", id="r", ts=FIRST_TS))


@attack("v2-signals", "100 clients send signals of 512 bytes as fast as they can")
def v2_signals(target, until):
    flood(target, until, lambda: told(type="signal", info="x" * 512))


@attack("v2-pings", "100 clients ask whether anybody is there as fast as they can")
def v2_pings(target, until):
    flood(target, until, lambda: told(type="ping"))


@attack("v2-unread-pings", "the same, and they do not read")
def v2_unread_pings(target, until):
    data = told(type="ping") * 100
    crowd(target, until, 100, chat_path(target), lambda one: send_some(one, data), 4096, more=V2)


@attack("v2-unknown", "100 clients send frames of a type that is not known as fast as they can")
def v2_unknown(target, until):
    flood(target, until, lambda: told(type="x", id="a" * 64))


@attack("v2-deep", "100 clients send frames of 100 KiB: arrays in arrays, and many keys")
def v2_deep(target, until):
    deep = frame(TEXT, b'{"type":"x","a":' + b"[" * 30 + b"]" * 30 + b"".join(
        b',"k%d":"\\u0001"' % number for number in range(6500)) + b"}")
    crowd(target, until, 100, chat_path(target), lambda one: send_some(one, deep) and read_all(one), more=V2)


# ---- resume ----


def logs(stage):
    """Groups with a position whose resume has to read many events, and entries of a MiB."""
    last = FIRST_TS + MESSAGES + EVENTS
    for number in range(GROUPS):
        group = f"dear{number}"
        stage.fill((entry(i, "x" * TEXT_OF_MISSED, group) for i in range(MESSAGES)), group)
        events = {f"E{EPOCH}": 0}
        for i in range(EVENTS):
            at = FIRST_TS + MESSAGES + 1 + i
            told_of = json.dumps({"type": "recall", "at": at, "userId": "u", "ts": 1000 + i}, separators=(",", ":"))
            events[f"{FIRST_TS + MESSAGES - 1} {i} {told_of}"] = at
        stage.redis.client.zadd(f"fim:log:{group}", events)
        stage.redis.client.set(f"gmt:{group}", last)


def resume_path(number):
    at = FIRST_TS + MESSAGES - MISSED + random.randrange(MISSED // 4)
    return f"/group/chat/dear{number % GROUPS}/stranger{number}/x?resume={EPOCH}-{at}"


@attack("v2-resume", "a client resumes as often as it may, each time 1,000 frames of 2 KB behind", logs)
def v2_resume(target, until):
    kept = []
    for number in itertools.count():
        if time.monotonic() >= until:
            return
        one = open_socket(target, resume_path(number), more=V2)
        if one is None:
            time.sleep(0.005)
            continue
        kept.append(one)
        if len(kept) > 20:
            read_all(kept[0])
            kept.pop(0).close()


@attack("v2-resume-unread", "a thousand clients do the same and do not read", logs)
def v2_resume_unread(target, until):
    crowd(target, until, 1000, resume_path, lambda one: True, 4096, 0.001, more=V2)


@attack("v2-resume-nothing", "clients resume from positions that are not there, texts of U+0001", escapes)
def v2_resume_nothing(target, until):
    def path(number):
        return chat_path(target)(number) + f"?resume={EPOCH}-{FIRST_TS + 10**6 + number}"

    crowd(target, until, 1000, path, lambda one: False, more=V2)


# ---- not reading, and logins ----


@attack("v2-unread", "100 clients do not read while one of them sends texts of 16,000 bytes")
def v2_unread(target, until):
    new, sender = numbered(), []

    def act(one):
        if not sender or sender[0].fileno() < 0:
            sender[:] = [one]
        if one is not sender[0]:
            return True
        return send_some(one, told(type="send", id=new(), info="x" * (TEXT_BYTES - 384))) and read_all(one)

    crowd(target, until, 100, chat_path(target), act, 4096, 0.001, more=V2)


def sign(stage):
    """Tokens of a user: one short, one with many groups."""
    key = stage.folder / "ES256.pem"
    pair = object.__new__(Pair)
    pair.alg, pair.private = "ES256", key
    groups = [stage.group] + [f"group-{i}" for i in range(1500)]
    stage.extra = {"short": token(pair, "stranger", exp=int(time.time()) + 600),
                   "long": token(pair, "stranger", exp=int(time.time()) + 600, groups=groups)}


def signed(folder):
    return {"login.jwtKey": Pair("ES256", folder).setting, "im.group.loginAuth": 1}


def renew(target, until, data):
    """100 clients of one user, let in by a token, send tokens as fast as they can."""
    first = told(type="auth", token=target.extra["short"])
    begun = set()

    def act(one):
        if one not in begun:
            begun.add(one)
            return send_some(one, first)
        return send_some(one, data) and read_all(one)

    crowd(target, until, 100, lambda i: f"/group/chat/{target.group}/stranger/-", act, more=V2)


@attack("v2-auth", "100 clients renew their JWT (ES256) as fast as they can", sign, signed)
def v2_auth(target, until):
    renew(target, until, told(type="auth", token=target.extra["short"]) * 20)


@attack("v2-auth-long", "the same with a JWT of 30 KB", sign, signed)
def v2_auth_long(target, until):
    renew(target, until, told(type="auth", token=target.extra["long"]))


@attack("v2-auth-wrong", "clients come with a JWT whose signature is wrong", sign, signed)
def v2_auth_wrong(target, until):
    wrong = told(type="auth", token=target.extra["short"][:-20] + "A" * 20)
    crowd(target, until, 100, lambda i: f"/group/chat/{target.group}/stranger/-",
          lambda one: send_some(one, wrong) and read_all(one), more=V2)

"""test_rfc6455.py - RFC 6455 frame by frame, in the manner of the Autobahn suite: straight at the daemon, and
through each web server, which pass frames on as they are.

A case is (name, bytes in, expectation): of texts that are messages, pongs, and how it ends. Where it does not end,
the connection must still work.
"""
import asyncio
import json
import struct

import pytest

from host import fresh
from processes import eventually
from rfc6455 import (BINARY, CLOSE, CONT, GONE, PING, PONG, TEXT, Raw, close, frame, pieces, text)

MAX = 24576  # maxMessageBytes


class Ends:
    """The server closes, with one of these codes; None: without a close frame; bytes: with this payload."""

    def __init__(self, *codes):
        self.codes = codes

    def __repr__(self):
        return f"Ends{self.codes}"


def pong(payload=b""):
    return PONG, payload


class Perhaps:
    """An event that may come, or not."""

    def __init__(self, event):
        self.event = event


VIOLATION = Ends(1002)

FRAMING = [
    ("empty", text(""), []),
    ("1 byte", text("x"), ["x"]),
    ("125 bytes, the most of 7 bits", text("x" * 125), ["x" * 125]),
    ("126 bytes, the least of 16 bits", text("x" * 126), ["x" * 126]),
    ("127 bytes", text("x" * 127), ["x" * 127]),
    ("the longest", text("x" * MAX), ["x" * MAX]),
    ("one too long", text("x" * (MAX + 1)), [Ends(1009)]),
    ("65535 bytes, the most of 16 bits", text("x" * 65535), [Ends(1009)]),
    ("65536 bytes, the least of 64 bits", text("x" * 65536), [Ends(1009)]),
    # 5.2: "the minimal number of bytes MUST be used"; it does not say what to do about who uses more.
    ("5 bytes in 16 bits (taken)", text("short", width=16), ["short"]),
    ("5 bytes in 64 bits (taken)", text("short", width=64), ["short"]),
    ("200 bytes in 64 bits (taken)", text("x" * 200, width=64), ["x" * 200]),
    ("a length above 2^63", text("x", length=1 << 63 | 1, width=64), [VIOLATION]),
    ("two in one write", text("one") + text("two"), ["one", "two"]),
    ("a hundred in one write", b"".join(text(str(n)) for n in range(100)), [str(n) for n in range(100)]),
    ("masked by zeros", b"\x81\x83\0\0\0\0abc", ["abc"]),
    ("binary is passed over", frame(BINARY, b"x"), []),
    ("binary, empty", frame(BINARY, b""), []),
    ("binary in fragments", pieces(b"x", b"y", opcode=BINARY), []),
    ("binary, then a text", frame(BINARY, b"x" * 1000) + text("a"), ["a"]),
    # 5.1: "The server MUST close the connection upon receiving a frame that is not masked."
    ("unmasked", text("x", masked=False), [VIOLATION]),
    ("unmasked ping", frame(PING, b"x", masked=False), [VIOLATION]),
]

FRAGMENTS = [
    ("two", pieces("a", "b"), ["ab"]),
    ("three", pieces("a", "b", "c"), ["abc"]),
    ("empty ones around", pieces("", "a", "", "b", ""), ["ab"]),
    ("all empty", pieces("", "", ""), []),
    ("a hundred of one byte", pieces(*["x"] * 100), ["x" * 100]),
    ("ping between", frame(TEXT, "a", fin=False) + frame(PING, "p") + frame(CONT, "b"), [pong(b"p"), "ab"]),
    ("ping between each", b"".join([frame(TEXT, "a", fin=False), frame(PING, "1"), frame(CONT, "b", fin=False),
                                    frame(PING, "2"), frame(CONT, "c")]),
     [Perhaps(pong(b"1")), pong(b"2"), "abc"]),  # 5.5.3: of several the last may be answered alone
    ("pong between", frame(TEXT, "a", fin=False) + frame(PONG, "p") + frame(CONT, "b"), ["ab"]),
    ("close between", frame(TEXT, "a", fin=False) + close(1000) + frame(CONT, "b"), [Ends(1000)]),
    ("continuation of nothing", frame(CONT, "x"), [VIOLATION]),
    ("continuation of nothing, not the last", frame(CONT, "x", fin=False), [VIOLATION]),
    ("continuation behind a whole message", text("a") + frame(CONT, "x"), ["a", VIOLATION]),
    ("continuation behind a fragmented one", pieces("a", "b") + frame(CONT, "x"), ["ab", VIOLATION]),
    ("text inside a message", frame(TEXT, "a", fin=False) + text("b"), [VIOLATION]),
    ("binary inside a message", frame(TEXT, "a", fin=False) + frame(BINARY, "b"), [VIOLATION]),
    ("fragment of a text inside a message", frame(TEXT, "a", fin=False) + frame(TEXT, "b", fin=False), [VIOLATION]),
    ("the longest", pieces(*["x" * 1024] * 24), ["x" * MAX]),
    ("one byte too long", pieces(*["x" * 1024] * 24, "y"), [Ends(1009)]),
    ("without end", frame(TEXT, "x", fin=False) + frame(CONT, "x" * 1000, fin=False) * 25, [Ends(1009)]),
]

CONTROL = [
    ("ping", frame(PING), [pong()]),
    ("ping of 1 byte", frame(PING, b"\xff"), [pong(b"\xff")]),
    ("ping of 125 bytes", frame(PING, bytes(range(125))), [pong(bytes(range(125)))]),
    ("ping of 126 bytes", frame(PING, b"x" * 126), [VIOLATION]),
    ("ping of 125 bytes in 16 bits", frame(PING, b"x" * 125, width=16), [VIOLATION]),
    ("ping in fragments", frame(PING, b"x", fin=False) + frame(CONT, b"y"), [VIOLATION]),
    ("pong in fragments", frame(PONG, b"x", fin=False), [VIOLATION]),
    ("pong nobody asked for", frame(PONG, b"x"), []),
    ("pong, empty", frame(PONG), []),
    ("pong of 125 bytes", frame(PONG, b"x" * 125), []),
    ("pong of 126 bytes", frame(PONG, b"x" * 126), [VIOLATION]),
    ("ping and message", frame(PING, b"1") + text("a"), [pong(b"1"), "a"]),
]

RESERVED = [(f"RSV {rsv:03b}", text("x", rsv=rsv), [VIOLATION]) for rsv in range(1, 8)]
RESERVED += [(f"RSV {rsv:03b} of a ping", frame(PING, b"x", rsv=rsv), [VIOLATION]) for rsv in (1, 2, 4)]
RESERVED += [(f"opcode {opcode}", frame(opcode, b"x"), [VIOLATION]) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)]
RESERVED += [(f"opcode {opcode} behind a message", text("a") + frame(opcode), ["a", VIOLATION])
             for opcode in (3, 7, 11, 15)]

VALID = ["κόσμε", "\0", "\x7f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff", "\U00010000",
         "\U0010ffff", "\ufdd0", "\U0001fffe", "a\u2028b", "\ufeff"]
INVALID = {
    "continuation byte alone": b"\x80", "the last of them": b"\xbf", "two of them": b"\x80\xbf", "in the middle":
    b"ok\x80ok", "start without continuation": b"\xc3", "and a blank behind it": b"\xc3 ", "2 of 3 bytes": b"\xe2\x82",
    "3 of 4 bytes": b"\xf0\x9f\x98", "FE": b"\xfe", "FF": b"\xff", "overlong slash in 2": b"\xc0\xaf",
    "overlong slash in 3": b"\xe0\x80\xaf", "overlong slash in 4": b"\xf0\x80\x80\xaf",
    "overlong slash in 5": b"\xf8\x80\x80\x80\xaf", "overlong NUL": b"\xc0\x80", "overlong U+007F": b"\xc1\xbf",
    "overlong U+07FF": b"\xe0\x9f\xbf", "overlong U+FFFF": b"\xf0\x8f\xbf\xbf", "D800": b"\xed\xa0\x80",
    "DBFF": b"\xed\xaf\xbf", "DC00": b"\xed\xb0\x80", "DFFF": b"\xed\xbf\xbf",
    "surrogate pair": b"\xed\xa0\xbd\xed\xb8\x80", "U+110000": b"\xf4\x90\x80\x80", "F5": b"\xf5\x80\x80\x80",
    "5 bytes": b"\xf8\x88\x80\x80\x80", "6 bytes": b"\xfc\x84\x80\x80\x80\x80",
    "cut at the end of a long one": b"x" * 2000 + b"\xf0\x9f\x98"}
SMILE = "😀".encode()
UTF8 = [(f"valid {value!a}", text(value), [value]) for value in VALID]
UTF8 += [(f"valid {value!a}, a byte a fragment", pieces(*[bytes([b]) for b in value.encode()], b""), [value])
         for value in VALID]
UTF8 += [(f"not: {name}", text(value), [Ends(1007)]) for name, value in INVALID.items()]
UTF8 += [(f"not, a byte a fragment: {name}", pieces(*[bytes([b]) for b in value[-6:]], b""), [Ends(1007)])
         for name, value in INVALID.items()]
UTF8 += [
    ("cut in two fragments", pieces(SMILE[:2], SMILE[2:]), ["😀"]),
    ("cut by a ping", frame(TEXT, SMILE[:2], fin=False) + frame(PING, b"x") + frame(CONT, SMILE[2:]),
     [pong(b"x"), "😀"]),
    ("a whole one, then not", text("ok") + text(b"\xff"), ["ok", Ends(1007)]),
    ("cut between two messages", text(SMILE[:2]) + text(SMILE[2:]), [Ends(1007)]),
]

ECHOED = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
ECHOED += [1012, 1013, 1014]  # they came to IANA's registry after the RFC
REFUSED = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
CLOSING = [("without a code", close(), [Ends(1000)])]  # as fast-im does: pages reconnect on another one
CLOSING += [(f"{code} is echoed", close(code), [Ends(code)]) for code in ECHOED]
CLOSING += [(f"{code} is none", close(code), [VIOLATION]) for code in REFUSED]
CLOSING += [
    ("with a reason", close(1000, b"bye"), [Ends(1000)]),
    ("with a reason of 123 bytes", close(1000, b"x" * 123), [Ends(1000)]),
    ("with a reason of 124 bytes", close(1000, b"x" * 124), [VIOLATION]),
    ("with a reason in UTF-8", close(1000, "κόσμε".encode()), [Ends(1000)]),
    ("with a reason that is not UTF-8", close(1000, b"\xff"), [Ends(1007)]),
    ("of one byte", frame(CLOSE, b"\x03"), [VIOLATION]),
    ("in fragments", close(1000, fin=False), [VIOLATION]),
    ("behind a message", text("a") + close(1000), ["a", Ends(1000)]),
    ("then a text", close(1000) + text("late"), [Ends(1000)]),
    ("then a ping", close(1000) + frame(PING, b"late"), [Ends(1000)]),
    ("then another", close(1000) + close(1001), [Ends(1000)]),
    ("then what is no frame", close(1000) + b"\xff" * 64, [Ends(1000)]),
]

CASES = {f"{part}: {name}": (sent, expected) for part, cases in
         {"framing": FRAMING, "fragments": FRAGMENTS, "control": CONTROL, "reserved": RESERVED, "utf-8": UTF8,
          "close": CLOSING}.items() for name, sent, expected in cases}
# Not where the server may hang up while bytes are still to come.
BYTEWISE = [name for name, (sent, expected) in CASES.items() if len(sent) <= 300 and
            not any(isinstance(event, Ends) for event in expected) or name.endswith("is echoed")]

# A web server passes frames on: one of each size, some that come together, and how either side ends it.
FOR_EACH = {f"framing: {name}" for name, *_ in FRAMING}
FOR_EACH |= {"fragments: two", "fragments: ping between", "fragments: the longest", "control: ping of 125 bytes",
             "control: pong nobody asked for", "reserved: RSV 100", "utf-8: cut in two fragments", "utf-8: not: FF",
             "close: without a code", "close: 1000 is echoed", "close: 1001 is echoed", "close: 4999 is echoed",
             "close: 999 is none", "close: with a reason of 123 bytes", "close: behind a message"}


async def end(client, wanted):
    """The close frame, our echo, and nothing behind it."""
    event = await client.event()
    if event == GONE:
        assert None in wanted.codes, f"gone without a close frame, {wanted} was due"
        return
    opcode, payload = event
    assert opcode == CLOSE, f"{event} where {wanted} was due"
    code = struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else payload or 1005
    assert code in wanted.codes, f"close {code}, {wanted} was due"
    client.send(frame(CLOSE, payload))
    assert await client.event() == GONE


def says(event, text_due):
    return event[0] == TEXT and json.loads(event[1])["info"] == text_due


async def expect(client, expected):
    """All of it in order; then the connection works."""
    event = None
    for wanted in [*expected, "still here"]:
        if wanted == "still here":
            client.send(text(wanted))
        event = event or await client.event()
        if isinstance(wanted, Perhaps):
            event = None if event == wanted.event else event
            continue
        assert says(event, wanted) if isinstance(wanted, str) else event == wanted, f"{event}, {wanted!r} was due"
        event = None


async def join(host, group):
    client = await Raw.open(host, f"/group/chat/{group}/u/t")
    assert await client.event() == (TEXT, b'{"list":[],"total":0}')
    return client


async def run(site, host, name, send=Raw.send):
    sent, expected = CASES[name]
    group = fresh()
    client = await join(host, group)
    done = send(client, sent)
    if done is not None:
        await done
    if expected and isinstance(expected[-1], Ends):
        await end(client, expected[-1])
        # What came before is stored; whether its sender was told of it before the end is left to chance.
        texts = expected[:-1]
        eventually(lambda: [json.loads(entry)["info"] for entry in site.entries(group)] == texts, what=f"{texts}")
    else:
        await expect(client, expected)
    await client.leave()


@pytest.mark.parametrize("name", CASES)
async def test_daemon(site, name):
    """RFC 6455, and protocol.md: not UTF-8 1007, larger than maxMessageBytes 1009"""
    await run(site, site.push, name)


@pytest.mark.parametrize("name", BYTEWISE)
async def test_daemon_byte_by_byte(site, name):
    """5.4: fragments, and frames, may be cut anywhere on their way"""
    await run(site, site.push, name, Raw.trickle)


@pytest.mark.everywhere
@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[pytest.mark.proxies] if name in FOR_EACH else []) for name in CASES])
async def test_behind_the_web_server(site, name):
    """One public address serves everything"""
    await run(site, site.host, name)


async def test_each_close_is_echoed(make_daemon):
    """5.5.1: "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send
    a Close frame in response", also as the second strikes in which the daemon pings and ends others"""
    daemon = make_daemon({"push.pingIntervalS": 1})
    for milliseconds in (3, 5):
        crowd = []
        while len(crowd) < 500:
            crowd += await asyncio.gather(*[join(f"127.0.0.1:{daemon.port}", fresh()) for _ in range(50)])
        while await crowd[0].event() != (PING, b"."):
            pass
        await asyncio.sleep(1 - milliseconds / 1000)  # to the next second, so that it comes while they leave
        for client in crowd:
            client.send(close(1000))
        for client in crowd:
            while (event := await client.event())[0] == PING:
                pass
            assert event == (CLOSE, struct.pack(">H", 1000))
            await client.leave()

"""test_rfc6455.py - a table of what clients send, in the manner of the Autobahn suite, and what comes of it.

Each case is run straight at the daemon and through the web server. What comes: texts that are stored and pushed, pongs, or
the code of a close. FAILED is an end without a close frame that counts: RFC 6455, section 7.1.7, lets a server that fails a
connection skip it, and libwebsockets answers some frames so before we see them."""
import json
import socket
import urllib.parse

import pytest

from frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawClient, close, frame
from host import fresh

FAILED = "failed"


def text(payload, **how):
    return frame(TEXT, payload if isinstance(payload, bytes) else payload.encode(), **how)


def more(payload, fin=True):
    return frame(CONTINUATION, payload if isinstance(payload, bytes) else payload.encode(), fin=fin)


def stored(*texts):
    return [("text", each) for each in texts]


def pongs(*payloads):
    return [("pong", each) for each in payloads]


def closed(*codes):
    return [("close", codes)]


KOSME = "κόσμε"
BYTES = KOSME.encode()
BIG = 16384

# name: what is sent (a list is sent piece by piece), what comes
CASES = {
    # ---- 5.2: lengths ----
    **{f"a text of {n} bytes": (text("x" * n), stored("x" * n)) for n in (1, 125, 126, 127, 128, 4096, BIG)},
    "16 bits of length for what 7 bits hold": (text("ab", length_bytes=3), closed(1002, FAILED) + stored("ab")),
    "64 bits of length for what 7 bits hold": (text("ab", length_bytes=9), closed(1002, FAILED) + stored("ab")),
    "a length beyond 2^63": (b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0", closed(1002, 1009, FAILED)),
    "a text of one byte more than may be": (text("x" * (BIG + 1)), closed(1009)),
    "byte by byte": ([bytes([byte]) for byte in text(KOSME)], stored(KOSME)),
    "two texts in one write": (text("a") + text("b"), stored("a", "b")),
    "an empty text is ignored": (text("") + text("a"), stored("a")),
    "a frame cut in its header": ([text("x" * 200)[:3], text("x" * 200)[3:]], stored("x" * 200)),
    # ---- 5.2: bits and opcodes ----
    **{f"reserved bits {rsv:03b}": (text("a", rsv=rsv), closed(1002, FAILED)) for rsv in (1, 2, 4, 7)},
    **{f"opcode {op}": (frame(op, b"a"), closed(1002, FAILED)) for op in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "binary": (frame(BINARY, b"a"), closed(1003)),
    # ---- 5.4: fragmentation ----
    "two fragments": (text("ab", fin=False) + more("cd"), stored("abcd")),
    "many fragments": (text("a", fin=False) + b"".join(more("b", fin=False) for _ in range(500)) + more("c"),
                       stored("a" + "b" * 500 + "c")),
    "empty fragments": (text("", fin=False) + more("", fin=False) + more("a", fin=False) + more(""), stored("a")),
    "nothing but empty fragments": (text("", fin=False) + more("") + text("a"), stored("a")),
    "a ping between fragments": (text("ab", fin=False) + frame(PING, b"p") + more("cd"), pongs(b"p") + stored("abcd")),
    "a pong between fragments": (text("ab", fin=False) + frame(PONG, b"p") + more("cd"), stored("abcd")),
    "a close between fragments": (text("ab", fin=False) + close(1000), closed(1000)),
    "a continuation of nothing": (more("a"), closed(1002, FAILED)),
    "a continuation of nothing, not the last": (more("a", fin=False), closed(1002, FAILED)),
    "a continuation after a whole message": (text("a") + more("b"), "stored, then closed"),
    "a text within a text": (text("a", fin=False) + text("b"), closed(1002, FAILED)),
    "fragments without an end": (text("x" * 4000, fin=False) + more("x" * 4000, fin=False) * 6, closed(1009)),
    "a binary in fragments": (frame(BINARY, b"a", fin=False) + more(b"b"), closed(1003)),
    # ---- 5.5: control frames ----
    **{f"a ping of {n} bytes": (frame(PING, b"p" * n), pongs(b"p" * n)) for n in (0, 1, 125)},
    "a ping of any bytes": (frame(PING, b"\0\xff\xfe"), pongs(b"\0\xff\xfe")),
    "a ping of 126 bytes": (frame(PING, b"p" * 126), closed(1002, FAILED)),
    "a ping in fragments": (frame(PING, b"p", fin=False), closed(1002, FAILED)),
    "a pong that nobody asked for": (frame(PONG, b"p") + frame(PONG) + text("a"), stored("a")),
    "ten pings": (b"".join(frame(PING, b"%d" % i) for i in range(10)), "last pong"),
    "a ping byte by byte": ([bytes([byte]) for byte in frame(PING, b"ping")], pongs(b"ping")),
    # ---- 5.3: masking ----
    # libwebsockets 4.1.6 takes it, and does not tell us; section 5.1 wants the connection failed.
    "an unmasked text": (text("a", mask=False), closed(1002, FAILED) + stored("a")),
    # ---- 8.1: UTF-8 ----
    **{f"UTF-8 {good!r}": (text(good), stored(good)) for good in (KOSME, "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff",
                                                                 "\U00010000", "\U0010ffff")},
    "a character over two fragments": (text(BYTES[:5], fin=False) + more(BYTES[5:]), stored(KOSME)),
    "a character over fragments of a byte": (text(BYTES[:1], fin=False) + b"".join(
        more(BYTES[i:i + 1], fin=False) for i in range(1, len(BYTES) - 1)) + more(BYTES[-1:]), stored(KOSME)),
    **{f"no UTF-8: {name}": (text(bad), closed(1007)) for name, bad in {
        "a lone continuation": b"\x80", "overlong /": b"\xc0\xaf", "overlong NUL": b"\xc0\x80", "overlong 3": b"\xe0\x80\xaf",
        "overlong 4": b"\xf0\x80\x80\xaf", "a surrogate": b"\xed\xa0\x80", "two surrogates": b"\xed\xa0\x80\xed\xb0\x80",
        "above U+10FFFF": b"\xf4\x90\x80\x80", "five bytes": b"\xf8\x88\x80\x80\x80", "fe": b"\xfe", "ff": b"\xff",
        "cut at the end": BYTES[:-1], "in the middle": b"abc\xffdef", "cut in the middle": b"\xe6\xb1abc"}.items()},
    "no UTF-8 over two fragments": (text(b"\xce", fin=False) + more(b"\xff"), closed(1007)),
    "cut at the end of the last fragment": (text(b"a", fin=False) + more(b"\xce"), closed(1007)),
    # ---- 5.5.1, 7.4: close ----
    "a close without a code": (close(), closed(None, 1000)),
    **{f"close {code}": (close(code), closed(code)) for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011,
                                                                3000, 3999, 4000, 4999)},
    **{f"close {code} is none": (close(code), closed(1002, FAILED)) for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100,
                                                                               2000, 2999, 5000, 65535)},
    "a close with a reason": (close(1000, b"r" * 123), closed(1000)),
    "a close of one byte": (frame(CLOSE, b"\x03"), closed(1002, FAILED)),
    "a close of 126 bytes": (close(1000, b"r" * 124), closed(1002, FAILED)),
    "a close whose reason is no UTF-8": (close(1000, b"\xff"), closed(1007, 1002, FAILED)),
    "what comes after a close is ignored": (close(1000) + text("late"), closed(1000)),
    "a text and a close": (text("a") + close(1000), "stored, then closed"),
}


@pytest.fixture(scope="module", params=["straight", "through the web server"])
def place(request, site):
    return site.push if request.param == "straight" else site.host


def open_at(place, group):
    client = RawClient(place, f"/group/chat/{urllib.parse.quote(group)}/u/x")
    opcode, first = client.next()
    assert opcode == TEXT and first.startswith(b'{"list":['), first
    return client


def seen(received):
    """A received frame as the table has it."""
    if received is None:
        return "close", FAILED
    opcode, payload = received
    if opcode == TEXT:
        return "text", json.loads(payload)["info"]
    if opcode == PONG:
        return "pong", payload
    assert opcode == CLOSE, received
    return "close", int.from_bytes(payload[:2], "big") if payload else None


@pytest.mark.everywhere
@pytest.mark.parametrize("name", CASES)
def test_case(site, place, name):
    """RFC 6455 behaviour … run directly and through each proxy"""
    data, wanted = CASES[name]
    group = fresh()
    client = open_at(place, group)
    for piece in data if isinstance(data, list) else [data]:
        client.send(piece)
    try:
        if wanted == "last pong":
            while (got := seen(client.next())) != ("pong", b"9"):
                assert got[0] == "pong", got
        elif wanted == "stored, then closed":
            got = seen(client.next())
            got = seen(client.next()) if got == ("text", "a") else got
            assert got in (("close", 1000), ("close", 1002))
            client.send(close(1000))
        else:
            expect(client, wanted)
    finally:
        client.leave()
    with_ids = [json.loads(entry)["info"] for entry in site.entries(group)]
    assert with_ids == [each[1] for each in wanted if each[0] == "text"][:len(with_ids)] or isinstance(wanted, str)
    assert_alive(site)


def expect(client, wanted):
    """The frames of the table; where a close and a text are both there, either is right (what RFC 6455 leaves open)."""
    closes = [codes for kind, codes in wanted if kind == "close"]
    others = [each for each in wanted if each[0] != "close"]
    either = bool(closes) and wanted[0][0] == "close" and others
    for i, each in enumerate(others):
        got = seen(client.next())
        if either and i == 0 and got[0] == "close":
            assert got[1] in closes[0], got
            return
        assert got == each
    if closes and not either:
        got = seen(client.next())
        assert got[0] == "close" and got[1] in closes[0], got
        client.send(close(1000))  # else it waits for ours
        assert client.next() is None, "more behind the close"


def assert_alive(site):
    """Bad input … costs nobody else anything"""
    client = open_at(site.push, fresh())
    client.send(text("still there"))
    assert seen(client.next()) == ("text", "still there")
    client.leave()


@pytest.mark.parametrize("headers, status", [
    ({"Sec-WebSocket-Version": "12"}, (400, 426)), ({"Sec-WebSocket-Version": None}, (400, 426)),
    ({"Sec-WebSocket-Key": None}, (400, 426)), ({"Connection": "close"}, (400, 426)), ({"Upgrade": "h2c"}, (400, 426))])
def test_handshakes_that_are_none(site, headers, status):
    """4.2.1: the client's opening handshake"""
    lines = {"Host": site.push, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
             "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", **headers}
    with socket.create_connection(("127.0.0.1", site.push_port), timeout=8) as connection:
        connection.sendall(b"GET /group/chat/g/u/t HTTP/1.1\r\n" + b"".join(
            f"{name}: {value}\r\n".encode() for name, value in lines.items() if value is not None) + b"\r\n")
        answer = connection.recv(4096)
    assert int(answer.split()[1] if answer else 0) in status, answer
    assert_alive(site)

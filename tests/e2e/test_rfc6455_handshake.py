"""test_rfc6455_handshake.py - RFC 6455, section 4: opening handshakes, right and wrong, straight at the daemon."""
import base64
import hashlib
import json

import pytest

from host import fresh
from rfc6455 import CLOSE, GONE, TEXT, Raw, close, handshake, key, text

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

# name, what of the handshake is changed, status
CASES = [
    ("as it should be", {}, 101),
    ("names and words in any case", {"drop": ["Upgrade", "Connection"], "uPGRADE": "WebSocket",
                                     "cONNECTION": "upgrade"}, 101),
    ("Connection with more words", {"Connection": "keep-alive, Upgrade"}, 101),
    ("an Origin", {"Origin": "http://a"}, 101),
    ("an extension that we have not", {"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits"}, 101),
    ("headers nobody knows", {"X_A": "b", "X_Long": "x" * 2000}, 101),
    ("version 8", {"Sec_WebSocket_Version": "8"}, 426),
    ("version 0", {"Sec_WebSocket_Version": "0"}, 426),
    ("version 14", {"Sec_WebSocket_Version": "14"}, 426),
    ("version 130", {"Sec_WebSocket_Version": "130"}, 426),
    ("version of no number", {"Sec_WebSocket_Version": "x"}, 426),
    ("no version", {"drop": ["Sec-WebSocket-Version"]}, 426),
    ("two versions", {"Sec_WebSocket_Version": "8, 13"}, 426),
    ("no key", {"drop": ["Sec-WebSocket-Key"]}, 400),
    ("empty key", {"Sec_WebSocket_Key": ""}, 400),
    ("key of 15 bytes", {"Sec_WebSocket_Key": base64.b64encode(b"x" * 15).decode()}, 400),
    ("key of 17 bytes", {"Sec_WebSocket_Key": base64.b64encode(b"x" * 17).decode()}, 400),
    ("key that is no base64", {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZ!=="}, 400),
    ("no Upgrade", {"drop": ["Upgrade"]}, 426),
    ("Upgrade to HTTP/2", {"Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings",
                           "HTTP2_Settings": "AAMAAABkAAQAAP__"}, 426),
    ("Upgrade to something else", {"Upgrade": "x"}, 426),
    ("no Connection", {"drop": ["Connection"]}, 426),
    ("Connection: close", {"Connection": "close"}, 426),
    ("no Host", {"drop": ["Host"]}, 400),
    ("HTTP/1.0", {"http": "HTTP/1.0"}, 426),
    ("POST", {"method": "POST"}, 405),
    ("PUT", {"method": "PUT"}, 405),
    ("HEAD", {"method": "HEAD"}, 405),
    ("OPTIONS", {"method": "OPTIONS"}, 405),
    ("CONNECT", {"method": "CONNECT"}, 405),
    ("a method nobody knows", {"method": "BREW"}, 405),
    ("subprotocols that we do not know", {"Sec_WebSocket_Protocol": "protocol1, chat"}, 101),
    ("another path", {"path": "/group/chat/1"}, 404),
    ("an invalid id", {"path": "/group/chat/%FF/u/t"}, 400),
    ("what is not percent-encoded", {"path": "/group/chat/%zz/u/t"}, 400),
    ("a head of 16 KiB", {"Cookie": "x" * 16000}, 101),
    ("a head that is larger", {"Cookie": "x" * 16400}, 431),
    ("a body", {"Content_Length": "5"}, 400),
    ("an absolute target", {"path": "http://a.example/group/chat/g/u/t"}, 101),
    ("a slash at the end, and doubled ones", {"path": "//group/chat//g/u/t/"}, 101),
]


@pytest.mark.parametrize("name, changes, status", CASES, ids=[case[0] for case in CASES])
async def test_handshake(site, name, changes, status):
    """4.2.1: what a client's handshake has; otherwise "an appropriate HTTP error code (such as 400)\""""
    client = await Raw.connect(site.push)
    client.send(handshake(**{"path": f"/group/chat/{fresh()}/u/t", "host": site.push, **changes}))
    assert await client.status() == status, client.head
    if status == 426:
        assert "sec-websocket-version: 13" in client.head.lower(), client.head
        assert "upgrade: websocket" in client.head.lower(), client.head
    if status != 101:
        assert "connection: close" in client.head.lower(), client.head
        body = (await client.reader.read()).decode()  # to the end, which must come
        assert f"content-length: {len(body)}\r\n" in client.head.lower(), client.head
        assert body.endswith("\n") and len(body) > 5, "a line says why"
    await client.leave()


@pytest.mark.proxies
async def test_accept_is_made_from_the_key(site):
    """4.2.2: base64 of the SHA-1 of the key and the GUID"""
    for host in (site.host, site.push):
        for _ in range(3):
            asked = key()
            client = await Raw.connect(host)
            client.send(handshake(f"/group/chat/{fresh()}/u/t", host, Sec_WebSocket_Key=asked))
            assert await client.status() == 101, client.head
            accept = base64.b64encode(hashlib.sha1((asked + GUID).encode()).digest()).decode()
            assert f": {accept}\r\n" in client.head, client.head
            assert "sec-websocket-extensions" not in client.head.lower()
            assert "sec-websocket-protocol" not in client.head.lower()
            await client.leave()


async def test_what_comes_with_the_handshake_is_not_lost(site):
    """A client may send frames as soon as it has asked, where it need not wait"""
    client = await Raw.connect(site.push)
    client.send(handshake(f"/group/chat/{fresh()}/u/t", site.push) + text("at once") + close(1000))
    assert await client.status() == 101
    assert await client.event() != GONE


async def test_a_head_may_come_byte_by_byte(site):
    """A head of up to 16 KiB is taken, in whatever pieces it comes. A message that comes with it may be stored
    before the first frame is read."""
    client = await Raw.connect(site.push)
    await client.trickle(handshake(f"/group/chat/{fresh()}/u/t", site.push, Cookie="x" * 100) + text("at once"))
    assert await client.status() == 101
    first = json.loads((await client.event())[1])
    message, = first["list"] or [json.loads((await client.event())[1])]
    assert message["info"] == "at once" and first["total"] == len(first["list"])
    await client.leave()


@pytest.mark.parametrize("more, status", [(0, 101), (1, 431)])
async def test_a_head_of_16_kib(site, more, status):
    """too large a head with 431"""
    path = f"/group/chat/{fresh()}/u/t"
    head = handshake(path, site.push, Cookie="x")
    client = await Raw.connect(site.push)
    client.send(handshake(path, site.push, Cookie="x" * (1 + 16384 - len(head) + more)))
    assert await client.status() == status
    await client.leave()


async def test_a_second_request_is_no_frame(site):
    """two requests in one segment: the bytes behind a handshake are frames"""
    request = handshake(f"/group/chat/{fresh()}/u/t", site.push)
    client = await Raw.connect(site.push)
    client.send(request + request)
    assert await client.status() == 101
    opcode, payload = await client.event()
    assert (opcode, payload[:2]) == (CLOSE, (1002).to_bytes(2, "big"))
    await client.leave()
    client = await Raw.connect(site.push)
    client.send(handshake("/nowhere", site.push) + request)
    assert await client.status() == 404
    assert b"HTTP/1.1" not in await client.reader.read()  # one answer
    await client.leave()


async def test_what_is_no_handshake_ends(site):
    """the daemon answers or hangs up, and holds nobody"""
    for junk in (b"\r\n\r\n", b"\0" * 100, b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\0\xff",
                 b"GET /group/chat/g/u/t HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n"):
        client = await Raw.connect(site.push)
        client.send(junk)
        await client.reader.read()
        await client.leave()

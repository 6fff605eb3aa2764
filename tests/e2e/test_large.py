"""test_large.py - frames larger than one write, and more in one go than a room's log holds."""
import asyncio
import base64
import json
import socket
import struct

import pytest

from foreign import Writer, entry
from host import fresh


def frames_of(received):
    """(opcode, payload) of each frame; all that came must be whole ones."""
    found = []
    while received:
        length, at = received[1], 2
        assert length < 128, "a server masks nothing"
        if length == 126:
            (length,), at = struct.unpack(">H", received[2:4]), 4
        elif length == 127:
            (length,), at = struct.unpack(">Q", received[2:10]), 10
        assert len(received) >= at + length, "cut within a frame"
        found.append((received[0], received[at:at + length]))
        received = received[at + length:]
    return found


def masked(opcode, payload=b""):
    assert len(payload) < 126
    return bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def canonical(group, info, ts):
    """In our own form, so that views and list can be compared."""
    return entry(group, "ops", info, ts).replace(", ", ",").replace(": ", ":")


@pytest.mark.everywhere
async def test_a_pong_never_falls_into_a_large_first_frame(make_host):
    """Frames are whole, whatever the client sends meanwhile and however slowly it reads"""
    host, group = make_host({"push.pingIntervalS": 1, "push.pongTimeoutS": 60}), fresh()
    text = "x" * 16000
    entries = [entry(group, "u", text + str(n), n) for n in range(400)]
    host.redis.rpush(f"gml:{group}", *entries)
    wide = make_host({"im.groupMessage.listNum": 400, "push.pingIntervalS": 1, "push.pongTimeoutS": 60})
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", wide.push_port))
        raw.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=raw, limit=4096)
        key = base64.b64encode(b"0123456789abcdef").decode()
        writer.write((f"GET /group/chat/{group}/slow/x HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
                      f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      f"Sec-WebSocket-Key: {key}\r\n\r\n").encode())
        await reader.readuntil(b"\r\n\r\n")
        received = b""
        while len(received) < 6_400_000:  # a ping of ours between any two reads
            writer.write(masked(9, b"p"))
            received += await asyncio.wait_for(reader.read(65536), 20)
        writer.write(masked(8, struct.pack(">H", 1000)))
        received += await asyncio.wait_for(reader.read(-1), 20)
        writer.close()
    frames = frames_of(received)
    texts = [json.loads(payload) for opcode, payload in frames if opcode == 0x81]
    assert [m["info"] for m in texts[0]["list"]] == [text + str(n) for n in range(400)]
    assert {opcode for opcode, _ in frames} <= {0x81, 0x88, 0x89, 0x8A}


@pytest.mark.parametrize("count, size", [(400, 1000), (60, 16000)])
async def test_a_burst_larger_than_the_log_closes_nobody_who_reads(make_host, count, size):
    """one that falls off the log's bounded tail is closed (1013) - who reads does not fall off"""
    host, group = make_host({"push.roomLogBytes": 65536}), fresh()
    clients = [await host.chat(group, f"u{n}") for n in range(20)]
    writer = Writer(host.redis, group)
    burst = [canonical(group, f"{n} " + "x" * size, host.now_ms() + n) for n in range(count)]
    with host.redis.pipeline(transaction=True) as together:  # they all come in one turn of the loop
        for raw in burst:
            together.rpush(f"gml:{group}", raw)
            together.publish(f"mq:{group}", raw)
        together.execute()
    writer.write(canonical(group, "marker", host.now_ms() + count))
    for client in clients:
        await client.until("marker")
        assert client.view == host.entries(group)

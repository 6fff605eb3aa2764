"""hostile.py - what nobody should send: handshakes, frames, messages in Redis, all from a seeded generator."""
import json
import struct

from rfc6455 import BINARY, CLOSE, CONT, PING, PONG, TEXT, frame, handshake

GROUPS = ["h1", "h2", "组", "*", "a b"]
PATHS = ["/group/chat/h1/u/t", "/group/chat/h2/u/t", "/group/chat/%E7%BB%84/u/t", "/group/chat/*/u/t",
         "/group/list/u/t", "/group/list/watcher/t"]
OPCODES = [TEXT, TEXT, TEXT, CONT, CONT, BINARY, CLOSE, PING, PONG]
LENGTHS = [0, 1, 125, 126, 127, 639, 640, 641, 24576, 24577, 65535, 65536, 1 << 20, (1 << 31) - 1, 1 << 32, (1 << 63) - 1,
           1 << 63, (1 << 64) - 1]
NUMBERS = ["0", "-0", "1", "-1", "1e3", "1.5", "9007199254740992", "9007199254740993", "9223372036854775807",
           "9223372036854775808", "-9223372036854775808", "18446744073709551615", "1e308", "1e999", "-1e-999", "NaN",
           "Infinity", "0x10", "01", "1" * 400]
BAD_UTF8 = [b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\0", b"\xe2\x80\xa8", b"\xf0\x9f\x98"]


class Hostile:
    """Every choice comes from the one generator that it is made with."""

    def __init__(self, random):
        self.random = random

    def junk(self, most=200):
        return self.random.randbytes(self.random.randrange(most))

    def mutated(self, data, times=None):
        """Bytes changed, cut out, put in, doubled."""
        r, data = self.random, bytearray(data)
        for _ in range(r.randrange(4) if times is None else times):
            at = r.randrange(len(data) + 1)
            end = min(len(data), at + r.randrange(1, 20))
            kind = r.randrange(5)
            if kind == 0 and at < len(data):
                data[at] ^= 1 << r.randrange(8)
            elif kind == 1:
                del data[at:end]
            elif kind == 2:
                data[at:at] = r.choice([self.junk(20), b"\r\n", b"\0", b": ", b"%", b"%00", b"/", b"\xff"])
            elif kind == 3:
                data[at:at] = data[at:end] * r.randrange(1, 30)
            elif at < len(data):
                data[at] = r.choice(b"\0\r\n /%,;:=?#\x7f\x80\xff")
        return bytes(data)

    # ---- WebSocket ----

    def handshake(self):
        r = self.random
        options = {}
        if r.random() < .5:
            options["drop"] = r.sample(["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"], 1)
        if r.random() < .4:
            options["method"] = r.choice(["POST", "HEAD", "OPTIONS", "PUT", "CONNECT", "BREW", "PRI", ""])
        if r.random() < .2:
            options["http"] = r.choice(["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "", "HTTP/1.1 x"])
        for name, values in {
                "Upgrade": ["h2c", "x", "websocket, x", ""], "Connection": ["close", "keep-alive", "x" * 300],
                "Origin": ["http://a", "x" * 9000, ""], "Sec_WebSocket_Protocol": ["a", ",", "fastim.v2, b"],
                "Sec_WebSocket_Extensions": ["permessage-deflate", "x; y=z, " * 50], "Content_Length": ["5", "-1", "x"],
                "Transfer_Encoding": ["chunked"], "HTTP2_Settings": ["AAMAAABkAAQAAP__", "!"], "Expect": ["100-continue"],
                "X_Forwarded_For": ["1.2.3.4", "::1, x", "," * 500, "x" * 100], "Cookie": ["a=b; " * 400, "x" * 16100, "x" * 16384]}.items():
            if r.random() < .15:
                options[name] = r.choice(values)
        path = r.choice([*PATHS, "/", "*", "//", "/group/chat/", "/group/chat/%00/%FF/t", "/group/chat/../u/t",
                         "http://x/group/chat/h1/u/t", "/group/chat/" + "x" * 5000, "/group/list/u/t?" + "a=%&" * 100])
        return self.mutated(handshake(path, "127.0.0.1", **options))

    def text(self):
        r = self.random
        return r.choice([
            lambda: f"{r.random()}".encode(), lambda: b"", lambda: "你好 😀 \u2028".encode() * r.randrange(40),
            lambda: b"x" * r.choice([125, 126, 640, 24576, 24577, 70000]), self.junk,
            lambda: b"ok" + r.choice(BAD_UTF8), lambda: b'"\\\0\n' * r.randrange(50)])()

    def frame(self):
        r = self.random
        opcode = r.choice(OPCODES) if r.random() < .95 else r.randrange(16)
        payload = self.text() if opcode < 8 or r.random() < .1 else self.junk(126)
        if opcode == CLOSE:
            payload = r.choice([b"", b"\3", struct.pack(">H", r.randrange(65536)) + self.junk(100)])
        options = {"fin": r.random() < .8, "masked": r.random() < .9}
        if r.random() < .05:
            options["rsv"] = r.randrange(8)
        if r.random() < .1:
            options["width"] = r.choice([16, 64])
        if r.random() < .05:
            options.update(length=r.choice(LENGTHS), width=64)
        return frame(opcode, payload, **options)

    def frames(self):
        data = b"".join(self.frame() for _ in range(self.random.randrange(1, 12)))
        return self.mutated(data) if self.random.random() < .3 else data

    def cut(self, data):
        """In pieces, as they come over a bad line."""
        while data:
            size = self.random.choice([1, 2, 3, 7, 100, 640, 5000, len(data)])
            yield data[:size]
            data = data[size:]

    # ---- Redis ----

    def value(self, depth=0):
        r = self.random
        kind = r.randrange(8 if depth < 4 else 5)
        if kind < 2:
            return r.choice(NUMBERS)
        if kind == 2:
            return r.choice(["null", "true", "[]", "{}", '""', "nul", ""])
        if kind < 5:
            return json.dumps(self.text().decode("utf-8", "replace"), ensure_ascii=r.random() < .5)
        items = [self.value(depth + 1) for _ in range(r.randrange(4))]
        return "[" + ",".join(items) + "]" if kind == 5 else "{" + ",".join(f'"k{i}":{v}' for i, v in enumerate(items)) + "}"

    def message(self, group):
        """Something like a message; often one."""
        r = self.random
        fields = {"groupId": json.dumps(group), "userId": '"hostile"', "info": '"hi"', "ts": str(r.randrange(1 << 53))}
        for _ in range(r.randrange(3)):
            fields[r.choice([*fields, "more"])] = self.value()
        if r.random() < .1:
            del fields[r.choice(list(fields))]
        text = "{" + ",".join(f'"{k}":{v}' for k, v in sorted(fields.items(), key=lambda _: r.random())) + "}"
        return text.encode("utf-8", "surrogatepass")

    def payload(self, group):
        r = self.random
        return r.choice([
            lambda: self.message(group), lambda: self.message(group), lambda: self.mutated(self.message(group), 2),
            lambda: self.message(group) + r.choice(BAD_UTF8), self.junk, lambda: self.value().encode("utf-8", "replace"),
            lambda: b"[" * r.choice([10, 999, 1000, 1001, 100000]), lambda: b'{"info":' * 2000 + b"1" + b"}" * 2000,
            lambda: b'{"groupId":"g","userId":"u","info":"' + b"\\u0000" * 3000 + b'","ts":1}',
            lambda: b'{"groupId":"g","userId":"u","info":"' + b"x" * 200000 + b'","ts":1}'])()

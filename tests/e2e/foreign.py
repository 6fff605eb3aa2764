"""foreign.py - other software that writes the same keys: RPUSH to gml:, PUBLISH on mq:."""
import json

GARBAGE = [
    b"", b"hello", b"{", b"null", b"7", b"[]", b'"text"', b"\xff\xfe\x00", b"{}",
    b'{"groupId":"1","userId":"u","info":"not utf-8 \xff","ts":5}',
    b'{"groupId":"1","userId":"u","ts":5}',
    b'{"groupId":"1","userId":"u","info":7,"ts":5}',
    b'{"groupId":"1","info":"x","ts":5}',
    b'{"groupId":"1","userId":null,"info":"x","ts":5}',
    b'{"groupId":"1","userId":1.5,"info":"x","ts":5}',
    b'{"groupId":"1","userId":true,"info":"x","ts":5}',
    b'{"groupId":"1","userId":"u","info":"x"}',
    b'{"groupId":"1","userId":"u","info":"x","ts":"5"}',
    b'{"groupId":"1","userId":"u","info":"x","ts":-1}',
    b'{"groupId":"1","userId":"u","info":"x","ts":5.5}',
    b'{"groupId":"1","userId":"u","info":"x","ts":9007199254740993}',
    b'[{"groupId":"1","userId":"u","info":"x","ts":5}]',
    b'{"groupId":"1","userId":"u","info":"x","ts":5} {}',
    b'"{\\"groupId\\":\\"1\\",\\"userId\\":\\"u\\",\\"info\\":\\"x\\",\\"ts\\":5}"',
]


def entry(group, user, info, ts, **more):
    """A message as json.dumps writes it: with spaces, and with \\u for what is not ASCII."""
    return json.dumps({"groupId": group, "userId": user, "info": info, "ts": ts, **more})


class Writer:
    """Two steps, as an ops script has them; write() does both."""

    def __init__(self, redis, group):
        self.redis = redis
        self.group = group

    def push(self, raw):
        self.redis.rpush(f"gml:{self.group}", raw)

    def publish(self, raw):
        self.redis.publish(f"mq:{self.group}", raw)

    def write(self, raw):
        self.push(raw)
        self.publish(raw)

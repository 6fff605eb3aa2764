"""java_host.py - a host of the Java original as Redis sees it: its commands, in its order, none atomic with the next.

Captured from the live original. What it cannot read makes it stumble; here that is an exception.
"""
import json
import re
import secrets
import threading

SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
DAY_S = 86400


def jackson(text):
    """A string as Jackson writes it, which is the form of each value in Redis."""
    def escape(c):
        if c in SHORT:
            return SHORT[c]
        if c < " ":
            return "\\u%04X" % ord(c)
        if c > "\uffff":
            number = ord(c) - 0x10000
            return "\\u%04X\\u%04X" % (0xD800 + (number >> 10), 0xDC00 + (number & 0x3FF))
        return c
    return ('"' + "".join(map(escape, text)) + '"').encode()


def fastjson(group, user, info, ts):
    """A message as fastjson writes it: a few more escapes than fastim's, the same order."""
    def string(text):
        quoted = "".join(SHORT.get(c) or ("\\u%04X" % ord(c) if c < " " else c) for c in text)
        return '"' + re.sub("[\u007f-\u009f\u2028\u2029]", lambda m: "\\u%04X" % ord(m[0]), quoted) + '"'
    return (f'{{"groupId":{string(group)},"userId":{string(user)},"info":{string(info)},"ts":{ts}}}')


def plain(stored):
    """The value of a stored one. A plain value among the others raises ValueError: the host stumbles."""
    value = json.loads(stored)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{stored!r} is no value")
    return value


class JavaClient:
    """A WebSocket of a Java host: .first as the first frame's list, .view all that it was shown, as texts."""

    def __init__(self, first, total):
        self.first, self.total = first, total
        self.view = list(first)


class JavaHost:
    def __init__(self, server, database=0):
        self.redis = server.connect(database)
        self.pubsub = server.connect(database).pubsub(ignore_subscribe_messages=True)
        self.clients = {}  # by group
        self.lock = threading.Lock()
        self.listener = None
        self.stumbled = []

    def close(self):
        if self.listener:
            self.listener.stop()
            self.listener.join(10)
        self.pubsub.close()
        self.redis.close()

    # ---- logins ----

    def login(self, user):
        token = secrets.token_hex(16)
        self.redis.setex(f"login:{user}", DAY_S, jackson(token))
        return token

    def check(self, user, token):
        """Before each request, and at a WebSocket with loginAuth."""
        key = f"login:{user}"
        if not self.redis.exists(key) or plain(self.redis.get(key)) != token:
            return False
        self.redis.setex(key, DAY_S, jackson(token))
        return True

    # ---- groups ----

    def join(self, user, group):
        self.redis.sadd(f"ugs:{user}", jackson(group))

    def groups(self, user):
        return {plain(member) for member in self.redis.smembers(f"ugs:{user}")}

    def group_list(self, user):
        """Each second and socket: of each group its length and the newest message."""
        return {group: (self.redis.llen(f"gml:{group}"), self.redis.lindex(f"gml:{group}", -1))
                for group in self.groups(user)}

    # ---- chat ----

    def connect(self, group, user, list_num=50):
        self.join(user, group)
        self.groups(user)
        with self.lock:
            if group not in self.clients:
                self.clients[group] = []
                self.pubsub.psubscribe(**{f"mq:{group}": self._on_message})
        if not self.listener:
            self.listener = self.pubsub.run_in_thread(sleep_time=0.01, daemon=True)
        length = self.redis.llen(f"gml:{group}")
        stored = self.redis.lrange(f"gml:{group}", max(0, length - list_num), length)
        client = JavaClient([plain(entry) for entry in stored], length)
        with self.lock:
            self.clients[group].append(client)
        return client

    def _on_message(self, heard):
        group = heard["channel"].decode()[3:]
        try:
            text = plain(heard["data"])
            json.loads(text)
        except ValueError as error:
            self.stumbled.append((heard["data"], error))
            return
        with self.lock:
            for client in self.clients[group]:
                client.view.append(text)

    def say(self, group, user, info, ts, timeout=604800):
        stored = jackson(fastjson(group, user, info, ts))
        self.redis.rpush(f"gml:{group}", stored)
        self.redis.pexpire(f"gml:{group}", timeout * 1000)
        self.redis.publish(f"mq:{group}", stored)
        return stored

    def history(self, group):
        return [plain(entry) for entry in self.redis.lrange(f"gml:{group}", 0, -1)]

    def recall(self, group, user, ts):
        """It encodes again what it has decoded. Returns how many it took away."""
        taken = 0
        for text in self.history(group):
            message = json.loads(text)
            if (message["userId"], message["ts"]) == (user, ts):
                taken += self.redis.lrem(f"gml:{group}", 1, jackson(text))
        return taken


def contents(redis):
    """{key: its value and when it expires, to the second}"""
    read = {b"string": redis.get, b"set": lambda key: sorted(redis.smembers(key)), b"hash": redis.hgetall,
            b"list": lambda key: redis.lrange(key, 0, -1)}
    return {key: (read[redis.type(key)](key), round(redis.expiretime(key), 1)) for key in redis.keys("*")
            if not key.startswith(b"fim:encoding")}

"""fleet.py - three real fastim-pushd and up to 97 subscribers beside them: what a message costs each, and who got it.

The subscribers are what further daemons are to Redis: a connection each, to the same group's channel. A client says
messages at the first daemon; each daemon has some clients in the group. All of these, and all subscribers, have to get
each message once, in the order of the group's list.
"""
import json
import time

from client import encode
from meter import Meter, at_rest, give_up, least
from sockets import SHARDED, Chat, Readers, client_frame, server_frame, subscriber, words

CLIENTS = 5  # in the group, at each daemon
UNDER_WAY = 64
PACED_S = 0.002
REST_S = 3
INFO = "大家好 hello, this is a message as people write them %08d"

# Of a daemon that is measured: a client may say as much as it likes, and hears messages alone.
FREELY = {"push.messagesPerSecond": 0, "push.bytesPerSecond": 0, "push.pingIntervalS": 120, "push.pongTimeoutS": 7200,
          "push.drainSeconds": 0, "im.groupMessage.maxCount": 0}


def say(chat, numbers, frame_size, paced):
    """Says them, so many at a time, and waits for each to come back. Returns what came."""
    step, heard, due = 1 if paced else UNDER_WAY, b"", time.monotonic()
    for first in range(0, len(numbers), step):
        batch = numbers[first:first + step]
        chat.sock.sendall(b"".join(client_frame(INFO % n) for n in batch))
        while len(heard) < (first + len(batch)) * frame_size:
            got = chat.sock.recv(1 << 20)
            if not got:
                give_up("the daemon closed the connection of who says the messages")
            heard += got
        if paced:
            due += PACED_S
            time.sleep(max(0, due - time.monotonic()))
    return heard


class Group:
    """A group at one master, all who listen to it, and what they must have heard."""

    def __init__(self, node, name, daemons, dummies):
        self.node, self.name = node, name
        self.channel = f"mq:{{{name}}}"
        self.writer = Chat(daemons[0].port, encode(name), "writer")
        self.clients = Readers(lambda: [Chat(daemon.port, encode(name), f"user{n}").sock for daemon in daemons
                                        for n in range(CLIENTS)])
        self.subscribers = Readers(lambda: [subscriber(node.port, self.channel) for _ in range(dummies)])

    def entries(self):
        return self.node.client.lrange(f"gml:{{{self.name}}}", 0, -1)

    def first_message(self):
        """Whose size all have."""
        self.writer.sock.sendall(client_frame(INFO % 0))
        self.writer.frame()
        return self.entries()[0]

    def run(self, programs, messages, paced, rest=None, between=lambda: None):
        """µs of each program for so many messages. rest: as of a Meter; between: is called before the last message."""
        entry = self.first_message()
        frame_size, words_size = len(server_frame(entry)), len(words(SHARDED.message, self.channel, entry))
        self.clients.expect(frame_size * (messages + 1))
        self.subscribers.expect(words_size * (messages + 1))
        meter = Meter(programs, rest)
        heard = say(self.writer, range(1, messages), frame_size, paced)
        between()
        heard += say(self.writer, range(messages, messages + 1), frame_size, paced)
        self.clients.wait()
        self.subscribers.wait()
        used = meter.used_us()
        self.judge(heard, messages)
        return used

    def judge(self, heard, messages):
        """Gives up if anybody did not hear the list, or if the list is not what was said."""
        entries = self.entries()
        frames = [server_frame(entry) for entry in entries]
        pushed = [words(SHARDED.message, self.channel, entry) for entry in entries]
        said = [INFO % n for n in range(messages + 1)]
        lacking = {"the list": [json.loads(entry)["info"] for entry in entries] != said,
                   "who said it": heard != b"".join(frames[1:]),
                   "clients": self.clients.amiss(b"".join(frames)),
                   "subscribers": self.subscribers.amiss(b"".join(pushed))}
        self.end()
        if any(lacking.values()):
            give_up(f"not each message once and in order: {lacking}")

    def end(self):
        self.writer.sock.close()
        self.clients.end()
        self.subscribers.end()


def rows(rounds, messages, cluster, daemons):
    """Three daemons alone and with 97 subscribers: µs a message at the master, elsewhere, at each daemon."""
    master = cluster.masters()[0]
    names = cluster.names_at(master, "fleet")
    replicas = cluster.replicas_of(master)
    others = [node for node in cluster.nodes if node is not master and node not in replicas]
    rest = at_rest([*cluster.nodes, *daemons], REST_S)
    for dummies in (0, 97):
        for paced in (False, True):
            count = messages // 20 if paced else messages

            def measure():
                used = Group(master, next(names), daemons, dummies).run(rest, count, paced, rest)
                at_all = [sum(used[program] for program in programs) / count
                          for programs in ([master], replicas, others, daemons[:1], daemons[1:])]
                return [*at_all[:-1], at_all[-1] / len(daemons[1:])]

            yield (f"3 daemons, {dummies} more subscribers, {'each by itself' if paced else 'busy'}",
                   *least(rounds, measure))

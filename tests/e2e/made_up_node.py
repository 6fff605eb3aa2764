"""made_up_node.py - a node of a Redis Cluster that is none: it answers what the test wants it to say."""
import socketserver
import threading
import time

from ports import free_port

OK = b"+OK\r\n"


def bulk(text):
    return b"$%d\r\n%s\r\n" % (len(text.encode()), text.encode())


def error(text):
    return f"-{text}\r\n".encode()


class MadeUpNode:
    """answers: {command: bytes, or a function of the words that makes them}. All else gets +OK, or what a master says
    when a connection begins. .count has how often each command came."""

    def __init__(self, answers):
        self.answers, self.count = dict(answers), {}
        self._lock = threading.Lock()
        node = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                try:
                    while words := read_command(self.rfile):
                        self.wfile.write(node.answer(words))
                except OSError:
                    pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self.port = free_port()
        self._server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self._server.shutdown()
        self._server.server_close()

    @property
    def place(self):
        return f"127.0.0.1:{self.port}"

    def line(self, name, slots, flags="master", epoch=1, is_myself=False):
        """Of CLUSTER NODES."""
        flags = ("myself," if is_myself else "") + flags
        return f"{name * 40} {self.place}@{self.port + 1} {flags} - 0 0 {epoch} connected {slots}\n"

    def answer(self, words):
        with self._lock:
            self.count[words[0]] = self.count.get(words[0], 0) + 1
        answer = self.answers.get(words[0])
        if callable(answer):
            return answer(words)
        return answer if answer is not None else as_a_master(words)


def as_a_master(words):
    return {
        "ROLE": b"*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n", "PING": b"+PONG\r\n", "CLIENT": b":1\r\n",
        "TIME": b"*2\r\n" + bulk(str(int(time.time()))) + bulk("0"), "INFO": bulk("run_id:" + "a" * 40 + "\r\n"),
    }.get(words[0], OK)


def read_command(stream):
    """The words of the next command; [] at the end."""
    head = stream.readline()
    if not head.startswith(b"*"):
        return []
    words = []
    for _ in range(int(head[1:])):
        length = int(stream.readline()[1:])
        words.append(stream.read(length + 2)[:-2].decode("latin-1"))
    return words

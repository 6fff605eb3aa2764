"""reviewer.py - the site that messages are shown to before they are stored: a small HTTP server."""
import http.server
import json
import socket
import threading
import time

from ports import free_port

ALLOW = {"action": "allow"}


def replace(info):
    return {"action": "replace", "info": info}


def refuse(reason=None):
    return {"action": "refuse", **({"reason": reason} if reason else {})}


class Reviewer:
    """Answers each question with judge(question): an object, or raw bytes, or (status, headers, bytes). None: never.

    asked: the questions. most: how many were open at a time. connections: how many were made. hangs_up: each is closed
    behind an answer, which does not say so."""

    hangs_up = False

    def __init__(self, judge=lambda question: ALLOW, port=None):
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}/review?key=a%20b"
        self.judge = judge
        self.asked, self.heads = [], []
        self.connections = self.open = self.most = 0
        self.lock = threading.Lock()
        self.ends = threading.Event()
        self.sockets = set()
        reviewer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                with reviewer.lock:
                    reviewer.connections += 1
                    reviewer.sockets.add(self.connection)

            def do_POST(self):
                reviewer.take(self)

            def do_GET(self):
                self.send_error(405)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, block_on_close, request_queue_size = True, False, 128

            def handle_error(self, *_):  # whom nobody waits for any more
                pass

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        question = json.loads(body)
        with self.lock:
            self.heads.append((handler.path, dict(handler.headers.items())))
            self.asked.append(question)
            self.open += 1
            self.most = max(self.most, self.open)
        try:
            answer = self.judge(question)
            if answer is None:
                self.ends.wait(60)
                return
        finally:
            with self.lock:
                self.open -= 1
        if not isinstance(answer, tuple):
            answer = (200, {}, answer if isinstance(answer, bytes) else json.dumps(answer).encode())
        status, headers, text = answer
        handler.send_response(status)
        for name, value in {"Content-Length": len(text), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text)
        handler.close_connection = handler.close_connection or self.hangs_up

    @property
    def infos(self):
        return [question["info"] for question in self.asked]

    def stop(self):
        """It is dead: nothing listens, and what was open is cut."""
        self.ends.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        with self.lock:
            for connection in self.sockets:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


def slowly(seconds, answer=ALLOW):
    """A judge that takes its time."""
    def judge(_):
        time.sleep(seconds)
        return answer
    return judge


def together(count, answer=ALLOW):
    """A judge that answers when so many are asked at a time."""
    barrier = threading.Barrier(count, timeout=20)

    def judge(_):
        barrier.wait()
        return answer
    return judge

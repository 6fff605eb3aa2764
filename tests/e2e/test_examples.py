"""test_examples.py - conf/examples: each example does what it says, also when the line breaks."""
import functools
import http.server
import json
import os
import queue
import re
import shutil
import subprocess
import threading
import urllib.parse

import pytest
from selenium.webdriver.common.keys import Keys

from api import Api, curl
from host import API, ROOT, fresh, write_settings
from operators import SETTINGS, Operator
from page import Page, start_browser
from ports import free_port, is_listening
from processes import Process, eventually
from relay import Relay

pytestmark = pytest.mark.spread
EXAMPLES = ROOT / "conf/examples"


@pytest.fixture(scope="module")
def host(make_host):
    """Users need a token; there are operators."""
    return make_host({**SETTINGS, "login.maxFailures": 0, "push.reconnectSpreadMs": 100})


@pytest.fixture
def line(host):
    """A line to the host, which can be cut."""
    relay = Relay(host.port)
    yield relay
    relay.stop()


def say(host, group, *texts, user=None):
    """Another user says this, over HTTP; a `send` is not lost where the answer is 200."""
    account = user or host.api.login(fresh("other"))
    return [account.post("/group/sendMessage", groupId=group, info=text).data for text in texts]


def stored(host, group):
    return [(entry["userId"], entry["info"]) for entry in map(json.loads, host.entries(group))]


# ---- bot.py ----

@pytest.fixture
def bot(host, line, tmp_path):
    """The bot, in a group of its own."""
    group = fresh()
    account = host.api.login(fresh("bot"))
    process = Process(["/usr/bin/python3", EXAMPLES / "bot.py", f"ws://127.0.0.1:{line.port}", group, account.user,
                       account.token], tmp_path / "bot.log")
    process.group, process.user = group, account.user
    process.wait_line("^bot: is there")
    yield process
    process.stop()


def answers(host, bot):
    return [info for user, info in stored(host, bot.group) if user == bot.user]


def test_the_bot_answers(host, bot):
    """it answers "!time" and "!roll 6", and nothing else"""
    say(host, bot.group, "hello", "!roll", "!roll x", "!roll 0", "!roll ²", "!time", "!roll 6")
    eventually(lambda: len(answers(host, bot)) == 2, what="two answers")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answers(host, bot)[0])
    assert re.fullmatch("[1-6] of 6", answers(host, bot)[1])


def test_the_bot_answers_once_what_it_has_missed(host, bot, line):
    """Each question is answered once, also if the connection breaks"""
    say(host, bot.group, "!roll 1")
    eventually(lambda: len(answers(host, bot)) == 1, what="an answer")
    for n in range(2, 5):
        line.block()
        say(host, bot.group, f"!roll {10 ** n}")
        line.unblock()
        say(host, bot.group, f"!roll {10 ** n}")
        eventually(lambda: len(answers(host, bot)) >= 2 * n - 1, timeout=30, what=f"{2 * n - 1} answers")
    say(host, bot.group, "!time")
    eventually(lambda: ":" in answers(host, bot)[-1], what="the last answer")
    rolls = [info.partition(" of ")[2] for info in answers(host, bot)[:-1]]
    assert rolls == ["1", "100", "100", "1000", "1000", "10000", "10000"]


def test_the_bot_ends_where_it_is_not_let_in(host, bot, line, tmp_path):
    """to come back will not help: it ends, and says why"""
    Operator(host).do("ban", groupId=bot.group, userId=bot.user)
    assert bot.wait() == 1
    assert bot.wait_output().endswith("bot: banned")
    wrong = Process(["/usr/bin/python3", EXAMPLES / "bot.py", host.ws, fresh(), "u", "no-such-token"], tmp_path / "wrong.log")
    assert wrong.wait() == 1 and "not logged in" in wrong.wait_output()


# ---- room.js ----

class MiniProgram:
    """room.js in Node, with the sockets of mini_program.mjs; .last is what it shows."""

    def __init__(self, folder, options):
        shutil.copy(EXAMPLES / "room.js", folder / "room.mjs")  # as a module, for Node
        self.lines, self.last, self.notes = queue.Queue(), {}, []
        self.popen = subprocess.Popen(
            ["node", ROOT / "tests/e2e/mini_program.mjs", folder / "room.mjs", json.dumps(options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for text in self.popen.stdout:
            self.lines.put(json.loads(text))
        self.lines.put(None)

    def do(self, what, **more):
        self.popen.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self.popen.stdin.flush()

    def until(self, condition, timeout=30):
        """Takes what it shows until that is so."""
        while not (self.last and condition(self.last)):
            line = self.lines.get(timeout=timeout)
            assert line is not None, "it has ended"
            if "state" in line:
                self.last = line
            else:
                self.notes.append(line)
        return self.last

    def until_shown(self, *shown):
        return self.until(lambda room: room["shown"] == list(shown) and room["pending"] == 0)

    def stop(self):
        self.popen.stdin.close()
        self.popen.wait(10)


@pytest.fixture
def open_room(host, line, tmp_path):
    """open_room(token=…): the room, in a group of its own, as a user of its own."""
    opened = []

    def open_it(**options):
        account = host.api.login(fresh("u"))
        options = {"url": f"ws://127.0.0.1:{line.port}", "group": fresh(), "user": account.user, "token": account.token, **options}
        opened.append(MiniProgram(tmp_path, options))
        opened[-1].group, opened[-1].account = options["group"], account
        return opened[-1]

    yield open_it
    for each in opened:
        each.stop()


def test_the_room_shows_the_list(host, open_room):
    """messages, recall, purge, clear, notices; what one sends oneself is there once"""
    group = fresh()
    ann, bob = host.api.login("ann"), host.api.login("bob")
    say(host, group, "one", user=ann)
    room = open_room(group=group)
    me = room.account.user
    room.until_shown("ann: one")
    room.do("send", info="你好 👋" + "x" * 200)
    own = f"{me}: 你好 👋" + "x" * 200
    room.until_shown("ann: one", own)
    ts, = say(host, group, "two", user=bob)
    say(host, group, "three", user=ann)
    room.until_shown("ann: one", own, "bob: two", "ann: three")
    assert bob.recall(group, ts).code == 200
    room.until_shown("ann: one", own, "ann: three")
    Operator(host).do("purge", groupId=group, userId="ann")
    room.until_shown(own)
    Operator(host).do("notice", groupId=group, info="soon")
    Operator(host).do("clear", groupId=group)
    room.until_shown()
    assert room.notes == [{"notice": "soon"}]


def test_the_room_loses_nothing_when_the_line_is_cut(host, open_room, line):
    """Nothing is lost or doubled: after a break it resumes where it was, and sends again what has no answer"""
    room, group, due = open_room(), None, []
    room.until(lambda shown: shown["state"] == "open")
    group, me = room.group, room.account.user
    other = host.api.login("other")
    for n in range(5):
        room.do("send", info=f"before {n}")
        line.block() if n % 2 else room.do("cut")
        room.do("send", info=f"while {n}")
        say(host, group, f"missed {n}", user=other)
        line.unblock() if n % 2 else None
        room.do("wake")
        room.until(lambda shown: shown["pending"] == 0 and len(shown["shown"]) == 3 * n + 3)
        due += [f"before {n}", f"while {n}", f"missed {n}"]
    expected = [f"{user}: {info}" for user, info in stored(host, group)]
    assert room.last["shown"] == expected
    assert sorted(info for _, info in stored(host, group)) == sorted(due)
    assert [info for user, info in stored(host, group) if user == me] == [info for info in due if "missed" not in info]


def test_many_sends_at_once(host, open_room):
    """at most `unacked` sends are open: none is refused, all are stored in order"""
    room = open_room()
    for n in range(60):
        room.do("send", info=str(n))
    room.until_shown(*(f"{room.account.user}: {n}" for n in range(60)))
    assert not room.notes


def test_what_is_refused_is_told(host, open_room):
    """If it is refused, onFailed gets that, and the error"""
    room = open_room()
    room.until(lambda shown: shown["state"] == "open")
    Operator(host).do("mute", groupId=room.group, userId=room.account.user)
    room.do("send", info="hello")
    room.until(lambda shown: room.notes)
    assert room.notes[0]["error"]["reason"] == "muted"
    room.until_shown()


@pytest.mark.parametrize("wrong, why", [("no-such-token", "login"), (None, "login")])
def test_a_wrong_token_ends_it(open_room, wrong, why):
    """null: give up; a token that is refused is tried three times"""
    room = open_room(token=wrong)
    last = room.until(lambda shown: shown["state"] == "closed", timeout=60)
    assert last["error"]["reason"] == why


def test_a_ban_and_close_end_it(host, open_room):
    """to come back will not help"""
    room = open_room()
    room.until(lambda shown: shown["state"] == "open")
    Operator(host).do("ban", groupId=room.group, userId=room.account.user)
    assert room.until(lambda shown: shown["state"] == "closed")["error"]["reason"] == "banned"
    room = open_room()
    room.until(lambda shown: shown["state"] == "open")
    room.do("close")
    assert room.until(lambda shown: shown["state"] == "closed")["error"] == {"reason": "closed"}


# ---- page.html ----

@pytest.fixture(scope="module")
def pages():
    """A site that has the page, at another origin."""
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=EXAMPLES))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    driver = start_browser(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


class ExamplePage(Page):
    def __init__(self, browser, pages, **query):
        self.browser = browser
        self.browser.get_log("browser")
        self.browser.get(f"{pages}/page.html?{urllib.parse.urlencode(query)}")

    def shown(self):
        return self.script("return Array.from(document.querySelectorAll('#messages li'), (e) => e.textContent)")

    def state(self):
        return self.script("return document.getElementById('state').value")

    def until_state(self, state):
        self.until(lambda: self.state() == state, f"the state {state!r}")

    def until_shown(self, *shown):
        self.until(lambda: self.shown() == list(shown), f"{shown}")


def test_the_page(host, pages, browser, line):
    """The first frame is the list, each further one a message; after a reconnect nothing is missing, nothing double"""
    group, me, other = fresh(), host.api.login("me"), host.api.login("other")
    say(host, group, "<b>one</b>", user=other)
    page = ExamplePage(browser, pages, site=f"ws://127.0.0.1:{line.port}", group=group, user="me", token=me.token)
    page.until_state("connected")
    page.until_shown("other: <b>one</b>")
    page.part("text").send_keys("two", Keys.ENTER)
    page.until_shown("other: <b>one</b>", "me: two")
    line.block()
    page.until_state("connecting …")
    say(host, group, "missed", user=other)
    line.unblock()
    page.until_state("connected")
    page.until_shown("other: <b>one</b>", "me: two", "other: missed")
    Operator(host).do("mute", groupId=group, userId="me")
    page.part("text").send_keys("three", Keys.ENTER)
    page.until_state("not sent (403)")
    Operator(host).do("ban", groupId=group, userId="me")
    page.until_state("banned")
    assert not [text for text in page.complaints() if "WebSocket connection to" not in text]


# ---- php ----

@pytest.fixture(scope="module")
def php_site(tmp_path_factory, redis_server):
    """nginx with the snippet and php/fastim.conf, a page of the site that logs in, php-cgi, fastim-api."""
    folder = tmp_path_factory.mktemp("php")
    folder.chmod(0o755)
    (folder / "sessions").mkdir()
    (folder / "login.php").write_text("<?php session_start(); $_SESSION['user'] = $_GET['user'];")
    shutil.copy(EXAMPLES / "php/user.php", folder)
    port = free_port()
    conf = write_settings(folder / "fastim.yml", {
        "login.method": "remote-user", "login.maxFailures": 0, "redis.port": redis_server.port, "http.processes": 1,
        "http.requestsPerSecond": 0})
    text = (EXAMPLES / "php/fastim.conf").read_text()
    for place, here in (("/run/fastim/api.sock", folder / "api.sock"), ("/run/php/php-fpm.sock", folder / "php.sock"),
                        ("/usr/share/doc/fastim/examples/php/user.php", folder / "user.php")):
        assert place in text
        text = text.replace(place, str(here))
    (folder / "nginx.conf").write_text(f"""
{"user root;" if os.geteuid() == 0 else ""}
pid {folder}/nginx.pid; error_log stderr; events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {text}
        location = /login.php {{
            fastcgi_pass unix:{folder}/php.sock;
            fastcgi_param SCRIPT_FILENAME {folder}/login.php;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param QUERY_STRING $query_string;
        }}
    }}
}}
""")
    path = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    processes = [
        Process([API, "-c", conf, "-s", f"unix:{folder}/api.sock"], folder / "api.log"),
        Process(["php-cgi", "-b", folder / "php.sock", "-d", f"session.save_path={folder}/sessions", "-d",
                 "session.use_strict_mode=1"], folder / "php.log"),
        Process(["nginx", "-g", "daemon off;", "-c", folder / "nginx.conf"], folder / "nginx.log", env=path)]
    try:
        eventually(lambda: is_listening(port) and (folder / "api.sock").exists() and (folder / "php.sock").exists(),
                   timeout=30, what="the site")
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in reversed(processes):
            process.stop()


def session(site, user):
    """The cookie of a user who has logged in at the site."""
    answer = curl(f"{site}/login.php?user={urllib.parse.quote(user)}")
    assert answer.status == 200, answer
    return ["-H", "Cookie: " + answer.headers["set-cookie"].split(";")[0]]


def test_php_says_who_logs_in(php_site):
    """the user of the site's session gets a token, under its own name alone"""
    def login(user, *options):
        return Api(php_site).post("/user/login", {"userId": user, "password": ""}, *options)

    for user in ("ann", "你好", "a b"):
        answer = login(user, *session(php_site, user))
        assert (answer.code, len(answer.msg)) == (200, 32), answer
    ann = session(php_site, "ann")
    for user, *options in (("bob", *ann), ("ann",), ("ann", "-H", "X-Fastim-User: ann"), ("ann", "-H", "Remote-User: ann"),
                           ("ann", "-H", "Cookie: PHPSESSID=guessed"), ("ann", "-u", "ann:x"), ("", *session(php_site, "a/b"))):
        assert login(user, *options).code in (100, 400), (user, options)
    assert curl(f"{php_site}/fastim-user", *ann).status == 404, "internal"


# ---- what is told of them ----

def test_each_example_is_described_and_tested():
    """conf/examples/README.md has a line for each; each is named in this file."""
    text, tests = (EXAMPLES / "README.md").read_text(), __file__
    names = [path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*") if path.is_file()]
    assert set(re.findall(r"^\| `([^`]+)` \|", text, re.M)) == set(names) - {"README.md"}
    with open(tests) as file:
        code = file.read()
    assert not [name for name in names if name.split("/")[-1] not in code]

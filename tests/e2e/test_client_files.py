"""test_client_files.py - the files of the JavaScript client: served, in a browser, as a package of npm; their size."""
import gzip
import http.server
import json
import os
import re
import shutil
import subprocess
import threading

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from host import BUILD, ROOT, fresh
from operators import SETTINGS
from page import start_browser, wait_until
from ports import free_port
from tokens import Secret, token

WWW = ROOT / "www"
FILES = {"/fastim.js": WWW / "fastim.js", "/fastim-sse.js": WWW / "fastim-sse.js", "/fastim.global.js": BUILD / "fastim.global.js",
         "/fastim-room.js": BUILD / "fastim-room.js", "/fastim-admin.js": BUILD / "fastim-admin.js"}
MOST_BYTES = 6000  # of fastim.js, minified and gzipped


# ---- served ----

@pytest.mark.proxies
@pytest.mark.parametrize("path", FILES)
def test_a_file_is_served_and_kept(site, path):
    """A browser may keep them for an hour; with If-None-Match the answer is 304 while they are the same"""
    answer = site.api.get(path, "-H", "Origin: https://a.example")
    assert (answer.status, answer.body) == (200, FILES[path].read_bytes())
    assert answer.headers["content-type"].lower().replace(" ", "") == "text/javascript;charset=utf-8"
    assert answer.headers["cache-control"] == "max-age=3600"
    assert answer.headers["access-control-allow-origin"] == "*", "a page of another origin may import it"
    etag = answer.headers["etag"]
    for known, status in ((etag, 304), (f'"x", W/{etag}', 304), ('"x"', 200)):
        again = site.api.get(path, "-H", f"If-None-Match: {known}")
        assert (again.status, again.headers["etag"], again.headers["cache-control"]) == (status, etag, "max-age=3600"), known
        assert len(again.body) == (0 if status == 304 else len(answer.body))


@pytest.mark.proxies
def test_the_page_of_a_room_is_served(site):
    """GET /chat/{groupId}: the same page for each group, with a policy; asked for each time, and sent once"""
    pages = [site.api.get(path) for path in ("/chat/1", "/chat/%E4%BD%A0%E5%A5%BD%20%3F%25", "//chat/a.b/")]
    for answer in pages:
        assert (answer.status, answer.body) == (200, (WWW / "chat.html").read_bytes())
        assert answer.headers["content-type"].lower().replace(" ", "") == "text/html;charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
    again = site.api.get("/chat/2", "-H", f"If-None-Match: {pages[0].headers['etag']}")
    assert (again.status, again.body) == (304, b"")
    assert [site.api.get(path).code for path in ("/chat", "/chat/1/2", "/chat/%20a")] == [404] * 3


@pytest.mark.proxies
def test_head_has_no_body_and_post_is_405(site):
    """GET /fastim.js"""
    assert (site.api.get("/fastim.js", "--head").status, site.api.post("/fastim.js", {}).code) == (200, 405)


def test_it_is_open_where_all_else_wants_a_login(make_host):
    """They need no login, whatever http.open says"""
    closed = make_host({"http.open": "/user/login"})
    assert closed.api.get("/test/websocket").code == 440
    for headers in ([], ["-H", "userId: nobody", "-H", "token: nothing"]):
        assert closed.api.get("/fastim.js", *headers).body == FILES["/fastim.js"].read_bytes()


# ---- in a browser ----

PAGES = {
    "/module": """<script type="module">
        import { fastim } from "SITE/fastim.js";
        window.room = fastim("SITE", { user: "me", group: "GROUP", batch: true });
        </script>""",
    "/script": """<script src="SITE/fastim.global.js"></script><script>
        window.before = Object.keys(window).includes("room");
        window.room = fastim("SITE", { user: "me", group: "GROUP" });
        fastim.groups("SITE", { user: "me" }).close();
        </script>""",
    "/stream": """<script type="module">
        import { fastim } from "SITE/fastim.js";
        import { EventStream } from "SITE/fastim-sse.js";
        window.room = fastim("SITE", { user: "me", group: "GROUP", token: () => "TOKEN", WebSocket: EventStream });
        </script>""",
    "/worker": """<script>
        const code = `import { fastim } from "SITE/fastim.js";
            const room = fastim("SITE", { user: "me", group: "GROUP" });
            room.on("change", () => postMessage({ state: room.state, list: room.list, pending: room.pending }));
            onmessage = ({ data }) => room.send(data);`;
        const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), { type: "module" });
        window.room = { send: (text) => worker.postMessage(text) };
        worker.onmessage = ({ data }) => Object.assign(window.room, data);
        </script>""",
}


@pytest.fixture(scope="module")
def browse(tmp_path_factory):
    """browse(site, group, page, token): a browser with that page, which is of another origin."""
    shown = {}

    class Pages(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path in shown else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b'<!doctype html><link rel="icon" href="data:,">' + shown.get(self.path, "").encode())

        def log_message(self, *_):
            """Nobody reads it."""

    pages = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Pages)
    threading.Thread(target=pages.serve_forever, args=(0.05,), daemon=True).start()
    browser = start_browser(tmp_path_factory.mktemp("chromium"))

    def browse(site, group, page, token="", text=None):
        shown[page] = (text or PAGES[page]).replace("SITE", site.http).replace("GROUP", group).replace("TOKEN", token)
        browser.get_log("browser")  # what was before is not of this page
        browser.get(f"http://localhost:{pages.server_port}{page}")
        return browser

    yield browse
    browser.quit()
    pages.shutdown()
    pages.server_close()


UNTIL = """
const [text, done] = arguments;
const end = Date.now() + 10000;
const look = () => {
  const infos = (window.room?.list ?? []).map(({ info }) => info);
  if (infos.includes(text) && window.room.pending.length === 0 || Date.now() > end) {
    done(infos);
  } else {
    setTimeout(look, 20);
  }
};
look();
"""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_chats(site, browse, page):
    """as ESM import and by <script>, in workers; No global but one for <script>"""
    group, account = fresh(), site.api.login("me")
    account.post("/group/sendMessage", groupId=group, info="welcome")
    browser = browse(site, group, page, account.token)
    assert browser.execute_async_script(UNTIL, "welcome") == ["welcome"]
    browser.execute_script("room.send('hello 😀')")
    assert browser.execute_async_script(UNTIL, "hello 😀") == ["welcome", "hello 😀"]
    assert browser.get_log("browser") == []
    known = browser.execute_script("return ['fastim', 'groups', 'FastimError', 'Room', 'EventStream'].filter((n) => n in window)")
    assert known == (["fastim"] if page == "/script" else [])


def lines_of(readme, kind, *changes, number=0):
    """Lines of that kind in a README, the first ones or others, with what a test changes."""
    text = re.findall(f"```{kind}\n(.*?)```", (ROOT / readme).read_text(), re.S)[number]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def near(site, tmp_path_factory):
    """A browser that asks for the host of `make run`, and gets the one of the tests."""
    browser = start_browser(tmp_path_factory.mktemp("chromium"), f"--host-resolver-rules=MAP 127.0.0.1:9000 {site.host}")
    yield browser
    browser.quit()


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_lines_of_the_readme_do(site, near, tmp_path, readme):
    """A chat in a page, in ten lines; paste them into a file and open that in two windows"""
    assert len(lines_of(readme, "html").splitlines()) == 10
    page = tmp_path / "chat.html"
    page.write_text(lines_of(readme, "html"))  # as they stand
    shown = lambda: [line.text for line in near.find_elements(By.CSS_SELECTOR, "#list li")]
    first, windows = near.current_window_handle, []
    for _ in range(2):
        near.switch_to.new_window("window")
        near.get(page.as_uri())
        windows.append(near.current_window_handle)
    said = [f"{fresh()} <b>你好</b>" for _ in windows]
    for window, text in zip(windows, said, strict=True):
        near.switch_to.window(window)
        near.find_element(By.NAME, "text").send_keys(text, Keys.ENTER)
    for window in windows:
        near.switch_to.window(window)
        wait_until(lambda: shown()[-2:] == [f"me: {text}" for text in said], "both messages")
    assert near.get_log("browser") == []
    for window in windows:
        near.switch_to.window(window)
        near.close()
    near.switch_to.window(first)
    assert [json.loads(entry)["info"] for entry in site.entries("room")][-2:] == said


AS_GLOBAL = [("const room", "window.room"), ('group: "room"', 'group: "GROUP"')]


def test_a_chat_in_ten_lines(site, browse):
    """A chat in ten lines"""
    text = lines_of("www/README.md", "html", ('"/fastim.js"', '"SITE/fastim.js"'), ('fastim("/"', 'fastim("SITE"'), *AS_GLOBAL)
    assert len(text.splitlines()) <= 12
    browser = browse(site, fresh(), "/ten", text=text)
    for word in ("hello", "<b>again</b>"):
        browser.find_element(By.NAME, "text").send_keys(word, Keys.ENTER)
        browser.execute_async_script(UNTIL, word)
    assert browser.find_element(By.ID, "list").text.split("\n") == ["me: hello", "me: <b>again</b>"]
    assert browser.get_log("browser") == []


def test_a_room_in_ten_lines(site, browse):
    """A room in ten lines: <fastim-room> in a page of another origin"""
    text = lines_of("www/README.md", "html", ('"/fastim-room.js"', '"SITE/fastim-room.js"'), ('group="room"', 'group="GROUP"'),
                    number=1)
    assert len(text.splitlines()) <= 10
    browser = browse(site, fresh(), "/room", text=text)
    browser.execute_async_script("""const done = arguments[0];
        customElements.whenDefined("fastim-room").then(() => setTimeout(() => {
          const element = document.querySelector("fastim-room");
          window.room = element.room;
          element.shadowRoot.querySelector("textarea").focus();
          done();
        }));""")
    browser.switch_to.active_element.send_keys("hello", Keys.ENTER)
    assert browser.execute_async_script(UNTIL, "hello") == ["hello"]
    look = "const at = document.querySelector('fastim-room'), { shadowRoot: root } = at, send = root.querySelector('.send');"
    assert browser.execute_script(look + "return [root.querySelector('h2').textContent, at.clientHeight, "
                                  "getComputedStyle(send).backgroundColor]") == ["Our room", 480, "rgb(10, 125, 79)"]
    assert browser.get_log("browser") == []


def test_a_room_in_ten_lines_with_a_token_of_the_site(make_host, browse):
    """A JWT that is to be renewed is a property, the token source of fastim.js"""
    host = make_host(SETTINGS)
    jwt = token(Secret(), "me")
    text = lines_of("www/README.md", "html", ('"/fastim-room.js"', '"SITE/fastim-room.js"'), ('group="room"', 'group="GROUP"'),
                    ("`/my/token?why=${why}`", "`data:,TOKEN`"), number=2)
    browser = browse(host, fresh(), "/token", jwt, text=text)
    browser.execute_script("Object.defineProperty(window, 'room', { get: () => document.querySelector('fastim-room').room });")
    browser.execute_async_script("""const done = arguments[0], look = () => window.room?.state === "open" ? done() : setTimeout(look, 20);
        look();""")
    browser.execute_script("room.send('hello')")
    assert browser.execute_async_script(UNTIL, "hello") == ["hello"]


# ---- as a package ----

def has(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return pytest.mark.skipif(bool(missing), reason=f"no {', '.join(missing)} here")


def run(*command, cwd, text=None):
    done = subprocess.run(command, cwd=cwd, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          env={**os.environ, "npm_config_update_notifier": "false", "npm_config_cache": f"{cwd}/.npm"})
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


@has("esbuild")
def test_it_is_small(tmp_path, record_property):
    """at most 6 kB minified and gzipped"""
    sizes = {}
    for name in ("fastim.js", "fastim-sse.js", "fastim-room.js"):
        run("esbuild", FILES[f"/{name}"], "--bundle", "--external:./fastim.js", "--minify", "--format=esm", "--target=es2022",
            f"--outfile={tmp_path / name}", cwd=tmp_path)
        sizes[name] = len(gzip.compress((tmp_path / name).read_bytes(), 9))
    record_property("figure", "fastim.js: " + ", ".join(f"{name} {size} bytes" for name, size in sizes.items())
                    + " minified and gzipped")
    assert sizes["fastim.js"] <= MOST_BYTES, sizes


USE = """
import { fastim, groups, FastimError, type Message, type Room } from "fastim";
import { EventStream } from "fastim/sse";
import { FastimRoom } from "fastim/room";

const room: Room = fastim("wss://127.0.0.1:1", { user: "3", group: "1", token: async () => null, fallback: EventStream });
const off: () => void = room.on("message", (message: Message) => console.log(message.info.toUpperCase(), message.own));
room.on("error", (error) => { const wait: number | undefined = error.retryAfter; console.log(error.reason, wait); });
// @ts-expect-error: no such event
room.on("massage", () => {});
// @ts-expect-error: a list is replaced, never changed
room.list.push(room.list[0]);
async function use(): Promise<void> {
  const { ts } = await room.send("hello", { signal: new AbortController().signal });
  await room.recall(ts);
  await room.mod.mute("9", 600);
  const { end }: { end: boolean } = await room.older();
  console.log(end, groups("/", { user: "3" }).list[0]?.unread);
}
function embed(): void {
  const element = document.createElement("fastim-room");
  element.token = async (why) => (why === "first" ? "x" : null);
  const sent: Promise<{ ts: number }> | undefined = element.room?.send("hello");
  console.log(element instanceof FastimRoom, sent);
  // @ts-expect-error: whoever wants another room sets the attribute
  element.room = room;
}
console.log(typeof embed, typeof FastimRoom); // a server that renders pages may load it
use().catch((error: unknown) => console.log(error instanceof FastimError && error.reason));
off();
"""
STRICT = {"compilerOptions": {"strict": True, "exactOptionalPropertyTypes": True, "noUncheckedIndexedAccess": True, "skipLibCheck": False,
                              "module": "node16", "moduleResolution": "node16", "target": "es2022", "lib": ["es2022", "dom"],
                              "outDir": "out"}, "files": ["use.mts"]}


@pytest.fixture
def project(tmp_path, record_property):
    """An empty project with the package in it, as its tarball has it: npm unpacks that likewise."""
    package = tmp_path / "node_modules" / "fastim"
    if shutil.which("npm"):
        shutil.copytree(WWW, tmp_path / "www")
        tarball = run("npm", "pack", "--silent", cwd=tmp_path / "www").split()[-1]
        size = (tmp_path / "www" / tarball).stat().st_size
        record_property("figure", f"fastim.js: npm pack makes {tarball} of {size} bytes")
        (tmp_path / "package.json").write_text('{"name": "empty", "private": true, "type": "module"}')
        run("npm", "install", "--offline", "--no-audit", "--no-fund", "--silent", f"./www/{tarball}", cwd=tmp_path)
        shutil.rmtree(tmp_path / "www")
    else:
        package.mkdir(parents=True)
        for name in json.loads((WWW / "package.json").read_text())["files"]:
            shutil.copy(FILES.get(f"/{name}", WWW / name), package)
        shutil.copy(WWW / "package.json", package)
    assert sorted(path.name for path in package.iterdir() if path.name != "README.md") == [
        "fastim-room.d.ts", "fastim-room.js", "fastim-sse.d.ts", "fastim-sse.js", "fastim.d.ts", "fastim.global.js", "fastim.js", "package.json"]
    return tmp_path


@has("node", "tsc")
def test_the_package_type_checks_and_runs(project):
    """npm pack, installed into an empty project with TypeScript strict, type-checks and runs"""
    (project / "use.mts").write_text(USE)
    (project / "tsconfig.json").write_text(json.dumps(STRICT))
    run("tsc", "-p", ".", cwd=project)
    said = run("node", "out/use.mjs", cwd=project)
    assert said.split() == ["function", "function", "login", "undefined", "login"], said


@has("node")
def test_the_package_and_the_program_have_one_version(project):
    """package.json in www"""
    version = json.loads((project / "node_modules/fastim/package.json").read_text())["version"]
    assert f"\nVERSION = {version}\n" in (ROOT / "Makefile").read_text()

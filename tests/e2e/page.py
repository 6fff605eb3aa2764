"""page.py - the test page in a headless Chromium, as somebody sits in front of it."""
import contextlib
import json
import pathlib
import re
import time
import urllib.parse

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

PATIENCE = 10  # seconds until something that does not show fails the test
ARTIFACTS = pathlib.Path(__file__).resolve().parents[2] / "build" / "test-artifacts"

# Without a cache of pages that were left: with it each visit starts another process, of 0.1 s of CPU.
QUIET = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--disable-features=BackForwardCache", "--no-proxy-server", "--window-size=1000,800"]


def start_browser(profile, *more, notes_requests=True):
    """Debian's Chromium with a profile of its own and these options. It notes what it asks of the network, each frame of
    a WebSocket included, if that is wanted: see requests()."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in [*QUIET, *more, f"--user-data-dir={profile}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", **({"performance": "ALL"} if notes_requests else {})})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def wait_until(condition, what, seconds=PATIENCE):
    """Waits until the condition gives something true, and returns that. What it looks at may be drawn anew meanwhile.
    Each look has its price, of the browser and of all between: what takes longer is looked at less often."""
    end, pause = time.monotonic() + seconds, 0.02
    while True:
        with contextlib.suppress(StaleElementReferenceException):
            if value := condition():
                return value
        assert time.monotonic() < end, f"{what} did not come true within {seconds} s"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.1)


class Page:
    """What a test does on the page, and what it sees there."""

    def __init__(self, browser, http, path="/test/websocket"):
        self.browser = browser
        self.browser.get_log("performance")  # what was before is not ours
        self.browser.get_log("browser")
        self.browser.get(http + path)

    def part(self, name):
        return self.browser.find_element(By.ID, name)

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def script(self, text, *arguments):
        return self.browser.execute_script(text, *arguments)

    def until(self, condition, what):
        return wait_until(condition, what)

    # ---- deeds ----

    def open(self, address):
        """Connects, and waits until the page says so."""
        self.script("arguments[0].select()", self.part("address"))
        self.insert(address)
        self.part("connect").click()
        self.wait_state("connected")

    def type(self, *keys):
        self.part("message").send_keys(*keys)

    def insert(self, text):
        """As from the clipboard, where the focus is: in place of what is selected. To type costs 3 ms for each letter."""
        self.command("Input.insertText", text=text)

    def command(self, name, **parameters):
        """One of the browser's own, of its devtools."""
        return self.browser.execute_cdp_cmd(name, parameters)

    # ---- sights ----

    @property
    def state(self):
        return self.part("state").text.removeprefix("●").strip()

    def wait_state(self, state):
        self.until(lambda: self.state == state, f"the state {state!r}")

    def entries(self, kind):
        """The texts of all entries of a kind (sent, received or system), oldest first."""
        return self.script("return Array.from(document.querySelectorAll(`#log li.${arguments[0]} .text`),"
                           " (e) => e.textContent)", kind)

    def wait_entry(self, kind, text):
        """The first entry of that kind with that text in it."""
        return self.until(lambda: next((e for e in self.entries(kind) if text in e), None),
                          f"a {kind} entry with {text!r}")

    def color(self, selector, name):
        """A colour as the browser computed it, as red, green, blue."""
        value = self.script("return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]",
                            selector, name)
        return tuple(int(n) for n in re.findall(r"\d+", value)[:3])

    def requests(self):
        """The URLs of all that the page has asked of the network, WebSockets included."""
        urls = []
        for line in self.browser.get_log("performance"):
            event = json.loads(line["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                urls.append(event["params"]["request"]["url"])
            elif event["method"] == "Network.webSocketCreated":
                urls.append(event["params"]["url"])
        return [url for url in urls if urllib.parse.urlsplit(url).scheme != "data"]

    def complaints(self):
        """What the browser has put on its console: script errors, blocked requests."""
        return [line["message"] for line in self.browser.get_log("browser")]

    def keep_picture(self, name):
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.browser.save_screenshot(str(ARTIFACTS / f"{name}.png"))


def contrast(one, other):
    """The contrast ratio of two colours, as WCAG 2 defines it."""
    def luminance(color):
        parts = [c / 255 for c in color]
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)

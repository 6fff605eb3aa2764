"""room.py - the page of a room in a headless Chromium: windows, and what people do and see in them."""
import json
import os
import pathlib
import time
from urllib.parse import quote

from selenium.webdriver.common.keys import Keys

from page import ARTIFACTS, wait_until
from tokens import Secret, token

PATIENCE = 15  # seconds until something that does not show fails the test

ROOT = "const host = document.querySelector('fastim-room'), root = host.shadowRoot, room = host.room;"
# All that stands in the log, as it stands there.
SHOWN = ROOT + """
return [...root.querySelectorAll(".log li")].map((item) => ({
  text: item.querySelector(".text").textContent,
  user: item.querySelector(".who")?.textContent,
  isOwn: item.classList.contains("own"),
  state: ["waiting", "sent", "failed"].find((state) => item.classList.contains(state)),
  said: item.querySelector(".state")?.textContent,
}));"""
# The smallest distance of scrolling that is left.
LEFT = ROOT + "const log = root.querySelector('.log'); return log.scrollHeight - log.clientHeight - log.scrollTop;"


class Window:
    """A window of the browser, with a room in it."""

    def __init__(self, browser):
        browser.switch_to.new_window("window")
        self.browser = browser
        self.handle = browser.window_in_use = browser.current_window_handle

    def use(self):
        """Selenium speaks to one window at a time. Which one is known here: to ask would double what is said to it."""
        if self.browser.window_in_use != self.handle:
            self.browser.switch_to.window(self.handle)
            self.browser.window_in_use = self.handle
        return self.browser

    def script(self, text, *arguments):
        return self.use().execute_script(text, *arguments)

    def command(self, name, **parameters):
        """One of the browser's own, of its devtools."""
        return self.use().execute_cdp_cmd(name, parameters)

    def until(self, condition, what, timeout=PATIENCE):
        """Waits until the condition gives something true, and returns that."""
        self.use()
        return wait_until(condition, what, timeout)

    # ---- deeds ----

    def visit(self, host, group, at=None):
        self.group = group
        self.use().get(f"{at or host.http}/chat/{quote(group)}")

    def enter(self, host, group, user, at=None, **claims):
        """As a user of the site, who has a JWT of it already."""
        self.visit(host, group, at)
        jwt = token(Secret(), user, **{"exp": int(time.time()) + 3600, **claims})
        self.script(ROOT + "host.setAttribute('token', arguments[1]); host.setAttribute('user', arguments[0]);", user, jwt)
        self.until_open()

    def log_in(self, user, password="x"):
        """By the form."""
        self.part("input[name=user]").send_keys(user)
        self.part("input[name=password]").send_keys(password, Keys.ENTER)

    def type(self, *keys):
        self.part("textarea").send_keys(*keys)

    def say(self, *keys):
        self.type(*keys, Keys.ENTER)

    def send(self, *texts):
        """As quickly as a page can."""
        self.script(ROOT + "for (const text of arguments[0]) { room.send(text); }", texts)

    def click(self, selector, text=None):
        """The element, or that of the message with this text."""
        element = self.part(selector, text)
        element.click()

    def scroll(self, to):
        """As somebody does it: the page hears of it."""
        self.script(ROOT + "root.querySelector('.log').scrollTop = arguments[0];", to)

    def press(self, key):
        """Wherever the focus is."""
        self.use().switch_to.active_element.send_keys(key)

    # ---- sights ----

    def part(self, selector, text=None):
        find = ROOT + """
            const items = [...root.querySelectorAll(".log li")];
            const inside = arguments[1] === null ? root
                : items.find((item) => item.querySelector(".text").textContent === arguments[1]);
            return inside?.querySelector(arguments[0]);"""
        return self.until(lambda: self.script(find, selector, text), f"{selector} {text or ''}")

    def has(self, selector, text=None):
        """Is there such an element, and is it to be seen? With a text: in the message of this text."""
        return self.script(ROOT + """
            const items = [...root.querySelectorAll(".log li")];
            const inside = arguments[1] === null ? root
                : items.find((item) => item.querySelector(".text").textContent === arguments[1]);
            return Boolean(inside?.querySelector(arguments[0])?.checkVisibility());""", selector, text)

    def text(self, selector):
        return self.script(ROOT + "return root.querySelector(arguments[0])?.textContent", selector)

    def until_text(self, selector, wanted):
        """Waits until it has this text, or one that fits."""
        fits = wanted if callable(wanted) else lambda text: text == wanted
        return self.until(lambda: fits(self.text(selector) or "") and self.has(selector), f"{selector}: {wanted!r}, "
                          f"not {self.text(selector)!r}")

    def until_open(self):
        self.until(lambda: self.script(ROOT + "return room?.state") == "open", "an open room")

    def shown(self):
        return self.script(SHOWN)

    def infos(self):
        """The texts of all messages; not of those that are pending."""
        return [each["text"] for each in self.shown() if not each["state"]]

    def pending(self):
        return [each for each in self.shown() if each["state"]]

    def until_shown(self, *infos):
        """Waits until these are the last messages, and nothing is pending."""
        def are():
            shown = self.shown()
            return [each["text"] for each in shown][-len(infos):] == list(infos) and not any(each["state"] for each in shown)
        self.until(are, f"the messages {infos!r}")

    def until_pending(self, state, text):
        return self.until(lambda: next((each for each in self.pending() if (each["state"], each["text"]) == (state, text)), None),
                          f"{text[:40]!r} {state}")

    def focus(self):
        """The name of the element that has it."""
        return self.script(ROOT + "return root.activeElement?.localName ?? null")

    def is_at_end(self):
        return self.script(LEFT) < 2

    def color(self, selector, name):
        value = self.script(ROOT + "return getComputedStyle(root.querySelector(arguments[0]))[arguments[1]]", selector, name)
        return tuple(int(float(part)) for part in value[value.index("(") + 1:-1].split(",")[:3])

    def heap(self):
        """Bytes of JavaScript that are in use, and the elements of the page."""
        self.command("HeapProfiler.collectGarbage")
        counters = self.command("Memory.getDOMCounters")
        return self.command("Runtime.getHeapUsage")["usedSize"], counters["nodes"]

    def keep_picture(self, name):
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.use().save_screenshot(str(ARTIFACTS / f"{name}.png"))

    def hide(self):
        """The page is hidden: it draws nothing, its timers are late."""
        self.use().minimize_window()
        self.until(lambda: self.script("return document.hidden"), "hidden")

    def show(self):
        self.use().set_window_rect(0, 0, 1000, 800)
        self.until(lambda: not self.script("return document.hidden"), "shown")


def complaints(browser):
    """What is on the console: all but that a connection was lost or refused, which no page can keep from it."""
    return [line for line in browser.get_log("browser") if line["source"] != "network"]


def stored(redis, group):
    """The texts of a group's list."""
    return [json.loads(entry)["info"] for entry in redis.lrange(f"gml:{group}", 0, -1)]


def family(pid):
    """A process and all below it."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue  # it has ended meanwhile
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def pin(pids, cpus):
    """All threads of these processes run on these processors alone."""
    for pid in pids:
        for thread in pathlib.Path(f"/proc/{pid}/task").glob("*"):
            try:
                os.sched_setaffinity(int(thread.name), cpus)
            except ProcessLookupError:
                continue

"""pictures.py - the pictures of the pages, as README.md shows them: `make pictures` takes them anew.

Each is a row of PICTURES: the file below www/, the path, the size, and what people do there before it is taken. They
are taken by Chromium from a host that runs, which the pictures call chat.example.

    BUILD=build /usr/bin/python3 tests/e2e/pictures.py [FOLDER]   # www, if none is named
"""
import pathlib
import sys
import tempfile
from collections import namedtuple

from selenium.webdriver.common.keys import Keys

from admin_page import AdminPage
from host import ROOT, Host
from operators import ANN, SETTINGS, Operator
from page import Page, start_browser
from redis_server import RedisServer
from room import ROOT as PARTS, Window

NAME = "chat.example"
HOST = {"admin.tokens": SETTINGS["admin.tokens"]}
Picture = namedtuple("Picture", "file path width height act")


class Visitor(Page):
    """Who looks at a page; .host is the host that it comes from."""

    def __init__(self, browser, host, picture):
        self.host = host
        self.picture = picture
        self.size(browser)
        super().__init__(browser, f"http://{NAME}", picture.path)

    def size(self, browser):
        """Gives the window that is looked at the size of the picture."""
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": self.picture.width, "height": self.picture.height, "deviceScaleFactor": 1, "mobile": False})

    def other_says(self, group, user, text):
        """Somebody who is not at this browser."""
        assert self.host.api.login(user).post("/group/sendMessage", groupId=group, info=text).code == 200


# ---- what people do ----

WHO = PARTS + "return room.online"  # how many are in the room


def chat_by_hand(visitor):
    """alice chats with bob, by fastim.v2."""
    visitor.part("kind-v2").click()
    visitor.open(f"ws://{NAME}/group/chat/room/alice/-")
    visitor.wait_entry("received", '"type":"list"')
    visitor.type("hi bob, do you see this?", Keys.ENTER)
    visitor.wait_entry("received", '"type":"ack"')
    visitor.wait_entry("received", '"type":"message"')
    visitor.other_says("room", "bob", "I do!")
    visitor.wait_entry("received", "I do!")
    visitor.script("document.activeElement.blur()")


def meet(visitor, group):
    """People in a room, each in a window of their own; the first of them."""
    Operator(visitor.host).do("settings", groupId=group, pinned="Tonight at 20:00: the final, live from Wuhan", slow=5)
    windows = {user: Window(visitor.browser) for user in ("alice", "bob", "mei")}
    for user, window in windows.items():
        window.visit(visitor.host, group, f"http://{NAME}")
        window.log_in(user)
        window.until_open()
    for user, text in [("bob", "Good evening! Is it on yet?"), ("mei", "Five minutes to go 😀"),
                       ("alice", "I have brought crisps.")]:
        windows[user].say(text)
        windows[user].until_shown(text)
    visitor.other_says(group, "carol", "Hello from the train, so please no spoilers if my line is cut.")
    windows["alice"].until_shown("Hello from the train, so please no spoilers if my line is cut.")
    return windows["alice"]


def chat_as_people_do(visitor):
    """alice, bob and mei are in a room."""
    alice = meet(visitor, "evening")
    visitor.size(alice.use())
    alice.until(lambda: alice.script(WHO) == 3, "three who are online")
    alice.script("document.activeElement.blur()")


def operate(visitor):
    """ann watches that room."""
    meet(visitor, "final")
    visitor.size(visitor.browser)
    page = AdminPage(visitor.browser, f"http://{NAME}")
    page.enter(ANN, "ann")
    page.watch("final")
    page.wait_text("#messages .said", "Hello from the train")
    page.script("scrollTo(0, 0)")


PICTURES = [
    Picture("test-page.png", "/test/websocket", 820, 617, chat_by_hand),
    Picture("room.png", "/test/websocket", 820, 617, chat_as_people_do),
    Picture("admin.png", "/test/websocket", 820, 617, operate),
]


# ---- taking them ----

def take(picture, host, browser, folder):
    visitor = Visitor(browser, host, picture)
    picture.act(visitor)
    assert visitor.complaints() == []
    browser.save_screenshot(str(folder / picture.file))


def open_browser(profile, host):
    """A browser that finds the host under its name in the pictures."""
    return start_browser(profile, f"--host-resolver-rules=MAP {NAME} {host.host}", "--hide-scrollbars", "--disable-lcd-text", "--lang=en")


def main(folder):
    with tempfile.TemporaryDirectory(prefix="fastim-pictures-") as name:
        here = pathlib.Path(name)
        server = RedisServer(here / "redis")
        try:
            host = Host(here / "host", server, HOST)
            browser = open_browser(here / "chromium", host)
            try:
                for picture in PICTURES:
                    take(picture, host, browser, folder)
                    print(folder / picture.file)
            finally:
                browser.quit()
                host.stop()
        finally:
            server.stop()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "www")

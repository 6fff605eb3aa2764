"""admin_page.py - the operators' page in a headless Chromium, as an operator or a moderator sits in front of it."""
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from page import Page

# Makes alerts and the like show themselves: no page of ours uses them.
WATCH = "window.hacked = 0; window.alert = window.confirm = window.prompt = () => { window.hacked++; };"


class AdminPage(Page):
    def __init__(self, browser, http):
        browser.get_log("performance")  # what was before is not ours
        browser.get_log("browser")
        browser.get(f"{http}/admin/")
        self.browser = browser
        self.script(WATCH)
        self.until(lambda: self.all("#sign-in"), "the form to sign in")

    # ---- sights ----

    def shown(self, selector):
        """The elements that one can see."""
        return self.script("return Array.from(document.querySelectorAll(arguments[0])).filter((e) => e.checkVisibility())",
                           selector)

    def one(self, selector):
        return self.until(lambda: self.shown(selector), selector)[0]

    def texts(self, selector):
        return self.script("return Array.from(document.querySelectorAll(arguments[0]), (e) => e.textContent)", selector)

    @property
    def said(self):
        return self.script("return document.querySelector('#said').textContent")

    def wait_said(self, *texts):
        self.until(lambda: all(text in self.said for text in texts), f"{texts} to be said, not {self.said!r}")

    def wait_text(self, selector, text):
        self.until(lambda: any(text in each for each in self.texts(selector)), f"{text!r} in {selector}")

    def wait_gone(self, selector, text):
        self.until(lambda: not any(text in each for each in self.texts(selector)), f"{selector} without {text!r}")

    def messages(self):
        return self.texts("#messages .said")

    # ---- deeds ----

    def click(self, selector):
        """The first that one can see. It may be drawn anew meanwhile."""
        find = """
            const shown = Array.from(document.querySelectorAll(arguments[0])).find((e) => e.checkVisibility());
            shown?.scrollIntoView({ block: "center" });
            return shown;"""

        def attempt():
            try:
                element = self.script(find, selector)
                if element:
                    element.click()
                return element is not None
            except StaleElementReferenceException:
                return False

        self.until(attempt, selector)

    def do(self, name, inside=""):
        self.click(f"{inside} [data-do='{name}']")

    def fill(self, name, text):
        self.script("""
            const box = document.getElementById(arguments[0]);
            box.scrollIntoView({ block: "center" });
            box.value = "";
            box.focus();""", name)
        self.insert(text)

    def paste(self, name, text):
        self.script("""
            const box = document.getElementById(arguments[0]);
            box.scrollIntoView({ block: "center" });
            box.value = arguments[1];""", name, text)

    def choose(self, name, value):
        Select(self.browser.find_element(By.ID, name)).select_by_value(value)

    def submit(self, name):
        self.click(f"#{name} button:not([type])")

    def enter_in(self, name):
        """The same, as Enter in one of the form's boxes does it, at a tenth of the price of a click."""
        self.script("arguments[0].requestSubmit()", self.one(f"#{name}"))

    def sign_in(self, token, user="operator"):
        """As an operator, who watches rooms as this user; `operator` is there already."""
        self.paste("admin-token", token)
        if user != "operator":
            self.fill("operator-user", user)
        self.enter_in("operator-form")

    def enter(self, token, user="operator"):
        """The same; it is right."""
        self.sign_in(token, user)
        self.one("[data-do='sign-out']")

    def sign_in_moderator(self, user, token, group):
        for name, text in (("user", user), ("user-token", token), ("first-room", group)):
            self.fill(name, text)
        self.submit("moderator-form")

    def show(self, view):
        self.do(f"view-{view}")
        self.one(f"#{view}")

    def open(self, group):
        if not self.shown("#rooms"):
            self.show("rooms")
        self.fill("open-room", group)
        self.enter_in("open-form")

    def watch(self, group, user=None, token=None):
        """Opens the room, as another user if one is named, and waits until it is live."""
        self.open(group)
        self.until(lambda: self.texts("#room-name") == [group], f"the room {group}")
        if token:
            self.click("#watch-as summary")
            self.fill("watch-user", user)
            self.fill("watch-token", token)
            self.enter_in("watch-form")
        self.wait_live()

    def wait_live(self):
        self.wait_text("#state", "live")

    def act_on(self, text):
        """Opens what may be done to the user and the message with this text."""
        self.wait_acted()
        self.wait_text("#messages .said", text)
        item = next(each for each in self.all("#messages > li") if text in each.text)
        button = item.find_element(By.CSS_SELECTOR, "[data-do='act']")
        self.script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        self.one("#actions")

    def wait_acted(self):
        """What may be done to somebody is closed."""
        self.until(lambda: not self.all("#actions"), "the end of the dialog")

    def confirm(self, *texts):
        """The page asks, in the page, with these words in it; the answer is yes."""
        dialog = self.one("#ask")
        assert all(text in dialog.text for text in texts), dialog.text
        self.do("yes", "#ask")

    def refuse(self):
        self.one("#ask")
        self.do("no", "#ask")
        self.until(lambda: not self.all("#ask"), "the end of the question")

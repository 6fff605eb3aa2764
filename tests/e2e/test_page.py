"""test_page.py - GET /test/websocket, in a browser."""
import asyncio
import json

import pytest
import websockets
from selenium.webdriver.common.keys import Keys

import v2_frames
from host import fresh
from page import Page, contrast, start_browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    driver = start_browser(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


@pytest.fixture
def page(request, site, browser):
    """The page, freshly loaded; its picture is kept where the test fails."""
    failed_before = request.session.testsfailed
    page = Page(browser, site.http)
    yield page
    if request.session.testsfailed > failed_before:
        page.keep_picture(request.node.name)
    for command in ("Emulation.clearDeviceMetricsOverride", "Emulation.setEmulatedMedia"):
        page.command(command)


@pytest.fixture
def group():
    return fresh("page")


@pytest.fixture
def chat(page, site, group):
    """The page, connected to a group of its own as user 1, with the first frame shown."""
    page.open(f"{site.ws}/group/chat/{group}/1/xxx")
    page.wait_entry("received", '{"list":[],"total":0}')
    return page


def say(site, group, user, *texts):
    """Another client sends these, and sees them come back."""
    async def run():
        async with websockets.connect(f"{site.ws}/group/chat/{group}/{user}/xxx") as ws:
            await ws.recv()
            for text in texts:
                await ws.send(text)
            for _ in texts:
                await ws.recv()

    asyncio.run(run())


def stored(site, group):
    return [json.loads(entry)["info"] for entry in site.redis.lrange(f"gml:{group}", 0, -1)]


# ---- the connection ----

def test_address_is_prefilled_for_the_host_that_the_page_came_from(page, site):
    assert page.part("address").get_attribute("value") == f"{site.ws}/group/chat/1/1/xxx"
    assert page.state == "disconnected"


@pytest.mark.everywhere
def test_connect_shows_the_state_and_the_first_frame(page, site, group):
    say(site, group, 2, "before")
    assert not page.part("disconnect").is_enabled() and not page.part("send").is_enabled()
    page.open(f"{site.ws}/group/chat/{group}/1/xxx")
    frame = json.loads(page.wait_entry("received", '"total":'))
    assert [m["info"] for m in frame["list"]] == ["before"]
    assert page.part("disconnect").is_enabled() and page.part("send").is_enabled()
    assert not page.part("connect").is_enabled()


def test_enter_in_the_address_connects(page, site, group):
    page.part("address").clear()
    page.part("address").send_keys(f"{site.ws}/group/chat/{group}/1/xxx", Keys.ENTER)
    page.wait_state("connected")


def test_disconnect_closes_and_the_page_can_connect_again(chat, site, group):
    chat.part("disconnect").click()
    chat.wait_state("disconnected")
    chat.wait_entry("system", "closed: code 1000")
    chat.until(lambda: dict(site.redis.pubsub_numsub(f"mq:{group}"))[f"mq:{group}".encode()] == 0,
               "the end of the daemon's subscription")
    chat.part("connect").click()
    chat.wait_state("connected")


def test_close_code_and_reason_of_the_server_are_shown(page, make_host, group):
    site = make_host({"im.group.loginAuth": 1})
    page.part("address").clear()
    page.part("address").send_keys(f"{site.ws}/group/chat/{group}/1/wrong", Keys.ENTER)
    page.wait_entry("system", "closed: code 1000")
    assert page.entries("received") == ["440"]
    assert page.part("connect").is_enabled()


@pytest.mark.parametrize("path", ["/group/chat/1", "/nowhere"])
def test_a_refused_handshake_is_told(page, site, path):
    page.part("address").clear()
    page.part("address").send_keys(site.ws + path, Keys.ENTER)
    page.wait_state("failed")
    page.wait_entry("system", "closed: code 1006")


def test_an_address_that_is_none_is_told(page):
    page.part("address").clear()
    page.part("address").send_keys("ws://", Keys.ENTER)
    page.wait_state("failed")
    page.wait_entry("system", "cannot connect")


# ---- messages ----

def test_enter_sends(chat, site, group):
    chat.type("你好, Enter", Keys.ENTER)
    message = json.loads(chat.wait_entry("received", "你好, Enter"))
    assert (message["groupId"], message["userId"], message["info"]) == (group, "1", "你好, Enter")
    assert chat.entries("sent") == ["你好, Enter"]
    assert chat.part("message").get_attribute("value") == ""
    assert stored(site, group) == ["你好, Enter"]


def test_the_button_sends(chat, site, group):
    chat.type("by the button")
    chat.part("send").click()
    chat.wait_entry("received", '"info":"by the button"')
    assert chat.entries("sent") == ["by the button"]
    assert stored(site, group) == ["by the button"]


def test_shift_enter_starts_a_new_line(chat, site, group):
    chat.type("one", Keys.SHIFT, Keys.ENTER, Keys.NULL, "two", Keys.ENTER)
    chat.wait_entry("received", r"one\ntwo")
    assert stored(site, group) == ["one\ntwo"]


@pytest.mark.parametrize("says_so", ["isComposing: true", "keyCode: 229"])
def test_enter_does_not_send_while_an_input_method_composes(chat, site, group, says_so):
    chat.type("ni")
    chat.script("document.getElementById('message').dispatchEvent(new KeyboardEvent('keydown',"
                f" {{ key: 'Enter', bubbles: true, cancelable: true, {says_so} }}))")
    assert chat.part("message").get_attribute("value") == "ni"
    chat.type("hao", Keys.ENTER)
    chat.wait_entry("received", '"info":"nihao"')
    assert stored(site, group) == ["nihao"]


def test_what_another_client_sends_is_received(chat, site, group):
    say(site, group, 2, "from elsewhere")
    message = json.loads(chat.wait_entry("received", "from elsewhere"))
    assert (message["userId"], message["info"]) == ("2", "from elsewhere")
    assert chat.all("#log li.received .nice")[-1].text == "2: from elsewhere"
    assert chat.entries("sent") == []


def test_every_entry_tells_its_time_and_its_direction(chat):
    chat.type("hello", Keys.ENTER)
    chat.wait_entry("received", "hello")
    heads = [head.text for head in chat.all("#log li .head")]
    assert [head.split(maxsplit=1)[1] for head in heads] == [
        "· system", "· system", "↓ received", "↑ sent", "↓ received"]
    for head in chat.all("#log li .head time"):
        assert head.get_attribute("datetime")[11:19].count(":") == 2 and head.text.count(":") == 2


def test_markup_is_shown_as_text(chat, site, group):
    markup = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script><b>&amp;"
    title = chat.browser.title
    say(site, group, "%3Ci%3E2", markup)
    raw = chat.wait_entry("received", "<img src=x")
    assert json.loads(raw)["info"] == markup
    assert chat.all("#log li.received .nice")[-1].text.endswith(markup)
    chat.type(markup, Keys.ENTER)
    chat.until(lambda: len(chat.entries("received")) == 3, "our own markup")
    assert chat.all("#log img, #log script, #log i, #log .text b, #log .nice b") == []
    assert chat.browser.title == title


def test_clear_empties_the_log_and_keeps_the_connection(chat, site, group):
    chat.type("gone", Keys.ENTER)
    chat.wait_entry("received", "gone")
    chat.part("clear").click()
    assert chat.all("#log li") == []
    say(site, group, 2, "after")
    chat.wait_entry("received", "after")
    assert len(chat.all("#log li")) == 1


# ---- the group list ----

def test_the_switch_offers_the_group_list(page, site, group):
    user = fresh("u")
    site.redis.sadd(f"ugs:{user}", group)
    page.part("address").clear()
    page.part("address").send_keys(f"{site.ws}/group/chat/{group}/{user}/t%20k")
    page.part("kind-list").click()
    assert page.part("address").get_attribute("value") == f"{site.ws}/group/list/{user}/t%20k"
    page.part("connect").click()
    page.wait_state("connected")
    say(site, group, 2, "news")
    (entry,) = json.loads(page.wait_entry("received", "news"))
    assert entry["newMessage"]["info"] == "news" and entry["total"] == 1
    page.part("kind-chat").click()
    assert page.part("address").get_attribute("value") == f"{site.ws}/group/chat/{group}/{user}/t%20k"


def test_an_address_typed_by_hand_moves_the_switch(page, site):
    page.part("address").clear()
    page.part("address").send_keys(f"{site.ws}/group/list/1/xxx")
    assert page.part("kind-list").is_selected()
    page.part("address").clear()
    page.part("address").send_keys(f"{site.ws}/group/chat/5/1/xxx")
    assert page.part("kind-chat").is_selected()


# ---- fastim.v2 ----

@pytest.fixture
def chat_v2(page, site, group):
    """The page, connected with fastim.v2 to a group of its own as user 1, with the first two frames shown."""
    page.part("kind-v2").click()
    page.open(f"{site.ws}/group/chat/{group}/1/xxx")
    page.wait_entry("system", "connected with fastim.v2")
    page.wait_entry("received", '{"type":"welcome"')
    page.wait_entry("received", '{"type":"list"')
    return page


def told(page):
    """The readable forms of what was received."""
    return [line.text for line in page.all("#log li.received .nice")]


def test_a_text_is_sent_as_a_frame_and_stored(chat_v2, site, group):
    """fastim.v2 as a third choice"""
    chat_v2.type("你好 {}", Keys.ENTER)
    message = json.loads(chat_v2.wait_entry("received", '{"type":"message"'))
    ack = json.loads(chat_v2.wait_entry("received", '{"type":"ack"'))
    sent, = map(json.loads, chat_v2.entries("sent"))
    assert sent == {"type": "send", "id": ack["id"], "info": "你好 {}"}
    assert ack["ts"] == message["ts"] and stored(site, group) == ["你好 {}"]
    assert told(chat_v2)[0] == "Welcome, 1: 1 online"
    assert told(chat_v2)[1].startswith("History: the newest 0 of 0; resume=")
    assert {f"1: {message['info']}", f"Stored: {ack['id']} as {ack['ts']}"} <= set(told(chat_v2))


def test_a_frame_is_sent_as_it_is(chat_v2, site, group):
    """any other frame can be written by hand"""
    say(site, group, 2, "one", "two")
    newest = json.loads(chat_v2.wait_entry("received", '"two"'))
    history = json.dumps({"type": "history", "id": "h1", "before": newest["ts"], "count": 5})
    chat_v2.type(history, Keys.ENTER)
    chat_v2.wait_entry("received", '{"type":"history","id":"h1"')
    chat_v2.type('{"type":"send","id":"k","info":""}', Keys.ENTER)
    chat_v2.wait_entry("received", '"code":400')
    assert chat_v2.entries("sent")[0] == history
    assert "Older ones (h1): 1, the oldest" in told(chat_v2) and any(line.startswith("Refused (k): 400 ") for line in told(chat_v2))
    chat_v2.type("{no frame", Keys.ENTER)
    chat_v2.wait_entry("system", "closed: code 4400 (not a frame)")


def test_the_third_choice_keeps_the_address(page, site, group):
    """only the group list has another path"""
    address = f"{site.ws}/group/chat/{group}/1/xxx"
    page.part("kind-v2").click()
    page.part("address").clear()
    page.part("address").send_keys(address)
    assert page.part("kind-v2").is_selected()
    for kind in ("kind-chat", "kind-v2"):
        page.part("kind-list").click()
        assert page.part("address").get_attribute("value") == f"{site.ws}/group/list/1/xxx"
        page.part(kind).click()
        assert page.part("address").get_attribute("value") == address


def test_each_frame_is_told_in_words(page, site):
    """The frames of fastim.v2, in words: each that v2_frames knows, and one that a later version sends"""
    kinds = page.script("return Object.keys(FRAMES)")
    assert set(kinds) | {"ping", "pong", "groups", "group", "left"} == set(v2_frames.FRAMES)
    for text in ('{"type":"ping"}', '{"type":"of a later version"}', '{"type":"list"}', '{"type":7}', "[]", "null", "x", "7"):
        assert page.script("return explain(arguments[0], 'fastim.v2')", text) is None, text
    assert page.script("""return explain('{"type":"presence","online":3,"joined":["9"],"left":["4","5"]}', "fastim.v2")"""
                       ) == "Online: 3; came: 9; left: 4, 5"


def test_a_part_1_chat_sends_braces_as_a_text(chat, site, group):
    """without fastim.v2 all is as it was"""
    for text in ('{"type":"send","id":"k","info":"x"}', '{"type":"ping"}'):
        chat.type(text, Keys.ENTER)
        chat.until(lambda: chat.entries("received") and json.loads(chat.entries("received")[-1]).get("info") == text, text)
    assert len(stored(site, group)) == 2 and chat.entries("system")[-1] == "connected"


# ---- a flood ----

def test_a_flood_leaves_the_newest_2000_entries_and_the_view_at_the_bottom(chat, site, group):
    say(site, group, 2, *[f"flood {n}." for n in range(2400)])
    chat.wait_entry("received", "flood 2399.")
    entries = chat.entries("received")
    assert len(entries) == 2000
    assert [json.loads(e)["info"] for e in entries] == [f"flood {n}." for n in range(400, 2400)]
    assert "403 oldest no longer shown" in chat.part("counts").text  # two of system, the first frame
    assert chat.script("const l = document.getElementById('log');"
                       " return l.scrollHeight - l.scrollTop - l.clientHeight") < 24


def test_who_has_scrolled_up_is_left_in_peace(chat, site, group):
    say(site, group, 2, *[f"line {n}." for n in range(60)])
    chat.wait_entry("received", "line 59.")
    chat.script("document.getElementById('log').scrollTop = 200")
    say(site, group, 2, "the last one")
    chat.wait_entry("received", "the last one")
    assert chat.script("return document.getElementById('log').scrollTop") == 200


# ---- what it asks of the network, and how it looks ----

def test_no_request_goes_anywhere_but_to_the_page_and_its_socket(chat, site, group):
    chat.type("hello", Keys.ENTER)
    chat.wait_entry("received", "hello")
    assert chat.requests() == [f"{site.http}/test/websocket", f"{site.ws}/group/chat/{group}/1/xxx"]
    assert chat.complaints() == []


def test_the_page_forbids_itself_requests_to_others(page, site):
    failed = page.browser.execute_async_script(
        "fetch(arguments[0]).then(() => arguments[1]('came'), () => arguments[1]('refused'))", f"{site.http}/x")
    assert failed == "refused"
    assert any("Content Security Policy" in complaint for complaint in page.complaints())


@pytest.mark.parametrize("width", [320, 480, 1400])
def test_nothing_overflows_a_window_of_this_width(chat, site, group, width):
    chat.command("Emulation.setDeviceMetricsOverride", width=width, height=700, deviceScaleFactor=1,
                 mobile=False)
    say(site, group, 2, "x" * 3000, "https://" + "long/" * 100)
    chat.wait_entry("received", "long/")
    assert chat.script("return document.documentElement.scrollWidth") <= width
    assert chat.script("const l = document.getElementById('log'); return l.scrollWidth - l.clientWidth") <= 0
    for name in ("address", "connect", "disconnect", "clear", "state", "log", "message", "send"):
        box = chat.part(name).rect
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, name
        assert box["y"] + box["height"] <= 700, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_in_this_colour_scheme(chat, scheme):
    chat.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    chat.type("hello", Keys.ENTER)
    chat.wait_entry("received", "hello")
    page_color = chat.color("body", "backgroundColor")
    assert (sum(page_color) / 3 < 64) == (scheme == "dark")
    for text, ground in [("body", "body"), ("#state", "body"), ("label.name", ".card"), ("#connect", "#connect"),
                         ("#log .sent .text", "#log .sent"), ("#log .received .text", "#log .received"),
                         ("#log .sent .head", "#log .sent"), ("#log .system .text", "#log"),
                         ("#address", "#address"), ("fieldset code", ".card")]:
        if text == "#connect":
            chat.part("disconnect").click()
            chat.wait_state("disconnected")
        ratio = contrast(chat.color(text, "color"), chat.color(ground, "backgroundColor"))
        assert ratio >= 4.5, f"{text} on {ground}: {ratio:.2f}"


def test_every_control_has_a_name_for_those_who_do_not_see_it(page):
    names = {name: page.part(name).accessible_name for name in (
        "address", "kind-chat", "kind-list", "kind-v2", "connect", "disconnect", "clear", "log", "message", "send")}
    assert all(names.values()), names
    assert page.part("state").aria_role == "status"
    assert page.part("log").aria_role == "log"

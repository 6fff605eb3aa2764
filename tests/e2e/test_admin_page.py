"""test_admin_page.py - the operators' page: served behind each web server; in a browser, each of its actions and what that does."""
import json
import re

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import axe
from admin_page import AdminPage
from host import ROOT, fresh
from operators import ANN, SETTINGS, Operator
from page import start_browser
from processes import eventually
from tokens import Secret, token
from v2 import V2

HTML = '<img src=x onerror=alert(1)><b>"&amp;{0}$&'  # no id has a slash
POLICY = ("default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")


# ---- served ----

@pytest.mark.everywhere
@pytest.mark.parametrize("path", ["/admin/", "/admin", "//admin//", "/fastim-admin/", "/fastim-admin"])
def test_the_page_is_served_and_stands_in_no_frame(make_host, path):
    """GET /admin/"""
    host = make_host(SETTINGS)
    answer = host.api.get(path)
    assert (answer.status, answer.body) == (200, (ROOT / "www/admin.html").read_bytes())
    assert answer.headers["content-type"].lower().replace(" ", "") == "text/html;charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY and answer.headers["cache-control"] == "no-cache"
    again = host.api.get(path, "-H", f"If-None-Match: {answer.headers['etag']}")
    assert (again.status, again.body, again.headers["content-security-policy"]) == (304, b"", POLICY)


@pytest.mark.everywhere
@pytest.mark.parametrize("path", ["/admin/", "/fastim-admin"])
def test_without_operators_there_is_no_page(site, path):
    """none: `/admin/` is 404 for all"""
    assert (site.api.get(path).status, site.api.post(path, {}).status) == (404, 404)


def test_the_page_comes_from_the_same_addresses_as_operators(make_host):
    """`admin.addresses` limits from where"""
    far = make_host({**SETTINGS, "login.maxFailures": 0, "admin.addresses": "10.0.0.0/8 ::1"})
    assert (far.api.get("/admin/").status, far.api.get("/admin/").code) == (403, 403)
    line = 'warn admin-refused reason="wrong address" path="/admin" client="127.0.0.1"'
    eventually(lambda: line in far.process.output, what="a line in the log")
    assert far.api.get("/fastim-admin.js").status == 200


def test_the_page_is_for_get_alone(make_host):
    host = make_host(SETTINGS)
    answer = host.api.post("/admin/", {})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


# ---- in a browser ----

@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    driver = start_browser(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def host(make_host):
    """Rooms want a login and members."""
    return make_host({**SETTINGS, "login.maxFailures": 0, "im.group.autoJoin": 0})


@pytest.fixture
def page(request, host, browser):
    """The page, freshly loaded; at the end the browser has nothing to complain of."""
    failed_before = request.session.testsfailed
    page = AdminPage(browser, host.http)
    yield page
    if request.session.testsfailed > failed_before:
        page.keep_picture(request.node.name)
    else:
        allowed = [mark.args[0] for mark in request.node.iter_markers("complains")]
        complaints = [text for text in page.complaints() if not any(word in text for word in allowed)]
        assert not complaints, "\n".join(complaints)
        assert not page.script("return window.hacked")
    for command in ("Emulation.clearDeviceMetricsOverride", "Emulation.setEmulatedMedia"):
        page.command(command)


@pytest.fixture
def group(host):
    group = fresh()
    host.redis.sadd("ugs:operator", group)
    return group


@pytest.fixture
def room(page, host, group):
    """The page, with the operator in it who watches a group of its own."""
    page.enter(ANN)
    page.watch(group, *watcher())
    return page


def watcher():
    return "operator", token(Secret(), "operator")


async def enter(host, group, user, **claims):
    """A user in the group, with a JWT."""
    host.redis.sadd(f"ugs:{user}", group)
    return await V2.enter(host, group, user, auth=token(Secret(), user, **claims))


def rules(host, group=""):
    return {key.decode(): value.decode() for key, value in host.redis.hgetall(f"fim:rules:{group}").items()}


def infos(host, group):
    return [json.loads(entry)["info"] for entry in host.entries(group)]


# ---- signing in ----

@pytest.mark.complains("status of 403")
def test_a_wrong_token_says_so(page):
    """a wrong one says so"""
    for wrong in (ANN[:-1], "é" * 9, "two words"):
        page.sign_in(wrong)
        page.wait_said("The token is wrong")
        page.script("document.querySelector('#said').textContent = ''")
    assert page.shown("#sign-in") and not page.shown("nav, [data-do='sign-out']")
    page.enter(ANN)
    page.one("#rooms")
    assert page.said == ""


def test_who_must_wait_is_told_so(browser, make_host):
    """Failures count and wait as failed logins do."""
    host = make_host({**SETTINGS, "login.maxFailures": 1})
    page = AdminPage(browser, host.http)
    try:
        page.sign_in(ANN[:-1])
        page.wait_said("The token is wrong")
        page.sign_in(ANN)
        page.until(lambda: re.match(r"Too many failures: wait [1-9]\d? s\. \[100 ", page.said), "how long to wait")
        assert page.shown("#sign-in") and not page.all("nav")
    finally:
        host.redis.delete("fim:failed:client:127.0.0.1")


KEPT = """
const done = arguments[arguments.length - 1];
indexedDB.databases().then((databases) => done([
  JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie, location.href, JSON.stringify(history.state),
  JSON.stringify(databases), document.documentElement.outerHTML, ...Array.from(document.querySelectorAll("input"), (e) => e.value),
  JSON.stringify(Object.keys(window).map((key) => typeof window[key] === "string" && window[key]))].join("\\n")));
"""


def test_the_tokens_are_in_memory_alone(page, host, group):
    """kept in memory only (never storage, never URL)"""
    secrets = ANN, watcher()[1]
    for name in ("admin-token", "user-token"):
        assert page.part(name).get_attribute("type") == "password" and page.part(name).get_attribute("autocomplete") == "off"
    page.enter(ANN)
    page.watch(group, "operator", secrets[1])
    kept = page.browser.execute_async_script(KEPT) + "\n".join(page.requests())
    assert group in kept and not any(secret in kept for secret in secrets)
    page.do("sign-out")
    page.one("#sign-in")
    assert not any(secret in page.browser.execute_async_script(KEPT) for secret in secrets)
    assert [box.get_attribute("value") for box in page.all("input")] == ["", "operator", "", "", ""]
    eventually(lambda: host.subscribers(group) == 0, what="the end of the watching")
    page.enter(ANN)
    page.browser.refresh()
    page.one("#sign-in")


def test_somebody_who_leaves_the_page_is_signed_out(page, host):
    """also for a browser that keeps the page, with its memory, to come back to"""
    page.enter(ANN)
    page.script("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert page.shown("#sign-in") and not page.shown("#rooms")


# ---- lists ----

# What the page does every 5 s it then does every 0.5 s.
FASTER = "const real = window.setInterval; window.setInterval = (f, ms) => real(f, ms === 5000 ? 500 : ms);"


async def test_busy_rooms_hosts_and_log(page, host, group):
    """busy rooms (/admin/groups, refreshed), hosts (/admin/hosts), log (/admin/log) with refresh"""
    one = await enter(host, group, "one")
    eventually(lambda: host.redis.zscore("fim:top", group) == 1, what="one user online")
    page.script(FASTER)
    page.enter(ANN)
    row = f"//tr[td[1]='{group}']/td[2]"
    online = lambda: [cell.text for cell in page.browser.find_elements(By.XPATH, row)]
    page.until(lambda: online() == ["1"], "the room, with one online")
    focused = page.one(f"[aria-label='Open {group}']")
    page.script("arguments[0].focus()", focused)
    two = await enter(host, group, "two")
    await two.write("ping")  # it is in
    page.until(lambda: online() == ["2"], "the list, refreshed")
    assert page.browser.switch_to.active_element == focused, "the focus stays where it was"
    page.show("hosts")
    page.until(lambda: any(cells and cells[-1] for cells in [page.texts("#hosts-table td")]), "a host")
    assert page.texts("#hosts-table td")[0] == Operator(host).do("hosts")[0]["host"]
    page.show("log")
    Operator(host).do("mute", groupId=group, userId="one", seconds=60)
    page.do("refresh", "#log")
    page.wait_text("#log-table tr:first-child td:last-child", group)
    assert page.texts("#log-table tbody tr:first-child td")[1:4] == ["ann", "operator", "mute"]
    assert "userId: one" in page.texts("#log-table td:last-child")[0]
    await one.leave()


@pytest.mark.complains("status of 400")
def test_words(page, host):
    """words (list, add, remove)"""
    word = fresh("wört")
    page.enter(ANN)
    page.show("words")
    page.fill("word", f" {word} ")
    page.submit("word-form")
    page.refuse()
    assert not host.redis.sismember("fim:words", word)
    page.submit("word-form")
    page.confirm(word, "all rooms")
    page.wait_said(f"Add {word}: done", "[200 操作成功]")
    page.wait_text("#word-list li", word)
    assert host.redis.sismember("fim:words", word)
    page.click(f"[aria-label='Remove {word}']")
    page.confirm(word)
    page.wait_gone("#word-list li", word)
    assert not host.redis.sismember("fim:words", word)
    page.fill("word", "\u0301")  # by itself it is nothing
    page.submit("word-form")
    page.confirm()
    page.wait_said("refused", "[400 参数错误 add")


async def test_bans_everywhere(page, host, group):
    """ban (group/everywhere …), with undo"""
    user = fresh("u")
    client = await enter(host, group, user)
    page.enter(ANN)
    for kind, whom, field in (("userId", user, f"b:{user}"), ("address", "192.0.2.9", "a:192.0.2.9"),
                              ("userId", "192.0.2.10", "b:192.0.2.10")):
        page.choose("all-bans-kind", kind)
        page.fill("all-bans-whom", whom)
        page.choose("all-bans-duration", "0")
        page.submit("all-bans-form")
        page.confirm(whom, "in all rooms", "for ever")
        page.wait_said(f"Ban {whom}: done")
        page.wait_text("#all-bans-list li", whom)
        assert rules(host)[field] == "0"
    await client.ended(403, "banned", 4403)
    for whom in (user, "192.0.2.9", "192.0.2.10"):
        page.click(f"[aria-label='Unban {whom}']")
        page.wait_said(f"Unban {whom}: done")
    assert not {f"b:{user}", "a:192.0.2.9", "b:192.0.2.10"} & rules(host).keys()


async def test_notice_to_all(page, host, group):
    """notice to one room or all"""
    client = await enter(host, group, fresh("u"))
    page.enter(ANN)
    page.fill("notice-all", "back in five minutes")
    page.submit("notice-all-form")
    page.refuse()
    page.submit("notice-all-form")
    page.confirm("ALL rooms", "back in five minutes")
    page.wait_said("Notice to all rooms: done: ")
    assert (await client.next("notice"))["info"] == "back in five minutes"
    assert page.part("notice-all").get_attribute("value") == ""


# ---- a room, live ----

async def test_a_room_is_live(room, host, group):
    """live view; clear; older messages; who is there"""
    client = await enter(host, group, "talker")
    message = await client.say("hello")
    await client.say("line one\nline two")
    room.wait_text("#messages .said", "line two")
    assert room.messages() == ["hello", "line one\nline two"]
    room.wait_text("#users button", "talker")
    room.until(lambda: "2 online" in room.texts("#state")[0], "two online")
    await client.write("recall", ts=message["ts"])
    room.until(lambda: room.messages() == ["line one\nline two"], "the recall")
    Operator(host).do("notice", groupId=group, info="a word to all")
    room.wait_said("Notice: a word to all")
    for number in range(70):
        await client.put(f"flood {number}.")
        if number % 10 == 9:
            await client.until(f"flood {number}.")
    room.wait_text("#messages .said", "flood 69.")
    view = "const l = document.querySelector('#live'); return l.scrollHeight - l.scrollTop - l.clientHeight"
    room.until(lambda: room.script(view) < 40, "the view at the bottom")
    room.script("document.querySelector('#live').scrollTop = 100")
    room.until(lambda: room.script("return document.querySelector('#live').scrollTop") == 100, "the view")
    await client.say("the last one")
    room.one("[data-do='newest']")
    assert room.script("return document.querySelector('#live').scrollTop") == 100, "who has scrolled up is left in peace"
    room.do("newest")
    room.until(lambda: room.script(view) < 40 and not room.shown("[data-do='newest']"), "the newest")
    room.do("leave")
    room.watch(group)
    room.wait_text("#messages .said", "the last one")
    assert len(room.messages()) == 50
    room.do("older")
    room.until(lambda: len(room.messages()) == 72 and room.messages()[0].startswith("line one"), "the older ones")
    room.do("older")
    room.wait_said("no older ones")
    room.do("clear")
    room.refuse()
    assert len(infos(host, group)) == 72
    room.do("clear")
    room.confirm("ALL messages", group)
    room.wait_said("Clear the room: done")
    room.until(lambda: room.messages() == [], "the empty room")
    assert infos(host, group) == []


async def test_what_may_be_done_to_a_message_and_its_user(room, host, group):
    """recall, mute (durations), ban (…, with purge), kick, purge on each message"""
    user = fresh("u")
    client = await enter(host, group, user)
    for text in ("one", "two", "three"):
        await client.say(text)

    room.act_on("one")
    room.do("recall", "#actions")
    room.refuse()
    assert room.shown("#actions") and infos(host, group) == ["one", "two", "three"]
    room.do("recall", "#actions")
    room.confirm("Recall", user, "one")
    room.wait_said(f"Recall {user}: done", "[200 操作成功]")
    assert (await client.next("recall"))["userId"] == user
    assert infos(host, group) == ["two", "three"]
    room.wait_acted()
    room.until(lambda: room.messages() == ["two", "three"], "the recall")

    room.act_on("two")
    room.choose("act-duration", "3600")
    room.do("mute", "#actions")
    room.confirm("Mute", user, "1 hour")
    muted = (await client.next("you"))["you"]["muted"]
    assert abs(muted - host.now_ms() - 3600_000) < 10_000
    room.wait_text("#mute-list li", user)
    room.click(f"[aria-label='Unmute {user}']")
    assert (await client.next("you"))["you"]["muted"] == 0
    room.wait_gone("#mute-list li", user)

    room.act_on("three")
    room.do("purge", "#actions")
    room.confirm("Take all messages", user)
    room.wait_said(f"Purge {user}: done: 2")
    assert (await client.next("purge"))["userId"] == user and infos(host, group) == []

    await client.say("four")
    room.act_on("four")
    room.do("kick", "#actions")
    room.confirm("Kick", user, "in this room")
    await client.ended(403, "banned", 4403)
    room.wait_text("#bans-list li", user)
    room.click(f"#bans-list [aria-label='Unban {user}']")
    room.wait_said(f"Unban {user}: done")

    client = await enter(host, group, user)
    room.act_on("four")
    room.choose("act-duration", "0")
    room.click("#act-purge")
    room.do("ban", "#actions")
    room.confirm("Ban", user, "in this room", "for ever", "messages away")
    room.wait_said(f"Ban {user}: done: 1")
    frames = [frame["type"] for frame in (await client.any(), ) if frame["type"] == "error"]
    assert frames == ["error"] and await client.close_code() == 4403
    assert rules(host, group) == {f"b:{user}": "0"} and infos(host, group) == []


async def test_a_ban_everywhere_with_purge(room, host, group):
    """ban (group/everywhere, with purge)"""
    user = fresh("u")
    client = await enter(host, group, user)
    await client.say("bad")
    room.act_on("bad")
    for box in ("act-everywhere", "act-purge"):
        room.click(f"#{box}")
    room.do("ban", "#actions")
    room.confirm("Ban", user, "in all rooms", "10 minutes")
    await client.ended(403, "banned", 4403)
    room.wait_said(f"Ban, Purge {user}: done: 1")
    assert infos(host, group) == [] and f"b:{user}" in rules(host) and rules(host, group) == {}
    Operator(host).do("unban", userId=user)


async def test_who_is_there_may_be_acted_on_without_a_message(room, host, group):
    user = fresh("u")
    client = await enter(host, group, user)
    room.wait_text("#users button", user)
    room.click(f"#users [aria-label='Act on {user}']")
    assert not room.shown("#actions [data-do='recall']")
    room.do("kick", "#actions")
    room.confirm()
    await client.ended(403, "banned", 4403)


@pytest.mark.complains("status of 400")
async def test_settings_and_attributes(room, host, group):
    """settings slow, quiet, cap, pinned, attributes"""
    client = await enter(host, group, fresh("u"))
    room.fill("slow", "5")
    room.click("#quiet")
    room.fill("cap", "7")
    room.fill("pinned", "be kind")
    room.submit("settings-form")
    room.wait_said("Settings: done")
    due = {"slow": 5, "quiet": True, "cap": 7, "pinned": "be kind", "attrs": {}}
    assert (await client.next("settings"))["settings"] == due
    room.submit("settings-form")
    room.wait_said("Settings: nothing has changed")
    room.fill("attr-name", "title")
    room.fill("attr-value", "Evening")
    room.submit("attr-form")
    room.wait_text("#attr-list li", "title = Evening")
    assert (await client.next("settings"))["settings"] == {**due, "attrs": {"title": "Evening"}}
    room.fill("pinned", "what I am writing")
    Operator(host).do("settings", groupId=group, slow=9)  # somebody else
    await client.next("settings")
    room.until(lambda: room.part("slow").get_attribute("value") == "9", "the change of somebody else")
    assert room.part("pinned").get_attribute("value") == "what I am writing", "what is being written stays"
    room.click("[aria-label='Remove title']")
    room.wait_gone("#attr-list li", "title")
    assert (await client.next("settings"))["settings"] == {**due, "slow": 9}
    room.fill("slow", "30000")
    room.submit("settings-form")
    room.wait_said("Settings: refused", "[400 参数错误 slow")


async def test_bans_mutes_and_roles_with_undo(room, host, group):
    """bans, mutes, roles with undo"""
    user = fresh("u")
    client = await enter(host, group, user)
    room.fill("mute-user", user)
    room.choose("mute-duration", "86400")
    room.submit("mute-form")
    room.confirm(user, "1 day")
    assert (await client.next("you"))["you"]["muted"] > 0
    room.fill("role-user", user)
    room.choose("role-role", "vip")
    room.submit("role-form")
    room.confirm(user, "vip")
    assert (await client.next("you"))["you"]["role"] == "vip"
    room.wait_text("#role-list li", f"{user} · vip")
    room.click(f"[aria-label='Remove {user}']")
    assert (await client.next("you"))["you"]["role"] == ""
    room.click(f"[aria-label='Unmute {user}']")
    assert (await client.next("you"))["you"]["muted"] == 0
    room.choose("bans-kind", "address")
    room.fill("bans-whom", "2001:db8::7")
    room.submit("bans-form")
    room.confirm("2001:db8::7", "in this room", "10 minutes")
    room.wait_text("#bans-list li", "2001:db8:")
    assert [field[0] for field in rules(host, group)] == ["a"]
    room.click("#bans-list [data-do='undo']")
    room.wait_said("Unban 2001:db8:", "done")
    assert rules(host, group) == {}


async def test_notice_and_message_of_a_user(room, host, group):
    """notice to one room …, send a message as a user (/admin/message)"""
    client = await enter(host, group, fresh("u"))
    room.fill("notice-info", "quiet, please")
    room.submit("notice-form")
    room.confirm("in this room", "quiet, please")
    assert (await client.next("notice"))["info"] == "quiet, please"
    room.fill("message-user", "bot")
    room.fill("message-info", "a gift")
    room.submit("message-form")
    room.confirm("bot", "a gift")
    message = await client.next("message")
    assert (message["userId"], message["info"]) == ("bot", "a gift")
    room.wait_said("Message as a user bot: done")
    room.wait_text("#messages .said", "a gift")


# ---- who may what ----

@pytest.mark.complains("status of 403")
async def test_a_moderator_sees_what_a_moderator_may(page, host):
    """userId+token of a moderator"""
    group, other, mod, user = fresh(), fresh(), fresh("m"), fresh("u")
    client = await enter(host, group, user)
    await client.say("rude")
    host.redis.sadd(f"ugs:{mod}", group)
    secret = token(Secret(), mod, role="mod", groups=[group])
    page.sign_in_moderator(mod, secret, other)
    page.wait_said("no moderator of the room")
    page.sign_in_moderator(mod, secret, group)
    page.wait_live()
    assert page.texts("#who") == [f"moderator {mod}"]
    assert page.texts("nav button") == ["Rooms", "Room"]
    for operators in ("#cap", "#attributes", "#role-form", "#message", "#all-bans-form", "#notice-all-form"):
        assert page.all(operators) == [], operators
    page.act_on("rude")
    assert page.all("#act-everywhere") == []
    page.do("mute", "#actions")
    page.confirm()
    assert (await client.next("you"))["you"]["muted"] > 0
    page.wait_text("#mute-list li", user)
    page.fill("slow", "3")
    page.submit("settings-form")
    assert (await client.next("settings"))["settings"]["slow"] == 3
    page.open(other)
    page.wait_said("Room: not allowed")
    assert page.texts("#room-name") == [group]
    note = json.loads(host.redis.lindex("fim:audit", 0))
    assert (note["who"], note["as"], note["what"]) == (mod, "mod", "settings")


@pytest.mark.complains("status of 403")
def test_a_user_who_is_no_moderator_is_told(page):
    page.sign_in_moderator("u", token(Secret(), "u"), fresh())
    page.wait_said("This user is no moderator of the room.")
    page.sign_in_moderator("u", "wrong", fresh())
    page.wait_said("The user or its token is wrong.")


def test_a_room_that_wants_a_login_and_members(page, host):
    """The page asks for what is missing"""
    group, user = fresh(), fresh("u")
    page.enter(ANN)
    page.open(group)
    page.click("#watch-as summary")
    for secret, trouble in (("wrong", "wants a login"), (token(Secret(), user), f"{user} is no member")):
        page.one("#watch-form")  # which is open where it helps
        page.fill("watch-user", user)
        page.fill("watch-token", secret)
        page.submit("watch-form")
        page.wait_text("#trouble", trouble)
    page.do("join")
    page.wait_live()
    assert host.redis.sismember(f"ugs:{user}", group) and not page.shown("#trouble")
    page.fill("slow", "2")  # rules need no watching
    page.submit("settings-form")
    page.wait_said("Settings: done")


@pytest.mark.complains("status of 400")
def test_an_id_that_is_none_opens_nothing(page):
    page.enter(ANN)
    page.open("a/b")
    page.wait_said("Room: refused", "[400 ")
    assert page.all("#room") == []


@pytest.mark.complains("net::ERR_")
def test_an_answer_that_does_not_come_is_told(room):
    room.command("Network.enable")
    room.command("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    try:
        room.do("clear")
        room.confirm()
        room.wait_said("Clear the room: no answer")
    finally:
        room.command("Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    room.do("clear")
    room.confirm()
    room.wait_said("Clear the room: nothing has changed", "[100 操作失败]")


@pytest.mark.everywhere
async def test_with_the_default_settings_a_token_is_all_it_takes(browser, make_host):
    """loginAuth 0, autoJoin 1"""
    host, group = make_host({"admin.tokens": f"ann:{ANN}"}), fresh()
    client = await V2.enter(host, group, "talker")
    await client.say("hello")
    page = AdminPage(browser, host.http)
    page.enter(ANN, "watcher")
    page.watch(group)
    page.wait_text("#users button", "watcher")
    page.act_on("hello")
    page.do("recall", "#actions")
    page.confirm()
    assert (await client.next("recall"))["userId"] == "talker"
    page.until(lambda: page.messages() == [], "the recall")
    assert page.complaints() == []


# ---- text is text ----

async def test_html_is_shown_as_text(page, host):
    """XSS: message texts, user ids, group ids, words with HTML in them are shown as text"""
    group, user = f"{HTML}{fresh()}", f"{HTML}{fresh('u')}"
    host.redis.sadd("ugs:operator", group)
    client = await enter(host, group, user)
    await client.say(HTML + "</p>")
    operator = Operator(host)
    for what, fields in (("settings", {"pinned": HTML + "</textarea>", "attr.a": HTML}), ("mute", {"userId": user, "seconds": 60}),
                         ("ban", {"userId": f"{user}2"}), ("role", {"userId": f"{user}3", "role": "vip"})):
        operator.do(what, groupId=group, **fields)
    operator.do("words", add=group)
    operator.do("ban", userId=f"{user}4")
    page.enter(ANN)
    page.wait_text("#busy td", group)
    page.wait_text("#all-bans-list li", f"{user}4")
    page.click("[data-do='view-words']")
    page.wait_text("#word-list li", group.lower() if group not in page.texts("#word-list li bdi") else group)
    page.click("[data-do='view-log']")
    page.wait_text("#log-table td", group)
    page.watch(group, *watcher())
    page.wait_text("#messages .said", HTML + "</p>")
    assert page.texts("#messages b") == [user] and page.part("pinned").get_attribute("value") == HTML + "</textarea>"
    page.wait_text("#users button", user)
    page.wait_text("#attr-list li", f"a = {HTML}")
    for kind, each in (("mute", user), ("bans", f"{user}2"), ("role", f"{user}3")):
        page.wait_text(f"#{kind}-list li", each)
    page.act_on(HTML)
    assert user in page.one("#actions h2").text
    page.do("mute", "#actions")
    page.confirm(user)
    page.wait_said(f"Mute {user}: ")
    operator.do("notice", groupId=group, info=HTML)
    page.wait_said(f"Notice: {HTML}")
    assert page.all("img, b b, script:not([src]), [onerror]") == []
    operator.do("words", remove=group)
    operator.do("unban", userId=f"{user}4")


# ---- for everybody ----

async def test_by_the_keyboard(page, host, group):
    """keyboard"""
    client = await enter(host, group, "talker")
    await client.say("hello")
    assert page.browser.switch_to.active_element == page.part("admin-token")
    page.browser.switch_to.active_element.send_keys(ANN, Keys.ENTER)
    page.until(lambda: page.browser.switch_to.active_element.text == "Rooms", "the focus where one goes on")
    page.watch(group, *watcher())
    live = page.browser.switch_to.active_element
    assert live == page.part("live")
    page.wait_text("#messages .said", "hello")
    live.send_keys(Keys.TAB)
    act = page.browser.switch_to.active_element
    assert act.accessible_name == "Act on talker"
    act.send_keys(Keys.ENTER)
    page.one("#actions")
    page.browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    page.wait_acted()
    assert page.browser.switch_to.active_element == act, "the focus is back"
    act.send_keys(Keys.ENTER)
    page.until(lambda: page.browser.switch_to.active_element == page.part("act-duration"), "the focus in the dialog")
    page.browser.switch_to.active_element.send_keys(Keys.TAB, Keys.TAB, Keys.TAB)
    assert page.browser.switch_to.active_element.text == "Recall"
    page.browser.switch_to.active_element.send_keys(Keys.ENTER)
    page.until(lambda: page.browser.switch_to.active_element.text == "No", "the question, which no stray Enter answers by yes")
    page.browser.switch_to.active_element.send_keys(Keys.SHIFT, Keys.TAB)
    page.browser.switch_to.active_element.send_keys(Keys.ENTER)
    page.wait_said("Recall talker: done")
    page.until(lambda: page.browser.switch_to.active_element == page.part("live"), "the focus where the message was")


def language(page, name):
    agent = page.script("return navigator.userAgent")
    page.command("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=name)
    page.browser.refresh()
    page.one("#sign-in")


def test_chinese_and_english_by_the_browsers_language(page):
    """Chinese and English by the browser's language"""
    try:
        for name, lang, title, button in (("zh-CN", "zh-CN", "fastim · 运营管理", "登录"), ("zh-TW", "zh-CN", "fastim · 运营管理", "登录"),
                                          ("de-DE", "en", "fastim · Operators", "Sign in")):
            language(page, name)
            assert (page.script("return document.documentElement.lang"), page.browser.title) == (lang, title)
            assert page.one("#operator-form button").text == button
    finally:
        language(page, "en-US")


def test_both_languages_have_the_same_texts():
    text = (ROOT / "www/admin/texts.js").read_text()
    keys = {}
    for name in ("en", "zh"):
        part = re.search(rf"^  {name}: \{{\n(.*?)^  \}},", text, re.M | re.S)[1]
        pairs = re.findall(r'^    (\w+):\s+"((?:[^"\\]|\\.)*)"', part, re.M)
        keys[name] = {key: sorted(re.findall(r"\{\d\}", value)) for key, value in pairs}
        assert len(pairs) == len(keys[name]) == part.count('",')
    assert keys["en"] == keys["zh"]
    used = set(re.findall(r'\bt\(\s*"(\w+)"', "".join(path.read_text() for path in (ROOT / "www/admin").glob("*.js"))))
    assert used <= set(keys["en"])


@pytest.mark.parametrize("width", [320, 1400])
async def test_nothing_overflows_a_window_of_this_width(page, host, group, width):
    """phones"""
    page.command("Emulation.setDeviceMetricsOverride", width=width, height=700, deviceScaleFactor=1, mobile=width < 500)
    client = await enter(host, group, "u" * 64)
    await client.say("x" * 3000)
    assert page.script("return document.documentElement.scrollWidth") <= width
    page.enter(ANN)
    for view in ("rooms", "words", "hosts", "log"):
        page.show(view)
        assert page.script("return document.documentElement.scrollWidth") <= width, view
    page.watch(group, *watcher())
    page.wait_text("#messages .said", "xxx")
    assert page.script("return document.documentElement.scrollWidth") <= width
    assert page.script("const l = document.querySelector('#live'); return l.scrollWidth - l.clientWidth") <= 0
    page.act_on("xxx")
    box = page.one("#actions").rect
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    page.do("close", "#actions")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(page, host, group, scheme):
    """screen readers (axe-core: no violation); dark mode"""
    axe.source()  # skips at once where there is none
    page.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    is_dark = sum(page.color("body", "backgroundColor")) / 3 < 64
    assert is_dark == (scheme == "dark")
    assert axe.violations(page.browser) == []
    client = await enter(host, group, "talker")
    await client.say("hello")
    Operator(host).do("mute", groupId=group, userId="talker", seconds=60)
    page.enter(ANN)
    for view in ("rooms", "words", "hosts", "log"):
        page.show(view)
        page.until(lambda: page.texts(f"#{view} td, #{view} li"), "a row")
        assert axe.violations(page.browser) == [], view
    page.watch(group, *watcher())
    page.wait_text("#mute-list li", "talker")
    assert axe.violations(page.browser) == []
    page.act_on("hello")
    assert axe.violations(page.browser) == []
    page.do("mute", "#actions")
    page.one("#ask")
    assert axe.violations(page.browser) == []
    page.script("document.querySelector('#ask').append(document.createElement('button'))")
    assert [text.split(":")[0] for text in axe.violations(page.browser)] == ["button-name"], "it sees what is wrong"

"""test_browser.py - the HTTP API as a page of another origin uses it, in a browser: what fetch sends is what it sends."""
import http.server
import threading
from urllib.parse import quote

import pytest

from host import fresh
from page import start_browser
from ports import free_port

FETCH = """
const [url, headers, body, done] = arguments;
fetch(url, {method: "POST", headers, body}).then(r => r.json()).then(done, error => done(String(error)));
"""


class BlankPage(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_):
        """Nobody reads it."""


@pytest.fixture(scope="module")
def fetch(tmp_path_factory):
    """fetch(url, headers, body) of a page of http://localhost: the answer, parsed, or the error's text."""
    pages = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), BlankPage)
    threading.Thread(target=pages.serve_forever, args=(0.05,), daemon=True).start()
    browser = start_browser(tmp_path_factory.mktemp("chromium"))
    browser.get(f"http://localhost:{pages.server_port}/")
    yield lambda url, headers, body: browser.execute_async_script(FETCH, url, headers, body)
    browser.quit()
    pages.shutdown()
    pages.server_close()


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("name, encode", [("José", str), ("José", quote), ("你好 😀", quote), ("a%41b", str), ("a%41b", quote)])
def test_a_page_can_name_each_user(site, fetch, name, encode):
    """so that each client can name each user (browsers send é as E9)"""
    user, group = f"{fresh('u')} {name}", fresh()
    token = fetch(f"{site.http}/user/login", JSON, '{"userId":"%s","password":"p"}' % user)["msg"]
    headers = {**JSON, "userId": encode(user), "token": token}
    answer = fetch(f"{site.http}/user/joinGroup", headers, '{"groupId":"%s"}' % group)
    assert answer["code"] == 200, answer
    assert site.redis.sismember(f"ugs:{user}", group)


def test_a_browser_itself_refuses_a_header_that_is_not_latin1(site, fetch):
    """... which is why it is to be encoded"""
    assert "ISO-8859-1" in fetch(f"{site.http}/user/listGroup", {"userId": "你好", "token": "x"}, "")


@pytest.mark.parametrize("more", [{"traceparent": "00-1-2-01"}, {"X-Requested-With": "XMLHttpRequest", "X-B3-TraceId": "1"}])
def test_a_script_that_adds_headers_breaks_nothing(site, fetch, more):
    """allows the headers `userId`, `token`, `content-type` and those that it asks for"""
    account = site.api.login(fresh("u"))
    headers = {**JSON, "userId": account.user, "token": account.token, **more}
    assert fetch(f"{site.http}//user/listGroup/", headers, "{}")["code"] == 200


def test_no_page_of_another_origin_sends_the_admins_token(site, fetch):
    """(never `adminToken`)"""
    account = site.api.login(fresh("u"))
    headers = {**JSON, "userId": account.user, "token": account.token, "adminToken": "x"}
    assert fetch(f"{site.http}/user/listGroup", headers, "{}") == "TypeError: Failed to fetch"

"""test_http.py - protocol.md, HTTP: parameters, envelope, status codes, order of checks, CORS, test page."""
import json
import socket
import urllib.parse

import pytest

from api import curl
from host import fresh

pytestmark = pytest.mark.everywhere

MIB = 1024 * 1024
POST_PATHS = ["/user/login", "/user/joinGroup", "/user/listGroup", "/group/listMessage",
              "/group/listOldMessage", "/group/delMessage"]
LOGIN_PATHS = POST_PATHS[1:]


@pytest.fixture(scope="module")
def user(site):
    return site.api.login(fresh("u"))


def headers(account):
    return ["-H", f"userId: {account.user}", "-H", f"token: {account.token}"]


# ---- parameters ----

VALUES = ["plain", "with space", "a+b&c=d;e%41#?", "你好 😀", "quote\"back\\slash", "--boundary--"]


@pytest.mark.proxies
@pytest.mark.parametrize("group", VALUES)
def test_parameters_come_as_multipart_form_data(site, user, group):
    """Parameters come as `multipart/form-data`"""
    group = fresh() + group
    answer = curl(site.http + "/user/joinGroup", *headers(user), "--form-string", f"groupId={group}")
    assert answer.code == 200
    assert site.redis.sismember(f"ugs:{user.user}", group)


@pytest.mark.smoke
@pytest.mark.proxies
@pytest.mark.parametrize("group", VALUES)
def test_parameters_come_urlencoded(site, user, group):
    """as `application/x-www-form-urlencoded`"""
    group = fresh() + group
    answer = curl(site.http + "/user/joinGroup", *headers(user), "--data-urlencode",
                  f"groupId={group}")
    assert answer.code == 200
    assert site.redis.sismember(f"ugs:{user.user}", group)


@pytest.mark.proxies
@pytest.mark.parametrize("group", VALUES)
def test_parameters_come_in_the_query_string(site, user, group):
    """or in the query string"""
    group = fresh() + group
    query = urllib.parse.urlencode({"groupId": group})
    answer = curl(site.http + f"/user/joinGroup?{query}", *headers(user), "-d", "")
    assert answer.code == 200
    assert site.redis.sismember(f"ugs:{user.user}", group)


@pytest.mark.proxies
def test_urlencoded_plus_is_a_space(site, user):
    """application/x-www-form-urlencoded"""
    group = fresh()
    answer = curl(site.http + "/user/joinGroup", *headers(user), "-d", f"groupId={group}+%2B")
    assert answer.code == 200
    assert site.redis.sismember(f"ugs:{user.user}", f"{group} +")


@pytest.mark.proxies
def test_content_type_may_have_parameters_and_capitals(site, user):
    """application/x-www-form-urlencoded"""
    group = fresh()
    answer = curl(site.http + "/user/joinGroup", *headers(user), "-d", f"groupId={group}", "-H",
                  "Content-Type: Application/X-WWW-Form-URLEncoded; charset=UTF-8")
    assert answer.code == 200


@pytest.mark.proxies
@pytest.mark.parametrize("option", ["--data-urlencode", "--form-string"])
def test_the_body_wins(site, user, option):
    """(the body wins)"""
    query, body = fresh("query"), fresh("body")
    answer = curl(site.http + f"/user/joinGroup?groupId={query}", *headers(user), option,
                  f"groupId={body}")
    assert answer.code == 200
    assert site.redis.smembers(f"ugs:{user.user}") & {query.encode(), body.encode()} == {body.encode()}


@pytest.mark.parametrize("option", ["--data-urlencode", "--form-string"])
def test_query_gives_what_the_body_does_not(site, option):
    """multipart/form-data, urlencoded, or in the query string - mixed"""
    user = fresh("u")
    answer = curl(site.http + f"/user/login?userId={user}", option, "password=x")
    assert answer.code == 200
    assert site.redis.get(f"login:{user}") == answer.msg.encode()


@pytest.mark.parametrize("option", ["--data-urlencode", "--form-string"])
def test_of_a_parameter_given_twice_the_first_counts(site, user, option):
    """Of a parameter given twice the first counts"""
    one, two = fresh("one"), fresh("two")
    answer = curl(site.http + "/user/joinGroup", *headers(user), option, f"groupId={one}", option,
                  f"groupId={two}")
    assert answer.code == 200
    assert site.redis.smembers(f"ugs:{user.user}") & {one.encode(), two.encode()} == {one.encode()}


def test_of_a_parameter_twice_in_the_query_the_first_counts(site, user):
    """Of a parameter given twice the first counts"""
    one, two = fresh("one"), fresh("two")
    answer = curl(site.http + f"/user/joinGroup?groupId={one}&groupId={two}", "-d", "",
                  *headers(user))
    assert answer.code == 200
    assert site.redis.smembers(f"ugs:{user.user}") & {one.encode(), two.encode()} == {one.encode()}


# ---- the envelope ----

@pytest.mark.smoke
@pytest.mark.proxies
def test_envelope_to_the_byte(site, user):
    """{"code":200,"msg":"操作成功","data":null}"""
    answer = user.post("/user/joinGroup", groupId=fresh())
    assert answer.body == '{"code":200,"msg":"操作成功","data":null}'.encode()


@pytest.mark.smoke
@pytest.mark.proxies
def test_every_reply_has_the_type_and_the_envelope(site, user):
    """Every reply is `application/json;charset=utf-8`, UTF-8, in this envelope; `data` is always present"""
    seen = {}
    joined = fresh()
    user.join(joined)
    for answer in (
            site.api.post("/user/login", {"userId": "u", "password": "p"}),
            user.post("/user/joinGroup", groupId=joined),
            site.api.post("/user/listGroup"),
            user.post("/user/joinGroup"),
            site.api.post("/nowhere"),
            site.api.get("/user/login"),
            curl(site.http + "/user/login", body=b"a" * (MIB + 1)),
            curl(site.http + "/user/login", "-H", "Content-Type: text/plain", body=b"x")):
        seen[answer.code] = answer
        assert answer.headers["content-type"] == "application/json;charset=utf-8"
        assert list(answer.envelope) == ["code", "msg", "data"]
        assert isinstance(answer.msg, str) and answer.msg
    assert set(seen) == {200, 100, 440, 400, 404, 405, 413, 415}


# ---- codes and statuses ----

def test_status_stays_200_for_200_100_and_440(site, user):
    """the HTTP status stays 200 for 200, 100 and 440"""
    group = fresh()
    answers = [user.post("/user/joinGroup", groupId=group), user.post("/user/joinGroup", groupId=group),
               site.api.post("/user/joinGroup", {"groupId": group})]
    assert [answer.code for answer in answers] == [200, 100, 440]
    assert [answer.status for answer in answers] == [200, 200, 200]


@pytest.mark.smoke
@pytest.mark.proxies
@pytest.mark.parametrize("path", LOGIN_PATHS)
def test_440_says_so(site, path):
    """not logged in: msg `请登录后访问`"""
    answer = site.api.post(path, {"groupId": "1"})
    assert answer.text == '{"code":440,"msg":"请登录后访问","data":null}'


MISSING = [("/user/login", {"userId": "u"}, "password"), ("/user/login", {"password": "p"}, "userId"),
           ("/user/joinGroup", {}, "groupId"),
           ("/group/listMessage", {"startPage": 0, "endPage": 1}, "groupId"),
           ("/group/listMessage", {"groupId": "g", "endPage": 1}, "startPage"),
           ("/group/listMessage", {"groupId": "g", "startPage": 1}, "endPage"),
           ("/group/listMessage", {"groupId": "g", "startPage": "x", "endPage": 1}, "startPage"),
           ("/group/listMessage", {"groupId": "g", "startPage": 1, "endPage": "1.5"}, "endPage"),
           ("/group/listMessage", {"groupId": "g", "startPage": 1, "endPage": ""}, "endPage"),
           ("/group/listMessage", {"groupId": "g", "ts": 1, "count": 1}, "userId"),
           ("/group/listMessage", {"groupId": "g", "userId": "u", "ts": "x", "count": 1}, "ts"),
           ("/group/listMessage", {"groupId": "g", "userId": "u", "ts": 1, "count": "x"}, "count"),
           ("/group/listOldMessage", {"userId": "u", "ts": 1, "count": 1}, "groupId"),
           ("/group/listOldMessage", {"groupId": "g", "ts": 1, "count": 1}, "userId"),
           ("/group/listOldMessage", {"groupId": "g", "userId": "u", "count": 1}, "ts"),
           ("/group/listOldMessage", {"groupId": "g", "userId": "u", "ts": 1}, "count"),
           ("/group/listOldMessage", {"groupId": "g", "userId": "u", "ts": "1a", "count": 1}, "ts"),
           ("/group/listOldMessage", {"groupId": "g", "userId": "u", "ts": 1, "count": -1}, "count"),
           ("/group/listMessage", {"groupId": "g", "userId": "u", "ts": 1, "count": -1}, "count"),
           ("/group/delMessage", {"ts": 1}, "groupId"), ("/group/delMessage", {"groupId": "g"}, "ts"),
           ("/group/delMessage", {"groupId": "g", "ts": "now"}, "ts")]


@pytest.mark.parametrize("path, fields, name", MISSING)
def test_400_names_the_parameter_that_is_missing_or_malformed(site, user, path, fields, name):
    """400: a parameter is missing or malformed: msg names it"""
    answer = site.api.post(path, fields, *headers(user))
    assert (answer.status, answer.code, answer.data) == (400, 400, None)
    assert name in answer.msg


BAD_IDS = ["", " ", " a", "a ", "a/b", ".", "..", "x" * 129, "a\x01b", "a\x7fb", "tab\t", "é" * 65]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_invalid_ids_over_http_are_400(site, user, bad):
    """The same rule holds for a userId or groupId that comes over HTTP (400 otherwise)"""
    calls = [("/user/login", {"userId": bad, "password": "p"}, "userId"),
             ("/user/joinGroup", {"groupId": bad}, "groupId"),
             ("/group/listMessage", {"groupId": bad, "startPage": 0, "endPage": 1}, "groupId"),
             ("/group/listOldMessage", {"groupId": bad, "userId": "u", "ts": 1, "count": 1}, "groupId"),
             ("/group/listOldMessage", {"groupId": "g", "userId": bad, "ts": 1, "count": 1}, "userId"),
             ("/group/delMessage", {"groupId": bad, "ts": 1}, "groupId")]
    for path, fields, name in calls:
        answer = site.api.post(path, fields, *headers(user))
        assert (answer.status, answer.code) == (400, 400), (path, fields, answer)
        assert name in answer.msg


@pytest.mark.proxies
@pytest.mark.parametrize("bad", ["%FF", "%C0%AF", "%ED%A0%80"])
def test_ids_that_are_not_utf8_are_400(site, user, bad):
    """1 to 128 bytes of UTF-8"""
    for body, query in ((f"groupId={bad}", ""), ("", f"?groupId={bad}")):
        answer = curl(site.http + "/user/joinGroup" + query, *headers(user), "-d", body)
        assert (answer.status, answer.code) == (400, 400)


@pytest.mark.proxies
@pytest.mark.parametrize("bad", ["a%00b", "a%01b", "%1F", "%7F"])
def test_ids_with_control_characters_are_400(site, user, bad):
    """control characters are U+0000–U+001F and U+007F (in an address the web server refuses them itself)"""
    answer = curl(site.http + "/user/joinGroup", *headers(user), "-d", f"groupId={bad}")
    assert (answer.status, answer.code) == (400, 400)


@pytest.mark.parametrize("good", ["x" * 128, "é" * 64, "...", "*", "a b", "'\"<>&", "%2F"])
def test_valid_ids_over_http(site, user, good):
    """decoded they are 1 to 128 bytes of UTF-8 without control characters or `/`"""
    user.post("/user/joinGroup", groupId=good)
    assert site.redis.sismember(f"ugs:{user.user}", good)


@pytest.mark.proxies
@pytest.mark.parametrize("path", ["/", "//", "/user", "/user/", "/user/log/in", "/userlogin", "/user/Login",
                                  "/group/list", "/group/listMessageX", "/group/chat", "/test", "/favicon.ico",
                                  "/%75ser/none"])
def test_404_no_such_path(site, user, path):
    """404: no such path"""
    answer = user.post(path, groupId="g")
    assert (answer.status, answer.code, answer.data) == (404, 404, None)


SLASHES = ["/{0}/{1}/", "//{0}/{1}", "/{0}//{1}", "/{0}/{1}//", "///{0}//{1}/"]


@pytest.mark.proxies
@pytest.mark.parametrize("slashes", SLASHES)
def test_a_slash_at_the_end_and_doubled_ones_make_no_difference(site, user, slashes):
    """Paths, here and for WebSockets: a slash at the end and doubled slashes make no difference."""
    group, form = fresh(), "application/x-www-form-urlencoded"
    for path, body, code in (("/user/login", "userId=u&password=p", 200), ("/user/listGroup", "", 200),
                             ("/group/listMessage", f"groupId={group}&startPage=0&endPage=-1", 200),
                             ("/user/joinGroup", f"groupId={group}", 200), ("/user/joinGroup", "", 400)):
        path = slashes.format(*path.strip("/").split("/"))
        answer = curl(site.http + path, *headers(user), "-H", f"Content-Type: {form}", body=body.encode())
        assert answer.code == code, (path, answer)
    page = site.api.get(slashes.format("test", "websocket") + "?//x/")
    assert page.status == 200 and page.text.rstrip().endswith("</html>")
    assert site.redis.sismember(f"ugs:{user.user}", group)


@pytest.mark.proxies
@pytest.mark.parametrize("path", POST_PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_405_wrong_method_with_allow(site, path, method):
    """wrong method (with `Allow`)"""
    answer = curl(site.http + path, "-X", method)
    assert (answer.status, answer.code) == (405, 405)
    allowed = [name.strip() for name in answer.headers["allow"].split(",")]
    assert "POST" in allowed and method not in allowed


@pytest.mark.proxies
def test_405_on_the_test_page(site):
    """wrong method (with `Allow`)"""
    answer = curl(site.http + "/test/websocket", "-X", "POST", "-d", "")
    assert (answer.status, answer.code) == (405, 405)
    assert "GET" in answer.headers["allow"]


def login_body(size):
    head = b"userId=big&password="
    return head + b"x" * (size - len(head))


@pytest.mark.smoke
@pytest.mark.proxies
@pytest.mark.parametrize("chunked", [False, True])
def test_body_of_1_mib_is_taken(site, chunked):
    """body (1 MiB; 413, 415)"""
    options = ["-H", "Transfer-Encoding: chunked"] if chunked else []
    answer = curl(site.http + "/user/login", *options, body=login_body(MIB))
    assert (answer.status, answer.code) == (200, 200)


@pytest.mark.proxies
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [MIB + 1, 2 * MIB, 20 * MIB])
def test_larger_body_is_413(site, chunked, size):
    """413: body too large"""
    options = ["-H", "Transfer-Encoding: chunked"] if chunked else []
    answer = curl(site.http + "/user/login", *options, body=login_body(size))
    assert (answer.status, answer.code) == (413, 413)


@pytest.mark.proxies
def test_larger_multipart_body_is_413(site):
    """413: body too large"""
    body = b"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + b"x" * MIB + b"\r\n--b--"
    answer = curl(site.http + "/user/login", "-H", "Content-Type: multipart/form-data; boundary=b",
                  body=body)
    assert (answer.status, answer.code) == (413, 413)


@pytest.mark.proxies
@pytest.mark.parametrize("mime", ["text/plain", "application/jsonp", "application/octet-stream",
                                  "multipart/mixed; boundary=b", "application/x-www-form-urlencodedx"])
def test_415_body_type_not_understood(site, mime):
    """415: body type not understood"""
    answer = curl(site.http + "/user/login", "-H", f"Content-Type: {mime}", body=b'{"userId":"u"}')
    assert (answer.status, answer.code) == (415, 415)


@pytest.mark.proxies
def test_malformed_multipart_is_400_and_no_fault_of_ours(site):
    """400: malformed"""
    for body in (b"", b"x", b"--b", b"--b\r\n", b"--b\r\nContent-Disposition: form-data; name=\"userId\"\r\n",
                 b"--b\r\nContent-Disposition: form-data; name=\"userId\"\r\n\r\nu"):
        answer = curl(site.http + "/user/login", "-H", "Content-Type: multipart/form-data; boundary=b",
                      body=body)
        assert (answer.status, answer.code) == (400, 400), body


def test_multipart_without_boundary_is_no_fault_of_ours(site):
    """400 or 415: the body cannot be read"""
    answer = curl(site.http + "/user/login", "-H", "Content-Type: multipart/form-data", body=b"x")
    assert answer.status == answer.code
    assert answer.code in (400, 415)


@pytest.mark.proxies
def test_post_without_a_body_is_a_request_without_parameters(site, user):
    """never trusting CONTENT_LENGTH"""
    host, port = site.host.split(":")
    for extra in ("Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n"):
        with socket.create_connection((host, int(port)), 5) as connection:
            request = (f"POST /user/listGroup HTTP/1.1\r\nHost: {site.host}\r\nConnection: close\r\n"
                       f"userId: {user.user}\r\ntoken: {user.token}\r\n{extra}\r\n")
            body = "0\r\n\r\n" if "chunked" in extra else ""
            connection.sendall((request + body).encode())
            assert connection.makefile("rb").readline().split()[1] == b"200"


@pytest.mark.proxies
@pytest.mark.parametrize("kind", ["set", "list"])
def test_500_a_key_of_the_wrong_type(site, user, kind):
    """500: a fault of ours, or a key of the wrong type"""
    name = fresh()
    site.redis.set(f"gml:{name}", "text")
    answer = user.post("/group/listMessage", groupId=name, startPage=0, endPage=-1)
    assert (answer.status, answer.code, answer.data) == (500, 500, None)
    wrong = site.api.login(name)
    site.redis.set(f"ugs:{name}", "text")
    path = "/user/joinGroup" if kind == "set" else "/user/listGroup"
    answer = wrong.post(path, groupId="g")
    assert (answer.status, answer.code, answer.data) == (500, 500, None)


# ---- login ----

@pytest.mark.parametrize("path", LOGIN_PATHS)
def test_login_needs_both_headers_and_exactly_that_token(site, path):
    """needs the request headers `userId` and `token`, and gets 440 unless `login:{userId}` holds
    exactly that token"""
    user, other = site.api.login(fresh("u")), site.api.login(fresh("v"))
    token = user.token
    wrong = [(None, None), (user.user, None), (None, token), (user.user, ""), (user.user, token[:-1]),
             (user.user, token + "0"), (user.user, token.upper() + "X"), (other.user, token),
             (user.user, other.token), (fresh("nobody"), token), (fresh("nobody"), "")]
    for its_user, its_token in wrong:
        answer = site.api.post(path, {"groupId": "g"}, user=its_user, token=its_token)
        assert (answer.status, answer.code) == (200, 440), (its_user, its_token, answer)
    assert user.post("/user/listGroup").code == 200


@pytest.mark.proxies
@pytest.mark.parametrize("bad", ["..", "x" * 129, "a/b", " "])
def test_invalid_id_in_the_header_is_440(site, user, bad):
    """login (an invalid id in the header is 440)"""
    answer = site.api.post("/user/listGroup", user=bad, token=user.token)
    assert (answer.status, answer.code) == (200, 440)


@pytest.mark.proxies
def test_login_and_test_page_need_no_login(site):
    """Every path but `/user/login` and `/test/websocket`"""
    assert site.api.post("/user/login", {"userId": "u", "password": "p"}).code == 200
    assert site.api.get("/test/websocket").status == 200


def test_login_is_needed_whatever_login_auth_says(make_host):
    """(`loginAuth` below concerns WebSockets alone.)"""
    for value in (0, 1):
        host = make_host({"im.group.loginAuth": value} if value else {})
        assert host.api.post("/user/listGroup", user="u", token="x").code == 440


# ---- order of checks ----

def test_path_comes_before_method(site):
    """Order of checks: path, method"""
    assert curl(site.http + "/nowhere", "-X", "PUT").code == 404


def test_method_comes_before_login(site):
    """Order of checks: method, login"""
    assert curl(site.http + "/user/listGroup", "-X", "GET").code == 405


def test_login_comes_before_the_body(site):
    """Order of checks: login, body (1 MiB; 413, 415)"""
    url = site.http + "/user/joinGroup"
    assert curl(url, body=b"x" * (MIB + 1)).code == 440
    assert curl(url, "-H", "Content-Type: text/plain", body=b"x").code == 440


def test_size_comes_before_type_and_type_before_parameters(site, user):
    """Order of checks: body (1 MiB; 413, 415), parameters"""
    url = site.http + "/user/joinGroup"
    assert curl(url, *headers(user), "-H", "Content-Type: text/plain", body=b"x" * (MIB + 1)).code == 413
    assert curl(url, *headers(user), "-H", "Content-Type: text/plain", body=b"x").code == 415
    assert curl(url, *headers(user), body=b"x").code == 400


def test_login_comes_before_parameters(site):
    """Order of checks: login …, parameters"""
    assert site.api.post("/user/joinGroup").code == 440


# ---- CORS ----

ORIGIN = ["-H", "Origin: https://chat.example"]


@pytest.mark.proxies
def test_cors_any_origin_by_default_on_every_reply(site, user):
    """CORS: any origin by default"""
    for answer in (user.post("/user/listGroup", *ORIGIN), site.api.post("/user/listGroup", None, *ORIGIN),
                   user.post("/user/joinGroup", *ORIGIN), site.api.get("/nowhere", *ORIGIN),
                   site.api.get("/user/login", *ORIGIN), site.api.get("/test/websocket", *ORIGIN)):
        assert answer.headers["access-control-allow-origin"] == "*", answer


@pytest.mark.proxies
@pytest.mark.parametrize("path", POST_PATHS)
def test_preflight_answers_204_without_a_login(site, path):
    """preflight `OPTIONS` answers 204 without a login and allows the headers `userId`, `token` and
    `content-type`"""
    answer = curl(site.http + path, "-X", "OPTIONS", *ORIGIN, "-H",
                  "Access-Control-Request-Method: POST", "-H",
                  "Access-Control-Request-Headers: content-type,token,userid")
    assert answer.status == 204
    assert answer.body == b""
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = answer.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    assert {"userid", "token", "content-type"} <= set(allowed)
    assert "POST" in answer.headers["access-control-allow-methods"]


def preflight(url, asked, *options):
    answer = curl(url, "-X", "OPTIONS", *(options or ORIGIN), "-H", "Access-Control-Request-Method: POST", "-H",
                  f"Access-Control-Request-Headers: {asked}")
    assert answer.status == 204
    return answer, answer.headers["access-control-allow-headers"].replace(" ", "").split(",")


@pytest.mark.proxies
def test_preflight_allows_the_headers_that_it_asks_for(site):
    """allows the headers `userId`, `token`, `content-type` and those that it asks for (never `adminToken`)"""
    ours = ["userId", "token", "content-type"]
    for asked, more in (("content-type,token,traceparent,userid,x-requested-with", ["traceparent", "x-requested-with"]),
                        ("tracestate", ["tracestate"]), ("AdminToken, x-b", ["x-b"]), ("*", []), ("a b, c", ["c"])):
        answer, allowed = preflight(site.http + "/user/listGroup", asked)
        assert allowed == ours + more, asked
        assert "access-control-request-headers" in answer.headers["vary"].lower()


def test_preflight_of_a_listed_origin_varies_by_both(make_host):
    """mind `Vary`"""
    host = make_host({"http.origins": "https://a.example https://b.example"})
    answer, allowed = preflight(host.http + "/user/login", "traceparent", "-H", "Origin: https://a.example")
    assert "traceparent" in allowed
    assert {name.strip().lower() for name in answer.headers["vary"].split(",")} == {
        "origin", "access-control-request-headers"}
    answer = curl(host.http + "/user/login", "-X", "OPTIONS", "-H", "Origin: https://c.example", "-H",
                  "Access-Control-Request-Headers: traceparent")
    assert "access-control-allow-headers" not in answer.headers


def test_cors_origins_are_configurable(make_host):
    """(configurable)"""
    host = make_host({"http.origins": "https://a.example https://b.example"})
    for origin in ("https://a.example", "https://b.example"):
        for answer in (host.api.post("/user/listGroup", None, "-H", f"Origin: {origin}"),
                       curl(host.http + "/user/listGroup", "-X", "OPTIONS", "-H", f"Origin: {origin}")):
            assert answer.headers["access-control-allow-origin"] == origin
            assert "origin" in answer.headers["vary"].lower()
    for origin in ("https://c.example", "https://a.example.evil", "https://a.exampl"):
        answer = host.api.post("/user/listGroup", None, "-H", f"Origin: {origin}")
        assert answer.headers.get("access-control-allow-origin") in (None, ""), origin


# ---- the test page ----

@pytest.mark.smoke
@pytest.mark.proxies
def test_test_page_is_served(site):
    """`GET /test/websocket` serves the WebSocket test page"""
    answer = site.api.get("/test/websocket")
    assert answer.status == 200
    assert answer.headers["content-type"].lower().replace(" ", "") == "text/html;charset=utf-8"
    assert answer.text.lstrip().lower().startswith("<!doctype html>")
    assert answer.text.rstrip().endswith("</html>")


@pytest.mark.proxies
def test_history_answer_is_json_within_json(site, user):
    """data = array of message JSON **strings**"""
    group = fresh()
    site.redis.rpush(f"gml:{group}", '{"groupId":"%s","userId":"u","info":"\\"\\\\\\n😀","ts":1}' % group)
    answer = user.post("/group/listMessage", groupId=group, startPage=0, endPage=-1)
    assert isinstance(answer.data, list) and isinstance(answer.data[0], str)
    assert json.loads(answer.data[0])["info"] == '"\\\n😀'

"""test_bodies.py - protocol.md, HTTP: parameters in bodies of every type, as clients send them, and what is wrong with some."""
import gzip
import json

import pytest

from api import curl
from host import fresh

pytestmark = pytest.mark.everywhere

MIB = 1024 * 1024
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=b"


@pytest.fixture(scope="module")
def user(site):
    return site.api.login(fresh("u"))


def send(account, path, body, mime, *headers):
    body = body.encode() if isinstance(body, str) else body
    options = [word for header in headers for word in ("-H", header)]
    return curl(account.api.http + path, "-H", f"userId: {account.user}", "-H", f"token: {account.token}",
                "-H", f"Content-Type: {mime}", *options, body=body)


def part(name, value, *headers):
    lines = [f'Content-Disposition: form-data; name="{name}"', *headers, "", value, ""]
    return "--b\r\n" + "\r\n".join(lines)


# ---- JSON ----

VALUES = ["plain", "with space", "a+b&c=d;e%41#?", "你好 😀", "quote\"back\\slash", "é\u2028{}[]:,"]


@pytest.mark.smoke
@pytest.mark.proxies
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("group", VALUES)
def test_parameters_come_as_json(site, user, group, ascii_only):
    """as `application/json` (a flat object: strings, numbers and booleans …)"""
    group = fresh() + group
    answer = send(user, "/user/joinGroup", json.dumps({"more": 1, "groupId": group}, ensure_ascii=ascii_only), JSON)
    assert answer.code == 200
    assert site.redis.sismember(f"ugs:{user.user}", group)


@pytest.mark.proxies
def test_a_whole_conversation_in_json(site):
    """what axios and uni-app send by default"""
    name, group = fresh("u"), fresh()
    token = curl(site.http + "/user/login", "-H", f"Content-Type: {JSON};charset=utf-8",
                 body=json.dumps({"userId": name, "password": "x"}).encode()).msg
    assert site.redis.get(f"login:{name}") == token.encode()
    account = site.api.login(name)
    entry = json.dumps({"groupId": group, "userId": name, "info": "hi", "ts": 1648368380132})
    site.redis.rpush(f"gml:{group}", entry, entry.replace("132", "133"))
    page = send(account, "/group/listMessage", json.dumps({"groupId": group, "startPage": 0, "endPage": -1}), JSON)
    assert len(page.data) == 2
    older = {"groupId": group, "userId": name, "ts": 1648368380133, "count": 5}
    assert len(send(account, "/group/listOldMessage", json.dumps(older), JSON).data) == 1
    assert send(account, "/group/delMessage", json.dumps({"groupId": group, "ts": 1648368380133}), JSON).code == 100


@pytest.mark.parametrize("value, group", [(7, "7"), (-1.50, "-1.5"), (True, "true"), (12345678901234567890123, None)])
def test_numbers_and_booleans_are_texts(site, user, value, group):
    """strings, numbers and booleans"""
    send(user, "/user/joinGroup", json.dumps({"groupId": value}), JSON)
    assert site.redis.sismember(f"ugs:{user.user}", group or str(value))


@pytest.mark.smoke
@pytest.mark.proxies
@pytest.mark.parametrize("body", ["{}", "null", "", " { } ", '{"groupId":null}'])
def test_nothing_in_json_is_no_parameters(site, user, body):
    """`{}`, `null` and nothing are no parameters"""
    assert send(user, "/user/listGroup", body, JSON).code == 200
    answer = send(user, "/user/joinGroup", body, JSON)
    assert answer.code == 400 and "groupId" in answer.msg
    group = fresh()
    assert send(user, f"/user/joinGroup?groupId={group}", body, JSON).code == 200
    assert site.redis.sismember(f"ugs:{user.user}", group)


def test_the_json_body_wins_and_the_first_of_two(site, user):
    """(the body wins). Of a parameter given twice the first counts (a JSON key as well)"""
    one, two, query = fresh("one"), fresh("two"), fresh("query")
    send(user, f"/user/joinGroup?groupId={query}", f'{{"groupId":"{one}","groupId":"{two}"}}', JSON)
    joined = site.redis.smembers(f"ugs:{user.user}")
    assert joined & {group.encode() for group in (one, two, query)} == {one.encode()}


@pytest.mark.proxies
@pytest.mark.parametrize("body, words", [
    ('{"x":1,"groupId":["g"]}', "groupId is an object or array"), ('{"groupId":{"id":1}}', "groupId is an object or array"),
    ('{"groupId":"g\\u0000"}', "groupId has a NUL"), (b'{"groupId":"\xff"}', "groupId is not in UTF-8"),
    ('{"groupId":"\\ud83d"}', "groupId has half of a character"), ('{"groupId":"g",}', "no JSON at byte 15"),
    ("groupId=g", "no JSON at byte 0"), ('["g"]', "no object"), ('"g"', "no object"), ('{"groupId":NaN}', "no JSON at byte 11"),
    ("{" + ",".join(f'"k{i}":1' for i in range(257)) + "}", "more than 256 parameters")])
def test_malformed_json_is_400_and_told(user, body, words):
    """400: a parameter is missing or malformed: msg names it"""
    answer = send(user, "/user/joinGroup", body, JSON)
    assert (answer.status, answer.code, answer.data) == (400, 400, None)
    assert words in answer.msg


def test_json_of_1_mib_is_taken_and_a_larger_one_413(site):
    """body (1 MiB; 413, 415)"""
    head, end = b'{"userId":"big","password":"', b'"}'
    for size, code in ((MIB, 200), (MIB + 1, 413)):
        body = head + b"x" * (size - len(head + end)) + end
        assert curl(site.http + "/user/login", "-H", f"Content-Type: {JSON}", body=body).code == code


# ---- bodies of other types, and encoded ones ----

@pytest.mark.proxies
@pytest.mark.parametrize("mime", ["text/plain;charset=UTF-8", "application/octet-stream", "application/xml", "", "multipart/mixed"])
def test_a_body_of_another_type_is_ignored_beside_a_whole_query(site, user, mime):
    """A body of another type is ignored where the query has all that is required, else 415."""
    group = fresh()
    assert send(user, "/user/listGroup", "x", mime).code == 200
    assert send(user, f"/user/joinGroup?groupId={group}", "groupId=other", mime).code == 200
    assert site.redis.sismember(f"ugs:{user.user}", group)
    for path, name in (("/user/joinGroup", "groupId"), (f"/group/listMessage?groupId={group}&startPage=x", "endPage"),
                       ("/group/delMessage?groupId=a/b", "ts")):
        answer = send(user, path, "groupId=g&endPage=1&ts=1", mime)
        assert (answer.status, answer.code) == (415, 415), path
        assert name in answer.msg
    assert send(user, "/user/joinGroup?groupId=a/b", "x", mime).code == 400


@pytest.mark.proxies
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip"])
def test_an_encoded_body_is_415_that_names_it(user, coding):
    """A Content-Encoding other than identity: 415 that names it."""
    for body, mime in ((gzip.compress(b'{"groupId":"g"}'), JSON), (b"x", "text/plain"), (b"groupId=g", "application/x-www-form-urlencoded")):
        answer = send(user, "/user/joinGroup?groupId=g", body, mime, f"Content-Encoding: {coding}")
        assert (answer.status, answer.code) == (415, 415), mime
        assert f"Content-Encoding: {coding.split()[-1]}" in answer.msg


@pytest.mark.proxies
def test_an_identity_is_no_encoding(user):
    """A Content-Encoding other than identity: 415"""
    assert send(user, "/user/listGroup", "{}", JSON, "Content-Encoding: identity").code == 200
    assert send(user, "/user/listGroup", "", JSON, "Content-Encoding: gzip").code == 200  # of nothing


# ---- multipart ----

@pytest.mark.proxies
def test_a_part_with_a_filename_counts_as_a_field(site, user):
    """(a part with a filename counts as a field …)"""
    group = fresh()
    answer = curl(site.http + "/user/joinGroup", "-H", f"userId: {user.user}", "-H", f"token: {user.token}", "-F",
                  f"groupId={group};filename=g.txt;type=text/plain")
    assert answer.code == 200
    assert site.redis.sismember(f"ugs:{user.user}", group)


@pytest.mark.parametrize("coding", ["7bit", "8bit", "binary", "BINARY"])
def test_transfer_encodings_that_mean_nothing(site, user, coding):
    """one with a Content-Transfer-Encoding other than 7bit, 8bit or binary is 400"""
    group = fresh("é")
    body = part("groupId", group, "Content-Type: text/plain; charset=UTF-8", f"Content-Transfer-Encoding: {coding}") + "--b--"
    assert send(user, "/user/joinGroup", body, MULTIPART).code == 200
    assert site.redis.sismember(f"ugs:{user.user}", group)


@pytest.mark.proxies
@pytest.mark.parametrize("mime, body, words", [
    (MULTIPART, part("groupId", "Zw==", "Content-Transfer-Encoding: base64") + "--b--", "groupId has a Content-Transfer-Encoding"),
    (MULTIPART, part("a", "=67", "content-transfer-encoding: quoted-printable") + "--b--", "a has a Content-Transfer-Encoding"),
    ("multipart/form-data", part("groupId", "g") + "--b--", "Content-Type has no valid boundary"),
    ("multipart/form-data; boundary=c", part("groupId", "g") + "--b--", "no line of the boundary"),
    (MULTIPART, (part("groupId", "g") + "--b--").replace("\r\n", "\n"), "LF"),
    (MULTIPART, part("groupId", "g"), "the body has no end"),
    (MULTIPART, part("groupId", "g")[:-2], "the body has no end"),
    (MULTIPART, "--b\r\nContent-Type: text/plain\r\n\r\ng\r\n--b--", "a part has no name")])
def test_malformed_multipart_is_400_and_told(user, mime, body, words):
    """400: a parameter is missing or malformed: msg names it"""
    answer = send(user, "/user/joinGroup", body, mime)
    assert (answer.status, answer.code) == (400, 400)
    assert words in answer.msg

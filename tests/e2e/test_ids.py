"""test_ids.py - protocol.md: an id is the same one by whatever way it comes: a WebSocket path, a header, a body, a query."""
import json
from urllib.parse import quote

import pytest

from api import curl
from host import fresh
from rfc6455 import Raw, handshake, text

pytestmark = pytest.mark.proxies

IDS = ["R&D", "a;b", "C++", "a,b", "a=b", "+86 1", "用户", "😀", "José", "a%2Fb"]
# RFC 3986, section 3.3: what a segment may hold as it is. Go's url.PathEscape, OkHttp and Spring leave it so.
SEGMENT = "!$&'()*+,;=:@-._~"
MULTIPART, JSON = "multipart/form-data; boundary=b", "application/json"


def part(name, value):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'.encode()


# A way of saying which group: (query, options of curl, body)
WAYS = {
    "urlencoded": lambda group: ("", [], f"groupId={quote(group, safe='')}".encode()),
    "multipart": lambda group: ("", ["-H", f"Content-Type: {MULTIPART}"], part("groupId", group)),
    "JSON": lambda group: ("", ["-H", f"Content-Type: {JSON}"], json.dumps({"groupId": group}).encode()),
    "JSON, UTF-8": lambda group: ("", ["-H", f"Content-Type: {JSON}"],
                                  json.dumps({"groupId": group}, ensure_ascii=False).encode()),
    "query": lambda group: (f"?groupId={quote(group, safe='')}", [], b""),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", IDS)
def test_a_group_in_a_request(site, name, way):
    """(c) multipart, urlencoded, JSON, query"""
    user, group = site.api.login(fresh("u")), f"{name}{fresh()}"
    query, options, body = WAYS[way](group)
    answer = curl(f"{site.http}/user/joinGroup{query}", "-H", f"userId: {user.user}", "-H", f"token: {user.token}",
                  *options, body=body)
    assert answer.code == 200, answer
    assert site.redis.sismember(f"ugs:{user.user}", group)


@pytest.mark.parametrize("name", IDS)
def test_a_user_in_the_header(site, name):
    """(b) header: as UTF-8, and as encodeURIComponent writes it"""
    user = site.api.login(f"{name}{fresh()}")
    for header in (user.user, quote(user.user, safe="!'()*~")):
        group = fresh()
        answer = curl(site.http + "/user/joinGroup", "-H", f"userId: {header}".encode(), "-H", f"token: {user.token}",
                      body=f"groupId={group}".encode())
        assert answer.code == 200, answer
        assert site.redis.sismember(f"ugs:{user.user}", group)


async def say_at(host, path):
    """The status of a handshake at this path as it stands; a message is sent if it succeeds."""
    client = await Raw.connect(host)
    client.send(handshake(path, host))
    status = await client.status()
    if status == 101:
        await client.event()  # the first frame
        client.send(text("here"))
        assert json.loads((await client.event())[1])["info"] == "here"
    await client.leave()
    return status


@pytest.mark.parametrize("safe", ["", SEGMENT], ids=["encoded", "plain"])
@pytest.mark.parametrize("name", IDS)
async def test_group_and_user_in_a_websocket_path(site, name, safe):
    """(a) WebSocket path plain and encoded: it is read as it was sent"""
    group, user = f"{name}{fresh()}", f"{name}{fresh()}"
    path = f"/group/chat/{quote(group, safe=safe)}/{quote(user, safe=safe)}/t"
    for host in (site.push, site.host):
        assert await say_at(host, path) == 101, host
    senders = [json.loads(entry)["userId"] for entry in site.entries(group)]
    assert senders == [user, user]


async def test_an_encoded_slash_is_no_part_of_an_id(site):
    """or a clear 400"""
    group = fresh()
    assert await say_at(site.push, f"/group/chat/{group}a%2Fb/u/t") == 400
    assert await say_at(site.host, f"/group/chat/{group}a%2Fb/u/t") in (400, 404)  # Apache's own answer is 404


async def test_slashes_make_no_difference(site):
    """a slash at the end and doubled slashes make no difference"""
    group = fresh()
    for path in (f"//group/chat/{group}/u/t", f"/group//chat/{group}//u/t", f"/group/chat/{group}/u/t/"):
        for host in (site.push, site.host):
            assert await say_at(host, path) == 101, (host, path)
    assert len(site.entries(group)) == 6

"""test_handshake.py - protocol.md, WebSocket paths: which are taken, and what the others get."""
import json

import pytest

from api import curl
from client import encode
from host import fresh

pytestmark = pytest.mark.proxies

SHAPES = ["/group/chat/1/1", "/group/chat/1/1/t/x", "/group/chat/1", "/group/chat/", "/group/list/1",
          "/group/list/1/t/x", "/group/list/", "/group/chat/1/1/"]


@pytest.mark.smoke
@pytest.mark.parametrize("path", SHAPES)
async def test_another_shape_of_path_is_404(site, path):
    """Another shape of path is refused with 404 at the handshake"""
    assert await site.handshake(path) == 404
    assert await site.handshake(path, at=site.push) == 404


@pytest.mark.parametrize("path", ["/", "/group", "/group/chat", "/group/listMessage", "/user/login", "/test",
                                  "/group/chats/1/1/t", "/GROUP/chat/1/1/t", "/x/group/chat/1/1/t"])
async def test_another_path_is_404_at_the_daemon(site, path):
    """Another shape of path is refused with 404 at the handshake"""
    assert await site.handshake(path, at=site.push) == 404


INVALID = ["x" * 129, "%C3%A9" * 65, "%01", "a%1Fb", "%7F", "%FF", "%C3", "%C0%AF",
           "%ED%A0%80", "%F4%90%80%80", "%20u", "u%20"]


@pytest.mark.smoke
@pytest.mark.parametrize("bad", INVALID)
async def test_invalid_id_is_400(site, bad):
    """an invalid id with 400; decoded they are 1 to 128 bytes of UTF-8 without control characters or `/`"""
    for path in (f"/group/chat/{bad}/u/t", f"/group/chat/g/{bad}/t", f"/group/list/{bad}/t"):
        assert await site.handshake(path) == 400, path
        assert await site.handshake(path, at=site.push) == 400, path


@pytest.mark.parametrize("path", ["/group/chat/a%2Fb/u/t", "/group/chat/g/a%2fb/t", "/group/chat/%2F/u/t",
                                  "/group/chat/a%2Fb/t", "/group/chat/g%2Fu%2Ft", "/group/list/a%2Fb/t",
                                  "/group/list/u%2Ft", "/group%2Fchat/g/u/t"])
async def test_an_encoded_slash_is_no_part_of_an_id_and_ends_no_segment(site, path):
    """without control characters or `/` (what decodes it on the way may make another shape of the path)"""
    assert await site.handshake(path) in (400, 404)


async def test_nul_is_refused(site):
    """without control characters"""
    for path in ("/group/chat/%00/u/t", "/group/chat/g%00/u/t", "/group/chat/g/u%00/t", "/group/list/%00/t"):
        assert await site.handshake(path) in (400, 404), path  # Apache's own answer is 404


@pytest.mark.parametrize("bad", [".", "..", "%2E", "%2e%2E"])
async def test_dots_are_no_ids(site, bad):
    """`.` and `..` are no ids (what resolves them on the way may make another shape of the path)"""
    for path in (f"/group/chat/{bad}/u/t", f"/group/chat/g/{bad}/t", f"/group/list/{bad}/t"):
        assert await site.handshake(path) in (400, 404), path
        assert await site.handshake(path, at=site.push) in (400, 404), path


@pytest.mark.parametrize("path", ["/group/chat//u/t", "/group/chat/g//t", "/group/list//t"])
async def test_empty_id_is_refused(site, path):
    """1 to 128 bytes"""
    assert await site.handshake(path) in (400, 404)
    assert await site.handshake(path, at=site.push) in (400, 404)


@pytest.mark.smoke
@pytest.mark.parametrize("path", ["/group/chat/1/1/t", "/group/list/1/t"])
def test_plain_get_is_426(site, path):
    """a plain GET without `Upgrade` with 426 by the push daemon"""
    assert curl(site.http + path).status == 426
    assert curl(f"http://{site.push}{path}").status == 426


@pytest.mark.parametrize("path", ["/group/chat/1/1/t", "/group/list/1/t"])
def test_post_with_upgrade_is_refused(site, path):
    """`GET` with `Upgrade: websocket`"""
    answer = curl(f"http://{site.push}{path}", "-X", "POST", "-d", "", "-H", "Connection: Upgrade", "-H",
                  "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13", "-H",
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    assert 400 <= answer.status < 500


def test_list_message_is_not_taken_for_a_group_list(site):
    """Mind that `/group/listMessage` also starts with `/group/list`."""
    assert site.api.post("/group/listMessage").code == 440


IDS = ["a b", "a+b", "100%", "a%2Fb", "?x=1#y", "a&b;c=d,e", "你好", "😀", "é", "'\"<>", "\\", "*", "...", "a:b@c",
       "[x]{y}|^`~", "x" * 128, "é" * 64, "-_.!~*'()", "a b", "a..b", "%", "%%", "%2E%2E", "ſ"]


@pytest.mark.parametrize("name", IDS)
async def test_segments_are_percent_encoded(site, name):
    """Segments are percent-encoded as `encodeURIComponent` does; decoded they are 1 to 128 bytes"""
    group = name if len(name.encode()) > 100 else name + fresh()
    client = await site.chat(group, name, token=name)
    message = await client.say("hello")
    assert (message["groupId"], message["userId"]) == (group, name)
    assert json.loads(site.entries(group)[-1]) == message
    assert site.redis.sismember(f"ugs:{name}", group)
    direct = await client.open(site.chat_url(group, name, at=site.push))
    assert (await direct.json())["list"][-1] == message


async def test_every_printable_character_may_be_in_an_id(site):
    """without control characters or `/`"""
    name = "".join(map(chr, range(0x21, 0x7F))).replace("/", " ")  # none begins or ends with a space
    client = await site.chat(name, name)
    message = await client.say("x")
    assert (message["groupId"], message["userId"]) == (name, name)


async def test_token_may_be_any_text(site):
    """The token may be any text while `loginAuth` is 0."""
    group = fresh()
    for token in ("xxx", "0", "你好", "a b%&?", "x" * 128, "..."):
        client = await site.chat(group, "u", token=token)
        await client.say("in")
        watcher = await site.group_list("u", token=token)
        await watcher.leave()


@pytest.mark.parametrize("bad", ["x" * 129, "a%01b", "%C3"])
async def test_token_is_a_segment_like_the_others(site, bad):
    """decoded they are 1 to 128 bytes of UTF-8 without control characters or `/`"""
    for path in (f"/group/chat/g/u/{bad}", f"/group/list/u/{bad}"):
        assert await site.handshake(path) == 400, path


async def test_a_query_is_passed_over(site):
    """A client that uses a Part 1 URL … gets Part 1 frames and nothing else."""
    group = fresh()
    client = await site.chat(group, "u")
    with_query = await client.open(site.chat_url(group, "u") + "?resume=x&a=%20&b")
    assert await with_query.text() == '{"list":[],"total":0}'


def test_url_of_a_test_group_is_unencoded_where_nothing_needs_it():
    """as `encodeURIComponent` does"""
    assert encode("AZaz09-_.!~*'()") == "AZaz09-_.!~*'()"
    assert encode("a b/ü+&") == "a%20b%2F%C3%BC%2B%26"

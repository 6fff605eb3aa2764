"""test_v2_errors.py - part 2, 1, 4 and 5: what the client must not send, and what it is told."""
import pytest
from websockets.frames import OP_BINARY, OP_CONT, OP_TEXT

from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

LARGEST = 6 * 24576 + 1024


async def enter(site):
    return await V2.enter(site, fresh(), fresh("u"))  # bytes a second are a user's


# ---- what is no frame ----

@pytest.mark.parametrize("text", [
    pytest.param("hello", marks=pytest.mark.proxies), "", " ", "{", "{}", "null", "true", "7", "[]",
    '"ping"',
    '[{"type":"ping"}]', '{"type":null}', '{"type":7}', '{"type":["ping"]}', '{"type":{}}',
    '{"Type":"ping"}', '{"type":"ping"',
    '{"type":"ping"} x', '{"type":"ping"}{"type":"ping"}', "{'type':'ping'}", '{type:"ping"}',
    '{"type":"ping",}',
    '{"type":"ping" "id":"a"}', '\ufeff{"type":"ping"}', '{"type":"ping"}\0',
    '{"id":"a","info":"x"}', '{"type":"p\ning"}',
    '{"type":"ping","x":NaN}', '{"type":"ping","x":01}', '{"type":"ping","x":"\\x41"}',
    '{"type":"ping"} // end'])
async def test_what_is_no_frame_is_400_then_close_4400(site, text):
    """Not a JSON object with a string `type`: `error` 400 `frame`, close 4400."""
    client = await enter(site)
    await client.send(text)
    await client.ended(400, "frame", 4400)


async def test_what_came_before_it_is_not_lost(site):
    """Part 1: what came before a bad frame is stored and reaches the others"""
    group = fresh()
    client, other = await V2.enter(site, group, "u"), await V2.enter(site, group, "v")
    for n in range(10):
        await client.put(str(n))
    await client.send("hello")
    assert [await other.info() for _ in range(10)] == [str(n) for n in range(10)]
    await other.say("next")


@pytest.mark.smoke
@pytest.mark.proxies
async def test_binary_is_1003(site):
    """Binary: 1003."""
    client = await enter(site)
    await client.send_frame(OP_BINARY, b'{"type":"ping"}')
    assert await client.close_code() == 1003


@pytest.mark.parametrize("payload", [
    b"\xff", b'{"type":"ping","x":"\xc3"}', b'{"type":"ping","x":"\xc0\xaf"}',
    b'{"type":"ping","x":"\xed\xa0\x80"}',
    b'{"type":"ping","x":"\xf4\x90\x80\x80"}'])
async def test_not_utf8_is_1007(site, payload):
    """Not UTF-8: 1007."""
    client = await enter(site)
    await client.send_frame(OP_TEXT, payload)
    assert await client.close_code() == 1007


def ping_of(size):
    """A ping of so many bytes."""
    bare = '{"type":"ping","x":""}'
    return bare[:-2] + "x" * (size - len(bare)) + bare[-2:]


@pytest.mark.smoke
@pytest.mark.proxies
async def test_larger_than_six_times_a_message_is_1009(site):
    """Larger than 6 × `maxMessageBytes` + 1024 bytes: 1009."""
    client = await enter(site)
    await client.send(ping_of(LARGEST))
    await client.next("pong")
    await client.send(ping_of(LARGEST + 1))
    assert await client.close_code() == 1009


async def test_larger_in_fragments_is_1009(site):
    """Larger: 1009 - the message, not the frame"""
    client = await enter(site)
    half = LARGEST // 2
    for last in (ping_of(LARGEST), ping_of(LARGEST + 1)):
        await client.send_frame(OP_TEXT, last[:half].encode(), last=False)
        await client.send_frame(OP_CONT, last[half:].encode())
        if len(last) == LARGEST:
            await client.next("pong")
    assert await client.close_code() == 1009


async def test_the_largest_frame_is_a_setting(make_host):
    """6 × `maxMessageBytes` + 1024 bytes"""
    client = await enter(make_host({"im.groupMessage.maxMessageBytes": 10}))
    await client.send(ping_of(1084))
    await client.next("pong")
    await client.send(ping_of(1085))
    assert await client.close_code() == 1009


async def test_a_deep_frame_is_survived(site):
    """Both sides ignore keys that they do not know - or it is no frame; others go on"""
    for depth in (10, 1000, 70_000):
        client = await enter(site)
        await client.send('{"type":"ping","x":' + "[" * depth + "]" * depth + "}")
        frame = await client.any()
        assert frame["type"] == "pong" or (frame["code"], frame["reason"]) == (400, "frame")
    await (await enter(site)).say("next")


# ---- wrong keys: the connection stays ----

NO_IDS = ["", "a b", "é", "a/b", "a,b", "a\0", "x" * 65, 7, None, True, [], {}, ...]
NO_TEXTS = ["", 7, None, False, [], {}, ...]
NO_NUMBERS = ["7", 1.5, -1, None, True, [], {}, 2 ** 53, 10 ** 40, ...]
NO_USERS = ["", "a/b", "\x01", "x" * 129, [], {}, None, True]

SEND, RECALL = {"id": "k", "info": "x"}, {"id": "k", "ts": 1}
HISTORY = {"id": "k", "before": 1}


def named(kind, keys, name, values):
    """Rows of a frame in which one key has each of these values; `...`: is left out."""
    for value in values:
        wrong = {key: keys.get(key) for key in [*keys, *([] if name in keys else [name])]}
        wrong[name] = value
        if value is ...:
            del wrong[name]
        shown = "none" if value is ... else str(value)[:12]
        yield pytest.param(kind, wrong, name,
                           id=ascii(f"{kind}-{name}-{type(value).__name__}-{shown}"))


ROWS = [*named("send", SEND, "id", NO_IDS), *named("send", SEND, "info", NO_TEXTS),
        *named("recall", RECALL, "ts", NO_NUMBERS), *named("recall", RECALL, "id", NO_IDS[:-1]),
        *named("read", RECALL, "ts", NO_NUMBERS), *named("read", RECALL, "id", NO_IDS[:-1]),
        *named("history", HISTORY, "before", NO_NUMBERS),
        *named("history", HISTORY, "id", NO_IDS[:-1]),
        *named("history", HISTORY, "userId", NO_USERS),
        *named("signal", {"info": "x"}, "info", NO_TEXTS[1:])]


@pytest.mark.parametrize("kind, keys, reason", ROWS)
async def test_a_wrong_key_is_named_and_the_connection_stays(site, kind, keys, reason):
    """400: the name of the key that is wrong; `id` only where it answers a frame that had one"""
    client = await enter(site)
    await client.write(kind, **keys)
    its_id = {"id": keys["id"]} if "id" in keys and reason != "id" else {}
    await client.refused(400, reason, **its_id)
    await client.say("still here")
    assert len(site.entries(client.welcome["groupId"])) == 1


@pytest.mark.parametrize("kind",
                         ["hello", "", "Ping", "ping ", "message", "ack", "welcome", "p\0ing",
                          "пинг",
                                  pytest.param("x" * 1000, id="long")])
async def test_an_unknown_type_is_400_and_the_connection_stays(site, kind):
    """types that it does not know; the server answers them with `error` 400 `type`"""
    client = await enter(site)
    await client.write(kind, info="x")
    await client.refused(400, "type")
    await client.write(kind, id="k1", info="x")
    await client.refused(400, "type", id="k1")
    await client.say("still here")


@pytest.mark.parametrize("keys, code, reason", [
    ({"id": "", "info": ""}, 400, "id"), ({"id": "a b", "info": "x" * 11}, 400, "id"),
    ({"id": "k", "info": ""}, 400, "info"),
    ({"id": "k", "info": "x" * 11}, 413, "info")])
async def test_order_of_checks(make_host, keys, code, reason):
    """By the daemon: JSON, `id`, empty `info` (400), size (413 `info`)"""
    client = await enter(make_host({"im.groupMessage.maxMessageBytes": 10}))
    await client.write("send", **keys)
    await client.refused(code, reason, **({} if reason == "id" else {"id": "k"}))


async def test_keys_that_nobody_knows_are_ignored(site):
    """Both sides ignore keys that they do not know"""
    client = await enter(site)
    await client.send('{"x":null,"type":"ping","":{},"more":[1,{"type":"send"}],"id":7}')
    await client.next("pong")
    await client.write("send", id="k", info="x", ts=5, userId="another", groupId="another", at=7)
    client.model.sends("k", "x")
    while client.model.open or not client.model.messages:
        await client.any()
    assert client.model.messages[0]["userId"] == client.welcome["userId"]
    client.model.check_shows(site.entries(client.welcome["groupId"]))


async def test_half_a_surrogate_is_never_stored(site):
    """Frames: Text, UTF-8: what JSON's escapes name must be text, too"""
    group = fresh()
    client, reader = await V2.enter(site, group, "u"), await V2.enter(site, group, "v")
    await client.send('{"type":"send","id":"k","info":"\\ud83d"}')
    answer = await client.answer("k")
    await reader.put("next")
    await reader.until("next")
    assert reader.model.shown == site.entries(group)
    assert reader.model.infos() == (["next"] if answer["type"] == "error" else ["\ufffd", "next"])

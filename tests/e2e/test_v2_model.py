"""test_v2_model.py - the tests' own client of fastim.v2: it sees each wrong frame, and shows what
it should."""
import pytest

from client import compact
from v2_frames import WrongFrame, parse
from v2_model import Model

WELCOME = {"type": "welcome", "groupId": "1", "userId": "3", "recovered": False, "missed": 0,
           "online": 1,
           "you": {"role": "", "muted": 0, "expires": 0},
           "settings": {"slow": 0, "quiet": False, "cap": 0, "pinned": "", "attrs": {}},
           "limits": {"messageBytes": 24576, "unacked": 16, "pingS": 25, "spreadMs": 2000},
           "now": 1648368380132}


def message(number, user="3", **more):
    return {"type": "message", "groupId": "1", "userId": user, "info": f"m{number}", "ts": number,
            **more}


def begun(*numbers, at=None):
    """A model that has had a list of these."""
    model = Model()
    model.connects()
    model.take(WELCOME)
    shown = [{key: message(number)[key] for key in ("groupId", "userId", "info", "ts")}
             for number in numbers]
    model.take({"type": "list", "epoch": "9f3a01c4", "at": at or max(numbers, default=0),
                "total": len(shown),
                "list": shown})
    assert not model.amiss
    return model


@pytest.mark.parametrize("text", [
    "[]", "{}", "7", "", '{"type":7}', '{"type":"pong","x":1}', '{"type": "pong"}',
    '{"type":"pong"} ', '{"type":"hello"}',
    '{"id":"a","type":"ack"}', '{"type":"ack","id":null}', '{"type":"ack","id":"a","ts":1.0}',
    '{"type":"ack","id":"a b"}',
    '{"type":"ack","id":"a","id":"a"}', '{"type":"ack","ts":1,"id":"a"}',
    '{"type":"ack","id":"a","ts":9007199254740992}',
    '{"type":"ack","id":"a","ts":true}', '{"type":"error","code":418,"reason":"tea"}',
    '{"type":"error","code":403,"reason":"slow"}',
    '{"type":"message","groupId":"1","userId":"3","info":"\\u00e4","ts":1}',
    '{"type":"list","epoch":"9F3A01C4","at":1,"total":0,"list":[]}',
    compact({**WELCOME, "users": None}),
    compact({**WELCOME, "you": {"role": "king", "muted": 0, "expires": 0}})])
def test_a_wrong_frame_is_seen(text):
    with pytest.raises(WrongFrame):
        parse(text)


@pytest.mark.parametrize("frame", [
    WELCOME, message(1), message(1, at=5),
    {"type": "error", "id": "a", "code": 429, "reason": "slow", "retryAfter": 4},
    {"type": "error", "code": 400, "reason": "info"},
    {"type": "presence", "online": 18, "joined": ["9"]}])
def test_a_right_frame_is_read(frame):
    assert parse(compact(frame)) == frame


@pytest.mark.parametrize("frames", [
    [message(1)], [message(2), message(2, "4")], [message(3), message(2)], [message(1, at=1)],
    [message(1, at=5)],
    [message(3, at=2)], [{"type": "recall", "at": 2, "userId": "3", "ts": 1}],
    [{"type": "clear", "at": 1}],
    [WELCOME, message(5)], [{**WELCOME, "missed": 1}],
    [{"type": "ack", "id": "a", "ts": 4}, {"type": "ack", "id": "a", "ts": 5}]])
def test_what_a_server_must_not_do_is_seen(frames):
    model = begun(1, 2)
    for frame in frames:
        model.take(frame)
    assert model.amiss


def test_the_first_frame_is_welcome():
    model = Model()
    model.connects()
    model.take(message(1))
    assert model.amiss


def test_what_is_shown():
    """Messages add, recalls, purges and clears take away; a list replaces all"""
    model = begun(1, 2)
    model.take(message(3, "4"))
    model.take({"type": "recall", "at": 4, "userId": "3", "ts": 1})
    assert (model.infos(), model.position) == (["m2", "m3"], "9f3a01c4-4")
    model.take(message(2, at=4))
    assert (model.infos(), len(model.dropped), model.position) == (["m2", "m3"], 1, "9f3a01c4-4")
    model.take(message(5))
    model.take({"type": "purge", "at": 6, "userId": "3"})
    assert model.infos() == ["m3"]
    model.check_shows([compact({"groupId": "1", "userId": "4", "info": "m3", "ts": 3})])
    with pytest.raises(AssertionError):
        model.check_shows([])
    model.take({"type": "clear", "at": 7})
    assert (model.infos(), model.position, model.amiss) == ([], "9f3a01c4-7", [])


def test_sends_are_open_until_they_are_answered():
    model = begun()
    for its_id in "abc":
        model.sends(its_id, "x")
    model.take({"type": "ack", "id": "b", "ts": 4})
    model.take({"type": "error", "id": "c", "code": 503, "reason": "redis"})
    assert (list(model.open), model.acked, model.refused) == (["a"], {"b": 4}, {"c": "redis"})
    model.take({"type": "ack", "id": "c", "ts": 5})
    assert model.amiss

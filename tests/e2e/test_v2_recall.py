"""test_v2_recall.py - part 2, 3 and 4: `recall`, by frame and by HTTP."""
import json

import pytest

from client import compact
from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

A_SECOND = 10  # so many recalls a connection may send


def put(host, group, user, ts, info="x"):
    """A message, as if it had been sent at that time."""
    text = compact({"groupId": group, "userId": user, "info": info, "ts": ts})
    host.redis.rpush(f"gml:{group}", text)
    return text


@pytest.mark.smoke
async def test_own_message_is_gone_for_all(two_hosts):
    """takes back one's own message, as `/group/delMessage`; `{"type":"ack","id":…}`"""
    group = fresh()
    clients = [await V2.enter(host, group, user) for host in two_hosts for user in ("u", "v")]
    messages = [await clients[0].say(info) for info in ("one", "two", "three")]
    for client in clients[1:]:
        await client.until("three")
    await clients[0].write("recall", ts=messages[1]["ts"], id="r1")
    frames = {frame["type"]: frame for frame in [await clients[0].any(), await clients[0].any()]}
    assert frames["ack"] == {"type": "ack", "id": "r1"}
    recall = frames["recall"]
    assert (recall["userId"], recall["ts"]) == ("u", messages[1]["ts"])
    assert recall["at"] > messages[2]["ts"]
    for client in clients[1:]:
        assert await client.next("recall") == recall
    for client in clients:
        assert client.model.infos() == ["one", "three"]
        client.model.check_shows(two_hosts[0].entries(group))
    assert (await clients[1].say("next"))["ts"] > recall["at"]


@pytest.mark.smoke
@pytest.mark.proxies
async def test_recall_by_http_is_an_event(site):
    """`/group/delMessage`: v2 clients get `recall`"""
    account, group = site.api.login(fresh('u "用户"')), fresh()
    client = await V2.enter(site, group, account.user)
    message = await client.say("gone")
    assert account.recall(group, message["ts"]).code == 200
    recall = await client.next("recall")
    assert (recall["userId"], recall["ts"]) == (account.user, message["ts"])
    assert client.model.messages == []
    late = await V2.enter(site, group, "v")
    assert (late.list["list"], late.list["at"]) == ([], recall["at"])


async def test_without_an_id_there_is_no_ack(site):
    """`recall` and `read` with an id get `ack`"""
    client = await V2.enter(site, fresh(), "u")
    message = await client.say("gone")
    await client.write("recall", ts=message["ts"])
    assert (await client.next("recall"))["ts"] == message["ts"]
    await client.write("recall", ts=message["ts"])
    await client.refused(404, "message")
    await client.say("next")


@pytest.mark.smoke
async def test_nothing_to_recall_is_404(site):
    """404 `message`: nothing to recall: someone else's, gone already, of another group"""
    one, two = fresh(), fresh()
    client, other = await V2.enter(site, one, "u"), await V2.enter(site, one, "v")
    mine = await client.say("mine")
    await other.until("mine")
    theirs = await other.say("theirs")
    assert await client.info() == "theirs"
    put(site, two, "u", mine["ts"] - 5)
    for ts in (theirs["ts"], mine["ts"] - 5, mine["ts"] - 1, mine["ts"] + 1000_000):
        await client.write("recall", ts=ts, id=str(ts))
        await client.refused(404, "message", id=str(ts))
    assert len(site.entries(one)) == 2
    await client.write("recall", ts=mine["ts"])
    await client.next("recall")
    await client.write("recall", ts=mine["ts"], id="again")
    await client.refused(404, "message", id="again")
    assert len(site.entries(two)) == 1


async def test_too_late_is_403_age(make_host):
    """403 `age` (recall too late)"""
    host, group = make_host({"im.groupMessage.recallTimeLimit": 10}), fresh()
    now = host.now_ms()
    put(host, group, "u", now - 11_000)
    put(host, group, "u", now - 5_000)
    client = await V2.enter(host, group, "u")
    await client.write("recall", ts=now - 11_000, id="late")
    await client.refused(403, "age", id="late")
    await client.write("recall", ts=now - 5_000)
    assert (await client.next("recall"))["ts"] == now - 5_000
    assert len(host.entries(group)) == 1


async def test_age_is_tested_first(site):
    """as `/group/delMessage` (age is tested first, by Redis' clock)"""
    client = await V2.enter(site, fresh(), "u")
    for ts in (0, site.now_ms() - 121_000):
        await client.write("recall", ts=ts, id="r")
        await client.refused(403, "age", id="r")


async def test_a_recall_behind_its_message_on_one_connection(site):
    """On one connection Redis keeps the order of the two channels, so a `recall` never overtakes
    its message."""
    client = await V2.enter(site, fresh(), "u")
    reader = await V2.enter(site, client.welcome["groupId"], "v")
    for n in range(30):
        message = await client.say(str(n))
        if n % A_SECOND < 5:
            await client.write("recall", ts=message["ts"])
            frame = await client.any()
            if frame["type"] == "error":
                assert (frame["code"], frame["reason"]) == (429, "connection")
    await client.say("end")
    await reader.until("end")
    assert reader.model.shown == client.model.shown == site.entries(client.welcome["groupId"])


async def test_more_than_ten_a_second_are_429(site):
    """`history`, `recall`, `read`: 10 a second each: 429 `connection`"""
    client = await V2.enter(site, fresh(), fresh("u"))
    ts = site.now_ms()
    for n in range(3 * A_SECOND):
        await client.write("recall", ts=ts, id=str(n))
    answers = [await client.next("error") for _ in range(3 * A_SECOND)]
    codes = [frame["code"] for frame in answers]
    assert codes.count(404) >= A_SECOND and codes.count(429) >= A_SECOND
    assert {frame["code"]: frame["reason"] for frame in answers} == {404: "message",
        429: "connection"}
    assert all(frame["retryAfter"] > 0 for frame in answers if frame["code"] == 429)
    await client.say("sends are counted by themselves")


async def test_the_log_has_the_recall(site):
    """fim:log:{g}: score = number, member = ts of the newest message then, a space, for a recall
    the ts of the
    message in front of the recalled one, a space, the frame's JSON"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    one, two, three = [await client.say(info) for info in ("one", "two", "three")]
    await client.write("recall", ts=two["ts"])
    recall = await client.next("recall")
    member, number = site.redis.zrange(f"fim:log:{group}", 1, -1, withscores=True)[0]
    assert number == recall["at"]
    newest, front, frame = member.decode().split(" ", 2)
    assert (int(newest), int(front), json.loads(frame)) == (three["ts"], one["ts"], recall)

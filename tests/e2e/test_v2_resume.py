"""test_v2_resume.py - part 2, 6: a client comes back, and gets what it has missed: that, and
nothing twice."""
import asyncio

import pytest

from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

CHAIN = 16  # so many times an anchor may have been recalled

# Who answers: the daemon's memory, as somebody stays in the room; Redis; another host's memory, or
# Redis for it.
WAYS = ["memory", "redis", "other-memory", "other-redis"]


class Away:
    """A user who has left at some position, and comes back; others stay where the answer is from
    memory."""

    def __init__(self, hosts, way):
        self.here, self.there = hosts
        self.back_at = self.there if way.startswith("other") else self.here
        self.in_memory = way.endswith("memory")
        self.group = fresh()

    async def begin(self):
        """account: a user who sends and recalls by HTTP."""
        self.account = self.here.api.login(fresh("w"))
        if self.in_memory:
            self.stays = await V2.enter(self.back_at, self.group, "stays")
        self.client = await V2.enter(self.here, self.group, "u")
        return self

    def say(self, info):
        """By HTTP, so that nobody has to be in the room; its ts."""
        answer = self.account.post("/group/sendMessage", groupId=self.group, info=info)
        assert answer.code == 200, answer
        return answer.data

    def recall(self, ts):
        assert self.account.recall(self.group, ts).code == 200

    async def leave(self):
        """Returns once its daemon, too, knows that it is gone."""
        await self.client.leave()
        await asyncio.to_thread(self.here.wait_subscribers, self.group, int(self.in_memory))

    async def come_back(self, missed):
        """recovered: true; the n durable frames; then live ones."""
        back = await V2.enter(self.back_at, self.group, "u", model=self.client.model)
        assert (back.welcome["recovered"], back.welcome["missed"]) == (True, missed), back.welcome
        frames = [await back.any() for _ in range(missed)]
        await back.say("live")
        back.model.check_shows(self.here.entries(self.group))
        return frames


@pytest.fixture
def away(two_hosts):
    return lambda way: Away(two_hosts, way).begin()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", [0, 1, 3])
@pytest.mark.parametrize("missed", [1, 5])
async def test_missed_messages_come_in_order(away, way, before, missed):
    """the n durable frames behind AT in order, then live frames, without a gap. No `list`."""
    room = await away(way)
    await room.client.say("the newest that it has seen")
    for n in range(before):
        room.say(f"seen {n}")
        await room.client.until(f"seen {n}")
    await room.leave()
    for n in range(missed):
        room.say(f"missed {n}")
    frames = await room.come_back(missed)
    assert [frame["info"] for frame in frames] == [f"missed {n}" for n in range(missed)]


@pytest.mark.smoke
@pytest.mark.proxies
async def test_nothing_was_missed(away):
    """AT is the highest number given out in the group (then nothing was missed)"""
    room = await away("redis")
    await room.client.say("the newest")
    await room.leave()
    assert await room.come_back(0) == []


@pytest.mark.parametrize("way", WAYS)
async def test_recalls_come_with_the_messages(away, way):
    """an event comes before the first message with a higher ts"""
    room = await away(way)
    await room.client.say("own")
    seen = [room.say(f"seen {n}") for n in range(3)]
    await room.client.until("seen 2")
    await room.leave()
    room.say("one")
    room.recall(seen[0])
    room.say("two")
    room.recall(seen[2])
    frames = await room.come_back(4)
    assert [frame["type"] for frame in frames] == ["message", "recall", "message", "recall"]
    assert [frame["ts"] for frame in frames[1::2]] == [seen[0], seen[2]]


@pytest.mark.smoke
@pytest.mark.parametrize("way", WAYS)
async def test_what_was_recalled_meanwhile_does_not_come(away, way):
    """A message recalled or purged meanwhile is not among them, its `recall` is."""
    room = await away(way)
    await room.client.say("seen")
    await room.leave()
    gone = room.say("a secret")
    room.say("stays")
    room.recall(gone)
    frames = await room.come_back(2)
    assert [(frame["type"], frame["ts"]) for frame in frames][1] == ("recall", gone)
    assert frames[0]["info"] == "stays"


@pytest.mark.parametrize("way", WAYS)
async def test_from_the_position_of_an_event(away, way):
    """A client's position is that of the last durable frame it took: its `at` if it has one"""
    room = await away(way)
    await room.client.say("own")
    ts = room.say("gone")
    await room.client.until("gone")
    room.recall(ts)
    recall = await room.client.next("recall")
    assert room.client.model.at == recall["at"]
    await room.leave()
    assert await room.come_back(0) == []


@pytest.mark.parametrize("way", WAYS)
async def test_from_the_position_of_an_event_with_messages_missed(away, way):
    """The anchor of an event of the log is the message that was the newest when it happened"""
    room = await away(way)
    await room.client.say("own")
    ts = room.say("gone")
    await room.client.until("gone")
    room.recall(ts)
    await room.client.next("recall")
    await room.leave()
    room.say("one")
    room.say("two")
    assert [frame["info"] for frame in await room.come_back(2)] == ["one", "two"]


@pytest.mark.parametrize("way", ["memory", "redis"])
@pytest.mark.parametrize("times", [1, 2, CHAIN])
async def test_the_anchor_was_recalled(away, way, times):
    """An anchor that has been recalled has one itself, and so on, 16 times at most"""
    room = await away(way)
    await room.client.say("the first")
    stamps = [room.say(f"gone {n}") for n in range(times)]
    await room.client.until(f"gone {times - 1}")
    await room.leave()
    for ts in reversed(stamps):
        room.recall(ts)
    room.say("missed")
    frames = await room.come_back(times + 1)
    assert [frame["ts"] for frame in frames[:times]] == stamps[::-1]
    assert frames[times]["info"] == "missed"


async def test_nothing_was_missed_though_the_list_has_expired(away):
    """AT is the highest number given out in the group: even if the list has expired since"""
    room = await away("redis")
    await room.client.say("the newest")
    await room.leave()
    room.here.redis.delete(f"gml:{room.group}")
    back = await V2.enter(room.here, room.group, "u", model=room.client.model)
    assert (back.welcome["recovered"], back.welcome["missed"]) == (True, 0)
    await back.say("live")
    assert back.model.infos() == ["the newest", "live"]


@pytest.mark.parametrize("way", ["memory", "redis"])
async def test_from_each_position_that_there_was(two_hosts, way):
    """What follows the anchor in the list, and what is above AT in the log, was missed."""
    host, group = two_hosts[0], fresh()
    client = await V2.enter(host, group, "u")
    messages = [await client.say(str(n)) for n in range(6)]
    await client.write("recall", ts=messages[2]["ts"])
    await client.next("recall")
    messages += [await client.say(str(n)) for n in range(6, 8)]
    epoch, durable = client.list["epoch"], [message["ts"]
                                            for message in messages[:2] + messages[3:6]]
    if way == "redis":
        await client.leave()
        await asyncio.to_thread(host.wait_subscribers, group, 0)
    for position, missed in [(ts, 7 - n) for n, ts in enumerate(durable[:2])] + \
            [(ts, 5 - n) for n, ts in enumerate(durable[2:])] + [(messages[6]["ts"], 1),
                (messages[7]["ts"], 0)]:
        back = await V2.connect(host.chat_url(group, "v", "-"), resume=f"{epoch}-{position}")
        back.model.epoch, back.model.at = epoch, position
        welcome = await back.next("welcome")
        assert (welcome["recovered"], welcome["missed"]) == (True, missed), position
        frames = [await back.any() for _ in range(missed)]
        assert all(frame["info"] != "2" for frame in frames if frame["type"] == "message")
        assert len(frames) < 3 or [f["type"] for f in frames[-3:]] == ["recall", "message",
            "message"]
        await back.leave()


async def test_a_user_with_two_tabs_resumes_both(away):
    """both from the client's position: each connection by itself"""
    room = await away("memory")
    await room.client.say("seen")
    position = room.client.model.position
    await room.leave()
    room.say("missed")
    for _ in range(2):
        back = await V2.connect(room.here.chat_url(room.group, "u", "-"), resume=position)
        back.model.epoch, back.model.at = room.client.model.epoch, room.client.model.at
        assert (await back.next("welcome"))["missed"] == 1
        assert await back.info() == "missed"


async def test_resumes_while_others_speak(two_hosts):
    """then live frames, without a gap"""
    group, over = fresh(), asyncio.Event()
    speakers = [await V2.enter(host, group, "speaker") for host in two_hosts]

    async def speak(client):
        number = 0
        while not over.is_set():
            its_id = await client.put(f"{number}")
            await client.answer(its_id)
            number += 1

    speaking = [asyncio.create_task(speak(client)) for client in speakers]
    client = await V2.enter(two_hosts[0], group, "u")
    for n in range(20):
        await client.any()
        client.cut()
        client = await V2.enter(two_hosts[n % 2], group, "u", model=client.model)
        assert client.welcome["recovered"]
    over.set()
    await asyncio.gather(*speaking)
    await client.put("end")
    await client.until("end")
    client.model.check_shows(two_hosts[0].entries(group))


async def test_the_other_forms_of_the_first_frame_are_not_disturbed(away):
    """Login, membership and bans are checked as for everybody; `welcome` has the same state"""
    room = await away("memory")
    await room.client.say("seen")
    first = room.client.welcome
    await room.leave()
    back = await V2.enter(room.here, room.group, "u", model=room.client.model)
    for key in ("groupId", "userId", "you", "settings", "limits"):
        assert back.welcome[key] == first[key]

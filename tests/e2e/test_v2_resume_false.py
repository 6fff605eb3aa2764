"""test_v2_resume_false.py - part 2, 6: where it cannot be proved that nothing is missing, `list`
comes."""
import asyncio

import pytest

from client import compact
from host import fresh
from rfc6455 import TEXT, Raw, handshake
from v2 import PROTOCOL, V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

CHAIN, LOG = 16, 1000


class Absent:
    """A user who has left a group in which nobody is: Redis alone knows what happened since."""

    def __init__(self, host, messages=3):
        self.host, self.group, self.messages = host, fresh(), messages
        self.key = f"gml:{self.group}"

    async def __aenter__(self):
        client = await V2.enter(self.host, self.group, "u")
        self.said = [await client.say(f"seen {n}") for n in range(self.messages)]
        self.model = client.model
        await client.leave()
        await asyncio.to_thread(self.host.wait_subscribers, self.group, 0)
        self.account = self.host.api.login(fresh("w"))
        return self

    async def __aexit__(self, *_exc):
        pass

    def say(self, info):
        answer = self.account.post("/group/sendMessage", groupId=self.group, info=info)
        assert answer.code == 200, answer
        return answer.data

    async def back(self, resume=None):
        position = self.model.position if resume is None else resume
        return await V2.enter(self.host, self.group, "u", model=self.model, resume=position,
                              at=self.host.push)

    async def comes_to_a_list(self, resume=None):
        """recovered: false; it shows the list, whatever it had."""
        back = await self.back(resume)
        assert (back.welcome["recovered"], back.welcome["missed"]) == (False, 0)
        back.model.check_shows(self.host.entries(self.group))
        await back.say("live")
        back.model.check_shows(self.host.entries(self.group))
        return back


# ---- what is no position ----

@pytest.mark.parametrize("form", [
    "", "x", "-", "{epoch}", "{epoch}-", "-{at}", "{at}", "{epoch}{at}", "{epoch}--{at}",
    "{epoch}-+{at}", "{epoch}-{at}x",
    "{epoch}-x{at}", "{epoch}-{at}.0", "{epoch}-{at}-1", "{epoch}_{at}", "x{epoch}-{at}",
    "{epoch}0-{at}", "0{epoch}-{at}",
    "{epoch}-9007199254740992", "{epoch}-99999999999999999999999999", "{epoch}-0x10",
    "{epoch}-{at}%20", "%20{epoch}-{at}",
    "{epoch}-{at}%00", "{epoch}%00-{at}", "%FF%FE", "{epoch}-%D9%A1", "%", "%zz",
    "{epoch}-{at}%0d%0a", pytest.param("x" * 2000, id="long"),
    pytest.param("%00" * 500, id="zeros")])
async def test_anything_else_counts_as_none(site, form):
    """`?resume=EPOCH-AT` (anything else there counts as none)"""
    async with Absent(site) as absent:
        epoch, at = absent.model.position.split("-")
        await absent.comes_to_a_list(form.format(epoch=epoch, at=at))


async def test_any_bytes_are_survived(site):
    """anything else there counts as none - also what no browser sends, straight at the daemon"""
    group = fresh()
    for value in ("\xff\xfe", "\x80" * 100, "9f3a01c4-\xb2", "&resume=", "=", "?", "resume=&&&=",
                  "\x7f", "9f3a01c4-1&" * 50):
        raw = await Raw.connect(site.push)
        path = f"/group/chat/{group}/u/-?resume={value}"
        raw.send(handshake("PATH", site.push, Sec_WebSocket_Protocol=PROTOCOL).replace(b"PATH",
            path.encode("latin-1")))
        assert await raw.status() in (101, 400), value
        if " 101 " in raw.head.splitlines()[0]:
            opcode, first = await raw.event()
            assert opcode == TEXT and b'"recovered":false' in first
        await raw.leave()
    await (await V2.enter(site, group, "u")).say("next")


@pytest.mark.parametrize("bits", [1, 0x80000000, 0xFFFFFFFF])
async def test_another_epoch(site, bits):
    """the event log has this epoch"""
    async with Absent(site) as absent:
        epoch, at = absent.model.position.split("-")
        await absent.comes_to_a_list(f"{int(epoch, 16) ^ bits:08x}-{at}")


# ---- numbers that are no position of this group ----

@pytest.mark.parametrize("away", ["zero", "before the first", "between two", "above the newest"])
async def test_a_number_that_nothing_has(site, away):
    """its anchor is in the list: nothing has this number. AT 0 has no anchor: false"""
    async with Absent(site, messages=2) as absent:
        first, last = [message["ts"] for message in absent.said]
        absent.say("missed")
        at = {"zero": 0, "before the first": first - 1,
              "between two": last - 1 if last - 1 > first else first - 2,
              "above the newest": last + 3600_000}[away]
        await absent.comes_to_a_list(f"{absent.model.epoch}-{at}")


async def test_at_0_of_an_empty_group(site):
    """AT 0 has no anchor: false"""
    async with Absent(site, messages=0) as absent:
        assert absent.model.at == 0
        await absent.comes_to_a_list()


# ---- what Redis does not have any more ----

@pytest.mark.smoke
@pytest.mark.parametrize("kept, recovered", [(2, True), (1, True), (0, False)])
async def test_a_list_that_was_trimmed(make_host, kept, recovered):
    """its anchor is in the list: trimmed to maxCount, with something missed"""
    host = make_host({"im.groupMessage.maxCount": 5})
    async with Absent(host) as absent:
        for n in range(5 - kept):
            absent.say(f"missed {n}")
        back = await absent.back()
        assert back.welcome["recovered"] is recovered
        assert back.welcome["missed"] == (5 - kept if recovered else 0)
        for _ in range(back.welcome["missed"]):
            await back.next("message")
        if not recovered:
            back.model.check_shows(host.entries(absent.group))


async def test_a_list_that_another_program_has_trimmed(site):
    """a list that was cut with something missed: false"""
    async with Absent(site) as absent:
        absent.say("missed, and cut")
        absent.say("missed")
        site.redis.ltrim(absent.key, -1, -1)
        await absent.comes_to_a_list()


async def test_a_list_that_expired_with_something_missed(site):
    """a list that expired with something missed: false"""
    async with Absent(site) as absent:
        absent.say("missed")
        site.redis.delete(absent.key)
        await absent.comes_to_a_list()


async def test_a_list_that_expired_and_began_anew(site):
    """the same, and others have spoken since"""
    async with Absent(site) as absent:
        site.redis.delete(absent.key)
        absent.say("the first of the new list")
        await absent.comes_to_a_list()


async def test_redis_came_back_empty(site):
    """a Redis that came back empty: another epoch"""
    async with Absent(site) as absent:
        epoch = absent.model.epoch
        for key in site.redis.keys(f"*{absent.group}*"):
            site.redis.delete(key)
        await absent.comes_to_a_list()
        assert absent.model.epoch != epoch


async def test_redis_came_back_empty_and_others_were_first(site):
    """the same, and others have spoken since: what the client has is of another life"""
    async with Absent(site) as absent:
        for key in site.redis.keys(f"*{absent.group}*"):
            site.redis.delete(key)
        other = await V2.enter(site, absent.group, "v")
        await other.say("a new life")
        await absent.comes_to_a_list()


@pytest.mark.smoke
async def test_redis_came_back_without_its_newest_messages(site):
    """or without its newest messages: false - AT is above all that it has given out"""
    async with Absent(site) as absent:
        site.redis.rpop(absent.key)
        site.redis.set(f"gmt:{absent.group}", absent.said[-2]["ts"])
        back = await absent.comes_to_a_list()
        assert back.model.infos() == ["seen 0", "seen 1", "live"]


async def test_the_log_alone_is_lost(site):
    """EPOCH names the life of the group's event log: it changes when that is lost or expires"""
    async with Absent(site) as absent:
        site.redis.delete(f"fim:log:{absent.group}")
        await absent.comes_to_a_list()


async def test_a_log_that_is_none(site):
    """a key of another type, or of other members, is no log: nobody is kept out by it"""
    for spoil in (lambda key: site.redis.set(key, "x"), lambda key: site.redis.zadd(key, {"x": 0}),
                  lambda key: site.redis.rpush(key, "x")):
        async with Absent(site) as absent:
            site.redis.delete(key := f"fim:log:{absent.group}")
            spoil(key)
            await absent.comes_to_a_list()


# ---- too much ----

@pytest.mark.parametrize("missed, recovered", [(5, True), (6, False)])
@pytest.mark.parametrize("recalls", [0, 2])
async def test_more_than_resume_max(make_host, missed, recovered, recalls):
    """what was missed is at most `resumeMax` frames, events among them"""
    host = make_host({"im.resumeMax": 5})
    async with Absent(host) as absent:
        stamps = [absent.say(f"missed {n}") for n in range(missed)]
        for ts in stamps[:recalls]:
            assert absent.account.recall(absent.group, ts).code == 200
        back = await absent.back()
        assert back.welcome["recovered"] is recovered
        for _ in range(back.welcome["missed"]):
            await back.any()
        await back.say("live")
        back.model.check_shows(host.entries(absent.group))


@pytest.mark.parametrize("count", [1000, 1001])
@pytest.mark.parametrize("whose", ["fastim", "another writer"])
async def test_resume_max_is_1000_by_default(site, count, whose):
    """at most `resumeMax` (1000) frames"""
    async with Absent(site) as absent:
        stamps = range(absent.model.at + 1, absent.model.at + 1 + count)
        site.redis.rpush(absent.key, *[compact(
            {"groupId": absent.group, "userId": "w", "info": "x", "ts": ts}) for ts in stamps])
        if whose == "fastim":
            site.redis.set(f"gmt:{absent.group}", stamps[-1])
        back = await absent.back()
        due = (True, 1000) if count == 1000 else (False, 0)
        assert (back.welcome["recovered"], back.welcome["missed"]) == due
        for _ in range(back.welcome["missed"]):
            await back.next("message")
        await back.say("live")
        assert back.model.messages[-2]["ts"] == stamps[-1]


def forge_events(absent, count):
    """So many notices, each as a script of fastim stores it, behind the newest message."""
    redis, at = absent.host.redis, absent.model.at
    frames = {f'{at} - {{"type":"notice","at":{at + 1 + n},"info":"{n}"}}': at + 1 + n
              for n in range(count)}
    redis.zadd(f"fim:log:{absent.group}", frames)
    note = redis.lindex(absent.key, -1)[-28:].decode()
    redis.set(f"gmt:{absent.group}", f"{at + count} {note}")


@pytest.mark.parametrize("count, recovered", [(1, True), (LOG - 1, True), (LOG, False)])
async def test_a_log_that_may_have_dropped_something(site, count, recovered):
    """it has dropped nothing above AT (it holds fewer than 1,000 events, or its oldest is not
    above AT)"""
    async with Absent(site) as absent:
        forge_events(absent, count)
        back = await absent.back()
        assert (back.welcome["recovered"], back.welcome["missed"]) == (recovered,
            count if recovered else 0)
        for n in range(back.welcome["missed"]):
            assert (await back.next("notice"))["info"] == str(n)
        await back.say("live")
        back.model.check_shows(site.entries(absent.group))


async def test_an_anchor_recalled_too_many_times(site):
    """and so on, 16 times at most"""
    async with Absent(site, messages=CHAIN + 2) as absent:
        owner = site.api.login("u")
        for message in absent.said[:0:-1]:
            assert owner.recall(absent.group, message["ts"]).code == 200
        await absent.comes_to_a_list()

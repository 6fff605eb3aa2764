"""test_v2_presence.py - part 2, 7: who is there."""
import asyncio
import os
import signal

import pytest

from host import fresh
from v2 import V2

pytestmark = pytest.mark.spread

TOLD_S = 4       # so soon each has been told
RETURN_S = 5     # who comes back within is neither `left` nor `joined`
QUICK = {"im.presence.intervalS": 1}


class Watcher:
    """Keeps what `welcome` and `presence` say: online, and users, None where names are not
    known."""

    def __init__(self, client):
        self.client = client
        self.online, self.users = client.welcome["online"], client.welcome.get("users")
        self.users = self.users and set(self.users)
        self.frames = []

    @classmethod
    async def enter(cls, host, group, user, **options):
        return cls(await V2.enter(host, group, user, **options))

    def take(self, frame):
        self.frames.append(frame)
        self.online = frame["online"]
        if "users" in frame:
            self.users = set(frame["users"])
        elif "joined" in frame or "left" in frame:
            assert not self.users & set(frame.get("joined", [])), f"joined twice: {frame}"
            assert self.users >= set(frame.get("left", [])), f"left, but was not there: {frame}"
            self.users = (self.users | set(frame.get("joined", []))) - set(frame.get("left", []))
        else:
            self.users = None

    async def until(self, online, users=None, seconds=TOLD_S):
        async with asyncio.timeout(seconds):
            while (self.online, self.users) != (online, users and set(users)):
                self.take(await self.client.next("presence", seconds))


def online(host, group):
    account = host.api.login(fresh("asks"))
    answer = account.post("/group/online", groupId=group)
    assert answer.code == 200, answer
    return answer.data


# ---- names ----

@pytest.mark.smoke
async def test_who_comes_is_told_by_name(site):
    """`presence` has `joined`, by user, not by connection: the first tab joins"""
    group = fresh()
    watcher = await Watcher.enter(site, group, "u")
    assert (watcher.online, watcher.users) == (1, {"u"})
    other = await Watcher.enter(site, group, "v")
    assert other.online == 2 or other.users == {"u"}
    await watcher.until(2, ["u", "v"])
    await V2.enter(site, group, "v")
    await site.chat(group, "part 1")
    await watcher.until(3, ["u", "v", "part 1"])
    await other.until(3, ["u", "v", "part 1"])
    assert all("left" not in frame for frame in watcher.frames)
    assert [name for frame in watcher.frames for name in frame.get("joined", [])].count("v") == 1


@pytest.mark.smoke
async def test_who_goes_is_told_once_the_last_tab_is_gone(site):
    """the last one leaves; reconnecting within 5 s is neither `left` nor `joined`"""
    group = fresh()
    watcher = await Watcher.enter(site, group, "u")
    tabs = [await V2.enter(site, group, "v") for _ in range(2)]
    back = await V2.enter(site, group, "back")
    await watcher.until(3, ["u", "v", "back"])
    watcher.frames.clear()
    await tabs[0].leave()
    await back.leave()
    back = await V2.enter(site, group, "back", model=back.model)
    await tabs[1].leave()
    await watcher.until(2, ["u", "back"], RETURN_S + TOLD_S)
    assert [(frame.get("joined"), frame.get("left")) for frame in watcher.frames] == [(None, ["v"])]


async def test_two_hosts_are_summed(two_hosts):
    """exact on each daemon, summed over the daemons. Who is connected to two daemons counts
    twice."""
    group = fresh()
    watchers = [await Watcher.enter(host, group, f"u{n}") for n, host in enumerate(two_hosts)]
    for watcher in watchers:
        await watcher.until(2, ["u0", "u1"])
    again = await V2.enter(two_hosts[1], group, "u0")
    for watcher in watchers:
        await watcher.until(3, ["u0", "u1"])
    late = await V2.enter(two_hosts[1], group, "late")
    assert late.welcome["online"] >= 3 and set(late.welcome["users"]) >= {"u0", "u1"}


async def test_to_the_byte(site):
    """{"type":"presence","online":18,"joined":["9"]}: keys in their order, no more than there
    are"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    await V2.enter(site, group, 'v "用户"')
    assert await client.text() == '{"type":"presence","online":2,"joined":["v \\"用户\\""]}'


@pytest.mark.parametrize("names", [0, 2])
async def test_large_groups_are_told_by_number(make_host, names):
    """in groups of at most `im.presence.names` users (0: never); a `presence` with none of the
    three: names
    are not known any more; with `users`: the group has shrunk to the limit"""
    host, group = make_host({**QUICK, "im.presence.names": names}), fresh()
    watcher = await Watcher.enter(host, group, "u0")
    assert watcher.users == ({"u0"} if names else None)
    others = [await V2.enter(host, group, "u1")]
    await watcher.until(2, ["u0", "u1"] if names else None)
    others.append(await V2.enter(host, group, "u2"))
    await watcher.until(3, None)
    assert "users" not in (await V2.enter(host, group, "u2")).welcome
    await others[0].leave()
    await watcher.until(2, ["u0", "u2"] if names else None, RETURN_S + TOLD_S)


async def test_at_most_one_a_second(site):
    """At most one `presence` a second where names are told; only on change"""
    group = fresh()
    watcher = await Watcher.enter(site, group, "u")
    loop = asyncio.get_running_loop()
    began = loop.time()
    for n in range(30):
        await V2.enter(site, group, f"v{n}")
    await watcher.until(31, ["u"] + [f"v{n}" for n in range(30)])
    assert len(watcher.frames) <= 2 + (loop.time() - began)


async def test_it_is_state_and_never_replayed(site):
    """Everything not durable is state or passing: it is never replayed, and the state is in
    `welcome`"""
    group = fresh()
    client = await V2.enter(site, group, "u")
    await client.say("x")
    position = client.model.position
    await V2.enter(site, group, "v")
    await client.next("presence")
    assert client.model.position == position
    await client.leave()
    back = await V2.enter(site, group, "u", model=client.model)
    assert (back.welcome["recovered"], back.welcome["missed"]) == (True, 0)
    assert set(back.welcome["users"]) == {"u", "v"}


async def test_part_1_clients_are_told_nothing(site):
    """presence: nothing"""
    group = fresh()
    old, watcher = await site.chat(group, "old"), await Watcher.enter(site, group, "u")
    await V2.enter(site, group, "v")
    await watcher.until(3, ["old", "u", "v"])
    await old.say("nothing before it")


# ---- over HTTP ----

@pytest.mark.smoke
@pytest.mark.proxies
async def test_online_over_http(two_hosts):
    """`/group/online` groupId: 200, data = {"online":17,"users":[…]} (`users` as in section 7)"""
    group = fresh()
    watcher = await Watcher.enter(two_hosts[0], group, "u")
    await V2.enter(two_hosts[1], group, 'v "用户"')
    await watcher.until(2, ["u", 'v "用户"'])
    data = online(two_hosts[1], group)
    assert list(data) == ["online", "users"]
    assert (data["online"], sorted(data["users"])) == (2, ["u", 'v "用户"'])
    assert online(two_hosts[0], fresh()) == {"online": 0, "users": []}


def test_online_over_http_is_for_users(site):
    """login as in Part 1; groupId is required"""
    assert site.api.post("/group/online", {"groupId": "g"}).code == 440
    assert site.api.login(fresh("u")).post("/group/online").code == 400


# ---- daemons that go ----

async def test_a_daemon_that_ends_in_order_is_gone_at_once(make_daemon, site):
    """one that ends in order at once"""
    daemon, group = make_daemon({"push.drainSeconds": 0}), fresh()
    watcher = await Watcher.enter(site, group, "u")
    await V2.connect(daemon.url(group, "v"))
    await watcher.until(2, ["u", "v"])
    daemon.process.signal(signal.SIGTERM)
    await watcher.until(1, ["u"], RETURN_S + TOLD_S)


@pytest.mark.slow
@pytest.mark.limit(90)
async def test_a_daemon_that_dies_is_gone_within_45_seconds(make_daemon, site):
    """A daemon that dies is gone from all numbers within 45 s"""
    daemon, group = make_daemon(), fresh()
    watcher = await Watcher.enter(site, group, "u")
    clients = [await V2.connect(daemon.url(group, f"v{n}")) for n in range(3)]
    await watcher.until(4, ["u", "v0", "v1", "v2"])
    os.kill(daemon.process.pid, signal.SIGKILL)
    for client in clients:
        await client.ws.wait_closed()
    await watcher.until(1, ["u"], 46)
    assert online(site, group) == {"online": 1, "users": ["u"]}


async def test_two_hundred_users_with_two_tabs_on_two_hosts(two_hosts):
    """17, check 4: 200 users, two tabs each, on two hosts: `joined` once a user"""
    group = fresh()
    watcher = await Watcher.enter(two_hosts[0], group, "u")
    for n in range(199):
        for _ in range(2):
            await V2.enter(two_hosts[n % 2], group, f"v{n}", at=two_hosts[n % 2].push)
    await watcher.until(200, ["u"] + [f"v{n}" for n in range(199)], 8)
    joined = [name for frame in watcher.frames for name in frame.get("joined", [])]
    assert len(joined) == len(set(joined)) and all("left" not in frame for frame in watcher.frames)

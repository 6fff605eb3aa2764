"""test_presence.py - part2.md, Presence: who is online, counted over all hosts; with Part 1 clients."""
import asyncio
import json
import os
import signal
import time

import pytest

from host import fresh
from processes import eventually

pytestmark = pytest.mark.spread


def online(host, group, user=None):
    """The data of /group/online."""
    user = user or host.api.login(fresh("asks"))
    answer = user.post("/group/online", groupId=group)
    assert (answer.status, answer.code, answer.msg) == (200, 200, "操作成功"), answer
    return answer.data


def wait_online(host, group, *users, number=None, timeout=15):
    """Until these are online; a user that is on two daemons counts twice."""
    asks = host.api.login(fresh("asks"))
    wanted = {"online": len(users) if number is None else number, "users": sorted(set(users))}
    eventually(lambda: sort(online(host, group, asks)) == wanted, timeout, f"{wanted}")


def sort(data):
    return {**data, "users": sorted(data["users"])} if "users" in data else data


class Events:
    """What is told on the group's channel of events."""

    def __init__(self, host, group):
        self.pubsub = host.redis.pubsub(ignore_subscribe_messages=True)
        self.pubsub.subscribe(f"fim:ev:{group}")
        assert self.pubsub.get_message(timeout=5) is None

    def next(self, timeout=15):
        """The text of the next one, and when it came."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            message = self.pubsub.get_message(timeout=end - time.monotonic())
            if message:
                return message["data"].decode(), time.monotonic()
        raise AssertionError("nothing was told")

    def wait(self, *users):
        """Until these are told."""
        while sorted(json.loads(self.next()[0])["users"]) != sorted(users):
            pass


@pytest.fixture
def events(site):
    opened = []

    def listen(group, host=site):
        opened.append(Events(host, group))
        return opened[-1]

    yield listen
    for one in opened:
        one.pubsub.close()


# ---- who asks ----


@pytest.mark.smoke
@pytest.mark.proxies
async def test_online(site):
    """`/group/online`: 200, data = {"online":17,"users":[…]}"""
    group, user = fresh(), site.api.login(fresh("u"))
    answer = user.post("/group/online", groupId=group)
    assert answer.text == '{"code":200,"msg":"操作成功","data":{"online":0,"users":[]}}'
    await site.chat(group, "3")
    answer = user.post("/group/online", groupId=group)  # it was reported before its first frame
    assert answer.text == '{"code":200,"msg":"操作成功","data":{"online":1,"users":["3"]}}'


async def test_who_may_ask(make_host):
    """login and membership as for the history of a group"""
    host = make_host({"im.group.membersOnly": 1})
    group, member, stranger = fresh(), host.api.login(fresh("u")), host.api.login(fresh("v"))
    host.redis.sadd(f"ugs:{member.user}", group)
    await host.chat(group, member.user)
    assert online(host, group, member) == {"online": 1, "users": [member.user]}
    assert stranger.post("/group/online", groupId=group).text == '{"code":100,"msg":"未加入群组","data":null}'
    assert host.api.post("/group/online", {"groupId": group}, user=member.user, token="wrong").code == 440
    assert host.api.post("/group/online", {"groupId": group}).code == 440
    for wrong in ({}, {"groupId": ""}, {"groupId": "a/b"}):
        assert member.post("/group/online", **wrong).code == 400, wrong
    assert host.api.get("/group/online").status == 405


# ---- who counts ----


async def test_a_user_counts_once_a_daemon_and_is_named_once(two_hosts):
    """distinct users with a connection, summed over the daemons. Who is connected to two counts twice"""
    one, two = two_hosts
    group = fresh()
    clients = [await host.chat(group, user) for host, user in ((one, "3"), (one, "3"), (one, "7"), (two, "3"))]
    for host in two_hosts:
        wait_online(host, group, "3", "7", number=3)
    await clients[0].leave()  # another one is left
    await clients[3].leave()
    wait_online(one, group, "3", "7", number=2)


@pytest.mark.parametrize("user", ['a"b', "back\\slash", "😀 用户", 'x",', '"'])
async def test_any_id_is_told_as_it_is(site, events, user):
    group = fresh()
    told = events(group)
    await site.chat(group, user)
    assert json.loads(told.next()[0]) == {"do": "presence", "online": 1, "users": [user]}
    assert online(site, group) == {"online": 1, "users": [user]}


async def test_larger_groups_have_a_number_alone(make_host):
    """in groups of at most `im.presence.names` users; 0: never"""
    few, none = make_host({"im.presence.names": 2}), make_host({"im.presence.names": 0})
    group, other = fresh(), fresh()
    clients = [await few.chat(group, f"{n}") for n in range(3)]
    eventually(lambda: online(few, group) == {"online": 3}, what="a number alone")
    await clients[0].leave()
    wait_online(few, group, "1", "2")
    await none.chat(other, "3")
    assert online(none, other) == {"online": 1}


async def test_nobody_counts_if_presence_is_off(hosts, own_redis):
    """`im.presence.on` 0"""
    host = hosts.new({"im.presence.on": 0}, own_redis)
    group = fresh()
    await (await host.chat(group, "3")).say("hello")
    assert online(host, group) == {"online": 0, "users": []}
    assert not [key for key in own_redis.client.keys("fim:*") if key.startswith((b"fim:on", b"fim:hosts", b"fim:top"))]
    hosts.end(host)


# ---- what is told ----


async def test_changes_are_told_once_a_second_over_all_daemons(two_hosts, events):
    """At most one `presence` a second where names are told; only on change"""
    group = fresh()
    told = events(group)
    users, times = [], []
    while len(times) < 4:
        for host in two_hosts:  # at once after the last telling
            users.append(f"{len(users)}")
            await host.chat(group, users[-1])
        data = {"users": []}
        while len(data["users"]) < len(users):
            text, when = told.next()
            data = json.loads(text)
            times.append(when)
    assert (data["online"], sorted(data["users"])) == (len(users), users)
    assert min(b - a for a, b in zip(times, times[1:])) > 0.9, times


async def test_200_users_with_two_tabs_each_on_two_hosts(two_hosts, events):
    """`joined` and `left` once a user and host set: the first tab joins, the last one leaves"""
    group = fresh()
    told, users = events(group), [f"{n}" for n in range(200)]
    tabs = {user: [await two_hosts[n % 2].chat(group, user) for _ in range(2)] for n, user in enumerate(users)}
    seen = []
    while not seen or len(seen[-1]["users"]) < len(users):
        seen.append(json.loads(told.next()[0]))
    assert all(each["online"] == len(each["users"]) for each in seen)
    for before, after in zip(seen, seen[1:]):
        assert set(before["users"]) < set(after["users"])
    for user in users:
        await tabs[user][0].leave()
    await tabs["0"][1].leave()
    last = json.loads((await asyncio.to_thread(told.next))[0])
    assert (last["online"], sorted(last["users"])) == (199, sorted(users[1:]))


async def test_a_reconnect_within_5_s_is_neither_left_nor_joined(site, events):
    """Reconnecting within 5 s is neither `left` nor `joined`"""
    group = fresh()
    told = events(group)
    client = await site.chat(group, "3")
    assert json.loads(told.next()[0])["users"] == ["3"]
    for _ in range(3):
        await client.leave()
        assert online(site, group) == {"online": 1, "users": ["3"]}
        client = await site.chat(group, "3")
    left = time.monotonic()
    await client.leave()
    text, when = told.next()
    assert json.loads(text) == {"do": "presence", "online": 0, "users": []}
    assert when - left > 4.9
    assert not site.redis.exists(f"fim:on:{group}")
    assert site.redis.zscore("fim:top", group) is None


# ---- Redis, and the end of a daemon ----


async def test_presence_is_right_again_after_redis_lost_all(own_hosts, own_redis):
    """the next report mends all"""
    group = fresh()
    for host, user in zip(own_hosts, "37"):
        await host.chat(group, user)
    wait_online(own_hosts[0], group, "3", "7")
    own_redis.client.flushall()
    wait_online(own_hosts[0], group, "3", "7", timeout=10)  # their leases are gone, which they see within 5 s
    own_redis.client.script_flush()
    await own_hosts[1].chat(group, "9")
    wait_online(own_hosts[0], group, "3", "7", "9")


async def test_a_daemon_that_ends_is_gone_at_once(make_daemon, site, events):
    """one that ends in order at once"""
    group, other = fresh(), fresh()
    daemon = make_daemon({"push.drainSeconds": 0})
    told = events(group)
    here = await site.chat(group, "3")
    for name, user in ((group, "7"), (other, "7")):
        await daemon.chat(name, user)
    told.wait("3", "7")
    daemon.process.signal(signal.SIGTERM)
    assert json.loads((await asyncio.to_thread(told.next, 5))[0]) == {"do": "presence", "online": 1, "users": ["3"]}
    assert daemon.process.wait() == 0
    assert online(site, group) == {"online": 1, "users": ["3"]}
    assert online(site, other) == {"online": 0, "users": []}
    assert not site.redis.exists(f"fim:on:{other}")
    await here.say("still here")


@pytest.mark.slow
@pytest.mark.limit(90)
async def test_a_daemon_that_dies_is_gone_within_45_s(make_daemon, site, events):
    """SIGKILL of one host: `online` right within 45 s"""
    group, other = fresh(), fresh()
    daemon = make_daemon()
    told = events(group)
    await site.chat(group, "3")
    for name, user in ((group, "7"), (other, "7")):
        await daemon.chat(name, user)
    told.wait("3", "7")
    died = time.monotonic()
    os.kill(daemon.process.pid, signal.SIGKILL)
    text, when = await asyncio.to_thread(told.next, 60)
    assert json.loads(text) == {"do": "presence", "online": 1, "users": ["3"]}
    assert when - died <= 45
    for name, users in ((group, ["3"]), (other, [])):
        assert online(site, name) == {"online": len(users), "users": users}


async def test_the_metrics_count_reports(make_daemon):
    daemon = make_daemon()
    assert daemon.metrics()["fastim_presence_reports_total"] == 0
    await daemon.chat(fresh(), "3")
    await daemon.chat(fresh(), "3")
    assert daemon.metrics()["fastim_presence_reports_total"] == 2

"""test_v2_members.py - part 2, 5: 403 `member`, for those who may not be in a group."""
import pytest

from host import fresh
from v2 import V2

pytestmark = [pytest.mark.everywhere, pytest.mark.spread]

MEMBER = (403, "member", 4403)


async def knock(host, group, user):
    return await V2.connect(host.chat_url(group, user, "-"))


@pytest.mark.smoke
async def test_auto_join_adds_the_group_to_the_users_groups(site):
    """Part 1: `autoJoin: 1` adds the group to `ugs:{userId}`"""
    group, user = fresh(), fresh("u")
    await V2.enter(site, group, user)
    assert site.redis.smembers(f"ugs:{user}") == {group.encode()}


@pytest.mark.smoke
async def test_without_auto_join_who_has_not_joined_is_refused(make_host):
    """403 `member` (`autoJoin: 0`), close 4403"""
    host = make_host({"im.group.autoJoin": 0})
    group, account = fresh(), host.api.login(fresh("u"))
    await (await knock(host, group, account.user)).ended(*MEMBER)
    assert not host.redis.exists(f"ugs:{account.user}")
    assert not host.redis.exists(f"fim:log:{group}")
    account.join(group)
    await (await V2.enter(host, group, account.user)).say("in")


async def test_a_group_for_its_members_alone(make_host):
    """membersOnly: 403 `member`, close 4403: at entering, and for a send of who is a member no
    longer"""
    host = make_host({"im.group.membersOnly": 1})
    group, member = fresh(), fresh("u")
    host.redis.sadd(f"ugs:{member}", group)
    client = await V2.enter(host, group, member)
    await client.say("among us")
    await (await knock(host, group, fresh("v"))).ended(*MEMBER)
    host.redis.srem(f"ugs:{member}", group)
    its_id = await client.put("no longer")
    await client.ended(*MEMBER, id=its_id)
    assert len(host.entries(group)) == 1
    resume = await V2.connect(host.chat_url(group, member, "-"), resume=client.model.position)
    await resume.ended(*MEMBER)


async def test_who_leaves_a_group_stays_connected(site):
    """`/user/leaveGroup`: Connections stay"""
    account, group = site.api.login(fresh("u")), fresh()
    client = await V2.enter(site, group, account.user)
    assert account.post("/user/leaveGroup", groupId=group).code == 200
    await client.say("still here")

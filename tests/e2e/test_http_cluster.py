"""test_http_cluster.py - the HTTP API on a Redis Cluster: moves, failures, and what is split among slots."""
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import compact
from cluster_site import ClusterSite, name_on_cluster
from ctl import Ctl
from host import API, fresh
from operators import ANN, SETTINGS, Operator
from plaincgi import FORM, ask
from ports import free_port
from processes import eventually
from redis_cluster import PATIENT_MS, RedisCluster, key_slot
from redis_server import RedisServer

pytestmark = pytest.mark.spread

PATIENCE = 1.5  # redis.timeoutMs, by default


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with RedisCluster(tmp_path_factory.mktemp("cluster"), node_timeout_ms=PATIENT_MS) as shared:
        yield shared


@pytest.fixture(scope="module")
def site(tmp_path_factory, cluster):
    shared = ClusterSite(tmp_path_factory.mktemp("site") / "api", cluster, SETTINGS)
    yield shared
    shared.stop()


@pytest.fixture
def make_site(tmp_path):
    """For one test alone."""
    sites = []

    def make(cluster, settings=None, seeds=None):
        sites.append(ClusterSite(tmp_path / f"site{len(sites)}", cluster, settings, seeds))
        return sites[-1]
    yield make
    for made in sites:
        made.stop()


@pytest.fixture
def own_cluster(tmp_path):
    """For one test alone, which may break it: three masters with a replica each."""
    with RedisCluster(tmp_path / "own", replicas=1, node_timeout_ms=1000) as own:
        yield own


@pytest.fixture
def passwords(tmp_path):
    """passwords("ann"): settings by which these users log in with an empty password."""
    def settings(*names):
        file = tmp_path / "passwords"
        file.write_text("".join(f"{name}:{{SHA}}2jmj7l5rSw0yVb/vlWAYkK/YBwk=\n" for name in names))
        return {"login.method": "htpasswd", "login.htpasswd": str(file)}
    return settings


def send(account, group, info, **more):
    return account.post("/group/sendMessage", groupId=group, info=info, **more)


def infos(site, group):
    return [json.loads(text)["info"] for text in site.entries(group)]


# ---- names ----

@pytest.mark.parametrize("name", ["", "foo", "somekey", "foo{hash_tag}", "{user1000}.following", "foo{}{bar}", "foo{{bar}}zap",
                                  "foo{bar}{zap}", "{bar", "foo{bar", "gml:{/}x}", "群"])
def test_nodes_hash_names_as_the_unit_tests_say(cluster, name):
    assert cluster.masters()[0].cluster("KEYSLOT", name) == key_slot(name)


def test_all_of_a_group_and_all_of_a_user_has_one_slot_each(site, cluster):
    """gml:{1}, mq:{1}, fim:book:{1} …; login:{3}, ugs:{3} …"""
    user, group = site.api.login(fresh("}u{")), fresh("}g{x}")
    user.join(group)
    assert send(user, group, "hello", id="id-1").code == 200
    assert user.post("/user/read", groupId=group, ts=1).code == 200
    found = {name.decode() for node in cluster.masters() for name in node.client.keys(f"*{group}*")}
    assert found == {f"gml:{{/{group}}}", f"fim:book:{{/{group}}}", f"fim:sent:{{/{group}}}/{user.user}"}
    assert len({key_slot(name) for name in found}) == 1
    found = {name.decode() for node in cluster.masters() for name in node.client.keys(f"*{{/{user.user}}}*")}
    assert found == {f"login:{{/{user.user}}}", f"ugs:{{/{user.user}}}", f"fim:read:{{/{user.user}}}"}
    assert len({key_slot(name) for name in found}) == 1


def test_a_message_is_published_to_the_sharded_channel_of_its_group(site, cluster):
    user, group = site.api.login(fresh("u")), fresh()
    with site.node_of(f"gml:{group}").client.pubsub() as listener:
        listener.execute_command("SSUBSCRIBE", name_on_cluster(f"mq:{group}"))
        assert listener.connection.read_response()[0] == b"ssubscribe"
        ts = send(user, group, "hi").data
        kind, channel, text = listener.connection.read_response()
    assert (kind, channel.decode()) == (b"smessage", name_on_cluster(f"mq:{group}"))
    assert text.decode() == compact({"groupId": group, "userId": user.user, "info": "hi", "ts": ts})


# ---- users and groups that are at different nodes ----

def ids_at(cluster, stem):
    """One at each master."""
    return [cluster.name_at(node, stem) for node in cluster.masters()]


def test_users_and_groups_of_all_nodes_meet(site, cluster):
    users = [site.api.login(name) for name in ids_at(cluster, fresh("u"))]
    for group in ids_at(cluster, fresh()):
        for user in users:
            user.join(group)
            assert send(user, group, f"of {user.user}").code == 200
        history = users[0].history(group)
        assert [json.loads(text)["userId"] for text in history] == [user.user for user in users]
        last = json.loads(history[-1])
        assert users[0].before(group, last["userId"], last["ts"], 10) == history[:-1]
        assert users[2].recall(group, last["ts"]).code == 200
        assert users[1].recall(group, last["ts"]).code == 100
        assert len(site.entries(group)) == 2
        assert users[1].post("/group/online", groupId=group).data == {"online": 0, "users": []}
        assert users[1].post("/user/leaveGroup", groupId=group).code == 200
    assert users[1].post("/user/listGroup").data == []
    assert users[1].post("/user/logout").code == 200
    assert users[1].post("/user/listGroup").code == 440


@pytest.mark.parametrize("path, more", [
    ("/group/listMessage", {"startPage": 0, "endPage": -1}), ("/group/listOldMessage", {"userId": "u", "ts": 1, "count": 1}),
    ("/group/delMessage", {"ts": 1}), ("/group/sendMessage", {"info": "x"}), ("/group/online", {})])
def test_a_login_of_another_node_is_asked_for(site, cluster, path, more):
    """The login is checked first, in the user's slot."""
    user = site.api.login(fresh("u"))
    for group in ids_at(cluster, fresh()):
        assert user.post(path, groupId=group, **more).code in (200, 100)
        assert site.api.post(path, {"groupId": group, **more}, user=user.user, token="0" * 32).code == 440
        assert site.entries(group) == ([] if "info" not in more else site.entries(group)[:1])


def test_members_only_looks_at_the_users_groups(cluster, make_site):
    site = make_site(cluster, {"im.group.membersOnly": 1})
    user = site.api.login(fresh("u"))
    for group in ids_at(cluster, fresh()):
        answer = send(user, group, "x")
        assert (answer.code, answer.msg) == (100, "未加入群组")
        assert user.post("/group/listMessage", groupId=group, startPage=0, endPage=-1).code == 100
        site.redis.sadd(f"ugs:{user.user}", group)
        assert send(user, group, "x").code == 200 and len(user.history(group)) == 1


def test_numbers_of_a_group_never_go_back(site, cluster):
    """ts of fim:book:{g}"""
    user, group = site.api.login(fresh("u")), fresh()
    first = send(user, group, "a").data
    book = f"fim:book:{group}"
    assert int(site.redis.hget(book, "ts")) == first and site.redis.ttl(book) > 604800
    ahead = site.now_ms() + 3_600_000
    site.redis.rpush(f"gml:{group}", compact({"groupId": group, "userId": "f", "info": "f", "ts": ahead}))
    assert send(user, group, "b").data == ahead + 1
    assert user.recall(group, ahead + 1).code == 200
    assert send(user, group, "c").data == ahead + 2
    assert infos(site, group) == ["a", "f", "c"]


# ---- failed logins ----

def test_failures_of_user_and_address_are_counted_apart(cluster, make_site, passwords):
    site = make_site(cluster, {**passwords("ann", "bob"), "login.maxFailures": 3})
    for _ in range(3):
        assert site.api.post("/user/login", {"userId": "ann", "password": "wrong"}).msg == "登录失败"
    locked = site.api.post("/user/login", {"userId": "ann", "password": ""})
    assert locked.code == 100 and 1 <= int(locked.headers["retry-after"]) <= 60
    other = site.api.post("/user/login", {"userId": "bob", "password": ""})
    assert other.code == 100 and "retry-after" in other.headers  # the address has failed as often
    site.redis.delete("fim:failed:client:127.0.0.1")
    assert site.api.post("/user/login", {"userId": "bob", "password": ""}).code == 200
    assert site.redis.llen("fim:failed:user:ann") == 3


# ---- operators and moderators ----

def notes(site):
    return [json.loads(text) for text in site.cluster.at("fim:audit").lrange("fim:audit", 0, -1)]


def test_what_operators_do_is_noted_behind_it(site, cluster):
    operator = Operator(site, ANN)
    user = site.api.login(fresh("u"))
    for group in ids_at(cluster, fresh()):
        ts = operator.do("message", groupId=group, userId="gift", info="a rose")
        assert operator.do("mute", groupId=group, userId=user.user, seconds=60) is None
        assert send(user, group, "x").data["reason"] == "muted"
        assert operator.do("unmute", groupId=group, userId=user.user) is None
        assert operator.post("/admin/unmute", groupId=group, userId=user.user).code == 100  # changes nothing: no note
        assert operator.do("settings", groupId=group, slow=5)["slow"] == 5
        assert operator.do("recall", groupId=group, userId="gift", ts=ts) is None
        send(user, group, "y")
        assert operator.do("purge", groupId=group, userId=user.user) == 1
        operator.do("message", groupId=group, userId="gift", info="another")
        assert operator.do("clear", groupId=group) is None and site.entries(group) == []
        assert operator.do("notice", groupId=group, info="hear") is None
        assert operator.do("join", groupId=group, userId=user.user) is None
        assert operator.do("leave", groupId=group, userId=user.user) is None
        assert operator.do("role", groupId=group, userId=user.user, role="vip") is None
        assert operator.do("rules", groupId=group)["roles"] == [{"userId": user.user, "role": "vip"}]
        mine = [note["what"] for note in operator.do("log") if note.get("groupId") == group]
        assert mine == ["role", "leave", "join", "notice", "clear", "purge", "recall", "settings", "unmute", "mute"]
        assert operator.do("online", groupId=group)["online"] == 0
    assert operator.do("groups") == [] and operator.do("hosts") == []


def test_moderators_are_known_by_their_login_and_role(cluster, make_site, passwords):
    names = [*ids_at(cluster, fresh("m")), fresh("u")]
    site = make_site(cluster, {**SETTINGS, **passwords(*names)})
    *mods, user = [site.api.login(name, "") for name in names]
    operator = Operator(site, ANN)

    def mute(mod, group, token=None):
        fields = {"groupId": group, "userId": user.user, "seconds": 60}
        return site.api.post("/admin/mute", fields, user=mod.user, token=token or mod.token)

    for mod, group in itertools.product(mods, ids_at(cluster, fresh())):
        assert mute(mod, group).data == {"reason": "role"}
        operator.do("role", groupId=group, userId=mod.user, role="mod")
        assert mute(mod, group, token="0" * 32).code == 440
        assert mute(mod, group).code == 200
        operator.do("ban", userId=mod.user)
        assert mute(mod, group).data == {"reason": "banned"}
        operator.do("unban", userId=mod.user)
        mine = [(note["who"], note["as"], note["what"]) for note in notes(site) if note.get("groupId") == group]
        assert mine[0] == (mod.user, "mod", "mute") and len(mine) == 2 * (1 + mods.index(mod))


def test_a_ban_everywhere_is_told_and_holds_everywhere(site, cluster):
    operator, user = Operator(site, ANN), site.api.login(fresh("u"))
    with cluster.at("fim:ev:").pubsub() as listener:
        listener.execute_command("SSUBSCRIBE", "fim:ev:")
        assert listener.connection.read_response()[0] == b"ssubscribe"
        operator.do("ban", userId=user.user, seconds=60)
        told = json.loads(listener.connection.read_response()[2])
    assert told["do"] == "close" and told["userId"] == user.user
    for group in ids_at(cluster, fresh()):
        refused = send(user, group, "x")
        assert refused.data["reason"] == "banned" and 0 < refused.data["retryAfter"] <= 60_000
    operator.do("unban", userId=user.user)
    assert send(user, fresh(), "x").code == 200
    assert [note["what"] for note in notes(site) if note.get("userId") == user.user] == ["unban", "ban"]


def test_words_are_kept_told_and_noted(site, cluster):
    operator, word = Operator(site, ANN), fresh("w")
    with cluster.at("fim:ev:").pubsub() as listener:
        listener.execute_command("SSUBSCRIBE", "fim:ev:")
        assert listener.connection.read_response()[0] == b"ssubscribe"
        operator.do("words", add=word)
        assert json.loads(listener.connection.read_response()[2]) == {"do": "words"}
    user, group = site.api.login(fresh("u")), fresh()
    eventually(lambda: send(user, group, f"a {word} b").data == {"reason": "words"}, 5, "the word is refused")
    assert word in operator.do("words")
    operator.do("words", remove=word)
    eventually(lambda: send(user, group, f"a {word} b").code == 200, 5, "the word is taken")


def test_a_notice_to_all_groups_is_refused(site):
    answer = Operator(site, ANN).post("/admin/notice", info="x")
    assert answer.code == 400 and "groupId" in answer.msg


def test_a_logout_is_told_to_all_daemons(site, cluster):
    user = site.api.login(fresh("u"))
    with cluster.at("fim:ev:").pubsub() as listener:
        listener.execute_command("SSUBSCRIBE", "fim:ev:")
        assert listener.connection.read_response()[0] == b"ssubscribe"
        assert user.post("/user/logout").code == 200
        assert json.loads(listener.connection.read_response()[2])["userId"] == user.user


# ---- a cold map: a CGI ----

def test_a_cgi_finds_its_way(site, cluster):
    """Each one begins at a seed, without a map."""
    user = site.api.login(fresh("u"))
    for group in ids_at(cluster, fresh()):
        body = f"groupId={group}&info=hello".encode()
        printed = ask(API, site, "/group/sendMessage", body, CONTENT_TYPE=FORM, CONTENT_LENGTH=str(len(body)),
                      HTTP_USERID=user.user, HTTP_TOKEN=user.token)
        assert json.loads(printed.body)["code"] == 200, printed.log
        assert infos(site, group) == ["hello"]


# ---- slots on the move ----

def test_a_slot_that_has_moved_is_followed(cluster, make_site):
    site = make_site(cluster)
    user, group = site.api.login(fresh("u")), fresh()
    slot = key_slot(f"gml:{{{group}}}")
    home = cluster.owner(slot)
    for number, target in enumerate([*cluster.masters(), home]):
        if target is not cluster.owner(slot):
            cluster.move_slot(slot, target)
        assert send(user, group, f"m{number}").code == 200
        assert len(user.history(group)) == number + 1


# ---- nodes that are away ----

def test_dead_seeds_are_passed_over(cluster, make_site):
    dead = [f"127.0.0.1:{free_port()}" for _ in range(3)]
    site = make_site(cluster, seeds=" ".join([*dead, cluster.masters()[1].place]))
    for _ in range(4):  # of both processes
        assert send(site.api.login(fresh("u")), fresh(), "x").code == 200


def test_one_redis_is_no_cluster(make_site, cluster, tmp_path):
    """A node that is none says so, and nobody waits for it."""
    server = RedisServer(tmp_path / "one")
    try:
        site = make_site(cluster, seeds=f"127.0.0.1:{server.port}")
        answer = site.api.post("/user/login", {"userId": fresh("u"), "password": ""})
        assert answer.code == 503
        site.process.wait_line('warn redis-down node=.* answer="ERR This instance has cluster support disabled"')
        assert server.client.keys("*") == []
    finally:
        server.stop()


def test_a_master_that_dies_is_replaced_and_others_notice_nothing(own_cluster, make_site):
    site = make_site(own_cluster, {"http.processes": 1})  # it has read the words before, which are at that master
    groups = ids_at(own_cluster, fresh())
    users = [site.api.login(name) for name in ids_at(own_cluster, fresh("u"))]
    for group in groups:
        assert send(users[1], group, "before").code == 200
    victim = own_cluster.masters()[0]
    slot = key_slot(f"gml:{{{groups[0]}}}")
    assert own_cluster.owner(slot) is victim
    victim.client.set(f"mine:{{{groups[0]}}}", 1)
    assert victim.client.wait(1, 5000) == 1  # its replica has all that is before
    with ThreadPoolExecutor(1) as pool:
        victim.kill()
        began = time.monotonic()
        new_master = pool.submit(own_cluster.wait_failover, slot)
        while not new_master.done():
            assert send(users[1], groups[1], "meanwhile").code == 200  # at two nodes that live, but for the bans
            asked = time.monotonic()
            assert send(users[1], groups[0], "x").code in (200, 503)
            assert time.monotonic() - asked < PATIENCE + 1
        new_master.result()
    eventually(lambda: send(users[1], groups[0], "after").code == 200, 5, "the new master is found")
    assert time.monotonic() - began < 20
    assert infos(site, groups[0])[0] == "before" and infos(site, groups[0])[-1] == "after"


@pytest.mark.parametrize("how", ["kill", "freeze"])
@pytest.mark.parametrize("key", ["fim:rules:", "fim:words"])
def test_who_has_the_bans_or_the_words_may_be_away(make_cluster, make_site, key, how):
    """The master that has the bans everywhere, or the words: groups of another one are served meanwhile, in time"""
    cluster = make_cluster(node_timeout_ms=1000)
    site = make_site(cluster, {"http.processes": 1})
    away = cluster.owner(key_slot(key))
    served = next(node for node in cluster.masters() if node is not away)
    group, user = cluster.name_at(served), site.api.login(cluster.name_at(served, "u"))
    assert send(user, group, "before").code == 200
    getattr(away, how)()
    try:
        for number in range(10):
            asked = time.monotonic()
            assert send(user, group, f"{number}").code == 200
            assert time.monotonic() - asked < PATIENCE + 1
            time.sleep(0.2)
    finally:
        if how == "freeze":
            away.thaw()
    assert infos(site, group) == ["before", *map(str, range(10))]


def test_a_planned_failover_loses_nothing(own_cluster, make_site):
    site = make_site(own_cluster)
    user, group = site.api.login(fresh("u")), fresh()
    slot = key_slot(f"gml:{{{group}}}")
    own_cluster.failover(own_cluster.owner(slot))
    sent = [f"m{number}" for number in range(5)]
    for info in sent:
        assert send(user, group, info).code == 200
    own_cluster.failover(own_cluster.owner(slot))
    assert send(user, group, "last").code == 200
    assert infos(site, group) == [*sent, "last"]


# ---- fastimctl ----

@pytest.fixture
def ctl(site):
    return Ctl(site.conf)


def test_fastimctl_does_what_the_endpoints_do(site, ctl, cluster):
    for group in ids_at(cluster, fresh()):
        ctl("send", group, "gift", "a rose")
        assert [row[-1] for row in ctl("history", group)][-1] == "a rose"
        exported = ctl.try_("export", group)
        assert json.loads(exported.out)["info"] == "a rose"


def test_fastimctl_imports_what_it_has_exported(site, ctl, cluster):
    source, *targets = ids_at(cluster, fresh())
    for number in range(3):
        ctl("send", source, "u", f"m{number}")
    exported = ctl.try_("export", source).out
    for target in targets:
        assert ctl("import", target, input=exported.replace(source, target)) == [["3"]]
        assert infos(site, target) == ["m0", "m1", "m2"]
        note, = [note for note in notes(site) if note.get("groupId") == target]
        assert (note["what"], note["messages"]) == ("import", 3)
        user = site.api.login(fresh("u"))
        assert send(user, target, "next").data > json.loads(exported.splitlines()[-1])["ts"]


def test_fastimctl_tail_follows_a_slot_that_moves(cluster, make_site):
    site = make_site(cluster)
    ctl, user, group = Ctl(site.conf), site.api.login(fresh("u")), fresh()
    slot = key_slot(f"gml:{{{group}}}")
    send(user, group, "before")
    tail = ctl.start("tail", "--json", group)
    try:
        assert json.loads(tail.stdout.readline())["info"] == "before"
        for number, target in enumerate(cluster.masters()):
            if target is not cluster.owner(slot):
                cluster.move_slot(slot, target)
            send(user, group, f"m{number}")
            assert json.loads(tail.stdout.readline())["info"] == f"m{number}"
    finally:
        tail.terminate()
        tail.communicate(timeout=10)


def test_fastimctl_converts_nothing_on_a_cluster(ctl):
    assert "Redis Cluster" in ctl.refused("convert", "java")

"""test_admin.py - HTTP: who may use the paths below /admin/: operators, moderators, and nobody else."""
import subprocess
import time

import pytest

from api import curl
from host import API, PUSHD, fresh, write_settings
from operators import ADMIN_PATHS, ANN, BOB, MODERATED, OPERATED, SETTINGS, Bearer, Operator, is_not_allowed
from processes import eventually

ROLE = {"reason": "role"}


@pytest.fixture(scope="module")
def host(make_host):
    return make_host({**SETTINGS, "login.maxFailures": 0})


@pytest.fixture
def operator(host):
    return Operator(host)


def wait_line(host, text):
    """What a process has written comes by a pipe: the answer may be there before it."""
    eventually(lambda: text in host.process.output, what=f"{text} in the log")


# ---- operators ----

@pytest.mark.proxies
def test_an_operator_comes_with_its_token(host):
    """POST, header adminToken"""
    group = fresh()
    assert Operator(host, ANN).do("mute", groupId=group, userId="v", seconds=60) is None
    assert Operator(host, BOB).do("unmute", groupId=group, userId="v") is None
    assert Operator(host, BOB).post("//admin/unmute/", groupId=group, userId="v").code == 100
    notes = [note for note in Operator(host).do("log") if note.get("groupId") == group]
    assert [(note["who"], note["as"], note["what"]) for note in notes] == [
        ("bob", "operator", "unmute"), ("ann", "operator", "mute")]


@pytest.mark.parametrize("path", ADMIN_PATHS)
def test_a_body_of_another_type_is_415_where_a_parameter_is_wanted(operator, path):
    """A body of another type is ignored where the query has all that is required, else 415."""
    answer = operator.post(path, "-H", "Content-Type: text/plain", "--data-binary", "groupId=g&userId=u")
    optional = {"/admin/rules", "/admin/words", "/admin/groups", "/admin/hosts", "/admin/log"}
    assert answer.code == (200 if path in optional else 415), answer


@pytest.mark.parametrize("path", ADMIN_PATHS)
def test_a_wrong_token_is_nobodys(host, path):
    """A wrong admin token …: refused, counted, logged without the secret."""
    group = fresh()
    for token in (ANN[:-1], ANN + "x", ANN.upper(), "ann", f"ann:{ANN}", "0" * len(ANN)):
        answer = Operator(host, token).post(path, groupId=group, **{**MODERATED, **OPERATED}[path])
        assert is_not_allowed(answer), answer
    assert host.redis.keys(f"*{group}*") == []
    wait_line(host, f'warn admin-refused reason="wrong token" path="{path}" client=')
    assert ANN[:-1] not in host.process.output


def test_a_wrong_token_is_not_made_good_by_a_moderators(host):
    bearer = Bearer(host, fresh("m"), role="mod")
    for token, status in (("wrong-token", 403), (ANN, 200)):
        answer = bearer.post("/admin/clear", "-H", f"adminToken: {token}", groupId=fresh())
        assert answer.status == status


@pytest.mark.parametrize("method", ["POST", "GET", "OPTIONS"])
@pytest.mark.parametrize("path", ["/admin/mute", "/admin/hosts"])
def test_without_operators_there_is_nothing(site, method, path):
    """none: `/admin/` is 404 for all"""
    account = site.api.login(fresh("u"))
    for headers in ([], ["-H", f"adminToken: {ANN}"], ["-H", f"userId: {account.user}", "-H", f"token: {account.token}"]):
        body = b"groupId=1&userId=v" if method == "POST" else None
        answer = curl(site.http + path, "-X", method, *headers, body=body)
        assert (answer.status, answer.code) == (404, 404)


def test_operators_come_from_their_addresses(make_host):
    """`admin.addresses` limits from where"""
    far = make_host({**SETTINGS, "login.maxFailures": 0, "admin.addresses": "10.0.0.0/8 ::1"})
    near = make_host({**SETTINGS, "login.maxFailures": 0, "admin.addresses": "10.0.0.0/8 127.0.0.0/8"})
    assert is_not_allowed(Operator(far).post("/admin/hosts"))
    wait_line(far, 'warn admin-refused reason="wrong address" path="/admin/hosts" client="127.0.0.1"')
    assert len(Operator(near).do("hosts")) >= 1
    assert Bearer(far, "m", role="mod").post("/admin/settings", groupId=fresh(), slow=1).code == 200


def test_failures_count_and_wait_as_failed_logins_do(hosts, own_redis):
    """Failures count and wait as failed logins do."""
    host = hosts.new({**SETTINGS, "login.maxFailures": 3, "login.failureWindowS": 4}, own_redis)
    try:
        assert Operator(host).do("groups") == []
        began = time.monotonic()
        for _ in range(3):
            assert is_not_allowed(Operator(host, "wrong-token").post("/admin/groups"))
        for token in ("wrong-token", ANN):  # the right one learns no more
            answer = Operator(host, token).post("/admin/groups")
            assert (answer.status, answer.code, answer.data) == (200, 100, None)
            assert answer.msg.startswith("登录失败次数过多，请 ") and 1 <= int(answer.headers["retry-after"]) <= 4
        assert host.redis.keys("fim:failed:*") == [b"fim:failed:client:127.0.0.1"]
        wait_line(host, 'warn admin-locked path="/admin/groups" client="127.0.0.1"')
        while Operator(host).post("/admin/groups").code == 100:
            assert time.monotonic() - began < 10
            time.sleep(0.2)
        assert time.monotonic() - began >= 3
    finally:
        hosts.end(host)


def test_tokens_stand_in_no_log(host):
    wrong = "a-secret-that-is-wrong"
    Operator(host, wrong).post("/admin/hosts")
    Operator(host, ANN).do("hosts")
    for secret in (wrong, ANN, BOB):
        assert secret not in host.process.output


# ---- pages of other origins ----

def test_no_page_of_another_origin_sends_the_token(host):
    """No preflight allows `adminToken`."""
    page = ["-H", "Origin: https://evil.example", "-H", "Access-Control-Request-Method: POST"]
    answer = curl(host.http + "/admin/mute", "-X", "OPTIONS", *page,
                  "-H", "Access-Control-Request-Headers: admintoken, content-type, x-other")
    allowed = [name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")]
    assert answer.status == 204 and "x-other" in allowed and "admintoken" not in allowed and "*" not in allowed


# ---- moderators ----

@pytest.mark.parametrize("path", MODERATED)
def test_who_is_nobody_special_may_nothing(host, path):
    """a Part 1 client …: refused"""
    group, fields = fresh(), MODERATED[path]
    host.redis.rpush(f"gml:{group}", '{"groupId":"%s","userId":"v","info":"x","ts":1}' % group)
    account = host.api.login(fresh("u"))  # login.method is open: nobody vouches for this user
    stored = host.redis.keys(f"*{group}*")
    host.redis.hset(f"fim:rules:{group}", f"r:{account.user}", "mod")
    for caller in (account, Bearer(host, fresh("u")), Bearer(host, fresh("u"), role="vip")):
        assert is_not_allowed(caller.post(path, groupId=group, **fields), ROLE)
    answer = host.api.post(path, {"groupId": group, **fields}, user=account.user, token="wrong")
    assert (answer.status, answer.code) == (200, 440)
    assert host.api.post(path, {"groupId": group, **fields}).code == 440
    host.redis.delete(f"fim:rules:{group}")
    assert host.redis.keys(f"*{group}*") == stored
    assert host.redis.llen(f"gml:{group}") == 1


@pytest.mark.parametrize("path", MODERATED)
def test_a_moderator_may_in_its_group(host, path):
    """m: userId and token of a `mod`; in the groups of `groups`"""
    group = fresh()
    bearer = Bearer(host, fresh("m"), role="mod", groups=[group])
    assert bearer.post(path, groupId=group, **MODERATED[path]).code in (100, 200)
    assert is_not_allowed(bearer.post(path, groupId=fresh(), **MODERATED[path]))


def test_redis_says_who_is_a_moderator(host, operator):
    """a role is held by a verified user only: a JWT …"""
    group, user = fresh(), fresh("m")
    bearer = Bearer(host, user)
    assert is_not_allowed(bearer.post("/admin/settings", groupId=group, slow=1), ROLE)
    operator.do("role", groupId=group, userId=user, role="mod")
    assert bearer.post("/admin/settings", groupId=group, slow=1).code == 200
    assert is_not_allowed(bearer.post("/admin/settings", groupId=fresh(), slow=1), ROLE)
    operator.do("role", groupId=group, userId=user, role="")
    assert is_not_allowed(bearer.post("/admin/settings", groupId=group, slow=2), ROLE)


@pytest.mark.parametrize("path", OPERATED)
def test_a_moderator_may_not_what_operators_may(host, path):
    """Not m: 403"""
    group = fresh()
    answer = Bearer(host, fresh("m"), role="mod").post(path, groupId=group, **OPERATED[path])
    assert is_not_allowed(answer) and "for operators" in answer.msg
    account = host.api.login(fresh("u"))
    assert is_not_allowed(account.post(path, groupId=group, **OPERATED[path]))
    assert host.api.post(path, OPERATED[path], user=account.user, token="wrong").code == 440
    assert host.redis.keys(f"*{group}*") == []


@pytest.mark.parametrize("path", ["/admin/notice", "/admin/ban", "/admin/unban", "/admin/kick", "/admin/rules"])
def test_no_moderator_reaches_all_groups(host, path):
    """absent: everywhere, not m"""
    assert is_not_allowed(Bearer(host, fresh("m"), role="mod").post(path, **MODERATED[path]))


def test_a_moderator_may_not_set_cap_and_attributes(host, operator):
    """Not m: cap, attr"""
    group = fresh()
    bearer = Bearer(host, fresh("m"), role="mod")
    for field in ("cap", "attr.title"):
        assert is_not_allowed(bearer.post("/admin/settings", groupId=group, **{field: "5"}), ROLE)
        operator.do("settings", groupId=group, **{field: "5"})
    assert bearer.post("/admin/settings", groupId=group, slow=5, quiet=1, pinned="x").data == {
        "slow": 5, "quiet": True, "cap": 5, "pinned": "x", "attrs": {"title": "5"}}


def test_a_moderator_has_no_power_over_another_one(host, operator):
    group, other = fresh(), fresh("m")
    operator.do("role", groupId=group, userId=other, role="mod")
    bearer = Bearer(host, fresh("m"), role="mod")
    for path in ("/admin/mute", "/admin/ban", "/admin/kick", "/admin/purge", "/admin/recall"):
        fields = {**MODERATED[path], "userId": other, "groupId": group}
        assert is_not_allowed(bearer.post(path, **fields), ROLE)
    operator.do("mute", groupId=group, userId=other, seconds=5)


def test_a_banned_moderator_may_nothing(host, operator):
    group, user = fresh(), fresh("m")
    operator.do("ban", groupId=group, userId=user, seconds=60)
    answer = Bearer(host, user, role="mod").post("/admin/settings", groupId=group, slow=1)
    assert (answer.code, answer.data["reason"]) == (403, "banned") and 50000 < answer.data["retryAfter"] <= 60000


# ---- settings ----

@pytest.mark.parametrize("program", [API, PUSHD], ids=["api", "pushd"])
@pytest.mark.parametrize("settings, mistake", [
    ({"admin.tokens": "s3cret-s3cret"}, "3: admin.tokens: word 1 (no name) has no colon, write NAME:TOKEN"),
    ({"admin.tokens": "ann:0123456789\nbob:s3cret"},
     '3: admin.tokens: word 2 ("bob") has a token that is none, write 8 to 256 ASCII characters behind the colon'),
    ({"admin.tokens": "a" * 20000}, "3: admin.tokens: word 1 (no name) has no colon"),
    ({"admin.tokens": " ".join(f"a:s3cret-{n:012}" for n in range(1000))}, "3: admin.tokens: is not valid, should be"),
    ({"admin.addresses": "10.0.0.0/33"}, '3: admin.addresses: is "10.0.0.0/33", should be addresses and networks'),
])
def test_wrong_settings_are_told_with_their_line(tmp_path, program, settings, mistake):
    conf = write_settings(tmp_path / "fastim.yml", settings)
    done = subprocess.run([program, "-t", "-c", conf], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and f"{conf}:{mistake}" in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


def test_the_paths_of_operators_are_never_open(tmp_path):
    conf = write_settings(tmp_path / "fastim.yml", {**SETTINGS, "http.open": "/user/login /admin/mute"})
    done = subprocess.run([API, "-t", "-c", conf], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert 'error http.open path="/admin/mute" reason="it is for operators and moderators"' in done.stderr

"""test_jwt.py - fastim(7), JSON Web Tokens: who is let in by one over HTTP, and who is not."""
import json
import subprocess
import time
from datetime import timedelta

import pytest

from host import API, PUSHD, fresh, write_settings
from tokens import Pair, Secret, encode, token

DONE = '{"code":200,"msg":"操作成功","data":null}'
NOT_LOGGED_IN = '{"code":440,"msg":"请登录后访问","data":null}'
OTHER_GROUP = '{"code":100,"msg":"令牌不适用于该群组 (the token is not for this group)","data":null}'


@pytest.fixture(scope="module")
def keys(public_folder):
    """One of each algorithm."""
    return {"HS256": Secret(), **{alg: Pair(alg, public_folder) for alg in ("RS256", "ES256")}}


@pytest.fixture(scope="module")
def signed(make_host):
    """A host that takes HS256."""
    return make_host({"login.jwtKey": Secret().setting})


def join(host, user, of, group=None):
    return host.api.post("/user/joinGroup", {"groupId": group or fresh()}, user=user, token=of)


@pytest.mark.parametrize("place", ["inline", "file"])
@pytest.mark.parametrize("alg", ["HS256", "RS256", "ES256"])
def test_a_token_of_each_algorithm_is_a_login(make_host, public_folder, keys, alg, place):
    """`login.jwtKey`: HS256 secret, or a PEM public key for RS256, ES256; inline, or the path of a file"""
    key, setting = keys[alg], keys[alg].setting
    if place == "file":
        path = public_folder / f"{alg}.key"
        path.write_text(setting + ("\n" if alg == "HS256" else ""))
        path.chmod(0o644)
        setting = str(path)
    host, user, group = make_host({"login.jwtKey": setting}), fresh("用户"), fresh()
    of = token(key, user)
    assert join(host, user, of, group).text == DONE
    assert join(host, user, of, group).code == 100
    assert host.api.post("/user/listGroup", user=user, token=of).data == [group]
    assert not host.redis.exists(f"login:{user}")
    assert join(host, user, token(key, user, head={"alg": "none"})).text == NOT_LOGGED_IN
    assert join(host, user, of[:-8] + "AAAAAAAA").text == NOT_LOGGED_IN


def test_a_public_key_in_a_block_of_yaml(keys, tmp_path):
    conf = tmp_path / "f.yml"
    for lines in (keys["RS256"].setting, keys["RS256"].setting.replace("\n", "\r\n")):
        for style in ("|", ">", "|-"):
            indented = "".join(f"    {line}" for line in lines.splitlines(True))
            conf.write_bytes(f"login:\n  jwtKey: {style}\n{indented}".encode())
            for program in (API, PUSHD):
                subprocess.run([program, "-t", "-c", conf], check=True, capture_output=True, timeout=10)


@pytest.mark.parametrize("setting, said", [
    ("s3cret", "is a secret of less than 32 bytes"),
    ("/nonexistent", "(No such file or directory)"),
    ("-----BEGIN PUBLIC KEY----- s3cret -----END PUBLIC KEY-----", "has a broken PEM"),
    ("-----BEGIN PRIVATE KEY----- s3cret -----END PRIVATE KEY-----", "is no public key")])
@pytest.mark.parametrize("program", [API, PUSHD])
def test_a_wrong_key_is_a_mistake(tmp_path, program, setting, said):
    """Any other key is a mistake that is told when the settings are read"""
    conf = write_settings(tmp_path / "f.yml", {"login.jwtKey": setting})
    for options in (["-t"], []):
        done = subprocess.run([program, *options, "-c", conf], capture_output=True, text=True, check=False, timeout=10)
        assert done.returncode == 1 and "login.jwtKey: " in done.stderr and said in done.stderr
        assert "s3cret" not in done.stderr + done.stdout


@pytest.mark.parametrize("claims", [
    {"exp": None}, {"exp": timedelta(seconds=-1)}, {"exp": "9999999999"}, {"nbf": timedelta(minutes=2)},
    {"iat": timedelta(minutes=2)}, {"iat": "x"}, {"sub": None}, {"sub": "another"}, {"sub": 7}, {"groups": "g"},
    {"groups": [1]}, {"head": {"alg": "HS384"}}, {"head": {"alg": "HS256", "crit": ["b64"]}}], ids=str)
def test_a_token_that_is_not_valid_is_no_login(signed, claims):
    """exp is required, without leeway; nbf and iat may be 30 s ahead; sub is the user"""
    user = fresh("u")
    assert join(signed, user, token(Secret(), user, **claims)).text == NOT_LOGGED_IN


def test_nbf_and_iat_may_be_a_little_ahead(signed):
    """nbf and iat may be 30 s ahead"""
    user, soon = fresh("u"), int(time.time()) + 20
    assert join(signed, user, token(Secret(), user, nbf=soon, iat=soon)).text == DONE


def test_nobody_signs_with_the_public_key(make_host, keys):
    for alg in ("RS256", "ES256"):
        host, user = make_host({"login.jwtKey": keys[alg].setting}), fresh("u")
        assert join(host, user, token(Secret(keys[alg].setting), user)).text == NOT_LOGGED_IN


def test_logins_go_on_beside_tokens(signed, site):
    """Where a token has two dots it is a JWT; any other is that of a login. Without a key none is a JWT"""
    user = signed.api.login(fresh("u"))
    user.join(fresh())
    assert join(site, user.user, token(Secret(), user.user)).text == NOT_LOGGED_IN
    signed.redis.set(f"login:{user.user}", "a.b.c")
    assert join(signed, user.user, "a.b.c").text == NOT_LOGGED_IN
    assert join(site, user.user, "a.b.c").text == DONE


@pytest.mark.proxies
def test_a_long_token_comes_through(signed):
    """A token has at most 8 KiB; web servers take heads of so much altogether, and less"""
    user, group = fresh("u"), fresh()
    of = token(Secret(), user, groups=[group] + ["x" * 100] * 28)
    assert 4000 < len(of) < 5000
    assert join(signed, user, of, group).text == DONE
    assert join(signed, user, of).text == OTHER_GROUP


@pytest.mark.smoke
def test_a_token_of_some_groups_is_for_them_alone(signed):
    """`groups` (array, optional: only these): 100 in any other; listGroup shows these alone"""
    user, mine, other = fresh("u"), fresh(), fresh()
    of = token(Secret(), user, groups=[mine, "never joined"])
    assert join(signed, user, of, mine).text == DONE
    assert join(signed, user, of, other).text == OTHER_GROUP
    assert join(signed, user, token(Secret(), user), other).text == DONE
    assert signed.api.post("/user/listGroup", user=user, token=of).data == [mine]
    assert len(signed.api.post("/user/listGroup", user=user, token=token(Secret(), user)).data) == 2
    page = {"startPage": 0, "endPage": -1}
    for path, fields in (("/group/listMessage", page), ("/group/listMessage", {"userId": "u", "ts": 1, "count": 1}),
                         ("/group/listOldMessage", {"userId": "u", "ts": 1, "count": 1}),
                         ("/group/delMessage", {"ts": 1}), ("/user/read", {"ts": 1}), ("/group/online", {}),
                         ("/user/leaveGroup", {})):
        refused = signed.api.post(path, {"groupId": other, **fields}, user=user, token=of)
        assert refused.text == OTHER_GROUP, path
        taken = signed.api.post(path, {"groupId": mine, **fields}, user=user, token=of)
        assert taken.code in (200, 100) and taken.text != OTHER_GROUP, path
    assert join(signed, user, token(Secret(), user, groups=[])).text == OTHER_GROUP


def test_a_message_to_another_group_is_not_allowed(signed):
    """`/group/sendMessage`: a JWT that is not for the group 403"""
    user, mine = fresh("u"), fresh()
    of = token(Secret(), user, groups=[mine])
    sent = signed.api.post("/group/sendMessage", {"groupId": mine, "info": "x"}, user=user, token=of)
    assert sent.code == 200 and isinstance(sent.data, int), sent
    refused = signed.api.post("/group/sendMessage", {"groupId": fresh(), "info": "x"}, user=user, token=of)
    assert (refused.status, refused.code, refused.data) == (403, 403, None)


def test_members_only_holds_for_tokens_as_well(make_host):
    """membersOnly: history of a group for its members alone (100 `未加入群组`)"""
    host, user, group = make_host({"login.jwtKey": Secret().setting, "im.group.membersOnly": 1}), fresh("u"), fresh()
    fields = {"groupId": group, "startPage": 0, "endPage": -1}
    for code in (100, 200):
        assert host.api.post("/group/listMessage", fields, user=user, token=token(Secret(), user)).code == code
        host.redis.sadd(f"ugs:{user}", group)


@pytest.mark.everywhere
@pytest.mark.parametrize("user, header", [
    ("José", b"Jos\xe9"), ("你好", b"%E4%BD%A0%E5%A5%BD"), ("100%", b"100%"), ("%41", b"%41")])
def test_sub_is_the_user_whichever_way_the_header_names_it(signed, user, header):
    """userId is UTF-8, or Latin-1, or percent-encoded: the way in which it is sub is the right one"""
    header = header.decode("latin-1") if header.isascii() else header
    headers = b"userId: " + (header if isinstance(header, bytes) else header.encode())
    answer = signed.api.post("/user/listGroup", None, "-H", headers, token=token(Secret(), user))
    assert answer.code == 200


def test_no_redis_is_asked_for_the_login(hosts, own_redis):
    """No Redis is asked. (503 is for what an endpoint does there)"""
    host, user = hosts.new({"login.jwtKey": Secret().setting, "redis.timeoutMs": 500}, own_redis), fresh("u")
    good, bad = token(Secret(), user), token(Secret("x" * 40), user)
    own_redis.stop()
    assert join(host, user, bad).text == NOT_LOGGED_IN
    assert join(host, user, good, "a/b").code == 400
    assert join(host, user, good).code == 503
    assert join(host, user, "0" * 32).code == 503
    hosts.end(host)


def test_logout_ends_connections_but_no_token(signed):
    """It cannot be recalled: /user/logout tells the daemons, the token stays valid, and so does a login"""
    account = signed.api.login(fresh("u"))
    of, events = token(Secret(), account.user), signed.redis.pubsub()
    events.subscribe("fim:ev:")
    assert events.get_message(timeout=5)["type"] == "subscribe"
    assert signed.api.post("/user/logout", user=account.user, token=of).text == DONE
    told = {}
    while told.get("userId") != account.user:
        told = json.loads(events.get_message(timeout=5)["data"])
    assert told == {"do": "close", "userId": account.user, "code": 440, "reason": "login"}
    events.close()
    assert join(signed, account.user, of).text == DONE
    account.join(fresh())


def test_no_log_has_a_token(signed):
    """Logs have no token, no password and no message text"""
    user = fresh("u")
    good, bad = token(Secret(), user), token(Secret(), user, exp=1)
    assert join(signed, user, good).code == 200 and join(signed, user, bad).code == 440
    signed.process.wait_line(f'jwt-refused user="{user}" reason="expired"')
    log = signed.process.log.read_text(errors="replace")
    assert good.rsplit(".", 1)[1] not in log and bad.rsplit(".", 1)[1] not in log


def test_an_open_path_looks_at_no_token(make_host):
    """`http.open`: on such a path userId is believed as it stands"""
    host = make_host({"login.jwtKey": Secret().setting, "http.open": "/user/login /user/joinGroup"})
    user = fresh("u")
    assert join(host, user, token(Secret(), "another", groups=[])).text == DONE
    assert host.api.post("/user/listGroup", user=user, token=f"{encode(b'{}')}..").text == NOT_LOGGED_IN

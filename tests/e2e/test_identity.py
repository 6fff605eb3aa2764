"""test_identity.py - protocol.md, HTTP: the headers userId and token as clients and web servers send them."""
import re
from urllib.parse import quote

import pytest

from api import curl
from host import fresh

pytestmark = pytest.mark.proxies


def join(site, group, *headers):
    """joinGroup with these header lines, which may be bytes."""
    options = [word for header in headers for word in ("-H", header)]
    return curl(site.http + "/user/joinGroup", *options, "--data-urlencode", f"groupId={group}")


def assert_names(site, account, *headers):
    """These headers name the account, and nobody else."""
    group = fresh()
    answer = join(site, group, *headers)
    assert answer.code == 200, (headers, answer)
    assert site.redis.sismember(f"ugs:{account.user}", group), headers


def lower_hex(encoded):
    return re.sub("%..", lambda match: match[0].lower(), encoded)


NAMES = ["José", "ÿ÷À", "你好 😀", "a%b", "%41", "50%25", "a+b", "a, b", "a, a", "%E4%BD%A0", "été, été"]


@pytest.mark.smoke
@pytest.mark.parametrize("name", NAMES)
def test_each_client_can_name_each_user(site, name):
    """The header `userId` is UTF-8 … where the id as it stands has no login with this token it is tried percent-decoded,
    so that each client can name each user."""
    account = site.api.login(f"{fresh('u')} {name}")
    token = f"token: {account.token}"
    assert_names(site, account, f"userId: {account.user}".encode(), token)
    assert_names(site, account, f"userId: {quote(account.user, safe='')}", token)
    assert_names(site, account, f"userId: {lower_hex(quote(account.user, safe=''))}", token)


@pytest.mark.parametrize("name", ["José", "ÿ÷À", "été, été"])
def test_what_is_not_utf8_is_latin1(site, name):
    """where it is not, it is read as Latin-1 (browsers send é as E9)"""
    account = site.api.login(f"{fresh('u')} {name}")
    assert_names(site, account, f"userId: {account.user}".encode("latin-1"), f"token: {account.token}")


def test_the_id_as_it_stands_comes_first(site):
    """where the id as it stands has no login with this token it is tried percent-decoded"""
    plain = fresh("u") + "A"
    encoded = plain[:-1] + "%41"
    decoded, as_it_stands = site.api.login(plain), site.api.login(encoded)
    assert_names(site, as_it_stands, f"userId: {encoded}", f"token: {as_it_stands.token}")
    assert_names(site, decoded, f"userId: {encoded}", f"token: {decoded.token}")
    site.redis.set(f"login:{encoded}", decoded.token)  # both have it
    site.redis.delete(f"ugs:{plain}")
    assert_names(site, as_it_stands, f"userId: {encoded}", f"token: {decoded.token}")
    assert not site.redis.exists(f"ugs:{plain}")


def test_no_other_reading_lets_anybody_in(site):
    """gets 440 unless `login:{userId}` holds exactly that token"""
    account, other = site.api.login(fresh("é")), site.api.login(fresh("v"))
    for user in (account.user, quote(account.user), f"{account.user}, {account.user}", quote(quote(account.user))):
        assert join(site, fresh(), f"userId: {user}".encode(), f"token: {other.token}").code == 440, user
    assert join(site, fresh(), f"userId: {quote(quote(account.user))}", f"token: {account.token}").code == 440


@pytest.mark.parametrize("name", ["u", "José", "a, b", "你好"])
def test_the_same_header_twice_counts_once(site, name):
    """The same header twice with the same value counts once."""
    account = site.api.login(f"{fresh('u')} {name}")
    for user in (account.user, quote(account.user)):
        user, token = f"userId: {user}".encode(), f"token: {account.token}"
        assert_names(site, account, user, user, token)
        assert_names(site, account, user, token, token)
        assert_names(site, account, user, user, token, token)


def test_a_login_over_another_reading_is_renewed(site):
    """a successful check renews its 24 hours"""
    account = site.api.login(fresh("é"))
    site.redis.expire(f"login:{account.user}", 100)
    assert_names(site, account, f"userId: {quote(account.user)}", f"token: {account.token}")
    assert site.redis.ttl(f"login:{account.user}") > 24 * 3600 - 60
    assert not site.redis.exists(f"login:{quote(account.user)}")


def test_faults_are_told_over_another_reading_as_well(site):
    """Order of checks: … login …, body (1 MiB; 413, 415), parameters."""
    account = site.api.login(fresh("é"))
    assert join(site, "a/b", f"userId: {quote(account.user)}", f"token: {account.token}").code == 400
    assert join(site, "a/b", f"userId: {quote(account.user)}", "token: x").code == 440

"""test_login.py - logins of one's own: htpasswd, a module, the web server's own; what is open; too many failures."""
import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from api import curl
from fastcgi import FastCgi
from host import API, INSTRUMENTED, ROOT, fresh, write_settings
from plaincgi import FORM, ask as ask_cgi
from processes import eventually

REFUSED = '{"code":100,"msg":"登录失败","data":null}'
FORMATS = {"bcrypt": ["-B", "-C", "5"], "apr1": ["-m"], "sha512-crypt": ["-5"], "sha256-crypt": ["-2"],
           "sha": ["-s"], "crypt": ["-d"]}
PASSWORDS = {"plain": "secret", "blanks and signs": " a:b\"c'd\\e%f&g=h ", "utf-8": "пароль密碼", "empty": ""}
UNLIMITED = {"login.maxFailures": 0}

by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def htpasswd(path, user, password, kind="bcrypt"):
    """Adds the user or changes the password, as an administrator does."""
    new = [] if path.exists() else ["-c"]
    subprocess.run(["htpasswd", "-b", *new, *FORMATS[kind], path, user, password], check=True,
                   capture_output=True)


def try_login(host, user, password, *options):
    return host.api.post("/user/login", {"userId": user, "password": password}, *options)


def is_in(host, answer, user):
    """Whether the login was granted, and the token is good."""
    if (answer.status, answer.code) != (200, 200):
        return False
    return host.api.post("/user/listGroup", user=user, token=answer.msg).code == 200


# ---- htpasswd ----

@pytest.fixture(scope="module")
def password_file(public_folder):
    path = public_folder / "htpasswd"
    for kind in FORMATS:
        htpasswd(path, f"user-{kind}", "secret", kind)
    path.chmod(0o644)
    return path


@pytest.fixture(scope="module")
def guarded(make_host, password_file):
    return make_host({"login.method": "htpasswd", "login.htpasswd": str(password_file), **UNLIMITED})


@pytest.mark.smoke
@pytest.mark.everywhere
@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_that_htpasswd_writes(guarded, kind):
    """`htpasswd` (file in any format that `htpasswd` writes, by libaprutil …)"""
    user = f"user-{kind}"
    assert is_in(guarded, try_login(guarded, user, "secret"), user)
    for wrong in ("Secret", "secre", "secret ", ""):
        assert try_login(guarded, user, wrong).text == REFUSED
    assert try_login(guarded, user.upper(), "secret").text == REFUSED


@pytest.mark.parametrize("what", PASSWORDS)
@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "crypt"])
def test_any_password(guarded, password_file, kind, what):
    user = fresh("u-ü")
    htpasswd(password_file, user, PASSWORDS[what], kind)
    assert is_in(guarded, try_login(guarded, user, PASSWORDS[what]), user)
    assert try_login(guarded, user, PASSWORDS[what] + "x").text == REFUSED


@pytest.mark.parametrize("password, code", [(b"secret%00", 400), (b"secret%00x", 400), (b"s" * 1025, 100)])
def test_a_password_that_no_c_string_holds(guarded, password, code):
    """A NUL ends no password early, and a very long one is nobody's."""
    assert curl(guarded.http + "/user/login", body=b"userId=user-sha&password=" + password).code == code


def test_the_file_is_read_again_when_it_changes(guarded, password_file):
    """re-read when it changes"""
    user = fresh("u")
    assert try_login(guarded, user, "one").text == REFUSED
    htpasswd(password_file, user, "one")
    assert is_in(guarded, try_login(guarded, user, "one"), user)
    htpasswd(password_file, user, "two", "apr1")
    assert try_login(guarded, user, "one").text == REFUSED
    assert is_in(guarded, try_login(guarded, user, "two"), user)
    subprocess.run(["htpasswd", "-D", password_file, user], check=True, capture_output=True)
    assert try_login(guarded, user, "two").text == REFUSED


def test_a_file_that_is_replaced_or_gone(make_host, public_folder):
    path = public_folder / fresh("users")
    htpasswd(path, "u", "one", "sha")
    host = make_host({"login.method": "htpasswd", "login.htpasswd": str(path), **UNLIMITED})
    assert try_login(host, "u", "one").code == 200
    other = public_folder / fresh("new")
    htpasswd(other, "u", "two", "sha")
    other.rename(path)
    assert try_login(host, "u", "one").text == REFUSED
    assert try_login(host, "u", "two").code == 200
    path.unlink()
    assert try_login(host, "u", "two").status == 503
    htpasswd(path, "u", "three", "sha")
    assert try_login(host, "u", "three").code == 200


def assert_refusals_take_alike(host, path, users):
    """The least time of each counts, since what else the machine does only adds to it: in the worst minute it takes
    many tries until each has had one that was not disturbed."""
    os.utime(path, (0, 0))  # what was written just now is read twice, with a rest between that hides all else
    least = None
    for round_number in range(1, 201):
        times = []
        for user in users():
            began = time.perf_counter()
            assert try_login(host, user, "wrong").text == REFUSED
            times.append(time.perf_counter() - began)
        least = [min(pair) for pair in zip(times, least or times)]
        if round_number >= 10 and max(least) < 1.33 * min(least):
            return
    raise AssertionError(f"seconds: {least}")


@pytest.mark.alone
@pytest.mark.parametrize("closed", ["$2y$08$*", "$2y$08$!abc", "!", "*", "$6$!x$y"])
def test_an_account_closed_by_hand_tells_nothing_of_the_others(make_host, public_folder, closed):
    """unknown user and wrong password take the same time"""
    path = public_folder / fresh("closed")
    path.write_text(f"old:{closed}\n")
    path.chmod(0o644)
    subprocess.run(["htpasswd", "-b", "-B", "-C", "8", path, "known", "secret"], check=True, capture_output=True)
    host = make_host({"login.method": "htpasswd", "login.htpasswd": str(path), **UNLIMITED})
    assert try_login(host, "known", "secret").code == 200
    assert_refusals_take_alike(host, path, lambda: ("known", "nobody", "old"))


def test_who_logs_in_while_the_file_is_written_is_let_in(make_host, public_folder):
    """re-read when it changes: htpasswd(1) empties it first, and writes in place"""
    path = public_folder / fresh("big")
    htpasswd(path, "u", "secret", "sha")
    whole = path.read_bytes()
    host = make_host({"login.method": "htpasswd", "login.htpasswd": str(path), **UNLIMITED})
    assert try_login(host, "u", "secret").code == 200
    path.write_bytes(b"")
    rest = threading.Timer(0.03, path.write_bytes, [whole])
    rest.start()
    assert try_login(host, "u", "secret").code == 200
    rest.join()


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["bcrypt", "sha512-crypt", "sha"])
def test_an_unknown_user_takes_as_long_as_a_wrong_password(guarded, password_file, kind):
    """unknown user and wrong password take the same time and give the same 100 `登录失败`"""
    assert_refusals_take_alike(guarded, password_file, lambda: (f"user-{kind}", fresh("nobody")))


# ---- too many failures ----

def host_with(make_host, password_file, **settings):
    return make_host({"login.method": "htpasswd", "login.htpasswd": str(password_file),
                      **{key.replace("_", "."): value for key, value in settings.items()}})


def forget_failures(host):
    for key in host.redis.keys("fim:failed:*"):
        host.redis.delete(key)


def seconds_told(answer):
    """The time to wait, if that is the answer."""
    words = answer.msg.split(" ")
    if answer.code != 100 or len(words) != 3:
        return None
    assert words[0] == "登录失败次数过多，请" and words[2] == "秒后再试"
    assert answer.headers["retry-after"] == words[1]
    return int(words[1])


@pytest.fixture
def limited(make_host, password_file):
    """Ten failures in a minute, the defaults; the same address for all."""
    host = host_with(make_host, password_file)
    forget_failures(host)
    yield host
    forget_failures(host)


@pytest.mark.everywhere
def test_after_ten_failures_a_user_has_to_wait(limited):
    """per user …, 10 in a minute by default, then 100 with the time to wait"""
    for _ in range(10):
        assert try_login(limited, "user-sha", "wrong").text == REFUSED
    for password in ("wrong", "secret"):
        assert 50 <= seconds_told(try_login(limited, "user-sha", password)) <= 60


def test_after_ten_failures_an_address_has_to_wait(limited):
    """… and per client address"""
    for _ in range(10):
        assert try_login(limited, fresh("nobody"), "wrong").text == REFUSED
    assert seconds_told(try_login(limited, "user-sha", "secret"))
    limited.redis.delete("fim:failed:client:127.0.0.1")
    assert is_in(limited, try_login(limited, "user-sha", "secret"), "user-sha")


def test_it_is_over_after_the_window(make_host, password_file):
    window = 6 if INSTRUMENTED else 3
    host = host_with(make_host, password_file, login_failureWindowS=window, login_maxFailures=2)
    forget_failures(host)
    for _ in range(2):
        assert try_login(host, "user-sha", "wrong").text == REFUSED
    assert 1 <= seconds_told(try_login(host, "user-sha", "secret")) <= window
    eventually(lambda: is_in(host, try_login(host, "user-sha", "secret"), "user-sha"), window + 3, "the end of it")


def test_there_are_never_more_in_any_minute(limited):
    """10 in a minute: in any, not just in those that begin with a failure"""
    now = limited.now_ms()
    limited.redis.rpush("fim:failed:user:user-sha", now - 55000, *[now - 1000] * 8)
    assert try_login(limited, "user-sha", "wrong").text == REFUSED  # the tenth
    assert 1 <= seconds_told(try_login(limited, "user-sha", "secret")) <= 5
    limited.redis.lset("fim:failed:user:user-sha", 0, now - 61000)  # the first is out of it: there is room for one
    assert try_login(limited, "user-sha", "wrong").text == REFUSED
    assert 50 <= seconds_told(try_login(limited, "user-sha", "secret")) <= 60
    assert limited.redis.llen("fim:failed:user:user-sha") == 11


def login_from(host, address, user, password):
    form = f"userId={user}&password={password}".encode()
    return json.loads(ask_cgi(API, host, "/user/login", form, CONTENT_LENGTH=str(len(form)), CONTENT_TYPE=FORM,
                              REMOTE_ADDR=address).body)


def test_a_stranger_locks_nobody_out(limited):
    """failures counted by user and address together first: who has failed elsewhere does not matter"""
    for _ in range(12):
        login_from(limited, "10.0.0.1", "user-sha", "wrong")
    assert login_from(limited, "10.0.0.1", "user-sha", "secret")["code"] == 100
    assert login_from(limited, "10.0.0.2", "user-sha", "secret")["code"] == 200
    assert login_from(limited, "10.0.0.2", "user-sha", "wrong")["msg"] == "登录失败"
    assert "请" in login_from(limited, "10.0.0.2", "user-sha", "secret")["msg"]  # now it has failed itself


def test_a_hundred_failures_from_anywhere_lock_all_out(limited):
    """ten times login.maxFailures: so many guesses a window are let in, from however many addresses"""
    now = limited.now_ms()
    limited.redis.rpush("fim:failed:user:user-sha", *[now] * 99)
    assert login_from(limited, "10.0.0.3", "user-sha", "wrong")["msg"] == "登录失败"
    assert limited.redis.llen("fim:failed:user:user-sha") == 100
    assert "请" in login_from(limited, "10.0.0.4", "user-sha", "secret")["msg"]


@pytest.mark.parametrize("client, counted", [
    ("10.1.2.3", "10.1.2.3"), ("::ffff:10.1.2.3", "10.1.2.3"), ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
    ("fe80::1%eth0", "fe80::"), ("unix:", "unix:"), (" 10.1.2.3 ", "10.1.2.3"), ("x" * 200, "x" * 128)])
def test_whatever_the_web_server_calls_a_client_is_counted(limited, client, counted):
    """per user and per client address"""
    form = f"userId={fresh('nobody')}&password=wrong".encode()
    answer = ask_cgi(API, limited, "/user/login", form, CONTENT_LENGTH=str(len(form)), CONTENT_TYPE=FORM,
                     REMOTE_ADDR=client)
    assert answer.body == REFUSED
    assert len(limited.redis.keys("fim:failed:client:*")) == limited.redis.exists(f"fim:failed:client:{counted}") == 1


def test_it_holds_across_hosts(hosts, limited, password_file):
    """counted in Redis, so it holds across processes and hosts"""
    other = hosts.new({"login.method": "htpasswd", "login.htpasswd": str(password_file)})
    for i in range(10):
        assert try_login((limited, other)[i % 2], "user-sha", "wrong").text == REFUSED
    assert seconds_told(try_login(limited, "user-sha", "secret"))
    assert seconds_told(try_login(other, "user-sha", "secret"))
    hosts.end(other)


def test_of_forty_guesses_at_once_ten_are_answered(limited):
    """10 in a minute: also where they come together"""
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda i: try_login(limited, "user-bcrypt", f"wrong{i}"), range(40)))
    assert sum(answer.text == REFUSED for answer in answers) == 10
    assert sum(seconds_told(answer) is not None for answer in answers) == 30


def test_logins_that_succeed_are_not_counted(limited):
    for _ in range(12):
        assert try_login(limited, "user-sha", "secret").code == 200


def test_where_everybody_may_log_in_nothing_is_counted(site):
    for _ in range(12):
        assert try_login(site, fresh("u"), "").code == 200


# ---- a module ----

@pytest.fixture(scope="module")
def users(public_folder):
    return public_folder / "users"


@pytest.fixture(scope="module")
def example(make_host, public_folder, users):
    """The example module, built as its first lines say."""
    made = public_folder / "example.so"
    include = public_folder / "include" / "fastim"
    include.mkdir(parents=True, exist_ok=True)
    (include / "fastim_module.h").write_bytes((ROOT / "fcgi-api" / "login" / "fastim_module.h").read_bytes())
    subprocess.run(["cc", "-shared", "-fPIC", f'-DUSERS="{users}"', f"-I{include.parent}", "-o", made,
                    ROOT / "conf" / "example-module.c"], check=True)
    return make_host({"login.method": "module", "login.module": str(made), **UNLIMITED})


@pytest.mark.proxies
def test_the_example_module(example, users):
    """`module` …: an example module is built and tested"""
    users.write_text("ann:secret:Ann with the \"hat\" 汉\nbob:b:\n")
    answer = try_login(example, "ann", "secret")
    assert (answer.data, is_in(example, answer, "ann")) == ('Ann with the "hat" 汉', True)
    assert try_login(example, "bob", "b").data == ""
    for user, password in (("ann", "x"), ("ann", ""), ("nobody", "secret"), ("secret", "ann")):
        assert try_login(example, user, password).text == REFUSED
    refused = try_login(example, "ann", "secret", "-A", "BadBot/1.0")
    assert (refused.status, refused.code, refused.msg) == (403, 403, "no bots here")
    assert example.api.get("/test/websocket", "-A", "BadBot/1.0").status == 403
    users.unlink()
    assert try_login(example, "ann", "secret").status == 503


def module(folder, source, flags=()):
    (folder / "module.c").write_text("#include <fastim_module.h>\n" + source)
    made = folder / "module.so"
    subprocess.run(["cc", "-shared", "-fPIC", f"-I{ROOT / 'fcgi-api' / 'login'}", *flags, "-o", made, folder / "module.c"],
                   check=True)
    return made


GRANTS = "int fastim_login(const char *u, const char *p, struct fastim_user_info *info) { %s return %s; }\n"


@pytest.mark.parametrize("assigned, data", [
    ('info->json = "{\\"level\\": 3}";', '{"level": 3}'), ("", '"user_info"'), ('info->text = "\\"";', '"\\""')])
def test_user_info(site, tmp_path, assigned, data):
    """`fastim_login(user, password, &user_info)`"""
    made = module(tmp_path, "FASTIM_MODULE\n" + GRANTS % (assigned, "FASTIM_YES"))
    assert ask(site, tmp_path, made).endswith(b'"data":' + data.encode() + b"}")


@pytest.mark.parametrize("assigned", [
    'info->json = "{";', 'info->text = "\\xff";', 'info->json = "1 2";', 'info->json = "NaN";',
    'info->json = "[-Infinity]";', 'info->json = "1.";', 'info->json = "\\"a\\nb\\"";', 'info->json = "{\\"a\\": \\"\\x01\\"}";'])
def test_user_info_that_is_none(site, tmp_path, assigned):
    made = module(tmp_path, "FASTIM_MODULE\n" + GRANTS % (assigned, "FASTIM_YES"))
    assert b'"code":500' in ask(site, tmp_path, made)


OLD_MODULE = """const int fastim_module_version = 1;
struct old_info { const char *text, *json; };
int old_login(const char *u, const char *p, struct old_info *info) __asm__("fastim_login");
int old_login(const char *u, const char *p, struct old_info *info) { *info = (struct old_info){"old", 0}; return 1; }
"""


def test_a_module_of_version_1(site, tmp_path):
    """compatible with old modules"""
    assert ask(site, tmp_path, module(tmp_path, OLD_MODULE)).endswith(b'"data":"old"}')


CANONICAL = """#include <ctype.h>
#include <string.h>
FASTIM_MODULE
int fastim_login(const char *u, const char *p, struct fastim_user_info *info)
{
    static char id[200];
    size_t i = 0;

    do {
        id[i] = (char)tolower((unsigned char)u[i]);
    } while (u[i++] != 0);
    info->id = info->text = id;
    return strcmp(p, "secret") == 0;
}
"""


def test_a_module_may_return_the_canonical_id(make_host, public_folder):
    """a login module may return the canonical id: the token is for it, and failures count for it"""
    folder = public_folder / fresh("canonical")
    folder.mkdir()
    host = make_host({"login.method": "module", "login.module": str(module(folder, CANONICAL)), "login.maxFailures": 3})
    forget_failures(host)
    user = fresh("u")
    answer = try_login(host, user.upper(), "secret")
    assert (answer.code, answer.data) == (200, user)
    assert host.redis.get(f"login:{user}") == answer.msg.encode()
    assert is_in(host, answer, user)
    assert not host.redis.exists(f"login:{user.upper()}")
    for name in (user.upper(), user.title(), user):
        assert login_from(host, "10.0.0.7", name, "wrong")["msg"] == "登录失败"
    host.redis.delete("fim:failed:client:10.0.0.7")
    for name in (user.upper(), user):
        assert "请" in login_from(host, "10.0.0.7", name, "secret")["msg"]
    assert login_from(host, "10.0.0.8", user.upper(), "secret")["code"] == 200
    forget_failures(host)


def test_a_canonical_id_that_is_none(site, tmp_path):
    made = module(tmp_path, "FASTIM_MODULE\n" + GRANTS % ('info->id = "a/b";', "FASTIM_YES"))
    assert b'"code":500' in ask(site, tmp_path, made)


def ask(site, folder, made, method="module", path="/user/login", **variables):
    """A login by a module, or another request with one, FastCGI spoken by hand."""
    conf = write_settings(folder / "module.yml", {**site.settings, "login.method": method,
                                                  "login.module": str(made)})
    program = FastCgi(API, folder, conf)
    try:
        return program.ask(b"userId=u&password=p", REQUEST_METHOD="POST", PATH_INFO=path,
                           CONTENT_TYPE="application/x-www-form-urlencoded", **variables)
    finally:
        program.stop()


@pytest.mark.parametrize("source, why", [
    (GRANTS % ("", "FASTIM_YES"), "fastim_module_version"),
    ("FASTIM_MODULE\n", "fastim_login"),
    ("const int fastim_module_version = 3;\n" + GRANTS % ("", "FASTIM_YES"), "version"),
    (None, "file")], ids=["no version", "no login", "another version", "no shared object"])
def test_a_module_that_is_none(site, tmp_path, source, why):
    """a documented C header with a version"""
    made = tmp_path / "module.so"
    if source is None:
        made.write_text("this is a file\n")
    else:
        module(tmp_path, source)
    conf = write_settings(tmp_path / "f.yml", {"login.method": "module", "login.module": str(made)})
    done = subprocess.run([API, "-t", "-c", conf], capture_output=True, text=True, check=False, timeout=10)
    assert done.returncode == 1 and why in done.stderr, done.stderr


@pytest.mark.parametrize("what, change, why", [
    ("file", lambda path: path.chmod(0o757), "everybody may write it"),
    pytest.param("file", lambda path: (os.chown(path, 0, 4), path.chmod(0o775)), "a group may write it", marks=by_root),
    pytest.param("file", lambda path: os.chown(path, 4, 0), "neither to root nor to our user", marks=by_root),
    ("folder", lambda path: path.chmod(0o757), "strangers may write its folder"),
    pytest.param("folder", lambda path: os.chown(path, 4, 0), "its folder belongs neither", marks=by_root),
    ("folder", lambda path: path.chmod(0o1777), None)])
def test_a_module_that_strangers_can_change(site, tmp_path, what, change, why):
    """owner and mode of login.module checked: not writable by others or by the group of another user"""
    made = module(tmp_path, "FASTIM_MODULE\n" + GRANTS % ("", "FASTIM_YES"))
    change(made if what == "file" else tmp_path)
    conf = write_settings(tmp_path / "f.yml", {"login.method": "module", "login.module": str(made)})
    done = subprocess.run([API, "-t", "-c", conf], capture_output=True, text=True, check=False, timeout=10)
    if why is None:
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode == 1 and f'file="{made}"' in done.stderr and why in done.stderr, done.stderr


def test_a_password_file_that_strangers_can_change(make_host, public_folder):
    """owner and mode of login.htpasswd checked, also when it is read again"""
    path = public_folder / fresh("users")
    htpasswd(path, "u", "one", "sha")
    path.chmod(0o646)
    conf = write_settings(public_folder / fresh("f.yml"), {"login.method": "htpasswd", "login.htpasswd": str(path)})
    done = subprocess.run([API, "-t", "-c", conf], capture_output=True, text=True, check=False, timeout=10)
    assert done.returncode == 1 and f'file="{path}" reason="everybody may write it' in done.stderr, done.stderr
    path.chmod(0o644)
    host = make_host({"login.method": "htpasswd", "login.htpasswd": str(path), **UNLIMITED})
    assert try_login(host, "u", "one").code == 200
    path.chmod(0o666)
    htpasswd(path, "u", "two", "sha")
    assert try_login(host, "u", "two").status == 503


REFUSES = """#include <stddef.h>
int fastim_intercept(const struct fastim_request *r, struct fastim_refusal *refusal) { %s }
"""


@pytest.mark.parametrize("body, status, code, msg", [
    ("return FASTIM_NO;", "403 Forbidden", 403, "拒绝访问"),
    ('refusal->code = 100; refusal->msg = "no"; return FASTIM_NO;', "200 OK", 100, "no"),
    ("refusal->code = 440; return FASTIM_NO;", "200 OK", 440, "拒绝访问"),
    ("refusal->code = 429; return FASTIM_NO;", "429 Too Many Requests", 429, "拒绝访问"),
    ("refusal->code = 418; return FASTIM_NO;", "418 Refused", 418, "拒绝访问"),
    ("refusal->code = 200; return FASTIM_NO;", "500 Internal Server Error", 500, None),
    ("refusal->code = 600; return FASTIM_NO;", "500 Internal Server Error", 500, None),
    ("return FASTIM_UNKNOWN;", "503 Service Unavailable", 503, None),
    ("return FASTIM_YES;", "200 OK", 200, None),
    ('return r->variable(r, "HTTP_X") == NULL && r->query[0] == 0 && r->method[0] == 80 && r->path[1] == 117;',
     "200 OK", 200, None),
])
@pytest.mark.parametrize("method", ["open", "module"])
def test_an_interceptor_may_refuse_any_request(site, tmp_path, method, body, status, code, msg):
    """optionally `fastim_intercept(request)` that may refuse any request"""
    made = module(tmp_path, "FASTIM_MODULE\n" + GRANTS % ("", "FASTIM_YES") + REFUSES % body)
    answer = ask(site, tmp_path, made, method)
    assert answer.startswith(f"Status: {status}\r\n".encode())
    envelope = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    assert envelope["code"] == code and (msg is None or envelope["msg"] == msg)


TELLS = """#include <stdio.h>
#include <string.h>

static const char *
variable(const struct fastim_request *r, const char *name)
{
    const char *value = r->variable(r, name);

    return value != NULL ? value : "";
}

int
fastim_intercept(const struct fastim_request *r, struct fastim_refusal *refusal)
{
    static char told[1000];

    if (strcmp(r->path, "/user/login") != 0) {
        return FASTIM_YES;
    }
    snprintf(told, sizeof(told), "%s %s %s (%s)", variable(r, "CONTENT_LENGTH"), variable(r, "SERVER_PROTOCOL"),
             variable(r, "REQUEST_URI"), variable(r, "HTTP_PROXY"));
    refusal->code = 403;
    refusal->msg = told;
    return FASTIM_NO;
}
"""


@pytest.mark.proxies
def test_an_interceptor_sees_the_variables_of_a_request(make_host, public_folder):
    """Any other variable of the request (RFC 3875); a client's header `Proxy` is never a setting"""
    made = module(public_folder, "FASTIM_MODULE\n" + GRANTS % ("", "FASTIM_YES") + TELLS)
    host = make_host({"login.method": "module", "login.module": str(made), **UNLIMITED})
    answer = curl(host.http + "/user/login?a=%20b", "-H", "Proxy: http://evil.example", body=b"userId=u")
    assert answer.msg == "8 HTTP/1.1 /user/login?a=%20b ()"


@pytest.mark.parametrize("path", ["/user/login", "//user/login", "/user//login/", "/user/login//"])
def test_an_interceptor_sees_the_path_without_needless_slashes(site, tmp_path, path):
    """a slash at the end and doubled slashes make no difference"""
    refuses = "#include <string.h>\n" + REFUSES % 'return strcmp(r->path, "/user/login") != 0;'
    made = module(tmp_path, "FASTIM_MODULE\n" + GRANTS % ("", "FASTIM_YES") + refuses)
    assert b'"code":403' in ask(site, tmp_path, made, path=path)


def test_an_interceptor_sees_each_user_that_a_header_can_name(site, tmp_path):
    """where the id as it stands has no login with this token it is tried percent-decoded"""
    banned = site.api.login(fresh("é"))
    refuses = "#include <string.h>\n" + REFUSES % f'return strcmp(r->user, "{banned.user}") != 0;'
    made = module(tmp_path, "FASTIM_MODULE\n" + GRANTS % ("", "FASTIM_YES") + refuses)
    for user, token, code in ((banned.user, "x", 403), (quote(banned.user), banned.token, 403),
                              (quote(banned.user), "x", 403), (fresh("u"), "x", 440)):
        answer = ask(site, tmp_path, made, path="/user/listGroup", HTTP_USERID=user, HTTP_TOKEN=token)
        assert b'"code":%d' % code in answer, user


def test_what_a_module_starts_has_none_of_our_connections(site, tmp_path):
    """costs nobody else anything: nobody else's Redis connection, nor the web server's"""
    seen = tmp_path / "seen"
    command = f'system("readlink /proc/self/fd/[3-9] >{seen}");'
    made = module(tmp_path, "#include <stdlib.h>\nFASTIM_MODULE\n" + GRANTS % (command, "FASTIM_YES"))
    assert b'"code":200' in ask(site, tmp_path, made)
    assert not [line for line in seen.read_text().splitlines() if line.startswith("socket:")]


# ---- remote-user ----

@pytest.mark.parametrize("method, remote, granted", [
    ("remote-user", "ann", True), ("remote-user", "bob", False), ("remote-user", "", False),
    ("remote-user", "ann ", False), ("remote-user", None, False), ("open", "bob", True), ("open", None, True)])
def test_remote_user(site, tmp_path, method, remote, granted):
    """`remote-user` (trust REMOTE_USER that the web server's own authentication set; off unless chosen)"""
    conf = write_settings(tmp_path / "f.yml", {**site.settings, "login.method": method, **UNLIMITED})
    program = FastCgi(API, tmp_path, conf)
    given = {} if remote is None else {"REMOTE_USER": remote}
    answer = program.ask(b"userId=ann&password=p", REQUEST_METHOD="POST", PATH_INFO="/user/login",
                         CONTENT_TYPE="application/x-www-form-urlencoded", **given)
    program.stop()
    assert (b'"code":200' in answer) == granted
    assert granted or REFUSED.encode() in answer


@pytest.mark.proxies
def test_no_client_can_say_that_it_is_the_remote_user(make_host):
    """Not by a header, and not by a name and password that nobody asked for."""
    host = make_host({"login.method": "remote-user", **UNLIMITED})
    for forged in (["-H", "Remote-User: ann"], ["-H", "REMOTE_USER: ann"], ["-H", "Remote_User: ann"],
                   ["-u", "ann:x"]):
        assert try_login(host, "ann", "x", *forged).text == REFUSED


# ---- http.open ----

@pytest.mark.smoke
@pytest.mark.proxies
def test_what_is_open_by_default(site):
    """`http.open`: which paths need no login (default `/user/login`, `/test/websocket`)"""
    assert site.api.get("/test/websocket").status == 200
    for path in ("/user/joinGroup", "/user/leaveGroup", "/user/listGroup", "/user/read", "/user/logout",
                 "/group/listMessage", "/group/listOldMessage", "/group/delMessage", "/group/online"):
        assert site.api.post(path).code == 440


def test_a_site_opens_and_closes_paths(make_host):
    """so a site opens or closes routes as fast-im's InterceptorConfig does"""
    host, group = make_host({"http.open": "/user/login/ //group/listMessage /user/listGroup"}), fresh()
    user = host.api.login(fresh("u"))
    assert host.api.get("/test/websocket").code == 440
    assert host.api.get("/test/websocket", "-H", f"userId: {user.user}", "-H", f"token: {user.token}").status == 200
    user.join(group)
    history = host.api.post("/group/listMessage", {"groupId": group, "startPage": "0", "endPage": "-1"})
    assert (history.code, history.data) == (200, [])
    for path in ("/user/listGroup", "/user/listGroup/", "//user//listGroup"):
        assert host.api.post(path, user=user.user).data == [group], path
    assert host.api.post("/user/joinGroup", {"groupId": group}, user=user.user).code == 440


def test_a_path_that_there_is_not_is_a_mistake(tmp_path):
    conf = write_settings(tmp_path / "f.yml", {"http.open": "/user/login /user/nowhere"})
    done = subprocess.run([API, "-t", "-c", conf], capture_output=True, text=True, check=False, timeout=10)
    assert done.returncode == 1 and '/user/nowhere" reason="there is no such path"' in done.stderr

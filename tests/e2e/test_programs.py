"""test_programs.py - both programs: options, settings files, what they say where one is wrong."""
import os
import pathlib
import re
import subprocess

import pytest

from host import API, CGI, CTL, INSTRUMENTED, PUSHD, ROOT, write_settings

pytestmark = pytest.mark.everywhere

FAST_IM = pathlib.Path(__file__).parent / "data" / "application.yml"
PROGRAMS = pytest.mark.parametrize("program", [API, PUSHD], ids=["fastim-api", "fastim-pushd"])

# The defaults of the original. fastim.yml(5) has these and all others.
OF_THE_PROTOCOL = {
    "server.port": "9000", "redis.host": "127.0.0.1", "redis.port": "6379", "redis.password": "",
    "redis.database": "0", "im.group.loginAuth": "0", "im.group.autoJoin": "1",
    "im.group.maxPerUser": "1000", "im.group.membersOnly": "0",
    "im.groupMessage.timeout": "604800", "im.groupMessage.listNum": "50", "im.groupMessage.maxCount": "100000",
    "im.groupMessage.maxMessageBytes": "24576", "im.groupMessage.recallTimeLimit": "120",
    "im.groupList.updateRate": "1", "http.origins": "*", "login.method": "open",
}
DEFAULTS = {key: "" if value == "empty" else value for key, value in re.findall(
    r"^\.It Ic (\S+)\nDefault: (.*)\.$", (ROOT / "conf/man/fastim.yml.5.in").read_text(), re.M)}


def run(program, *arguments, cwd=ROOT, **environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FASTIM_")}
    return subprocess.run([program, *map(str, arguments)], cwd=cwd, env={**kept, **environment},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)


def printed(done):
    """What -T prints, as a dict."""
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


# ---- options ----

@PROGRAMS
def test_version_and_help(program):
    """`-V`, `-h`"""
    version = run(program, "-V")
    assert (version.returncode, version.stderr) == (0, "")
    assert re.fullmatch(rf"{program.name} \d+\.\d+\.\d+\S*\n", version.stdout)
    help_text = run(program, "-h")
    assert (help_text.returncode, help_text.stderr) == (0, "")
    for option in ("-c FILE", "-t", "-T", "-V", "-h"):
        assert option in help_text.stdout


@PROGRAMS
@pytest.mark.parametrize("arguments", [["-x"], ["-c"], ["-t", "more"], ["more"]])
def test_wrong_options(program, arguments):
    """Both take `-c FILE`, `-t`, `-V`, `-h`; what else is an error"""
    done = run(program, *arguments)
    assert done.returncode == 1
    assert "usage:" in done.stderr and done.stdout == ""


@PROGRAMS
def test_check_settings_and_exit(program, tmp_path):
    """`-t` (check settings and exit)"""
    good = write_settings(tmp_path / "good.yml", {"server.port": 8080})
    assert run(program, "-t", "-c", good).returncode == 0
    bad = write_settings(tmp_path / "bad.yml", {"server.port": 0})
    assert run(program, "-t", "-c", bad).returncode == 1


@PROGRAMS
def test_defaults(program, tmp_path):
    """the table of protocol.md"""
    empty = tmp_path / "empty.yml"
    empty.write_text("")
    settings = printed(run(program, "-T", "-c", empty))
    assert settings == DEFAULTS
    assert OF_THE_PROTOCOL.items() <= settings.items()


@PROGRAMS
def test_conf_has_every_setting_at_its_default(program):
    """`conf/fastim.yml` with every setting at its default"""
    assert printed(run(program, "-T", "-c", "conf/fastim.yml")) == DEFAULTS


@PROGRAMS
def test_file_by_option_then_by_environment_then_the_usual_place(program, tmp_path):
    """`-c FILE` (else `FASTIM_CONFIG`, else the installed place, else `conf/fastim.yml`)"""
    one = write_settings(tmp_path / "one.yml", {"server.port": 1111})
    two = write_settings(tmp_path / "two.yml", {"server.port": 2222})
    assert printed(run(program, "-T", "-c", one, FASTIM_CONFIG=str(two)))["server.port"] == "1111"
    assert printed(run(program, "-T", FASTIM_CONFIG=str(two)))["server.port"] == "2222"
    assert printed(run(program, "-T"))["server.port"] == "9000"


@pytest.mark.skipif(INSTRUMENTED, reason="made with other flags")
@pytest.mark.parametrize("program", [API, PUSHD, CGI, CTL],
                         ids=["fastim-api", "fastim-pushd", "fastim-cgi", "fastimctl"])
def test_each_program_is_hardened(program):
    """Position-independent, relocations read-only, no executable stack; -fcf-protection: endbr64 at each function"""
    head, dynamic, segments = (subprocess.run(["readelf", "-W", option, program], capture_output=True, text=True,
                                              check=True).stdout for option in ("-h", "-d", "-l"))
    assert "DYN (Position-Independent Executable file)" in head
    assert "Flags: NOW PIE" in dynamic and "TEXTREL" not in dynamic
    assert "GNU_RELRO" in segments and re.search(r"GNU_STACK .* RW ", segments)
    if "X86-64" in head:
        assert program.read_bytes().count(b"\xf3\x0f\x1e\xfa") > 20


# ---- settings ----

@PROGRAMS
def test_fast_ims_own_application_yml_loads_unchanged(program):
    """fast-im's own application.yml … loads unchanged"""
    assert run(program, "-t", "-c", FAST_IM).returncode == 0
    assert printed(run(program, "-T", "-c", FAST_IM)) == {**DEFAULTS, "redis.database": "3"}


@PROGRAMS
@pytest.mark.parametrize("section", ["spring.redis", "spring.data.redis"])
def test_spring_redis_is_another_spelling_of_redis(program, tmp_path, section):
    """`spring.redis.*` as another spelling of `redis.*`, and of Spring Boot 3 `spring.data.redis.*`"""
    values = {"host": "10.0.0.1", "port": 7000, "password": "p w: #\"", "database": 7}
    conf = write_settings(tmp_path / "spring.yml", {f"{section}.{k}": v for k, v in values.items()})
    settings = printed(run(program, "-T", "-c", conf))
    assert {k: settings[f"redis.{k}"] for k in values} == {k: str(v) for k, v in values.items()}


@PROGRAMS
def test_a_value_may_name_an_environment_variable(program, tmp_path):
    """`${NAME:default}`, as fast-im's settings may have it"""
    conf = write_settings(tmp_path / "names.yml", {"spring.redis.host": "${THE_REDIS:10.0.0.1}",
                                                   "server.port": "${the.port}"})
    settings = printed(run(program, "-T", "-c", conf, THE_PORT="9009"))
    assert (settings["redis.host"], settings["server.port"]) == ("10.0.0.1", "9009")
    assert printed(run(program, "-T", "-c", conf, THE_PORT="1", THE_REDIS="h"))["redis.host"] == "h"


@PROGRAMS
def test_every_setting_can_be_set(program, tmp_path):
    """plus at least `push.listen` …, `redis.socket`, `im.groupMessage.maxMessageBytes`"""
    other = {key: value for key, value in DEFAULTS.items()}
    for key, value in other.items():
        if value.isdigit():
            other[key] = str(0 if key in ("im.group.autoJoin", "im.presence.on") else int(value) + 1)
    other.update({"redis.host": "h", "redis.password": "secret", "redis.socket": "/s", "redis.prefix": "p:",
                  "http.origins": "https://a", "push.listen": "[::1]:9", "log.level": "debug"})
    conf = write_settings(tmp_path / "all.yml", {k: int(v) if v.isdigit() else v for k, v in other.items()})
    assert printed(run(program, "-T", "-c", conf)) == other


WRONG = [
    ("server:\n  port: 9000\n  prot: 1\n", 3, "server.prot"),
    ("sever:\n  port: 9000\n", 1, "sever"),
    ("im:\n  group:\n    loginAuth: yes\n", 3, "im.group.loginAuth"),
    ("im:\n  group:\n    loginAuth: 2\n", 3, "im.group.loginAuth"),
    ("# a\n\nserver:\n  port: abc\n", 4, "server.port"),
    ("server:\n  port: 65536\n", 2, "server.port"),
    ("server:\n  port: 0\n", 2, "server.port"),
    ("server:\n  port: 80.5\n", 2, "server.port"),
    ("server:\n  port: [9000]\n", 2, "server.port"),
    ("server:\n  port:\n    a: 1\n", 2, "server.port"),
    ("server: 9000\n", 1, "server"),
    ("spring:\n  redis:\n    prot: 1\n", 3, "spring.redis.prot"),
    ("im:\n  groupMessage:\n    listNum: -1\n", 3, "im.groupMessage.listNum"),
    ("im:\n  groupMessage:\n    timeout: 0\n", 3, "im.groupMessage.timeout"),
    ("im:\n  groupList:\n    updateRate: 0\n", 3, "im.groupList.updateRate"),
    ("push:\n  listen: 9001\n", 2, "push.listen"),
    ("push:\n  listen: 127.0.0.1:99999\n", 2, "push.listen"),
    ("log:\n  level: loud\n", 2, "log.level"),
    ("redis:\n  encoding: json\n", 2, "redis.encoding"),
    ("redis:\n  encoding: java\n  prefix: a\n", 3, "redis.prefix"),
    ("spring:\n  redis:\n    url: redis://h\n", 3, "spring.redis.url"),
    ("server:\n  port: ${NO_SUCH_VARIABLE}\n", 2, "server.port"),
    ("push:\n  origins: https://a.com/\n", 2, "push.origins"),
    ("http:\n  origins: https://a.com https://Example.com\n", 2, "http.origins"),
    ("redis:\n  port: 1\nserver:\n  port: 2\nredis:\n  port: 3\n", 6, "redis.port"),
]


@PROGRAMS
@pytest.mark.parametrize("text, line, key", WRONG)
def test_settings_errors_name_file_line_key_and_what_would_be_right(program, tmp_path, text, line, key):
    """An unknown key, a wrong type, a value out of bounds: `FILE:LINE: key: what is wrong, what would be
    right`, exit 1"""
    conf = tmp_path / "wrong.yml"
    conf.write_text(text)
    for arguments in (["-t"], ["-T"], []):
        done = run(program, *arguments, "-c", conf)
        assert (done.returncode, done.stdout) == (1, "")
        assert re.fullmatch(rf"{re.escape(str(conf))}:{line}: {re.escape(key)}: \S.*, \S.*\n", done.stderr), \
            done.stderr


@PROGRAMS
def test_every_mistake_is_told(program, tmp_path):
    """FILE:LINE: key"""
    conf = tmp_path / "wrong.yml"
    conf.write_text("server:\n  port: x\nim:\n  group:\n    loginAuth: 7\nmore: 1\n")
    done = run(program, "-t", "-c", conf)
    told = [line.split(": ")[:2] for line in done.stderr.splitlines()]
    assert told == [[f"{conf}:2", "server.port"], [f"{conf}:5", "im.group.loginAuth"], [f"{conf}:6", "more"]]


@PROGRAMS
@pytest.mark.parametrize("text, line", [("server:\n\tport: 1\n", 2), ("server: {port: 1\n", 2), ("- 1\n- 2\n", 1),
                                        ("a: b: c\n", 1)])
def test_what_is_no_yaml(program, tmp_path, text, line):
    """FILE:LINE: …, exit 1"""
    conf = tmp_path / "wrong.yml"
    conf.write_text(text)
    done = run(program, "-t", "-c", conf)
    assert done.returncode == 1
    assert re.match(rf"{re.escape(str(conf))}:{line}: ", done.stderr), done.stderr


@PROGRAMS
def test_file_that_is_not_there(program, tmp_path):
    """exit 1"""
    done = run(program, "-t", "-c", tmp_path / "none.yml")
    assert done.returncode == 1
    assert str(tmp_path / "none.yml") in done.stderr


@PROGRAMS
def test_password_is_in_no_error(program, tmp_path):
    """Tokens, passwords … never reach a log"""
    conf = tmp_path / "wrong.yml"
    conf.write_text('redis:\n  password: "top\\u0001secret"\n')
    done = run(program, "-t", "-c", conf)
    assert done.returncode == 1
    assert "redis.password" in done.stderr and "secret" not in done.stderr


def test_daemon_that_cannot_listen_says_so(site, tmp_path):
    """a clear message and exit 1"""
    conf = write_settings(tmp_path / "same.yml", {"push.listen": f"127.0.0.1:{site.push_port}", "push.health": "",
                                                  "redis.port": site.redis_server.port})
    done = run(PUSHD, "-c", conf)
    assert done.returncode == 1
    assert str(site.push_port) in done.stderr

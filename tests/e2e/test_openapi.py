"""test_openapi.py - conf/api/openapi.yaml: it says what the sources say, and what a host answers that runs."""
import json
import re
import shutil

import pytest

from api import curl
from events import Events, events_path
from host import ROOT, fresh
from openapi import Document, Source, operations, PATH
from operators import ANN, SETTINGS, Bearer
from processes import eventually
from redis_server import RedisServer

OPERATIONS = operations()
USER, ADMIN = {"userId", "token"}, {"adminToken"}
WAYS = {"FOR_USERS": [USER], "FOR_MODERATORS": [ADMIN, USER], "FOR_OPERATORS": [ADMIN], "FOR_ANYBODY": [set()],
        "FOR_OPERATORS_PLACES": [set()]}
EVENTS = "/group/events/{groupId}/{userId}/{token}"
HEALTH = ("/healthz", "/readyz", "/metrics")
API = {path: operation for path, operation in OPERATIONS.items() if path not in (EVENTS, *HEALTH)}


def documenting(what):
    """The operations of the API with this status; or, below 200 and 440, with this code under the status 200."""
    has = [each for each in API.values() if (what in each.codes if isinstance(what, int) else what in each.responses)]
    assert has, what
    return pytest.mark.parametrize("operation", has, ids=str)


# ---- what the sources say ----

def test_the_table_of_endpoints():
    """Each row of fcgi-api/table.c, with its method and with who may use it."""
    source = Source()
    open_paths = re.search(r"open: (.*)", (ROOT / "conf/fastim.yml").read_text())[1]
    assert set(API) == set(source.endpoints)
    for path, operation in API.items():
        assert operation.method == source.method(path), path
        ways = [set()] if path in open_paths else WAYS[source.whom(path)]
        assert (operation.security or [set()]) == ways, path


@pytest.mark.parametrize("path", API)
def test_the_parameters_of_an_endpoint(path):
    """Each that its functions read, and no other."""
    operation = API[path]
    patterns = {name for body in operation.bodies for name in body.get("patternProperties", {})}
    assert patterns in (set(), {r"^attr\.[A-Za-z0-9_-]{1,32}$"})
    assert set(operation.parameters) | {"attr." for _ in patterns} == Source().parameters(path)
    kinds = {"application/x-www-form-urlencoded", "multipart/form-data", "application/json"}
    assert set(operation.content) == (kinds if operation.method == "POST" else set())
    assert len({json.dumps(content) for content in operation.content.values()}) <= 1


def test_a_parameter_more_or_less_is_found(tmp_path):
    """The sources are really read."""
    folder = shutil.copytree(ROOT / "fcgi-api", tmp_path / "fcgi-api")
    assert Source(folder).parameters("/admin/log") == {"count"}
    look = folder / "admin/look.c"
    look.write_text(look.read_text().replace('look_count(ex, "count"', 'look_count(ex, "many"'))
    assert Source(folder).parameters("/admin/log") == {"many"}
    table = folder / "table.c"
    table.write_text(table.read_text().replace("    &ep_admin_log,\n", ""))
    assert "/admin/log" not in Source(folder).endpoints


def test_the_document_by_itself():
    """Names are used once, references lead somewhere, what is defined is used; the version is that of the Makefile."""
    document = Document(PATH)
    text = PATH.read_text()
    assert document.tree["openapi"] == "3.1.0"
    assert document.tree["info"]["version"] == re.search("^VERSION = (.*)", (ROOT / "Makefile").read_text(), re.M)[1]
    assert len({operation.name for operation in OPERATIONS.values()}) == len(OPERATIONS)
    used = set(re.findall(r'\$ref: "#/components/(\w+/\w+)"', text))
    defined = {f"{kind}/{name}" for kind, parts in document.tree["components"].items() for name in parts}
    assert used | {f"securitySchemes/{name}" for name in USER | ADMIN} == defined
    for operation in OPERATIONS.values():
        for response in operation.responses.values():
            for content in response.get("content", {}).values():
                document.faults(None, content["schema"])  # a reference that leads nowhere raises
        assert set(operation.responses) <= {"200", *TESTED} or operation.path in (EVENTS, *HEALTH)
        assert operation.codes <= {200, 100, 440}


TESTED = {"304", "400", "403", "404", "413", "415", "429", "500", "503"}  # each has a test below


# ---- a host that runs ----

class World:
    """A group, and a user u who is logged in at a host."""

    def __init__(self, host):
        self.host, self.group = host, fresh()
        self.account = host.api.login(fresh("u"))
        self.ts = 1

    def values(self):
        """What parameters have."""
        return {"groupId": self.group, "userId": self.account.user, "password": "x", "ts": self.ts, "startPage": 0,
                "endPage": -1, "count": 5, "info": "hello", "id": fresh("k"), "seconds": 60, "role": "vip", "slow": 3,
                "quiet": 1, "cap": 7, "pinned": "welcome", "top": 5, "purge": 1, "address": "192.0.2.7",
                "add": fresh("word"), "remove": fresh("word")}

    def fields(self, operation, body=0, required=False):
        """Of one form of the body, all parameters or those that are required."""
        schema = operation.bodies[body] if operation.bodies else {}
        names = schema.get("required", []) if required else schema.get("properties", {})
        values = self.values()
        return {name: values[name] for name in names}

    def headers(self, operation):
        if ADMIN in operation.security:
            return ["-H", f"adminToken: {ANN}"]
        return self.user() if USER in operation.security else []

    def user(self, token=None):
        return ["-H", f"userId: {self.account.user}", "-H", f"token: {token or self.account.token}"]

    def ask(self, operation, fields, *options, host=None, headers=None):
        """The answer, held to the document."""
        headers = self.headers(operation) if headers is None else headers
        api = (host or self.host).api
        if operation.method == "GET":
            answer = api.get(operation.path, *headers, *options)
        else:
            answer = api.post(operation.path, fields, *headers, *options)
        self.answer = answer
        return operation.check(answer)

    def do(self, path, **fields):
        """It has to be done."""
        operation = OPERATIONS[path]
        values = {**self.fields(operation, required=True), **fields}
        assert self.ask(operation, values) == 200, (path, self.answer)
        return self.answer.data


@pytest.fixture(scope="module")
def host(make_host):
    return make_host({**SETTINGS, "login.maxFailures": 0})


@pytest.fixture
def world(host):
    return World(host)


# What comes before a call that is to be done.
BEFORE = {
    "/user/leaveGroup": ["/user/joinGroup"], "/group/listMessage": ["/group/sendMessage"],
    "/group/listOldMessage": ["/group/sendMessage"], "/group/delMessage": ["/group/sendMessage"],
    "/admin/recall": ["/group/sendMessage"], "/admin/purge": ["/group/sendMessage"],
    "/admin/clear": ["/group/sendMessage"], "/admin/unmute": ["/admin/mute"], "/admin/leave": ["/admin/join"]}


def prepare(world, path):
    for before in BEFORE.get(path, []):
        data = world.do(before)
        world.ts = data if before == "/group/sendMessage" else world.ts


@documenting(200)
def test_200(world, operation):
    """Done, with all parameters and with those that are required; data is as documented."""
    for body in range(max(1, len(operation.bodies))):
        for required in (False, True):
            if required and operation.path == "/admin/settings":
                continue  # nothing to change
            world = World(world.host)
            prepare(world, operation.path)
            fields = world.fields(operation, body, required)
            if "groupId" in operation.parameters:
                fields["groupId"] = world.group  # everywhere is another test's
            if operation.path == "/admin/unban":
                assert world.ask(API["/admin/ban"], fields) == 200, (fields, world.answer)
            assert world.ask(operation, fields) == 200, (fields, world.answer)


def test_200_of_lists_that_are_not_empty(world):
    """What is listed, and is not there in a fresh group."""
    user = world.account.user
    world.do("/user/joinGroup")
    world.ts = world.do("/group/sendMessage")
    world.do("/group/sendMessage", info="another")
    world.do("/admin/settings", **{"attr.topic": "chess", "quiet": "true", "pinned": ""})
    world.do("/admin/mute", userId="m")
    world.do("/admin/ban", groupId=world.group, userId="b")
    assert world.ask(API["/admin/ban"], {"groupId": world.group, "address": "2001:db8::1"}) == 200
    world.do("/admin/role", role="mod")
    rules = world.do("/admin/rules", groupId=world.group)
    assert [len(rules[name]) for name in ("bans", "mutes", "roles")] == [2, 1, 1]
    assert rules["settings"]["attrs"] == {"topic": "chess"} and rules["settings"]["quiet"] is True
    assert world.group in world.do("/user/listGroup")
    assert len(world.do("/group/listMessage")) == 2
    assert world.do("/group/listOldMessage", userId=user) == []
    assert world.do("/admin/log")[0]["groupId"] == world.group
    assert world.do("/admin/hosts")
    word = fresh("word")
    assert world.ask(API["/admin/words"], {"add": word}) == 200
    assert word in world.do("/admin/words")
    assert world.ask(API["/admin/words"], {"remove": word}) == 200
    assert world.ask(API["/group/listOldMessage"], {**world.fields(API["/group/listOldMessage"]), "ts": 3}) == 200
    assert world.answer.data is None


async def test_200_of_who_is_online(world):
    """users and online, of a group in which somebody is."""
    chat = await world.host.chat(world.group, world.account.user, world.account.token)
    eventually(lambda: world.do("/group/online") == {"online": 1, "users": [world.account.user]}, what="online")
    assert world.do("/admin/online")["users"] == [world.account.user]
    await chat.leave()


@pytest.mark.one_redis("on a cluster no groups are listed")
async def test_200_of_where_somebody_is_online(world):
    """groups, of which one has somebody."""
    chat = await world.host.chat(world.group, world.account.user, world.account.token)
    eventually(lambda: {"groupId": world.group, "online": 1} in world.do("/admin/groups", top=10000), what="the group")
    await chat.leave()


@documenting(440)
def test_440(world, operation):
    """Not logged in: without a token, and with a wrong one."""
    for headers in ([], world.user("no-such-token")):
        assert world.ask(operation, world.fields(operation), headers=headers) == 440


# ---- 100 ----

@pytest.fixture(scope="module")
def locked(hosts, tmp_path_factory):
    """A host whose operators, and the user u, have failed too often."""
    server = RedisServer(tmp_path_factory.mktemp("redis-locked"))
    host = hosts.new({**SETTINGS, "login.maxFailures": 1, "login.method": "remote-user"}, server)
    assert host.api.post("/admin/log", {}, "-H", "adminToken: no-such-token").status == 403
    host.api.post("/user/login", {"userId": "u", "password": "x"})
    yield host
    hosts.end(host)
    server.stop()


@pytest.fixture(scope="module")
def strict(make_host):
    """A host where only members may do anything, and each user is in one group at most."""
    return make_host({"im.group.membersOnly": 1, "im.group.maxPerUser": 1})


def refused_otherwise(world, operation, strict):
    """Code 100 of a path that is no operator's; returns whether it was."""
    path, fields = operation.path, world.fields(operation)
    if path in ("/user/joinGroup", "/user/leaveGroup"):
        if path == "/user/joinGroup":
            world.do(path)
        return world.ask(operation, fields)
    if path == "/user/read":  # it has the marks that it may have
        world.host = strict
        for _ in range(2):
            world.do(path, groupId=fresh())
        return world.ask(operation, fields)
    world.account = strict.api.login(world.account.user)
    return world.ask(operation, fields, host=strict)  # no member


@documenting(100)
def test_100(world, operation, locked, strict):
    """Refused by the rules; with Retry-After to whoever must wait."""
    if ADMIN in operation.security or operation.path == "/user/login":
        fields = {**world.fields(operation), **({"userId": "u"} if operation.path == "/user/login" else {})}
        assert world.ask(operation, fields, host=locked) == 100
        assert int(world.answer.headers["retry-after"]) > 0
    else:
        assert refused_otherwise(world, operation, strict) == 100


@pytest.mark.parametrize("path, fields", [
    ("/admin/recall", {"ts": 7}), ("/admin/purge", {}), ("/admin/clear", {}), ("/admin/unmute", {}), ("/admin/leave", {}),
    ("/admin/settings", {}), ("/admin/words", {"remove": "no-such-word"}), ("/admin/role", {"role": ""})])
def test_100_of_what_changes_nothing(world, path, fields):
    """What changed nothing answers 100; settings has its data all the same."""
    operation = API[path]
    assert world.ask(operation, {**world.fields(operation, required=True), **fields}) == 100
    assert (world.answer.data is None) == (path not in ("/admin/settings", "/admin/purge"))


def test_100_of_a_message_has_a_reason(world):
    """refused by a rule of the group: data has the reason, and how long to wait."""
    operation = API["/group/sendMessage"]
    world.host.redis.hset(f"fim:rules:{world.group}", "m:" + world.account.user, world.host.now_ms() + 60000)
    assert world.ask(operation, world.fields(operation)) == 100
    assert world.answer.data["reason"] == "muted" and world.answer.data.get("retryAfter", 1) > 0
    world.host.redis.hset(f"fim:rules:{world.group}", mapping={"slow": 60, "m:" + world.account.user: 1})
    world.do("/group/sendMessage")
    assert world.ask(operation, world.fields(operation)) == 100
    assert world.answer.data["reason"] == "slow" and 0 < world.answer.data["retryAfter"] <= 60000


# ---- 400: each parameter ----

def wrong_value(operation, name, schema):
    """A value that the schema does not allow."""
    schema = operation.document.follow(schema)
    values = ("a/b", "-7.5", "~" * 5000, "")
    return next((value for value in values if operation.document.faults(value, schema)), None)


@documenting("400")
def test_400(world, operation):
    """A required parameter that is missing, and each that has a wrong value: msg names it. And a malformed body."""
    for body in range(len(operation.bodies)):
        fields = world.fields(operation, body)
        schema = operation.bodies[body]
        for name in schema.get("required", []):
            less = {key: value for key, value in fields.items() if key != name}
            assert world.ask(operation, less) == 400, (name, world.answer)
            assert name in world.answer.msg
        for name, part in schema.get("properties", {}).items():
            value = wrong_value(operation, name, part)
            if value is None:  # any text will do
                assert name in ("password", "remove")
                continue
            code = world.ask(operation, {**fields, name: value})
            assert code == (413 if name == "info" and value else 400), (name, value, world.answer)
            assert name in world.answer.msg
    if schema_has_attributes(operation):
        assert world.ask(operation, {"groupId": world.group, "attr.no spaces": "x"}) == 400
        assert "attr.NAME" in world.answer.msg
    assert world.ask(operation, {}, "-H", "Content-Type: application/json", "--data-binary", "[") == 400


def border_values(operation, schema):
    """(value, whether it is right) at the bounds of what a schema allows."""
    for part in operation.document.alternatives(schema):
        for bound, step in (("minimum", -1), ("maximum", 1)):
            if bound in part:
                yield part[bound], True
                yield part[bound] + step, False
        for value in part.get("enum", []):
            yield str(value).lower(), True
        if "maxLength" in part:
            yield "z" * part["maxLength"], True
            yield "z" * (part["maxLength"] + 1), False


@documenting("400")
def test_400_beyond_each_bound(world, operation):
    """A number, a length or a word of a list: the last right value is right, the first wrong one is 400."""
    for body in range(len(operation.bodies)):
        fields = world.fields(operation, body)
        for name, schema in operation.bodies[body].get("properties", {}).items():
            for value, right in border_values(operation, schema):
                code = world.ask(operation, {**fields, name: value})
                assert (code != 400) == right, (name, value, world.answer)


def schema_has_attributes(operation):
    return any("patternProperties" in body for body in operation.bodies)


def test_each_kind_of_body(world):
    """The content types that are documented."""
    operation = API["/group/sendMessage"]
    url, headers = world.host.http + operation.path, world.user()
    fields = world.fields(operation)
    json_body = ["-H", "Content-Type: application/json", "-d", json.dumps(fields)]
    multipart = [part for name, value in fields.items() for part in ("-F", f"{name}={value}")]
    form = [part for name, value in fields.items() for part in ("--data-urlencode", f"{name}={value}")]
    answers = [curl(url, *headers, *options) for options in (json_body, multipart, form)]
    assert [operation.check(answer) for answer in answers] == [200] * 3
    assert len({answer.data for answer in answers}) == 1, "the same id"
    assert operation.check(curl(f"{url}?groupId={world.group}&info=x", *headers, "-d", "")) == 200, "the query"


# ---- the other statuses ----

@documenting("304")
def test_304(world, operation):
    """The client has it: no body."""
    assert world.ask(operation, {}) == 200
    known = world.answer.headers["etag"]
    assert world.ask(operation, {}, "-H", f"If-None-Match: {known}") == 304
    assert world.ask(operation, {}, "-H", 'If-None-Match: "of another version"') == 200


@pytest.fixture(scope="module")
def far(make_host):
    """Its operators are elsewhere."""
    return make_host({**SETTINGS, "login.maxFailures": 0, "admin.addresses": "10.0.0.0/8 ::1"})


@documenting("403")
def test_403(world, operation, far):
    """A wrong adminToken; a user who is no moderator; a JWT that is not for the group; a page from a wrong address."""
    fields = world.fields(operation)
    if operation.security == []:
        assert world.ask(operation, fields, host=far) == 403
    elif ADMIN in operation.security:
        assert world.ask(operation, fields, headers=["-H", "adminToken: no-such-token"]) == 403
        assert world.ask(operation, fields, headers=world.user()) == 403
    else:
        assert world.ask(operation, fields, headers=world.user(Bearer(world.host, world.account.user, groups=["x"]).token)) == 403


@documenting("404")
def test_404(world, operation, site):
    """Without operators there are no such paths; nor is there one of what is no id."""
    if "{groupId}" in operation.path:
        assert operation.check(world.host.api.get(operation.path.replace("{groupId}", "%20x"))) == 404
        return
    assert world.ask(operation, world.fields(operation), host=site) == 404


@documenting("413")
def test_413(world, operation, tmp_path):
    """A body above 1 MiB."""
    body = tmp_path / "body"
    body.write_text("x=" + "y" * (1024 * 1024))
    assert world.ask(operation, {}, "--data-binary", f"@{body}") == 413


@documenting("415")
def test_415(world, operation):
    """An encoding that is not understood; and a type, if something is to be in the body."""
    assert world.ask(operation, {"x": "y"}, "-H", "Content-Encoding: gzip") == 415
    if any(body.get("required") for body in operation.bodies):
        assert world.ask(operation, {}, "-H", "Content-Type: text/plain", "--data-binary", "hello") == 415


@pytest.fixture(scope="module")
def limited(make_host):
    return make_host({**SETTINGS, "login.maxFailures": 0, "http.requestsPerSecond": 1, "http.processes": 1})


@documenting("429")
def test_429(world, operation, limited):
    """Too many requests of this address, with Retry-After."""
    assert any(world.ask(operation, world.fields(operation), host=limited) == 429 for _ in range(50))


@documenting("500")
def test_500(world, operation, locked):
    """A Redis key that has the wrong type."""
    key, host, headers = f"login:{world.account.user}", world.host, world.user()
    if operation.path == "/user/login":
        key, host, headers = f"fim:failed:user:{world.account.user}", locked, []  # which counts failures
    host.redis.delete(key)
    host.redis.hset(key, "a", "b")
    assert world.ask(operation, world.fields(operation), host=host, headers=headers) == 500
    host.redis.delete(key)


@documenting("503")
def test_503(world, operation, gone):
    """Redis cannot be reached."""
    assert world.ask(operation, world.fields(operation), host=gone) == 503


@pytest.fixture(scope="module")
def gone(hosts, tmp_path_factory):
    """A host whose Redis has died."""
    server = RedisServer(tmp_path_factory.mktemp("redis-gone"))
    host = hosts.new({**SETTINGS, "redis.timeoutMs": 500, "login.maxFailures": 3}, server)
    server.kill()
    yield host
    hosts.end(host)
    server.stop()


@pytest.mark.parametrize("operation", API.values(), ids=str)
def test_another_method_is_405(world, operation):
    """A path with another method is answered 405 with the header Allow, and OPTIONS 204"""
    other = "GET" if operation.method == "POST" else "POST"
    for method in (other, "PUT", "DELETE"):
        answer = curl(world.host.http + operation.path, "-X", method, *([] if method == "GET" else ["-d", ""]))
        assert (answer.status, answer.code) == (405, 405)
        assert answer.headers["allow"].split(", ")[0] == operation.method
    assert curl(world.host.http + operation.path, "-X", "OPTIONS").status == 204
    assert curl(world.host.http + operation.path + "/X", "-d", "").status == 404


# ---- event streams, and the daemon's own ----

async def answer_of(address, path, **headers):
    """A stream's answer, in the form of api.Answer."""
    stream = await Events.open(address, path, **headers)
    body = b"" if stream.status == 200 else await stream.reader.read()
    answer = type("Answer", (), {"status": stream.status, "headers": stream.headers, "text": body.decode()})
    return OPERATIONS[EVENTS].check(answer), stream


@pytest.mark.parametrize("settings, user, more, headers, status, code", [
    ({}, "me", [], {}, 200, 200),
    ({}, "me", ["xxx", "9f3a01c4-1"], {"Last_Event_ID": "9f3a01c4-2"}, 200, 200),
    ({}, " me", [], {}, 400, 400),
    ({"im.group.loginAuth": 1}, "me", ["-"], {"token": "no-such-token"}, 403, 440),
    ({"im.group.autoJoin": 0}, "me", [], {}, 403, 403),
    ({"push.maxPerUser": 1}, "me", [], {}, 429, 429),
    ({"push.maxConnections": 1}, "me", [], {}, 503, 503)])
async def test_events(make_daemon, settings, user, more, headers, status, code):
    """Each status of an event stream, and its envelope."""
    daemon, group, streams = make_daemon(settings), fresh(), []
    for _ in range(2 if status in (429, 503) else 1):  # the first one has the place
        seen, stream = await answer_of(f"127.0.0.1:{daemon.port}", events_path(group, user, *more), **headers)
        streams.append(stream)
    assert (stream.status, seen) == (status, code)
    for stream in streams:
        await stream.leave()


def test_the_parameters_of_event_streams():
    """Those of test_events, and no more."""
    operation = OPERATIONS[EVENTS]
    assert set(operation.responses) == {"200", "400", "403", "429", "503"}
    assert {(each["name"], each["in"]) for each in operation.tree["parameters"]} == {
        ("groupId", "path"), ("userId", "path"), ("token", "path"), ("resume", "query"), ("Last-Event-ID", "header")}


def test_health(make_daemon, own_redis):
    """push.health: each path, with and without Redis."""
    daemon = make_daemon(redis_server=own_redis)
    eventually(lambda: daemon.health("/readyz")[0] == 200, what="readiness")
    ask = lambda path: OPERATIONS[path].check(curl(f"http://127.0.0.1:{daemon.health_port}{path}"))
    assert [ask(path) for path in HEALTH] == [200] * 3
    own_redis.kill()
    eventually(lambda: ask("/readyz") == 503, what="no readiness")
    assert ask("/healthz") == 200

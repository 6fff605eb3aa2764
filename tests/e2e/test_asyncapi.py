"""test_asyncapi.py - conf/api/asyncapi.yaml: it says what the sources say, and what a daemon sends and takes."""
import asyncio
import json
import re

import pytest

import v2_frames
from client import Client, compact
from events import Events, events_path
from host import ROOT, fresh
from openapi import Document
from operators import SETTINGS, Operator
from v2 import V2, V2Groups

PATH = ROOT / "conf/api/asyncapi.yaml"
DOCUMENT = Document(PATH)
CHANNELS = DOCUMENT.tree["channels"]
V1_CHANNELS, V2_CHANNELS = ("chat", "list"), ("chatV2", "listV2", "events")


def payload(message):
    return DOCUMENT.follow(message)["payload"]


def messages(channel, action):
    """{type or name: payload} of what fastim sends to clients there, or receives from them."""
    found = {}
    for operation in DOCUMENT.tree["operations"].values():
        if (operation["action"], operation["channel"]["$ref"]) == (action, f"#/channels/{channel}"):
            for reference in operation["messages"]:
                name = reference["$ref"].rsplit("/", 1)[1]
                assert reference["$ref"].startswith(f"#/channels/{channel}/messages/")
                form = payload(reference)
                found[form.get("properties", {}).get("type", {}).get("const", name)] = form
    return found


SENT = {kind: form for channel in V2_CHANNELS for kind, form in messages(channel, "send").items()}
TAKEN = {kind: form for channel in V2_CHANNELS for kind, form in messages(channel, "receive").items()}


def check(value, form):
    faults = DOCUMENT.faults(value, form)
    assert not faults, (value, faults)


# ---- what the sources and the tests know ----

def form_of(schema):
    """A schema in the words of v2_frames."""
    schema = DOCUMENT.follow(schema)
    if "pattern" in schema:
        return re.compile(schema["pattern"].strip("^$"))
    if "enum" in schema:
        return tuple(schema["enum"])
    if schema["type"] == "object":
        if "properties" not in schema:
            assert schema["additionalProperties"] == {"type": "string"}
            return v2_frames.ATTRIBUTES
        assert schema["additionalProperties"] is False
        return {name if name in schema["required"] else f"{name}?": form_of(part)
                for name, part in schema["properties"].items() if name != "type"}
    if schema["type"] == "array":
        return [form_of(schema["items"])]
    return {"string": str, "integer": int, "boolean": bool}[schema["type"]]


@pytest.mark.parametrize("kind", v2_frames.FRAMES)
def test_a_frame_to_clients(kind):
    """Keys in their order, which of them may be left out, and their types, as v2_frames holds all tests to them."""
    schema = SENT[kind]
    assert list(schema["properties"])[0] == "type" and "type" in schema["required"]
    here = form_of(schema)
    if kind == "error":
        assert set(here.pop("code")) == set(v2_frames.REASONS)
        assert list(here) == [name for name in v2_frames.FRAMES[kind] if name != "code"]
    else:
        assert compact_form(here) == compact_form(v2_frames.FRAMES[kind])


def compact_form(form):
    """A form as text: a dict has an order."""
    return repr(sorted(form) if isinstance(form, tuple) else form)


def test_no_frame_more_or_less():
    assert set(SENT) == set(v2_frames.FRAMES)
    groups_alone = {"groups", "group", "left"}
    answers = {"ack", "history", "pong"}
    assert set(messages("chatV2", "send")) == set(SENT) - groups_alone
    assert set(messages("events", "send")) == set(SENT) - groups_alone - answers - {"ping"}
    assert set(messages("listV2", "send")) == groups_alone | {"error", "you", "ping", "pong", "reconnect"}


def test_the_frames_of_clients():
    """push-daemon/v2/client_frame.c: each type, its keys, and which of them must be there."""
    source = (ROOT / "push-daemon/v2/client_frame.c").read_text()
    functions = dict(re.findall(r"^(client_frame_\w+)\(.*?\)\n\{\n(.*?)^\}", source, re.M | re.S))
    types = dict(re.findall(r'\[CLIENT_\w+\] = \{"(\w+)", (\w+)\}', source))
    assert set(types) == set(TAKEN) and messages("listV2", "receive").keys() == {"auth", "ping"}
    for kind, function in types.items():
        keys = re.findall(r'client_frame_\w+\(f, "(\w+)", (\w+),', functions[function])
        keys += [("id", need) for need in re.findall(r"client_frame_id\(f, (\w+)\)", functions[function])]
        keys += [("userId", "OPTIONAL")] * ("client_frame_user(f)" in functions[function])
        schema = TAKEN[kind]
        assert {name: name in schema["required"] for name in schema["properties"] if name != "type"} == {
            name: need == "REQUIRED" for name, need in keys}, kind


def test_errors_and_close_codes():
    """push-daemon/core: v2_error.h and close_reason.h."""
    errors = re.findall(r'V2_ERROR\(\w+, (\d+), "(\w+)"\)', (ROOT / "push-daemon/core/v2_error.h").read_text())
    header = (ROOT / "push-daemon/core/close_reason.h").read_text()
    codes = dict(re.findall(r"CODE_(\w+) = (\d+)", header))
    rows = re.findall(r'CLOSE_REASON\(\w+, (\w+), "(\w*)", (\w+), (\d+), "(\w*)",', header.replace("\\\n", ""))
    assert len(rows) > 20
    errors += [(code, reason) for _, _, _, code, reason in rows if code != "0"]
    known = {}
    for part in SENT["error"]["oneOf"]:
        reason = part["properties"]["reason"]
        known[str(part["properties"]["code"]["const"])] = set(reason.get("enum") or reason["anyOf"][0]["enum"])
    told = {}
    for code, reason in errors:
        told.setdefault(code, set()).add(reason)
    assert known == told
    assert set(CHANNELS["chat"]["x-close-codes"]) == {codes[v1] for v1, *_ in rows} - {"0"}
    assert set(CHANNELS["chatV2"]["x-close-codes"]) == {codes[v2] for _, _, v2, *_ in rows} - {"0"}
    assert {word for _, word, *_ in rows} - {""} <= set(payload(CHANNELS["chat"]["messages"]["refusal"])["enum"])


def test_the_document_by_itself():
    """All that is defined is used, each message of a channel by an operation, and references lead somewhere."""
    text = PATH.read_text()
    for reference in set(re.findall(r'\$ref: "(#[^"]+)"', text)):
        DOCUMENT.follow({"$ref": reference})
    defined = {f"#/components/{kind}/{name}" for kind, parts in DOCUMENT.tree["components"].items() for name in parts}
    assert defined == set(re.findall(r'\$ref: "(#/components/[^"]+)"', text))
    for name, channel in CHANNELS.items():
        used = set(re.findall(rf'\$ref: "#/channels/{name}/messages/(\w+)"', text))
        assert used == set(channel["messages"]), name
        assert set(re.findall(r"{(\w+)}", channel["address"])) == set(channel["parameters"])
    assert DOCUMENT.tree["info"]["version"] == re.search("^VERSION = (.*)", (ROOT / "Makefile").read_text(), re.M)[1]


# ---- a host that runs ----

@pytest.fixture(scope="module")
def host(make_host):
    return make_host({**SETTINGS, "im.group.loginAuth": 0, "login.maxFailures": 0, "push.pingIntervalS": 1})


class Told(V2):
    """A client that holds each frame to the document, and notes its type."""
    channel = "chatV2"

    async def text(self, timeout=10):
        text = await super().text(timeout)
        frame = json.loads(text)
        check(frame, messages(self.channel, "send")[frame["type"]])
        self.kinds.add(frame["type"])
        return text

    @property
    def kinds(self):
        return self.__dict__.setdefault("_kinds", set())

    async def until_kind(self, kind):
        async with asyncio.timeout(20):
            while kind not in self.kinds:
                await self.frame()


class ToldGroups(Told, V2Groups):
    channel = "listV2"
    frame = V2Groups.frame


@pytest.fixture
def own(hosts):
    """A host for one test, which may stop it."""
    host = hosts.new({"push.pingIntervalS": 1, "push.drainSeconds": 1, **SETTINGS, "login.maxFailures": 0})
    yield host
    hosts.end(host)


async def test_each_frame_of_a_chat(own):
    """Whatever a daemon sends is as documented, and all that is documented is sent."""
    group, ann = fresh(), Operator(own)
    user, guest = own.api.login(fresh("u")), own.api.login(fresh("v"))
    client = await Told.enter(own, group, user.user, auth=user.token)
    other = await V2.enter(own, group, guest.user, guest.token)
    ts = (await client.say("one"))["ts"]
    await client.write("recall", ts=ts, id="r1")
    await client.write("history", id="h1", before=ts)
    await client.write("signal", info="typing")
    await client.write("nonsense", id="n1")
    await client.write("ping")
    await other.leave()

    def operate():
        for what, fields in (("settings", {"slow": 1}), ("mute", {"userId": user.user}), ("notice", {"info": "x"}),
                             ("message", {"userId": "w", "info": "y"}), ("purge", {"userId": "w"}),
                             ("message", {"userId": "w", "info": "z"}), ("clear", {})):
            ann.post(f"/admin/{what}", groupId=group, **fields)
    await asyncio.to_thread(operate)
    expected = set(messages("chatV2", "send"))
    for kind in sorted(expected - {"reconnect"}):
        await client.until_kind(kind)
    await asyncio.to_thread(own.process.stop)
    await client.until_kind("reconnect")
    assert client.kinds == expected


async def test_each_frame_of_a_group_list(own):
    """Likewise of group lists."""
    user = own.api.login(fresh("u"))
    group = fresh()
    user.join(group)
    lists = await ToldGroups.watch(own, user.user, auth=user.token)
    await lists.write("ping")
    await lists.write("send", id="a", info="x")
    await lists.write("auth", token=user.token)
    await asyncio.to_thread(lambda: [user.post("/group/sendMessage", groupId=group, info="x"),
                                     user.post("/user/leaveGroup", groupId=group)])
    expected = set(messages("listV2", "send"))
    await lists.until_kind("left")
    await asyncio.to_thread(lambda: [user.join(group)])
    for kind in sorted(expected - {"reconnect"}):
        await lists.until_kind(kind)
    await asyncio.to_thread(own.process.stop)
    await lists.until_kind("reconnect")
    assert lists.kinds == expected


async def test_an_event_stream(host):
    """The same frames by HTTP, and an id as documented."""
    group = fresh()
    stream = await Events.open(host.push, events_path(group, "me"))
    chat = await host.chat(group, "u")
    await chat.say("one")
    kinds, sent = set(), messages("events", "send")
    while not {"welcome", "list", "message", "presence"} <= kinds:
        event = await stream.event()
        if event.data is not None:
            check(event.data, sent[event.data["type"]])
            kinds.add(event.data["type"])
            assert (event.id is not None) == (event.data["type"] in ("list", "message"))
    await stream.leave()


async def test_the_frames_of_fast_im(host, own):
    """Part 1: first frame, message, refusals, group lists."""
    sent, group = messages("chat", "send"), fresh()
    chat = await host.chat(group, "u")
    check(chat.first, sent["first"])
    await chat.send("one")
    check(json.loads(await chat.text()), sent["message"])
    await asyncio.to_thread(Operator(host).do, "mute", groupId=group, userId="u")
    await chat.send("two")
    assert await chat.text() == "403"
    closed = await Client.open(own.chat_url(group, "u", "no-such-token"))
    refusal = await closed.text()
    check(refusal, sent["refusal"])
    assert (refusal, await closed.close_code()) == ("440", 1000)
    lists = await host.group_list("u")
    check(await lists.json(), messages("list", "send")["groupList"])


# What each key of a client's frame may not be, and may.
WRONG = {"token": [7], "id": ["", "a b", 7, "x" * 65], "info": [7], "ts": [-1, 0.5, 2 ** 53, "1"], "before": [-1, 2 ** 53, "1"],
         "count": [0, 201, "5"], "userId": ["", "a/b", " a", "x" * 129, 7]}
RIGHT = {"token": ["t"], "id": ["a", "x" * 64], "info": ["x"], "ts": [0, 2 ** 53 - 1, 1.0], "before": [0, 2 ** 53 - 1],
         "count": [1, 200], "userId": ["v", "x" * 128, "你"]}


@pytest.mark.parametrize("kind", TAKEN)
async def test_a_frame_of_a_client(host, kind):
    """What the document allows is taken; what it does not allow is 400, and the reason is the key."""
    form = TAKEN[kind]
    fields = {name: RIGHT[name][0] for name in form["properties"] if name != "type"}
    cases = [(name, {key: value for key, value in fields.items() if key != name}) for name in fields]
    cases += [(name, {**fields, name: value}) for name in fields for value in WRONG[name] + RIGHT[name]]
    for name, frame in cases:
        allowed = not DOCUMENT.faults({"type": kind, **frame}, form)
        client = await V2.enter(host, fresh(), fresh("u"))  # it may do ten of some a second
        if kind == "send":
            client.model.sends(frame.get("id", ""), frame.get("info", ""))
        await client.send(compact({"type": kind, **frame}))
        await client.send('{"type":"nonsense","id":"end"}')
        reasons = []
        while True:
            answer = json.loads(await client.text())
            if answer["type"] == "error" and answer.get("id") == "end":
                break
            if answer["type"] == "error" and answer["code"] == 400:
                reasons.append(answer["reason"])
        assert reasons == ([] if allowed else [name]), (frame, reasons)
        await client.leave()

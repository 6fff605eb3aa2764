"""v2_frames.py - the frames of fastim.v2: each is read, and held to the form that part 2 gives
it."""
import json
import re

from client import compact

EPOCH = re.compile("[0-9a-f]{8}")
ID = re.compile("[A-Za-z0-9._~-]{1,64}")
ATTRIBUTES = {"*": str}  # any keys
MESSAGE = {"groupId": str, "userId": str, "info": str, "ts": int}
YOU = {"role": ("", "mod", "vip"), "muted": int, "expires": int}
SETTINGS = {"slow": int, "quiet": bool, "cap": int, "pinned": str, "attrs": ATTRIBUTES}
LIMITS = {"messageBytes": int, "unacked": int, "pingS": int, "spreadMs": int}
GROUP = {"groupId": str, "newMessage?": MESSAGE, "total": int, "unread": int}
REASONS = {
    400: re.compile("frame|type|[a-zA-Z]+"), 404: ("message",), 413: ("info",),
    440: ("login", "expired"),
    403: ("banned", "muted", "quiet", "words", "review", "member", "group", "role", "age"),
    429: ("connection", "unacked", "slow", "room"), 503: ("redis", "review")}

# Keys in their order; a ? stands behind those that may be left out.
FRAMES = {
    "welcome": {"groupId": str, "userId": str, "recovered": bool, "missed": int, "online?": int,
                "users?": [str], "you": YOU, "settings": SETTINGS, "limits": LIMITS, "now": int},
    "list": {"epoch": EPOCH, "at": int, "total": int, "list": [MESSAGE]},
    "message": {**MESSAGE, "at?": int},
    "recall": {"at": int, "userId": str, "ts": int},
    "purge": {"at": int, "userId": str},
    "clear": {"at": int},
    "notice": {"at": int, "info": str},
    "ack": {"id": ID, "ts?": int},
    "error": {"id?": ID, "code": tuple(REASONS), "reason": str, "retryAfter?": int},
    "history": {"id?": ID, "list": [MESSAGE], "end": bool},
    "presence": {"online?": int, "users?": [str], "joined?": [str], "left?": [str]},
    "settings": {"settings": SETTINGS},
    "you": {"you": YOU},
    "signal": {"userId": str, "info": str},
    "ping": {},
    "pong": {},
    "reconnect": {"after": int},
    "groups": {"groups": [GROUP]},
    "group": {"group": GROUP},
    "left": {"groupId": str},
}


class WrongFrame(AssertionError):
    """The server has sent what part 2 does not allow."""


def parse(text):
    """A frame as a dict; raises WrongFrame."""
    try:
        frame = json.loads(text, object_pairs_hook=without_doubles)
    except ValueError as wrong:
        raise WrongFrame(f"{wrong}: {text[:300]}") from None
    kind = frame.get("type") if isinstance(frame, dict) else None
    if kind not in FRAMES:
        raise WrongFrame(f"a type that part 2 does not know: {text[:300]}")
    check(frame, {"type": (kind,), **FRAMES[kind]}, text)
    if kind == "error":
        check(frame["reason"], REASONS[frame["code"]], text)
    if compact(frame) != text:
        raise WrongFrame(f"not as Part 1 writes JSON: {text[:300]}")
    return frame


def without_doubles(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError(f"a key twice: {keys}")
    return dict(pairs)


def check(value, form, text):
    """form: a type; a tuple of values; a pattern; a list of one form; a dict of forms, in its
    order."""
    if isinstance(form, dict):
        right = isinstance(value, dict) and check_members(value, form, text)
    elif isinstance(form, list):
        right = isinstance(value, list) and all(check(each, form[0], text) for each in value)
    elif isinstance(form, tuple):
        right = value in form
    elif isinstance(form, re.Pattern):
        right = isinstance(value, str) and form.fullmatch(value)
    else:
        right = type(value) is form and (form is not int or -1 <= value < 2 ** 53)
    if not right:
        raise WrongFrame(f"{value!r} is not {form}: {text[:300]}")
    return True


def check_members(value, form, text):
    if form is ATTRIBUTES:
        return all(check(each, str, text) for each in value.values())
    keys = [key.rstrip("?") for key in form if not key.endswith("?") or key[:-1] in value]
    if list(value) != keys:
        raise WrongFrame(f"keys {list(value)} where {list(form)} are due: {text[:300]}")
    return all(check(value[key], form.get(key, form.get(key + "?")), text) for key in keys)

"""moderation.py - what operators and moderators do, by the scripts that do it, with the events that they publish."""
import json

from client import compact
from cluster_site import ClusterRedis, name_on_cluster
from scripts_redis import Scripts, assembled, message

RULES, OF_OTHER_SLOTS = 1, (0, 2, 3)  # among the keys: login of the moderator, rules of all groups, audit


class Moderation(Scripts):
    """On one Redis, or on a cluster. mod: the user of a moderator who has logged in; none: an operator."""

    def __init__(self, redis, mod=None):
        self.db = redis
        self.encoding = "plain"
        self.sha1 = {}
        self.mod = mod

    def run(self, name, keys, *args):
        if not isinstance(self.db, ClusterRedis):
            return super().run(name, keys, *args)
        return self._run_on_cluster(name, list(map(name_on_cluster, keys)), [
            name_on_cluster(arg) if str(arg).startswith("fim:ev:") else arg for arg in args])

    def _run_on_cluster(self, name, keys, args):
        """As lib/redis/action.c and commands_rules.c do: keys of other slots are the group's own; what is told to all is
        told behind it.
        """
        for number in OF_OTHER_SLOTS:
            keys[number] = keys[RULES]
        told = []
        if "fim:ev:" in args:
            told, args = args[-1:], [*args[:-1], ""]
        done = self.db.eval_at(keys[RULES], assembled(name, "cluster"), keys, args)
        for event in filter(None, told):
            self.db.publish("fim:ev:", event)
        return done

    def _on_rules(self, group, field, value, event, keeps=0):
        done = self.set_rule(field, value, self.mod, group, keeps, event and compact(event))
        assert done in (0, 1), done
        return done

    def _on_list(self, name, group, *args):
        return self.on_list(name, *args, mod=self.mod, group=group)

    # ---- users ----

    def mute(self, group, user, seconds=0):
        return self._on_rules(group, f"m:{user}", seconds, {"do": "you", "userId": user})

    def unmute(self, group, user):
        return self._on_rules(group, f"m:{user}", "", {"do": "you", "userId": user})

    def role(self, group, user, role):
        return self._on_rules(group, f"r:{user}", role, {"do": "you", "userId": user})

    def ban(self, group, user, seconds=0):
        """group "": everywhere"""
        return self._on_rules(group, f"b:{user}", seconds, self._close("userId", user, seconds))

    def unban(self, group, user):
        return self._on_rules(group, f"b:{user}", "", "")

    def kick(self, group, user):
        return self._on_rules(group, f"b:{user}", 10, self._close("userId", user, 10), keeps=1)

    def ban_address(self, group, home, seconds=0):
        """home: of an IPv6 address its /64"""
        return self._on_rules(group, f"a:{home}", seconds, self._close("address", home, seconds))

    def unban_address(self, group, home):
        return self._on_rules(group, f"a:{home}", "", "")

    @staticmethod
    def _close(key, value, seconds):
        event = {"do": "close", key: value, "code": 403, "reason": "banned"}
        return {**event, "retryAfter": seconds * 1000} if seconds else event

    # ---- the group ----

    def set(self, group, **changes):
        """Returns all settings."""
        changed, settings = self.settings(self.mod, group, **changes)
        assert changed in (0, 1)
        return json.loads(settings)

    def say(self, group, info):
        return self._on_list("notice", group, "," + compact({"info": info})[1:])

    def recall_of(self, group, user, ts):
        rest = "," + compact({"userId": user, "ts": ts})[1:]
        head = message(user, 0, "", group).rsplit(b'","ts":', 1)[0]
        return self._on_list("recall_any", group, rest, head, user, ts)

    def purge_of(self, group, user):
        """Returns how many messages it took."""
        head = message(user, 0, "", group).rsplit(b'","ts":', 1)[0]
        before = b'{"groupId":%s,"userId":"' % compact(group).encode()
        cursor = b"start"
        while cursor != b"":
            given = b"" if cursor == b"start" else cursor
            _, taken, cursor = self._on_list("purge", group, "," + compact({"userId": user})[1:], before, head, user,
                                             given)
        return taken

    def clear_of(self, group):
        return self._on_list("clear", group)

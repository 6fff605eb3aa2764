"""cluster_site.py - the HTTP API alone, behind lighttpd, on a Redis Cluster."""
import re

from api import Api
from host import API, write_settings
from ports import free_port
from processes import Process
from redis_cluster import key_slot

LIGHTTPD = """\
server.modules = ("mod_fastcgi")
server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {port}
fastcgi.server = ("/" => (("socket" => "{folder}/api.sock", "check-local" => "disable", "fix-root-scriptname" => "enable")))
"""
# What stands behind the kind of a name: an id, or of fim:sent a group and a user.
NAMES = re.compile("(gml|gmt|ugs|login|mq|fim:[a-z]+(?::user|:client|:both)?):([^/]+)(/.*)?", re.S)


def name_on_cluster(name):
    """As `gml:room` is called there; bytes are a name as it is."""
    match = isinstance(name, str) and NAMES.fullmatch(name)
    if not match or match[1] in ("fim:failed",):
        return name
    tag = "/" + match[2] if match[2].startswith("}") else match[2]
    kind = "fim:book" if match[1] == "gmt" else match[1]
    return f"{kind}:{{{tag}}}{match[3] or ''}"


class ClusterRedis:
    """Commands whose first argument is a key, named as on one Redis: each goes to the node of its slot."""

    def __init__(self, cluster):
        self._cluster = cluster

    def __getattr__(self, command):
        def call(key, *arguments, **options):
            name = name_on_cluster(key)
            return getattr(self._cluster.at(name), command)(name, *arguments, **options)
        return call

    def time(self):
        return self._cluster.masters()[0].client.time()

    def set(self, key, value, **options):
        """Of the last ts of a group: it is a field of a hash."""
        name = name_on_cluster(key)
        if key.startswith("gmt:"):
            return self._cluster.at(name).hset(name, "ts", value)
        return self._cluster.at(name).set(name, value, **options)

    def get(self, key):
        name = name_on_cluster(key)
        return self._cluster.at(name).hget(name, "ts") if key.startswith("gmt:") else self._cluster.at(name).get(name)

    def exists(self, *keys):
        return sum(self._cluster.at(name).exists(name) for name in map(name_on_cluster, keys))

    def delete(self, *keys):
        return sum(self._cluster.at(name).delete(name) for name in map(name_on_cluster, keys))

    def keys(self, pattern):
        return [name for node in self._cluster.masters() for name in node.client.keys(pattern)]

    def rename(self, old, new):
        self.restore(new, 0, self.dump(old), replace=True)
        self.delete(old)

    def eval_at(self, key, script, keys, arguments):
        """Names as they are there, all of them in the slot of the key."""
        return self._cluster.at(key).eval(script, len(keys), *keys, *arguments)

    def script_flush(self):
        for node in self._cluster.masters():
            node.client.script_flush()

    def publish(self, channel, payload):
        name = name_on_cluster(channel)
        return self._cluster.at(name).execute_command("SPUBLISH", name, payload)

    def pipeline(self, **_options):
        return ClusterPipeline(self)

    def pubsub(self, **options):
        return ClusterPubSub(self._cluster, **options)


class ClusterPubSub:
    """A subscription to one channel, at the node that has its slot."""

    def __init__(self, cluster, ignore_subscribe_messages=False):
        self._cluster, self._is_quiet, self._connection = cluster, ignore_subscribe_messages, None

    def subscribe(self, channel):
        name = name_on_cluster(channel)
        self._connection = self._cluster.at(name).connection_pool.get_connection("SSUBSCRIBE")
        self._connection.send_command("SSUBSCRIBE", name)

    def get_message(self, timeout=0):
        if not self._connection.can_read(timeout):
            return None
        kind, channel, data = self._connection.read_response()
        if kind != b"smessage" and self._is_quiet:
            return None
        return {"type": kind.decode().replace("ss", "s").replace("sm", "m"), "channel": channel, "data": data}

    def close(self):
        self._connection.disconnect()


class ClusterPipeline:
    """Carries each command out at once."""

    def __init__(self, redis):
        self._redis, self._replies = redis, []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def __getattr__(self, command):
        def call(*arguments, **options):
            self._replies.append(getattr(self._redis, command)(*arguments, **options))
            return self
        return call

    def execute(self):
        replies, self._replies = self._replies, []
        return replies


class ClusterServer:
    """A Redis Cluster, as a Host and a Daemon see a RedisServer."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.client = ClusterRedis(cluster)
        self.masters = len(cluster.masters())
        self.settings = {"redis.cluster": cluster.seeds, "redis.password": cluster.password}

    def subscribers(self, channel):
        name = name_on_cluster(channel)
        return self.cluster.at(name).execute_command("PUBSUB", "SHARDNUMSUB", name)[1]


class ClusterSite:
    """What tests of HTTP alone need of a Host. Without a cluster there are seeds alone."""

    def __init__(self, folder, cluster, settings=None, seeds=None):
        folder.mkdir(parents=True)
        self.cluster = cluster
        self.redis = ClusterRedis(cluster)
        self.port = free_port()
        self.settings = {"redis.cluster": seeds or cluster.seeds, "redis.password": cluster.password if cluster else "",
                         "http.processes": 2, "http.requestsPerSecond": 0, "log.level": "debug", **(settings or {})}
        self.conf = write_settings(folder / "fastim.yml", self.settings)
        self.api = Api(f"http://127.0.0.1:{self.port}")
        (folder / "lighttpd.conf").write_text(LIGHTTPD.format(folder=folder, port=self.port))
        self.process = Process([API, "-c", self.conf, "-s", f"unix:{folder}/api.sock"], folder / "api.log")
        self.process.wait_line("^info started processes=")
        self.web = Process(["lighttpd", "-D", "-f", folder / "lighttpd.conf"], folder / "lighttpd.log")
        self.web.wait_line("server started")

    def stop(self):
        self.web.stop()
        self.process.stop()

    def entries(self, group):
        """The group's list as it stands, as texts."""
        return [entry.decode() for entry in self.redis.lrange(f"gml:{group}", 0, -1)]

    def now_ms(self):
        seconds, micros = self.redis.time()
        return seconds * 1000 + micros // 1000

    def node_of(self, name):
        """The node that has a name as one Redis calls it."""
        return self.cluster.owner(key_slot(name_on_cluster(name)))

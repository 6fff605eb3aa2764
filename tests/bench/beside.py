"""beside.py - a Redis Cluster beside one Redis, with the real programs: messages by the daemon, requests by HTTP."""
import http.client
import json
import time
from urllib.parse import urlencode

from cluster_site import LIGHTTPD, ClusterServer
from host import API, write_settings
from meter import LOAD_CORE, Meter, at_rest, give_up, median
from ports import free_port
from processes import Process
from servers import load

GROUP = "g00000"  # as the load generator names its first one
USER, GROUPS, LISTED = "user", ("one", "two", "three"), "listed"
CLIENTS, MESSAGES_LEAST = 10, 500
LOADS = {"busy": {"window": 512, "senders": CLIENTS, "seconds": 1.5},
         "each by itself": {"rate": 500, "senders": CLIENTS, "seconds": 2}}
STORED = 1000
REST_S = 2
CONNECTIONS = 8


class Place:
    """Where messages go. server: as a Host sees it; node, replicas: that have the group; nodes: all."""

    def __init__(self, name, server, node, replicas, nodes):
        self.name, self.server, self.node, self.replicas, self.nodes = name, server, node, replicas, nodes


def cluster_place(cluster):
    node = cluster.owner_of(f"gml:{{{GROUP}}}")
    return Place("cluster", ClusterServer(cluster), node, cluster.replicas_of(node), cluster.nodes)


# ---- messages ----


class Loaded:
    """A daemon as servers.load() wants it."""

    args = ("fastim=1",)

    def __init__(self, build, daemon, place):
        self.build, self.port, self.name = build, daemon.port, place.name
        replica = {"replica": [node.process.pid for node in place.replicas]} if place.replicas else {}
        self.cpu = {"server": [daemon.process.pid], "redis": [place.node.process.pid], **replica}


def append_cost(build, daemon, place, how):
    """µs a message at Redis, its replica and the daemon. The generator checks that nothing is lost or out of order."""
    loaded = Loaded(build, daemon, place)
    told = load(loaded, core=str(LOAD_CORE), clients=CLIENTS, warm=0.5, limit=60, **LOADS[how])
    messages = told["delivered"] / CLIENTS
    used = {who: told[f"cpu_{who}"] for who in loaded.cpu}
    if messages < MESSAGES_LEAST or not all(used.values()):
        give_up(f"{place.name}: {messages:.0f} messages, and {used} s of CPU for them")
    return [used.get(who, 0) * 1e6 / messages for who in ("redis", "replica", "server")]


def append_rows(rounds, build, daemons):
    """daemons: {place: daemon}. In turns, medians."""
    for how in LOADS:
        figures = {place: [] for place in daemons}
        for _ in range(rounds):
            for place, daemon in daemons.items():
                figures[place].append(append_cost(build, daemon, place, how))
        for place in daemons:
            yield (f"{place.name}, {how}", *median(figures[place]))


# ---- HTTP ----


class Site:
    """fastim-api behind lighttpd; somebody is logged in."""

    def __init__(self, folder, server, processes=2):
        folder.mkdir(parents=True)
        self.folder, self.port, self.headers = folder, free_port(), {}
        settings = {**server.settings, "http.processes": processes, "http.requestsPerSecond": 0}
        conf = write_settings(folder / "fastim.yml", settings)
        (folder / "lighttpd.conf").write_text(LIGHTTPD.format(folder=folder, port=self.port)
                                              + "server.max-keep-alive-requests = 1000000000\n")
        self.process = Process([API, "-c", conf, "-s", f"unix:{folder}/api.sock"], folder / "api.log")
        self.process.wait_line("^info started processes=")
        self.web = Process(["lighttpd", "-D", "-f", folder / "lighttpd.conf"], folder / "lighttpd.log")
        self.web.wait_line("server started")
        self.headers = {"userId": USER, "token": self.post("/user/login", userId=USER, password="x")["msg"]}

    def post(self, path, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", path, urlencode(fields),
                           {"Content-Type": "application/x-www-form-urlencoded", **self.headers})
        answer = json.loads(connection.getresponse().read())
        if answer["code"] != 200:
            give_up(f"{path}: {answer}")
        return answer

    def ask(self, build, rest, path, fields, expected, count):
        """µs a request at the Redis of `rest`, as of a Meter, and at fastim-api."""
        body = urlencode(fields)
        headers = {"Host": "127.0.0.1", "Content-Type": "application/x-www-form-urlencoded",
                   "Content-Length": len(body), **self.headers}
        head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        (self.folder / "request").write_text(head + "\r\n" + body, newline="")
        meter = Meter([*rest, self], rest)
        generator = Process([build / "http", self.port, CONNECTIONS, 60, count, self.folder / "request", expected],
                            self.folder / "http.log")
        if generator.wait(70):
            give_up(f"{path}: {generator.wait_output()}")
        used = meter.used_us()
        return sum(used[node] for node in rest) / count, used[self] / count

    def stop(self):
        self.web.stop()
        self.process.stop()


def http_rows(rounds, build, sites, count):
    """sites: {place: site}. Two requests, in turns, medians."""
    now = int(time.time() * 1000)
    entries = [json.dumps({"groupId": LISTED, "userId": USER, "info": "." * 50, "ts": now - STORED + n},
                          separators=(",", ":")) for n in range(STORED)]
    for place in sites:
        place.server.client.sadd(f"ugs:{USER}", *GROUPS)
        place.server.client.rpush(f"gml:{LISTED}", *entries)
    rest = {place: at_rest(place.nodes, REST_S) for place in sites}
    older = {"groupId": LISTED, "userId": USER, "ts": now - 1, "count": 20}  # than the newest
    for path, fields, expected in (("/user/listGroup", {}, GROUPS[-1]),
                                   ("/group/listOldMessage", older, str(now - 2))):
        figures = {place: [] for place in sites}
        for _ in range(rounds):
            for place, site in sites.items():
                figures[place].append(site.ask(build, rest[place], path, fields, expected, count))
        for place in sites:
            yield (f"{path}, {place.name}", *median(figures[place]))

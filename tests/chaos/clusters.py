"""clusters - a scene on a Redis Cluster: three masters with a replica each, and rooms on all of them."""
import asyncio
import shutil

import redis

from redis_cluster import SLOTS, Place, RedisCluster, key_slot, node_slots
from scene import REDIS_OPTIONS, Scene, in_thread
from split import SplitPlace

CROWDED = ("busy", "quiet", "torn")  # rooms of a Crowd
REPLICAS = 3
NODE_TIMEOUT_MS = 5000               # as conf/redis-cluster.conf has it: the daemons' patience goes with it


class ClusterScene(Scene):
    """Both hosts reach all nodes. Beside the rooms of a Crowd there is one at each master."""

    fourth = None  # a further master

    def __init__(self, folder, record, splits):
        """splits: the first node can be cut off from the others."""
        super().__init__(folder, record)
        self.splits = splits

    def start(self):
        self.cluster = RedisCluster(self.folder / "cluster", replicas=1, node_timeout_ms=NODE_TIMEOUT_MS, appendonly=True,
                                    options=REDIS_OPTIONS, place=SplitPlace if self.splits else Place)
        self.redis = self.cluster.nodes[0]
        self.other_rooms = tuple(self.cluster.name_at(master, "other") for master in self.cluster.masters())
        settings = {"redis.cluster": self.cluster.seeds}
        self.start_hosts(settings, {**settings, "push.workers": 2})

    def stop(self):
        super().stop()
        if hasattr(self, "cluster"):
            self.cluster.end()

    # ---- who is where ----

    @staticmethod
    def slot(room):
        return key_slot(f"gml:{{{room}}}")

    def rooms_at(self, master):
        """Those of its shard."""
        own = node_slots(master.nodes()[master.id])
        return {room for room in (*CROWDED, *self.other_rooms) if self.slot(room) in own}

    def shards(self):
        """Masters that have rooms, and a replica that can take over: a fourth one has none."""
        return [master for master in self.cluster.masters() if self.rooms_at(master) and self.cluster.replicas_of(master)]

    async def until_settled(self):
        """All nodes run, say that all slots are served, and see the same; each replica has all of its master's data."""
        while not await in_thread(self._is_settled):
            await asyncio.sleep(0.1)

    def _is_settled(self):
        nodes = self.cluster.nodes
        try:
            infos = [node.cluster("INFO") for node in nodes if node.is_up]
            if len(infos) < len(nodes) or any(
                    (info["cluster_state"], info["cluster_slots_ok"], info["cluster_known_nodes"])
                    != ("ok", str(SLOTS), str(len(nodes))) for info in infos):
                return False
            views = [node.view() for node in nodes]
            return all(view == views[0] for view in views) and sum(map(self._follows, nodes)) == REPLICAS
        except redis.RedisError:
            return False

    @staticmethod
    def _follows(node):
        """It is a replica, with all of its master's data."""
        role = node.client.execute_command("ROLE")
        return role[0] == b"slave" and role[3] == b"connected"

    # ---- data ----

    def read_lists(self, server=None):
        """Of all masters, each of what is its own: move-failover leaves keys at one that has not their slot."""
        lists = {}
        for node in self.cluster.masters():
            own = node_slots(node.nodes()[node.id])
            for key in node.client.keys("gml:{*}"):
                if key_slot(key) in own:
                    lists[key.decode()[len("gml:{"):-1]] = [entry.decode() for entry in node.client.lrange(key, 0, -1)]
        return lists

    def master(self):
        return None

    def lose_shard(self, nodes, rooms, ended_ms):
        """While all nodes of a shard are dead: their files go away. What the master, the first one, has had goes into
        the record."""
        master, *replicas = nodes
        self._spares += 1
        folder = self.folder / f"lost{self._spares}"
        folder.mkdir()
        shutil.move(master.folder / "appendonlydir", folder / "appendonlydir")
        for replica in replicas:
            shutil.rmtree(replica.folder / "appendonlydir")
        reader = self.new_redis(folder.name)
        try:
            lists = {key[1:-1]: texts for key, texts in super().read_lists(reader).items()}
            self._keep({room: lists.get(room, []) for room in rooms}, ended_ms, rooms)
        finally:
            reader.stop()

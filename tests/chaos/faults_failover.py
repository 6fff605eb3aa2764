"""faults_failover - faults of a scene with Sentinels: the master changes, by order or as it dies."""
import redis
from faults import fault, until
from scene import in_thread
from sentinels import NAME


@fault("failover", "SENTINEL FAILOVER", 1, 2, scene="sentinels")
async def failover(scene, blow):
    await scene.until_settled()
    blow.begin()
    await change_master(scene, blow)
    await scene.until_settled()


async def change_master(scene, blow):
    before = scene.master_port()
    await until(lambda: ordered(scene))
    await until(lambda: scene.master_port() != before)
    await blow.last()


def ordered(scene):
    try:
        return scene.sentinels[-1].client.execute_command("SENTINEL", "FAILOVER", NAME)
    except redis.ResponseError:
        return False  # the one before is not done with


@fault("failover-kill", "kill -9 of the master, which comes back as a replica", 1, 2, scene="sentinels")
async def failover_kill(scene, blow):
    await scene.until_settled()
    blow.begin()
    before = scene.master_port()
    master = scene.server_at(before)
    await in_thread(master.kill)
    await until(lambda: scene.master_port() != before)
    await blow.last()
    await in_thread(master.start)
    await scene.until_settled()


@fault("sentinel-kill", "kill -9 of the Sentinel that is asked first, then SENTINEL FAILOVER", 1, 2,
       scene="sentinels")
async def sentinel_kill(scene, blow):
    await scene.until_settled()
    blow.begin()
    scene.sentinels[0].kill()
    await change_master(scene, blow)
    await in_thread(scene.sentinels[0].start)
    await scene.until_settled()

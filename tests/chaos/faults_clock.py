"""faults_clock - Redis' wall clock is set, as by hand or by a paused VM; its monotonic clock goes on."""
from faults import fault

# By that clock ids of sends are known for 300 s. So behind a longer step one that is sent again is stored again.
STEPS_MS = {"+3s": 3000, "-3s": -3000, "+4min": 240_000}


@fault("clock-step", "Redis' clock 3 s or four minutes ahead, or 3 s behind; then right again", 0.5, 4,
       clock=True, refuses=False)
async def clock_step(scene, blow):
    scene.redis.step(STEPS_MS[blow.choose(STEPS_MS)])
    await blow.last()
    scene.redis.step(0)

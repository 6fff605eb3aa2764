"""test_reload.py - SIGHUP: fastim-pushd takes over new settings where it can, and keeps the old ones of a wrong file."""
import re
import signal

import pytest

from client import handshake_status
from host import fresh
from processes import eventually


@pytest.mark.smoke
@pytest.mark.parametrize("workers", [1, 2])
async def test_new_settings_hold_at_once(make_daemon, workers):
    """SIGHUP: new settings where they can change live"""
    daemon = make_daemon({"push.workers": workers})
    group, evil = fresh(), "https://evil.example"
    client = await daemon.chat(group, "u")
    assert await handshake_status(daemon.url(group, "v"), origin=evil) == 101
    daemon.write(push_origins="https://good.example", im_groupMessage_maxMessageBytes=10)
    daemon.process.signal(signal.SIGHUP)
    readers = workers + (workers > 1)  # their supervisor, too
    eventually(lambda: daemon.process.output.count("info reloaded file=") == readers, what="all of them")
    for key in ("im.groupMessage.maxMessageBytes", "push.origins"):
        assert daemon.process.output.count(f"info setting-changed key={key}") == readers
    assert await handshake_status(daemon.url(group, "v"), origin=evil) == 403
    await client.say("0123456789")
    await client.send("0123456789a")
    assert await client.close_code() == 1009


async def test_what_cannot_change_is_told(make_daemon):
    daemon = make_daemon()
    client = await daemon.chat(fresh(), "u")
    daemon.write(redis_prefix="other:", log_level="debug")
    daemon.process.signal(signal.SIGHUP)
    daemon.process.wait_line('^warn setting-kept key=redis.prefix reason="it takes a restart"$')
    daemon.process.wait_line("^info setting-changed key=log.level$")
    await client.say("still the same keys")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("mistake", ["push: {pingIntervalS: 0}\n", "push: [\n", "pusch: {}\n"])
async def test_a_mistake_keeps_the_old_ones(make_daemon, mistake, workers):
    """an error in the file keeps the old ones and says so"""
    daemon = make_daemon({"push.workers": workers})
    client = await daemon.chat(fresh(), "u")
    daemon.conf.write_text(mistake)
    daemon.process.signal(signal.SIGHUP)
    daemon.process.wait_line("^error not reloaded: ")
    assert re.search(rf"^{re.escape(str(daemon.conf))}:\d: ", daemon.process.output, re.M)
    await client.say("hello")
    assert (await daemon.chat(fresh(), "v")).first["total"] == 0

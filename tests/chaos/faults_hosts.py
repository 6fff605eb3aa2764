"""faults_hosts - faults of the daemons: one host's ends and starts again, a worker dies."""
import os
import signal

from faults import fault
from processes import eventually, processes_with
from scene import in_thread


def daemons(host):
    """{pid: parent} of the host's push daemon and its workers."""
    return {pid: parent(pid) for pid, command in processes_with(str(host.conf)).items()
            if command.split()[0].endswith("/fastim-pushd")}


def parent(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return None


@fault("pushd-term", "SIGTERM to a host's push daemon; the host starts again", 0.1, 3)
async def pushd_term(scene, blow):
    host = blow.choose(scene.hosts)
    pids = await in_thread(daemons, host)
    main, = (pid for pid in pids if pids[pid] not in pids)
    os.kill(main, signal.SIGTERM)
    await in_thread(host.process.wait, 15)  # run.sh ends with its daemon
    await blow.last()
    await in_thread(host.start)


@fault("worker-kill", "kill -9 of one of two workers", 0.1, 1)
async def worker_kill(scene, blow):
    host = scene.hosts[1]
    pids = await in_thread(daemons, host)
    workers = [pid for pid in pids if pids[pid] in pids]
    os.kill(blow.choose(workers), signal.SIGKILL)
    await in_thread(eventually, lambda: len(daemons(host)) == len(pids), 10, "a new worker")
    await blow.last()

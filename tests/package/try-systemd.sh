#!/bin/bash
# try-systemd.sh - the package in a fresh Debian that is booted: its units under a real systemd, hardening and all.
#
# Wants root, a few minutes, and a kernel with cgroups of version 2; leaves nothing behind. The system is booted in
# namespaces, on a network of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/package/folder.sh
alone bash tests/package/try-systemd.sh

cgroups=$(findmnt --noheadings --types cgroup2 --output TARGET | head -n 1)
[[ -n $cgroups ]] || fail "no cgroups of version 2 are mounted here"
cgroup=$cgroups/fastim-try-$(basename "$(mktemp -u)")

make_folder "$(own_suite)"
step "building the package"
BUILD=$work/build DEB_BUILD_OPTIONS=nocheck logged bash conf/debian/assemble.sh deb
write_inside /root/fastim.deb <"$(echo "$work"/build/deb/fastim_*.deb)"
write_inside /root/use.py <tests/package/use.py
write_inside /root/units.py <tests/package/units.py

step "installing it"
install_inside systemd-sysv dbus python3-websockets nginx-light redis-server /root/fastim.deb
inside rm /usr/sbin/policy-rc.d
for unit in console-getty getty@tty1 systemd-logind systemd-timesyncd e2scrub_reap; do
    inside ln -sf /dev/null "/etc/systemd/system/$unit.service" # what only a machine wants
done
umount "$folder/proc" "$folder/tmp"

# In the new namespaces, its cgroup having become their root: the folder becomes /, systemd takes over.
cat >"$work/boot.sh" <<'BOOT'
set -e
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
for kernel in proc/sys proc/sysrq-trigger; do # which is everybody's
    if [ -e "$kernel" ]; then
        mount --bind "$kernel" "$kernel"
        mount -o remount,bind,ro "$kernel"
    fi
done
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs sys
mkdir -p sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
ip link set lo up
pivot_root . mnt
umount -l /mnt
exec env -i container=folder PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --show-status=0 </dev/null
BOOT

step "booting"
mkdir "$cgroup"
remove_all() {
    if [[ -v booted ]]; then
        kill -KILL "$booted" 2>/dev/null || true # its children go with it
        wait "$booted" 2>/dev/null || true
    fi
    until find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || [[ ! -e $cgroup ]]; do
        sleep 0.05 # the kernel takes its time to end them
    done
    remove_folder
}
trap remove_all EXIT
bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "$cgroup" \
    unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --net --cgroup \
    bash "$work/boot.sh" "$folder" >"$work/boot.log" 2>&1 &
booted=$!

# in_it COMMAND...: inside the booted system.
in_it() {
    nsenter --target "$first" --mount --pid --uts --ipc --net --cgroup --root --wd \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

until first=$(pgrep --parent "$booted" systemd); do
    kill -0 "$booted" 2>/dev/null || { cat "$work/boot.log" >&2 && fail "it does not boot"; }
    sleep 0.05
done
for ((i = 0; i < 200; i++)); do
    if in_it systemctl is-system-running --wait >"$work/state" 2>&1; then
        break
    fi
    [[ $(<"$work/state") != degraded ]] || { in_it systemctl --failed >&2 && fail "a unit has failed"; }
    sleep 0.05 # until systemd can be asked
done
[[ $(<"$work/state") == running ]] || fail "it does not come up: $(<"$work/state")"

step "the units"
in_it python3 -B /root/units.py /root/fastim.deb || { in_it journalctl --no-pager --lines 40 >&2 && fail "the units do not hold"; }
echo "try-systemd: ok"

# folder.sh - a fresh Debian in a folder, to be sourced by scripts that try things in it.
#
# The script is run once more, in namespaces of its own: what it mounts goes with it, and every process that it has
# left is ended by the kernel. All of the machine but TMPDIR is read-only for it there, and what is written into the
# folder is written from inside, so that no link of the folder's leads out of it. Packages come from where this
# machine's apt takes its own.
# shellcheck shell=bash disable=SC1091,SC2016,SC2094 # $(…) is for apt-get, $1 for the shell inside

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

step() {
    echo "-- $*" >&2
}

# alone SCRIPT ARGUMENTS...: this script, in namespaces of its own.
alone() {
    if [[ -z ${FASTIM_ALONE-} ]]; then
        ((EUID == 0)) || fail "must be root: it makes a Debian in a folder"
        FASTIM_ALONE=1 exec unshare --mount --propagation private --pid --fork --kill-child --mount-proc -- "$@"
    fi
    trap 'exit 1' HUP INT TERM
    TMPDIR=$(realpath "${TMPDIR:-/tmp}")
    export TMPDIR
    mount --bind "$TMPDIR" "$TMPDIR"
    mount -o remount,bind,ro /
    cd "$PWD" || exit # TMPDIR may be above it
    if (: >"/etc/fastim-try-$$") 2>/dev/null; then
        rm -f "/etc/fastim-try-$$"
        fail "this machine's /etc can be written, so this is not tried here"
    fi
}

# mirror_of CODENAME: where this machine takes it from.
mirror_of() {
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Identifier: Packages' |
        awk -v wanted="$1" '($1 == "Debian" || $1 == "Debian-Security") && $2 == wanted && !found { found = $3 }
            END { print found }'
}

# This machine's release.
own_suite() {
    (. /etc/os-release && echo "$VERSION_CODENAME")
}

# make_folder SUITE PACKAGE...: sets $folder, and $work beside it, for logs; both are removed when the script ends.
make_folder() {
    local suite=$1 own mirror security packages
    shift
    own=$(own_suite)
    mirror=$(mirror_of "$own")
    security=$(mirror_of "$own-security")
    [[ -n $mirror ]] || fail "apt's lists tell of no mirror for $own: apt-get update first"
    work=$(mktemp -d "$TMPDIR/fastim-$suite-XXXXXX")
    trap remove_folder EXIT
    folder=$work/root
    chmod 755 "$work" # users inside must get in
    packages=$(IFS=, && echo "$*")
    step "a fresh $suite"
    logged debootstrap --variant=minbase ${packages:+--include="$packages"} "$suite" "$folder" "$mirror"

    mount -t proc proc "$folder/proc"
    mount -t tmpfs tmpfs "$folder/tmp"
    {
        echo "deb $mirror $suite main"
        echo "deb $mirror $suite-updates main"
        if [[ -n $security ]]; then
            echo "deb $security $suite-security main"
        fi
    } | write_inside /etc/apt/sources.list
    tar --create --directory=/etc/apt apt.conf.d auth.conf.d | enter tar --extract --directory=/etc/apt
    write_inside /etc/resolv.conf </etc/resolv.conf
    write_inside /etc/hosts </etc/hosts
    printf '#!/bin/sh\nexit 101\n' | write_inside /usr/sbin/policy-rc.d # no service is started
    inside chmod 755 /usr/sbin/policy-rc.d
    logged inside apt-get update -qq
}

remove_folder() {
    umount "$folder/proc" "$folder/tmp" 2>/dev/null || true
    # Never across a mount: what is mounted there is not ours to remove.
    rm -rf --one-file-system "$work"
}

# enter COMMAND...: in the folder, as its root.
enter() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        chroot "$folder" "$@"
}

inside() {
    enter "$@" </dev/null
}

# write_inside FILE: what comes on standard input. A link that is there is replaced, not followed.
write_inside() {
    enter sh -c 'rm -f "$1" && umask 022 && cat >"$1"' - "$1"
}

# logged COMMAND...: says what it said only if it fails, and then ends the script.
logged() {
    "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2 && fail "failed: $*"; }
}

install_inside() {
    logged inside apt-get install -qq -y --no-install-recommends "$@"
}

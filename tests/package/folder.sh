# folder.sh - a fresh Debian in a folder, to be sourced by scripts that try things in it.
#
# The script is run once more, in namespaces of its own: what it mounts goes with it, and every process that it has
# left is ended by the kernel. Packages come from where this machine's apt takes its own.
# shellcheck shell=bash disable=SC2016 # $(…) is for apt-get

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
}

# mirror_of CODENAME: where this machine takes it from.
mirror_of() {
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Identifier: Packages' |
        awk -v wanted="$1" '($1 == "Debian" || $1 == "Debian-Security") && $2 == wanted { print $3; exit }'
}

# make_folder SUITE PACKAGE...: sets $folder; it is removed when the script ends.
make_folder() {
    local suite=$1 own mirror security packages
    shift
    own=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mirror=$(mirror_of "$own")
    security=$(mirror_of "$own-security")
    [[ -n $mirror ]] || fail "apt's lists tell of no mirror for $own: apt-get update first"
    folder=$(mktemp -d "${TMPDIR:-/tmp}/fastim-$suite-XXXXXX")
    chmod 755 "$folder" # users inside must get in
    trap remove_folder EXIT
    packages=$(IFS=,; echo "$*")
    step "a fresh $suite"
    debootstrap --variant=minbase ${packages:+--include="$packages"} "$suite" "$folder" "$mirror" >"$folder.log" ||
        { tail "$folder.log" >&2 && fail "debootstrap failed"; }
    rm "$folder.log"

    mount -t proc proc "$folder/proc"
    mount -t tmpfs tmpfs "$folder/tmp"
    {
        echo "deb $mirror $suite main"
        echo "deb $mirror $suite-updates main"
        if [[ -n $security ]]; then
            echo "deb $security $suite-security main"
        fi
    } >"$folder/etc/apt/sources.list"
    cp -R /etc/apt/apt.conf.d /etc/apt/auth.conf.d "$folder/etc/apt/" 2>/dev/null || true
    cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
    printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d" # no service is started
    chmod 755 "$folder/usr/sbin/policy-rc.d"
    inside apt-get update -qq
}

remove_folder() {
    umount "$folder/proc" "$folder/tmp" 2>/dev/null || true
    # Never across a mount: what is mounted there is not ours to remove.
    rm -rf --one-file-system "$folder" "$folder.log"
}

# inside COMMAND...: in the folder, as its root.
inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
        chroot "$folder" "$@" </dev/null
}

install_inside() {
    inside apt-get install -qq -y --no-install-recommends "$@" >"$folder/root/apt.log" 2>&1 ||
        { tail -n 30 "$folder/root/apt.log" >&2 && fail "cannot install $*"; }
    rm "$folder/root/apt.log"
}

#!/bin/bash
# try-deb.sh - the package in a fresh Debian: installed, used, upgraded, purged. Nothing of it may be left.
#
# Wants root and a few minutes; leaves nothing behind. There is no systemd in the folder: use.py starts the
# programs as the installed units say.
# shellcheck disable=SC2016 # ${…} is for dpkg-query
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/package/folder.sh
alone bash tests/package/try-deb.sh

deb_folder=$(realpath -m "${BUILD:-build}")/deb
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' conf/debian/changelog)
config=/etc/fastim/fastim.yml

# build [VERSION]: the package, and its place inside the folder.
build() {
    step "building ${1-$version}"
    bash conf/debian/assemble.sh deb "$@" >"$folder/root/build.log" 2>&1 || { tail -n 30 "$folder/root/build.log" >&2 && fail "no package"; }
    (cd "$deb_folder" && lintian --allow-root --fail-on error,warning ./*.changes) ||
        fail "lintian complains"
    cp "$deb_folder"/fastim_*.deb "$folder/tmp/"
}

# What there is, each with owner and mode; but for what apt, dpkg and the servers write as they run.
snapshot() {
    inside find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/cache \
        -o -path /var/log -o -path /var/lib/apt -o -path /var/lib/redis -o -path /var/lib/nginx \
        -o -path '/var/lib/dpkg/*-old' -o -path '/var/lib/dpkg/lock*' -o -path '/etc/*-' \
        -o -name '*.pyc' -o -name __pycache__ -o -name '.pwd.lock' -o -path "/run/*.pid" -o -path '/root/*' \) -prune -o \
        -printf '%p %y %m %u %g\n' | sort
    inside cat /etc/passwd /etc/group
}

# use ARGUMENTS...: of use.py, in a network of its own, where all ports are free.
use() {
    step "chatting through $1"
    unshare --net -- bash -c 'ip link set lo up && exec "$@"' - \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
        chroot "$folder" python3 /root/use.py "$@" >"$folder/root/use.out" 2>"$folder/root/use.log" ||
        { tail -n 40 "$folder/root/use.log" >&2 && fail "fastim cannot be used behind $1"; }
    cat "$folder/root/use.out"
}

expect() {
    [[ $2 == "$3" ]] || fail "$1: \"$2\", should be \"$3\""
}

make_folder "$(. /etc/os-release && echo "$VERSION_CODENAME")"
cp tests/package/use.py "$folder/root/"
build
first=$(cd "$folder/tmp" && echo fastim_*.deb)

step "what the package depends on, and what it is tried with"
install_inside python3-websockets nginx-light lighttpd redis-server
inside apt-get satisfy -qq -y --no-install-recommends "$(dpkg-deb --field "$folder/tmp/$first" Depends)" \
    >"$folder/root/apt.log" 2>&1 || { tail "$folder/root/apt.log" >&2 && fail "its dependencies cannot be installed"; }
inside dpkg-query -W -f '${Package}\n' | sort >"$folder/tmp/packages"
snapshot >"$folder/tmp/before"

step "installing $first"
install_inside "/tmp/$first"
expect "new packages" "$(inside dpkg-query -W -f '${Package}\n' | sort | comm -13 "$folder/tmp/packages" -)" fastim
expect "owner and mode of $config" "$(inside stat -c '%U %G %a' "$config")" "root www-data 640"
expect "the user's shell" "$(inside getent passwd fastim | cut -d: -f7)" /usr/sbin/nologin
inside fastim-api -t -c "$config" >/dev/null || fail "the settings are not usable"
inside runuser -u www-data -- fastim-api -t >/dev/null || fail "www-data cannot read the settings"
if inside runuser -u nobody -- cat "$config" 2>/dev/null; then
    fail "everybody can read the settings"
fi
messages=()
for server in nginx lighttpd; do
    messages+=("$(use "$server" alice room "${messages[@]}")")
done

step "upgrading, with settings that were edited"
rm "$folder/tmp"/*.deb
build "$version+try1"
inside sh -c "echo '# ours' >>$config"
edited=$(inside md5sum "$config")
install_inside "/tmp/$(cd "$folder/tmp" && echo fastim_*.deb)"
expect "version" "$(inside dpkg-query -W -f '${Version}' fastim)" "$version+try1"
expect "the edited settings" "$(inside md5sum "$config")" "$edited"
expect "owner and mode of $config" "$(inside stat -c '%U %G %a' "$config")" "root www-data 640"
use nginx alice room "${messages[@]}" >/dev/null

step "removing, then purging"
inside apt-get remove -qq -y fastim >"$folder/root/apt.log" 2>&1
expect "the edited settings after a removal" "$(inside md5sum "$config")" "$edited"
inside apt-get purge -qq -y fastim >"$folder/root/apt.log" 2>&1

snapshot >"$folder/tmp/after"
diff "$folder/tmp/before" "$folder/tmp/after" || fail "the purge leaves something (>), or takes what was there before (<)"
echo "try-deb: ok"

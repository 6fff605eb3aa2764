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

version=$(sed -n '1s/.*(\(.*\)).*/\1/p' conf/debian/changelog)
config=/etc/fastim/fastim.yml

# build [VERSION]: the package, as /tmp/VERSION.deb inside the folder.
build() {
    step "building ${1-$version}"
    BUILD=$work/build logged bash conf/debian/assemble.sh deb "$@"
    (cd "$work/build/deb" && lintian --allow-root --fail-on error,warning ./*.changes) || fail "lintian complains"
    write_inside "/tmp/${1-$version}.deb" <"$(echo "$work"/build/deb/fastim_*.deb)"
}

# What there is, each with owner and mode; but for what apt, dpkg and the servers write as they run.
snapshot() {
    local path passed=()
    for path in /proc /sys /dev /tmp /run/apache2 /run/lock '/run/*.pid' '/root/*' '/etc/*-' /var/cache /var/log \
        /var/lib/apt /var/lib/apache2/fcgid /var/lib/nginx /var/lib/redis '/var/lib/dpkg/*-old' \
        '/var/lib/dpkg/lock*' '*.pyc' '*/__pycache__' '*/.pwd.lock'; do
        passed+=(-path "$path" -o)
    done
    inside find / -xdev \( "${passed[@]}" -false \) -prune -o -printf '%p %y %m %u %g\n' | sort
    inside cat /etc/passwd /etc/group
}

# use SNIPPET USER GROUP HISTORY...: see use.py; in a network of its own, where all ports are free.
use() {
    unshare --net -- bash -c 'ip link set lo up && exec "$@"' - \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
        chroot "$folder" python3 /root/use.py "$@" >"$work/use.out" 2>"$work/use.log" </dev/null ||
        { tail -n 40 "$work/use.log" >&2 && fail "fastim cannot be used by $1.conf"; }
    cat "$work/use.out"
}

expect() {
    [[ $2 == "$3" ]] || fail "$1: \"$2\", should be \"$3\""
}

packages() {
    inside dpkg-query -W -f '${Package}\n' | sort
}

make_folder "$(own_suite)"
write_inside /root/use.py <tests/package/use.py
build

step "what the package depends on, and what it is tried with"
install_inside python3-websockets nginx-light lighttpd apache2 libapache2-mod-fcgid redis-server
logged inside a2enmod -q proxy proxy_http proxy_fcgi buffer cgid env
logged inside apt-get satisfy -qq -y --no-install-recommends "$(inside dpkg-deb --field "/tmp/$version.deb" Depends)"
packages >"$work/packages"
snapshot >"$work/before"

step "installing $version"
install_inside "/tmp/$version.deb"
expect "new packages" "$(packages | comm -13 "$work/packages" -)" fastim
expect "owner and mode of $config" "$(inside stat -c '%U %G %a' "$config")" "root www-data 640"
expect "the user's shell" "$(inside getent passwd fastim | cut -d: -f7)" /usr/sbin/nologin
inside fastim-api -t -c "$config" >/dev/null || fail "the settings are not usable"
inside runuser -u www-data -- fastim-api -t >/dev/null || fail "www-data cannot read the settings"
if inside runuser -u nobody -- cat "$config" 2>/dev/null; then
    fail "everybody can read the settings"
fi
messages=()
for snippet in "$folder"/usr/share/fastim/web/*.conf; do
    snippet=$(basename "$snippet" .conf)
    step "chatting by $snippet.conf"
    messages+=("$(use "$snippet" alice room "${messages[@]}")")
done
((${#messages[@]} > 0)) || fail "no snippets are installed"

step "upgrading, with settings that were edited"
DEB_BUILD_OPTIONS=nocheck build "$version+try1"
inside sh -c "echo '# ours' >>$config"
edited=$(inside md5sum "$config")
install_inside "/tmp/$version+try1.deb"
expect "version" "$(inside dpkg-query -W -f '${Version}' fastim)" "$version+try1"
expect "the edited settings" "$(inside md5sum "$config")" "$edited"
expect "owner and mode of $config" "$(inside stat -c '%U %G %a' "$config")" "root www-data 640"
use nginx alice room "${messages[@]}" >/dev/null

step "removing, then purging"
logged inside apt-get remove -qq -y fastim
expect "the edited settings after a removal" "$(inside md5sum "$config")" "$edited"
logged inside apt-get purge -qq -y fastim

snapshot >"$work/after"
diff "$work/before" "$work/after" || fail "the purge leaves something (>), or takes what was there before (<)"
echo "try-deb: ok"

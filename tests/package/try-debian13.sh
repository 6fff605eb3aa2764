#!/bin/bash
# try-debian13.sh - fastim builds in a fresh Debian 13, by its newer libraries: no warning, all unit tests, the package.
#
# Wants root and a few minutes; leaves nothing behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/package/folder.sh
alone bash tests/package/try-debian13.sh

make_folder trixie gcc libc6-dev make dpkg-dev fakeroot
step "what debian/control wants to build"
bash conf/debian/assemble.sh tree "$folder/fastim"
inside apt-get build-dep -qq -y /fastim >"$folder/root/apt.log" 2>&1 || { tail "$folder/root/apt.log" >&2 && fail "it cannot be installed"; }
inside dpkg-query -W libwebsockets-dev libhiredis-dev libjson-c-dev libuv1-dev libfcgi-dev gcc

step "make all unit WERROR=1"
inside make -C /fastim -j"$(nproc)" all unit WERROR=1 || fail "it does not build or its unit tests fail"

step "the package"
inside sh -c 'cd /fastim && make -s clean && dpkg-buildpackage --build=binary --no-sign' >"$folder/root/deb.log" 2>&1 ||
    { tail -n 30 "$folder/root/deb.log" >&2 && fail "no package"; }
deb=$(cd "$folder" && echo fastim_*.deb)
install_inside "/$deb"
inside fastim-pushd -t
echo "try-debian13: ok"

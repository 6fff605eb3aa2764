#!/bin/bash
# try-debian13.sh - fastim in a fresh Debian 13, by its newer libraries: it builds, passes the unit tests, is a package.
#
# Wants root and a few minutes; leaves nothing behind. Warnings of the newer compiler are told, and are no failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/package/folder.sh
alone bash tests/package/try-debian13.sh

make_folder trixie gcc libc6-dev make dpkg-dev fakeroot
step "what debian/control wants to build"
BUILD=$work/build bash conf/debian/assemble.sh tree "$work/fastim"
tar --create --directory="$work" fastim | enter tar --extract --no-same-owner
logged inside apt-get build-dep -qq -y /fastim
inside dpkg-query -W libmd-dev libhiredis-dev libjson-c-dev libuv1-dev libfcgi-dev libssl-dev gcc

step "make all unit"
logged inside make -C /fastim -j"$(nproc)" all unit
grep -E 'warning:|^unit:' "$work/log"

step "the package"
logged inside sh -c 'cd /fastim && make -s clean && DEB_BUILD_OPTIONS=nocheck dpkg-buildpackage --build=binary --no-sign'
install_inside "/$(cd "$folder" && echo fastim_*.deb)"
inside fastim-pushd -t
inside fastim-api -t
inside fastim-pushd -V
echo "try-debian13: ok"

#!/bin/bash
# build.sh - an OCI image of fastim: the package, nginx, and of Debian what these two need.
#
# Called by `make image`, as root, with the package in build/deb/. Leaves build/image/layout, an OCI image layout with the
# tag VERSION, and build/image/fastim-VERSION.tar, the same as one file. Debian's packages come from where this machine's
# apt takes its own. The same packages give the same image, byte for byte.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
place=$(realpath -m "${BUILD:-build}")/image
mkdir -p "$place"
export TMPDIR=$place
. tests/package/folder.sh
alone bash conf/image/build.sh

version=$(sed -n '1s/.*(\(.*\)).*/\1/p' conf/debian/changelog)
epoch=$(date -d "$(dpkg-parsechangelog -l conf/debian/changelog -S Date)" +%s)
created=$(date -u -d "@$epoch" +%FT%TZ)
architecture=$(dpkg --print-architecture)
user=10001 # by number, so that a cluster can see that it is not root

deb=$(echo "$place"/../deb/fastim_*_"$architecture".deb)
[[ -f $deb ]] || fail "no package in ${deb%/*}: make deb first"

make_folder "$(own_suite)"
step "fastim and nginx"
logged inside groupadd --system --gid $user fastim
logged inside useradd --system --uid $user --gid $user --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin fastim
write_inside /tmp/fastim.deb <"$deb"
install_inside systemd-standalone-sysusers nginx ca-certificates busybox netbase tzdata
install_inside /tmp/fastim.deb
write_inside /etc/fastim/fastim.yml <conf/image/fastim.yml
write_inside /etc/fastim/nginx.conf <conf/image/nginx.conf
logged inside chmod 644 /etc/fastim/fastim.yml
logged inside install -d -m 750 -o $user -g $user /run/fastim

step "the image"
layout=$place/layout
rm -rf "$layout" "$place"/fastim-*.tar
logged /usr/bin/python3 conf/image/pack.py "$folder" "$work/layer.tar" "$epoch"
history=(--history.author fastim --history.created "$created")
logged umoci init --layout "$layout"
logged umoci new --image "$layout:$version"
logged umoci raw add-layer --image "$layout:$version" "${history[@]}" --history.created_by "conf/image/build.sh" "$work/layer.tar"
logged umoci config --image "$layout:$version" "${history[@]}" --history.created_by "conf/image/build.sh" \
    --created "$created" --author fastim --os linux --architecture "$architecture" \
    --config.user "$user:$user" --config.workingdir / --config.stopsignal SIGTERM \
    --config.env PATH=/usr/sbin:/usr/bin --config.cmd fastim-pushd \
    --config.exposedports 9000/tcp --config.exposedports 9001/tcp --config.exposedports 9002/tcp \
    --config.label "org.opencontainers.image.title=fastim" --config.label "org.opencontainers.image.version=$version" \
    --config.label "org.opencontainers.image.licenses=Apache-2.0"
logged umoci gc --layout "$layout"
file=$place/fastim-$version.tar
logged /usr/bin/python3 conf/image/archive.py "$layout" "$file" "fastim:$version" "$epoch"
echo "$file: $(du -m "$file" | cut -f1) MB, $(sha256sum <"$file" | cut -c1-12)"

#!/bin/bash
# try-image.sh - the image of `make image`: its three programs run in containers of crun, and are chatted with.
#
# Wants root; leaves nothing behind. Where containers do not run it says so, and looks at the files alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/package/folder.sh
place=$(realpath -m "${BUILD:-build}")/image
alone unshare --net -- bash tests/package/try-image.sh
ip link set lo up

version=$(sed -n '1s/.*(\(.*\)).*/\1/p' conf/debian/changelog)
[[ -d $place/layout ]] || fail "no image in $place: make image first"
work=$(mktemp -d "$TMPDIR/fastim-image-XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"

step "what is in it"
logged umoci unpack --image "$place/layout:$version" "$work/bundle"
files=$work/bundle/rootfs
odd=$(find "$files" -xdev \( -type f -perm /6000 -o ! -type l -perm -o+w ! -path "$files/tmp" ! -path "$files/var/tmp" \) -printf '%P ')
[[ -z $odd ]] || fail "setuid, or writable for everybody: $odd"
size=$(du -sm "$files" | cut -f1)
((size < 80)) || fail "the files are $size MB"
loader=$(echo "$files"/usr/lib*/ld-linux*.so.*)
for program in fastim-pushd fastim-api nginx; do
    missing=$(chroot "$files" "${loader#"$files"}" --list "/usr/sbin/$program" | grep 'not found') || true
    [[ -z $missing ]] || fail "$program: $missing"
done

step "three containers"
# crun knows no machine with both kinds of cgroups. It is to use none; so in this namespace there is one kind.
if [[ $(stat -fc %T /sys/fs/cgroup) != cgroup2fs ]]; then
    umount -R /sys/fs/cgroup 2>/dev/null || true
    mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || true
fi
reason=$(/usr/bin/python3 tests/package/use_image.py "$work" "$files" 2>"$work/use.log") ||
    { tail -n 40 "$work/use.log" >&2 && fail "the image cannot be used"; }
[[ -z $reason ]] || cat "$work/use.log" >&2
echo "try-image: ok, $size MB${reason:+; $reason}"

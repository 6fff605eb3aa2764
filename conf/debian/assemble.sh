#!/bin/bash
# assemble.sh - a source tree with this folder as its debian/, and the package built from it.
#
#   assemble.sh deb [VERSION]     build/deb/fastim, and the package beside it; else of the changelog's version
#   assemble.sh tree FOLDER       the tree alone
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# What git knows or would take; without git all but what was built.
files() {
    git ls-files -z --cached --others --exclude-standard 2>/dev/null ||
        find . -path "./${BUILD:-build}" -prune -o -path ./build -prune -o -path ./.git -prune -o -type f -print0
}

# A file may be gone that git still knows.
existing_files() {
    local file
    while IFS= read -r -d '' file; do
        if [[ -e $file ]]; then
            printf '%s\0' "$file"
        fi
    done < <(files)
}

make_tree() {
    mkdir -p "$1"
    existing_files | tar --create --null --files-from=- | tar --extract --directory="$1"
    cp -R "$1/conf/debian" "$1/debian"
}

# The changelog gets an entry. By the clock, the build would be another one each time.
set_version() {
    {
        sed -n "1s/([^)]*)/($1)/p" debian/changelog
        printf '\n  * Built as %s.\n\n' "$1"
        printf ' -- %s  %s\n\n' "$(dpkg-parsechangelog -S Maintainer)" \
            "$(date -Rud "$(dpkg-parsechangelog -S Date) + 1 second")"
        cat debian/changelog
    } >debian/changelog.new
    mv debian/changelog.new debian/changelog
}

make_deb() {
    local place
    place=$(realpath -m "${BUILD:-build}")/deb
    rm -rf "$place"
    make_tree "$place/fastim"
    cd "$place/fastim"
    if [[ -n $1 ]]; then
        set_version "$1"
    fi
    dpkg-buildpackage --build=binary --no-sign --jobs="$(nproc)"
    cd "$place"
    ls ./*.deb
}

case ${1-} in
deb) make_deb "${2-}" ;;
tree) make_tree "$2" ;;
*) echo "usage: assemble.sh deb [VERSION] | tree FOLDER" >&2 && exit 2 ;;
esac

#!/bin/sh
# embed.sh SCRIPT.lua... - writes the scripts to stdout, as a C source. A line `-- Needs: NAME...`
# in a script becomes the preludes of these names.
set -eu

bytes() {
    od -An -v -tx1 "$1" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
}

compose() {
    while IFS= read -r line; do
        case $line in
        *"-- Needs: "*)
            for prelude in ${line##*-- Needs: }; do
                cat "$(dirname "$1")/prelude_$prelude.lua"
            done
            ;;
        *) printf '%s\n' "$line" ;;
        esac
    done <"$1"
}

whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
printf '/* Made by lib/scripts/embed.sh. */\n#include "lib/scripts.h"\n\n'
names=
for script in "$@"; do
    name=$(basename "$script" .lua)
    compose "$script" >"$whole"
    printf 'static const char %s_body[] = {\n' "$name"
    bytes "$whole"
    printf '0};\n'
    sha=$(sha1sum "$whole" | cut -d' ' -f1)
    id=SCRIPT_$(echo "$name" | tr '[:lower:]' '[:upper:]')
    names="$names    [$id] = {\"$name\", ${name}_body, sizeof(${name}_body) - 1, \"$sha\"},\n"
done
printf '\nconst struct script scripts[SCRIPT__MAX] = {\n%b};\n' "$names"

#!/bin/sh
# embed.sh - writes the Lua scripts named, each behind the preludes that it needs, as a C source on stdout.
set -eu

bytes() {
    od -An -v -tx1 "$1" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
}

whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
printf '/* Made by lib/scripts/embed.sh. */\n#include "lib/scripts.h"\n\n'
names=
for script in "$@"; do
    name=$(basename "$script" .lua)
    : >"$whole"
    for prelude in $(sed -n 's/^-- Needs: //p' "$script"); do
        cat "$(dirname "$script")/prelude_$prelude.lua" >>"$whole"
    done
    cat "$script" >>"$whole"
    printf 'static const char %s_body[] = {\n' "$name"
    bytes "$whole"
    printf '0};\n'
    sha=$(sha1sum "$whole" | cut -d' ' -f1)
    names="$names    [SCRIPT_$(echo "$name" | tr '[:lower:]' '[:upper:]')] = {\"$name\", ${name}_body, sizeof(${name}_body) - 1, \"$sha\"},\n"
done
printf '\nconst struct script scripts[SCRIPT__MAX] = {\n%b};\n' "$names"

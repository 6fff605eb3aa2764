#!/bin/sh
# embed.sh SCRIPT.lua... - writes the scripts to stdout, as a C source: for each redis.encoding, and for a cluster.
#
# A line `-- Needs: NAME...` becomes the preludes of these names. For redis.encoding java, lines
# `-- Java: CODE` take the place of the line above them; else they are left out. Likewise for a
# cluster, whose values are plain, lines `-- Cluster: CODE`.
set -eu

bytes() {
    od -An -v -tx1 "$1" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
}

# The file as the variant has it.
choose() {
    awk -v ours="$variant" '
        /^ *-- (Java|Cluster): / {
            if ($2 == ours) { held = 0; sub(/-- (Java|Cluster): /, ""); print }
            next
        }
        { if (held) print line; line = $0; held = 1 }
        END { if (held) print line }' "$1"
}

compose() {
    choose "$1" | while IFS= read -r line; do
        case $line in
        *"-- Needs: "*)
            for prelude in ${line##*-- Needs: }; do
                compose "$folder/prelude_$prelude.lua"
            done
            ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
}

whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
printf '/* Made by lib/scripts/embed.sh. */\n#include "lib/scripts.h"\n\n'
for form in plain java cluster; do
    case $form in
    plain) variant='' table=scripts ;;
    java) variant=Java: table=scripts_java ;;
    cluster) variant=Cluster: table=scripts_cluster ;;
    esac
    names=
    for script in "$@"; do
        name=$(basename "$script" .lua)
        folder=$(dirname "$script")
        compose "$script" >"$whole"
        body=${name}_$form
        printf 'static const char %s[] = {\n' "$body"
        bytes "$whole"
        printf '0};\n'
        sha=$(sha1sum "$whole" | cut -d' ' -f1)
        id=SCRIPT_$(echo "$name" | tr '[:lower:]' '[:upper:]')
        names="$names    [$id] = {\"$name\", $body, sizeof($body) - 1, \"$sha\"},\n"
    done
    printf '\nconst struct script %s[SCRIPT__MAX] = {\n%b};\n\n' "$table" "$names"
done

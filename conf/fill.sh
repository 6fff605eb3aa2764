#!/bin/sh
# fill.sh - fills the @NAME@ places of a template: sh conf/fill.sh NAME=VALUE... <template >result
#
# A value may have several lines. A place that nobody fills is an error, so that no half-filled file is ever used.
set -eu

program=
newline='
'
for pair in "$@"; do
    value=${pair#*=}
    case $value in
    *[\\\&\|]* | *"$newline"*) # what means something to sed
        value=$(printf '%s' "$value" | sed -e ':a' -e '$!{N;ba' -e '}' -e 's/[\\&|]/\\&/g' -e 's/\n/\\n/g')
        ;;
    esac
    program="$program;s|@${pair%%=*}@|$value|g"
done
filled=$(sed -e "${program#;}")
if unfilled=$(printf '%s\n' "$filled" | grep -o '@[A-Z][A-Z0-9_]*@'); then
    echo "fill.sh: nothing to fill in for" $unfilled >&2
    exit 1
fi
printf '%s\n' "$filled"

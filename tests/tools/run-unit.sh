#!/bin/sh
# run-unit.sh - runs the unit test programs named (under UNIT_RUNNER), one a core; shows only what failed, and counts.
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/passed" "$work/failed"
export work

printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 sh -c '
    name=$(echo "$1" | tr / _)
    if ${UNIT_RUNNER-} "$1" >"$work/$name" 2>&1 && grep -q "\[  PASSED  \] [1-9]" "$work/$name"; then
        mv "$work/$name" "$work/passed/"
    else
        { echo "$1 failed, or ran no test:"; cat "$work/$name"; } >"$work/failed/$name"
    fi' sh

find "$work/failed" -type f -exec cat {} +
failed=$(find "$work/failed" -type f | wc -l)
passed=$(find "$work/passed" -type f -exec cat {} + | sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p' |
    awk '{ sum += $1 } END { print sum + 0 }')
echo "unit: $passed tests passed, $failed programs failed"
[ "$failed" -eq 0 ]

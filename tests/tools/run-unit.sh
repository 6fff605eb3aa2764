#!/bin/sh
# run-unit.sh - runs the unit test programs named (under UNIT_RUNNER); shows only what failed, and counts.
set -u

passed=0
failed=0
for program in "$@"; do
    if output=$(${UNIT_RUNNER-} "$program" 2>&1); then
        tests=$(printf '%s\n' "$output" | sed -n 's/.*\[  PASSED  \] \([0-9]*\) test.*/\1/p')
        passed=$((passed + ${tests:-0}))
        if [ "${tests:-0}" -eq 0 ]; then
            echo "$program: ran no test"
            failed=$((failed + 1))
        fi
    else
        printf '%s:\n%s\n' "$program" "$output"
        failed=$((failed + 1))
    fi
done
echo "unit: $passed tests passed, $failed programs failed"
[ "$failed" -eq 0 ]

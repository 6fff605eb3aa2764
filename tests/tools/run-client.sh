#!/bin/sh
# run-client.sh - runs the tests of the JavaScript client that are named; shows only what failed, and counts.
set -u

if said=$(timeout $((300 + ${SEEDS:-1000} / 10)) node --test "$@" 2>&1); then
    echo "client: $(echo "$said" | sed -n 's/^[^a-z]*pass \([0-9]*\)$/\1/p') tests passed"
else
    echo "$said"
    exit 1
fi

#!/bin/bash
# run.sh - runs fuzz targets, two at a time, each for SECONDS_EACH from its corpus; a finding is an error.
#
# What is new of a run stays in the build folder, and so does a finding: crash-… is the input that shows it. Put it into
# tests/fuzz/corpus/TARGET/, and a unit test beside the mistake's end.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=$(realpath "$BUILD")
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1

fuzz_one() {
    local target=$1 found=$build/found/$1
    mkdir -p "$found"
    if ! "$build/fuzz_$target" "$found" "tests/fuzz/corpus/$target" -max_total_time="$SECONDS_EACH" -max_len=4096 \
        -timeout=5 -rss_limit_mb=2048 -artifact_prefix="$build/$target-" -print_final_stats=1 -close_fd_mask=1 \
        -dict="tests/fuzz/corpus/$target.dict" >"$build/$target.log" 2>&1; then
        echo "fuzz $target: FOUND"
        tail -n 40 "$build/$target.log"
        return 1
    fi
    echo "fuzz $target: $(sed -n 's/stat::number_of_executed_units: *//p' "$build/$target.log") inputs, nothing found"
}

pids=()
status=0
for target in "$@"; do
    fuzz_one "$target" &
    pids+=($!)
    if ((${#pids[@]} % 2 == 0)); then
        for pid in "${pids[@]: -2}"; do
            wait "$pid" || status=1
        done
    fi
done
for pid in "${pids[@]}"; do
    wait "$pid" || status=1
done
exit "$status"

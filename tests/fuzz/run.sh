#!/bin/bash
# run.sh BUILD [NAME...] - runs the fuzz targets, all or those named, two at a time, FUZZ_SECONDS each.
#
# What one learns stays in BUILD/corpus. A finding is BUILD/findings/NAME-…: `BUILD/targets/…/NAME FILE` repeats it.
set -u
cd "$(dirname "$0")/../.." || exit 1

build=$1
shift
seconds=${FUZZ_SECONDS:-60}
export ASAN_OPTIONS=allocator_may_return_null=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1

run_one() {
    local target=$1 name=${1##*/} options=() log
    log=$build/findings/$name.log
    mkdir -p "$build/corpus/$name" "$build/findings"
    rm -f "$build/findings/$name"-*
    [[ -e tests/fuzz/corpus/$name.dict ]] && options=(-dict="tests/fuzz/corpus/$name.dict")
    if "$target" "${options[@]}" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$name-" "$build/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        printf '  %-12s %s inputs, %s\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
            "$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)"
        return 0
    fi
    {
        echo "$name: a finding; repeat it with: $target $(ls "$build/findings/$name"-* 2>/dev/null | head -n 1)"
        grep -v '^#\|^INFO\|^stat::' "$log" | tail -n 40
    } >&2
    return 1
}

targets=()
for target in "$build"/targets/*/*; do
    if (($# == 0)) || [[ " $* " == *" ${target##*/} "* ]]; then
        targets+=("$target")
    fi
done
if ((${#targets[@]} == 0)); then
    echo "run.sh: no such target: $*" >&2
    exit 1
fi
echo "fuzz: ${#targets[@]} targets, two at a time, $seconds s each"
export -f run_one
export build seconds
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P 2 bash -c 'run_one "$1" || exit 1' run_one || exit 1

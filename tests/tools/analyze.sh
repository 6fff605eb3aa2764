#!/bin/bash
# analyze.sh - cppcheck, clang-tidy and gcc -fanalyzer over the sources: clean, but for what analyze.exceptions names.
#
# What clang-tidy is asked, and what not, stands in .clang-tidy.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

exceptions=tests/tools/analyze.exceptions
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jobs=$(nproc)
mapfile -t sources < <(find lib fcgi-api push-daemon -name '*.c' | sort)
flags=(-std=c11 -I. -D_GNU_SOURCE '-DFASTIM_VERSION="analyze"')
read -ra apr < <(pkg-config --cflags-only-I apr-1)

# Each tool writes FILE:LINE:... warning: TEXT [CHECK].
run_cppcheck() { # the macros of uthash are all that it must know of other people's headers
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr -j "$jobs" \
        --suppress=missingIncludeSystem --include=/usr/include/uthash.h --include=/usr/include/utlist.h \
        --template='{file}:{line}: warning: {message} [{id}]' --template-location='' "${flags[@]:1}" \
        lib fcgi-api push-daemon 2>&1
}

run_clang_tidy() {
    printf '%s\0' "${sources[@]}" | xargs -0 -P "$jobs" -n 4 sh -c \
        'flags=$1; shift; exec clang-tidy --quiet "$@" -- $flags 2>/dev/null' sh \
        "-std=c11 -I. -D_GNU_SOURCE -DFASTIM_VERSION=\"analyze\" ${apr[*]}"
}

run_gcc() {
    printf '%s\0' "${sources[@]}" | xargs -0 -P "$jobs" -n 1 \
        gcc "${flags[@]}" "${apr[@]}" -O1 -fanalyzer -fdiagnostics-plain-output -c -o /dev/null 2>&1
}

status=0
: >"$work/used"
for tool in run_cppcheck run_clang_tidy run_gcc; do
    $tool >"$work/all"
    failed=$?
    grep -E '^[^ ]+:[0-9]+:.*(warning|error): ' "$work/all" | sed "s|^$PWD/||" | sort -u >"$work/found"
    if ((failed != 0)) && [[ ! -s $work/found ]]; then
        echo "analyze.sh: $tool failed:" >&2
        tail -n 20 "$work/all" >&2
        exit 1
    fi
    while IFS= read -r line; do
        file=${line%%:*}
        check=${line##*[}
        key="$file ${check%%]*}"
        if grep -qF -- "$key " "$exceptions"; then
            echo "$key" >>"$work/used"
        else
            echo "$line"
            status=1
        fi
    done <"$work/found"
done
while read -r file check reason; do
    if [[ $file != \#* ]] && ! grep -qxF -- "$file $check" "$work/used"; then
        echo "$exceptions: no longer found: $file $check $reason"
        status=1
    fi
done <"$exceptions"
((status == 0)) && echo "analyze: ${#sources[@]} files, nothing found"
exit $status

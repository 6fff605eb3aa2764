#!/bin/bash
# valgrind.sh BUILD [pytest options] - the unit tests, then end-to-end tests against the programs, under valgrind's memcheck.
#
# The programs are stood in for by scripts that start the true ones under memcheck. An error or a leak in any process
# that ends is reported here, by its own log; those killed with -9 say nothing.
set -u
cd "$(dirname "$0")/../.." || exit 1

programs=$PWD/$1
shift
work=$PWD/build/valgrind
memcheck="valgrind --quiet --suppressions=$PWD/tests/tools/valgrind.supp --leak-check=full"
memcheck+=" --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect"
rm -rf "$work"
mkdir -p "$work/logs"

status=0
# Not the one that lowers its hard limits: no process can under valgrind.
mapfile -t unit < <(find "$programs/unit" -type f -name 'test_*' ! -name test_fd_limit | sort)
UNIT_RUNNER="$memcheck --error-exitcode=9 --trace-children=no" sh tests/tools/run-unit.sh "${unit[@]}" || status=1

for program in fastim-api fastim-pushd fastimctl; do
    printf '#!/bin/sh\nexec %s --log-file=%s/logs/%s.%%p "%s/%s" "$@"\n' "$memcheck" "$work" "$program" "$programs" "$program" \
        >"$work/$program"
    chmod +x "$work/$program"
done
cp "$programs/fastim-cgi" "$programs/example-module.so" "$work/"
RUN_AS=root BUILD=$work WEB=lighttpd /usr/bin/python3 -m pytest -q -n 2 "$@" || status=1

found=$(find "$work/logs" -type f -size +0)
if [[ -n $found ]]; then
    echo "valgrind.sh: found:" >&2
    # shellcheck disable=SC2086
    head -n 30 $found >&2
    status=1
fi
echo "valgrind: $(find "$work/logs" -type f | wc -l) processes looked at"
exit $status

#!/bin/sh
# check-settings.sh - every setting stands in conf/fastim.yml, at the default that the code has.
#
# The programs' own list (-T of an empty file) is held against -T of conf/fastim.yml, against the keys
# that are written in conf/fastim.yml, and against the table of settings in README.md.
set -u
cd "$(dirname "$0")/../.." || exit 1

program=${BUILD:-build}/fastim-pushd
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

complain() {
    echo "$@"
    status=1
}

: >"$work/empty.yml"
"$program" -T -c "$work/empty.yml" >"$work/defaults" || exit 1
"$program" -T -c conf/fastim.yml >"$work/shipped" || exit 1
[ -s "$work/defaults" ] || complain "$program -T prints nothing"
diff "$work/defaults" "$work/shipped" | sed -n 's/^[<>]/conf\/fastim.yml: not the default: &/p' | grep . && status=1
"${BUILD:-build}/fastim-api" -T -c "$work/empty.yml" | cmp -s - "$work/defaults" ||
    complain "fastim-api and fastim-pushd do not have the same settings"

# The keys as they are written: the indentation (two spaces a level) says below which section.
awk '/^ *[A-Za-z]+:/ {
    level = (match($0, /[^ ]/) - 1) / 2
    name = $1
    sub(/:.*/, "", name)
    path[level] = name
    key = path[0]
    for (i = 1; i <= level; i++) key = key "." path[i]
    rest = $0
    sub(/^ *[A-Za-z]+: */, "", rest)
    if (rest != "" && rest !~ /^#/) print key
}' conf/fastim.yml | sort >"$work/written"

cut -d: -f1 "$work/defaults" | sort >"$work/keys"
for key in $(comm -23 "$work/keys" "$work/written"); do
    complain "conf/fastim.yml: $key is missing"
done
# A row of README's table holds the key in a cell and the default in another, in backticks or not.
if grep -qE '^\| *`?server\.port`? *\|' README.md 2>/dev/null; then
    while IFS= read -r setting; do
        awk -v key="${setting%%: *}" -v value="${setting#*: }" -F '|' '
            { for (i = 2; i <= NF; i++) gsub(/^[ `"]+|[ `"]+$/, "", $i) }
            $2 == key { seen = 1; for (i = 3; i <= NF; i++) if ($i == value) same = 1 }
            END {
                if (!seen) print "README.md: " key " is missing"
                else if (value != "" && !same) print "README.md: " key ": the default is " value
                exit !seen || value != "" && !same
            }' README.md || status=1
    done <"$work/defaults"
fi
exit $status

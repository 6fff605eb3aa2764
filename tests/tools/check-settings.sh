#!/bin/sh
# check-settings.sh - conf/fastim.yml and fastim.yml(5) have every setting, with the default of the code.
#
# The programs' own list (-T of an empty file) is compared with -T of conf/fastim.yml, with the keys that are
# written in conf/fastim.yml, and with the settings that the manual page describes.
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
# The manual page: "Default: VALUE." follows the setting's ".It Ic KEY". It names no setting that is not there.
page=conf/man/fastim.yml.5.in
while IFS= read -r setting; do
    key=${setting%%: *}
    value=${setting#*: }
    awk -v key=".It Ic $key" -v default="Default: ${value:-empty}." '
        /^\.It Ic / { here = $0 == key; seen = seen || here }
        here && $0 == default { same = 1 }
        END { exit !seen ? 1 : !same ? 2 : 0 }' "$page"
    case $? in
    0) ;;
    1) complain "$page: $key is missing" ;;
    *) complain "$page: $key: the default is ${value:-empty}" ;;
    esac
done <"$work/defaults"
sed -n 's/^\.It Ic \([a-z]*\.[a-zA-Z.]*\)$/\1/p' "$page" | sort >"$work/described"
for key in $(comm -13 "$work/keys" "$work/described"); do
    complain "$page: $key is no setting"
done
exit $status

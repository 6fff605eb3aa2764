#!/bin/bash
# check-install.sh - make install and uninstall, the units, the manual pages, the package's papers: a part of `make test`.
#
# It installs into a folder below the build folder; nothing is started, no rights are wanted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

PATH=$PATH:/usr/sbin:/sbin # where the servers are, which need not be in a user's
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
status=0

complain() {
    echo "check-install: $*"
    status=1
}

# quiet COMMAND...: says what it said only if it fails.
quiet() {
    if ! "$@" >"$work/said" 2>&1; then
        sed 's/^/    /' "$work/said"
        return 1
    fi
}

run_make() {
    env -u MAKEFLAGS -u MAKELEVEL make --no-print-directory BUILD="$build" DESTDIR="$root" "$@"
}

for tool in mandoc man systemd-analyze lighttpd apache2 nginx; do
    command -v "$tool" >/dev/null || complain "no $tool here: bash tests/tools/deps.sh test"
done

# ---- what is installed ----

run_make install >"$work/said"
config=$root/etc/fastim/fastim.yml
installed=(
    usr/local/sbin/fastim-api usr/local/sbin/fastim-cgi usr/local/sbin/fastim-pushd usr/local/bin/fastimctl
    usr/local/share/bash-completion/completions/fastimctl usr/local/share/man/man1/fastimctl.1 usr/local/include/fastim/fastim_module.h
    usr/local/share/man/man8/fastim-api.8 usr/local/share/man/man8/fastim-cgi.8
    usr/local/share/man/man8/fastim-pushd.8 usr/local/share/man/man5/fastim.yml.5 usr/local/share/man/man7/fastim.7
    usr/local/share/man/man7/fastim-v2.7
    usr/local/share/doc/fastim/examples/example-module.c usr/local/share/doc/fastim/examples/bot.py
    usr/local/share/doc/fastim/examples/php/user.php
    usr/local/share/fastim/api/openapi.yaml usr/local/share/fastim/api/asyncapi.yaml
    usr/local/share/fastim/redis-cluster.conf
    usr/local/share/fastim/deploy/compose.yaml usr/local/share/fastim/deploy/kubernetes.yaml
    usr/local/share/fastim/balance/nginx.conf usr/local/share/fastim/balance/haproxy.cfg
    usr/local/share/fastim/monitoring/alerts.yml usr/local/share/fastim/monitoring/grafana.json
    usr/local/share/fastim/www/test.html usr/local/share/fastim/www/fastim.js usr/local/share/fastim/www/fastim.d.ts
    usr/local/share/fastim/www/fastim-sse.js usr/local/share/fastim/www/fastim-sse.d.ts usr/local/share/fastim/www/fastim.global.js
    usr/local/share/fastim/www/fastim-room.js usr/local/share/fastim/www/fastim-room.d.ts usr/local/share/fastim/www/chat.html
    usr/local/share/fastim/www/admin.html usr/local/share/fastim/www/fastim-admin.js
    usr/local/lib/systemd/system/fastim-api.socket usr/local/lib/systemd/system/fastim-api.service
    usr/local/lib/systemd/system/fastim-pushd.service
    usr/local/lib/sysusers.d/fastim.conf usr/local/lib/tmpfiles.d/fastim.conf etc/fastim/fastim.yml
)
for file in conf/web/*.in; do
    if [[ -e $file ]]; then
        name=${file##*/}
        installed+=("usr/local/share/fastim/web/${name%.in}")
    fi
done
for file in "${installed[@]}"; do
    [[ -s $root/$file ]] || complain "make install does not install /$file"
done
grep -rnE '@[A-Z][A-Z0-9_]*@' "$root" --exclude-dir=sbin && complain "a place is not filled"
[[ $(stat -c %a "$config") == 644 ]] || complain "fastim.yml has the mode $(stat -c %a "$config")"
"$root/usr/local/sbin/fastim-api" -t -c "$config" >/dev/null || complain "the installed settings are not usable"

# Installed again: settings that were edited stay as they are, the others are not kept twice.
run_make install >"$work/said"
[[ ! -e $config.new ]] || complain "fastim.yml.new is there though nobody has edited fastim.yml"
echo "log: {level: warn}" >"$config"
run_make install >"$work/said"
[[ $(<"$config") == "log: {level: warn}" ]] || complain "make install has overwritten the edited fastim.yml"
cmp -s conf/fastim.yml "$config.new" || complain "make install puts no fastim.yml.new beside the edited one"
grep -q 'kept .*fastim.yml' "$work/said" || complain "make install does not say that it has kept fastim.yml"

run_make uninstall >"$work/said"
[[ $(find "$root" -type f) == "$config" ]] ||
    complain "make uninstall leaves not just the edited fastim.yml:" "$(find "$root" -type f)"
grep -q 'kept .*fastim.yml' "$work/said" || complain "make uninstall does not say that it has kept fastim.yml"
rm "$config"
run_make install >"$work/said"
run_make uninstall >"$work/said"
left=$(find "$root" -type f -o -path '*fastim*')
[[ -z $left ]] || complain "make uninstall leaves" "$left"

# ---- another place for the settings is known to the programs; the units are fit for use ----

run_make install PREFIX=/usr >"$work/said"
strings=$(grep -c '/etc/fastim/fastim.yml' "$root/usr/sbin/fastim-api") || true
((strings > 0)) || complain "fastim-api does not know /etc/fastim/fastim.yml"

# verify wants the programs where the units say: so with their names put to where they are.
units=$work/units
mkdir "$units"
for unit in "$root"/usr/lib/systemd/system/fastim-*; do
    sed "s|=/usr/sbin/|=$root/usr/sbin/|" "$unit" >"$units/${unit##*/}"
done
SYSTEMD_UNIT_PATH=$units: quiet systemd-analyze verify --man=no "$units"/* || complain "the units are not valid"
[[ ! -s $work/said ]] || complain "systemd-analyze verify says: $(<"$work/said")"
for unit in "$units"/*.service; do
    for bound in LimitCORE=0 TasksMax= MemoryHigh= $([[ $unit == *pushd* ]] && echo WatchdogSec=); do
        grep -q "^$bound" "$unit" || complain "${unit##*/}: $bound is missing"
    done
    # In tenths: 2.0 of 10, the less the better.
    quiet systemd-analyze security --offline=true --no-pager --threshold=20 "$unit" ||
        complain "${unit##*/}: its exposure is over 2.0"
done

# ---- each snippet is valid in a site, by the server that it is for; fastim-api being where it has been put ----

# site SNIPPET: a minimal one that includes it, as $work/site.conf; sets the command that judges it.
site() {
    local snippet=$work/snippet.conf modules=/usr/lib/apache2/modules module
    sed "s|/usr/sbin/|$root/usr/sbin/|g" "$root/usr/share/fastim/web/$1" >"$snippet"
    case $1 in
    lighttpd*)
        printf 'server.document-root = "%s"\nserver.port = 8080\ninclude "%s"\n' "$work" "$snippet" >"$work/site.conf"
        judge=(lighttpd -tt -f "$work/site.conf")
        ;;
    nginx*)
        printf '%s\n' "pid $work/pid; error_log stderr; events {}" \
            "http { access_log off; client_body_temp_path $work/body; proxy_temp_path $work/proxy;" \
            "fastcgi_temp_path $work/fastcgi; uwsgi_temp_path $work/uwsgi; scgi_temp_path $work/scgi;" \
            "server { listen 8080; include $snippet; } }" >"$work/site.conf"
        judge=(nginx -t -q -c "$work/site.conf")
        ;;
    apache*)
        {
            printf '%s\n' "ServerRoot $work" "ServerName localhost" "Listen 8080" "PidFile $work/pid" "ErrorLog /dev/stderr"
            for module in mpm_event authz_core alias env proxy proxy_http proxy_fcgi buffer fcgid cgid; do
                echo "LoadModule ${module}_module $modules/mod_$module.so"
            done
            # Some of what mod_fcgid is told counts for all sites, and Apache takes it outside of a site only.
            if [[ $1 == apache-fcgid.conf ]]; then
                echo "Include $snippet"
            else
                printf '<VirtualHost *:8080>\nInclude %s\n</VirtualHost>\n' "$snippet"
            fi
        } >"$work/site.conf"
        judge=(apache2 -t -f "$work/site.conf")
        ;;
    *) judge=(false) ;;
    esac
}

for snippet in "$root"/usr/share/fastim/web/*; do
    site "${snippet##*/}"
    quiet "${judge[@]}" || complain "${snippet##*/} is not valid: ${judge[*]}"
done

# ---- manual pages: no complaint by either formatter; every setting, with default and bounds ----

for page in "$root"/usr/share/man/man*/*; do
    # Which other pages there are is this machine's affair.
    said=$(mandoc -T lint "$page" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db') || true
    [[ -z $said ]] || complain "$said"
    said=$(LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l "$page" 2>&1 >/dev/null) || true
    [[ -z $said ]] || complain "$page: $said"
done

page=$root/usr/share/man/man5/fastim.yml.5
: >"$work/empty.yml"
while IFS= read -r line; do
    key=${line%%: *}
    default=${line#*: }
    # A list is never right; the programs then say what would be.
    awk -v key="$key" 'BEGIN {
        n = split(key, part, ".")
        for (i = 1; i <= n; i++) printf "%*s%s:%s\n", 2 * (i - 1), "", part[i], i < n ? "" : " []"
    }' >"$work/wrong.yml"
    right=$("$build/fastim-pushd" -t -c "$work/wrong.yml" 2>&1) || true
    right=${right##*should be }
    awk -v key=".It Ic $key" -v default="Default: ${default:-empty}." -v right="${right^}." '
        /^\.It Ic / { here = $0 == key; seen = seen || here }
        here && $0 == default { has_default = 1 }
        here && $0 == right { has_bounds = 1 }
        END { exit !(seen && has_default && has_bounds) }' "$page" ||
        complain "fastim.yml.5: $key: should have the lines \"Default: ${default:-empty}.\" and \"${right^}.\""
done < <("$build/fastim-pushd" -T -c "$work/empty.yml")
while IFS= read -r key; do
    "$build/fastim-pushd" -T -c "$work/empty.yml" | grep -q "^$key: " || complain "fastim.yml.5: $key is no setting"
done < <(sed -n 's/^\.It Ic \([a-z]*\.[a-zA-Z.]*\)$/\1/p' "$page")

# Every option that a program knows.
for program in fastim-api fastim-pushd; do
    for letter in $("$build/$program" -h | sed -n 's/^  -\([a-zA-Z]\) .*/\1/p'); do
        grep -q "^\.It Fl $letter" "$root/usr/share/man/man8/$program.8" || complain "$program.8: -$letter is missing"
    done
done

# Every command and option of fastimctl stands in its page and in its completion; and none that it does not know.
help=$("$build/fastimctl" -h)
commands=$(sed -n 's/^  \([a-z]\+\( add\| remove\| list\)\?\).*/\1/p' <<<"$help" | sort)
described=$(sed -n 's/^\.It Cm \([a-z ]*[a-z]\).*/\1/p' conf/man/fastimctl.1.in | sort)
[[ -n $commands && $commands == "$described" ]] ||
    complain "fastimctl -h (<) and fastimctl.1 (>) have different commands:" "$(diff <(echo "$commands") <(echo "$described"))"
# completed WORD...: what follows the last of them.
completed() {
    bash -c '. conf/fastimctl.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fastimctl; printf "%s\n" "${COMPREPLY[@]}"' \
        completed fastimctl "$@"
}
[[ $(completed "" | sort) == $(cut -d' ' -f1 <<<"$commands" | sort -u) ]] || complain "fastimctl.bash: other commands"
[[ $(completed words "" | sort) == $(sed -n 's/^words //p' <<<"$commands" | sort) ]] || complain "fastimctl.bash: other words"
for option in $(grep -oE -- '--[a-z]+' <<<"$help" | sort -u); do
    grep -q "^\.It.* Fl -${option#--}\( \|$\)" conf/man/fastimctl.1.in || complain "fastimctl.1: $option is missing"
    grep -q -- "$option" conf/fastimctl.bash || complain "fastimctl.bash: $option is missing"
done
[[ $(completed ban r u --p) == --purge && -z $(completed mute r u --p) ]] || complain "fastimctl.bash: --purge is for ban"

# ---- the package's papers agree with the rest ----

version=$(sed -n 's/^VERSION = //p' Makefile)
[[ $(sed -n '1s/.*(\(.*\)).*/\1/p' conf/debian/changelog) == "$version" ]] ||
    complain "conf/debian/changelog begins with another version than $version"
# The packages named -dev or -tools, of both lists; libc6-dev is always there for a build.
needed=$(sed -n '/^run=(/,/^)/p' tests/tools/deps.sh | sed 's/#.*//' | grep -oE '[a-z0-9.+-]*-(dev|tools)' |
    grep -v '^libc6-dev$' | sort)
declared=$(sed -n '/^Build-Depends:/,/^[A-Z]*[a-z-]*: /p' conf/debian/control | grep -oE '[a-z0-9.+-]*-(dev|tools)' |
    grep -vE '^(libcmocka|systemd)-dev$' | sort)
[[ $needed == "$declared" ]] ||
    complain "deps.sh (<) and conf/debian/control (>) want different packages to build:" "$(diff <(echo "$needed") <(echo "$declared"))"

((status == 0)) && echo "install: all is where it belongs, units and manual pages are valid"
exit $status

#!/bin/sh
# check-layers.sh - fcgi-api -> lib <- push-daemon, each foreign library met in its one file, no giant files.
set -u
cd "$(dirname "$0")/../.." || exit 1

MAX_LINES=400
found=$(mktemp)
trap 'rm -f "$found"' EXIT

# includes PATTERN FOLDER...: every #include there whose file matches, as FILE:LINE:TEXT.
includes() {
    pattern=$1
    shift
    grep -rnE --include='*.[ch]' "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)" "$@"
}

# only PATTERN FILE...: these files alone may include it.
only() {
    includes "$1" lib fcgi-api push-daemon | while IFS=: read -r file line text; do
        case " $2 " in
        *" $file "*) ;;
        *) echo "$file:$line: $text: only for $2" ;;
        esac
    done
}

# once PATTERN: one file, whichever, may include it.
once() {
    users=$(includes "$1" lib fcgi-api push-daemon | cut -d: -f1 | sort -u)
    [ "$(echo "$users" | wc -l)" -le 1 ] || echo "$1 is met in several files:" $users
}

{
    includes '(fcgi-api|push-daemon)/' lib | sed 's/$/: lib knows neither program/'
    includes 'push-daemon/' fcgi-api | sed 's/$/: the programs never name each other/'
    includes 'fcgi-api/' push-daemon | sed 's/$/: the programs never name each other/'
    includes '\.\./' lib fcgi-api push-daemon | sed 's/$/: name files from the root/'
    includes '(fcgi-api|lib)/' fcgi-api/cgi | grep -vE '"(fcgi-api/(cgi/|http/body|http/request)|lib/(log|mem|str|text))' |
        sed 's/$/: fastim-cgi is to stay small/'
    only '(fastcgi/)?fcgi(app|os|_)' 'fcgi-api/http/fcgi.c'
    only 'libwebsockets|lws' 'push-daemon/net/ws.c'
    only 'uv\.h|uv/|ev\.h' 'push-daemon/core/loop.c'
    only 'hiredis' 'lib/redis/resp.c'
    only 'yaml|cyaml' 'lib/config/config.c'
    only 'json-c/' 'lib/message.c lib/json.c'
    only 'apr' 'fcgi-api/login/htpasswd.c'
    only 'dlfcn' 'fcgi-api/login/module.c'
    once 'uriparser'
    find lib fcgi-api push-daemon -name '*.[ch]' | sort | while read -r file; do
        lines=$(wc -l <"$file")
        [ "$lines" -le "$MAX_LINES" ] || echo "$file:$lines: more than $MAX_LINES lines: is it one idea?"
    done
} >"$found"
cat "$found"
[ ! -s "$found" ]

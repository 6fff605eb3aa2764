#!/bin/bash
# run.sh - runs all of fastim in the foreground: fastim-pushd, a web server with fastim-api, and a Redis
# of its own where none answers at the configured loopback address.
#
#   make run                    or: bash conf/run.sh
#   make run CONF=file.yml      or: CONF=file.yml bash conf/run.sh
#   make run WEB=nginx          or: WEB=nginx bash conf/run.sh; also lighttpd (the default), apache-fcgid,
#                               apache-proxy, cgi (lighttpd's), apache-cgi, and cgi-alone (no fastim-api -s)
#   make run LISTEN=all         for other machines too, or LISTEN=ADDRESS; else it is for this machine alone
#   make run RUN_AS=user        started by root: as whom the parts run; else as fastim (conf/run/user.sh)
#
# Ctrl-C and SIGTERM stop all parts (exit 0); a part that ends by itself stops the others (exit 1).
# Two runs with different ports share a Redis: that is how two hosts are tried on one machine. The run
# that started Redis also stops it.
set -euo pipefail
umask 077
export LC_ALL=C

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=
conf=
web=${WEB:-lighttpd}
declare -A setting pid_of printer_of
folder=
silent=
redis_answers=
web_server=web
web_stop=TERM
# shellcheck source=conf/run/user.sh
source "$root/conf/run/user.sh"
# shellcheck source=conf/run/web.sh
source "$root/conf/run/web.sh"

say() {
    echo "fastim: $*" >&2
}

die() {
    stop_all
    say "$*"
    exit 1
}

# ---- the parts: each in a session of its own, so that Ctrl-C does not reach them ----

# start NAME COMMAND...: runs it with our stdin; its lines go to the terminal, behind its name, and
# to NAME.log. Should this script be killed, the kernel tells the part to end.
start() {
    local name=$1 pipe=$run/$1.pipe both in out
    shift
    mkfifo "$pipe"
    [[ -z $run_as ]] || chown "$run_as" "$pipe" # for who opens /dev/stderr
    exec {both}<>"$pipe" # a pipe opened both ways waits for no other end
    exec {in}<"$pipe"
    exec {out}>"$pipe" {both}>&-
    rm "$pipe"
    setsid sed -u -e "w $run/$name.log" -e "s/^/$name: /" <&"$in" >&2 {in}<&- {out}>&- {silent}<&- &
    printer_of[$name]=$!
    setsid setpriv --pdeathsig TERM "${drop[@]}" -- "$@" <&0 >&"$out" 2>&1 {in}<&- {out}>&- {silent}<&- &
    pid_of[$name]=$!
    exec {in}<&- {out}>&-
}

# Waits for 20 ms, by a pipe from which nothing comes: to start a sleep would cost more than what is waited for.
a_moment() {
    IFS= read -r -t 0.02 -u "$silent" || true
}

# await NAME SECONDS CHECK...: until the check succeeds; not longer, and only while the part lives.
await() {
    local name=$1 end=$((SECONDS + $2)) allowed=$2
    shift 2
    until "$@"; do
        kill -0 "${pid_of[$name]}" 2>/dev/null || report_end "$name"
        ((SECONDS < end)) || report "$name does not answer after $allowed s" "$name"
        a_moment
    done
}

# report_end NAME: a part has ended by itself.
report_end() {
    local status=0 signal
    wait "${pid_of[$1]}" || status=$?
    if signal=$(kill -l $((status - 128)) 2>/dev/null) && ((status > 128)); then
        report "$1 was ended by signal $signal" "$1"
    fi
    report "$1 ended with status $status" "$1"
}

# report TEXT NAME: stops all, and tells why, with the end of that part's log.
report() {
    stop_all
    say "$1; the end of $run/$2.log:"
    tail -n 15 "$run/$2.log" | sed 's/^/    /' >&2
    exit 1
}

# signal_part SIGNAL NAME: to the part; where it is dead, TERM to what it has left behind.
signal_part() {
    if [[ -v pid_of[$2] ]]; then
        { kill -s "$1" "${pid_of[$2]}" || kill -TERM -- "-${pid_of[$2]}" || true; } 2>/dev/null
    fi
}

# there NAME: whether the part, or a process that it has started, is alive. The printer tells: it
# ends when the last of them has closed the pipe.
there() {
    [[ -v pid_of[$1] ]] && kill -0 "${pid_of[$1]}" "${printer_of[$1]}" 2>/dev/null
}

# left_by MILLISECONDS SIGNAL NAME...: waits for these parts, until then since stopping began; what is
# left of them gets the signal.
left_by() {
    local end=$((stop_began + $1 * 1000)) signal=$2 name
    shift 2
    for name in "$@"; do
        while there "$name" && ((${EPOCHREALTIME/./} < end)); do
            a_moment
        done
        if there "$name"; then
            kill -s "$signal" -- "-${pid_of[$name]}" 2>/dev/null || true
        fi
    done
}

# The web server takes no more requests and finishes those under way, the daemon says good-bye to its
# clients; Redis goes last, so that nothing they still store is lost. All within 3 s.
stop_all() {
    trap '' HUP TERM
    stop_began=${EPOCHREALTIME/./}
    signal_part "$web_stop" "$web_server"
    signal_part TERM pushd
    left_by 200 TERM pushd # the second one ends the draining
    left_by 1000 TERM "$web_server"
    signal_part TERM api
    left_by 1800 KILL "$web_server" api pushd
    signal_part TERM redis
    left_by 2500 KILL redis
    left_by 2700 KILL "$web_server" api pushd redis
    kill -KILL "${printer_of[@]}" 2>/dev/null || true
    [[ -z $folder ]] || rm -rf "$folder"
}

# ---- settings and addresses ----

# Sets build and conf.
find_files() {
    local found
    mapfile -d '' found < <(realpath -zm "${BUILD:-$root/build}" "${CONF:-${FASTIM_CONFIG:-$root/conf/fastim.yml}}")
    build=${found[0]} conf=${found[1]}
}

read_settings() {
    local settings line key value
    [[ -x $build/fastim-pushd && -x $build/fastim-api && -x $build/fastim-cgi ]] || die "no programs in $build: run make first"
    settings=$("$build/fastim-pushd" -c "$conf" -T) || die "the settings are not usable: $conf"
    while IFS= read -r line; do
        key=${line%%:*}
        value=${line#*:}
        setting[$key]=${value# }
    done <<<"$settings"

    port=${setting[server.port]}
    push_port=${setting[push.listen]##*:}
    push_host=$(host_of "${setting[push.listen]}")
}

# host_of ADDRESS:PORT: where that is to be reached.
host_of() {
    local host=${1%:*}
    host=${host#[}
    host=${host%]}
    case $host in
    0.0.0.0) echo 127.0.0.1 ;;
    ::) echo ::1 ;;
    *) echo "$host" ;;
    esac
}

listening() {
    { : 3<>"/dev/tcp/$1/$2"; } 2>/dev/null
}

check_ports() {
    if listening 127.0.0.1 "$port" || listening ::1 "$port" || listening "$probe" "$port"; then
        die "port $port is in use already (server.port in $conf)"
    fi
    if listening "$push_host" "$push_port"; then
        die "${setting[push.listen]} is in use already (push.listen in $conf)"
    fi
    if [[ -n ${setting[push.health]} ]] && listening "$(host_of "${setting[push.health]}")" "${setting[push.health]##*:}"; then
        die "${setting[push.health]} is in use already (push.health in $conf)"
    fi
}

# ---- Redis ----

# What Redis says to PING: any answer at all tells that one is there, also that it wants a password.
ping_redis() {
    local at=(-h "${setting[redis.host]}" -p "${setting[redis.port]}")
    if [[ -n ${setting[redis.username]} ]]; then
        at+=(--user "${setting[redis.username]}")
    fi
    if [[ -n ${setting[redis.socket]} ]]; then
        at+=(-s "${setting[redis.socket]}")
    fi
    REDISCLI_AUTH=${setting[redis.password]} as_user timeout 2 redis-cli "${at[@]}" PING 2>&1 || true
}

redis_ready() {
    [[ $(ping_redis) == *PONG* ]]
}

# A text as redis.conf takes it.
quoted() {
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

redis_settings() {
    local database=${setting[redis.database]}
    cat "$root/conf/redis.conf"
    echo "databases $((database < 16 ? 16 : database + 1))"
    if [[ -n ${setting[redis.password]} ]]; then
        echo "requirepass $(quoted "${setting[redis.password]}")"
    fi
    if [[ -n ${setting[redis.username]} ]]; then
        echo "user $(quoted "${setting[redis.username]}") on $(quoted ">${setting[redis.password]}") ~* &* +@all"
    fi
    if [[ -n ${setting[redis.socket]} ]]; then
        printf 'port 0\nunixsocket %s\nunixsocketperm 700\n' "$(quoted "${setting[redis.socket]}")"
    else
        printf 'port %s\nbind %s\n' "${setting[redis.port]}" "${setting[redis.host]/localhost/127.0.0.1}"
    fi
}

start_redis() {
    local place=${setting[redis.host]}:${setting[redis.port]} data answer
    [[ -z ${setting[redis.sentinels]} ]] || return 0 # they know where it is
    case $place in
    127.0.0.1:* | localhost:*) data=$build/redis-${place##*:} ;;
    127.* | ::1:*) data=$build/redis-$place ;;
    *) data= ;;
    esac
    if [[ -n ${setting[redis.socket]} ]]; then
        place=${setting[redis.socket]}
        data=$build/redis${place//\//-}
    fi

    answer=$(ping_redis)
    case $answer in
    *PONG*)
        redis_answers=1
        return
        ;;
    *"Connection refused"* | *"No such file"*) ;;
    *) data= ;;
    esac
    if [[ -z $data ]]; then
        say "warning: Redis at $place: ${answer:-no answer}; fastim goes on trying"
        return
    fi
    say "no Redis at $place: starting one, its data in $data"
    own "$data"
    cd "$data" # its user may not know the way there
    start redis redis-server - <<<"$(redis_settings)"
    cd "$OLDPWD"
    await redis 60 redis_ready
    redis_answers=1
}

# ---- the daemon ----

start_pushd() {
    start pushd "$programs/fastim-pushd" -c "$conf" </dev/null
    await pushd 10 listening "$push_host" "$push_port"
    if [[ ${setting[log.level]} == @(info|debug) ]] && { [[ -n $redis_answers ]] || redis_ready; }; then
        await pushd 10 connected
    fi
}

# The daemon says so; at a level at which it does not, a first client may be told to try again.
connected() {
    local log='' # which may not be there yet
    { IFS= read -r -d '' log <"$run/pushd.log"; } 2>/dev/null || true
    [[ $'\n'$log == *$'\ninfo redis-up connection=commands'* && $'\n'$log == *$'\ninfo redis-up connection=subscription'* ]]
}

# answers PATH CODE: whether a GET of that path through the public port has that HTTP status.
answers() {
    local line
    line=$(
        exec 2>/dev/null
        exec 3<>"/dev/tcp/$probe/$port"
        printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$1" >&3
        IFS= read -r -t 2 line <&3
        echo "$line"
    ) || return 1
    [[ $line == "HTTP/1."?" $2 "* ]]
}

# ---- all of it ----

# Bash can lose a SIGINT that comes while it waits for a command in the foreground. So this shell only
# waits, for a second one that does the work and knows SIGTERM alone.
supervise() {
    setpriv --pdeathsig TERM -- bash "${BASH_SOURCE[0]}" parts </dev/null &
    local parts=$! asked_to_stop=''
    trap 'asked_to_stop=1; kill -TERM "$parts" 2>/dev/null || true' HUP INT TERM
    while kill -0 "$parts" 2>/dev/null; do
        wait "$parts" || true
    done
    wait "$parts" || [[ -n $asked_to_stop ]]
}

run_parts() {
    local ended='' name
    trap stop_all EXIT
    trap 'trap "" HUP TERM; exit 0' HUP TERM
    exec {silent}<> <(:)
    find_files
    web_choose "$web"
    read_settings
    choose_addresses
    check_ports
    choose_user
    make_folders
    start_redis
    start_pushd
    start_web
    echo "fastim ready: http://$(bracketed "$probe"):$port/test/websocket$for_whom"

    wait -n -p ended "${pid_of[@]}" || true
    for name in "${!pid_of[@]}"; do
        if [[ ${pid_of[$name]} == "$ended" ]]; then
            report_end "$name"
        fi
    done
}

PATH=$PATH:/usr/sbin:/sbin
if [[ ${1-} == parts ]]; then
    run_parts
else
    supervise
fi

#!/bin/bash
# cluster.sh - a private Redis Cluster in the foreground: three masters with a replica each, on loopback.
#
#   bash conf/run/cluster.sh FOLDER PORT      its data are in FOLDER, PORT to PORT + 5 are for clients and PORT + 6 to
#                                             PORT + 11 for the nodes among themselves
#   bash conf/run/cluster.sh FOLDER PORT -    reads more settings for each node from its input
#
# It prints `cluster ready: ADDRESS:PORT ADDRESS:PORT …` when each node serves and each replica follows. A password is
# also in REDISCLI_AUTH then, for the commands of this script. A node that ends is started again after a pause, which is
# long enough for its replica to take over: kill one and look. Ctrl-C and SIGTERM stop all nodes (exit 0).
set -euo pipefail
umask 077
export LC_ALL=C

NODES=6
MASTERS=3
PAUSE_SECONDS=15 # more than cluster-node-timeout and an election
READY_SECONDS=60
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
declare -A pid_of=() is_paused=()
ports=()

say() {
    echo "cluster: $*" >&2
}

die() {
    say "$*"
    exit 1
}

# Bash may lose a Ctrl-C that comes while it waits for a command in the foreground, and never while it waits like this.
calm() {
    "$@" &
    wait "$!"
}

# ---- the nodes ----

node_settings() {
    cat "$root/conf/redis-cluster.conf"
    printf '%s\n' "port $1" "cluster-port $(($1 + NODES))" "bind 127.0.0.1" "daemonize no" "always-show-logo no" \
        "repl-diskless-sync-delay 0" "shutdown-timeout 1" "$more"
}

# Should this script be killed, the kernel tells the node to end.
start_node() {
    (
        cd "$folder/$1"
        exec setpriv --pdeathsig TERM redis-server - <<<"$(node_settings "$1")" >>redis.log 2>&1
    ) &
    pid_of[$1]=$!
}

stop_nodes() {
    local end=$((${EPOCHREALTIME/./} + 2000000)) port
    trap '' HUP INT TERM
    ((${#pid_of[@]})) || return 0
    kill -TERM "${pid_of[@]}" 2>/dev/null || true
    for port in "${!pid_of[@]}"; do
        while kill -0 "${pid_of[$port]}" 2>/dev/null && ((${EPOCHREALTIME/./} < end)); do
            sleep 0.02
        done
    done
    kill -KILL "${pid_of[@]}" 2>/dev/null || true
}

# Whether a node knows who has each slot, and is a master whose replica answers, or a replica that has all its master has.
is_ready() {
    local said
    said=$(ask "$1" CLUSTER INFO && ask "$1" INFO replication)
    [[ $said == *cluster_state:ok* && $said == *cluster_slots_ok:16384* && $said =~ (master_link_status:up|min_slaves_good_slaves:[1-9]) ]]
}

# ask PORT COMMAND...: what the node says.
ask() {
    timeout 5 redis-cli -e -p "$@" 2>&1
}

knows_all() {
    [[ $(ask "$1" CLUSTER NODES | grep -vc handshake) == "$NODES" ]]
}

answers() {
    [[ $(ask "$1" PING) == PONG ]]
}

# await CHECK: until all nodes pass it; not longer, and only while all of them live.
await() {
    local end=$((SECONDS + READY_SECONDS)) port
    for port in "${ports[@]}"; do
        until calm "$1" "$port"; do
            kill -0 "${pid_of[$port]}" 2>/dev/null || give_up "$port" "has ended"
            ((SECONDS < end)) || give_up "$port" "does not serve after $READY_SECONDS s"
            calm sleep 0.05
        done
    done
}

give_up() {
    say "the node at port $1 $2; the end of $folder/$1/redis.log:"
    tail -n 10 "$folder/$1/redis.log" | sed 's/^/    /' >&2
    exit 1
}

# ---- the cluster ----

check_arguments() {
    if (($# < 2 || $# > 3)) || [[ ! $2 =~ ^[0-9]+$ || ${3:--} != - ]]; then
        say "usage: cluster.sh FOLDER PORT [-]"
        exit 2
    fi
    # From 32768 on the kernel takes ports for outgoing connections.
    (($2 > 0 && $2 + 2 * NODES <= 32768)) || die "PORT should be 1 to $((32768 - 2 * NODES))"
}

listening() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

check_ports() {
    local port
    for ((port = first; port < first + 2 * NODES; port++)); do
        ! listening "$port" || die "port $port is in use already"
    done
}

# The file `created` says where a cluster stands that is complete. A folder without it has nothing that anybody has
# been told of: it begins anew.
make_folders() {
    local port created=''
    mkdir -p "$folder"
    [[ ! -e $folder/created ]] || created=$(<"$folder/created")
    [[ -z $created || $created == "$first" ]] || die "the cluster in $folder is at port $created"
    for port in "${ports[@]}"; do
        [[ -n $created ]] || rm -rf "${folder:?}/$port"
        mkdir -p "$folder/$port"
    done
}

# tell PORT COMMAND...: as ask, of what has to be done.
tell() {
    ask "$@" >/dev/null || die "the node at port $1 does not do ${*:2}: $(ask "$@")"
}

# Each node is told of each other one, and its own part; redis-cli --cluster create would wait for rumours instead.
create() {
    local i j node=()
    say "making a cluster of $NODES nodes, its data in $folder"
    await answers
    for ((i = 0; i < MASTERS; i++)); do
        tell "${ports[i]}" CLUSTER SET-CONFIG-EPOCH $((i + 1))
        tell "${ports[i]}" CLUSTER ADDSLOTSRANGE $((16384 * i / MASTERS)) $((16384 * (i + 1) / MASTERS - 1))
    done
    for ((i = 0; i < NODES; i++)); do
        node[i]=$(ask "${ports[i]}" CLUSTER MYID)
        for ((j = 0; j < i; j++)); do
            tell "${ports[i]}" CLUSTER MEET 127.0.0.1 "${ports[j]}" $((ports[j] + NODES))
        done
    done
    await knows_all
    for ((i = MASTERS; i < NODES; i++)); do
        tell "${ports[i]}" CLUSTER REPLICATE "${node[i % MASTERS]}"
    done
}

# A node, or its pause, has ended.
on_end() {
    local port
    for port in "${ports[@]}"; do
        if [[ ${pid_of[$port]} == "$1" && -v is_paused[$port] ]]; then
            unset "is_paused[$port]"
            start_node "$port"
            say "the node at port $port is started again"
        elif [[ ${pid_of[$port]} == "$1" ]]; then
            say "the node at port $port has ended; it starts again in $PAUSE_SECONDS s"
            is_paused[$port]=1
            sleep $PAUSE_SECONDS &
            pid_of[$port]=$!
        fi
    done
}

check_arguments "$@"
folder=$(realpath -m "$1") first=$2 more=
[[ ${3-} != - ]] || more=$(cat)
for ((port = first; port < first + NODES; port++)); do
    ports+=("$port")
done
trap stop_nodes EXIT
trap 'exit 0' HUP INT TERM
check_ports
make_folders
for port in "${ports[@]}"; do
    start_node "$port"
done
[[ -e $folder/created ]] || create
await is_ready
echo "$first" >"$folder/created"
echo "cluster ready: ${ports[*]/#/127.0.0.1:}"
while true; do
    wait -n -p ended "${pid_of[@]}" || true
    on_end "$ended"
done

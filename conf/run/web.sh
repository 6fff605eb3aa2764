# web.sh - the web servers that run.sh can start: what each needs, its configuration, how it is stopped.
#
# For run.sh: uses its settings, ports and folders; sets web_server (the part's name) and web_stop (the signal that
# stops it gracefully).
# shellcheck shell=bash disable=SC2154,SC2034

web_choose() {
    case $1 in
    lighttpd | cgi | cgi-alone) web_server=lighttpd web_stop=INT web_program=lighttpd ;;
    apache-fcgid | apache-proxy | apache-cgi) web_server=apache web_stop=WINCH web_program=apache2 ;;
    nginx) web_server=nginx web_stop=QUIT web_program=nginx ;;
    *) die "WEB=$1: should be lighttpd, apache-fcgid, apache-proxy, nginx, cgi, cgi-alone or apache-cgi" ;;
    esac
    command -v "$web_program" >/dev/null || die "WEB=$1 wants $web_program, which is not installed"
}

# Does it talk to a `fastim-api -s`?
web_wants_socket() {
    [[ $1 == @(nginx|apache-proxy|cgi|apache-cgi) ]]
}

# ---- addresses ----

bracketed() {
    if [[ $1 == *:* ]]; then
        echo "[$1]"
    else
        echo "$1"
    fi
}

# LISTEN is loopback (this machine alone, the default), all, or an address. Sets addresses, probe (where it answers) and
# for_whom. Files in /proc have no size, so what they say has to be read.
choose_addresses() {
    local ipv6=''
    { IFS= read -r -d '' ipv6 </proc/net/if_inet6; } 2>/dev/null || true
    probe=127.0.0.1 for_whom=
    case ${LISTEN:-loopback} in
    loopback)
        addresses=(127.0.0.1)
        [[ $ipv6 != *00000000000000000000000000000001\ * ]] || addresses+=(::1)
        for_whom=' (for this machine alone; make run LISTEN=all opens it to others)'
        ;;
    all)
        addresses=(0.0.0.0)
        [[ -z $ipv6 ]] || addresses+=(::)
        ;;
    *[!0-9A-Fa-f.:]*) die "LISTEN=$LISTEN: should be loopback, all or an address of this machine" ;;
    *)
        addresses=("$LISTEN")
        probe=$LISTEN
        ;;
    esac
}

# ---- configuration ----

# fill TEMPLATE: with all that is known of this run.
fill() {
    sh "$root/conf/fill.sh" \
        API="$programs/fastim-api" CGI="$programs/fastim-cgi" PROGRAMS="$programs" CONFIG="$conf" API_SOCKET="$work/api.sock" RUN_DIR="$work" \
        PORT="$port" PUSH="$web_push" PUSH_HOST="$push_host" PUSH_PORT="$push_port" \
        PROCESSES="${setting[http.processes]}" CONCURRENCY=80 IDLE="${FASTIM_WEB_IDLE:-360}" \
        MAX_FDS="$max_fds" CONNECTIONS="$((max_fds < 20000 ? max_fds - 64 : 20000))" BIND="$bind" SOCKET2="$socket2" \
        WHERE_LIGHTTPD='$HTTP["url"] =^ "/"' WHERE_NGINX=/ \
        WHERE_APACHE='^/((?!group/chat/|group/list/|group/events/).*)$' \
        PROXY_API="ProxyPass \"/\" \"unix:$work/api.sock|fcgi://fastim/\"" \
        LISTEN_APACHE="$listen_apache" LISTEN_NGINX="$listen_nginx" \
        MODULES="$modules" SNIPPET="$shared/$web-fastim.conf" <"$1"
}

apache_modules() {
    local module all=(mpm_event authz_core alias env proxy proxy_http)
    case $web in
    apache-fcgid) all+=(fcgid) ;;
    apache-proxy) all+=(proxy_fcgi buffer) ;;
    apache-cgi) all+=(cgid buffer) ;;
    esac
    for module in "${all[@]}"; do
        echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
    done
    case $web in
    apache-fcgid) printf 'FcgidIPCDir "%s/fcgid"\nFcgidProcessTableFile "%s/fcgid.shm"\n' "$work" "$work" ;;
    apache-cgi) echo "ScriptSock \"$work/cgid.sock\"" ;;
    esac
}

# Writes $shared/WEB.conf and the snippet that it includes.
web_configure() {
    local max_fds bind socket2 listen_apache='' listen_nginx='' modules='' snippet=$web address
    max_fds=$(ulimit -Hn)
    if [[ $max_fds == unlimited ]] || ((max_fds > 65536)); then
        max_fds=65536
    fi
    for address in "${addresses[@]}"; do
        address=$(bracketed "$address"):$port
        listen_apache+="Listen $address"$'\n'
        listen_nginx+="listen $address; "
    done
    bind=$(bracketed "${addresses[0]}")
    socket2=$address # the last one: another one, or the same once more
    if [[ $web_server == apache ]]; then
        modules=$(apache_modules)
    fi
    if [[ $web == cgi* ]]; then
        snippet=lighttpd-cgi
    fi
    fill "$root/conf/web/$snippet.conf.in" >"$shared/$web-fastim.conf"
    fill "$root/conf/run/$web_server.conf.in" >"$shared/$web.conf"
    hand_over "$shared/$web-fastim.conf" "$shared/$web.conf"
}

start_web() {
    web_push=$(bracketed "$push_host"):$push_port
    web_configure
    if web_wants_socket "$web"; then
        start api "$programs/fastim-api" -c "$conf" -s "unix:$work/api.sock" </dev/null
        await api 10 test -S "$work/api.sock"
    fi
    case $web_server in
    lighttpd) start lighttpd lighttpd -D -f "$shared/$web.conf" </dev/null ;;
    apache) start apache apache2 -DFOREGROUND -f "$shared/$web.conf" </dev/null ;;
    nginx) start nginx nginx -c "$shared/$web.conf" </dev/null ;;
    esac
    await "$web_server" 10 answers /test/websocket 200
    await "$web_server" 10 answers /group/chat/1/1/1 426
}

# web.sh - the web servers that run.sh can start: what each needs, its configuration, how it is stopped.
#
# For run.sh: uses its settings, ports and folders; sets web_server (the part's name) and web_stop (the signal that
# stops it gracefully). Started by root, Apache and nginx work as www-data, who may reach what lies in $sockets.
# shellcheck shell=bash disable=SC2154,SC2034

web_user=www-data

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

web_drops_root() {
    ((EUID == 0)) && [[ $web_server != lighttpd ]]
}

# What the web server's user has to reach lies in the folder of the sockets: it may be let in there, but not into
# the folder of the programs, which may be anywhere.
web_let_in() {
    local program
    chgrp "$web_user" "$sockets"
    chmod 750 "$sockets" # not to write: what lies here is opened by root, too
    for program in fastim-api fastim-cgi; do
        install -m 750 -g "$web_user" "$(readlink -f "$programs/$program")" "$sockets/$program.web"
        mv "$sockets/$program.web" "$sockets/$program"
    done
    install -m 640 -g "$web_user" "$conf" "$sockets/fastim.yml"
    programs=$sockets
    web_conf=$sockets/fastim.yml
}

# fill TEMPLATE: with all that is known of this run.
fill() {
    sh "$root/conf/fill.sh" \
        API="$programs/fastim-api" CGI="$programs/fastim-cgi" PROGRAMS="$programs" CONFIG="$web_conf" API_SOCKET="$sockets/api.sock" RUN_DIR="$sockets" \
        PORT="$port" PUSH="$web_push" PUSH_HOST="$push_host" PUSH_PORT="$push_port" \
        PROCESSES="${setting[http.processes]}" CONCURRENCY=80 IDLE="${FASTIM_WEB_IDLE:-360}" \
        MAX_FDS="$max_fds" CONNECTIONS="$((max_fds < 20000 ? max_fds - 64 : 20000))" SOCKET6="$socket6" \
        WHERE_LIGHTTPD='$HTTP["url"] =^ "/"' WHERE_NGINX=/ \
        WHERE_APACHE='^/((?!group/chat/|group/list/).*)$' \
        PROXY_API="ProxyPass \"/\" \"unix:$sockets/api.sock|fcgi://fastim/\"" \
        LISTEN_APACHE="$listen_apache" LISTEN_NGINX="$listen_nginx" \
        USER_APACHE="$user_apache" USER_NGINX="$user_nginx" MODULES="$modules" \
        SNIPPET="$run/$web-fastim.conf" <"$1"
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
    apache-fcgid) printf 'FcgidIPCDir "%s/fcgid"\nFcgidProcessTableFile "%s/fcgid.shm"\n' "$sockets" "$sockets" ;;
    apache-cgi) echo "ScriptSock \"$sockets/cgid.sock\"" ;;
    esac
}

# Writes $run/WEB.conf and the snippet that it includes.
web_configure() {
    local max_fds socket6="0.0.0.0:$port" listen_apache="Listen 0.0.0.0:$port" listen_nginx="listen $port;"
    local user_apache='' user_nginx='' modules='' snippet=$web
    max_fds=$(ulimit -Hn)
    if [[ $max_fds == unlimited ]] || ((max_fds > 65536)); then
        max_fds=65536
    fi
    if [[ -s /proc/net/if_inet6 ]]; then
        socket6="[::]:$port"
        listen_apache+=$'\n'"Listen [::]:$port"
        listen_nginx+=" listen [::]:$port ipv6only=on;"
    fi
    if web_drops_root; then
        user_apache="User $web_user"$'\n'"Group $web_user"
        user_nginx="user $web_user;"
        web_let_in
    fi
    if [[ $web_server == apache ]]; then
        modules=$(apache_modules)
    fi
    if [[ $web == cgi* ]]; then
        snippet=lighttpd-cgi
    fi
    fill "$root/conf/web/$snippet.conf.in" >"$run/$web-fastim.conf"
    fill "$root/conf/run/$web_server.conf.in" >"$run/$web.conf"
}

start_web() {
    web_push=$push_host:$push_port
    if [[ $push_host == *:* ]]; then
        web_push="[$push_host]:$push_port"
    fi
    web_conf=$conf
    web_configure
    if web_drops_root && ! runuser -u "$web_user" -- "$programs/fastim-api" -t -c "$web_conf" >/dev/null; then
        die "$web_user, as whom $web_server works, cannot use what the settings name (above): run it as that user"
    fi
    if web_wants_socket "$web"; then
        start api "$build/fastim-api" -c "$conf" -s "unix:$sockets/api.sock" </dev/null
        await api 10 test -S "$sockets/api.sock"
        if web_drops_root; then
            chgrp --no-dereference "$web_user" "$sockets/api.sock"
        fi
    fi
    case $web_server in
    lighttpd) start lighttpd lighttpd -D -f "$run/$web.conf" </dev/null ;;
    apache) start apache apache2 -DFOREGROUND -f "$run/$web.conf" </dev/null ;;
    nginx) start nginx nginx -c "$run/$web.conf" </dev/null ;;
    esac
    await "$web_server" 10 answers /test/websocket 200
    await "$web_server" 10 answers /group/chat/1/1/1 426
}

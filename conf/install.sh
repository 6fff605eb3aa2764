#!/bin/bash
# install.sh - what `make install` puts where, and `make uninstall` takes away: one list for both.
#
# Called by install.mk, which gives the places by the environment. Settings that have been edited stay:
# an install puts the new ones beside them as fastim.yml.new, an uninstall leaves them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

share=$PREFIX/share/fastim
examples=$PREFIX/share/doc/fastim/examples
# For the sockets and large bodies of a web server that starts fastim-api itself; made by tmpfiles.d.
run_dir=/run/fastim/web
# The one of fastim-api.socket.
api_socket=/run/fastim/api.sock

say() {
    echo "fastim: $*"
}

# The list: MODE, TARGET and SOURCE, a file a line. A source that ends in .in gets its places filled.
list() {
    local file name
    echo "755 $PREFIX/sbin/fastim-api $BUILD/fastim-api"
    echo "755 $PREFIX/sbin/fastim-cgi $BUILD/fastim-cgi"
    echo "755 $PREFIX/sbin/fastim-pushd $BUILD/fastim-pushd"
    echo "755 $PREFIX/bin/fastimctl $BUILD/fastimctl"
    echo "644 $PREFIX/share/bash-completion/completions/fastimctl conf/fastimctl.bash"
    echo "644 $PREFIX/include/fastim/fastim_module.h fcgi-api/login/fastim_module.h"
    for file in www/*.html www/fastim*.ts www/fastim.js www/fastim-sse.js "$BUILD/fastim-room.js" \
        "$BUILD/fastim.global.js" "$BUILD/fastim-admin.js"; do
        echo "644 $share/www/${file##*/} $file" # not the picture of the README
    done
    for file in conf/web/*.in; do
        name=${file##*/}
        echo "644 $share/web/${name%.in} $file"
    done
    for file in conf/api/* conf/balance/* conf/deploy/* conf/monitoring/*; do
        echo "644 $share/${file#conf/} $file"
    done
    echo "644 $share/redis-cluster.conf conf/redis-cluster.conf"
    for file in conf/example-* conf/examples/*.{html,js,py} conf/examples/php/*; do
        name=${file#conf/}
        echo "644 $examples/${name#examples/} $file"
    done
    for file in conf/man/*.in; do
        name=$(basename "$file" .in)
        echo "644 $PREFIX/share/man/man${name##*.}/$name $file"
    done
    for file in conf/systemd/*.service.in conf/systemd/*.socket.in; do
        name=${file##*/}
        echo "644 $UNITDIR/${name%.in} $file"
    done
    echo "644 $PREFIX/lib/sysusers.d/fastim.conf conf/systemd/sysusers.conf.in"
    echo "644 $PREFIX/lib/tmpfiles.d/fastim.conf conf/systemd/tmpfiles.conf.in"
}

# Folders that are ours alone, the inner ones first.
own_folders=(
    "$PREFIX/include/fastim" "$share/web" "$share/www" "$share/api" "$share/balance" "$share/deploy" "$share/monitoring" "$share" "$examples/php" "$examples" "$PREFIX/share/doc/fastim"
    "${CONFIG%/*}"
)

# ---- install ----

# The paths of operators. A site may well have an /admin/ of its own: so these alone are fastim's, and the page is at
# /fastim-admin.
admin=(message notice recall purge clear mute unmute ban unban kick join leave role settings rules words online groups
    hosts log)

# proxy_pass PREFIX...: of Apache's mod_proxy_fcgi.
proxy_pass() {
    local prefix
    for prefix; do
        echo "ProxyPass \"$prefix\" \"unix:$api_socket|fcgi://fastim$prefix\""
    done
}

# The values for fill.sh: the installed places, and what the shipped settings say. In a site that has pages of its own
# fastim takes its paths alone; Apache finds them by prefix, and the WebSockets' prefixes stand before these.
# shellcheck disable=SC2016 # $HTTP is lighttpd's
read_values() {
    local key value address names client='(fastim(-sse|-room|\.global|-admin)?\.js|fastim-admin)'
    names=$(IFS='|' && echo "${admin[*]}")
    declare -A setting
    while IFS= read -r line; do
        key=${line%%:*}
        value=${line#*:}
        setting[$key]=${value# }
    done < <("$BUILD/fastim-pushd" -T -c conf/fastim.yml)
    address=${setting[push.listen]%:*}
    address=${address#[}
    values=(
        "API=$PREFIX/sbin/fastim-api" "CGI=$PREFIX/sbin/fastim-cgi" "PROGRAMS=$PREFIX/sbin" "PUSHD=$PREFIX/sbin/fastim-pushd" "CONFIG=$CONFIG"
        "API_SOCKET=$api_socket" "RUN_DIR=$run_dir" "PORT=${setting[server.port]}"
        "PUSH=${setting[push.listen]}" "PUSH_HOST=${address%]}" "PUSH_PORT=${setting[push.listen]##*:}"
        "PROCESSES=${setting[http.processes]}" CONCURRENCY=80 IDLE=360
        'WHERE_LIGHTTPD=$HTTP["url"] =~ "^/(user/|group/|chat/|admin/('"$names"')(/|$)|test/websocket(/|$)|'"$client"'/*$)"'
        'WHERE_NGINX=~ ^/+(user/|group/|chat/|admin/+('"$names"')(/|$)|test/+websocket(/|$)|'"$client"'/*$)'
        'WHERE_APACHE=^/(user/.*|group/(?!chat/|list/|events/).*|chat/.*|admin/('"$names"')(/.*)?|test/websocket(/.*)?|'"$client"'/*)$'
        "PROXY_API=$(proxy_pass /user/ /group/ /chat/ "${admin[@]/#//admin/}" /test/websocket /fastim.js /fastim-sse.js /fastim.global.js /fastim-room.js \
        /fastim-admin /fastim-admin.js)"
        "SHARE=$share" "EXAMPLES=$examples"
        "CONFIG_DIR=${CONFIG%/*}" "INCLUDE=$PREFIX/include" "WEB_GROUP=$WEB_GROUP" "VERSION=$VERSION"
    )
}

put() {
    local mode=$1 target=$DESTDIR$2 source=$3
    if [[ $source == *.in ]]; then
        sh conf/fill.sh "${values[@]}" <"$source" >"$filled" || { say "$source cannot be filled" >&2 && exit 1; }
        source=$filled
    fi
    install -D -m "$mode" "$source" "$target"
}

# Not secret as it comes: who writes a password into it makes it 0640, group $WEB_GROUP.
put_config() {
    local target=$DESTDIR$CONFIG
    if [[ ! -e $target ]]; then
        install -D -m 644 conf/fastim.yml "$target"
    elif ! cmp -s conf/fastim.yml "$target"; then
        install -m 644 conf/fastim.yml "$target.new"
        say "kept $target; the settings as they come are beside it, as fastim.yml.new"
    fi
}

install_all() {
    local mode target source
    filled=$(mktemp)
    trap 'rm -f "$filled"' EXIT
    read_values
    while read -r mode target source; do
        put "$mode" "$target" "$source"
    done < <(list)
    put_config
    if [[ -z $DESTDIR ]]; then
        say "installed. Where systemd runs, next:"
        echo "    systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload"
        echo "    systemctl enable --now fastim-pushd.service fastim-api.socket fastim-api.service"
        echo "then include a snippet of $share/web/ in the web server's settings."
    fi
}

# ---- uninstall ----

uninstall_all() {
    local target folder config=$DESTDIR$CONFIG
    while read -r _ target _; do
        rm -f "$DESTDIR$target"
    done < <(list)
    rm -f "$config.new"
    if [[ -e $config ]] && ! cmp -s conf/fastim.yml "$config"; then
        say "kept $config, which has been edited"
    else
        rm -f "$config"
    fi
    if [[ -z $DESTDIR ]]; then
        say "where systemd has run it: systemctl disable --now fastim-pushd.service fastim-api.socket fastim-api.service"
    fi
    for folder in "${own_folders[@]}"; do
        rmdir "$DESTDIR$folder" 2>/dev/null || true # another's file may be in it
    done
}

shopt -s nullglob
case ${1-} in
install) install_all ;;
uninstall) uninstall_all ;;
*) say "usage: install.sh install | uninstall" >&2 && exit 2 ;;
esac

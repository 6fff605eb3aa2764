# user.sh - as whom the parts run. Started by root they get a user of their own, and a folder with all that it reads.
#
# For run.sh. Sets run_as (the user; empty: whoever started it), drop (options of setpriv that change to it), and the
# folders: $run has the logs, $shared what the parts read, $work what they write.
# shellcheck shell=bash disable=SC2154,SC2034

run_as=
run_group=
drop=()
shared=
work=

# RUN_AS names the user; else it is `fastim`, as in the Debian package, which is made if it is not there; or nobody.
choose_user() {
    local wanted=${RUN_AS:-fastim} low_port=()
    if ((EUID != 0)); then
        [[ -z ${RUN_AS-} ]] || die "RUN_AS=$RUN_AS: only root may run as another user"
        return
    fi
    [[ $wanted != root ]] || return 0
    if ! id -u "$wanted" >/dev/null 2>&1; then
        [[ -z ${RUN_AS-} ]] || die "RUN_AS=$RUN_AS: there is no such user"
        say "making a system user, $wanted, for all parts"
        useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$wanted" >/dev/null 2>&1 ||
            id -u "$wanted" >/dev/null 2>&1 || wanted=nobody
    fi
    run_as=$wanted
    run_group=$(id -g "$run_as")
    if ((port < 1024 || push_port < 1024)); then
        low_port=(--inh-caps=-all,+net_bind_service --ambient-caps=-all,+net_bind_service)
    fi
    drop=(--reuid "$run_as" --regid "$run_group" --init-groups --no-new-privs "${low_port[@]}")
}

# as_user COMMAND...: as the user of the parts.
as_user() {
    if [[ -n $run_as ]]; then
        setpriv "${drop[@]}" -- "$@"
    else
        "$@"
    fi
}

# hand_over PATH...: the user may read it, and only root may change it.
hand_over() {
    if [[ -n $run_as ]]; then
        chgrp "$run_group" "$@"
        chmod g=rX,o= "$@"
    fi
}

# own FOLDER: makes a folder that belongs to the user. What a run by root had left there is handed on.
own() {
    mkdir -p "$1"
    if [[ -n $run_as && $(stat -c %U "$1") != "$run_as" ]]; then
        chown -R --no-dereference "$run_as:$run_group" "$1"
    fi
}

# The programs and the settings may be where the user may not look, as below /root: so it gets copies. A unix socket's
# path has at most 107 bytes, and lighttpd takes a blank for the end of a command.
make_folders() {
    run=$build/run-$port
    mkdir -p "$run"
    shared=$run work=$run programs=$build
    if [[ -n $run_as ]]; then
        folder=$(mktemp -d /tmp/fastim-XXXXXX)
        shared=$folder work=$folder/work programs=$folder
        hand_over "$folder"
        own "$work"
        cp "$build"/fastim-{api,cgi,pushd} "$folder"
        hand_over "$folder"/fastim-{api,cgi,pushd}
        if ! as_user test -r "$conf"; then # else a SIGHUP reads the file that was edited
            cp "$conf" "$folder/fastim.yml"
            conf=$folder/fastim.yml
            hand_over "$conf"
        fi
        as_user "$programs/fastim-api" -t -c "$conf" >/dev/null ||
            die "$run_as, as whom the parts run, cannot use what the settings name (above); RUN_AS names another user"
    elif ((${#run} > 90)) || [[ $run == *[[:space:]]* ]]; then
        folder=$(mktemp -d /tmp/fastim-XXXXXX)
        work=$folder programs=$folder
        ln -s "$build/fastim-api" "$build/fastim-cgi" "$build/fastim-pushd" "$folder/"
    fi
    rm -f "$run"/*.log "$run"/*.pipe "$work"/api.sock-* "$work"/lighttpd-upload-*
}

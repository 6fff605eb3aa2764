# fastimctl.bash - bash completion of fastimctl(1): commands, options and fixed words. It asks no Redis.

_fastimctl() {
    local word=${COMP_WORDS[COMP_CWORD]} command="" second="" place=0 i
    local commands="mute unmute ban unban kick recall purge clear notice settings role rules words online groups hosts
        log send join leave history tail export import convert
        copy-to-cluster"
    local options="--conf --json --help --version"

    COMPREPLY=()
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    -c | --conf)
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
        ;;
    -n | --count | --id | --from) return ;;
    esac

    # The command, and how many words stand before this one that are no options.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        -c | --conf | -n | --count | --id | --from) ((i++)) ;;
        -*) ;;
        *)
            case $place in
            0) command=${COMP_WORDS[i]} ;;
            1) second=${COMP_WORDS[i]} ;;
            esac
            ((place++))
            ;;
        esac
    done

    case $command in
    ban) options+=" --everywhere --address --purge" ;;
    unban) options+=" --everywhere --address" ;;
    kick | notice | rules) options+=" --everywhere" ;;
    groups | log | history | tail) options+=" --count" ;;
    send) options+=" --id" ;;
    import) options+=" --append --from" ;;
    copy-to-cluster) options+=" --merge" ;;
    esac

    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    elif ((place == 0)); then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$word")
    elif [[ $command == words ]] && ((place == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "add remove list" -- "$word")
    elif [[ $command == convert ]] && ((place == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "plain java" -- "$word")
    elif [[ $command == copy-to-cluster ]] && ((place == 1)); then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    elif [[ $command == role ]] && ((place == 3)); then
        mapfile -t COMPREPLY < <(compgen -W "mod vip none" -- "$word")
    elif [[ $command == mute || $command == ban ]] && ((place == 3)) && [[ -n $second ]]; then
        mapfile -t COMPREPLY < <(compgen -W "10m 1h 1d 7d ever" -- "$word")
    elif [[ $command == settings ]] && ((place > 1)); then
        mapfile -t COMPREPLY < <(compgen -W "slow= quiet= cap= pinned= attr." -- "$word")
        compopt -o nospace 2>/dev/null
    fi
}

complete -F _fastimctl fastimctl

_belay() {
    # Bash has taken the words apart at colons and equals signs: what follows without a space belongs
    # to the word in front of it.
    local rest=$COMP_LINE word words=() count=0 index
    for ((index = 0; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if ((count == 0)) || [[ $rest == [[:space:]]* ]]; then
            words[count++]=$word
        else
            words[count - 1]+=$word
        fi
        rest=${rest#"${rest%%[![:space:]]*}"}
        rest=${rest#"$word"}
    done
    local current=${words[count - 1]} IFS=$'\013'
    COMPREPLY=($(
        _CLAP_IFS=$IFS _CLAP_COMPLETE_INDEX=$((count - 1)) VARIABLE=bash BELAY -- "${words[@]}" 2> /dev/null
    ))
    # Only what stands behind the last of them is replaced.
    local kept=
    [[ $COMP_WORDBREAKS == *:* && $current == *:* ]] && kept=${current%"${current##*:}"}
    [[ $COMP_WORDBREAKS == *=* && ${current#"$kept"} == *=* ]] && kept=${current%"${current##*=}"}
    for index in "${!COMPREPLY[@]}"; do
        COMPREPLY[index]=${COMPREPLY[index]#"$kept"}
    done
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/:=] ]]; then
        compopt -o nospace 2> /dev/null
    fi
}
complete -o bashdefault -F _belay BIN

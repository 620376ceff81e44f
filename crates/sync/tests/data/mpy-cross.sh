#!/bin/sh
# Stands for mpy-cross: writes a header, the source's name and the source itself. Like mpy-cross, it
# names the file it reads in syntax errors, not the name it is given for tracebacks.
features='\003'
while [ $# -gt 1 ]; do
    case "$1" in
        -march=armv6m) features='\023' ;;
        -s) name=$2; shift ;;
        -o) output=$2; shift ;;
        *) echo "unknown option $1" >&2; exit 1 ;;
    esac
    shift
done
if grep -q 'syntax error' "$1"; then
    printf 'File "%s", line 1\nSyntaxError: invalid syntax\n' "$1" >&2
    exit 1
fi
{
    printf 'M\006'"$features"'\037%s: ' "$name"
    cat "$1"
} > "$output"

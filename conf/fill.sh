#!/bin/sh
# fill.sh - fills the @NAME@ places of a template: sh conf/fill.sh NAME=VALUE... <template >result
#
# A value may have several lines; what stands in it is taken as it is. A place that nobody fills is an error, and then
# nothing is printed, so that no half-filled file is ever used.
set -eu

# In awk alone, as it is one process: it reads the values before it takes them for names of files.
exec awk '
BEGIN {
    for (i = 1; i < ARGC; i++) {
        at = index(ARGV[i], "=")
        value[substr(ARGV[i], 1, at - 1)] = substr(ARGV[i], at + 1)
        ARGV[i] = ""
    }
}
{
    for (rest = $0; match(rest, /@[A-Z][A-Z0-9_]*@/); rest = substr(rest, RSTART + RLENGTH)) {
        name = substr(rest, RSTART + 1, RLENGTH - 2)
        if (!(name in value)) {
            unfilled = unfilled " @" name "@"
        }
        filled = filled substr(rest, 1, RSTART - 1) value[name]
    }
    filled = filled rest "\n"
}
END {
    if (unfilled != "") {
        print "fill.sh: nothing to fill in for" unfilled >"/dev/stderr"
        exit 1
    }
    printf "%s", filled
}' "$@"

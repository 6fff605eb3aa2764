#!/bin/sh
# build.sh - makes one module out of files here: sh build.sh room >fastim-room.js, sh build.sh admin >fastim-admin.js
#
# Each file imports from those before it, and from fastim.js and fastim-sse.js; the latter imports stay. What the last
# file exports, the module exports. The files share one scope: no two of them may have a name of their own in common.
set -eu
cd "$(dirname "$0")"

case ${1-} in
room)
    about='a room for people as an element, <fastim-room>'
    files='texts style items list login frame visit element'
    ;;
admin)
    about="the operators' page at /admin/"
    files='texts style parts session lists settings live room page'
    ;;
*) echo 'usage: build.sh room | admin' >&2 && exit 2 ;;
esac

# join FILE EDIT...: without what it imports from the others.
join() {
    file=$1 && shift
    sed -e '/^import .* from "\.\.\/fastim/{' -e 's|"\.\./|"./|' -e b -e '}' \
        -e '/^import {$/,/^} from ".*";$/d' -e '/^import /d' "$@" "$file"
}

echo "/* fastim-$1.js - $about; made by build.sh. */"
join elements.js -e 's/^export //'
for name in $files; do
    [ "$name" = "${files##* }" ] || join "$1/$name.js" -e 's/^export //'
done
join "$1/${files##* }.js"

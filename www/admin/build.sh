#!/bin/sh
# build.sh - makes one module, fastim-admin.js, out of the files here: sh www/admin/build.sh >fastim-admin.js
#
# Each file imports from those before it, and from fastim.js and fastim-sse.js beside the folder; the latter imports stay.
set -eu
cd "$(dirname "$0")"

echo '/* fastim-admin.js - the operators'\'' page at /admin/; made by build.sh. */'
for file in texts style parts session lists settings live room page; do
    sed -e '/^import {$/,/^} from "\.\/.*";$/d' -e '/^import .* from "\.\/.*";$/d' \
        -e '/^import /s|"\.\./|"./|' -e 's/^export //' "$file.js"
done

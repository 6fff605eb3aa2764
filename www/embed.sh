#!/bin/sh
# embed.sh NAME=FILE... - writes files to stdout, as a C source.
set -eu

echo '/* Made by www/embed.sh. */'
echo '#include "fcgi-api/www/file.h"'
for pair in "$@"; do
    name=${pair%%=*} file=${pair#*=}
    printf '\nstatic const unsigned char %s_bytes[] = {\n' "$name"
    od -An -v -tx1 "$file" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
    printf '0};\nconst struct www_file www_file_%s = {\n' "$name"
    printf '    %s_bytes, sizeof(%s_bytes) - 1, "%s"};\n' "$name" "$name" "$(sha256sum "$file" | cut -c1-32)"
done

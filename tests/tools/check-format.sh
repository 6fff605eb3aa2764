#!/bin/sh
# check-format.sh - C as .clang-format has it; every shell script parses; no tabs, no blanks at line ends.
set -u
cd "$(dirname "$0")/../.." || exit 1

status=0
folders=$(ls -d lib fcgi-api push-daemon tests 2>/dev/null)

find $folders -name '*.[ch]' | sort | xargs -r clang-format --dry-run -Werror || status=1

for script in $(find . -path ./build -prune -o -path ./.git -prune -o -type f -print | sort); do
    case $(head -n 1 "$script" | tr -d '\0') in
    '#!/bin/sh'*) sh -n "$script" || status=1 ;;
    '#!'*bash*) bash -n "$script" || status=1 ;;
    esac
done

find $folders www conf -type f \( -name '*.[ch]' -o -name '*.lua' -o -name '*.py' -o -name '*.sh' \
    -o -name '*.html' -o -name '*.yml' -o -name '*.conf' \) -print0 2>/dev/null |
    xargs -0r grep -nE "$(printf '\t| $')" && status=1
exit $status

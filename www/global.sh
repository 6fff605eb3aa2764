#!/bin/sh
# global.sh - makes the file for <script> without a module out of fastim.js: sh global.sh <fastim.js >fastim.global.js
#
# Its one global is `fastim`; `fastim.groups` and `fastim.FastimError` are the other exports.
set -eu

echo '/* fastim.global.js - fastim.js for <script src>: the global `fastim`; made by global.sh. */'
echo 'var fastim = (() => {'
echo '"use strict";'
sed 's/^export //'
echo 'return Object.assign(fastim, { groups, FastimError });'
echo '})();'

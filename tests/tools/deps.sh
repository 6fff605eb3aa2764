#!/bin/bash
# deps.sh - installs the Debian packages that fastim needs and that are missing.
#
#   deps.sh run [WEB]   to build and to run it, behind that web server (see conf/run.sh; lighttpd)
#   deps.sh test    also to test it
#   deps.sh deb     to build the Debian package, and to try it
#   deps.sh image, deps.sh try-image    to make an OCI image of the package, and to run it
#   deps.sh fuzz    also for `make fuzz-api`
#   deps.sh analyze, deps.sh valgrind   what `make analyze` and `make valgrind` look for faults with
#   deps.sh bench   to build and run it, and what `make bench` measures it against
#
# Where nothing is missing it is silent, asks nobody for rights and takes no time.
set -euo pipefail

run=(
    gcc libc6-dev make pkg-config                         # to build
    libjson-c-dev libyaml-dev libhiredis-dev uthash-dev libssl-dev libutf8proc-dev  # lib, and both programs
    libcurl4-openssl-dev                                  # likewise; this one has the OpenSSL that is there anyway
    libfcgi-dev liburiparser-dev libaprutil1-dev          # fastim-api
    musl-tools                                            # fastim-cgi
    libmd-dev libuv1-dev                                  # fastim-pushd
    redis-server                                          # to run
)
web_lighttpd=(lighttpd)
web_apache=(apache2-bin)                                  # the package apache2 would start one
web_fcgid=(apache2-bin libapache2-mod-fcgid)
web_nginx=(nginx)
test=(
    clang clang-format libcmocka-dev                      # the second compiler, style, unit tests
    libclang-rt-dev                                       # the sanitizers' runtime, for `make fuzz`
    "${web_lighttpd[@]}" "${web_fcgid[@]}" "${web_nginx[@]}"
    haproxy                                               # conf/balance
    apache2-utils wrk openssl                             # htpasswd; load; keys and signatures
    curl python3 python3-pytest python3-pytest-xdist python3-redis python3-websockets
    chromium-headless-shell chromium-driver python3-selenium # the test page
    python3-yaml python3-jsonschema                       # openapi.yaml, asyncapi.yaml, alerts.yml
    php-cgi jq                                            # conf/examples/php; conf/from-fast-im.md
    mandoc man-db systemd                                 # lint of manual pages and units
    node-ws node-typescript esbuild                       # the JavaScript client, which node runs
)
deb=(
    debhelper dpkg-dev fakeroot lintian libcmocka-dev systemd
    debootstrap iproute2                                  # `make try-deb`, `make try-debian13`
)
image=(debootstrap iproute2 dpkg-dev umoci)
try_image=(crun python3 python3-yaml python3-websockets)
fuzz=(python3-venv)                                       # schemathesis comes by pip
analyze=(cppcheck clang clang-tidy)
valgrind=(valgrind libc6-dbg)
bench=(
    python3 redis-tools lighttpd libfcgi-dev libhiredis-dev
    nginx libnginx-mod-nchan                              # one of its peers; the others come by npm
    python3-redis python3-websockets                      # bench-cluster: what it has of tests/e2e
)
# Else they are of another origin than Debian's, which may not stand beside them.
if ! command -v node >/dev/null; then
    test+=(nodejs)
fi
if ! command -v npm >/dev/null; then
    bench+=(nodejs npm)
fi

fail() {
    echo "deps.sh: $*" >&2
    exit 1
}

case ${1-}${2:+ $2} in
run | "run lighttpd" | "run cgi" | "run cgi-alone") wanted=("${run[@]}" "${web_lighttpd[@]}") ;;
"run apache-fcgid") wanted=("${run[@]}" "${web_fcgid[@]}") ;;
"run apache-proxy" | "run apache-cgi") wanted=("${run[@]}" "${web_apache[@]}") ;;
"run nginx") wanted=("${run[@]}" "${web_nginx[@]}") ;;
test) wanted=("${run[@]}" "${test[@]}") ;;
image) wanted=("${run[@]}" "${image[@]}") ;;
try-image) wanted=("${run[@]}" "${image[@]}" "${try_image[@]}") ;;
fuzz) wanted=("${run[@]}" "${test[@]}" "${fuzz[@]}") ;;
deb) wanted=("${run[@]}" "${deb[@]}") ;;
analyze) wanted=("${run[@]}" "${analyze[@]}") ;;
valgrind) wanted=("${run[@]}" "${valgrind[@]}") ;;
bench) wanted=("${run[@]}" "${bench[@]}") ;;
*) fail "usage: deps.sh run [lighttpd | apache-fcgid | apache-proxy | nginx | cgi | cgi-alone | apache-cgi] | test | fuzz | deb | image | try-image | analyze | valgrind | bench" ;;
esac

if ! command -v dpkg-query >/dev/null; then
    echo "deps.sh: no Debian here, so these are taken to be there: ${wanted[*]}" >&2
    exit 0
fi

declare -A installed
while read -r package status; do
    if [[ $status == installed || $status == triggers-* ]]; then # its files are there and configured
        installed[$package]=1
    fi
done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null)

missing=()
for package in "${wanted[@]}"; do
    if [[ ! -v installed[$package] ]]; then
        missing+=("$package")
    fi
done
if ((${#missing[@]} == 0)); then
    exit 0
fi

if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
        fail "missing packages, and neither root nor sudo: apt-get install ${missing[*]}"
    fi
    exec sudo -- bash "${BASH_SOURCE[0]}" "$@"
fi

# The packages' own services are neither started (101: forbidden by policy) nor left enabled:
# fastim starts its own, on ports of its own.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

echo "deps.sh: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
# Somebody else may be installing at the same time: a new machine updates itself.
for tries in {1..60}; do
    if said=$(LC_ALL=C apt-get update -qq 2>&1); then
        break
    fi
    if ((tries == 60)) || [[ $said != *"Could not get lock"* ]]; then
        echo "$said" >&2
        fail "apt-get update failed"
    fi
    sleep 5
done
apt-get install -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends "${missing[@]}" ||
    fail "apt-get install failed"

for package in "${missing[@]}"; do
    if [[ -e /etc/init.d/$package ]]; then
        update-rc.d "$package" disable >/dev/null || true
    fi
done

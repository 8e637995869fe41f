#!/usr/bin/env bash
# Installs what is missing: `setup.sh build` for building, and on top of it `setup.sh test` for the tests, `setup.sh fuzz`
# for those against hostile clients, `setup.sh bench` for the comparison with other servers.
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

apt_install() {
    local missing=()
    for package in "$@"; do installed "$package" || missing+=("$package"); done
    [ ${#missing[@]} = 0 ] && return
    echo "Installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Eight holes are closed in this package version, four of them on evhttp's path. The library's own version
# string does not show the difference.
LIBEVENT=2.1.12-stable-8+deb12u1
libevent_is_new() { dpkg --compare-versions "$(dpkg-query -W -f '${Version}' "$1")" ge "$LIBEVENT"; }

build() {
    command -v swift >/dev/null || { echo "Swift 6.3 is needed: https://www.swift.org/install" >&2; exit 1; }
    apt_install pkg-config libcrypt-dev libcurl4-openssl-dev libevent-dev libsodium-dev libsqlite3-dev \
        libssl-dev openssl
    if ! libevent_is_new libevent-dev || ! libevent_is_new libevent-core-2.1-7; then
        as_root apt-get update -qq
        as_root apt-get install -y -qq --only-upgrade 'libevent-*' libevent-dev >/dev/null
    fi
    libevent_is_new libevent-dev || { echo "libevent-dev is older than $LIBEVENT: a security fix is missing" >&2; exit 1; }
}

# Python packages: the list, and the environment that they go into.
python_packages() {
    cmp -s "$1" "$2/requirements.installed" && return
    if ! python3 -c 'import ensurepip' 2>/dev/null; then apt_install python3 python3-venv; fi
    python3 -m venv --clear "$2"
    "$2/bin/pip" install --quiet --disable-pip-version-check -r "$1"
    cp "$1" "$2/requirements.installed"
}

test_tools() {
    apt_install apache2-utils chromium curl faketime iproute2 nginx-light openssl strace systemd wrk
    python_packages Tests/EndToEnd/requirements.txt .venv
}

bench_tools() {
    apt_install apache2-utils binutils gcc libc6-dev nginx-light openssl strace util-linux wrk
    python_packages Benchmarks/requirements.txt Benchmarks/.venv
}

case "${1:-}" in
    build) build ;;
    test) test_tools; scripts/promtool.sh ;;
    bench) bench_tools ;;
    fuzz) apt_install nginx-light slowhttptest ;;
    *) echo "usage: scripts/setup.sh build|test|fuzz|bench" >&2; exit 2 ;;
esac

#!/usr/bin/env bash
# One program of Debian's package prometheus, which as a whole would start a server on port 9090: into .venv/bin.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -x .venv/bin/promtool ] && exit
if [ "$(id -u)" = 0 ]; then apt-get update -qq; else sudo apt-get update -qq; fi
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
(cd "$folder" && apt-get download -qq prometheus && dpkg-deb -x ./*.deb .)
install -m 755 "$folder/usr/bin/promtool" .venv/bin/promtool

#!/usr/bin/env bash
# All tests under a sanitizer: test-sanitized.sh address|thread BUILD-FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
sanitizer=$1 scratch=$(realpath -m "$2")

# XCTest, which swift test loads, leaks by itself; a report must not hang in the backtracer.
export ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=halt_on_error=1 SWIFT_BACKTRACE=enable=no
swift test --sanitize="$sanitizer" --scratch-path "$scratch"
swift build --sanitize="$sanitizer" --scratch-path "$scratch" --product sessiond
# libfaketime and the sanitizers both put themselves in the place of the C library's clocks: one process cannot have both.
SESSIOND_BINARY="$scratch/debug/sessiond" SESSIOND_SANITIZER="$sanitizer" .venv/bin/python -m pytest Tests/EndToEnd \
    -m "not faketime"

#!/usr/bin/env bash
# The long runs that CI has no time for; each prints its figures and fails when they are not met.
set -euo pipefail
cd "$(dirname "$0")/.."
exec .venv/bin/python Tests/EndToEnd/acceptance/run.py "$@"

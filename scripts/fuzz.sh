#!/usr/bin/env bash
# libFuzzer with AddressSanitizer on every parser: fuzz.sh BUILD-FOLDER CPU-SECONDS-PER-TARGET [TARGET…]
set -uo pipefail
cd "$(dirname "$0")/.."
scratch=$1 seconds=$2
shift 2
[ $# -gt 0 ] || set -- $(ls Fuzz/corpus)

# -enable-testing: the parsers are not public. Optimised, with Swift's checks: ten times the executions of a debug build.
# A new file of the server's would not be seen: SwiftPM looks for those of the package that it builds only.
rm -f "$scratch/release.yaml"
swift build -c release --package-path Fuzz --scratch-path "$scratch" \
    -Xswiftc -enable-testing -Xswiftc -sanitize=fuzzer,address || exit 1

# Finds are kept: `FUZZ_TARGET=gate BUILD-FOLDER/release/Fuzz FILE` runs one again.
mkdir -p "$scratch/found"
export ASAN_OPTIONS=detect_leaks=0 SWIFT_BACKTRACE=enable=no
TIMEFORMAT='%U %S'
failed=0
for target in "$@"; do
    mkdir -p "$scratch/corpus/$target"
    log="$scratch/$target.log" used=0 executions=0 code=0
    # libFuzzer counts seconds by the clock on the wall; on a busy machine it takes several runs to use as many.
    while [ $code = 0 ] && [ "$used" -lt "$seconds" ]; do
        { time FUZZ_TARGET=$target "$scratch/release/Fuzz" -max_total_time=$((seconds - used)) -max_len=4096 \
            -timeout=60 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$scratch/found/$target-" \
            "$scratch/corpus/$target" "Fuzz/corpus/$target" >"$log" 2>&1; } 2>"$log.time"
        code=$?
        read -r user system <"$log.time"
        used=$((used + ${user%.*} + ${system%.*} + 1))
        executions=$((executions + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | grep . || echo 0)))
    done
    coverage=$(grep -oE 'cov: [0-9]+' "$log" | tail -1)
    echo "fuzz: $target: $used CPU seconds, $executions executions, ${coverage:-no coverage}, exit code $code"
    if [ $code != 0 ] || [ "$executions" = 0 ]; then
        tail -40 "$log" >&2
        failed=1
    fi
done
exit $failed

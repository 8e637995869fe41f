#!/usr/bin/env bash
# What a reviewer should not have to look for: format, import arrows, pointer allow-list, file size.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
complain() { echo "check: $*" >&2; failed=1; }

swift format lint --strict --parallel --recursive Package.swift Sources Tests Fuzz/Package.swift Fuzz/Sources || complain "run make format"

# Each module imports what scripts/imports.txt allows it, and nothing else.
while read -r module allowed; do
    while IFS=: read -r file line; do
        name=$(sed -E 's/.*import (struct |class |enum |func |protocol |typealias )?([A-Za-z_]+).*/\2/' <<<"$line")
        [[ " $allowed " == *" $name "* ]] || complain "$file: $module may not import $name"
    done < <(grep -rnE '^(@[A-Za-z_]+ )*((public|package|internal|private|fileprivate) )?import ' "Sources/$module" \
        --include='*.swift' | sed -E 's/^([^:]+):[0-9]+:/\1:/')
done < <(grep -vE '^(#|$)' scripts/imports.txt | tr -d ':')
for folder in Sources/*/; do
    module=$(basename "$folder")
    [ -e "$folder/module.modulemap" ] || grep -q "^$module:" scripts/imports.txt || complain "$module has no line in scripts/imports.txt"
done

# Pointers, C modules and unchecked promises stay in the files of scripts/unsafe-files.txt, and those need them.
unsafe='Unsafe|OpaquePointer|Unmanaged|nonisolated\(unsafe\)|@unchecked|withoutActuallyEscaping|import C[A-Z]'
grep -rlE "$unsafe" Sources --include='*.swift' | sort >"${TMPDIR:-/tmp}/unsafe.$$"
grep -vE '^(#|$)' scripts/unsafe-files.txt | cut -d' ' -f1 | sort >"${TMPDIR:-/tmp}/allowed.$$"
while read -r file; do complain "$file touches pointers and is not in scripts/unsafe-files.txt"; done \
    < <(comm -23 "${TMPDIR:-/tmp}/unsafe.$$" "${TMPDIR:-/tmp}/allowed.$$")
while read -r file; do complain "$file is in scripts/unsafe-files.txt and touches no pointer"; done \
    < <(comm -13 "${TMPDIR:-/tmp}/unsafe.$$" "${TMPDIR:-/tmp}/allowed.$$")
rm -f "${TMPDIR:-/tmp}/unsafe.$$" "${TMPDIR:-/tmp}/allowed.$$"

# A file answers one question; a script stays readable at a glance.
while read -r lines file; do
    [ "$file" = total ] || [ "$lines" -le 400 ] || complain "$file has $lines lines, 400 is the ceiling"
done < <(find Sources Tests -name '*.swift' -o -name '*.py' -path 'Tests/*' | xargs wc -l)
while read -r lines file; do
    [ "$file" = total ] || [ "$lines" -le 60 ] || complain "$file has $lines lines, 60 is the ceiling for a script"
done < <(wc -l scripts/*.sh)

[ $failed = 0 ] && echo "check: all well"
exit $failed

#!/usr/bin/env bash
# Runs each fuzz test for FUZZTIME, and fails when one of them fails.
set -euo pipefail
cd "$(dirname "$0")/.."
time="${FUZZTIME:-20s}"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT

grep -rHoE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' . | sort | while IFS=: read -r file name; do
	name="${name#func }" dir="$(dirname "$file")"
	echo "== $name in $dir"
	if "${GO:-go}" test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$dir" </dev/null 2>&1 | tee "$log"; then
		continue
	fi
	# Before Go 1.27 the end of the time can be reported as a failure
	# (go.dev/issue/75804). A real failure also prints its input.
	if grep -q 'context deadline exceeded' "$log" && ! grep -qiE 'failing input|panic|_test\.go:' "$log"; then
		echo "the time ran out, nothing was found"
		continue
	fi
	exit 1
done

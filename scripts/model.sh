#!/usr/bin/env bash
# Verifies docs/model/lease.pml with spin, and takes each guard away in turn: then spin has to find
# an error. Prints a table. Fails when spin does not say what is expected.
#
#   scripts/model.sh            all variants
#   scripts/model.sh NAME...    those whose name begins so
set -euo pipefail
cd "$(dirname "$0")/.."

# A name, how it is searched, and the macros. "all": every state; "bits": a bit for each state, for
# so many seconds at most; "error": until an error is found.
variants() {
	cat <<-END
		one-node               all      -DRENEWALS=2
		one-node-longer        bits-60  -DRENEWALS=3 -DLAST=5
		one-node-closing       bits-60  -DRENEWALS=2 -DCLOSING
		bulk                   bits-60  -DRENEWALS=2 -DBULK
		step-up                bits-60  -DRENEWALS=2 -DSTEPUP
		order                  bits-60  -DRENEWALS=2 -DORDER
		two-nodes              bits-90  -DRENEWALS=2 -DNODES=2 -DHOME=0
		NOGENERATION           error    -DRENEWALS=2
		PUBLISHFIRST           error    -DRENEWALS=2
		READFIRST              error    -DRENEWALS=2
		LATELEASE              error    -DRENEWALS=2
		NOWAIT                 error    -DRENEWALS=2
		SHORTWAIT              error    -DRENEWALS=2
		SHORTUNMOVED           error    -DRENEWALS=2
		EARLYLOOK              error    -DRENEWALS=2
		NOREGISTER             error    -DRENEWALS=2
		NOCLEAR                error    -DRENEWALS=2
		SAMENUMBER             error    -DRENEWALS=2
		EARLYREMOVE            error    -DRENEWALS=2
		EARLYPRUNE             error    -DRENEWALS=2
		ASKAFTER               error    -DRENEWALS=2
		BYNUMBER               error    -DRENEWALS=2 -DORDER
		CLOSEFIRST             error    -DRENEWALS=2 -DCLOSING
		NOTTOLD                error    -DRENEWALS=2 -DBULK
	END
}

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# run NAME HOW MACRO... prints a row, and fails for what was not expected.
run() {
	local name="$1" how="$2" limit=300 memory=(-DCOLLAPSE -DMEMLIM=8000) flags=() out result=wrong states
	shift 2
	[ "$how" != error ] || set -- "$@" "-D$name"
	if [[ $how == bits-* ]]; then
		limit="${how#bits-}" memory=(-DBITSTATE) flags=(-w33)
	fi
	mkdir "$work/$name"
	out="$work/$name/out"
	(
		cd "$work/$name"
		spin -a "$@" "$OLDPWD/docs/model/lease.pml" >/dev/null
		"${CC:-gcc}" -O2 -DSAFETY -DNOCLAIM -DNOFAIR "${memory[@]}" -o pan pan.c
		timeout -s INT "$limit" ./pan -E -n -m20000 "${flags[@]}" >out || true
	)
	case "$how $(sed -n 's/.*errors: //p' "$out")" in
	'error 1') result='found' ;;
	error*) result='NOT FOUND' ;;
	*' 0') result='no error' ;;
	*) result='ERROR' ;;
	esac
	if [ "$how" = all ] && grep -q -e 'Search not completed' -e 'max search depth too small' "$out"; then
		result='NOT COMPLETE'
	fi
	states="$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$out")"
	printf '%-18s %-13s %12s %6s %6s  %s\n' "$name" "$result" "$states" "$(sed -n 's/.*depth reached \([0-9]*\),.*/\1/p' "$out")" \
		"$(sed -n 's/.*elapsed time \([0-9.]*\) .*/\1/p' "$out")" "$(coverage "$how" "$out")"
	[ "$result" = found ] || [ "$result" = 'no error' ]
}

# coverage says how much of the states was looked at.
coverage() {
	case "$1" in
	all) echo 'every state' ;;
	bits-*) echo "bitstate, hash factor $(sed -n 's/^hash factor: \([0-9.e+]*\).*/\1/p' "$2")$(grep -q 'Search not completed' "$2" && echo ', stopped by time' || true)" ;;
	esac
}

wanted() {
	[ "$#" -gt 1 ] || return 0
	local name="$1" prefix
	shift
	for prefix in "$@"; do [[ $name != "$prefix"* ]] || return 0; done
	return 1
}

printf '%-18s %-13s %12s %6s %6s  %s\n' variant result states depth seconds coverage
failed=0
while read -r name how macros; do
	wanted "$name" "$@" || continue
	while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n || failed=1; done
	# shellcheck disable=SC2086 # several macros
	run "$name" "$how" $macros &
done < <(variants)
while [ "$(jobs -p | wc -l)" -gt 0 ]; do wait -n || failed=1; jobs >/dev/null; done
exit "$failed"

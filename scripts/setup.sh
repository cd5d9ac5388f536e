#!/usr/bin/env bash
# Makes sure that the programs the tests need are there: PostgreSQL's server,
# Chromium, and what reads QR codes and makes one-time codes independently of
# our own code. As root on Debian or Ubuntu it installs what is missing;
# elsewhere it says what to install and fails.
#
#   scripts/setup.sh       what the tests need
#   scripts/setup.sh cc    and a C compiler, for the race detector
set -euo pipefail

case "$*" in
'' | cc) ;;
*)
	echo "usage: scripts/setup.sh [cc]" >&2
	exit 2
	;;
esac
compiler="${1:-}"

have() { command -v "$1" >/dev/null 2>&1; }

have_postgres() {
	have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
		compgen -G '/usr/pgsql-*/bin/initdb' >/dev/null || compgen -G '/opt/homebrew/opt/postgresql@*/bin/initdb' >/dev/null
}

have_browser() {
	[ -n "${CHROME:-}" ] || have chromium || have chromium-browser || have google-chrome ||
		have google-chrome-stable || [ -d /Applications/Chromium.app ] || [ -d '/Applications/Google Chrome.app' ]
}

# A compiler without the headers of the C library compiles nothing.
have_cc() {
	"${CC:-gcc}" -fsyntax-only -include stdlib.h -x c /dev/null 2>/dev/null
}

# missing prints the Debian packages of what is not there.
missing() {
	have_postgres || echo postgresql
	have_browser || echo chromium
	have zbarimg || echo zbar-tools
	have oathtool || echo oathtool
	[ -z "$compiler" ] || have_cc || printf '%s\n' gcc libc6-dev
}

# The tests run clusters of their own: installing should not start another.
# What somebody installs later is not our business, hence the trap.
no_cluster=/etc/postgresql-common/createcluster.d/zz-none.conf

install() {
	export DEBIAN_FRONTEND=noninteractive
	if ! have_postgres; then
		trap 'rm -f "$no_cluster"; rmdir --ignore-fail-on-non-empty "${no_cluster%/*}"' EXIT
		mkdir -p "${no_cluster%/*}"
		echo 'create_main_cluster = false' >"$no_cluster"
	fi
	# Pictures of pages need letters, and emoji where a page has them.
	local packages=("$@" fonts-dejavu-core fonts-noto-color-emoji)
	# The lists may be missing, as in most images, or name versions that are
	# gone.
	if ! apt-get install -y --no-install-recommends "${packages[@]}"; then
		apt-get update
		apt-get install -y --no-install-recommends "${packages[@]}"
	fi
}

mapfile -t packages < <(missing)
if [ "${#packages[@]}" -gt 0 ] && [ "$(id -u)" = 0 ] && have apt-get; then
	install "${packages[@]}"
	mapfile -t packages < <(missing)
fi
if [ "${#packages[@]}" -gt 0 ]; then
	echo "The tests need what these packages of Debian have: ${packages[*]}" >&2
	echo "Install them (as root, this script does so on Debian), then run it again." >&2
	echo "Another Chromium can be named in CHROME, another C compiler in CC; PostgreSQL's initdb can be on PATH." >&2
	exit 1
fi

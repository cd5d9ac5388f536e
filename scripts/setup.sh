#!/usr/bin/env bash
# Checks that the programs for the tests are installed: PostgreSQL's server and PgBouncer,
# Chromium, programs that read QR codes, make one-time codes and judge mails, to
# compare with our own code, those that the scripts of docs/api.md call, and Node.js for
# the linters of the OpenAPI document, the push service that tests send to and the provider that they sign in at, and strace,
# which lets disks fail, and nginx and Caddy, which ask before they let somebody to an app. As root
# on Debian or Ubuntu it installs missing ones; otherwise it says what to install, and fails.
#
#   scripts/setup.sh          what the tests need
#   scripts/setup.sh cc       and a C compiler, for the race detector
#   scripts/setup.sh drill    only what the drill needs: PostgreSQL, Patroni, etcd and nginx
#   scripts/setup.sh model    only what make model needs
set -euo pipefail

case "$*" in
'' | cc | drill | model) ;;
*)
	echo "usage: scripts/setup.sh [cc|drill|model]" >&2
	exit 2
	;;
esac
what="${1:-}"

have() { command -v "$1" >/dev/null 2>&1; }

have_postgres() {
	have initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
		compgen -G '/usr/pgsql-*/bin/initdb' >/dev/null || compgen -G '/opt/homebrew/opt/postgresql@*/bin/initdb' >/dev/null
}

have_browser() {
	[ -n "${CHROME:-}" ] || have chromium || have chromium-browser || have google-chrome ||
		have google-chrome-stable || [ -d /Applications/Chromium.app ] || [ -d '/Applications/Google Chrome.app' ]
}

# The compiler also needs the headers of the C library.
have_cc() {
	"${CC:-gcc}" -fsyntax-only -include stdlib.h -x c /dev/null 2>/dev/null
}

# missing prints the Debian packages of the missing programs.
missing() {
	if [ "$what" = model ]; then
		have spin || echo spin
		have_cc || printf '%s\n' gcc libc6-dev
		return
	fi
	have_postgres || echo postgresql
	if [ "$what" = drill ]; then
		have patroni || echo patroni
		have etcd || echo etcd-server
		have nginx || [ -x /usr/sbin/nginx ] || echo nginx
		return
	fi
	have nginx || [ -x /usr/sbin/nginx ] || echo nginx
	have caddy || echo caddy
	have pgbouncer || [ -x /usr/sbin/pgbouncer ] || echo pgbouncer
	have_browser || echo chromium
	have zbarimg || echo zbar-tools
	have oathtool || echo oathtool
	have spamassassin || echo spamassassin
	have curl || echo curl
	have jq || echo jq
	have strace || echo strace
	have node || echo nodejs
	have npm || echo npm
	[ "$what" != cc ] || have_cc || printf '%s\n' gcc libc6-dev
}

# The tests start their own clusters and services, so the installation should start none.
# The trap removes these settings, so that they do not affect later installations.
no_cluster=/etc/postgresql-common/createcluster.d/zz-none.conf
no_service=/usr/sbin/policy-rc.d
cleanup=()

# rather_none keeps what is installed from starting.
rather_none() {
	trap 'rm -f "${cleanup[@]}"; rmdir --ignore-fail-on-non-empty "${no_cluster%/*}" 2>/dev/null || true' EXIT
	if [ "$what" != model ] && ! have_postgres; then
		cleanup+=("$no_cluster")
		mkdir -p "${no_cluster%/*}"
		echo 'create_main_cluster = false' >"$no_cluster"
	fi
	if [ "$what" != model ] && [ ! -e "$no_service" ]; then # one that is there is somebody's decision
		cleanup+=("$no_service")
		printf '#!/bin/sh\nexit 101\n' >"$no_service"
		chmod +x "$no_service"
	fi
}

install() {
	export DEBIAN_FRONTEND=noninteractive
	rather_none
	local packages=("$@")
	# Screenshots of pages need fonts for letters and emoji.
	[ "$what" = drill ] || packages+=(fonts-dejavu-core fonts-noto-color-emoji)
	# The package lists may be missing, as in most images, or out of date.
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
	echo "These packages of Debian are needed: ${packages[*]}" >&2
	echo "Install them (as root, this script does so on Debian), then run it again." >&2
	echo "Another Chromium can be named in CHROME, another C compiler in CC; PostgreSQL's initdb can be on PATH." >&2
	exit 1
fi

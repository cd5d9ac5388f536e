#!/usr/bin/env bash
# Serves a folder behind nginx to whoever Sallyport lets in:
#
#   examples/nginx/run.sh [FOLDER]
#
# Add the app http://wiki.localhost:8081 under Settings > Apps first. Sallyport has to be at http://localhost:8080 and
# started with --trusted-proxy 127.0.0.1. APP_HOST, APP_PORT and SALLYPORT change that. APP names a program to pass
# on to instead, such as 127.0.0.1:9000.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
folder="$(cd "${1:-$here/../site}" && pwd)"
app="root $folder;"
if [ -n "${APP:-}" ]; then
	app="proxy_pass http://$APP; proxy_http_version 1.1; proxy_set_header Host \$http_host; proxy_set_header Upgrade \$http_upgrade; proxy_set_header Connection \$connection_upgrade;"
fi
dir="$(mktemp -d)"
sed -e "s|@DIR@|$dir|; s|@PORT@|${APP_PORT:-8081}|; s|@HOST@|${APP_HOST:-wiki.localhost}|; s|@SALLYPORT@|${SALLYPORT:-127.0.0.1:8080}|; s|@APP@|$app|" "$here/nginx.conf" >"$dir/nginx.conf"
PATH="$PATH:/usr/sbin"
exec nginx -p "$dir" -e stderr -c "$dir/nginx.conf"

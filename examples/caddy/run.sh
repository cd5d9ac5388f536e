#!/usr/bin/env bash
# Serves a folder behind Caddy to whoever Sallyport lets in:
#
#   examples/caddy/run.sh [FOLDER]
#
# Add the app http://wiki.localhost:8081 under Settings > Apps first. Sallyport has to be at http://localhost:8080 and
# started with --trusted-proxy 127.0.0.1. APP_HOST, APP_PORT, SALLYPORT and CADDY change that. APP names a program to
# pass on to instead, such as 127.0.0.1:9000.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
APP_FOLDER="$(cd "${1:-$here/../site}" && pwd)"
export APP_FOLDER
[ -z "${APP:-}" ] || export APP_CONFIG=program.caddy
exec "${CADDY:-caddy}" run --adapter caddyfile --config "$here/Caddyfile"

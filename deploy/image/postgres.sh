#!/bin/sh
# Starts Debian's PostgreSQL as the official image starts its own, as far as deploy/compose.yaml and the chart ask for it:
# the entry point of the image that deploy/image/stores.sh makes where no registry is reached.
#
#   postgres.sh [postgres OPTION…]
set -eu
[ "${1:-postgres}" = postgres ] || exec "$@"
[ $# = 0 ] || shift
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" && chown postgres "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" postgres "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA" && chmod 700 "$PGDATA"
    password=${POSTGRES_PASSWORD_FILE:-/tmp/password}
    [ -n "${POSTGRES_PASSWORD_FILE:-}" ] || printf '%s\n' "$POSTGRES_PASSWORD" >"$password"
    initdb -D "$PGDATA" -U "$POSTGRES_USER" -E UTF8 --locale=C.UTF-8 -A scram-sha-256 --pwfile="$password" >/dev/null
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    postgres --single -D "$PGDATA" postgres >/dev/null <<SQL
CREATE DATABASE "$POSTGRES_DB"
SQL
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' "$@"

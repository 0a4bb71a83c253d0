#!/usr/bin/env bash
# Checks every SQL query against a real PostgreSQL and writes what the compiler needs to check them offline (.sqlx).
# Run it after a change of a query or a migration, and commit the result.
#
#   deploy/sqlx-prepare.sh          writes .sqlx
#   deploy/sqlx-prepare.sh --check  fails when .sqlx is not what it would write
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
programs=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)")
work=$(mktemp -d)
drop=()
if [ "$(id -u)" = 0 ]; then
    chmod 711 "$work"
    mkdir "$work/data" && chown postgres "$work/data"
    drop=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
fi
stop() { "${drop[@]}" "$programs/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"; }
trap stop EXIT
"${drop[@]}" "$programs/initdb" -D "$work/data" -U stoa -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"${drop[@]}" "$programs/pg_ctl" -D "$work/data" -w -l "$work/data/log" -o "-h 127.0.0.1 -p $port -k ''" start >/dev/null
for service in ingestion generation; do
    {
        echo "CREATE SCHEMA $service; SET search_path = $service;"
        cat services/$service/migrations/*.sql
    } | "$programs/psql" -qX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U stoa postgres
done
mkdir -p "$work/sqlx"
export DATABASE_URL=postgres://stoa@127.0.0.1:$port/postgres SQLX_OFFLINE_DIR=$work/sqlx SQLX_OFFLINE=false
touch services/ingestion/src/lib.rs services/generation/src/lib.rs
# The whole workspace, as everywhere: another selection would build the dependencies again with other features.
cargo build --release --quiet --workspace
if [ "${1:-}" = --check ]; then
    diff -r "$work/sqlx" .sqlx >/dev/null || { echo "sqlx-prepare: .sqlx is out of date: run deploy/sqlx-prepare.sh" >&2; exit 1; }
else
    rm -rf .sqlx && cp -r "$work/sqlx" .sqlx
fi

#!/bin/sh
# Starts Debian's PostgreSQL as the official image starts its own, as far as deploy/compose.yaml asks for it: the entry
# point of the image that deploy/image/stores.sh makes where no registry is reached.
set -eu
data=/var/lib/postgresql/data
programs=$(dirname /usr/lib/postgresql/*/bin/postgres)
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; }
if [ ! -s "$data/PG_VERSION" ]; then
    mkdir -p "$data" && chown postgres "$data" && chmod 700 "$data"
    as_postgres "$programs/initdb" -D "$data" -U "$POSTGRES_USER" -E UTF8 --locale=C.UTF-8 -A scram-sha-256 \
        --pwfile="$POSTGRES_PASSWORD_FILE" >/dev/null
    echo 'host all all all scram-sha-256' >>"$data/pg_hba.conf"
    as_postgres "$programs/postgres" --single -D "$data" postgres >/dev/null <<SQL
CREATE DATABASE "$POSTGRES_DB"
SQL
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups -- \
    "$programs/postgres" -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp

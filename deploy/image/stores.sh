#!/usr/bin/env bash
# Prints the variables that name the stores' images for deploy/compose.yaml, for tests: the official ones where a
# registry is reached, else images made here of Debian's PostgreSQL and of the pinned nats-server. Of Qdrant there is
# none to be made: without QDRANT_IMAGE the index is the embedded one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=deploy/image/engine.sh
. deploy/image/engine.sh >&2
assets=${STOA_ASSETS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/stoa}

# The official name of a store, as the compose file has it.
official() { sed -n "s/.*\${$1:-\(.*\)}.*/\1/p" deploy/compose.yaml; }
here() { "$ENGINE" image inspect "$1" >/dev/null 2>&1; }
offered() { here "$1" || timeout 120 "$ENGINE" pull -q "$1" >/dev/null 2>&1; }

stores=(POSTGRES_IMAGE NATS_IMAGE QDRANT_IMAGE)
for store in "${stores[@]}"; do offered "$(official "$store")" || { stores=(); break; }; done
if [ "${#stores[@]}" -gt 0 ]; then
    for store in "${stores[@]}"; do echo "$store=$(official "$store")"; done
    exit 0
fi

# Names the content, so that another entry point or server is another image.
mark() { cat "$@" | sha256sum | cut -c 1-12; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make_image() { # name; a Dockerfile on standard input
    here "$1" || { echo "Making $1" >&2; "$ENGINE" build --quiet --file - --tag "$1" "$work" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }
}
base=$(deploy/image/base.sh)
cp deploy/image/postgres.sh "$assets/bin/nats-server" "$work/"

# Its user has the number that it has in the official image.
postgres=localhost/stoa-postgres:$(mark deploy/image/postgres.sh deploy/image/stores.sh)
make_image "$postgres" <<DOCKERFILE
FROM $base
RUN groupadd --system --gid 999 postgres && useradd --system --uid 999 --gid postgres postgres \
    && apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql \
    && rm -rf /var/lib/postgresql/* && ln -s /usr/lib/postgresql/*/bin /usr/local/postgresql
ENV PATH=/usr/local/postgresql:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PGDATA=/var/lib/postgresql/data
COPY postgres.sh /
STOPSIGNAL SIGINT
ENTRYPOINT ["/postgres.sh"]
DOCKERFILE
nats=localhost/stoa-nats:$(mark "$assets/bin/nats-server" deploy/image/stores.sh)
make_image "$nats" <<DOCKERFILE
FROM $base
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY nats-server /usr/local/bin/
ENTRYPOINT ["nats-server"]
DOCKERFILE
echo "POSTGRES_IMAGE=$postgres"
echo "NATS_IMAGE=$nats"

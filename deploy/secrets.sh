#!/usr/bin/env bash
# Makes the secrets of deploy/compose.yaml, by chance and once: what is there stays.
#
#   deploy/secrets.sh [DIR]        (default deploy/secrets)
#
# Only its owner comes into the folder. The files in it are open to all, as a container reads them as another user.
set -euo pipefail
dir=${1:-$(dirname "${BASH_SOURCE[0]}")/secrets}
install -d -m 700 "$dir"
cd "$dir"
umask 022
keep() { [ -s "$1" ] || { cat >"$1.part" && mv "$1.part" "$1"; }; }
random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

for name in token database_password nats_token qdrant_key; do random | keep "$name"; done
keep database_url <<<"postgres://stoa:$(cat database_password)@postgres:5432/stoa"
keep nats.conf <<CONF
port: 4222
jetstream { store_dir: "/data" }
authorization { token: "$(cat nats_token)" }
CONF
keep qdrant.yaml <<CONF
service:
  api_key: "$(cat qdrant_key)"
CONF

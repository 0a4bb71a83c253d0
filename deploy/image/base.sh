#!/usr/bin/env bash
# Prints the name of a base image that is here: the one that is asked for, or, where no registry is reached, the same
# Debian made of its packages.
#
#   deploy/image/base.sh [NAME]        (default docker.io/library/debian:12-slim)
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=deploy/image/engine.sh
. "$here/engine.sh" >&2
name=${1:-docker.io/library/debian:12-slim}
made=localhost/stoa-base:12
for known in "$name" "$made"; do
    ! "$ENGINE" image inspect "$known" >/dev/null 2>&1 || { echo "$known"; exit 0; }
done
if timeout 60 "$ENGINE" pull -q "$name" >/dev/null 2>&1; then echo "$name"; exit 0; fi
[ $# = 0 ] || { echo "base.sh: $name cannot be fetched" >&2; exit 1; }
command -v apt-get >/dev/null || { echo "base.sh: $name cannot be fetched, and this is no Debian to make it on" >&2; exit 1; }

echo "$name cannot be fetched: making it of Debian's packages, once" >&2
install_packages "to make a base image" debootstrap >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
debootstrap --variant=minbase --include=ca-certificates,libgomp1,libstdc++6 bookworm "$work/root" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; exit 1; }
tar -C "$work/root" -c . | "$ENGINE" import - "$made" >/dev/null 2>&1
echo "$made"

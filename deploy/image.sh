#!/usr/bin/env bash
# Builds the image with docker or podman, and puts its bill of materials beside the program.
#
#   deploy/image.sh                                  compiles in a container (20 minutes, then what changed)
#   deploy/image.sh target/release/stoa              takes a program that was built here
#   deploy/image.sh … -- --platform linux/arm64      passes the rest on to the engine's build
#
#   IMAGE=NAME    its name (default localhost/stoa:dev)
#   BASE=NAME     what it takes libraries from (default Debian 12, made of its packages where no registry is reached)
#   RUST=NAME     what it is compiled in
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=deploy/image/engine.sh
. deploy/image/engine.sh
image=${IMAGE:-localhost/stoa:dev}
program=
if [ $# -gt 0 ] && [ "$1" != -- ]; then program=$1; shift; fi
[ "${1:-}" != -- ] || shift

base=$(deploy/image/base.sh ${BASE:+"$BASE"})
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
revision=$(git describe --always --dirty --abbrev=40 2>/dev/null || echo unknown)
options=(--file deploy/Dockerfile --tag "$image" --build-arg "BASE=$base" --build-arg "VERSION=$version" --build-arg "REVISION=$revision")
[ -z "${RUST:-}" ] || options+=(--build-arg "RUST=$RUST")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -n "$program" ]; then
    deploy/setup.sh --image
    deploy/image/program.sh "$program" "$work/program"
    options+=(--build-context "program=$work/program")
    # Podman keeps every step as an image, with copies of all before it; nothing here takes long enough for that.
    [ "$ENGINE" != podman ] || options+=(--layers=false)
fi
# Docker's older builder does not know named contexts.
[ "$ENGINE" != docker ] || export DOCKER_BUILDKIT=1
"$ENGINE" build "${options[@]}" "$@" .

# Of several platforms none is here; each carries its own bill.
if container=$("$ENGINE" create "$image" 2>/dev/null); then
    bill=target/image/stoa.sbom.cdx.json
    mkdir -p target/image
    "$ENGINE" cp "$container:/usr/share/doc/stoa/sbom.cdx.json" "$bill"
    "$ENGINE" rm "$container" >/dev/null
    echo "$image is built; what is in it is listed in $bill"
fi

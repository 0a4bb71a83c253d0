#!/usr/bin/env bash
# Runs what the chart renders in real containers: `make helm-containers`. Installs what it needs, and leaves nothing running.
#
#   helm/containers.sh target/release/stoa [ARGUMENT…]     arguments go to pytest, as in `-k minimal`
#   STOA_MODELS=DIR      the models (default ~/.cache/stoa/models, where deploy/setup.sh puts them)
#   STOA_OUTSIDE=FILE    the fakes of what is outside a cluster (default stoa-outside, beside the program)
set -euo pipefail
program=$(realpath "${1:?which program: target/release/stoa}")
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export STOA_OUTSIDE=${STOA_OUTSIDE:-$(dirname "$program")/stoa-outside}
[ "$(id -u)" = 0 ] || { echo "containers.sh: volumes get the owners that they have in a cluster, which only root can give" >&2; exit 1; }
begin=$(date +%s)
ENGINE=podman
# shellcheck source=deploy/image/engine.sh
. deploy/image/engine.sh
install_packages "to be a small cluster" iproute2 openssl
STOA_HELM_TOOLS=$(helm/fetch.sh)
deploy/setup.sh --tests

run=localhost/stoa-helm-$$
made=()
clean() { [ "${#made[@]}" = 0 ] || podman rmi --force "${made[@]}" >/dev/null 2>&1 || true; }
trap clean EXIT
export STOA_STOA_IMAGE=$run/stoa STOA_MODELS_IMAGE=$run/models STOA_NEXT_IMAGE=$run/next
made+=("$STOA_NEXT_IMAGE" "$STOA_STOA_IMAGE" "$STOA_MODELS_IMAGE")
IMAGE=$STOA_STOA_IMAGE deploy/image.sh "$program" >/dev/null
# The next one has another name and is another image.
podman build --quiet --tag "$STOA_NEXT_IMAGE" --label next=1 - >/dev/null <<<"FROM $STOA_STOA_IMAGE"
podman build --quiet --file deploy/models.Dockerfile --build-arg "BASE=$(deploy/image/base.sh)" --tag "$STOA_MODELS_IMAGE" \
    "${STOA_MODELS:-${STOA_ASSETS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/stoa}/models}" >/dev/null
stores=$(deploy/image/stores.sh)
eval "$stores"
export STOA_HELM_TOOLS STOA_POSTGRES_IMAGE=$POSTGRES_IMAGE STOA_NATS_IMAGE=$NATS_IMAGE

PYTHONDONTWRITEBYTECODE=1 "$STOA_HELM_TOOLS/python/bin/python" -m pytest -p no:cacheprovider -p no:xdist --quiet helm/containers "$@"
echo "what the chart renders ran in containers, verified in $(($(date +%s) - begin)) s"

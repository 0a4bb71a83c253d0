#!/usr/bin/env bash
# Builds the image beside the program that was built, and tries it in real containers: what is in it, every command, and
# the services of deploy/compose.yaml together. Installs what it needs, and leaves nothing running.
#
#   deploy/image-test.sh target/release/stoa [TEST…]     TEST as python3 -m unittest takes it
#   STOA_MODELS=DIR      the models (default ~/.cache/stoa/models, where deploy/setup.sh puts them)
#   QDRANT_IMAGE=NAME    a Qdrant to try it with where its official image cannot be fetched
set -euo pipefail
program=$(realpath "${1:?which program: target/release/stoa}")
shift
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=deploy/image/engine.sh
. deploy/image/engine.sh
cache=${XDG_CACHE_HOME:-$HOME/.cache}/stoa
tools=$cache/tools/image-$(sha256sum deploy/image/requirements.txt | cut -c 1-12)
step() { printf -- '-- %s (%s s)\n' "$1" "$SECONDS"; }

step "tools"
if [ ! -d "$tools" ]; then
    install_packages "to fetch the tools of the test" python3-pip
    python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
        --require-hashes --no-deps --target "$tools.part" -r deploy/image/requirements.txt
    mv "$tools.part" "$tools"
fi
"$tools/bin/hadolint" deploy/Dockerfile
"$tools/bin/shellcheck" -x deploy/image.sh deploy/image-test.sh deploy/secrets.sh deploy/models.sh deploy/image/*.sh

step "image"
PROJECT=stoa-test-$$
export PROJECT PROGRAM=$program IMAGE=localhost/$PROJECT:dev STOA_MODELS=${STOA_MODELS:-$cache/models}
if [ "$ENGINE" = docker ]; then COMPOSE="docker compose"; else COMPOSE="python3 -m podman_compose"; fi
export COMPOSE PYTHONPATH=$tools PYTHONDONTWRITEBYTECODE=1
clean() {
    local left
    left=$("$ENGINE" ps --all --quiet --filter "ancestor=$IMAGE" 2>/dev/null)
    # shellcheck disable=SC2086 # a list of ids
    [ -z "$left" ] || "$ENGINE" rm --force --volumes $left >/dev/null
    "$ENGINE" rmi --force "$IMAGE" >/dev/null 2>&1 || true
}
trap clean EXIT
deploy/image.sh "$program" >/dev/null

step "stores"
stores=$(deploy/image/stores.sh)
set -a; eval "$stores"; set +a

step "tests"
python3 -m unittest discover --verbose --start-directory deploy/image/test --top-level-directory deploy/image/test ${1:+-k "$1"}
step "done"

#!/usr/bin/env bash
# Tries the whole life of a release on a real API server, which is built once: `make helm-real`. Arguments go to pytest.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STOA_HELM_TOOLS=$("$here/fetch.sh")
STOA_HELM_KUBE=$("$here/kube.sh")
export STOA_HELM_TOOLS STOA_HELM_KUBE
begin=$(date +%s)
"$STOA_HELM_TOOLS/python/bin/python" -m pytest -p no:cacheprovider --quiet "$here/tests/test_life.py" "$@"
version() { "$STOA_HELM_TOOLS/bin/$1" version --template '{{.Version}}'; }
echo "the life of a release was tried in $(($(date +%s) - begin)) s with helm $(version helm3) and $(version helm4), against the real API server: $("$STOA_HELM_KUBE/kube-apiserver" --version), $("$STOA_HELM_KUBE/etcd" --version | head -n 1)"

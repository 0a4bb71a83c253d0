#!/usr/bin/env bash
# Verifies the chart without a cluster: `make helm`. With arguments they go to pytest, as in `helm/verify.sh -k life`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STOA_HELM_TOOLS=$("$here/fetch.sh")
export STOA_HELM_TOOLS
begin=$(date +%s)
"$STOA_HELM_TOOLS/python/bin/python" -m pytest -p no:cacheprovider --quiet -rs --numprocesses=2 "$here/tests" "$@"
version() { "$STOA_HELM_TOOLS/bin/$1" version --template '{{.Version}}'; }
echo "the chart was verified in $(($(date +%s) - begin)) s with helm $(version helm3) and $(version helm4), against the strict schemas of Kubernetes 1.27, 1.32 and 1.37 and the stand-in API server (a real one: make helm-real)"

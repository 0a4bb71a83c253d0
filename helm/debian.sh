#!/usr/bin/env bash
# Unpacks packages of this machine's Debian into a folder, as `helm/debian.sh FOLDER PACKAGE…`, and of a package named `src:NAME`
# its sources. Nothing is installed and no root is needed; apt checks the signatures, as ever.
set -euo pipefail
folder=$1
shift
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "this is no Debian, which $* would come from" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder" "$work"/{sources,lists/partial,cache/archives/partial}
# The machine's own sources, with those of source packages beside them.
for file in /etc/apt/sources.list.d/*.sources; do
    [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb deb-src/' "$file" >"$work/sources/${file##*/}"
done
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ ! -f "$file" ] || sed -n 's/^deb \(.*\)/deb \1\ndeb-src \1/p' "$file" >"$work/sources/${file##*/}.list"
done
apt() {
    apt-get -qq -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/sources" -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache="$work/cache" -o APT::Sandbox::User= "$@" >&2
}
apt update
cd "$work"
for package; do
    case $package in
    src:*) apt source --download-only "${package#src:}" && tar xf ./*.orig.tar.* -C "$folder" ;;
    *) apt download "$package" && dpkg-deb -x "${package%%=*}"_*.deb "$folder" ;;
    esac
done

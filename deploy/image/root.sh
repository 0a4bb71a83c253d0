#!/bin/sh
# Lays out the image's root file system from a Debian: the libraries that the program links, each with its licence and
# its entry for scanners, certificates, one user, and folders. /state, which stays empty, becomes the folder that this user owns. Runs as root in a container of the base image.
#
#   root.sh PROGRAM IMAGE      PROGRAM is what deploy/image/program.sh gathered
set -eu
program=$1 image=$2
fail() { echo "root.sh: $*" >&2; exit 1; }

lacking=
for package in ca-certificates libgomp1 libstdc++6; do
    dpkg-query -W "$package" >/dev/null 2>&1 || lacking="$lacking $package"
done
if [ -n "$lacking" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $lacking
fi

mkdir -p "$image"
cd "$image"
mkdir -p etc/ssl/certs opt/stoa/lib opt/stoa/models tmp usr/bin usr/lib usr/share/doc var/lib/dpkg/status.d /state
chmod 1777 tmp
for folder in lib lib64; do
    [ ! -L "/$folder" ] || { mkdir -p "usr/$folder" && ln -s "usr/$folder" "$folder"; }
done
install -m 755 "$program/stoa" usr/bin/stoa
install -m 644 "$program/libonnxruntime.so" opt/stoa/lib/
cp -R "$program/share" usr/share/doc/stoa

# --- Libraries ---------------------------------------------------------------------------------------------------
linked=$(ldd usr/bin/stoa opt/stoa/lib/libonnxruntime.so 2>&1) || fail "this is not what ldd can read: $linked"
# A program of a newer Debian than this one.
case $linked in *"not found"*) fail "the base is too old for the program: $(echo "$linked" | grep 'not found' | head -n 3)" ;; esac
libraries=$(echo "$linked" | grep -oE '/[^ ]+\.so[^ ]*' | grep -v "^/image\|libonnxruntime" | sort -u)
packages=
for library in $libraries; do
    real=$(realpath "$library")
    mkdir -p ".$(dirname "$library")"
    cp "$real" ".$library"
    # Debian lists a file where its package had it before / was merged into /usr.
    owner=$(dpkg-query -S "$library" 2>/dev/null || dpkg-query -S "$real" 2>/dev/null || dpkg-query -S "${real#/usr}") ||
        fail "no package has $library"
    packages="$packages ${owner%%:*}"
done
packages=$(echo "$packages" ca-certificates base-files | tr ' ' '\n' | sort -u)
for package in $packages; do
    mkdir -p "usr/share/doc/$package"
    cp "/usr/share/doc/$package/copyright" "usr/share/doc/$package/"
    dpkg-query -s "$package" >"var/lib/dpkg/status.d/$package"
done
# What a copyright file refers to instead of saying it.
cp -R /usr/share/common-licenses usr/share/
cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/
cp /etc/os-release etc/
echo 'hosts: files dns' >etc/nsswitch.conf
echo 'stoa:x:65532:65532::/var/lib/stoa:/usr/bin/stoa' >etc/passwd
echo 'stoa:x:65532:' >etc/group

# --- The bill of materials: Debian's part after the crates --------------------------------------------------------
debian=$(. /etc/os-release && echo "$ID")
# shellcheck disable=SC2016,SC2086 # dpkg's own variables; a list of names
dpkg-query -W -f '    {"type": "library", "name": "${Package}", "version": "${Version}", "purl": "pkg:deb/'"$debian"'/${Package}@${Version}?arch=${Architecture}"},\n' \
    $packages | sed -E ':again; s/("purl": "[^"]*)\+/\1%2B/; t again' >/tmp/debian.json
sed -i '/"components": \[/r /tmp/debian.json' usr/share/doc/stoa/sbom.cdx.json

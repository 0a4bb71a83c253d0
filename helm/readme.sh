#!/usr/bin/env bash
# Writes the table of helm/stoa/README.md anew out of values.yaml.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tools=$("$here/fetch.sh")
"$tools/node_modules/.bin/readme-generator" -v "$here/stoa/values.yaml" -r "${1:-$here/stoa/README.md}" >/dev/null

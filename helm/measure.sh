#!/usr/bin/env bash
# Prints the memory and the CPU of each process of the minimal release (QUESTIONS=…, COPIES=… of the handbook).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STOA_HELM_TOOLS=$("$here/fetch.sh")
export STOA_HELM_TOOLS
exec "$STOA_HELM_TOOLS/python/bin/python" "$here/tests/measure.py"

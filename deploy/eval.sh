#!/usr/bin/env bash
# Measures answers with `stoa eval`: over the example handbook, and over the collections of STOA_BENCH_DATA
# where they are. Results and reports go to target/eval, the figures to docs/evaluation.md. What it says of the handbook is
# checked for being up to date, since everybody can measure that.
#
#   deploy/eval.sh PROGRAM   measures with this program
#   deploy/eval.sh --check   fails when docs/evaluation.md is older than what it is made of
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
page=docs/evaluation.md
inputs=$(cat examples/handbook.questions.jsonl examples/handbook/*.md services/generation/prompts/*.md \
    deploy/multilingual-e5-small.json deploy/evaluation.py | sha256sum | cut -d ' ' -f 1)

if [ "${1:-}" = --check ]; then
    grep -q "$inputs" "$page" 2>/dev/null || {
        echo "$page was not made of the handbook, questions and prompts that are here: run make eval" >&2
        exit 1
    }
    exit
fi
stoa=$(realpath "${1:?which program}")
data=${STOA_BENCH_DATA:-../shared/data}
out=$(realpath -m "${CARGO_TARGET_DIR:-target}")/eval
work=$(mktemp -d)
# Root's PostgreSQL runs as another user, who goes through it.
chmod 755 "$work"
server=
stop() {
    if [ -n "$server" ]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$work"
}
trap stop EXIT
mkdir -p "$out" docs
# What is not measured this time stays on the page as it is.
rm -f "$out"/*.json

# The figures are those of what a newcomer has, whatever this machine is configured with.
for name in $(compgen -e STOA_); do
    case $name in STOA_ASSETS_DIR | STOA_BENCH_DATA) ;; *) unset "$name" ;; esac
done
unset DISCORD_TOKEN TELEGRAM_TOKEN
touch "$work/stoa.toml"
export STOA_CONFIG=$work/stoa.toml STOA_DATA_DIR=$work/data
"$stoa" up --port 0 --learn examples/handbook >"$work/ready" 2>"$work/log" &
server=$!
until grep -q '^ready ' "$work/ready"; do
    kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
    sleep 0.2
done

measure() { # name, questions, space, other options
    "$stoa" eval "$2" --space "$3" --out "$out/$1.json" --report "$out/$1.html" --ladder --ablate "${@:4}"
}
measure handbook examples/handbook.questions.jsonl default
python3 deploy/evaluation.py sets "$data" "$work"
for questions in "$work"/*/questions.jsonl; do
    [ -f "$questions" ] || continue
    folder=$(dirname "$questions")
    name=$(basename "$folder")
    only=()
    # Nobody wrote answers to these.
    [ "$name" != cranfield ] || only=(--search-only)
    "$stoa" learn "$folder/documents" --space "$name" >"$work/learned"
    measure "$name" "$questions" "$name" "${only[@]}"
done
python3 deploy/evaluation.py page "$inputs" "$page" "$out"
echo "The figures are in $page, the reports in $out"

#!/usr/bin/env bash
# Whether a seed does the same things whoever compiled it: compare.sh SEEDS PROGRAM PROGRAM...
set -euo pipefail
seeds=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for program in "$@"; do
  "$program" --seeds "$seeds" --hashes | grep '^seed .* trace' >"$folder/$(echo "$program" | tr / _)" || true
done
first=
for file in "$folder"/*; do
  lines=$(wc -l <"$file")
  [[ $lines -eq $seeds ]] || { echo "compare: $lines of $seeds seeds gave a trace in ${file##*/}" >&2; exit 1; }
  [[ -z $first ]] || diff "$first" "$file" || { echo "compare: the programs differ" >&2; exit 1; }
  first=${first:-$file}
done
echo "$seeds seeds: the same traces from $# programs"

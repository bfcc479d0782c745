#!/usr/bin/env bash
# Trains every example for one epoch on 1, 2 and 3 threads, and compares the weights byte for byte.
#
#   Tests/Scripts/same_bits.sh [--data FOLDER] [EXAMPLE…]
#
# FOLDER holds the larger files that examples name, directly or in folders of their own. Examples whose data are not
# found are skipped aloud. Ends with 1 where any two differ.
set -euo pipefail
cd "$(dirname "$0")/../.."
. Tests/Scripts/examples.sh

folder=""
examples=()
while [ $# -gt 0 ]; do
  case "$1" in
    --data) folder="$2"; shift 2 ;;
    *) examples+=("$1"); shift ;;
  esac
done
[ ${#examples[@]} -gt 0 ] || for file in examples/*.nnet; do examples+=("$(basename "$file" .nnet)"); done

nnc="$(built)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

failed=0
for example in "${examples[@]}"; do
  find_data "$example" || continue
  sums=()
  for threads in 1 2 3; do
    rm -rf "$scratch/run"
    "$nnc" run "examples/$example.nnet" --quiet --epochs 1 --threads "$threads" --out "$scratch/run" "${flags[@]}" \
      >/dev/null 2>"$scratch/errors" || { cat "$scratch/errors" >&2; exit 1; }
    sums+=("$(find "$scratch/run" -name '*.safetensors' -exec sha256sum {} + | awk '{ print $1 }' | sort | sha256sum \
      | cut -c1-16)")
  done
  if [ "${sums[0]}" = "${sums[1]}" ] && [ "${sums[0]}" = "${sums[2]}" ]; then
    echo "$example: the same bits on 1, 2 and 3 threads (${sums[0]})"
  else
    echo "$example: DIFFERENT bits on 1, 2 and 3 threads: ${sums[*]}"
    failed=1
  fi
done
exit "$failed"

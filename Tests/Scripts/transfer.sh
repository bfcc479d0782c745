#!/usr/bin/env bash
# Prints what examples/fashion_transfer.nnet reaches on garments that it has ten examples each of: with features that stay
# as they were learned on other garments, with these tuned, and from nothing.
#
#   Tests/Scripts/transfer.sh FOLDER [SEEDS]
#
# FOLDER holds the files of Fashion-MNIST. Each seed deals other examples.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder="${1:?name the folder of Fashion-MNIST}"
seeds="${2:-5}"

swift build -c release --product nnc >/dev/null
nnc="$(swift build -c release --show-bin-path)/nnc"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

for seed in $(seq 1 "$seeds"); do
  begin=$(date +%s.%N)
  "$nnc" run examples/fashion_transfer.nnet --quiet --seed "$seed" --set "deal=$seed" --data "$folder" \
    --out "$scratch/run-$seed" >/dev/null
  end=$(date +%s.%N)
  for block in Frozen Tuned Scratch; do
    grep "\"train\":\"$block\",\"split\":\"test\"" "$scratch/run-$seed/metrics.jsonl" \
      | sed 's/.*"accuracy":\([0-9.]*\).*/\1/' | awk -v block="$block" '{ print block, 100 * $1 }' >>"$scratch/figures"
  done
  echo "$end $begin" | awk '{ print "seconds", $1 - $2 }' >>"$scratch/figures"
done
awk '
  { sum[$1] += $2; count[$1]++; list[$1] = list[$1] sprintf(" %.1f", $2)
    if (!($1 in low) || $2 < low[$1]) low[$1] = $2
    if (!($1 in high) || $2 > high[$1]) high[$1] = $2 }
  END {
    split("Frozen Tuned Scratch seconds", names, " ")
    for (i = 1; i <= 4; i++) {
      name = names[i]
      printf "%-8s mean %.1f, %.1f to %.1f:%s\n", name, sum[name] / count[name], low[name], high[name], list[name]
    }
  }' "$scratch/figures"

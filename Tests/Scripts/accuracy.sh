#!/usr/bin/env bash
# Prints what the examples reach, over several seeds: the table of examples/README.md.
#
#   Tests/Scripts/accuracy.sh [--seeds N] [--data FOLDER] [EXAMPLE…]
#
# FOLDER holds the larger files that examples name (Fashion-MNIST, titanic_train.csv, california_housing.csv, texts),
# directly or in folders of their own. Examples whose data are not found are skipped aloud. Each row of the table is one
# measure on the test rows, or on the validation rows where there are no others.
set -euo pipefail
cd "$(dirname "$0")/../.."
. Tests/Scripts/examples.sh

seeds=10
folder=""
examples=()
while [ $# -gt 0 ]; do
  case "$1" in
    --seeds) seeds="$2"; shift 2 ;;
    --data) folder="$2"; shift 2 ;;
    *) examples+=("$1"); shift ;;
  esac
done
[ ${#examples[@]} -gt 0 ] || examples=(iris digits titanic housing fashion_mlp)

nnc="$(built)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

printf '| example | measure | mean | min to max | runs | seconds a run (median) |\n'
printf '| --- | --- | --- | --- | --- | --- |\n'
for example in "${examples[@]}"; do
  find_data "$example" || continue
  : >"$scratch/last" ; : >"$scratch/times"
  for seed in $(seq 1 "$seeds"); do
    # Other rows in each part too, where the example lets them be chosen.
    deal=()
    if grep -q '^let deal' "examples/$example.nnet"; then deal=(--set "deal=$seed"); fi
    rm -rf "$scratch/run"
    begin=$(date +%s.%N)
    "$nnc" run "examples/$example.nnet" --quiet --seed "$seed" --out "$scratch/run" "${flags[@]}" "${deal[@]}" \
      >/dev/null 2>"$scratch/errors" || { cat "$scratch/errors" >&2; exit 1; }
    end=$(date +%s.%N)
    { grep '"split":"test"' "$scratch/run/metrics.jsonl" || grep '"split":"validation"' "$scratch/run/metrics.jsonl"; } \
      | tail -n 1 >>"$scratch/last"
    echo "$end $begin" | awk '{ print $1 - $2 }' >>"$scratch/times"
  done
  seconds="$(sort -n "$scratch/times" | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] }')"
  split="$(grep -oE '"split":"[a-z]+"' "$scratch/last" | head -n 1 | cut -d'"' -f4)"
  for measure in accuracy exact_match f1 r2 root_mean_squared_error mean_absolute_error perplexity loss; do
    grep -oE "\"$measure\":[-0-9.e]+" "$scratch/last" | cut -d: -f2 >"$scratch/values" || continue
    [ -s "$scratch/values" ] || continue
    awk -v example="$example" -v measure="$split $measure" -v seconds="$seconds" '
      { sum += $1; if (NR == 1 || $1 < low) low = $1; if (NR == 1 || $1 > high) high = $1 }
      END {
        if (measure ~ /accuracy|exact_match/)
          printf "| %s | %s | %.2f %% | %.2f to %.2f %% | %d | %s |\n",
            example, measure, 100 * sum / NR, 100 * low, 100 * high, NR, seconds
        else
          printf "| %s | %s | %.4g | %.4g to %.4g | %d | %s |\n", example, measure, sum / NR, low, high, NR, seconds
      }' "$scratch/values"
  done
done

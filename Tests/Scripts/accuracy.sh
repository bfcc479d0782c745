#!/usr/bin/env bash
# Prints what the examples reach, over several seeds: the table of examples/README.md.
#
#   Tests/Scripts/accuracy.sh [--data FOLDER] [EXAMPLE[:SEEDS]…]
#
# FOLDER holds the larger files that examples name (Fashion-MNIST, titanic_train.csv, california_housing.csv, texts),
# directly or in folders of their own. Examples whose data are not found are skipped aloud. Each row of the table is one
# measure on the test rows, or on the validation rows where there are no others; folds are one run, and their spread is
# that of the folds. Where the first run takes more than a minute, it stays alone.
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
[ ${#examples[@]} -gt 0 ] || examples=(
  iris:10 digits:10 titanic:40 housing:10 fashion_mlp:3 digits_cnn digits_lstm own_cell blocks unet sunspots airline
  reviews:1 addition:1 fashion_cnn:1 fashion_gru:1 shakespeare_lstm:1 shakespeare_gpt:1
)

nnc="$(built)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# The line of metrics.jsonl that counts.
result() {
  local split
  for split in folds test validation; do
    if grep "\"split\":\"$split\"" "$scratch/run/metrics.jsonl" | tail -n 1 | grep .; then return; fi
  done
}

printf '| example | measure | mean | min to max | runs | seconds a run (median) |\n'
printf '| --- | --- | --- | --- | --- | --- |\n'
for entry in "${examples[@]}"; do
  example="${entry%%:*}"
  seeds=5
  if [ "$entry" != "$example" ]; then seeds="${entry##*:}"; fi
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
    result >>"$scratch/last"
    echo "$end $begin" | awk '{ print $1 - $2 }' >>"$scratch/times"
    if awk '{ exit !($1 > 60) }' "$scratch/times"; then break; fi
  done
  seconds="$(sort -n "$scratch/times" | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] }')"
  split="$(grep -oE '"split":"[a-z]+"' "$scratch/last" | head -n 1 | cut -d'"' -f4)"
  if [ "$split" = folds ]; then
    grep -oE '"[a-z_0-9]+":\{"mean":[-0-9.e]+,"deviation":[-0-9.e]+' "$scratch/last" | tr -d '"{' | tr ':,' '  ' \
      | awk -v example="$example" -v seconds="$seconds" '{
          printf "| %s | %s over the folds | %.2f %% | ± %.2f %% | 1 | %s |\n", example, $1, 100 * $3, 100 * $5, seconds
        }'
    continue
  fi
  told=""
  for measure in accuracy exact_match r2 root_mean_squared_error loss; do
    # The loss stands for examples without another measure of these.
    if [ "$measure" = loss ] && [ -n "$told" ]; then continue; fi
    grep -oE "\"$measure\":[-0-9.e]+" "$scratch/last" | cut -d: -f2 >"$scratch/values" || continue
    [ -s "$scratch/values" ] || continue
    told="$measure"
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

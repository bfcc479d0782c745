#!/usr/bin/env bash
# Prints what the examples reach, over several seeds: the table of examples/README.md.
#
#   Tests/Scripts/accuracy.sh [--seeds N] [--data FOLDER] [EXAMPLE…]
#
# FOLDER holds the larger files that examples name (Fashion-MNIST, titanic_train.csv, california_housing.csv), directly or
# in folders of their own. Examples whose data are not found are skipped aloud.
set -euo pipefail
cd "$(dirname "$0")/../.."

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

swift build -c release >/dev/null
nnc="$(swift build -c release --show-bin-path)/nnc"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# The folder below $folder that holds the first file an example names.
folder_of() {
  local file
  file="$(grep -oE '(csv|idx)\((images: )?"[^"]+"' "examples/$1.nnet" | head -n 1 | sed 's/.*"\(.*\)"/\1/')"
  [ -f "examples/$file" ] && { echo "-"; return; }
  [ -n "$folder" ] && find "$folder" -name "$(basename "$file")" -printf '%h\n' 2>/dev/null | head -n 1
}

printf '| example | measure | mean | spread (min to max) | seeds | seconds a run (median) |\n| --- | --- | --- | --- | --- | --- |\n'
for example in "${examples[@]}"; do
  place="$(folder_of "$example")"
  if [ -z "$place" ]; then
    echo "SKIPPED $example: its data were not found; name their folder with --data" >&2
    continue
  fi
  flags=()
  [ "$place" = "-" ] || flags=(--data "$place")
  : >"$scratch/tests" ; : >"$scratch/times"
  for seed in $(seq 1 "$seeds"); do
    # Other rows in each part too, where the example lets them be chosen.
    deal=()
    if grep -q '^let deal' "examples/$example.nnet"; then deal=(--set "deal=$seed"); fi
    rm -rf "$scratch/run"
    begin=$(date +%s.%N)
    "$nnc" run "examples/$example.nnet" --quiet --seed "$seed" --out "$scratch/run" "${flags[@]}" "${deal[@]}" >/dev/null 2>"$scratch/errors" \
      || { cat "$scratch/errors" >&2; exit 1; }
    end=$(date +%s.%N)
    grep '"split":"test"' "$scratch/run/metrics.jsonl" | tail -n 1 >>"$scratch/tests"
    echo "$end $begin" | awk '{ print $1 - $2 }' >>"$scratch/times"
  done
  seconds="$(sort -n "$scratch/times" | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] }')"
  for measure in accuracy f1 r2 mean_absolute_error; do
    grep -oE "\"$measure\":[-0-9.e]+" "$scratch/tests" | cut -d: -f2 >"$scratch/values" || continue
    [ -s "$scratch/values" ] || continue
    awk -v example="$example" -v measure="$measure" -v seconds="$seconds" '
      { sum += $1; if (NR == 1 || $1 < low) low = $1; if (NR == 1 || $1 > high) high = $1 }
      END {
        if (measure == "accuracy")
          printf "| %s | %s | %.2f %% | %.2f to %.2f %% | %d | %s |\n", example, measure, 100 * sum / NR, 100 * low, 100 * high, NR, seconds
        else
          printf "| %s | %s | %.4g | %.4g to %.4g | %d | %s |\n", example, measure, sum / NR, low, high, NR, seconds
      }' "$scratch/values"
  done
done

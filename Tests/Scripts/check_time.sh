#!/usr/bin/env bash
# Times `nnc check` of a file of a thousand lines, all of them generic layers with `where`: medians of 21 runs.
#
#   Tests/Scripts/check_time.sh [NNC]     (builds nnc where none is named)
set -euo pipefail
cd "$(dirname "$0")/../.."
. Tests/Scripts/examples.sh
nnc="${1:-$(built)}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
file="$scratch/long.nnet"

cat >"$file" <<'NNET'
data Rows from spirals(rows: 300, noise: 0.1, seed: 1) {
  let p: [2]      = [x, y]
  let c: class(2) = label
  split: random(train: 70%, validation: 15%, test: 15%, seed: 1)
}
NNET
chain=""
images=""
for number in $(seq 1 90); do
  cat >>"$file" <<NNET

/// Attention and a feedforward part.
layer Block$number(x: [T, D], heads: Int, rate: Float = 0) -> [T, D] where D % heads == 0 {
  x -> residual(layer_norm -> attention(heads: heads, causal: true) -> dropout(rate))
    -> residual(layer_norm -> dense(4 * D) -> gelu -> dense(D) -> dropout(rate))
}

layer Down$number(x: [H, W, C], width: Int) -> [H / 2, W / 2, width] where H % 2 == 0, W % 2 == 0 {
  let main  = x -> conv(width, kernel: 3, stride: 2, padding: same) -> batch_norm -> relu
  (main + (x -> conv(width, kernel: 1, stride: 2, padding: same))) -> relu
}
NNET
  chain="$chain -> Block$number(heads: 2)"
  images="$images + (image -> Down$number(width: 8))"
done
cat >>"$file" <<NNET

model Net(p: [2]) -> [2] {
  let image = p -> dense(64) -> reshape([4, 4, 4]) -> relu
  (${images# + }) -> reshape([4, 8])$chain
    -> flatten -> dense(2)
}

train Net on Rows {
  loss:      cross_entropy(Net(p), c)
  optimizer: adam(rate: 1e-3)
  epochs:    1
}
NNET

"$nnc" check "$file"
TIMEFORMAT='%R %U %S'
for _ in $(seq 1 21); do
  { time "$nnc" check "$file" >/dev/null 2>&1; } 2>&1
done | awk -v lines="$(wc -l <"$file")" '
  function median(values,    i, j, v) {
    for (i = 2; i <= NR; i++) {
      v = values[i]
      for (j = i - 1; j > 0 && values[j] > v; j--) values[j + 1] = values[j]
      values[j + 1] = v
    }
    return values[int((NR + 1) / 2)]
  }
  { wall[NR] = 1000 * $1; cpu[NR] = 1000 * ($2 + $3) }
  END { printf "%d lines: median %.0f ms, %.0f ms of processor time (%d runs)\n", lines, median(wall), median(cpu), NR }'

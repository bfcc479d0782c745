#!/bin/sh
# How well the autoencoder tells the digit that it never learnt from the nine others: the area under the ROC curve over
# the test rows for each digit held out, and their mean.
#
#     Tests/Scripts/anomalies.sh [NNC]
nnc=${1:-.build/release/nnc}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for held in 0 1 2 3 4 5 6 7 8 9; do
  "$nnc" run examples/digits_autoencoder.nnet --set held=$held --quiet --out "$folder/$held" > /dev/null 2>&1
  # The share of pairs of an odd and an ordinary row in which the odd one has the higher score.
  awk -F, -v held=$held '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { score[NR] = $column["score"]; odd[NR] = $column["digit"] == held }
    END {
      for (i in score) if (odd[i]) for (j in score) if (!odd[j]) {
        pairs++
        if (score[i] > score[j]) wins++; else if (score[i] == score[j]) wins += 0.5
      }
      printf "%d %.3f\n", held, wins / pairs
    }' "$folder/$held/predictions.csv"
done | awk '{ print; sum += $2 } END { printf "mean %.3f\n", sum / NR }'

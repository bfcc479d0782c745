#!/usr/bin/env bash
# Counts what a training step allocates: every call of malloc and its kin in a whole run, for two numbers of steps inside
# one epoch. What both runs do alike cancels; what is left is a snapshot for the search of faults every 128 steps.
#
# Usage: allocations.sh [NNC]   (builds nnc where none is named; Linux with glibc and a C compiler)
set -euo pipefail
cd "$(dirname "$0")/../.."
nnc="${1:-}"
if [ -z "$nnc" ]; then
  swift build -c release --product nnc >/dev/null
  nnc="$(swift build -c release --show-bin-path)/nnc"
fi
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/count.c" <<'C'
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static _Atomic long calls;
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
void *malloc(size_t n) { calls++; return __libc_malloc(n); }
void *calloc(size_t n, size_t size) { calls++; return __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { calls++; return __libc_realloc(p, n); }
void *aligned_alloc(size_t a, size_t n) { calls++; return __libc_memalign(a, n); }
int posix_memalign(void **p, size_t a, size_t n) { calls++; return (*p = __libc_memalign(a, n)) ? 0 : 12; }
__attribute__((destructor)) static void tell(void) {
  char line[64];
  int n = snprintf(line, sizeof line, "%ld\n", calls);
  if (write(2, line, (size_t)n) != n) _exit(1);
}
C
cc -O2 -shared -fPIC -o "$scratch/count.so" "$scratch/count.c"

for kind in "dense(32) -> relu -> dropout(0.2)" "reshape([8, 8, 1]) -> conv(8, kernel: 3) -> relu -> flatten" \
  "reshape([8, 8]) -> lstm(8) -> last"; do
  counts=()
  for steps in 150 250; do
    cat >"$scratch/steps.nnet" <<NNET
data Digits from csv("digits.csv.gz") {
  let x: [64]      = [p0 ... p63] / 16
  let y: class(10) = digit
  split: random(train: 100%, seed: 1)
}
model Net(x: [64]) -> [10] { x -> $kind -> dense(10) }
train Net on Digits {
  loss:      cross_entropy(Net(x), y)
  optimizer: adam(rate: 0.001)
  steps:     $steps
  batch:     4
}
NNET
    counts+=("$(LD_PRELOAD="$scratch/count.so" "$nnc" run "$scratch/steps.nnet" --data examples/data --threads 2 \
      --quiet --out "$scratch/$steps" 2>&1 >/dev/null | tail -n 1)")
    rm -rf "${scratch:?}/$steps"
  done
  echo "$kind: $((counts[1] - counts[0])) allocations in 100 more steps (${counts[0]}, ${counts[1]} in all)"
done

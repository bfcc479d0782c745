#!/bin/sh
# Compiles the kernels for 64-bit Arm and runs their C test under an emulator. Needs clang, and Debian's
# gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user-static; says so, and ends well, where they are missing.
set -e
here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../Sources/CKernels
for tool in clang aarch64-linux-gnu-gcc qemu-aarch64-static; do
  if ! command -v $tool >/dev/null; then
    echo "SKIPPED: $tool is not installed, so the NEON kernels were not tried"
    exit 0
  fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in "$kernels"/*.c "$here/kernels.c"; do
  clang --target=aarch64-linux-gnu --gcc-toolchain=/usr -isystem /usr/aarch64-linux-gnu/include -O2 -Wall -Werror \
    -I "$kernels/include" -c "$source" -o "$work/$(basename "$source").o"
done
aarch64-linux-gnu-gcc -static "$work"/*.o -o "$work/kernels" -lm -lpthread
qemu-aarch64-static "$work/kernels"

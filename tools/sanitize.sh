#!/bin/sh
# Runs the tests of the fused kernels under LLVM's address sanitizer, with every instruction set of the
# machine: a read or write outside of a buffer ends them. (Miri knows no vector instructions of this size.)
#
#     tools/sanitize.sh
#
# RUSTC_BOOTSTRAP opens the flag of the stable compiler, which ships the sanitizer's runtime; the build
# has a folder of its own and takes some minutes.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address exec cargo test --release \
    --target "$host" --target-dir target/sanitizer --lib engine::fused "$@"

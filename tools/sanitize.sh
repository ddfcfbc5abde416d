#!/bin/sh
# Runs the tests of the fused kernels under the address sanitizer, with every instruction set that this machine has. The
# sanitizer needs a switch that the stable compiler hides; nothing else is built so.
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address exec cargo test --release --lib --no-default-features \
    --target "$host" --target-dir target/sanitizer engine::fused "$@"

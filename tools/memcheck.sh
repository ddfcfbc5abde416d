#!/bin/sh
# Runs the tests of the fused kernels under valgrind's memcheck: a read or write outside of a buffer, or
# a decision on a value that was never written, ends them.
#
#     tools/memcheck.sh
#
# Valgrind shows programs a processor with AVX2 and without AVX-512, so these and the plain kernels are
# what is checked; the kernels of AVX-512 are the same source. (Miri knows no vectors of this size.)
set -eu
cd "$(dirname "$0")/.."
host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')
export "CARGO_TARGET_${host}_RUNNER=valgrind --error-exitcode=9 -q"
PROPTEST_CASES=${PROPTEST_CASES:-3} exec cargo test --release --lib engine::fused -- --test-threads 1

//! Every operation of every set of this machine, against plain arithmetic.

use super::*;

const A: [f32; 16] = [
    0.0,
    1.5,
    -2.0,
    f32::NAN,
    3.0,
    -0.0,
    7.25,
    -1e30,
    0.1,
    0.2,
    0.3,
    -0.4,
    f32::INFINITY,
    5.0,
    -6.0,
    1e-30,
];
const B: [f32; 16] = [
    1.0,
    -1.5,
    -3.0,
    2.0,
    f32::NAN,
    0.0,
    0.0,
    1e30,
    0.7,
    -0.2,
    0.0,
    4.0,
    1.0,
    f32::NEG_INFINITY,
    6.0,
    1e-30,
];

/// The operations in one column a lane.
struct Operations;

impl Kernel for Operations {
    type Output = Vec<[f32; 7]>;

    #[inline(always)]
    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let mut columns = vec![[0.0; 7]; 16];
        for start in (0..16).step_by(S::LANES) {
            // SAFETY: LANES divides 16, so that LANES values follow `start` in both arrays.
            let (a, b) = unsafe {
                (
                    simd.load(A.as_ptr().add(start)),
                    simd.load(B.as_ptr().add(start)),
                )
            };
            let results = [
                simd.add(a, b),
                simd.sub(a, b),
                simd.mul(a, b),
                simd.mul_add(a, b, simd.splat(0.5)),
                simd.max(a, b),
                simd.min(a, b),
                simd.count_zeros(simd.splat(f32::from_bits(2)), a),
            ];
            for (row, result) in results.into_iter().enumerate() {
                let mut lanes = [0.0; 16];
                // SAFETY: no vector is longer than sixteen values.
                unsafe { simd.store(lanes.as_mut_ptr(), result) };
                for lane in 0..S::LANES {
                    columns[start + lane][row] = lanes[lane];
                }
            }
        }
        columns
    }
}

#[test]
fn all_sets_compute_the_same() {
    for set in InstructionSet::available() {
        for (lane, column) in set.run(Operations).into_iter().enumerate() {
            let (a, b) = (A[lane], B[lane]);
            let product = if set == InstructionSet::Plain {
                a * b + 0.5
            } else {
                a.mul_add(b, 0.5)
            };
            let max = if a > b { a } else { b };
            let min = if a < b { a } else { b };
            let zeros = f32::from_bits(if a == 0.0 { 3 } else { 2 });
            let expected = [a + b, a - b, a * b, product, max, min, zeros];
            assert_eq!(column.map(bits), expected.map(bits), "{set:?}, lane {lane}");
        }
    }
}

/// The bits of a value, one NaN as good as another.
fn bits(value: f32) -> u32 {
    if value.is_nan() {
        f32::NAN.to_bits()
    } else {
        value.to_bits()
    }
}

#[test]
fn the_plain_set_is_always_there_and_last() {
    assert_eq!(
        InstructionSet::available().last(),
        Some(InstructionSet::Plain)
    );
    assert!(InstructionSet::detect().is_available());
}

/// What is told without running a kernel agrees with what kernels see.
#[test]
fn lanes_and_tiles_are_those_of_the_kernels() {
    struct Sizes;
    impl Kernel for Sizes {
        type Output = (usize, usize);
        fn run<S: Simd>(self, _: S) -> Self::Output {
            (S::LANES, S::TILE)
        }
    }
    for set in InstructionSet::available() {
        assert_eq!(set.run(Sizes), (set.lanes(), set.tile()), "{set:?}");
    }
}

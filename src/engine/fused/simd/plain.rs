//! Plain Rust, four values at a time: for processors without one of the other sets, and for Miri.
//! Compilers turn it into the four-lane instructions that every 64-bit processor has.

use super::{Kernel, Simd};

const LANES: usize = 4;

#[derive(Clone, Copy)]
pub struct Plain;

/// Applies a function lane by lane.
#[inline(always)]
fn lanes(a: [f32; LANES], b: [f32; LANES], f: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let mut output = [0.0; LANES];
    for lane in 0..LANES {
        output[lane] = f(a[lane], b[lane]);
    }
    output
}

impl Simd for Plain {
    type Vector = [f32; LANES];

    const LANES: usize = LANES;
    const TILE: usize = 6;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn splat(self, value: f32) -> Self::Vector {
        [value; LANES]
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Self::Vector {
        // SAFETY: the caller promises four values; arrays of `f32` are aligned as `f32` are.
        unsafe { from.cast::<Self::Vector>().read() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, values: Self::Vector) {
        // SAFETY: the caller promises room for four values; see `load`.
        unsafe { to.cast::<Self::Vector>().write(values) }
    }

    #[inline(always)]
    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanes(a, b, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanes(a, b, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanes(a, b, |a, b| a * b)
    }

    #[inline(always)]
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector {
        self.add(self.mul(a, b), c)
    }

    #[inline(always)]
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanes(a, b, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector {
        lanes(a, b, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn count_zeros(self, count: Self::Vector, values: Self::Vector) -> Self::Vector {
        lanes(count, values, |count, value| {
            f32::from_bits(count.to_bits() + u32::from(value == 0.0))
        })
    }
}

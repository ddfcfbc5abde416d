//! NEON: four values a vector, thirty-two registers.

use std::arch::aarch64::*;

use super::{Kernel, Simd};

/// Proof that the machine has NEON.
#[derive(Clone, Copy)]
pub struct Neon(());

impl Neon {
    #[inline]
    pub fn detect() -> Option<Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
    }
}

#[target_feature(enable = "neon")]
fn enabled<K: Kernel>(simd: Neon, kernel: K) -> K::Output {
    kernel.run(simd)
}

// SAFETY of the whole block: a value of `Neon` exists only where `detect` found the instructions.
impl Simd for Neon {
    type Vector = float32x4_t;

    const LANES: usize = 4;
    const TILE: usize = 13;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves that the instructions are there.
        unsafe { enabled(self, kernel) }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> float32x4_t {
        // SAFETY: `self` proves that the instructions are there; so in every function below.
        unsafe { vdupq_n_f32(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> float32x4_t {
        // SAFETY: the caller promises four values.
        unsafe { vld1q_f32(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, values: float32x4_t) {
        // SAFETY: the caller promises room for four values.
        unsafe { vst1q_f32(to, values) }
    }

    #[inline(always)]
    fn add(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: as in `splat`.
        unsafe { vaddq_f32(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: as in `splat`.
        unsafe { vsubq_f32(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: as in `splat`.
        unsafe { vmulq_f32(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        // SAFETY: as in `splat`.
        unsafe { vfmaq_f32(c, a, b) }
    }

    #[inline(always)]
    fn max(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: as in `splat`. A comparison with NaN is false, which selects `b`.
        unsafe { vbslq_f32(vcgtq_f32(a, b), a, b) }
    }

    #[inline(always)]
    fn min(self, a: float32x4_t, b: float32x4_t) -> float32x4_t {
        // SAFETY: as in `max`.
        unsafe { vbslq_f32(vcltq_f32(a, b), a, b) }
    }

    #[inline(always)]
    fn count_zeros(self, count: float32x4_t, values: float32x4_t) -> float32x4_t {
        // SAFETY: as in `splat`.
        unsafe {
            let zeros = vceqzq_f32(values);
            vreinterpretq_f32_u32(vsubq_u32(vreinterpretq_u32_f32(count), zeros))
        }
    }
}

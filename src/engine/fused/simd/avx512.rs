//! AVX-512: sixteen values a vector, thirty-two registers.

use std::arch::x86_64::*;

use super::{Kernel, Simd};

/// Proof that the machine has AVX-512 F and DQ.
#[derive(Clone, Copy)]
pub struct Avx512(());

impl Avx512 {
    #[inline]
    pub fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma");
        has.then_some(Self(()))
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
fn enabled<K: Kernel>(simd: Avx512, kernel: K) -> K::Output {
    kernel.run(simd)
}

// SAFETY of the whole block: a value of `Avx512` exists only where `detect` found the instructions.
impl Simd for Avx512 {
    type Vector = __m512;

    const LANES: usize = 16;
    const TILE: usize = 13;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves that the instructions are there.
        unsafe { enabled(self, kernel) }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: `self` proves that the instructions are there; so in every function below.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        // SAFETY: the caller promises sixteen values.
        unsafe { _mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, values: __m512) {
        // SAFETY: the caller promises room for sixteen values.
        unsafe { _mm512_storeu_ps(to, values) }
    }

    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as in `splat`.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as in `splat`.
        unsafe { _mm512_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as in `splat`.
        unsafe { _mm512_mul_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: as in `splat`.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as in `splat`. The instruction returns its second operand for NaN.
        unsafe { _mm512_max_ps(a, b) }
    }

    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as in `max`.
        unsafe { _mm512_min_ps(a, b) }
    }

    #[inline(always)]
    fn count_zeros(self, count: __m512, values: __m512) -> __m512 {
        // SAFETY: as in `splat`.
        unsafe {
            let magnitude = _mm512_set1_epi32(0x7fff_ffff);
            let zeros = _mm512_testn_epi32_mask(_mm512_castps_si512(values), magnitude);
            let count = _mm512_castps_si512(count);
            _mm512_castsi512_ps(_mm512_mask_add_epi32(
                count,
                zeros,
                count,
                _mm512_set1_epi32(1),
            ))
        }
    }
}

//! AVX2 with FMA: eight values a vector, sixteen registers.

use std::arch::x86_64::*;

use super::{Kernel, Simd};

/// Proof that the machine has AVX2 and FMA.
#[derive(Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    #[inline]
    pub fn detect() -> Option<Self> {
        let has = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        has.then_some(Self(()))
    }
}

#[target_feature(enable = "avx2,fma")]
fn enabled<K: Kernel>(simd: Avx2, kernel: K) -> K::Output {
    kernel.run(simd)
}

// SAFETY of the whole block: a value of `Avx2` exists only where `detect` found the instructions.
impl Simd for Avx2 {
    type Vector = __m256;

    const LANES: usize = 8;
    const TILE: usize = 6;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves that the instructions are there.
        unsafe { enabled(self, kernel) }
    }

    #[inline(always)]
    fn splat(self, value: f32) -> __m256 {
        // SAFETY: `self` proves that the instructions are there; so in every function below.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m256 {
        // SAFETY: the caller promises eight values.
        unsafe { _mm256_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32, values: __m256) {
        // SAFETY: the caller promises room for eight values.
        unsafe { _mm256_storeu_ps(to, values) }
    }

    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: as in `splat`.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: as in `splat`.
        unsafe { _mm256_sub_ps(a, b) }
    }

    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: as in `splat`.
        unsafe { _mm256_mul_ps(a, b) }
    }

    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        // SAFETY: as in `splat`.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }

    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: as in `splat`. The instruction returns its second operand for NaN.
        unsafe { _mm256_max_ps(a, b) }
    }

    #[inline(always)]
    fn min(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: as in `max`.
        unsafe { _mm256_min_ps(a, b) }
    }

    #[inline(always)]
    fn count_zeros(self, count: __m256, values: __m256) -> __m256 {
        // SAFETY: as in `splat`.
        unsafe {
            let zeros =
                _mm256_castps_si256(_mm256_cmp_ps::<_CMP_EQ_OQ>(values, _mm256_setzero_ps()));
            _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_castps_si256(count), zeros))
        }
    }
}

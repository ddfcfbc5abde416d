//! One vocabulary for all vector units: [`Simd`] names the few operations that the kernels are
//! written in, and [`InstructionSet`] picks at run time what the machine at hand has.
//!
//! A kernel is written once, generic over [`Simd`], and compiled once for each instruction set: a
//! [`Kernel`] is run inside a function that enables the instructions, and everything in it is
//! `#[inline(always)]`. Values of a set's type exist only where its instructions were detected, so
//! that arithmetic is safe; only loads and stores through pointers are not.
//!
//! AVX-512, AVX2 and NEON multiply and add with one rounding (FMA). Each output is computed by one
//! lane in a fixed order, so they agree to the bit. The plain set rounds twice: without the
//! instruction, a fused multiplication is a call of some twenty nanoseconds.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;

/// Vector operations of one instruction set.
pub trait Simd: Copy + Send + Sync + 'static {
    type Vector: Copy;

    /// Values in a vector.
    const LANES: usize;

    /// Output positions of the largest tile, two vectors wide, that stays in registers.
    const TILE: usize;

    /// Runs a kernel with the instructions enabled.
    fn run<K: Kernel>(self, kernel: K) -> K::Output;

    fn splat(self, value: f32) -> Self::Vector;

    /// # Safety
    /// [`Self::LANES`] values can be read from `from` on. Alignment does not matter.
    unsafe fn load(self, from: *const f32) -> Self::Vector;

    /// # Safety
    /// [`Self::LANES`] values can be written from `to` on. Alignment does not matter.
    unsafe fn store(self, to: *mut f32, values: Self::Vector);

    fn add(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    fn sub(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    fn mul(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// a · b + c
    fn mul_add(self, a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// `a` where it is larger; `b` otherwise, also where one of both is NaN.
    fn max(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// `a` where it is smaller; `b` otherwise, also where one of both is NaN.
    fn min(self, a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// Adds 1 to `count`, lanes of which are the bits of `u32`, where the value is exactly zero.
    /// Integers, because the units that add floats are busy with the other statistics.
    fn count_zeros(self, count: Self::Vector, values: Self::Vector) -> Self::Vector;
}

/// Something to do with vectors; `run` is inlined into a function that enables the instructions.
pub trait Kernel {
    type Output;

    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The instruction sets that there are kernels for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// Any processor.
    Plain,
    /// x86-64 with AVX2 and FMA.
    Avx2,
    /// x86-64 with AVX-512 F and DQ.
    Avx512,
    /// 64-bit ARM.
    Neon,
}

impl InstructionSet {
    const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Neon, Self::Plain];

    /// Those that this machine has, the fastest first; the last one is always [`Self::Plain`].
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|set| set.is_available())
    }

    /// The fastest one of this machine.
    pub fn detect() -> Self {
        Self::available().next().unwrap_or(Self::Plain)
    }

    /// For the method page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
            Self::Neon => "NEON",
        }
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Plain => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::Avx2::detect().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::Avx512::detect().is_some(),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => neon::Neon::detect().is_some(),
            #[allow(unreachable_patterns)]
            _ => false,
        }
    }

    /// Values in a vector: layouts of packed weights depend on it.
    pub fn lanes(self) -> usize {
        match self {
            Self::Plain | Self::Neon => 4,
            Self::Avx2 => 8,
            Self::Avx512 => 16,
        }
    }

    /// Output positions of the largest tile.
    pub fn tile(self) -> usize {
        match self {
            Self::Plain => plain::Plain::TILE,
            Self::Avx2 => 6,
            Self::Avx512 | Self::Neon => 13,
        }
    }

    /// Runs a kernel on this set, or on the plain one where the machine does not have it.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[cfg(target_arch = "x86_64")]
        match self {
            Self::Avx512 => {
                if let Some(simd) = avx512::Avx512::detect() {
                    return simd.run(kernel);
                }
            }
            Self::Avx2 => {
                if let Some(simd) = avx2::Avx2::detect() {
                    return simd.run(kernel);
                }
            }
            _ => {}
        }
        #[cfg(target_arch = "aarch64")]
        if self == Self::Neon
            && let Some(simd) = neon::Neon::detect()
        {
            return simd.run(kernel);
        }
        plain::Plain.run(kernel)
    }
}

#[cfg(test)]
mod tests;

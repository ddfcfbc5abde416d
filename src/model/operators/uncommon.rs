//! [`Uncommon`]: activations that few networks have.

/// An activation function without parameters, by Keras' name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uncommon {
    /// x, clipped to [−1, 1]
    HardTanh,
    /// −ln(1 + e⁻ˣ)
    LogSigmoid,
    /// x where |x| > ½, 0 between.
    HardShrink,
    /// x without ½ towards 0, 0 where it is less than that.
    SoftShrink,
    /// x − tanh x
    TanhShrink,
    /// (x + √(x² + 4)) / 2
    SquarePlus,
    /// 0 below −1; x above 1; (x + 1)² / 4 between.
    SparsePlus,
    /// (x + 1) / 2, clipped to [0, 1]
    SparseSigmoid,
}

impl Uncommon {
    /// The function's name.
    pub fn label(self) -> &'static str {
        match self {
            Self::HardTanh => "hard tanh",
            Self::LogSigmoid => "log-sigmoid",
            Self::HardShrink => "hard shrink",
            Self::SoftShrink => "soft shrink",
            Self::TanhShrink => "tanh shrink",
            Self::SquarePlus => "squareplus",
            Self::SparsePlus => "sparse plus",
            Self::SparseSigmoid => "sparse sigmoid",
        }
    }

    /// The smallest and largest value it can return, where there is a bound.
    pub fn range(self) -> (Option<f32>, Option<f32>) {
        match self {
            Self::HardTanh => (Some(-1.0), Some(1.0)),
            Self::SparseSigmoid => (Some(0.0), Some(1.0)),
            Self::LogSigmoid => (None, Some(0.0)),
            Self::SquarePlus | Self::SparsePlus => (Some(0.0), None),
            Self::HardShrink | Self::SoftShrink | Self::TanhShrink => (None, None),
        }
    }
}

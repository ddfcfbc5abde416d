//! Layers compared, and chosen between.

use candle_core::{DType, Result, Tensor};

use super::Kernel;
use super::combination::Fitting;
use crate::model::operators::ComparisonKind;

pub(super) struct Comparison {
    pub kind: ComparisonKind,
    pub fitting: Fitting,
}

impl Kernel for Comparison {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let [one, other] = &self.fitting.all(inputs)?[..] else {
            candle_core::bail!("{} inputs where there should be two", inputs.len())
        };
        let found = match self.kind {
            ComparisonKind::Above => one.gt(other)?,
            ComparisonKind::AtLeast => one.ge(other)?,
            ComparisonKind::Below => one.lt(other)?,
            ComparisonKind::AtMost => one.le(other)?,
            ComparisonKind::Equal => one.eq(other)?,
        };
        found.to_dtype(DType::F32)
    }
}

pub(super) struct Choice(pub Fitting);

impl Kernel for Choice {
    fn compute(&self, inputs: &[Tensor]) -> Result<Tensor> {
        let [condition, yes, no] = &self.0.all(inputs)?[..] else {
            candle_core::bail!("{} inputs where there should be three", inputs.len())
        };
        condition.ne(&condition.zeros_like()?)?.where_cond(yes, no)
    }
}

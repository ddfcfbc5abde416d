//! How tensors lie in memory: images channels-first, everything else as its [`Shape`] says.

use candle_core::{Result, Storage, Tensor};

use crate::engine::FeatureMaps;
use crate::model::Shape;

/// Order of the axes of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `samples × channels × height × width`
    ChannelsFirst,
    /// `samples × … × channels`
    ChannelsLast,
}

impl Layout {
    pub fn of(shape: &Shape) -> Self {
        if shape.as_image().is_some() {
            Self::ChannelsFirst
        } else {
            Self::ChannelsLast
        }
    }

    /// The axis of the channels.
    pub fn channel_axis(self, tensor: &Tensor) -> usize {
        match self {
            Self::ChannelsFirst => 1,
            Self::ChannelsLast => tensor.rank().saturating_sub(1),
        }
    }

    /// The axis in memory of an axis of the sample, counted from 0 in its [`Shape`].
    pub fn axis(self, of_sample: usize) -> usize {
        match (self, of_sample) {
            (Self::ChannelsFirst, 2) => 1,
            (Self::ChannelsFirst, axis) => axis + 2,
            (Self::ChannelsLast, axis) => axis + 1,
        }
    }

    // The name says what it converts, not a constructor.
    #[allow(clippy::wrong_self_convention)]
    pub fn from_channels_last(self, tensor: &Tensor) -> Result<Tensor> {
        match self {
            Self::ChannelsFirst => tensor.permute((0, 3, 1, 2))?.contiguous(),
            Self::ChannelsLast => Ok(tensor.clone()),
        }
    }

    pub fn to_channels_last(self, tensor: &Tensor) -> Result<Tensor> {
        match self {
            Self::ChannelsFirst => tensor.permute((0, 2, 3, 1))?.contiguous(),
            Self::ChannelsLast => tensor.contiguous(),
        }
    }
}

/// All values, channels last.
pub(super) fn to_values(tensor: &Tensor, shape: &Shape) -> Result<Vec<f32>> {
    Layout::of(shape)
        .to_channels_last(tensor)?
        .flatten_all()?
        .to_vec1()
}

/// Lends the values where they lie, without a copy on the CPU.
pub(super) fn view<T>(
    tensor: &Tensor,
    samples: usize,
    shape: &Shape,
    see: impl FnOnce(FeatureMaps<'_>) -> T,
) -> Result<T> {
    let tensor = tensor.contiguous()?;
    let (storage, memory) = tensor.storage_and_layout();
    match (&*storage, memory.contiguous_offsets()) {
        (Storage::Cpu(storage), Some((start, end))) => Ok(see(maps(
            &storage.as_slice::<f32>()?[start..end],
            samples,
            shape,
        ))),
        _ => Ok(see(maps(
            &tensor.flatten_all()?.to_vec1::<f32>()?,
            samples,
            shape,
        ))),
    }
}

fn maps<'a>(values: &'a [f32], samples: usize, shape: &'a Shape) -> FeatureMaps<'a> {
    match Layout::of(shape) {
        Layout::ChannelsFirst => FeatureMaps::channels_first(values, samples, shape),
        Layout::ChannelsLast => FeatureMaps::channels_last(values, samples, shape),
    }
}

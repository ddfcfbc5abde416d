//! [`First`]: the first samples of another data set, for a quick look (`data.limit`).

use super::{Dataset, DatasetError, Pixels, Provenance};

/// The first `len` samples of a data set; indices, classes and provenance stay the same.
pub struct First {
    inner: Box<dyn Dataset>,
    len: usize,
}

impl First {
    /// Limits a data set to its first `len` samples, or to all where it has fewer.
    pub fn new(inner: Box<dyn Dataset>, len: usize) -> Self {
        let len = len.min(inner.len());
        Self { inner, len }
    }
}

impl Dataset for First {
    fn len(&self) -> usize {
        self.len
    }

    fn classes(&self) -> &[String] {
        self.inner.classes()
    }

    fn label(&self, index: usize) -> usize {
        assert!(index < self.len, "sample {index} of {}", self.len);
        self.inner.label(index)
    }

    fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError> {
        if index >= self.len {
            return Err(DatasetError::NoSuchSample {
                index,
                len: self.len,
            });
        }
        self.inner.read(index, pixels)
    }

    fn values(&self, index: usize, values: &mut Vec<f32>) -> Result<bool, DatasetError> {
        if index >= self.len {
            return Err(DatasetError::NoSuchSample {
                index,
                len: self.len,
            });
        }
        self.inner.values(index, values)
    }

    fn image_size(&self) -> Option<(usize, usize)> {
        self.inner.image_size()
    }

    fn bounds(&self) -> Option<(usize, usize)> {
        self.inner.bounds()
    }

    fn name(&self, index: usize) -> Option<String> {
        self.inner.name(index)
    }

    fn provenance(&self) -> &Provenance {
        self.inner.provenance()
    }
}

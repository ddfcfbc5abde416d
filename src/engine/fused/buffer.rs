//! [`Buffer`]: values aligned to cache lines, so that vectors never straddle two of them.

/// Sixteen values: one cache line, one AVX-512 vector.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

const LINE: usize = 16;

/// Values that begin at a multiple of 64 bytes. It only grows, and so allocates while sizes are new only.
#[derive(Default)]
pub struct Buffer {
    lines: Vec<Line>,
}

impl Buffer {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        Self {
            lines: vec![Line([0.0; LINE]); len.div_ceil(LINE)],
        }
    }

    /// At least `len` values; those that were there before keep what they hold.
    pub fn grow(&mut self, len: usize) {
        let lines = len.div_ceil(LINE);
        if self.lines.len() < lines {
            self.lines.resize(lines, Line([0.0; LINE]));
        }
    }

    pub fn as_slice(&self) -> &[f32] {
        // SAFETY: a `Line` is sixteen `f32` without padding, so that `lines` is a run of as many.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.lines.len() * LINE) }
    }

    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        // SAFETY: as in `as_slice`; the borrow of `self` is exclusive.
        unsafe {
            std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.lines.len() * LINE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_aligned_and_kept_while_growing() {
        let mut buffer = Buffer::zeros(3);
        buffer.as_mut_slice()[2] = 7.0;
        buffer.grow(100);
        assert_eq!(buffer.as_slice().as_ptr() as usize % 64, 0);
        assert!(buffer.as_slice().len() >= 100);
        assert_eq!((buffer.as_slice()[2], buffer.as_slice()[99]), (7.0, 0.0));
        buffer.grow(1);
        assert!(buffer.as_slice().len() >= 100);
    }
}

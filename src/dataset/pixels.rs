//! [`Pixels`]: one decoded image.

/// An image as 8-bit RGB, row by row from the top left, `height × width × 3`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

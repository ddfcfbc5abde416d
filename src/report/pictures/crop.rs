//! [`Crop`]: a rectangle of a picture, as the template's `crop` component places it.

use serde::Serialize;

/// A rectangle of a sheet. The template shows it in an element that hides what lies outside, with the
/// sheet scaled to `scale` times the element's width and moved by `left` widths and `top` heights.
/// So one file serves many pictures, each a real `<img>` with its own text, lazy and printable.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crop {
    /// Address of the sheet, relative to the page.
    pub src: String,
    /// Width of the sheet divided by the width of the rectangle.
    pub scale: f64,
    /// Left edge in widths of the rectangle.
    pub left: f64,
    /// Upper edge in heights of the rectangle.
    pub top: f64,
    /// Width divided by height of the rectangle.
    pub ratio: f64,
}

impl Crop {
    /// The rectangle at `(x, y)` of `width × height` pixels on a sheet that is `sheet_width` pixels wide.
    pub fn new(
        src: String,
        sheet_width: usize,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
    ) -> Self {
        let (width, height) = (width.max(1) as f64, height.max(1) as f64);
        Self {
            src,
            scale: sheet_width as f64 / width,
            left: x as f64 / width,
            top: y as f64 / height,
            ratio: width / height,
        }
    }
}

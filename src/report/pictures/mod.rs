//! Pictures: contact sheets of samples, activation sheets, kernels, and the palettes they are drawn in.

mod activation_sheet;
mod contact_sheet;
mod crop;
mod encode;
mod kernels;
mod palette;

pub use activation_sheet::{ActivationLayout, Band, Canvas, Drawing};
pub use contact_sheet::ContactSheet;
pub use crop::Crop;
pub use kernels::{KernelGrid, KernelPlane, kernel_mosaic, kernel_planes};
pub use palette::{Palette, Scale};

//! Pictures: contact sheets of samples, activation sheets, kernels, and the palettes they are drawn in.
//! The noun is [`Crop`]: a rectangle of one of these files, as a page shows it.

mod activation_layout;
mod activation_sheet;
mod channel_map;
mod confusions;
mod contact_sheet;
mod cover;
mod crop;
mod encode;
mod kernels;
mod palette;
mod photograph;
mod scatter;
mod tile;
mod webp;

pub use activation_layout::{ActivationLayout, Band};
pub use activation_sheet::{BandRange, Canvas, Drawing};
pub use channel_map::{ChannelMap, strip, strip_crop};
pub use confusions::{confusion_picture, confusion_scale};
pub use contact_sheet::{COLUMNS as SHEET_COLUMNS, ContactSheet};
pub use cover::{HEIGHT as COVER_HEIGHT, SAMPLES as COVER_SAMPLES, WIDTH as COVER_WIDTH, cover};
pub use crop::Crop;
pub use kernels::{
    KernelCell, KernelGrid, KernelKind, KernelPicture, KernelPlane, kernel_mosaic, kernel_planes,
};
pub use palette::{DIVERGING_LEVELS, LEVELS, Palette, Scale};
pub use photograph::{Photograph, are_photographs};
pub use scatter::{SCATTER, class_colour, scatter};

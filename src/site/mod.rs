//! The site: templates, assets, addresses, and the atomic writing of a folder. It sees strings and
//! bytes; what they mean was decided before. The noun is [`Site`].

mod assets;
mod error;
mod folder;
mod sitemap;
mod templates;
mod text;
mod urls;
mod writer;

pub use error::SiteError;
pub use folder::SiteFolder;

pub use templates::Templates;
pub use text::{Passage, passages};
pub use urls::{Place, Urls};
pub use writer::Site;

//! The site: templates, assets, addresses, and the atomic writing of a folder. It sees strings and
//! bytes; what they mean was decided before. The noun is [`Site`].

mod assets;
mod error;
mod folder;
mod site;
mod templates;
mod urls;

pub use error::SiteError;
pub use folder::SiteFolder;
pub use site::Site;
pub use templates::Templates;
pub use urls::{Place, Urls};

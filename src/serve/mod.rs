//! Serving: a finished report to the browsers of this machine alone, for what `file://` refuses or hides. It sees
//! files and requests, nothing of what they mean. The noun is [`Server`].

mod error;
mod files;
mod request;
mod response;
mod server;

pub use error::ServeError;
pub use server::{Port, Server};

//! [`LocatedConfig`]: where a config was found. `layerscope report config.toml` works in a folder
//! that keeps its configs in `config/`.

use std::path::{Component, Path, PathBuf};

use super::ConfigError;

/// The folder in which a bare name is looked for besides the working folder.
const CONFIG_FOLDER: &str = "config";

/// A config file that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedConfig {
    pub path: PathBuf,
    /// Whether it was found in `config/` and not where it was named; worth a note to the user.
    pub in_config_folder: bool,
}

/// Finds the config that the user named: as it stands, or, if it is a bare name that does not
/// exist in the working folder, in `config/`.
///
/// # Errors
/// If there is none; the message says where it was looked for.
pub fn locate(named: &Path) -> Result<LocatedConfig, ConfigError> {
    locate_in(Path::new(""), named)
}

/// [`locate`] with another working folder.
///
/// # Errors
/// As [`locate`].
pub fn locate_in(working_folder: &Path, named: &Path) -> Result<LocatedConfig, ConfigError> {
    let path = working_folder.join(named);
    if path.exists() {
        return Ok(LocatedConfig {
            path,
            in_config_folder: false,
        });
    }
    let mut parts = named.components();
    let bare = matches!(
        (parts.next(), parts.next()),
        (Some(Component::Normal(_)), None)
    );
    if !bare {
        return Err(ConfigError::NoSuchFile { path, also: None });
    }
    let in_folder = working_folder.join(CONFIG_FOLDER).join(named);
    if in_folder.is_file() {
        return Ok(LocatedConfig {
            path: in_folder,
            in_config_folder: true,
        });
    }
    Err(ConfigError::NoSuchFile {
        path,
        also: Some(in_folder),
    })
}

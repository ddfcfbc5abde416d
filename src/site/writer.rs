//! [`Site`]: a site being written. Shared by all threads that render pages into it.

use serde::Serialize;

use super::{Place, SiteError, SiteFolder, Templates, Urls};

/// A site being written: pages through templates, other files as they are.
pub struct Site {
    pub urls: Urls,
    templates: Templates,
    folder: SiteFolder,
}

impl Site {
    pub fn new(urls: Urls, templates: Templates, folder: SiteFolder) -> Self {
        Self {
            urls,
            templates,
            folder,
        }
    }

    /// Renders a view into the file of its place.
    ///
    /// # Errors
    /// [`SiteError`] with the template and the line that failed, or the file that could not be written.
    pub fn page<V: Serialize>(
        &self,
        place: &Place,
        template: &str,
        view: &V,
    ) -> Result<(), SiteError> {
        let html = self.templates.render(template, view)?;
        self.folder.write(&self.urls.path(place), html.as_bytes())
    }

    /// Writes a file by its path from the site's root.
    ///
    /// # Errors
    /// [`SiteError`] names the file.
    pub fn file(&self, path: &str, bytes: &[u8]) -> Result<(), SiteError> {
        self.folder.write(path, bytes)
    }

    /// Writes the assets and puts the finished site where the old one stood, in one rename.
    ///
    /// # Errors
    /// [`SiteError`] names the folder; what stood there before still stands.
    pub fn publish(self) -> Result<(), SiteError> {
        self.templates.write_assets(&self.folder)?;
        self.folder.publish()
    }
}

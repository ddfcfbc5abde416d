//! [`Site`]: a site being written. Shared by all threads that render pages into it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::{Place, SiteError, SiteFolder, Templates, Urls, sitemap};

/// Tells GitHub Pages to publish the folder as it is.
const NO_JEKYLL: &str = ".nojekyll";

/// A site being written: pages through templates, other files as they are.
pub struct Site {
    pub urls: Urls,
    templates: Templates,
    folder: SiteFolder,
    /// Absolute addresses of the pages written so far, where the site's own is known.
    addresses: Mutex<BTreeSet<String>>,
    /// The pages that are there once, by path: what the report says in words.
    chapters: Mutex<BTreeMap<String, String>>,
}

impl Site {
    pub fn new(urls: Urls, templates: Templates, folder: SiteFolder) -> Self {
        Self {
            urls,
            templates,
            folder,
            addresses: Mutex::default(),
            chapters: Mutex::default(),
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
        let path = self.urls.path(place);
        self.folder.write(&path, html.as_bytes())?;
        // A thread that panicked while holding a lock left what it guards whole.
        if *place != Place::NotFound
            && let Some(address) = self.urls.absolute(place)
        {
            self.addresses
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(address);
        }
        if place.is_chapter() {
            self.chapters
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(path, html);
        }
        Ok(())
    }

    /// The pages that are there once, as far as they are written: their paths and their HTML.
    pub fn chapters(&self) -> BTreeMap<String, String> {
        self.chapters
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Writes a file by its path from the site's root.
    ///
    /// # Errors
    /// [`SiteError`] names the file.
    pub fn file(&self, path: &str, bytes: &[u8]) -> Result<(), SiteError> {
        self.folder.write(path, bytes)
    }

    /// Writes assets and sitemap and puts the finished site where the old one stood, in one rename.
    ///
    /// # Errors
    /// [`SiteError`] names the folder; what stood there before still stands.
    pub fn publish(self) -> Result<(), SiteError> {
        self.templates.write_assets(&self.folder)?;
        self.folder.write(NO_JEKYLL, b"")?;
        let addresses = self
            .addresses
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let address = |name: &str| self.urls.absolute(&Place::File(name.into()));
        for (name, text) in sitemap::files(&addresses, address) {
            self.folder.write(&name, text.as_bytes())?;
        }
        self.folder.publish()
    }
}

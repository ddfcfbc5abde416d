//! [`Tiles`]: the images of samples that many pages show, each stored once and lying beside those that it is
//! shown with.

use crate::analysis::Findings;
use crate::dataset::Dataset;
use crate::report::ReportError;
use crate::report::pictures::ContactSheet;
use crate::site::{Place, Site, Urls};

/// Folder of the sheets of the test set.
const FOLDER: &str = "samples/tiles/";

/// The shared sheets of a site.
pub struct Tiles {
    /// Every sample by its index, for the gallery.
    pub all: ContactSheet,
    /// Every mistake beside those of the same confusion, the most confident first: for the pages of confusions,
    /// and for the gallery while it shows mistakes.
    pub mistakes: ContactSheet,
    /// A class's surest right answers, for its own page and those of its confusions; one a class.
    pub typical: Vec<ContactSheet>,
}

impl Tiles {
    pub fn new(findings: &Findings, dataset: &dyn Dataset, urls: &Urls) -> Self {
        let mut confusions: Vec<_> = findings.confusions.iter().collect();
        confusions.sort_by_key(|confusion| (confusion.truth, confusion.prediction));
        let mistakes = confusions
            .into_iter()
            .flat_map(|confusion| confusion.samples.iter().copied());
        let typical = findings.per_class.iter().enumerate();
        Self {
            all: ContactSheet::shared(FOLDER, "all", dataset, 0..findings.outcomes.len()),
            mistakes: ContactSheet::shared(FOLDER, "mistakes", dataset, mistakes),
            typical: typical
                .map(|(class, found)| {
                    let folder = urls.folder(&Place::Class(class));
                    ContactSheet::shared(folder, "typical", dataset, found.typical.iter().copied())
                })
                .collect(),
        }
    }

    /// Writes all sheets.
    ///
    /// # Errors
    /// An image that cannot be read, a file that cannot be written.
    pub fn write(&self, dataset: &dyn Dataset, site: &Site) -> Result<(), ReportError> {
        self.all.write(dataset, site)?;
        self.mistakes.write(dataset, site)?;
        self.typical
            .iter()
            .try_for_each(|sheet| sheet.write(dataset, site))
    }
}

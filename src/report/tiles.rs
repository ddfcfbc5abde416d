//! [`Tiles`]: the images of samples that many pages show, each stored once and lying beside those that it is
//! shown with.

use std::collections::BTreeSet;

use crate::analysis::Findings;
use crate::dataset::Dataset;
use crate::model::LayerId;
use crate::report::ReportError;
use crate::report::pages::IMAGES_OF_UNIT;
use crate::report::pictures::{ContactSheet, Crop};
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
    /// What excites the units that decide between two classes, for the pages of confusions.
    pub units: ContactSheet,
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
            units: ContactSheet::shared(
                urls.folder(&Place::Errors),
                "units",
                dataset,
                exemplars_of_units(findings),
            ),
            typical: typical
                .map(|(class, found)| {
                    let folder = urls.folder(&Place::Class(class));
                    ContactSheet::shared(folder, "typical", dataset, found.typical.iter().copied())
                })
                .collect(),
        }
    }

    /// Where a sample lies pixel by pixel; `None` in a data set whose images are scaled down or differ in extent.
    pub fn exact(&self, index: usize) -> Option<Crop> {
        [&self.mistakes, &self.all]
            .into_iter()
            .filter(|sheet| sheet.is_exact())
            .find_map(|sheet| sheet.find(index))
    }

    /// Writes all sheets.
    ///
    /// # Errors
    /// An image that cannot be read, a file that cannot be written.
    pub fn write(&self, dataset: &dyn Dataset, site: &Site) -> Result<(), ReportError> {
        self.all.write(dataset, site)?;
        self.mistakes.write(dataset, site)?;
        self.units.write(dataset, site)?;
        self.typical
            .iter()
            .try_for_each(|sheet| sheet.write(dataset, site))
    }
}

/// The samples that excite most whatever unit decides between two classes, unit by unit.
fn exemplars_of_units(findings: &Findings) -> Vec<usize> {
    let decisions = findings.inside.decisions.values();
    let units: BTreeSet<(LayerId, usize)> = decisions
        .flat_map(|decision| {
            decision
                .units
                .iter()
                .map(|unit| (decision.layer, unit.unit))
        })
        .collect();
    let channels = units
        .into_iter()
        .filter_map(|(layer, unit)| findings.layers[layer].channels.get(unit));
    channels
        .flat_map(|channel| channel.exemplars.iter().take(IMAGES_OF_UNIT))
        .map(|ranked| ranked.index as usize)
        .collect()
}

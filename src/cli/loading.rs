//! [`Loaded`]: a model and a data set that were read and fit each other, with what computes the one on the other.

use std::path::Path;

use super::{CommandError, Reporter};
use crate::analysis::{Parity, Reference, parity};
use crate::config::{EngineChoice, Settings};
use crate::dataset::{Dataset, Preprocess, Scale, Survey};
use crate::engine::fused::{self, FusedEngine};
use crate::engine::reference::ReferenceEngine;
use crate::engine::{Engine, EngineError};
use crate::model::{Network, Operator};
use crate::pipeline::Job;

/// What the stages share once model and data are read and fit each other.
pub(super) struct Loaded {
    pub(super) network: Network,
    pub(super) dataset: Box<dyn Dataset>,
    preprocess: Preprocess,
    pub(super) engine: Box<dyn Engine>,
}

impl Loaded {
    /// The network held against a dump of another framework.
    pub(super) fn parity(&self, path: &Path) -> Result<Parity, CommandError> {
        let reference = Reference::read(path)?;
        Ok(parity(&self.network, self.engine.as_ref(), &reference)?)
    }

    pub(super) fn job(&self, chunk: usize) -> Job<'_> {
        Job {
            network: &self.network,
            engine: self.engine.as_ref(),
            dataset: self.dataset.as_ref(),
            preprocess: &self.preprocess,
            chunk,
        }
    }
}

/// Reads the model and the whole data set.
pub(super) fn load(settings: &Settings) -> Result<Loaded, CommandError> {
    let network = settings.model.open()?;
    let dataset = settings.data.open(Survey::Whole, &network.class_names)?;
    fit(settings, network, dataset)
}

/// A model and a data set that fit each other.
pub(super) fn fit(
    settings: &Settings,
    network: Network,
    dataset: Box<dyn Dataset>,
) -> Result<Loaded, CommandError> {
    if dataset.is_empty() {
        return Err(CommandError::NoSamples {
            path: settings.data.path.to_path_buf(),
        });
    }
    let classes = dataset.classes();
    if classes.len() != network.classes() && classes == network.class_names {
        return Err(CommandError::MetadataCount {
            model: settings.model.path.to_path_buf(),
            outputs: network.classes(),
            classes: classes.len(),
            names: classes.join(", "),
        });
    }
    if classes.len() != network.classes() {
        return Err(CommandError::ClassCount {
            model: settings.model.path.to_path_buf(),
            outputs: network.classes(),
            data: settings.data.path.to_path_buf(),
            classes: classes.len(),
            names: classes.join(", "),
        });
    }
    let preprocess = settings.preprocess.steps.clone();
    let input = network.input_shape();
    let extent = input.as_image().ok_or_else(|| CommandError::NotImages {
        model: settings.model.path.to_path_buf(),
        shape: input.to_string(),
    })?;
    preprocess.check(dataset.image_size(), extent)?;
    let engine = engine(settings, &network)?;
    Ok(Loaded {
        network,
        dataset,
        preprocess,
        engine,
    })
}

/// What computes a network, or a part of one, as the settings choose.
pub(super) fn engine(
    settings: &Settings,
    network: &Network,
) -> Result<Box<dyn Engine>, EngineError> {
    let run = &settings.run;
    Ok(match run.engine {
        EngineChoice::Reference => Box::new(ReferenceEngine::new(network)?),
        EngineChoice::Cuda => Box::new(ReferenceEngine::on_cuda(network)?),
        EngineChoice::Auto | EngineChoice::Fused => {
            let options = fused::Options {
                winograd: run.winograd,
                ..fused::Options::default()
            };
            Box::new(FusedEngine::new(network, options)?)
        }
    })
}

/// What became of the files of the data set, one line a kind.
pub(super) fn say_what_was_read(dataset: &dyn Dataset, reporter: &Reporter) {
    const SHOWN: usize = 10;
    let provenance = dataset.provenance();
    for note in &provenance.notes {
        reporter.note(&format!("Data: {note}"));
    }
    let left_out = &provenance.left_out;
    if left_out.is_empty() {
        return;
    }
    let images = counted(left_out.len(), "image");
    reporter.note(&format!(
        "warning: {images} could not be used and {} left out of the report:",
        if left_out.len() == 1 { "is" } else { "are" }
    ));
    for one in left_out.iter().take(SHOWN) {
        reporter.note(&format!("  {}: {}", one.name, one.reason));
    }
    if left_out.len() > SHOWN {
        reporter.note("  … and the others on the method page");
    }
}

/// What to say of a network that scales its pixels itself, and so wants them as they are, where the config scales them too.
pub(super) fn double_scaling(settings: &Settings, network: &Network) -> Option<String> {
    let scale = settings.preprocess.steps.scale();
    let rescaling = network
        .layers()
        .iter()
        .find(|layer| matches!(layer.operator, Operator::Rescaling(_)))?;
    (scale != Scale::default()).then(|| {
        format!(
            "the layer `{}` scales the pixels, and so does `preprocess.scale = {scale}`; is that meant?",
            rescaling.name
        )
    })
}

/// A number with its thing, for lines on the terminal.
pub(super) fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

//! `layerscope check`: everything that can be wrong with a config, and what a run of it will be, without the run.

use std::path::Path;

use super::arguments::CheckArguments;
use super::drawing::drawn_layers;
use super::loading::{Loaded, double_scaling, fit};
use super::pace::Pace;
use super::report::pool;
use super::{CommandError, Reporter};
use crate::analysis::{Audit, Parity, audit};
use crate::config::{Override, Settings};
use crate::dataset::{Dataset, Survey};
use crate::format;
use crate::model::Network;
use crate::report;

/// Images that are opened to see that they can be.
const LOOKED_AT: usize = 64;
/// Classes named in the order in use.
const NAMED: usize = 20;

/// Checks a config and says what was found, on the standard output.
///
/// # Errors
/// [`CommandError::CheckFailed`] with all that is wrong.
pub(super) fn run(arguments: &CheckArguments) -> Result<(), CommandError> {
    let reporter = Reporter::new(false);
    let located = crate::config::locate(&arguments.config)?;
    reporter.note(&format!("Config: {}", located.path.display()));
    let set = arguments.set.iter().map(|argument| Override::set(argument));
    let overrides = set.collect::<Result<Vec<_>, _>>()?;
    let settings = Settings::load(&located.path, &overrides)?;
    pool(settings.run.jobs)?.install(|| check(&settings, arguments.reference.as_deref(), &reporter))
}

fn check(
    settings: &Settings,
    reference: Option<&Path>,
    reporter: &Reporter,
) -> Result<(), CommandError> {
    let mut problems: Vec<CommandError> = Vec::new();
    let network = kept(
        settings.model.open().map_err(CommandError::from),
        &mut problems,
    );
    if let Some(network) = &network {
        reporter.last(&model_line(network));
    }
    let model_classes = network
        .as_ref()
        .map_or(&[][..], |network| &network.class_names);
    let dataset = kept(
        settings
            .data
            .open(Survey::Spread(LOOKED_AT), model_classes)
            .map_err(CommandError::from),
        &mut problems,
    );
    if let Some(dataset) = &dataset {
        say_data(dataset.as_ref(), reporter);
        let gates = settings.check_gates(
            &report::gates::numbers(),
            &report::gates::OF_CLASS,
            dataset.classes(),
        );
        kept(gates.map_err(CommandError::from), &mut problems);
        let selected = settings.selected_samples(dataset.len());
        kept(selected.map_err(CommandError::from), &mut problems);
    }
    if let Some(network) = &network {
        kept(drawn_layers(settings, network), &mut problems);
    }
    if let (Some(network), Some(dataset)) = (network, dataset)
        && let Some(loaded) = kept(fit(settings, network, dataset), &mut problems)
    {
        if let Some(warning) = double_scaling(settings, &loaded.network) {
            reporter.last(&format!("Warning: {warning}"));
        }
        kept(try_out(settings, &loaded, reporter), &mut problems);
        let named = settings.model.reference.as_ref().map(|path| path.as_path());
        if let Some(path) = reference.or(named)
            && let Some(parity) = kept(loaded.parity(path), &mut problems)
        {
            say_parity(&parity, reporter);
        }
    }
    if problems.is_empty() {
        reporter.last("Nothing is wrong.");
        return Ok(());
    }
    Err(CommandError::CheckFailed { problems })
}

/// What came out well; what did not is put to the problems.
fn kept<T>(outcome: Result<T, CommandError>, problems: &mut Vec<CommandError>) -> Option<T> {
    outcome.map_err(|error| problems.push(error)).ok()
}

fn model_line(network: &Network) -> String {
    let source = &network.source;
    format!(
        "Model: {}, {}, {}; input {}, {} outputs",
        source.format,
        format::plural(network.layers().len() - 1, "layer", "layers"),
        format::plural(network.parameters(), "parameter", "parameters"),
        format::shape(network.input_shape().dimensions()),
        network.classes()
    )
}

fn say_data(dataset: &dyn Dataset, reporter: &Reporter) {
    let provenance = dataset.provenance();
    let size = match (dataset.image_size(), dataset.bounds()) {
        (Some((width, height)), _) => format!("of {width}×{height} pixels"),
        (None, Some((width, height))) => format!("of several sizes up to {width}×{height} pixels"),
        (None, None) => "of unknown size".to_owned(),
    };
    reporter.last(&format!(
        "Data: {}, {} {size}",
        provenance.format,
        format::plural(dataset.len(), "image", "images")
    ));
    for note in &provenance.notes {
        reporter.last(&format!("  {note}"));
    }
    for one in &provenance.left_out {
        reporter.last(&format!("  cannot be used: {}: {}", one.name, one.reason));
    }
    let classes = dataset.classes();
    let mut names: Vec<String> = classes
        .iter()
        .take(NAMED)
        .enumerate()
        .map(|(number, name)| format!("{number} {name}"))
        .collect();
    if classes.len() > NAMED {
        names.push(format!(
            "… {} {}",
            classes.len() - 1,
            classes[classes.len() - 1]
        ));
    }
    reporter.last(&format!("Classes, by output: {}", names.join(", ")));
}

/// The first batch, the audit, and the plan.
fn try_out(settings: &Settings, loaded: &Loaded, reporter: &Reporter) -> Result<(), CommandError> {
    let job = loaded.job(settings.run.chunk);
    let pace = Pace::measure(&job)?;
    reporter.note("Trying other preprocessings");
    let audited = audit(&job, pace.tried(), None)?;
    say_audit(&audited, reporter);
    let seconds = pace.seconds(loaded.dataset.len());
    say_plan(settings, loaded, &audited, seconds, reporter)
}

fn say_parity(parity: &Parity, reporter: &Reporter) {
    for layer in &parity.layers {
        reporter.last(&format!("  {:.1e} {}", layer.error, layer.name));
    }
    if !parity.not_compared.is_empty() {
        reporter.last(&format!(
            "  not in {}: {}",
            parity.reference,
            parity.not_compared.join(", ")
        ));
    }
    let worst = parity.worst().map_or(0.0, |layer| layer.error);
    reporter.last(&format!(
        "Parity with {}: {} of the network compared on {}, the largest relative error {worst:.1e}; {} with another answer",
        parity.reference,
        format::plural(parity.layers.len(), "layer", "layers"),
        format::plural(parity.samples, "sample", "samples"),
        format::plural(parity.flips, "sample", "samples"),
    ));
}

fn say_audit(audit: &Audit, reporter: &Reporter) {
    reporter.last(&format!(
        "Preprocessing: {} of {} images are right as configured",
        audit.right, audit.samples
    ));
    for tried in &audit.settings {
        let verdict = if tried.better {
            format!(": better by more than chance (p = {:.1e})", tried.p)
        } else {
            String::new()
        };
        reporter.last(&format!(
            "  {} of {} with {} ({}){verdict}",
            tried.right, tried.samples, tried.name, tried.config
        ));
    }
    if let Some(better) = audit.better() {
        reporter.last(&format!(
            "Warning: the preprocessing looks wrong; try [preprocess] {}",
            better.config
        ));
    }
    if let Some(labels) = &audit.labels {
        reporter.last(&format!(
            "Warning: the classes look to stand in another order than the outputs ({}): {} of {} images would be right, {} are \
             (p = {:.1e}); give the order as `data.classes`",
            labels.words(),
            labels.right,
            labels.samples,
            labels.configured,
            labels.p
        ));
    }
}

fn say_plan(
    settings: &Settings,
    loaded: &Loaded,
    audit: &Audit,
    seconds: f64,
    reporter: &Reporter,
) -> Result<(), CommandError> {
    let (network, samples) = (&loaded.network, loaded.dataset.len());
    let drawn = drawn_layers(settings, network)?.len();
    let mistakes = samples * (audit.samples - audit.right) / audit.samples.max(1);
    let gallery = samples.div_ceil(settings.samples.gallery_page);
    let classes = network.classes();
    let pages = mistakes + gallery + classes + network.layers().len();
    let largest = network
        .layers()
        .iter()
        .map(|layer| layer.shape.elements())
        .max()
        .unwrap_or(0);
    // A batch lives as input, as a layer's input and as its output, once a thread; logits and features of all samples stay.
    let values = settings.run.chunk
        * (network.input_shape().elements() + 2 * largest)
        * rayon::current_num_threads();
    let bytes = 4 * (values + samples * (classes + 512) + network.parameters());
    reporter.last(&format!(
        "Plan: {drawn} layers drawn; about {} pages, {} of them of mistakes; about {} of memory; the network alone takes about {}",
        format::count(pages),
        format::count(mistakes),
        format::bytes(bytes as u64),
        duration(seconds)
    ));
    Ok(())
}

fn duration(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{} s", seconds.ceil())
    } else {
        format!("{} min", (seconds / 60.0).ceil())
    }
}

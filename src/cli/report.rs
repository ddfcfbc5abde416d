//! `layerscope report`: the main job, stage after stage.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::arguments::ReportArguments;
use super::timings::{self, Timings};
use super::{CommandError, Reporter, Stage, browser, junit};
use crate::analysis::{
    Ablation, ClassMeans, Findings, Follower, Parity, Reference, TraceDraft, ablation_samples,
    analyse, audit, in_a_report, neighbours, parity,
};
use crate::config::{EngineChoice, Settings};
use crate::dataset::{Dataset, Preprocess, Scale, Survey};
use crate::engine::fused::{self, FusedEngine};
use crate::engine::reference::ReferenceEngine;
use crate::engine::{Engine, EngineError};
use crate::model::{LayerId, Network, Operator, Outline};
use crate::pipeline::{
    AblationPlan, Job, Partial, Progress, SampleMaps, Stages, ablate, first_pass, replacements,
    second_pass,
};
use crate::report::pictures::{ActivationLayout, Canvas, Drawing};
use crate::report::{self, Book, Exemplars, ReportError, Tiles, drawn_samples};
use crate::review::ReviewFile;
use crate::site::{Place, Site, SiteFolder, Templates, Urls};

/// Runs the job of a config and leaves the site in its output folder.
///
/// # Errors
/// [`CommandError`]; nothing half-written is left, and what stood in the output folder still stands.
pub(super) fn run(arguments: &ReportArguments) -> Result<(), CommandError> {
    let mut timings = Timings::start();
    let reporter = Reporter::new(arguments.quiet);
    let settings = settings(arguments, &reporter)?;
    if let Some(path) = &arguments.timings {
        timings::check(path)?;
    }
    if let Some(path) = &arguments.junit {
        junit::check(path)?;
    }
    // First of all, so that hours of work are not thrown away for a folder that cannot be replaced.
    let folder = SiteFolder::create(&settings.report.out, arguments.force)?;
    let pool = pool(settings.run.jobs)?;
    let templates = templates(&settings, &reporter)?;
    let findings = pool.install(|| job(&settings, folder, templates, &reporter, &mut timings))?;
    reporter.last(&last_line(&settings, &findings, timings.total()));
    if let Some(path) = &arguments.timings {
        timings.write(path)?;
    }
    if arguments.open {
        let page = settings.report.out.join("index.html");
        browser::open(&page.to_string_lossy());
    }
    gates(&settings, &findings, arguments, &reporter)
}

/// The look of the pages, read before any work is done: a mistake in a template shows now rather than in an hour.
fn templates(settings: &Settings, reporter: &Reporter) -> Result<Templates, CommandError> {
    let templates = Templates::load(settings.report.templates.as_deref())?;
    if !templates.additions().is_empty() {
        reporter.note(&format!(
            "These files of the templates take no built-in one's place: {}",
            templates.additions().join(", ")
        ));
    }
    Ok(templates)
}

/// Says what became of each gate; an error where one is not met.
fn gates(
    settings: &Settings,
    findings: &Findings,
    arguments: &ReportArguments,
    reporter: &Reporter,
) -> Result<(), CommandError> {
    let verdicts = report::gates::verdicts(settings, findings);
    if let Some(path) = &arguments.junit {
        junit::write(path, &settings.report.title, &verdicts)?;
    }
    let (met, not_met): (Vec<_>, Vec<_>) = verdicts.iter().partition(|verdict| verdict.passed);
    for verdict in met {
        reporter.note(&format!("Gate met: {}", verdict.words()));
    }
    if not_met.is_empty() {
        return Ok(());
    }
    let words = not_met
        .iter()
        .map(|verdict| format!("\n  {}", verdict.words()))
        .collect();
    Err(CommandError::GatesFailed {
        failed: not_met.len(),
        all: verdicts.len(),
        words,
    })
}

pub(super) fn pool(jobs: usize) -> Result<rayon::ThreadPool, CommandError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .build()
        .map_err(|error| CommandError::Threads {
            jobs,
            reason: error.to_string(),
        })
}

/// What the stages share once model and data are read and fit each other.
pub(super) struct Loaded {
    pub(super) network: Network,
    pub(super) dataset: Box<dyn Dataset>,
    preprocess: Preprocess,
    engine: Box<dyn Engine>,
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

fn job(
    settings: &Settings,
    folder: SiteFolder,
    templates: Templates,
    reporter: &Reporter,
    timings: &mut Timings,
) -> Result<Findings, CommandError> {
    let loaded = load(settings)?;
    let review = review(settings)?;
    settings.check_gates(
        &report::gates::numbers(),
        &report::gates::OF_CLASS,
        loaded.dataset.classes(),
    )?;
    say_what_was_read(loaded.dataset.as_ref(), reporter);
    let settings = &kept_samples(settings, loaded.dataset.len(), reporter)?;
    if let Some(warning) = double_scaling(settings, &loaded.network) {
        reporter.note(&format!("warning: {warning}"));
    }
    let drawn = drawn_layers(settings, &loaded.network)?;
    timings.end("load");

    let job = loaded.job(settings.run.chunk);
    let stage = reporter.stage("Running the network", loaded.dataset.len() as u64);
    let partial = first_pass(&job, &stage)?;
    stage.finish();
    timings.end("forward");

    let findings = analyse(&loaded.network, loaded.dataset.classes(), &partial, &review)
        .ok_or_else(|| CommandError::NoSamples {
            path: settings.data.path.to_path_buf(),
        })?;
    let means = ClassMeans::of(&loaded.network, &partial);
    let shown: Vec<usize> = shown(settings, &findings).into_iter().collect();
    let neighbours = neighbours(&partial.features, &shown);
    let mut findings = audited(&job, findings, reporter)?;
    if let Some(path) = &settings.model.reference {
        findings.parity = Some(loaded.parity(path)?);
    }
    timings.end("analyse");

    findings.add_ablation(ablation(settings, &loaded, &partial, reporter)?);
    drop(partial);
    timings.end("ablate");

    let site = site(settings, &loaded, &findings, folder, templates)?;
    let layout = layout(settings, &loaded.network, &drawn);
    let stage = reporter.stage("Drawing activations", shown.len() as u64);
    let follower = Follower::new(&loaded.network, means.as_ref(), &findings.outcomes);
    let with_maps = drawn_samples(settings, &findings, &layout);
    let maps = Maps {
        layers: &drawn,
        layout: &layout,
        samples: &with_maps,
    };
    let seen = draw(&job, &shown, &maps, &follower, &site, &stage)?;
    stage.finish();
    let (drawings, traces): (Vec<_>, Vec<TraceDraft>) = seen.into_iter().unzip();
    let drawings: BTreeMap<usize, Drawing> = drawings.into_iter().flatten().collect();
    if drawings.len() < shown.len() {
        reporter.note(&format!(
            "Activation maps are drawn for {} of {} samples with a page; samples.maps draws more",
            drawings.len(),
            shown.len()
        ));
    }
    let followed = follower.finish(traces);
    findings.add_followed(followed);
    let excited = Exemplars::samples(&findings, &layout).len();
    let stage = reporter.stage("Looking where channels fire", excited as u64);
    let exemplars = Exemplars::gather(&job, &findings, &layout, &stage)?;
    stage.finish();
    timings.end("draw");

    reporter.note("Writing pages");
    let book = Book {
        settings,
        network: &loaded.network,
        dataset: loaded.dataset.as_ref(),
        findings: &findings,
        neighbours,
        engine: loaded.engine.name(),
        tiles: Tiles::new(&findings, loaded.dataset.as_ref(), &site.urls),
        urls: site.urls.clone(),
        layout,
        drawings,
        exemplars,
    };
    report::write(&book, &site)?;
    drop(book);
    site.publish()?;
    timings.end("render");
    Ok(findings)
}

fn load(settings: &Settings) -> Result<Loaded, CommandError> {
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

/// The verdicts of readers, where the config names a file of them.
fn review(settings: &Settings) -> Result<ReviewFile, CommandError> {
    match &settings.review.file {
        Some(path) => Ok(ReviewFile::read(path)?),
        None => Ok(ReviewFile::default()),
    }
}

/// Silences every channel of every convolution on some of the samples.
fn ablation(
    settings: &Settings,
    loaded: &Loaded,
    partial: &Partial,
    reporter: &Reporter,
) -> Result<Ablation, CommandError> {
    let network = &loaded.network;
    let plan = AblationPlan::new(network);
    let wanted = settings.analysis.ablation_samples;
    let samples = match ablation_samples(network, &plan, loaded.dataset.len(), wanted) {
        Ok(samples) => samples,
        Err(reason) => return Ok(Ablation::not_done(reason)),
    };
    let make = |network: &Network| engine(settings, network);
    let replacements = replacements(&plan, partial);
    let silenced = replacements.iter().flatten().flatten().count();
    let stage = reporter.stage("Silencing channels", silenced as u64);
    let job = loaded.job(settings.run.chunk);
    let counts = ablate(&job, &make, &plan, &replacements, &samples, &stage)?;
    stage.finish();
    Ok(Ablation::of(&counts))
}

fn engine(settings: &Settings, network: &Network) -> Result<Box<dyn Engine>, EngineError> {
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
fn say_what_was_read(dataset: &dyn Dataset, reporter: &Reporter) {
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

/// The findings with the audit of the preprocessing; what it warns of is said.
fn audited(
    job: &Job<'_>,
    findings: Findings,
    reporter: &Reporter,
) -> Result<Findings, CommandError> {
    let known: Vec<usize> = findings
        .outcomes
        .iter()
        .map(|outcome| outcome.prediction)
        .collect();
    let audit = audit(job, in_a_report(known.len()), Some(&known))?;
    if let Some(statement) = audit.statement() {
        let words: String = statement
            .phrases
            .iter()
            .map(|phrase| phrase.text.as_str())
            .collect();
        reporter.note(&format!("warning: {} {words}", statement.figure));
    }
    Ok(findings.with_audit(audit))
}

/// The settings with those selected samples that are there.
fn kept_samples(
    settings: &Settings,
    samples: usize,
    reporter: &Reporter,
) -> Result<Settings, CommandError> {
    let selected = settings.selected_samples(samples)?;
    if !selected.cut_off.is_empty() {
        let indices: Vec<String> = selected.cut_off.iter().map(usize::to_string).collect();
        reporter.note(&format!(
            "Selected samples beyond the limit of {samples} are left out: {}",
            indices.join(", ")
        ));
    }
    let mut settings = settings.clone();
    settings.samples.selected = selected.kept;
    Ok(settings)
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

/// The layers whose maps are drawn: those that compute, make values of their own and are not left out.
pub(super) fn drawn_layers(
    settings: &Settings,
    network: &Network,
) -> Result<Vec<LayerId>, CommandError> {
    let names: Vec<&str> = network
        .layers()
        .iter()
        .map(|layer| layer.name.as_str())
        .collect();
    let included = settings.layers.select(&names)?;
    if settings.layers.is_open() {
        let outline = Outline::of(network).layers.into_iter();
        return Ok(outline.filter(|id| included[*id]).collect());
    }
    Ok(network
        .computed()
        .filter(|(id, layer)| included[*id] && !layer.operator.rule().is_identity())
        .map(|(id, _)| id)
        .collect())
}

/// Samples with a page of their own: every mistake, and those that were selected.
fn shown(settings: &Settings, findings: &Findings) -> BTreeSet<usize> {
    findings
        .mistakes
        .iter()
        .chain(&settings.samples.selected)
        .copied()
        .collect()
}

fn site(
    settings: &Settings,
    loaded: &Loaded,
    findings: &Findings,
    folder: SiteFolder,
    templates: Templates,
) -> Result<Site, CommandError> {
    let shown = shown(settings, findings);
    let layers: Vec<String> = loaded
        .network
        .layers()
        .iter()
        .map(|layer| layer.name.clone())
        .collect();
    let urls = Urls::new(
        &findings.classes,
        &layers,
        findings.outcomes.len(),
        settings.samples.gallery_page,
        shown,
    )
    .at(settings.report.url.clone());
    Ok(Site::new(urls, templates, folder))
}

fn layout(settings: &Settings, network: &Network, drawn: &[LayerId]) -> ActivationLayout {
    let layers: Vec<_> = drawn
        .iter()
        .map(|&id| (id, network.layer(id).shape.clone()))
        .collect();
    match settings.layers.maps {
        Some(most) => ActivationLayout::new(&layers, most),
        None => ActivationLayout::within_bounds(&layers),
    }
}

/// What the second pass has seen of a sample: its drawing where it has one, and the way it went.
type Seen = (Option<(usize, Drawing)>, TraceDraft);

/// What is drawn.
struct Maps<'a> {
    layers: &'a [LayerId],
    layout: &'a ActivationLayout,
    samples: &'a BTreeSet<usize>,
}

/// The second pass: the activation sheets of the samples that have one, each written as soon as it is drawn, and the way of
/// every shown sample.
fn draw(
    job: &Job<'_>,
    shown: &[usize],
    maps: &Maps<'_>,
    follower: &Follower<'_>,
    site: &Site,
    progress: &dyn Progress,
) -> Result<Vec<Seen>, CommandError> {
    type State = (Option<Canvas>, TraceDraft);
    let Maps {
        layers,
        layout,
        samples,
    } = *maps;
    let mut wanted = follower.wanted();
    wanted.extend(layers);
    let stages = Stages {
        begin: |index| {
            let canvas = samples.contains(&index).then(|| layout.canvas());
            (canvas, follower.begin(index))
        },
        layer: |(canvas, draft): &mut State, layer, maps: SampleMaps<'_>| {
            if let Some(canvas) = canvas
                && layers.contains(&layer)
            {
                canvas.draw(layout, layer, maps.maps, maps.sample);
            }
            follower.layer(draft, layer, maps);
        },
        finish: |index, (canvas, draft): State| -> Result<_, CommandError> {
            let Some(canvas) = canvas else {
                return Ok((None, draft));
            };
            let (picture, drawing) = canvas.finish(layout).map_err(CommandError::from)?;
            let path = format!("{}maps.png", site.urls.folder(&Place::Sample(index)));
            site.file(&path, &picture).map_err(ReportError::from)?;
            Ok((Some((index, drawing)), draft))
        },
    };
    second_pass(job, shown, &wanted, stages, progress)
}

impl Progress for Stage {
    fn advance(&self, samples: usize) {
        Stage::advance(self, samples as u64);
    }
}

/// Reads the config and says which file it took where that is not the one that was named.
fn settings(arguments: &ReportArguments, reporter: &Reporter) -> Result<Settings, CommandError> {
    let located = crate::config::locate(&arguments.config)?;
    let place = if located.in_config_folder {
        ", found in the folder config"
    } else {
        ""
    };
    reporter.note(&format!("Config: {}{place}", located.path.display()));
    Ok(Settings::load(&located.path, &arguments.overrides()?)?)
}

fn counted(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn last_line(settings: &Settings, findings: &Findings, seconds: f64) -> String {
    let accuracy = &findings.accuracy;
    format!(
        "{}: {} of {} right ({:.2} %), {} of {}. {:.1} s",
        settings.report.out.join("index.html").display(),
        accuracy.count,
        accuracy.total,
        accuracy.share * 100.0,
        counted(findings.mistakes.len(), "mistake"),
        counted(findings.confusions.len(), "kind"),
        seconds
    )
}

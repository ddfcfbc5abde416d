//! `layerscope report`: the main job, stage after stage.

use std::collections::BTreeMap;

use super::arguments::ReportArguments;
use super::drawing::{Maps, draw, drawn_layers, layout};
use super::loading::{Loaded, counted, double_scaling, engine, load, say_what_was_read};
use super::timings::{self, Timings};
use super::{CommandError, Reporter, Stage, browser, junit};
use crate::analysis::{
    Ablation, ClassMeans, Findings, Follower, Neighbours, Principal, TraceDraft, ablation_samples,
    analyse, audit, in_a_report, neighbours, principal, sample_map,
};
use crate::config::Settings;
use crate::model::{LayerId, Network};
use crate::pipeline::{AblationPlan, Job, Partial, Progress, ablate, first_pass, replacements};
use crate::report::pictures::{ActivationLayout, Drawing};
use crate::report::{self, Book, Exemplars, Tiles, drawn_samples};
use crate::review::ReviewFile;
use crate::site::{Site, SiteFolder, Templates, Urls};

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

    let given = Given {
        settings,
        loaded: &loaded,
        review: &review,
        reporter,
    };
    let stage = reporter.stage("Running the network", loaded.dataset.len() as u64);
    let partial = first_pass(&given.job(), &stage)?;
    stage.finish();
    timings.end("forward");

    let mut found = found(&given, &partial, timings)?;
    drop(partial);

    let site = site(&given, &found, folder, templates);
    let pictures = pictures(&given, &mut found, &drawn, &site)?;
    timings.end("draw");

    reporter.note("Writing pages");
    let book = Book {
        settings,
        network: &loaded.network,
        dataset: loaded.dataset.as_ref(),
        findings: &found.findings,
        neighbours: found.neighbours,
        engine: loaded.engine.name(),
        tiles: Tiles::new(&found.findings, loaded.dataset.as_ref(), &site.urls),
        urls: site.urls.clone(),
        layout: pictures.layout,
        drawings: pictures.drawings,
        exemplars: pictures.exemplars,
    };
    report::write(&book, &site)?;
    drop(book);
    site.publish()?;
    timings.end("render");
    Ok(found.findings)
}

/// What all stages of a report share.
#[derive(Clone, Copy)]
struct Given<'a> {
    settings: &'a Settings,
    loaded: &'a Loaded,
    review: &'a ReviewFile,
    reporter: &'a Reporter,
}

impl<'a> Given<'a> {
    fn job(&self) -> Job<'a> {
        self.loaded.job(self.settings.run.chunk)
    }
}

/// What was found out before anything is drawn.
struct Found {
    findings: Findings,
    means: Option<ClassMeans>,
    /// Samples with a page of their own: every mistake, and those that were selected.
    shown: Vec<usize>,
    neighbours: Neighbours,
}

/// Everything that follows from the first pass and the weights, with the map, which waits for one thread most of its time:
/// the others find out the rest beside it.
fn found(
    given: &Given<'_>,
    partial: &Partial,
    timings: &mut Timings,
) -> Result<Found, CommandError> {
    let principal = principal(&partial.features);
    let (map, found) = rayon::join(
        || sample_map(&partial.features, principal.as_ref()),
        || beside_the_map(given, partial, principal.as_ref(), timings),
    );
    let mut found = found?;
    found.findings.map = map;
    timings.end("ablate");
    Ok(found)
}

fn beside_the_map(
    given: &Given<'_>,
    partial: &Partial,
    principal: Option<&Principal>,
    timings: &mut Timings,
) -> Result<Found, CommandError> {
    let Given {
        settings, loaded, ..
    } = *given;
    let (network, classes) = (&loaded.network, loaded.dataset.classes());
    let findings =
        analyse(network, classes, partial, principal, given.review).ok_or_else(|| {
            CommandError::NoSamples {
                path: settings.data.path.to_path_buf(),
            }
        })?;
    let shown = findings.shown(&settings.samples.selected);
    let shown: Vec<usize> = shown.into_iter().collect();
    let neighbours = neighbours(&partial.features, &shown);
    let mut findings = audited(&given.job(), findings, given.reporter)?;
    if let Some(path) = &settings.model.reference {
        findings.parity = Some(loaded.parity(path)?);
    }
    timings.end("analyse");
    findings.add_ablation(ablation(given, partial)?);
    Ok(Found {
        findings,
        means: ClassMeans::of(network, partial),
        shown,
        neighbours,
    })
}

/// What was drawn, and where it lies.
struct Drawn {
    layout: ActivationLayout,
    drawings: BTreeMap<usize, Drawing>,
    exemplars: Exemplars,
}

/// Draws the activation maps of the samples that are shown, follows these through the layers, and looks where channels fire.
fn pictures(
    given: &Given<'_>,
    found: &mut Found,
    layers: &[LayerId],
    site: &Site,
) -> Result<Drawn, CommandError> {
    let (network, reporter, job) = (&given.loaded.network, given.reporter, given.job());
    let layout = layout(given.settings, network, layers);
    let stage = reporter.stage("Drawing activations", found.shown.len() as u64);
    let follower = Follower::new(network, found.means.as_ref(), &found.findings.outcomes);
    let maps = Maps {
        layers,
        layout: &layout,
        samples: &drawn_samples(given.settings, &found.findings, &layout),
    };
    let seen = draw(&job, &found.shown, &maps, &follower, site, &stage)?;
    stage.finish();
    let (drawings, traces): (Vec<_>, Vec<TraceDraft>) = seen.into_iter().unzip();
    let drawings: BTreeMap<usize, Drawing> = drawings.into_iter().flatten().collect();
    if drawings.len() < found.shown.len() {
        reporter.note(&format!(
            "Activation maps are drawn for {} of {} samples with a page; samples.maps draws more",
            drawings.len(),
            found.shown.len()
        ));
    }
    let followed = follower.finish(traces);
    found.findings.add_followed(followed);
    let excited = Exemplars::samples(&found.findings, &layout).len();
    let stage = reporter.stage("Looking where channels fire", excited as u64);
    let exemplars = Exemplars::gather(&job, &found.findings, &layout, &stage)?;
    stage.finish();
    Ok(Drawn {
        layout,
        drawings,
        exemplars,
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
fn ablation(given: &Given<'_>, partial: &Partial) -> Result<Ablation, CommandError> {
    let Given {
        settings, loaded, ..
    } = *given;
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
    let stage = given.reporter.stage("Silencing channels", silenced as u64);
    let counts = ablate(&given.job(), &make, &plan, &replacements, &samples, &stage)?;
    stage.finish();
    Ok(Ablation::of(&counts))
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

fn site(given: &Given<'_>, found: &Found, folder: SiteFolder, templates: Templates) -> Site {
    let settings = given.settings;
    let layers = given.loaded.network.layers().iter();
    let layers: Vec<String> = layers.map(|layer| layer.name.clone()).collect();
    let urls = Urls::new(
        &found.findings.classes,
        &layers,
        found.findings.outcomes.len(),
        settings.samples.gallery_page,
        found.shown.iter().copied().collect(),
    )
    .at(settings.report.url.clone());
    Site::new(urls, templates, folder)
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

//! `layerscope init`: a first config for a model and a data set, guessed from both, with the reasons beside it.

use std::path::Path;

use super::arguments::InitArguments;
use super::pace::{Pace, spread};
use super::{CommandError, Reporter};
use crate::analysis::{Audit, audit};
use crate::dataset::{self, Dataset, Extent, Geometry, OpenOptions, Preprocess, Resize, Survey};
use crate::engine::fused::{FusedEngine, Options};
use crate::model::{self, Network, Operator};
use crate::pipeline::{Job, answers};

/// Images that are opened to see what they are.
const LOOKED_AT: usize = 64;
const BATCH: usize = 16;
/// Images that are selected for a page of their own.
const SHOWN: usize = 3;

/// One line of the config's preprocessing, or a comment on it.
struct Guess {
    lines: Vec<String>,
    /// Why, as sentences.
    reasons: Vec<String>,
    /// The order of the classes, where the answers tell that it is not the data set's.
    order: Option<Vec<String>>,
}

/// Looks at a model and a data set and writes a config.
///
/// # Errors
/// If one of them cannot be read, or there is a config already and nobody said `--force`.
pub(super) fn run(arguments: &InitArguments) -> Result<(), CommandError> {
    let reporter = Reporter::new(false);
    let out = &arguments.out;
    if out.exists() && !arguments.force {
        return Err(CommandError::ConfigExists { path: out.clone() });
    }
    let network = model::load(&arguments.model)?;
    let format = dataset::tell(&arguments.data)?;
    let options = OpenOptions {
        format: Some(format),
        survey: Survey::Spread(LOOKED_AT),
        model_classes: network.class_names.clone(),
        ..OpenOptions::default()
    };
    let dataset = dataset::open(&arguments.data, &options)?;
    let mut classes = classes(&network, dataset.as_ref());
    let preprocess = preprocess(&network, dataset.as_ref())?;
    if let Some(order) = &preprocess.order {
        let names: Vec<toml::Value> = order.iter().cloned().map(toml::Value::String).collect();
        classes.lines = vec![
            "# In the order of the model's outputs, told by its answers: check it against the training code.".to_owned(),
            format!("classes = {}", toml::Value::Array(names)),
        ];
    }
    for reason in [&classes, &preprocess]
        .iter()
        .flat_map(|guess| &guess.reasons)
    {
        reporter.last(reason);
    }
    let text = config(
        arguments,
        format.name(),
        dataset.as_ref(),
        &classes,
        &preprocess,
    );
    std::fs::write(out, text).map_err(|source| CommandError::ConfigUnwritable {
        path: out.clone(),
        source,
    })?;
    reporter.last(&format!(
        "Written: {0}. Now: layerscope check {0}, then layerscope report {0}",
        out.display()
    ));
    Ok(())
}

/// The classes in use, and whether they fit the outputs.
fn classes(network: &Network, dataset: &dyn Dataset) -> Guess {
    let (outputs, names) = (network.classes(), dataset.classes());
    if outputs == names.len() && names == network.class_names {
        return Guess {
            lines: Vec::new(),
            reasons: vec![format!(
                "The classes are named by the model's metadata, in the order of its outputs: {}.",
                names.join(", ")
            )],
            order: None,
        };
    }
    if outputs == names.len() {
        let reason = format!(
            "The data set has as many classes as the model outputs, {outputs}; they are taken in the order of the data set: {}.",
            names.join(", ")
        );
        return Guess {
            lines: vec!["# classes = [\"…\"]  # Only where the model was trained with the classes in another order.".to_owned()],
            reasons: vec![reason],
            order: None,
        };
    }
    Guess {
        lines: vec![
            format!("# The model has {outputs} outputs, the data set {} classes ({}).", names.len(), names.join(", ")),
            "# Name all of the model's classes, in the order of its outputs; the data set may hold some of them only.".to_owned(),
            "classes = \"classes.txt\"  # A file with a name a line, or a list.".to_owned(),
        ],
        reasons: vec![format!(
            "Warning: the model has {outputs} outputs, but the data set has {} classes; `data.classes` in the config must name all {outputs}.",
            names.len()
        )],
        order: None,
    }
}

fn preprocess(network: &Network, dataset: &dyn Dataset) -> Result<Guess, CommandError> {
    let Some((height, width, _)) = network.input_shape().as_image() else {
        return Ok(Guess {
            lines: Vec::new(),
            reasons: vec![
                "Warning: the model does not read images; no preprocessing was guessed.".to_owned(),
            ],
            order: None,
        });
    };
    let geometries = geometries((width, height), dataset.image_size());
    let scaling = network
        .layers()
        .iter()
        .find(|layer| matches!(layer.operator, Operator::Rescaling(_)));
    let (scale, name) = if scaling.is_some() {
        ("1", "scale = 1")
    } else {
        ("1/255", "scale = \"1/255\"")
    };
    let plain = |geometry| {
        let scale = scale.parse().unwrap_or_default();
        Preprocess::new(scale, vec![0.0], vec![1.0]).map(|plain| plain.with_geometry(geometry))
    };
    let base = plain(geometries[0].0)?;
    let mut guess = Guess {
        lines: Vec::new(),
        reasons: Vec::new(),
        order: None,
    };
    if let Some(layer) = scaling {
        guess.reasons.push(format!(
            "The layer {} scales pixels inside the model, so they are given as they are.",
            layer.name
        ));
    }
    if network.classes() != dataset.classes().len()
        || base
            .check(
                dataset.image_size(),
                (height, width, network.input_shape().channels()),
            )
            .is_err()
    {
        guess.reasons.push(format!(
            "The preprocessing could not be tried; {name} is a guess."
        ));
        guess.lines.extend(geometry_lines(&geometries[0]));
        guess.lines.push(name.to_owned());
        return Ok(guess);
    }
    let engine = FusedEngine::new(network, Options::default())?;
    let first = job(network, &engine, dataset, &base);
    let tried = Pace::measure(&first)?.tried();
    let audit = audit(&first, tried, None)?;
    let values = chosen_values(&audit, name, &mut guess.reasons);
    let few = spread(dataset.len(), tried);
    let right = |geometry| {
        let with = base.clone().with_geometry(geometry);
        let given = answers(&job(network, &engine, dataset, &with), &few)?;
        let is_right = |(index, answer): (&usize, &usize)| dataset.label(*index) == *answer;
        Ok(few
            .iter()
            .zip(&given)
            .filter(|pair| is_right(*pair))
            .count())
    };
    let geometry = chosen_geometry(&geometries, right, &mut guess.reasons)?;
    guess.lines.extend(geometry_lines(geometry));
    guess.lines.extend(values);
    if let Some(labels) = &audit.labels {
        guess.order = labels.order(dataset.classes());
        guess.reasons.push(format!(
            "Warning: the answers tell of another order of the classes than the data set's: {}; {} of {} images are right in that \
             order, {} in the data set's. Check `data.classes`.",
            labels.words(),
            labels.right,
            labels.samples,
            labels.configured
        ));
    }
    Ok(guess)
}

fn job<'a>(
    network: &'a Network,
    engine: &'a FusedEngine,
    dataset: &'a dyn Dataset,
    preprocess: &'a Preprocess,
) -> Job<'a> {
    Job {
        network,
        engine,
        dataset,
        preprocess,
        chunk: BATCH,
    }
}

/// How images may have been brought to the network's size, the likeliest first, each with its lines of config.
fn geometries((width, height): Extent, images: Option<Extent>) -> Vec<(Geometry, Vec<String>)> {
    if images == Some((width, height)) {
        return vec![(Geometry::default(), Vec::new())];
    }
    let exact = Geometry {
        resize: Some(Resize::Exact((width, height))),
        ..Geometry::default()
    };
    let resize = format!("resize = [{height}, {width}]");
    // torchvision's 256 for 224, in proportion.
    let shorter = width.min(height) * 256 / 224;
    let crop = Geometry {
        resize: Some(Resize::ShorterSide(shorter)),
        center_crop: Some((width, height)),
        ..Geometry::default()
    };
    vec![
        (exact, vec![resize.clone()]),
        (
            Geometry {
                antialias: false,
                ..exact
            },
            vec![resize, "antialias = false".to_owned()],
        ),
        (
            crop,
            vec![
                format!("resize = {shorter}"),
                format!("center_crop = [{height}, {width}]"),
            ],
        ),
    ]
}

fn geometry_lines((_, lines): &(Geometry, Vec<String>)) -> Vec<String> {
    lines.clone()
}

fn chosen_values(audit: &Audit, name: &str, reasons: &mut Vec<String>) -> Vec<String> {
    let (config, right, samples) = match audit.better() {
        Some(better) => (better.config.as_str(), better.right, better.samples),
        None => (name, audit.right, audit.samples),
    };
    reasons.push(format!(
        "Of {samples} images {right} are answered right with {config}, and with no other common preprocessing more by more than chance."
    ));
    config.split(" and ").map(str::to_owned).collect()
}

/// The geometry with which most images are right, the first among equals.
fn chosen_geometry<'g>(
    geometries: &'g [(Geometry, Vec<String>)],
    right: impl Fn(Geometry) -> Result<usize, CommandError>,
    reasons: &mut Vec<String>,
) -> Result<&'g (Geometry, Vec<String>), CommandError> {
    let mut best = (&geometries[0], 0);
    if geometries.len() == 1 {
        reasons.push("The images have the size of the network's input.".to_owned());
        return Ok(best.0);
    }
    for (number, geometry) in geometries.iter().enumerate() {
        let right = right(geometry.0)?;
        if number == 0 || right > best.1 {
            best = (geometry, right);
        }
    }
    reasons.push(format!(
        "The images have another size than the network's input: {} answers most of them right ({}), among the ways to bring them to it \
         that were tried. If the training did it in another way, say so.",
        best.0.1.join(" and "),
        best.1
    ));
    Ok(best.0)
}

/// The text of the config.
fn config(
    arguments: &InitArguments,
    format: &str,
    dataset: &dyn Dataset,
    classes: &Guess,
    preprocess: &Guess,
) -> String {
    let comment = |guess: &Guess| {
        guess
            .reasons
            .iter()
            .map(|reason| format!("# {reason}\n"))
            .collect::<String>()
    };
    let lines = |guess: &Guess| {
        guess
            .lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let folder = arguments.out.parent().unwrap_or(Path::new(""));
    let shown: Vec<String> = (0..dataset.len().min(SHOWN))
        .map(|index| index.to_string())
        .collect();
    format!(
        "# Written by layerscope init. Every key: docs/config.md, or layerscope report --help.\n\
         # layerscope check {out} looks for mistakes, layerscope report {out} writes the report.\n\n\
         [report]\nout = \"report\"\n\n\
         [model]\npath = {model}\n\n\
         [data]\n# {count} images, told by the files to be of this format.\npath = {data}\nformat = \"{format}\"\n{class_lines}\n\
         [preprocess]\n# What was done to the images in training has to be done here.\n{why}{steps}\n\
         [samples]\n# Images with a page whatever the network answers, by their number; mistakes have one anyway.\nselected = [{shown}]\n",
        out = arguments.out.display(),
        model = quoted(&arguments.model, folder),
        count = dataset.len(),
        data = quoted(&arguments.data, folder),
        class_lines = lines(classes),
        why = comment(preprocess),
        steps = lines(preprocess),
        shown = shown.join(", "),
    )
}

/// A path as TOML, as it holds from the folder of the config.
fn quoted(path: &Path, folder: &Path) -> String {
    let here = folder.as_os_str().is_empty() || path.is_absolute();
    let path = if here {
        path.to_owned()
    } else {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    };
    toml::Value::String(path.to_string_lossy().into_owned()).to_string()
}

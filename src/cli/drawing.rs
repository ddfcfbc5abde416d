//! The second pass of a report: activation maps of the samples that have a page, and the way of each through the layers.
//! The noun is [`Maps`], what is drawn.

use std::collections::BTreeSet;

use super::CommandError;
use crate::analysis::{Follower, TraceDraft};
use crate::config::Settings;
use crate::model::{LayerId, Network, Outline};
use crate::pipeline::{Job, Progress, SampleMaps, Stages, second_pass};
use crate::report::ReportError;
use crate::report::pictures::{ActivationLayout, Canvas, Drawing};
use crate::site::{Place, Site};

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

/// Where the maps of each layer lie on the sheet of a sample.
pub(super) fn layout(
    settings: &Settings,
    network: &Network,
    drawn: &[LayerId],
) -> ActivationLayout {
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
pub(super) type Seen = (Option<(usize, Drawing)>, TraceDraft);

/// What is drawn.
pub(super) struct Maps<'a> {
    pub(super) layers: &'a [LayerId],
    pub(super) layout: &'a ActivationLayout,
    pub(super) samples: &'a BTreeSet<usize>,
}

/// The second pass: the activation sheets of the samples that have one, each written as soon as it is drawn, and the way of
/// every shown sample.
pub(super) fn draw(
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

//! [`SampleMap`]: all samples in two dimensions, near each other where the network makes much the same of them.

use serde::Serialize;

use super::features::embedding::{Embedding, embedding};
use super::features::principal::Principal;
use crate::format::{count, plural};
use crate::pipeline::Features;

/// One way of laying the samples out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Layout {
    /// `t-SNE`, `PCA`.
    pub name: &'static str,
    /// What it is and what it keeps, as a sentence.
    pub words: String,
    /// One a sample, in [0, 1] with the second axis upwards; the longer side of the layout fills the range.
    pub points: Vec<[f32; 2]>,
}

/// The layouts that there are, the first to be shown first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SampleMap {
    pub layouts: Vec<Layout>,
}

/// The map for [`Findings::map`](super::Findings::map). Most of its time it takes one thread, beside which other things can be found out.
///
/// `None` for the components where the features have no spread: then there is no map.
pub fn sample_map(features: &Features, principal: Option<&Principal>) -> SampleMap {
    let embedding = principal.and_then(|principal| embedding(features, principal));
    SampleMap {
        layouts: embedding
            .as_ref()
            .map(by_neighbourhood)
            .into_iter()
            .chain(principal.map(by_components))
            .collect(),
    }
}

fn by_neighbourhood(embedding: &Embedding) -> Layout {
    let (laid_out, all) = (embedding.laid_out, embedding.points.len());
    let placed = if laid_out < all {
        format!(
            " {} evenly spread over the set were laid out so; each of the other {} stands among those of them that it is most like.",
            plural(laid_out, "sample", "samples"),
            count(all - laid_out)
        )
    } else {
        String::new()
    };
    Layout {
        name: "t-SNE",
        words: format!(
            "Neighbours stay neighbours (perplexity {}). How far apart two heaps lie, and how large they are, says nothing.{placed}",
            embedding.perplexity
        ),
        points: fitted_in(&embedding.points),
    }
}

fn by_components(principal: &Principal) -> Layout {
    let [first, second] = principal.explained.map(crate::format::percent);
    let all = principal.scores.len();
    let fitted = if principal.fitted_on < all {
        format!(
            " The components were found on {} evenly spread samples.",
            crate::format::count(principal.fitted_on)
        )
    } else {
        String::new()
    };
    Layout {
        name: "PCA",
        words: format!(
            "The first two principal components of the features: {first} of their variance from left to right, {second} from bottom to top.{fitted}"
        ),
        points: fitted_in(&principal.scores),
    }
}

/// Moved and scaled, the same in both directions, into the unit square.
fn fitted_in(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let bounds = |axis: usize| {
        let values = points.iter().map(|point| point[axis]);
        values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let (x, y) = (bounds(0), bounds(1));
    let side = (x.1 - x.0).max(y.1 - y.0).max(f32::MIN_POSITIVE);
    let place = |value: f32, (low, high): (f32, f32)| {
        (0.5 + (value - (low + high) / 2.0) / side).clamp(0.0, 1.0)
    };
    points
        .iter()
        .map(|point| [place(point[0], x), place(point[1], y)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_fills_the_unit_square_and_keeps_its_proportions() {
        let points = fitted_in(&[[-2.0, 0.0], [2.0, 2.0], [0.0, 1.0]]);
        assert_eq!(points, [[0.0, 0.25], [1.0, 0.75], [0.5, 0.5]]);
        assert_eq!(fitted_in(&[[3.0, 3.0]]), [[0.5, 0.5]]);
        assert!(fitted_in(&[]).is_empty());
    }

    #[test]
    fn without_components_there_is_no_map() {
        assert!(sample_map(&Features::default(), None).layouts.is_empty());
    }
}

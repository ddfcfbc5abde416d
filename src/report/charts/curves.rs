//! [`curves`]: lines over shares from 0 to 100 %, one of them in front.

use plotters::style::text_anchor::{HPos, VPos};

use super::Words;
use super::plane::{Numbers, Plane};
use super::svg::{self, Role};
use super::ticks::shortened;
use crate::report::ReportError;

/// A line through points from left to right.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub points: Vec<(f64, f64)>,
    /// Whether it stands in front of the others.
    pub in_front: bool,
}

/// A point that is told about.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub place: (f64, f64),
    pub text: String,
}

const RADIUS: f64 = 4.0;
/// A mark lies low below this share of the vertical axis.
const LOW: f64 = 0.12;
const LONGEST: usize = 40;
/// Points of all curves together: more would be finer than the picture.
const MOST: usize = 5000;

/// Curves over [0, 1]. `y_end` is the upper end of the vertical axis; `above` names it; `ideal` is a dotted line
/// that the curves are compared with.
///
/// # Errors
/// [`ReportError::Chart`] if it cannot be drawn.
pub fn curves(
    curves: &[Curve],
    ideal: Option<[(f64, f64); 2]>,
    mark: Option<&Mark>,
    (above, y_end): (&str, f64),
    words: &Words<'_>,
) -> Result<String, ReportError> {
    let plane = if y_end == 1.0 {
        Plane::square(above)
    } else {
        Plane::new(y_end, Numbers::Percent, above)
    };
    let all: usize = curves.iter().map(|curve| curve.points.len()).sum();
    let step = all.div_ceil(MOST).max(1);
    svg::chart(words, &plane.frame(words), |plot| {
        plane.axes(plot, words)?;
        if let Some([from, to]) = ideal {
            plot.line(Role::Ideal, from, to)?;
        }
        for in_front in [false, true] {
            let role = if in_front { Role::Line } else { Role::Faint };
            for curve in curves
                .iter()
                .filter(|curve| curve.in_front == in_front && curve.points.len() > 1)
            {
                plot.curve(role, &thinned(&curve.points, step))?;
            }
        }
        let Some(mark) = mark else { return Ok(()) };
        plot.dot(Role::Dot, mark.place, RADIUS)?;
        let text = shortened(&mark.text, LONGEST);
        // Below a rising curve is room, but not on the axis.
        let down = if mark.place.1 < LOW * y_end {
            -12.0
        } else {
            14.0
        };
        let (offset, anchor) = match plane.has_room(mark.place.0, &text) {
            true => ((9.0, down), HPos::Left),
            false => ((-9.0, -12.0), HPos::Right),
        };
        plot.text(
            Role::Label,
            &text,
            mark.place,
            offset,
            (anchor, VPos::Center),
        )
    })
}

/// One point in so many, and the last.
fn thinned(points: &[(f64, f64)], step: usize) -> Vec<(f64, f64)> {
    let last = points.len().saturating_sub(1);
    points
        .iter()
        .enumerate()
        .filter(|(place, _)| place % step == 0 || *place == last)
        .map(|(_, point)| *point)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORDS: Words<'_> = Words {
        id: "c",
        title: "Curves",
        description: "Up.",
        axis: "share",
    };

    #[test]
    fn the_one_in_front_is_drawn_last() {
        let points = vec![(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)];
        let both = [
            Curve {
                points: points.clone(),
                in_front: true,
            },
            Curve {
                points,
                in_front: false,
            },
        ];
        let mark = Mark {
            place: (0.9, 0.5),
            text: "a long name of a point".into(),
        };
        let svg = curves(
            &both,
            Some([(0.0, 0.0), (1.0, 1.0)]),
            Some(&mark),
            ("up", 1.0),
            &WORDS,
        )
        .expect("a chart");
        assert!(
            svg.find("class=\"faint\"") < svg.find("class=\"line\""),
            "{svg}"
        );
        assert!(svg.contains("text-anchor=\"end\">a long name"), "{svg}");
    }

    proptest! {
        #[test]
        fn any_curves_can_be_drawn(all in prop::collection::vec(prop::collection::vec((0f64..=1.0, 0f64..=1.0), 0..30), 0..5), y_end in 0f64..=1.0) {
            let all: Vec<Curve> = all.into_iter().map(|points| Curve { points, in_front: false }).collect();
            let svg = curves(&all, None, None, ("up", y_end), &WORDS).expect("a chart");
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }

        #[test]
        fn thinning_keeps_the_ends(points in prop::collection::vec((0f64..=1.0, 0f64..=1.0), 1..50), step in 1usize..9) {
            let kept = thinned(&points, step);
            prop_assert_eq!(kept.first(), points.first());
            prop_assert_eq!(kept.last(), points.last());
        }
    }
}

//! [`Look`]: which positions of its inputs a position of a layer's output reads, along each axis.

use crate::model::operators::{Kept, PadKind, Taps, TransposedConvolution};
use crate::model::{Layer, Network, Operator, Shape, Window};

/// One of the two axes of an image.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Rows,
    Columns,
}

impl Side {
    pub(super) fn of<T>(self, (rows, columns): (T, T)) -> T {
        match self {
            Self::Rows => rows,
            Self::Columns => columns,
        }
    }
}

/// What the positions of a layer read.
pub(super) enum Look {
    /// The same position of every input; the only one of inputs with a single row or column.
    Same {
        /// For each input, whether it has a single row, and a single column.
        single: Vec<(bool, bool)>,
    },
    /// A window.
    Window((Slide, Slide)),
    /// A kernel laid out by every input position.
    Spread((Gather, Gather)),
    /// The position so many further on.
    Moved((i64, i64)),
    /// What is listed for each position, of inputs of this height and width.
    Listed {
        taps: (Vec<Taps>, Vec<Taps>),
        input: (usize, usize),
    },
}

/// A window along an axis: the first position is `at · stride − before`.
#[derive(Clone, Copy)]
pub(super) struct Slide {
    stride: i64,
    before: i64,
    /// To the last tap.
    reach: i64,
}

/// A transposed window: input position `i` lays taps on `i · stride − before` and those `dilation` further on.
#[derive(Clone, Copy)]
pub(super) struct Gather {
    stride: i64,
    before: i64,
    size: i64,
    dilation: i64,
}

impl Slide {
    fn read(self, at: i64) -> (i64, i64) {
        let first = at.saturating_mul(self.stride).saturating_sub(self.before);
        (first, first.saturating_add(self.reach))
    }
}

impl Gather {
    /// The first and the last input position with a tap here; an empty range where there is none.
    fn read(self, at: i64) -> (i64, i64) {
        let place = at.saturating_add(self.before);
        let hits = (0..self.size)
            .map(|tap| place.saturating_sub(tap.saturating_mul(self.dilation)))
            .filter(|start| start.rem_euclid(self.stride) == 0)
            .map(|start| start.div_euclid(self.stride));
        hits.fold((1, 0), |(first, last), hit| {
            if first > last {
                (hit, hit)
            } else {
                (first.min(hit), last.max(hit))
            }
        })
    }
}

impl Look {
    /// `None` for a layer whose positions are not those of its inputs.
    pub(super) fn of(layer: &Layer, network: &Network) -> Option<Self> {
        let image = |shape: &Shape| shape.as_image().map(|(height, width, _)| (height, width));
        let output = image(&layer.shape)?;
        let inputs: Option<Vec<(usize, usize)>> = layer
            .inputs
            .iter()
            .map(|&input| image(&network.layer(input).shape))
            .collect();
        let inputs = inputs?;
        let &input = inputs.first()?;
        match &layer.operator {
            Operator::GlobalPooling(_)
            | Operator::Reshape(_)
            | Operator::Transpose(_)
            | Operator::MatrixProduct(_)
            | Operator::MultiHeadAttention(_)
            | Operator::Parameter(_) => None,
            // Side by side along the channels, or value by value.
            Operator::Concatenation(_) | Operator::Reduction(_) => inputs
                .iter()
                .all(|input| *input == output)
                .then(|| Self::same(&inputs, output)),
            Operator::ZeroPadding(padding) => {
                Some(Self::Moved((-signed(padding.top), -signed(padding.left))))
            }
            Operator::Cropping(cropping) => {
                let margins = cropping.margins(input.0, input.1)?;
                Some(Self::Moved((signed(margins.top), signed(margins.left))))
            }
            Operator::Pad(pad) => Some(padded(&pad.kind, &pad.margins, input, output)),
            Operator::Selection(selection) => Some(match selection.axis {
                0 => Self::Listed {
                    taps: (kept(&selection.kept), each(output.1)),
                    input,
                },
                1 => Self::Listed {
                    taps: (each(output.0), kept(&selection.kept)),
                    input,
                },
                _ => Self::same(&inputs, output),
            }),
            Operator::Resize(resize) => Some(Self::Listed {
                taps: resize.taps(input, output),
                input,
            }),
            Operator::TransposedConvolution(convolution) => spread(convolution, input),
            operator => match operator.rule().window() {
                Some(window) => slid(&window, input),
                None => Some(Self::same(&inputs, output)),
            },
        }
    }

    fn same(inputs: &[(usize, usize)], output: (usize, usize)) -> Self {
        let single = inputs
            .iter()
            .map(|input| (input.0 == 1 && output.0 > 1, input.1 == 1 && output.1 > 1))
            .collect();
        Self::Same { single }
    }

    /// Whether all positions see as many pixels.
    pub(super) fn is_even(&self) -> bool {
        matches!(self, Self::Same { .. } | Self::Window(_) | Self::Moved(_))
    }

    /// The first and the last position of an input that a position of the output reads; they may lie outside of the
    /// input, and the first behind the last where nothing is read.
    pub(super) fn read(&self, input: usize, side: Side, at: i64) -> (i64, i64) {
        match self {
            Self::Same { single } if single.get(input).is_some_and(|single| side.of(*single)) => {
                (0, 0)
            }
            Self::Same { .. } => (at, at),
            Self::Window(slides) => side.of(*slides).read(at),
            Self::Spread(gathers) => side.of(*gathers).read(at),
            Self::Moved(by) => {
                let at = at.saturating_add(side.of(*by));
                (at, at)
            }
            Self::Listed { taps, .. } => {
                let listed = side.of((&taps.0, &taps.1));
                let taps = usize::try_from(at).ok().and_then(|at| listed.get(at));
                let places = taps.into_iter().flatten();
                let places = places.filter(|(_, weight)| *weight != 0.0);
                places.fold((1, 0), |(first, last), &(place, _)| {
                    let place = place as i64;
                    if first > last {
                        (place, place)
                    } else {
                        (first.min(place), last.max(place))
                    }
                })
            }
        }
    }

    /// The same where images have no borders: what is listed comes again and again.
    pub(super) fn beyond(&self, number: usize, side: Side, at: i64) -> (i64, i64) {
        let Self::Listed { taps, input } = self else {
            return self.read(number, side, at);
        };
        let length = (side.of((&taps.0, &taps.1)).len() as i64).max(1);
        let moved = at
            .div_euclid(length)
            .saturating_mul(signed(side.of(*input)));
        let (first, last) = self.read(number, side, at.rem_euclid(length));
        (first.saturating_add(moved), last.saturating_add(moved))
    }
}

/// Nothing is as large as 64 bits count, but in files that lie.
fn signed(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn slid(window: &Window, (height, width): (usize, usize)) -> Option<Look> {
    let (vertical, horizontal) = window.extents(height, width)?;
    let slide = |size: usize, stride: usize, dilation: usize, before: usize| Slide {
        stride: signed(stride),
        before: signed(before),
        reach: signed(size.saturating_sub(1).saturating_mul(dilation)),
    };
    Some(Look::Window((
        slide(
            window.size.0,
            window.stride.0,
            window.dilation.0,
            vertical.before,
        ),
        slide(
            window.size.1,
            window.stride.1,
            window.dilation.1,
            horizontal.before,
        ),
    )))
}

fn spread(convolution: &TransposedConvolution, (height, width): (usize, usize)) -> Option<Look> {
    let (vertical, horizontal) = convolution.spans(height, width)?;
    let gather = |size: usize, stride: usize, dilation: usize, before: usize| Gather {
        stride: signed(stride),
        before: signed(before),
        size: signed(size),
        dilation: signed(dilation),
    };
    let (size, stride, dilation) = (convolution.size, convolution.stride, convolution.dilation);
    Some(Look::Spread((
        gather(size.0, stride.0, dilation.0, vertical.before),
        gather(size.1, stride.1, dilation.1, horizontal.before),
    )))
}

/// Borders: of one number they show nothing, else another position again.
fn padded(
    kind: &PadKind,
    margins: &[(usize, usize)],
    input: (usize, usize),
    output: (usize, usize),
) -> Look {
    let before = |axis: usize| margins.get(axis).map_or(0, |margin| signed(margin.0));
    let source = |at: i64, extent: i64| match kind {
        PadKind::Constant(_) => at,
        PadKind::Edge => at.clamp(0, extent - 1),
        PadKind::Wrap => at.rem_euclid(extent.max(1)),
        PadKind::Reflect => {
            let period = (2 * (extent - 1)).max(1);
            let at = at.rem_euclid(period);
            at.min(period - at)
        }
    };
    if matches!(kind, PadKind::Constant(_)) {
        return Look::Moved((-before(0), -before(1)));
    }
    let along = |axis: usize, extent: usize, length: usize| -> Vec<Taps> {
        (0..length as i64)
            .map(|at| vec![(source(at - before(axis), extent as i64) as usize, 1.0)])
            .collect()
    };
    let taps = (along(0, input.0, output.0), along(1, input.1, output.1));
    // The image is not scaled.
    Look::Listed {
        taps,
        input: output,
    }
}

fn kept(kept: &Kept) -> Vec<Taps> {
    let one = |place: usize| vec![(place, 1.0)];
    match kept {
        Kept::Range {
            start,
            length,
            step,
        } => (0..*length).map(|at| one(start + at * step)).collect(),
        Kept::Places(places) => places.iter().map(|place| one(*place)).collect(),
    }
}

fn each(extent: usize) -> Vec<Taps> {
    (0..extent).map(|at| vec![(at, 1.0)]).collect()
}

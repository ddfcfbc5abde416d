//! [`ReceptiveField`]: the part of the input image that one position of a layer's output depends on.

mod look;

use look::{Look, Side};

use super::{Layer, LayerId, Network};

/// Where the positions of a layer look.
///
/// Layers are followed back to the image, a position at a time: a window reads some positions of the layer before, an
/// upsampled image one or a few, a cropped one another. So a field is exact where positions of different layers do not lie
/// equally far apart. What statistics of a normalisation carry over from other positions is left out, as is usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceptiveField {
    /// Height and width without regard to the image's borders: it can exceed the image. The greatest where positions differ.
    pub size: (usize, usize),
    /// For each row of positions the rows of pixels they see, and the same of columns.
    rows: Vec<Pixels>,
    columns: Vec<Pixels>,
    whole: bool,
}

/// Pixels along an axis: the first, and the one behind the last. Equal where there are none.
type Pixels = (usize, usize);

/// A part of an image, in pixels. Height or width are 0 for a position that sees nothing but padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub top: usize,
    pub left: usize,
    pub height: usize,
    pub width: usize,
}

/// The longest axis that is followed position by position; of a longer one all positions are taken to see the whole image.
const LONGEST: usize = 1 << 14;
/// Positions whose field is asked for to find the size; fields repeat after as many as the network scales down again.
const MOST_ASKED: usize = 16;

impl ReceptiveField {
    /// The fields of all layers, in the network's order.
    pub fn of(network: &Network) -> Vec<Self> {
        let image = image_size(network);
        let looks: Vec<Option<Look>> = network
            .layers()
            .iter()
            .map(|layer| Look::of(layer, network))
            .collect();
        let mut fields: Vec<Self> = Vec::with_capacity(looks.len());
        for (id, layer) in network.layers().iter().enumerate() {
            let field = if layer.inputs.is_empty() || is_parameter(layer) {
                Self::of_source(layer, image)
            } else {
                Self::after(id, network, &looks, &fields, image)
            };
            fields.push(field);
        }
        fields
    }

    /// Of the image, whose positions see themselves; of a parameter, which sees nothing.
    fn of_source(layer: &Layer, image: (usize, usize)) -> Self {
        let is_image = matches!(layer.operator, super::Operator::Input(_));
        let along = |extent: usize| (0..extent).map(|at| (at, at + 1)).collect();
        match layer.shape.as_image() {
            Some((height, width, _)) if is_image && height.max(width) <= LONGEST => Self {
                size: (1, 1),
                rows: along(height),
                columns: along(width),
                whole: false,
            },
            _ if is_image => Self::whole(image),
            _ => Self {
                size: (0, 0),
                rows: Vec::new(),
                columns: Vec::new(),
                whole: false,
            },
        }
    }

    /// Of a layer whose every value depends on the whole image.
    fn whole(image: (usize, usize)) -> Self {
        Self {
            size: image,
            rows: vec![(0, image.0)],
            columns: vec![(0, image.1)],
            whole: true,
        }
    }

    fn after(
        id: LayerId,
        network: &Network,
        looks: &[Option<Look>],
        fields: &[Self],
        image: (usize, usize),
    ) -> Self {
        let layer = network.layer(id);
        let inputs: Vec<&Self> = layer.inputs.iter().map(|&input| &fields[input]).collect();
        let (Some(look), Some((height, width, _))) = (&looks[id], layer.shape.as_image()) else {
            return Self::of_all(&inputs, image);
        };
        if inputs.iter().any(|field| field.whole) || height.max(width) > LONGEST {
            return Self::of_all(&inputs, image);
        }
        let seen = |side: Side, extent: usize| -> Vec<Pixels> {
            (0..extent)
                .map(|at| {
                    let of_input = |(number, field): (usize, &&Self)| {
                        let pixels = side.of((&field.rows, &field.columns));
                        let (first, last) = look.read(number, side, at as i64);
                        hull(within(pixels, first, last))
                    };
                    hull(inputs.iter().enumerate().map(of_input))
                })
                .collect()
        };
        let along = |side: Side, extent: usize| size(id, network, looks, side, extent);
        Self {
            size: (along(Side::Rows, height), along(Side::Columns, width)),
            rows: seen(Side::Rows, height),
            columns: seen(Side::Columns, width),
            whole: false,
        }
    }

    /// Of a layer that mixes all positions of what it reads.
    fn of_all(inputs: &[&Self], image: (usize, usize)) -> Self {
        let all = |of: &dyn Fn(&Self) -> &[Pixels]| {
            hull(inputs.iter().flat_map(|field| of(field).iter().copied()))
        };
        let (rows, columns) = (all(&|field| &field.rows), all(&|field| &field.columns));
        Self {
            size: image,
            rows: vec![rows],
            columns: vec![columns],
            whole: true,
        }
    }

    /// What the output position `(row, column)` sees of the image.
    pub fn region(&self, position: (usize, usize)) -> Region {
        let along = |pixels: &[Pixels], at: usize| {
            let at = if self.whole { 0 } else { at };
            pixels.get(at).copied().unwrap_or((0, 0))
        };
        let (top, bottom) = along(&self.rows, position.0);
        let (left, right) = along(&self.columns, position.1);
        Region {
            top,
            left,
            height: bottom - top,
            width: right - left,
        }
    }

    /// Whether every position sees what all of them see, the whole image as a rule.
    pub fn is_whole(&self) -> bool {
        self.whole
    }
}

/// It reads a layer only to be there for each of its samples.
fn is_parameter(layer: &Layer) -> bool {
    matches!(layer.operator, super::Operator::Parameter(_))
}

/// The pixels of the positions from `first` to `last`, as far as they are there.
fn within(pixels: &[Pixels], first: i64, last: i64) -> impl Iterator<Item = Pixels> + '_ {
    let from = usize::try_from(first.max(0)).unwrap_or(usize::MAX);
    let to = usize::try_from(last.saturating_add(1)).unwrap_or(0);
    let to = to.min(pixels.len());
    pixels[from.min(to)..to].iter().copied()
}

/// From the first pixel of all to the last; those that see nothing do not count.
fn hull(parts: impl Iterator<Item = Pixels>) -> Pixels {
    parts
        .filter(|(first, end)| first < end)
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        .unwrap_or((0, 0))
}

/// The greatest number of pixels that a position in the middle sees along an axis, where the image had no borders.
fn size(
    id: LayerId,
    network: &Network,
    looks: &[Option<Look>],
    side: Side,
    extent: usize,
) -> usize {
    let asked = if looks[..=id].iter().flatten().all(Look::is_even) {
        1
    } else {
        extent.min(MOST_ASKED)
    };
    let start = (extent - asked) / 2;
    (start..start + asked)
        .map(|at| size_at(id, network, looks, side, at as i64))
        .max()
        .unwrap_or(0)
}

/// Followed back from one position: for every layer the positions that are read, in a network without borders.
fn size_at(id: LayerId, network: &Network, looks: &[Option<Look>], side: Side, at: i64) -> usize {
    let mut read: Vec<Option<(i64, i64)>> = vec![None; id + 1];
    read[id] = Some((at, at));
    let mut found = 0;
    for layer in (0..=id).rev() {
        let Some((first, last)) = read[layer] else {
            continue;
        };
        let of = network.layer(layer);
        if matches!(of.operator, super::Operator::Input(_)) {
            found = usize::try_from(last.saturating_sub(first).saturating_add(1)).unwrap_or(0);
        }
        let Some(look) = &looks[layer] else {
            continue;
        };
        for (number, &input) in of.inputs.iter().enumerate() {
            let ends = [
                look.beyond(number, side, first),
                look.beyond(number, side, last),
            ];
            let (from, to) = (ends[0].0.min(ends[1].0), ends[0].1.max(ends[1].1));
            if from > to {
                continue;
            }
            let both = read[input].map_or((from, to), |(a, b)| (a.min(from), b.max(to)));
            read[input] = Some(both);
        }
    }
    found
}

/// Height and width of the network's input.
fn image_size(network: &Network) -> (usize, usize) {
    network
        .input_shape()
        .as_image()
        .map_or((1, 1), |(height, width, _)| (height, width))
}

#[cfg(test)]
mod tests;

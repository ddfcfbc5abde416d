//! [`ReceptiveField`]: the part of the input image that one position of a layer's output depends on.

use super::{Layer, Network, Operator, Shape};

/// Where the positions of a layer look, each pair `(vertical, horizontal)` in input pixels.
///
/// Position `(row, column)` sees `size` pixels from `offset + (row, column) · stride` on, by the recursion of
/// Araujo, Norris and Sim (2019), *Computing receptive fields of convolutional neural networks*:
/// `size += (kernel − 1) · dilation · stride`, `offset −= padding · stride`, `stride ·= layer stride`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceptiveField {
    /// Extent without regard to the image's borders: it can exceed the image.
    pub size: (usize, usize),
    /// Distance between the fields of neighbouring positions; 0 where every position sees the whole image.
    pub stride: (usize, usize),
    /// First row and column that position `(0, 0)` sees; negative where it reaches into padding.
    pub offset: (isize, isize),
}

/// A part of an image, in pixels. Height or width are 0 for a position that sees nothing but padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    pub top: usize,
    pub left: usize,
    pub height: usize,
    pub width: usize,
}

impl ReceptiveField {
    /// One pixel: the field of the input itself.
    const PIXEL: Self = Self {
        size: (1, 1),
        stride: (1, 1),
        offset: (0, 0),
    };

    /// The field of a layer whose every value depends on the whole image.
    fn whole(image: (usize, usize)) -> Self {
        Self {
            size: image,
            stride: (0, 0),
            offset: (0, 0),
        }
    }

    /// The fields of all layers, in the network's order.
    pub fn of(network: &Network) -> Vec<Self> {
        let image = image_size(network);
        let mut fields: Vec<Self> = Vec::with_capacity(network.layers().len());
        for layer in network.layers() {
            let inputs: Vec<Self> = layer.inputs.iter().map(|&input| fields[input]).collect();
            fields.push(Self::after(layer, &inputs, image, network));
        }
        fields
    }

    /// The field of a layer that reads layers with these fields.
    fn after(layer: &Layer, inputs: &[Self], image: (usize, usize), network: &Network) -> Self {
        let Some(field) = inputs.iter().copied().reduce(|a, b| a.joined(b, image)) else {
            return Self::PIXEL;
        };
        if !keeps_positions(layer, network) {
            return Self::whole(image);
        }
        if let Operator::ZeroPadding(padding) = &layer.operator {
            return field.shifted((padding.top, padding.left));
        }
        let rule = layer.operator.rule();
        let size = layer
            .inputs
            .first()
            .and_then(|&input| network.layer(input).shape.as_image());
        let (Some(window), Some((height, width, _))) = (rule.window(), size) else {
            return field;
        };
        let Some((vertical, horizontal)) = window.extents(height, width) else {
            return field;
        };
        field.shifted((vertical.before, horizontal.before)).widened(
            window.size,
            window.dilation,
            window.stride,
        )
    }

    /// What two layers together see at the same position. Where their positions do not lie equally far
    /// apart (a gate computed of the whole image is the usual case), that is the whole image.
    fn joined(self, other: Self, image: (usize, usize)) -> Self {
        if self.stride != other.stride || self.is_whole() {
            return Self::whole(image);
        }
        let along = |offsets: (isize, isize), sizes: (usize, usize)| {
            let end = |offset: isize, size: usize| offset as i128 + size as i128;
            let first = offsets.0.min(offsets.1);
            let last = end(offsets.0, sizes.0).max(end(offsets.1, sizes.1));
            (
                first,
                usize::try_from(last - first as i128).unwrap_or(usize::MAX),
            )
        };
        let (top, height) = along((self.offset.0, other.offset.0), (self.size.0, other.size.0));
        let (left, width) = along((self.offset.1, other.offset.1), (self.size.1, other.size.1));
        Self {
            size: (height, width),
            stride: self.stride,
            offset: (top, left),
        }
    }

    /// Moved towards the top left by this many positions of padding.
    fn shifted(self, padding: (usize, usize)) -> Self {
        let moved = |offset: isize, padding: usize, stride: usize| {
            offset.saturating_sub(
                isize::try_from(padding.saturating_mul(stride)).unwrap_or(isize::MAX),
            )
        };
        let offset = (
            moved(self.offset.0, padding.0, self.stride.0),
            moved(self.offset.1, padding.1, self.stride.1),
        );
        Self { offset, ..self }
    }

    /// Grown by a window.
    fn widened(
        self,
        window: (usize, usize),
        dilation: (usize, usize),
        stride: (usize, usize),
    ) -> Self {
        let grown = |size: usize, window: usize, dilation: usize, jump: usize| {
            size.saturating_add((window - 1).saturating_mul(dilation).saturating_mul(jump))
        };
        Self {
            size: (
                grown(self.size.0, window.0, dilation.0, self.stride.0),
                grown(self.size.1, window.1, dilation.1, self.stride.1),
            ),
            stride: (
                self.stride.0.saturating_mul(stride.0),
                self.stride.1.saturating_mul(stride.1),
            ),
            offset: self.offset,
        }
    }

    /// What the output position `(row, column)` sees of an image of `(height, width)` pixels, clipped to it.
    pub fn region(&self, position: (usize, usize), image: (usize, usize)) -> Region {
        let (top, height) = clipped(
            self.offset.0,
            self.stride.0,
            self.size.0,
            position.0,
            image.0,
        );
        let (left, width) = clipped(
            self.offset.1,
            self.stride.1,
            self.size.1,
            position.1,
            image.1,
        );
        Region {
            top,
            left,
            height,
            width,
        }
    }

    /// Whether every position sees the whole image.
    pub fn is_whole(&self) -> bool {
        self.stride == (0, 0)
    }
}

/// Whether the positions of a layer's output are those of its inputs, or of windows on them.
fn keeps_positions(layer: &Layer, network: &Network) -> bool {
    let image = |shape: &Shape| shape.as_image().map(|(height, width, _)| (height, width));
    let inputs = || {
        layer
            .inputs
            .iter()
            .map(|&input| &network.layer(input).shape)
    };
    let images = image(&layer.shape).is_some() && inputs().all(|input| image(input).is_some());
    match &layer.operator {
        Operator::GlobalPooling(_)
        | Operator::Reshape(_)
        | Operator::Transpose(_)
        | Operator::MatrixProduct(_)
        | Operator::Selection(_)
        | Operator::Pad(_)
        | Operator::Parameter(_) => false,
        // Side by side along the channels, or value by value without repeating an extent.
        Operator::Concatenation(_)
        | Operator::Combination(_)
        | Operator::Arithmetic(_)
        | Operator::Reduction(_) => {
            images && inputs().all(|input| image(input) == image(&layer.shape))
        }
        _ => images,
    }
}

/// Height and width of the network's input.
fn image_size(network: &Network) -> (usize, usize) {
    network
        .input_shape()
        .as_image()
        .map_or((1, 1), |(height, width, _)| (height, width))
}

/// First pixel and number of pixels along one axis.
fn clipped(
    offset: isize,
    stride: usize,
    size: usize,
    position: usize,
    extent: usize,
) -> (usize, usize) {
    let start = (offset as i128) + (position as i128) * (stride as i128);
    let end = start + size as i128;
    let inside = |place: i128| place.clamp(0, extent as i128) as usize;
    (inside(start), inside(end) - inside(start))
}

#[cfg(test)]
mod tests {
    use super::super::operators::{
        Combination, CombinationKind, Concatenation, GlobalPooling, Input, Pooling, PoolingKind,
        Reshape, ZeroPadding,
    };
    use super::super::{LayerDraft, Padding, Source, Window};
    use super::*;

    /// Layers one after the other.
    fn network(operators: Vec<Operator>) -> Network {
        let reads = |id: usize| id.checked_sub(1).into_iter().collect();
        graph(
            operators
                .into_iter()
                .enumerate()
                .map(|(id, operator)| (operator, reads(id)))
                .collect(),
        )
    }

    fn graph(nodes: Vec<(Operator, Vec<usize>)>) -> Network {
        let source = Source {
            path: "test".into(),
            format: String::new(),
            producer: String::new(),
            bytes: 0,
            sha256: String::new(),
        };
        let drafts: Vec<LayerDraft> = nodes
            .into_iter()
            .enumerate()
            .map(|(id, (operator, inputs))| LayerDraft {
                name: format!("layer {id}"),
                operator,
                inputs,
                weights: Vec::new(),
            })
            .collect();
        let output = drafts.len() - 1;
        Network::new("test".into(), source, drafts, output).unwrap()
    }

    fn pooling(size: usize, stride: usize, dilation: usize, padding: Padding) -> Operator {
        let pair = |extent| (extent, extent);
        let window = Window {
            size: pair(size),
            stride: pair(stride),
            dilation: pair(dilation),
            padding,
        };
        Pooling {
            kind: PoolingKind::Max,
            window,
        }
        .into()
    }

    fn input() -> Operator {
        Input {
            shape: Shape::image(32, 32, 3),
        }
        .into()
    }

    #[test]
    fn windows_add_up_by_the_recursion() {
        // 3×3, pooling 2×2 of stride 2, 3×3: fields of 3, 4 and 8 pixels.
        let network = network(vec![
            input(),
            pooling(3, 1, 1, Padding::Valid),
            pooling(2, 2, 1, Padding::Valid),
            pooling(3, 1, 1, Padding::Valid),
            Reshape::Flatten.into(),
        ]);
        let fields = ReceptiveField::of(&network);
        let seen: Vec<_> = fields
            .iter()
            .map(|field| (field.size.0, field.stride.0, field.offset.0))
            .collect();
        assert_eq!(
            seen,
            [(1, 1, 0), (3, 1, 0), (4, 2, 0), (8, 2, 0), (32, 0, 0)]
        );
        assert_eq!(
            fields[3].region((5, 0), (32, 32)),
            Region {
                top: 10,
                left: 0,
                height: 8,
                width: 8
            }
        );
        assert!(fields[4].is_whole());
        assert_eq!(
            fields[4].region((0, 0), (32, 32)),
            Region {
                top: 0,
                left: 0,
                height: 32,
                width: 32
            }
        );
    }

    #[test]
    fn padding_reaches_over_the_border_and_is_clipped() {
        let network = network(vec![
            input(),
            pooling(3, 1, 2, Padding::Same),
            ZeroPadding {
                top: 10,
                bottom: 0,
                left: 0,
                right: 0,
            }
            .into(),
        ]);
        let fields = ReceptiveField::of(&network);
        assert_eq!((fields[1].size, fields[1].offset), ((5, 5), (-2, -2)));
        assert_eq!(
            fields[1].region((0, 31), (32, 32)),
            Region {
                top: 0,
                left: 29,
                height: 3,
                width: 3
            }
        );
        assert_eq!(fields[2].region((0, 0), (32, 32)).height, 0);
    }

    #[test]
    fn branches_see_together_what_each_of_them_sees() {
        let add = || {
            Combination {
                kind: CombinationKind::Add,
            }
            .into()
        };
        let network = graph(vec![
            (input(), vec![]),
            (pooling(3, 1, 1, Padding::Same), vec![0]),
            (pooling(2, 1, 1, Padding::Same), vec![0]),
            (add(), vec![1, 2]),
            (Concatenation { axis: -1 }.into(), vec![3, 0]),
            (
                GlobalPooling {
                    kind: PoolingKind::Max,
                    keep_dimensions: true,
                }
                .into(),
                vec![3],
            ),
            (add(), vec![0, 5]),
            (Concatenation { axis: 1 }.into(), vec![1, 1]),
            (Reshape::Flatten.into(), vec![4]),
            (Reshape::Flatten.into(), vec![6]),
            (Reshape::Flatten.into(), vec![7]),
            (Concatenation { axis: 1 }.into(), vec![8, 9, 10]),
        ]);
        let fields = ReceptiveField::of(&network);
        // One pixel before and one behind of the first, one behind of the second.
        assert_eq!((fields[3].size, fields[3].offset), ((3, 3), (-1, -1)));
        assert_eq!((fields[4].size, fields[4].offset), ((3, 3), (-1, -1)));
        assert!(fields[6].is_whole() && fields[7].is_whole());
    }

    /// The definition itself: an output position changes with an input pixel only inside its region.
    #[test]
    fn a_field_is_the_union_of_the_fields_below_it() {
        let network = network(vec![
            input(),
            pooling(3, 2, 1, Padding::Same),
            pooling(5, 3, 1, Padding::Same),
        ]);
        let fields = ReceptiveField::of(&network);
        let (height, width, _) = network.layer(1).shape.as_image().unwrap();
        // 5×5 with stride 3 on 16×16 positions has two positions of padding before the first.
        let own = ReceptiveField::PIXEL
            .shifted((2, 2))
            .widened((5, 5), (1, 1), (3, 3));
        for row in 0..network.layer(2).shape.dimensions()[0] {
            let inner = own.region((row, 0), (height, width));
            let first = fields[1].region((inner.top, 0), (32, 32));
            let last = fields[1].region((inner.top + inner.height - 1, 0), (32, 32));
            let region = fields[2].region((row, 0), (32, 32));
            assert_eq!(
                (region.top, region.top + region.height),
                (first.top, last.top + last.height)
            );
        }
    }
}

//! Receptive fields against the definition: which pixels change a value, found by changing each of them.

use std::collections::BTreeMap;

use layerscope::engine::reference::ReferenceEngine;
use layerscope::engine::{Batch, Engine, FeatureMaps, Interest, Watch};
use layerscope::model::operators::{
    Combination, CombinationKind, Cropping, Input, Interpolation, Kept, Pad, PadKind, Pooling,
    PoolingKind, Reshape, Resize, Scale, Selection, TransposedConvolution, ZeroPadding,
};
use layerscope::model::{
    Activation, LayerDraft, LayerId, Margins, Network, Operator, Padding, ReceptiveField, Shape,
    Source, Weight, Window,
};
use proptest::prelude::*;

const HEIGHT: usize = 9;
const WIDTH: usize = 8;

/// Layers one after the other, the last of them added to itself by a way of its own where `skip` says so.
fn network(operators: &[Operator], skip: bool) -> Option<Network> {
    let mut drafts = vec![draft(
        0,
        Input {
            shape: Shape::image(HEIGHT, WIDTH, 1),
        }
        .into(),
        vec![],
    )];
    for operator in operators {
        let id = drafts.len();
        drafts.push(draft(id, operator.clone(), vec![id - 1]));
    }
    if skip {
        let id = drafts.len();
        let three = pooling(3, 1, 1, Padding::Same);
        drafts.push(draft(id, three, vec![id - 1]));
        let add = Combination {
            kind: CombinationKind::Add,
        };
        drafts.push(draft(id + 1, add.into(), vec![id - 1, id]));
    }
    let id = drafts.len();
    drafts.push(draft(id, Reshape::Flatten.into(), vec![id - 1]));
    let network = Network::new("test".into(), Source::default(), drafts, id).ok()?;
    let largest = network.layers().iter().map(|layer| layer.shape.elements());
    (largest.max()? <= 4000).then_some(network)
}

fn draft(id: LayerId, operator: Operator, inputs: Vec<LayerId>) -> LayerDraft {
    let weights = operator.rule().weights(&[&Shape::image(HEIGHT, WIDTH, 1)]);
    LayerDraft {
        name: format!("layer {id}"),
        operator,
        inputs,
        weights: weights
            .into_iter()
            .map(|spec| Weight {
                name: spec.name.into(),
                values: vec![1.0; spec.shape.iter().product()].into(),
                shape: spec.shape,
                trainable: true,
            })
            .collect(),
    }
}

/// A mean: with all weights above 0 no change is lost.
fn pooling(size: usize, stride: usize, dilation: usize, padding: Padding) -> Operator {
    let window = Window {
        size: (size, size),
        stride: (stride, stride),
        dilation: (dilation, dilation),
        padding,
    };
    Pooling {
        kind: PoolingKind::Average,
        window,
    }
    .into()
}

fn operator() -> impl Strategy<Value = Operator> {
    let small = 0..3usize;
    let margins = (small.clone(), small.clone(), small.clone(), small.clone());
    prop_oneof![
        (1..4usize, 1..3usize, any::<bool>()).prop_map(|(size, stride, same)| {
            let padding = if same { Padding::Same } else { Padding::Valid };
            pooling(size, stride, 1, padding)
        }),
        (1..3usize, 0..2usize, 0..2usize).prop_map(|(stride, down, right)| pooling(
            3,
            stride,
            1,
            Padding::even((down, right))
        )),
        margins.clone().prop_map(|(top, bottom, left, right)| {
            ZeroPadding {
                top,
                bottom,
                left,
                right,
            }
            .into()
        }),
        margins.prop_map(|(top, bottom, left, right)| {
            Cropping::Margins(Margins {
                top,
                bottom,
                left,
                right,
            })
            .into()
        }),
        (1..8usize, 1..8usize)
            .prop_map(|(height, width)| Cropping::Centre { height, width }.into()),
        (1..4usize, 1..3usize, 0..3usize).prop_map(|(down, right, how)| {
            Resize::new(Scale::Times(down, right), interpolation(how)).into()
        }),
        (2..12usize, 2..12usize, 0..3usize, any::<bool>()).prop_map(
            |(height, width, how, antialias)| {
                Resize {
                    antialias,
                    ..Resize::new(Scale::To(height, width), interpolation(how))
                }
                .into()
            }
        ),
        (1..4usize, 1..4usize, 0..3usize).prop_map(|(size, stride, how)| {
            TransposedConvolution {
                filters: 1,
                size: (size, 2),
                stride: (stride, 2),
                dilation: (1, 1),
                groups: 1,
                padding: [Padding::Valid, Padding::Same, Padding::even((0, 1))][how],
                output_padding: None,
                bias: false,
                activation: Activation::Linear,
            }
            .into()
        }),
        (0..3usize, 0..3usize, 0..4usize).prop_map(|(before, after, how)| {
            let kind = [
                PadKind::Constant(0.0),
                PadKind::Edge,
                PadKind::Reflect,
                PadKind::Wrap,
            ][how];
            Pad {
                kind,
                margins: vec![(before, after), (after, before), (0, 0)],
            }
            .into()
        }),
        (0..2usize, 0..3usize, 1..3usize).prop_map(|(axis, start, step)| {
            let kept = Kept::Range {
                start,
                length: 3,
                step,
            };
            Selection { axis, kept }.into()
        }),
    ]
}

fn interpolation(how: usize) -> Interpolation {
    [
        Interpolation::Nearest,
        Interpolation::Bilinear,
        Interpolation::Bicubic,
    ][how]
}

/// For every layer the values of all samples, sample after sample.
#[derive(Default)]
struct Everything(BTreeMap<LayerId, Vec<Vec<f32>>>);

impl Watch for Everything {
    fn interest(&self, _layer: LayerId) -> Interest {
        Interest::Tap
    }

    fn tap(&mut self, layer: LayerId, maps: FeatureMaps<'_>) {
        let of = |sample| maps.channel(sample, 0).collect();
        self.0.insert(layer, (0..maps.samples()).map(of).collect());
    }
}

/// The bounding box of the pixels that change a value: top, left, bottom, right, the latter two behind the last.
type Bounds = (usize, usize, usize, usize);

/// Image *i* has a single pixel that is not 0, pixel *i*; all that a network of sums makes of it are the values that it
/// changes.
fn changed(network: &Network) -> Everything {
    let pixels = HEIGHT * WIDTH;
    let mut values = vec![0.0; pixels * pixels];
    (0..pixels).for_each(|pixel| values[pixel * pixels + pixel] = 1.0);
    let mut seen = Everything::default();
    let batch = Batch {
        values: &values,
        samples: pixels,
        shape: network.input_shape(),
    };
    let engine = ReferenceEngine::new(network).expect("an engine");
    engine.run(batch, &mut seen).expect("a pass");
    seen
}

fn bounds(images: &[Vec<f32>], position: usize) -> Option<Bounds> {
    let changing = (0..images.len()).filter(|&pixel| images[pixel][position] != 0.0);
    changing.fold(None, |found: Option<Bounds>, pixel| {
        let (row, column) = (pixel / WIDTH, pixel % WIDTH);
        Some(match found {
            None => (row, column, row + 1, column + 1),
            Some((top, left, bottom, right)) => (
                top.min(row),
                left.min(column),
                bottom.max(row + 1),
                right.max(column + 1),
            ),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_field_is_where_pixels_change_a_value(
        operators in proptest::collection::vec(operator(), 1..5),
        skip in any::<bool>(),
    ) {
        let Some(network) = network(&operators, skip) else { return Ok(()) };
        let fields = ReceptiveField::of(&network);
        let seen = changed(&network);
        for (id, layer) in network.layers().iter().enumerate() {
            let Some((_, width, _)) = layer.shape.as_image() else { continue };
            prop_assert!(!fields[id].is_whole());
            for position in 0..layer.shape.positions() {
                let region = fields[id].region((position / width, position % width));
                let found = (region.height > 0 && region.width > 0).then_some((
                    region.top,
                    region.left,
                    region.top + region.height,
                    region.left + region.width,
                ));
                let expected = bounds(&seen.0[&id], position);
                prop_assert_eq!(found, expected, "layer {} of {:?}, position {}", id, operators, position);
                prop_assert!(region.height <= fields[id].size.0.max(HEIGHT));
            }
        }
    }
}

#[test]
fn a_window_over_gaps_sees_what_lies_between_its_ends() {
    let network = network(&[pooling(2, 1, 1, Padding::Valid)], false).expect("a network");
    let fields = ReceptiveField::of(&network);
    assert_eq!(fields[1].size, (2, 2));
    assert_eq!(bounds(&changed(&network).0[&1], 0), Some((0, 0, 2, 2)));
}

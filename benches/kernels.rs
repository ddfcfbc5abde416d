//! The main kernels by themselves, each as a network of one layer on 16 images: `cargo bench --bench kernels`.
//! Items are multiplications with additions, so that divan's throughput is half the FLOP a second.

use divan::counter::ItemsCount;
use layerscope::engine::fused::{FusedEngine, InstructionSet, Options};
use layerscope::engine::{Batch, Engine, FeatureMaps, Interest, Unwatched, Watch};
use layerscope::model::operators::{
    BatchNormalization, Convolution, Dense, DepthwiseConvolution, GlobalPooling, Input, Pooling,
    PoolingKind,
};
use layerscope::model::{
    Activation, LayerDraft, LayerId, Network, Operator, Padding, Shape, Source, Weight, Window,
};

const IMAGES: usize = 16;

fn main() {
    divan::main();
}

/// What is timed.
#[derive(Clone, Copy, Debug)]
enum Case {
    /// The convolutions of a small network for CIFAR-10.
    Thin3x3,
    Middle3x3,
    Deep3x3,
    /// Of a ResNet at 224×224.
    Wide3x3,
    Strided7x7,
    Pointwise,
    Depthwise3x3,
    MaxPool,
    GlobalAverage,
    Dense,
    BatchNorm,
}

const CASES: [Case; 11] = [
    Case::Thin3x3,
    Case::Middle3x3,
    Case::Deep3x3,
    Case::Wide3x3,
    Case::Strided7x7,
    Case::Pointwise,
    Case::Depthwise3x3,
    Case::MaxPool,
    Case::GlobalAverage,
    Case::Dense,
    Case::BatchNorm,
];

fn convolution(filters: usize, size: usize, stride: usize, padding: Padding) -> Operator {
    let window = Window {
        size: (size, size),
        stride: (stride, stride),
        dilation: (1, 1),
        padding,
    };
    Convolution {
        filters,
        window,
        groups: 1,
        bias: true,
        activation: Activation::Relu,
    }
    .into()
}

impl Case {
    fn parts(self) -> (Shape, Operator) {
        let window = |size, stride, padding| Window {
            size: (size, size),
            stride: (stride, stride),
            dilation: (1, 1),
            padding,
        };
        match self {
            Self::Thin3x3 => (
                Shape::image(32, 32, 3),
                convolution(32, 3, 1, Padding::Valid),
            ),
            Self::Middle3x3 => (
                Shape::image(15, 15, 32),
                convolution(64, 3, 1, Padding::Valid),
            ),
            Self::Deep3x3 => (
                Shape::image(6, 6, 64),
                convolution(64, 3, 1, Padding::Valid),
            ),
            Self::Wide3x3 => (
                Shape::image(56, 56, 64),
                convolution(64, 3, 1, Padding::Same),
            ),
            Self::Strided7x7 => (
                Shape::image(224, 224, 3),
                convolution(64, 7, 2, Padding::Same),
            ),
            Self::Pointwise => (
                Shape::image(14, 14, 256),
                convolution(256, 1, 1, Padding::Valid),
            ),
            Self::Depthwise3x3 => {
                let window = window(3, 1, Padding::Same);
                let operator = DepthwiseConvolution {
                    multiplier: 1,
                    window,
                    bias: true,
                    activation: Activation::Relu,
                };
                (Shape::image(56, 56, 96), operator.into())
            }
            Self::MaxPool => (
                Shape::image(30, 30, 32),
                Pooling {
                    kind: PoolingKind::Max,
                    window: window(2, 2, Padding::Valid),
                }
                .into(),
            ),
            Self::GlobalAverage => (
                Shape::image(7, 7, 512),
                GlobalPooling {
                    kind: PoolingKind::Average,
                    keep_dimensions: false,
                }
                .into(),
            ),
            Self::Dense => (
                Shape::vector(1024),
                Dense {
                    units: 64,
                    bias: true,
                    activation: Activation::Relu,
                }
                .into(),
            ),
            Self::BatchNorm => (
                Shape::image(28, 28, 128),
                BatchNormalization {
                    epsilon: 1e-3,
                    scale: true,
                    center: true,
                    axis: -1,
                }
                .into(),
            ),
        }
    }

    fn network(self) -> Network {
        let (shape, operator) = self.parts();
        let weights = operator.rule().weights(&[&shape]);
        let weights = weights
            .into_iter()
            .map(|spec| {
                let count: usize = spec.shape.iter().product();
                let values: Vec<f32> = (0..count)
                    .map(|place| ((place * 31 % 17) as f32 + 1.0) / 100.0)
                    .collect();
                Weight {
                    name: spec.name.into(),
                    shape: spec.shape,
                    values: values.into(),
                    trainable: spec.trainable,
                }
            })
            .collect();
        let drafts = vec![
            LayerDraft {
                name: "input".into(),
                operator: Input { shape }.into(),
                inputs: vec![],
                weights: vec![],
            },
            LayerDraft {
                name: "layer".into(),
                operator,
                inputs: vec![0],
                weights,
            },
        ];
        Network::new("made".into(), Source::default(), drafts, 1).expect("the case is a network")
    }

    fn run(
        self,
        bencher: divan::Bencher<'_, '_>,
        options: Options,
        watch: &mut (dyn Watch + Send),
    ) {
        let network = self.network();
        let engine = FusedEngine::new(&network, options).expect("the engine takes the network");
        let shape = network.input_shape();
        let values: Vec<f32> = (0..IMAGES * shape.elements())
            .map(|place| (place * 37 % 101) as f32 / 50.0 - 1.0)
            .collect();
        let work = network
            .multiply_adds(1)
            .max(network.layer(1).shape.elements() as u64) as usize
            * IMAGES;
        bencher.counter(ItemsCount::new(work)).bench_local(|| {
            let batch = Batch {
                values: &values,
                samples: IMAGES,
                shape,
            };
            engine
                .run(batch, watch)
                .expect("the engine computes the network")
        });
    }
}

#[divan::bench(args = CASES)]
fn fastest(bencher: divan::Bencher<'_, '_>, case: Case) {
    case.run(bencher, Options::default(), &mut Unwatched);
}

#[divan::bench(args = CASES)]
fn without_winograd(bencher: divan::Bencher<'_, '_>, case: Case) {
    case.run(
        bencher,
        Options {
            winograd: false,
            ..Options::default()
        },
        &mut Unwatched,
    );
}

#[divan::bench(args = CASES)]
fn avx2(bencher: divan::Bencher<'_, '_>, case: Case) {
    if InstructionSet::Avx2.is_available() {
        let options = Options {
            instruction_set: InstructionSet::Avx2,
            ..Options::default()
        };
        case.run(bencher, options, &mut Unwatched);
    }
}

/// All statistics of the layer's output, no histograms.
struct Summaries;

impl Watch for Summaries {
    fn interest(&self, layer: LayerId) -> Interest {
        if layer == 1 {
            Interest::Summary
        } else {
            Interest::Nothing
        }
    }

    fn counts_in_histograms(&self, _sample: usize) -> bool {
        false
    }

    fn tap(&mut self, _layer: LayerId, _maps: FeatureMaps<'_>) {}
}

#[divan::bench(args = CASES)]
fn with_statistics(bencher: divan::Bencher<'_, '_>, case: Case) {
    case.run(bencher, Options::default(), &mut Summaries);
}

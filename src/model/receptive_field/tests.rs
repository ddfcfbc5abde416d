use super::super::operators::{
    Combination, CombinationKind, Concatenation, GlobalPooling, Input, Pooling, PoolingKind,
    Reshape, ZeroPadding,
};
use super::super::{LayerDraft, Operator, Padding, Shape, Source, Window};
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
    Network::new("test".into(), Source::default(), drafts, output).unwrap()
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
    let seen: Vec<_> = fields.iter().map(|field| field.size.0).collect();
    assert_eq!(seen, [1, 3, 4, 8, 32]);
    assert_eq!(
        fields[3].region((5, 0)),
        Region {
            top: 10,
            left: 0,
            height: 8,
            width: 8
        }
    );
    assert!(fields[4].is_whole());
    assert_eq!(
        fields[4].region((0, 0)),
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
    assert_eq!(fields[1].size, (5, 5));
    assert_eq!(
        fields[1].region((0, 31)),
        Region {
            top: 0,
            left: 29,
            height: 3,
            width: 3
        }
    );
    assert_eq!(fields[2].region((0, 0)).height, 0);
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
    for field in &fields[3..5] {
        let region = field.region((9, 4));
        assert_eq!((field.size, region.top, region.left), ((3, 3), 8, 3));
        assert_eq!((region.height, region.width), (3, 3));
    }
    assert!(fields[6].is_whole() && fields[7].is_whole());
}

#[test]
fn scaled_images_see_more_of_a_position_or_less() {
    use super::super::Margins;
    use super::super::operators::{Cropping, Interpolation, Resize, Scale};
    let upsampling = |interpolation| Resize::new(Scale::Times(2, 2), interpolation).into();
    let network = network(vec![
        input(),
        upsampling(Interpolation::Nearest),
        pooling(2, 1, 1, Padding::Valid),
        Cropping::Margins(Margins {
            top: 4,
            ..Margins::NONE
        })
        .into(),
        pooling(2, 2, 1, Padding::Valid),
        upsampling(Interpolation::Bilinear),
    ]);
    let fields = ReceptiveField::of(&network);
    let rows = |layer: usize, row| {
        let region = fields[layer].region((row, 0));
        (region.top, region.height)
    };
    assert_eq!((rows(1, 6), rows(1, 7)), ((3, 1), (3, 1)));
    // Every other window lies on one pixel.
    assert_eq!((rows(2, 6), rows(2, 7)), ((3, 1), (3, 2)));
    assert_eq!((rows(3, 2), rows(3, 3)), ((3, 1), (3, 2)));
    assert_eq!(rows(4, 1), (3, 2));
    let sizes: Vec<_> = fields.iter().map(|field| field.size.0).collect();
    assert_eq!(sizes, [1, 1, 2, 2, 2, 3]);
}

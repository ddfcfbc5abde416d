use super::*;
use crate::report::pictures::palette::NOT_A_NUMBER;
use proptest::prelude::*;

/// Weights from −1 to 1.
fn weights(shape: &[usize]) -> Vec<f32> {
    let count: usize = shape.iter().product();
    (0..count)
        .map(|number| 2.0 * number as f32 / (count.max(2) - 1) as f32 - 1.0)
        .collect()
}

fn mosaic(shape: &[usize], kind: KernelKind) -> KernelGrid {
    kernel_mosaic(shape, &weights(shape), kind)
        .expect("a picture")
        .expect("a kernel")
}

#[test]
fn kernels_of_three_channels_are_colours_around_grey() {
    let mut values = vec![0.0; 3 * 3 * 3 * 32];
    // Row 1, column 2, output 17: strong red, weak blue.
    let place = |input: usize| ((3 + 2) * 3 + input) * 32 + 17;
    (values[place(0)], values[place(2)]) = (0.5, -0.25);
    let grid = kernel_mosaic(&[3, 3, 3, 32], &values, KernelKind::Full)
        .expect("a picture")
        .expect("a kernel");
    assert_eq!(
        (grid.picture, grid.width, grid.height),
        (KernelPicture::Colours, 63, 7)
    );
    assert_eq!((grid.scale.min, grid.scale.max), (-0.5, 0.5));
    let (_, _, rgba) = encode::decode(&grid.png);
    let pixel = |x: usize, y: usize| &rgba[(y * 63 + x) * 4..][..4];
    assert_eq!(pixel(4 + 2, 4 + 1), [255, 128, 64, 255]);
    assert_eq!(pixel(0, 0), [128, 128, 128, 255]);
    assert_eq!(pixel(3, 0)[3], 0, "gaps are transparent");
    let crop = grid.crop(17, "kernels.png").expect("a crop");
    assert_eq!(
        (crop.left * 3.0, crop.top * 3.0, crop.ratio),
        (4.0, 4.0, 1.0)
    );
    assert_eq!(grid.crop(32, "kernels.png"), None);
}

#[test]
fn other_kernels_are_a_matrix_of_planes() {
    let grid = mosaic(&[3, 3, 32, 64], KernelKind::Full);
    assert_eq!(
        (grid.picture, grid.width, grid.height),
        (KernelPicture::Planes, 127, 255)
    );
    assert_eq!((grid.shown_inputs, grid.shown_outputs), (32, 64));
    let (_, _, indices) = encode::decode(&grid.png);
    let values = weights(&[3, 3, 32, 64]);
    // Input 5, output 7, row 2, column 1.
    assert_eq!(
        indices[(7 * 4 + 2) * 127 + 5 * 4 + 1],
        grid.scale.index(values[((2 * 3 + 1) * 32 + 5) * 64 + 7])
    );
    let crop = grid.crop(7, "x").expect("a crop");
    assert_eq!((crop.top * 3.0, crop.ratio), (28.0, 127.0 / 3.0));
}

#[test]
fn large_layers_show_their_first_planes() {
    let grid = mosaic(&[3, 3, 70, 130], KernelKind::Full);
    assert_eq!(
        (
            grid.shown_inputs,
            grid.inputs,
            grid.shown_outputs,
            grid.outputs
        ),
        (64, 70, 64, 130)
    );
    assert_eq!((grid.width, grid.crop(64, "x")), (255, None));
}

#[test]
fn depthwise_kernels_are_one_plane_an_output() {
    let shape = [3, 3, 5, 2];
    let grid = mosaic(&shape, KernelKind::Depthwise);
    assert_eq!(
        (
            grid.picture,
            grid.outputs,
            grid.inputs,
            grid.width,
            grid.height
        ),
        (KernelPicture::Singles, 10, 1, 39, 3)
    );
    let planes = kernel_planes(
        &shape,
        &weights(&shape),
        KernelKind::Depthwise,
        grid.scale,
        7,
        64,
    );
    // Output 7 is the second one of channel 3.
    assert_eq!((planes.len(), planes[0].input), (1, 3));
    assert_eq!(
        planes[0].rows[1][2].value,
        weights(&shape)[((3 + 2) * 5 + 3) * 2 + 1]
    );
}

#[test]
fn dense_kernels_are_a_matrix_in_blocks_of_the_strongest() {
    let grid = mosaic(&[64, 10], KernelKind::Full);
    assert_eq!(
        (grid.picture, grid.width, grid.height, grid.reduced_by),
        (KernelPicture::Matrix, 64, 10, (1, 1))
    );
    let mut values = vec![0.1; 1030 * 4];
    // Input 4, output 2; and the last input, output 3.
    (values[4 * 4 + 2], values[1029 * 4 + 3]) = (-0.9, f32::NAN);
    let grid = kernel_mosaic(&[1030, 4], &values, KernelKind::Full)
        .expect("a picture")
        .expect("a kernel");
    assert_eq!((grid.width, grid.height, grid.reduced_by), (344, 4, (1, 3)));
    let (_, _, indices) = encode::decode(&grid.png);
    assert_eq!(
        (indices[2 * 344 + 1], indices[3 * 344 + 343]),
        (grid.scale.index(-0.9), NOT_A_NUMBER)
    );
    assert_eq!(grid.crop(2, "x").expect("a crop").ratio, 344.0);
}

#[test]
fn what_is_no_kernel_has_no_picture() {
    for (shape, values) in [
        (&[3][..], 3),
        (&[], 1),
        (&[2, 2, 2, 2, 2], 32),
        (&[0, 3], 0),
        (&[2, 3], 5),
        (&[usize::MAX, 2, 2, 2], 8),
    ] {
        let values = vec![0.5; values];
        assert!(
            kernel_mosaic(shape, &values, KernelKind::Full)
                .expect("no picture")
                .is_none(),
            "{shape:?}"
        );
        assert!(
            kernel_planes(
                shape,
                &values,
                KernelKind::Full,
                Scale::diverging(1.0),
                0,
                9
            )
            .is_empty()
        );
    }
}

#[test]
fn planes_have_the_numbers_and_their_colours() {
    let planes = kernel_planes(
        &[1, 2, 2, 1],
        &[0.5, -1.0, 0.0, f32::NAN],
        KernelKind::Full,
        Scale::diverging(1.0),
        0,
        9,
    );
    let row = |plane: usize| &planes[plane].rows[0];
    assert_eq!(
        (planes.len(), row(0).len(), row(0)[0].value, row(0)[1].value),
        (2, 2, 0.5, 0.0)
    );
    assert_eq!(
        (row(0)[1].level, row(1)[0].level, row(1)[1].level),
        (Some(16), Some(0), None)
    );
    assert_eq!(
        (row(1)[0].colour.as_str(), row(1)[0].light_text),
        ("#00639c", true)
    );
    assert_eq!(
        kernel_planes(
            &[1, 2, 2, 1],
            &[0.0; 4],
            KernelKind::Full,
            Scale::diverging(1.0),
            0,
            1
        )
        .len(),
        1
    );
    assert!(
        kernel_planes(
            &[1, 2, 2, 1],
            &[0.0; 4],
            KernelKind::Full,
            Scale::diverging(1.0),
            1,
            9
        )
        .is_empty()
    );
}

proptest! {
    #[test]
    fn any_weight_is_a_picture_with_its_crops_inside(shape in prop::collection::vec(1usize..20, 2..5), value in any::<f32>(), depthwise in any::<bool>()) {
        let kind = if depthwise { KernelKind::Depthwise } else { KernelKind::Full };
        let values = vec![value; shape.iter().product()];
        let grid = kernel_mosaic(&shape, &values, kind).expect("a picture").expect("a kernel");
        let (width, height, _) = encode::decode(&grid.png);
        prop_assert_eq!((width, height), (grid.width, grid.height));
        for output in 0..grid.shown_outputs {
            let crop = grid.crop(output, "x").expect("a crop");
            let crop_width = width as f64 / crop.scale;
            let crop_height = crop_width / crop.ratio;
            prop_assert!((crop.left + 1.0) * crop_width <= width as f64 + 1e-6);
            prop_assert!((crop.top + 1.0) * crop_height <= height as f64 + 1e-6);
        }
    }
}

//! From an importer's [`LayerDraft`]s to checked [`Layer`]s: order, names, shapes and weights.

use std::collections::HashSet;
use std::path::Path;

use super::{
    Extent, Layer, LayerDraft, LayerId, ModelError, Operator, Rule, Shape, Weight, WeightSpec,
};

/// Most values that one layer may hand on for one sample: 1 GiB in memory. A configuration that asks
/// for more is damaged, or made to exhaust the machine.
const MOST_ELEMENTS: usize = 1 << 28;

/// The layers that the output depends on, and the input, in their order; and the output among them.
/// References to layers that are not there are left for [`layers`] to refuse.
pub(super) fn needed(drafts: Vec<LayerDraft>, output: LayerId) -> (Vec<LayerDraft>, LayerId) {
    let mut needed = vec![false; drafts.len()];
    needed[0] = true;
    needed[output] = true;
    for id in (0..drafts.len()).rev().filter(|&id| id <= output) {
        if needed[id] {
            for &input in drafts[id].inputs.iter().filter(|&&input| input < id) {
                needed[input] = true;
            }
        }
    }
    if needed.iter().all(|&needed| needed) {
        return (drafts, output);
    }
    let mut places = vec![usize::MAX; drafts.len()];
    let mut kept = Vec::with_capacity(drafts.len());
    for (id, mut draft) in drafts.into_iter().enumerate() {
        if !needed[id] {
            continue;
        }
        places[id] = kept.len();
        for input in &mut draft.inputs {
            *input = places.get(*input).copied().unwrap_or(usize::MAX);
        }
        kept.push(draft);
    }
    let output = places[output];
    (kept, output)
}

/// Infers every shape and checks every weight.
///
/// # Errors
/// [`ModelError`] names the first layer that does not fit.
pub(super) fn layers(drafts: Vec<LayerDraft>, path: &Path) -> Result<Vec<Layer>, ModelError> {
    if drafts.is_empty() {
        return Err(ModelError::Empty { path: path.into() });
    }
    let mut names = HashSet::new();
    let mut layers: Vec<Layer> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        if !names.insert(draft.name.clone()) {
            return Err(misfit(
                path,
                &draft.name,
                "shares its name with an earlier layer; rename one of them".into(),
            ));
        }
        let layer = layer(draft, &layers, path)?;
        layers.push(layer);
    }
    Ok(layers)
}

fn layer(draft: LayerDraft, earlier: &[Layer], path: &Path) -> Result<Layer, ModelError> {
    let refuse = |reason| misfit(path, &draft.name, reason);
    check_inputs(&draft, earlier.len()).map_err(refuse)?;
    let inputs: Vec<&Shape> = draft
        .inputs
        .iter()
        .map(|&input| &earlier[input].shape)
        .collect();
    let rule = draft.operator.rule();
    let shape = rule.output_shape(&inputs).map_err(refuse)?;
    check_size("an output", &shape)
        .and_then(|()| check_padding(rule, &inputs))
        .map_err(refuse)?;
    let weights = check_weights(&draft, rule.weights(&inputs), path)?;
    Ok(Layer {
        name: draft.name,
        operator: draft.operator,
        inputs: draft.inputs,
        shape,
        weights,
    })
}

fn misfit(path: &Path, layer: &str, reason: String) -> ModelError {
    ModelError::Layer {
        path: path.into(),
        layer: layer.into(),
        reason,
    }
}

/// It has a name; the input comes first and alone; everything else reads layers before it.
fn check_inputs(draft: &LayerDraft, earlier: usize) -> Result<(), String> {
    if draft.name.is_empty() {
        return Err(format!("(number {earlier}, counted from 0) has no name"));
    }
    let is_input = matches!(draft.operator, Operator::Input(_));
    match (earlier, is_input) {
        (0, false) => return Err("comes first, but is not an input".into()),
        (1.., true) => {
            return Err(
                "is a second input; networks with one image as their input are supported".into(),
            );
        }
        _ => {}
    }
    if !is_input && draft.inputs.is_empty() {
        return Err("reads no layer".into());
    }
    if draft.inputs.iter().any(|&input| input >= earlier) {
        return Err("reads a layer that comes after it".into());
    }
    Ok(())
}

/// A shape whose values can be counted and held.
fn check_size(what: &str, shape: &Shape) -> Result<(), String> {
    let elements = shape
        .dimensions()
        .iter()
        .try_fold(1usize, |product, &extent| product.checked_mul(extent));
    match elements {
        Some(0) => Err(format!("has {what} of {shape}, which holds no values")),
        Some(1..=MOST_ELEMENTS) => Ok(()),
        _ => Err(format!(
            "has {what} of {shape}, more than the {MOST_ELEMENTS} values that are supported"
        )),
    }
}

/// An input that can be held with its padding, which a large window or dilation lets grow at will.
fn check_padding(rule: &dyn Rule, inputs: &[&Shape]) -> Result<(), String> {
    let image = inputs.first().and_then(|input| input.as_image());
    let (Some(window), Some((height, width, channels))) = (rule.window(), image) else {
        return Ok(());
    };
    let Some((vertical, horizontal)) = window.extents(height, width) else {
        return Ok(());
    };
    let padded = |extent: usize, along: Extent| {
        extent
            .saturating_add(along.before)
            .saturating_add(along.after)
    };
    check_size(
        "a padded input",
        &Shape::image(
            padded(height, vertical),
            padded(width, horizontal),
            channels,
        ),
    )
}

/// The weights in the operator's order, each of the right shape and finite.
fn check_weights(
    draft: &LayerDraft,
    specs: Vec<WeightSpec>,
    path: &Path,
) -> Result<Vec<Weight>, ModelError> {
    if let Some(weight) = draft
        .weights
        .iter()
        .find(|weight| specs.iter().all(|spec| spec.name != weight.name))
    {
        let needed = if specs.is_empty() {
            "none".into()
        } else {
            list(specs.iter().map(|spec| spec.name))
        };
        return Err(misfit(
            path,
            &draft.name,
            format!(
                "holds the tensor `{}`, which it should not have: its configuration needs {needed}",
                weight.name
            ),
        ));
    }
    specs
        .into_iter()
        .map(|spec| check_weight(draft, spec, path))
        .collect()
}

fn check_weight(draft: &LayerDraft, spec: WeightSpec, path: &Path) -> Result<Weight, ModelError> {
    let (layer, tensor) = (draft.name.clone(), spec.name.to_string());
    let mut candidates = draft
        .weights
        .iter()
        .filter(|weight| weight.name == spec.name);
    let Some(weight) = candidates.next() else {
        let found = match draft.weights.as_slice() {
            [] => "none for this layer".into(),
            weights => format!(
                "only {}",
                list(weights.iter().map(|weight| weight.name.as_str()))
            ),
        };
        return Err(ModelError::MissingTensor {
            path: path.into(),
            layer,
            tensor,
            found,
        });
    };
    if candidates.next().is_some() {
        return Err(misfit(
            path,
            &layer,
            format!("holds two tensors named `{tensor}`"),
        ));
    }
    let elements = weight
        .shape
        .iter()
        .try_fold(1usize, |product, &extent| product.checked_mul(extent));
    if weight.shape != spec.shape || elements != Some(weight.values.len()) {
        let (expected, found) = (in_words(&spec.shape), in_words(&weight.shape));
        return Err(ModelError::TensorShape {
            path: path.into(),
            layer,
            tensor,
            expected,
            found,
        });
    }
    if let Some(position) = weight.values.iter().position(|value| !value.is_finite()) {
        let index = format!("{:?}", index_of(position, &weight.shape));
        let value = weight.values[position];
        return Err(ModelError::NotFinite {
            path: path.into(),
            layer,
            tensor,
            index,
            value,
        });
    }
    Ok(Weight {
        trainable: spec.trainable,
        ..weight.clone()
    })
}

/// `3×3×3×32`
fn in_words(shape: &[usize]) -> String {
    Shape::new(shape).to_string()
}

/// `` `kernel`, `bias` ``
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Position along each axis of the value that lies at `position` in a tensor of this shape.
fn index_of(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&extent| {
            let along = position % extent;
            position /= extent;
            along
        })
        .collect();
    index.reverse();
    index
}

#[cfg(test)]
mod tests {
    use super::super::operators::{Activation, Dense, Input, Pooling, PoolingKind};
    use super::super::{Padding, Window};
    use super::*;

    fn weight(name: &str, shape: &[usize]) -> Weight {
        let values = vec![0.5; shape.iter().product()].into();
        Weight {
            name: name.into(),
            shape: shape.into(),
            values,
            trainable: true,
        }
    }

    fn drafts(weights: Vec<Weight>) -> Vec<LayerDraft> {
        let input = Input {
            shape: Shape::vector(3),
        };
        let dense = Dense {
            units: 2,
            bias: true,
            activation: Activation::Linear,
        };
        vec![
            LayerDraft {
                name: "input".into(),
                operator: input.into(),
                inputs: vec![],
                weights: vec![],
            },
            LayerDraft {
                name: "dense".into(),
                operator: dense.into(),
                inputs: vec![0],
                weights,
            },
        ]
    }

    fn message(drafts: Vec<LayerDraft>) -> String {
        layers(drafts, Path::new("model.h5"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn layers_that_do_not_lead_to_the_output_are_left_out() {
        let mut all = drafts(vec![]);
        for (name, reads) in [("side", 0), ("main", 1), ("late", 2)] {
            all.push(LayerDraft {
                name: name.into(),
                inputs: vec![reads],
                ..all[1].clone()
            });
        }
        let (kept, output) = needed(all, 3);
        let kept: Vec<_> = kept
            .iter()
            .map(|draft| (draft.name.as_str(), draft.inputs.clone()))
            .collect();
        assert_eq!(
            kept,
            [("input", vec![]), ("dense", vec![0]), ("main", vec![1])]
        );
        assert_eq!(output, 2);
    }

    #[test]
    fn weights_come_in_the_operators_order() {
        let layers = layers(
            drafts(vec![weight("bias", &[2]), weight("kernel", &[3, 2])]),
            Path::new("model.h5"),
        )
        .unwrap();
        assert_eq!(layers[1].weights[0].name, "kernel");
        assert_eq!(
            (layers[1].shape.clone(), layers[1].parameters()),
            (Shape::vector(2), 8)
        );
    }

    #[test]
    fn a_missing_tensor_is_named_with_those_that_are_there() {
        insta::assert_snapshot!(message(drafts(vec![weight("bias", &[2])])), @"layer `dense` of model.h5 has no tensor `kernel`; the file holds only `bias`");
        insta::assert_snapshot!(message(drafts(vec![])), @"layer `dense` of model.h5 has no tensor `kernel`; the file holds none for this layer");
    }

    #[test]
    fn a_wrong_shape_is_shown_beside_the_right_one() {
        insta::assert_snapshot!(message(drafts(vec![weight("kernel", &[2, 3]), weight("bias", &[2])])), @"tensor `kernel` of layer `dense` in model.h5 has the shape 2×3, but the layer needs 3×2");
    }

    #[test]
    fn a_tensor_too_many_is_refused() {
        insta::assert_snapshot!(message(drafts(vec![weight("kernel", &[3, 2]), weight("bias", &[2]), weight("lora", &[2])])), @"layer `dense` of model.h5 holds the tensor `lora`, which it should not have: its configuration needs `kernel`, `bias`");
    }

    #[test]
    fn the_first_value_that_is_not_finite_is_located() {
        let mut kernel = weight("kernel", &[3, 2]);
        kernel.values = vec![0.0, 1.0, 2.0, f32::NAN, 4.0, f32::INFINITY].into();
        insta::assert_snapshot!(message(drafts(vec![kernel, weight("bias", &[2])])), @"tensor `kernel` of layer `dense` in model.h5 holds NaN at [1, 1]; a network with such weights computes nothing of use, so train or export it again");
    }

    #[test]
    fn order_and_names_are_checked() {
        let good = || drafts(vec![weight("kernel", &[3, 2]), weight("bias", &[2])]);
        let mut twice = good();
        twice[1].name = "input".into();
        assert!(message(twice).contains("shares its name"));
        let mut forward = good();
        forward[1].inputs = vec![1];
        assert!(message(forward).contains("comes after it"));
        let mut headless = good();
        headless.remove(0);
        assert!(message(headless).contains("is not an input"));
        let mut nameless = good();
        nameless[1].name.clear();
        assert!(message(nameless).contains("(number 1, counted from 0) has no name"));
        assert!(message(Vec::new()).contains("no layers"));
    }

    #[test]
    fn a_window_that_pads_without_end_is_refused() {
        let window = Window {
            size: (1 << 40, 1 << 40),
            stride: (1, 1),
            dilation: (1, 1),
            padding: Padding::Same,
        };
        let mut drafts = drafts(vec![]);
        drafts[0].operator = Input {
            shape: Shape::image(4, 4, 1),
        }
        .into();
        drafts[1].operator = Pooling {
            kind: PoolingKind::Max,
            window,
        }
        .into();
        assert!(message(drafts).contains("`dense` of model.h5 has a padded input of"));
    }

    #[test]
    fn an_output_that_no_machine_can_hold_is_refused() {
        for shape in [
            Shape::image(1 << 20, 1 << 20, 3),
            Shape::image(usize::MAX, usize::MAX, 2),
            Shape::image(0, 4, 4),
        ] {
            let input = Input { shape };
            let draft = LayerDraft {
                name: "input".into(),
                operator: input.into(),
                inputs: vec![],
                weights: vec![],
            };
            assert!(message(vec![draft]).contains("has an output of"));
        }
    }
}

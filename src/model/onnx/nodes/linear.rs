//! Matrix products: with a constant they are dense layers, of two layers attention.

use super::super::align::{Operand, Rules};
use super::super::array::Array;
use super::super::error::Reason;
use super::super::importer::{Importer, Value, across_samples, weight};
use super::super::view::{Atom, Parts, View, extent, in_words};
use super::call::{Call, Outputs, one};
use crate::model::operators::{Activation, Dense, MatrixProduct, Parameter};
use crate::model::{LayerId, Operator, Shape};

pub fn gemm(call: &mut Call<'_, '_>) -> Outputs {
    let view = call.view(0)?;
    let mut kernel = call.needed(1)?;
    if view.axes.len() != 2 || kernel.dimensions().len() != 2 {
        return Err("multiplies tensors that are no matrices".into());
    }
    let view = if call.node.flag("transA") {
        view.transposed(&[1, 0])
    } else {
        view
    };
    if call.node.flag("transB") {
        kernel = kernel.transpose(&[1, 0])?;
    }
    let alpha = call.node.float("alpha").unwrap_or(1.0);
    let beta = call.node.float("beta").unwrap_or(1.0);
    let kernel = scaled(&kernel, alpha)?;
    let bias = match call.constant(2)? {
        Some(bias) if beta != 0.0 => {
            Some(scaled(&as_vector(&bias, kernel.dimensions()[1])?, beta)?)
        }
        _ => None,
    };
    dense(call, &view, &kernel, bias)
}

fn scaled(array: &Array, factor: f32) -> Result<Array, Reason> {
    let values = array.to_floats().into_iter().map(|value| value * factor);
    Array::floats(array.dimensions(), values.collect())
}

/// A bias with one value a unit.
fn as_vector(bias: &Array, units: usize) -> Result<Array, Reason> {
    match *bias.dimensions() {
        [] | [1] | [1, 1] => bias.reshape(&[1])?.broadcast(&[units]),
        [found] | [1, found] if found == units => bias.reshape(&[units]),
        _ => Err(format!("adds {:?} to {units} units", bias.dimensions())),
    }
}

pub fn mat_mul(call: &mut Call<'_, '_>) -> Outputs {
    match (call.inputs.first(), call.inputs.get(1)) {
        (Some(Some(Value::Layer(view))), Some(Some(Value::Constant(kernel))))
            if kernel.dimensions().len() == 2 =>
        {
            let (view, kernel) = (view.clone(), kernel.clone());
            dense(call, &view, &kernel, None)
        }
        (Some(Some(one)), Some(Some(other))) => {
            let values = [one.clone(), other.clone()];
            product(call, &values)
        }
        _ => Err("multiplies less than two tensors".into()),
    }
}

/// A dense layer over the last axis. Where that is several axes of the layer (a flattened image), the
/// kernel's rows are put in the layer's order, so that no value has to move.
pub fn dense(call: &mut Call<'_, '_>, view: &View, kernel: &Array, bias: Option<Array>) -> Outputs {
    let (&[rows, units], Some((last, prefix))) = (kernel.dimensions(), view.axes.split_last())
    else {
        return Err("multiplies a scalar as a matrix".into());
    };
    if last.contains(&Atom::Batch) {
        return Err(across_samples());
    }
    let shape = call.importer.shape(view.layer).clone();
    let own: Vec<usize> = last
        .iter()
        .map(|&atom| extent(atom, &shape, 1) as usize)
        .collect();
    if own.iter().product::<usize>() != rows {
        return Err(format!(
            "multiplies {} by a matrix of {rows}×{units}, which does not fit",
            in_words(&call.extents(view))
        ));
    }
    let mut order: Vec<usize> = (0..last.len()).collect();
    order.sort_by_key(|&at| place(last[at]));
    let kernel = kernel
        .reshape(&[own.as_slice(), &[units]].concat())?
        .transpose(&[order.as_slice(), &[last.len()]].concat())?
        .reshape(&[rows, units])?;

    let mut outer: Parts = prefix
        .iter()
        .flatten()
        .copied()
        .filter(|&atom| atom != Atom::Batch)
        .collect();
    outer.sort_by_key(|&atom| place(atom));
    let mut groups: Vec<Parts> = outer.iter().map(|&atom| vec![atom]).collect();
    groups.push(order.iter().map(|&at| last[at]).collect());
    let layer = call.importer.arrange(view, &groups, call.node.layer)?;

    let mut weights = vec![weight("kernel", kernel.dimensions(), kernel.to_floats())];
    if let Some(bias) = &bias {
        weights.push(weight("bias", bias.dimensions(), bias.to_floats()));
    }
    let operator = Dense {
        units,
        bias: bias.is_some(),
        activation: Activation::Linear,
    };
    let layer = call.push(operator, vec![layer], weights)?;
    let renamed = |&atom: &Atom| match outer.iter().position(|&other| other == atom) {
        Some(place) => Atom::Axis(place),
        None => atom,
    };
    let mut axes: Vec<Parts> = prefix
        .iter()
        .map(|parts| parts.iter().map(renamed).collect())
        .collect();
    axes.push(vec![Atom::Axis(outer.len())]);
    one(View {
        layer,
        axes,
        label: None,
    })
}

fn place(atom: Atom) -> usize {
    match atom {
        Atom::Batch => 0,
        Atom::Axis(axis) => axis,
    }
}

/// Adds a bias to the dense layer that a view shows, where it is one without and nothing else reads it.
pub fn add_bias(importer: &mut Importer, view: &View, bias: &Array) -> bool {
    let channels = importer
        .shape(view.layer)
        .dimensions()
        .len()
        .saturating_sub(1);
    let shown = view.axes.last() == Some(&vec![Atom::Axis(channels)]);
    let units = importer.shape(view.layer).channels();
    let (outer, along) = match bias.dimensions().split_last() {
        Some((&along, outer)) => (outer, along),
        None => return false,
    };
    if !shown
        || along != units
        || outer.iter().any(|&extent| extent != 1)
        || outer.len() >= view.axes.len()
    {
        return false;
    }
    let draft = importer.draft_mut(view.layer);
    match &mut draft.operator {
        Operator::Dense(dense) if !dense.bias => {
            dense.bias = true;
            draft
                .weights
                .push(weight("bias", &[units], bias.to_floats()));
            true
        }
        _ => false,
    }
}

/// The product of two tensors, at least one of which depends on the image.
pub fn product(call: &mut Call<'_, '_>, values: &[Value; 2]) -> Outputs {
    let rules = Rules {
        tail: 2,
        free: None,
    };
    let short = |value: &Value| match value {
        Value::Layer(view) => view.axes.len() < 2,
        Value::Constant(array) => array.dimensions().len() < 2,
    };
    if values.iter().any(short) {
        return Err("multiplies a vector as a matrix, which is not supported".into());
    }
    let in_tail = |value: &Value| match value {
        Value::Layer(view) => {
            (view.axes.len() - 2..view.axes.len()).any(|axis| view.holds_batch(axis))
        }
        Value::Constant(_) => false,
    };
    if values.iter().any(in_tail) {
        return Err(across_samples());
    }
    // Where the second lies as columns already, it is taken so.
    let mut values = values.clone();
    let turned = turns(&values[1]);
    if turned && let Value::Layer(view) = &values[1] {
        let rank = view.axes.len();
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(rank - 2, rank - 1);
        values[1] = Value::Layer(view.transposed(&order));
    }
    let aligned = call.importer.align(&values, rules, call.node.layer)?;
    let inputs = operands(call, &aligned.operands)?;
    let layer = call.push(
        MatrixProduct {
            transpose_second: turned,
        },
        inputs,
        vec![],
    )?;
    let mut axes = aligned.axes;
    axes.extend([
        vec![Atom::Axis(aligned.rank)],
        vec![Atom::Axis(aligned.rank + 1)],
    ]);
    one(View {
        layer,
        axes,
        label: None,
    })
}

/// Whether the last axis of a tensor comes before the last but one in its layer.
fn turns(value: &Value) -> bool {
    let Value::Layer(view) = value else {
        return false;
    };
    let first = |axis: usize| view.axes[axis].first().map(|&atom| place(atom));
    let rank = view.axes.len();
    matches!((first(rank - 2), first(rank - 1)), (Some(rows), Some(columns)) if columns < rows)
}

/// Layers for aligned operands: constants become layers that hold them.
pub fn operands(call: &mut Call<'_, '_>, operands: &[Operand]) -> Result<Vec<LayerId>, Reason> {
    operands
        .iter()
        .map(|operand| match operand {
            Operand::Layer(layer) => Ok(*layer),
            Operand::Constant(array) => {
                let shape = Shape::new(array.dimensions());
                let weights = vec![weight("values", array.dimensions(), array.to_floats())];
                let name = format!("{}.parameter", call.node.layer);
                call.importer
                    .push(&name, Parameter { shape }, vec![0], weights)
            }
        })
        .collect()
}

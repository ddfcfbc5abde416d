//! Nodes whose inputs are all known are computed while the model is read: shape arithmetic, indices,
//! position tables, masks. One line a node in `fold`.

mod arithmetic;
pub mod indexing;
pub mod shaping;

use super::array::Array;
use super::error::Reason;
use super::external::ExternalFiles;
use super::node::Node;

/// Inputs in the node's order; `None` where an optional one is left out.
pub type Inputs<'a> = [Option<&'a Array>];

/// The outputs of a node with known inputs, `None` where its operator is not computed here.
pub fn fold(
    node: &Node<'_>,
    inputs: &Inputs<'_>,
    files: &ExternalFiles,
) -> Option<Result<Vec<Array>, Reason>> {
    use arithmetic as a;
    let one = |result: Result<Array, Reason>| result.map(|array| vec![array]);
    Some(match node.operator() {
        "Constant" => one(shaping::constant(node, files)),
        "ConstantOfShape" => one(shaping::constant_of_shape(node, inputs, files)),
        "Range" => one(shaping::range(inputs)),
        "Shape" => one(first(inputs).and_then(|array| {
            let extents: Vec<i64> = array
                .dimensions()
                .iter()
                .map(|&extent| extent as i64)
                .collect();
            shaping::shape_of(node, &extents)
        })),
        "Size" => {
            one(first(inputs).and_then(|array| Array::integers(&[], vec![array.len() as i64])))
        }
        "Identity" | "Dropout" => one(first(inputs).cloned()),
        "Cast" | "CastLike" => one(shaping::cast(node, inputs)),
        "Reshape" => one(shaping::reshape(node, inputs)),
        "Flatten" => one(shaping::flatten(node, inputs)),
        "Transpose" => one(shaping::transpose(node, inputs)),
        "Squeeze" => one(shaping::squeeze(node, inputs)),
        "Unsqueeze" => one(shaping::unsqueeze(node, inputs)),
        "Expand" => one(shaping::expand(inputs)),
        "Tile" => one(indexing::tile(inputs)),
        "Concat" => one(indexing::concat(node, inputs)),
        "Gather" => one(indexing::gather(node, inputs)),
        "GatherND" => one(indexing::gather_nd(node, inputs)),
        "Slice" => one(indexing::slice(node, inputs)),
        "Split" => indexing::split(node, inputs),
        "ScatterND" => one(indexing::scatter_nd(node, inputs)),
        "NonZero" => one(indexing::non_zero(inputs)),
        "Where" => one(a::choose(inputs)),
        "Add" | "Sub" | "Mul" | "Div" | "Mod" | "Pow" | "Min" | "Max" => {
            one(a::binary(node, inputs))
        }
        "Equal" | "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" | "And" | "Or" => {
            one(a::compare(node, inputs))
        }
        "Not" => one(first(inputs).and_then(a::not)),
        "ReduceProd" | "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceMean" => {
            one(a::reduce(node, inputs))
        }
        "MatMul" => one(a::matrix_product(inputs)),
        "Clip" => one(a::clip(node, inputs)),
        operator => one(a::function(operator)?(first(inputs).ok()?)),
    })
}

/// The input at a place.
fn input<'a>(inputs: &Inputs<'a>, place: usize) -> Result<&'a Array, Reason> {
    inputs
        .get(place)
        .copied()
        .flatten()
        .ok_or_else(|| format!("has no input number {place}"))
}

fn first<'a>(inputs: &Inputs<'a>) -> Result<&'a Array, Reason> {
    input(inputs, 0)
}

/// Integers from an attribute (older operators) or an input (newer ones).
fn list(
    node: &Node<'_>,
    name: &str,
    inputs: &Inputs<'_>,
    place: usize,
) -> Result<Option<Vec<i64>>, Reason> {
    match inputs.get(place).copied().flatten() {
        Some(array) => array.to_integers().map(Some),
        None => Ok(node.integers(name).map(<[i64]>::to_vec)),
    }
}

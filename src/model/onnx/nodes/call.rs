//! [`Call`]: a node with its inputs and the network so far, as the functions that import nodes get it.

use super::super::array::Array;
use super::super::error::Reason;
use super::super::importer::{Importer, Value, layer_order, on};
use super::super::node::Node;
use super::super::view::View;
use crate::model::operators::{Activation, ActivationLayer};
use crate::model::{LayerId, Operator, Weight};

pub struct Call<'n, 'i> {
    pub node: Node<'n>,
    /// In the node's order; `None` where an optional one is left out.
    pub inputs: Vec<Option<Value>>,
    pub importer: &'i mut Importer,
    /// How many nodes read what this one reads, with these axes or others; the most of all its inputs.
    pub readers: usize,
}

/// The outputs of a node.
pub type Outputs = Result<Vec<Value>, Reason>;

impl<'n> Call<'n, '_> {
    pub fn name(&self) -> &'n str {
        self.node.layer
    }

    /// An input that depends on the image.
    pub fn view(&self, place: usize) -> Result<View, Reason> {
        match self.inputs.get(place) {
            Some(Some(Value::Layer(view))) => Ok(view.clone()),
            Some(Some(Value::Constant(_))) => Err(format!(
                "has a constant as its input number {place}, where a layer is expected"
            )),
            _ => Err(format!("has no input number {place}")),
        }
    }

    /// An input that does not depend on the image, `None` where it is left out.
    pub fn constant(&self, place: usize) -> Result<Option<Array>, Reason> {
        match self.inputs.get(place) {
            Some(Some(Value::Constant(array))) => Ok(Some(array.clone())),
            Some(Some(Value::Layer(_))) => Err(format!(
                "computes its input number {place} from the image, where constants are supported only"
            )),
            _ => Ok(None),
        }
    }

    pub fn needed(&self, place: usize) -> Result<Array, Reason> {
        self.constant(place)?
            .ok_or_else(|| format!("has no input number {place}"))
    }

    /// The inputs that are constants, as folding takes them.
    pub fn constants(&self) -> Vec<Option<&Array>> {
        self.inputs
            .iter()
            .map(|input| match input {
                Some(Value::Constant(array)) => Some(array),
                _ => None,
            })
            .collect()
    }

    /// Integers from an attribute (older operators) or an input (newer ones).
    pub fn list(&self, name: &str, place: usize) -> Result<Option<Vec<i64>>, Reason> {
        match self.constant(place)? {
            Some(array) => array.to_integers().map(Some),
            None => Ok(self.node.integers(name).map(<[i64]>::to_vec)),
        }
    }

    /// A number from an attribute (older operators) or an input (newer ones).
    pub fn number(&self, name: &str, place: usize) -> Result<Option<f32>, Reason> {
        match self.constant(place)? {
            Some(array) if array.len() == 0 => Ok(None),
            Some(array) => array.to_float().map(Some),
            None => Ok(self.node.float(name)),
        }
    }

    pub fn extents(&self, view: &View) -> Vec<i64> {
        self.importer.extents(view)
    }

    /// The values with an ONNX axis as the last of the layer.
    pub fn channels_last(
        &mut self,
        view: &View,
        channels: usize,
    ) -> Result<(LayerId, View), Reason> {
        let mut order = layer_order(view);
        order.retain(|&axis| axis != channels);
        order.push(channels);
        self.importer.in_order(view, &order, self.node.layer)
    }

    pub fn push(
        &mut self,
        operator: impl Into<Operator>,
        inputs: Vec<LayerId>,
        weights: Vec<Weight>,
    ) -> Result<LayerId, Reason> {
        self.importer
            .push(self.node.layer, operator, inputs, weights)
    }

    /// A layer that changes values but not their places.
    pub fn pointwise(&mut self, view: &View, operator: impl Into<Operator>) -> Outputs {
        let layer = self.push(operator, vec![view.layer], vec![])?;
        Ok(vec![Value::Layer(on(layer, view))])
    }

    pub fn activation(&mut self, activation: Activation) -> Outputs {
        let view = self.view(0)?;
        self.pointwise(&view, ActivationLayer { activation })
    }
}

/// One output that is a view.
pub fn one(view: View) -> Outputs {
    Ok(vec![Value::Layer(view)])
}

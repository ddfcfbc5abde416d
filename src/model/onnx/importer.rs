//! [`Importer`]: the network as it grows while the nodes are read, and values in the order that an
//! operator needs.

use std::collections::HashMap;
use std::sync::Arc;

use super::array::Array;
use super::error::Reason;
use super::names::Names;
use super::view::{Atom, Parts, Regrouping, View, product, regroup};
use crate::model::operators::{Reshape, Transpose};
use crate::model::{LayerDraft, LayerId, Operator, Shape, Weight};

/// Most values that a layer may hand on for one sample; as checked again when the network is built.
const MOST_ELEMENTS: usize = 1 << 28;

/// What a name of the graph stands for.
#[derive(Clone, Debug)]
pub enum Value {
    /// Known while the model is read.
    Constant(Array),
    /// Computed from the image.
    Layer(View),
}

/// The layers so far.
pub struct Importer {
    drafts: Vec<LayerDraft>,
    shapes: Vec<Shape>,
    names: Names,
    /// Layers that only bring another layer's values in some order and shape, so that each is there once.
    arranged: HashMap<(LayerId, Vec<usize>, Vec<usize>), LayerId>,
    /// The number of samples in shape arithmetic: [`super::view::BATCH`], or what the model fixes.
    pub batch: i64,
}

impl Importer {
    pub fn new(batch: i64) -> Self {
        Self {
            drafts: Vec::new(),
            shapes: Vec::new(),
            names: Names::default(),
            arranged: HashMap::new(),
            batch,
        }
    }

    pub fn into_drafts(self) -> Vec<LayerDraft> {
        self.drafts
    }

    pub fn shape(&self, layer: LayerId) -> &Shape {
        &self.shapes[layer]
    }

    /// The ONNX shape of a view.
    pub fn extents(&self, view: &View) -> Vec<i64> {
        view.extents(self.shape(view.layer), self.batch)
    }

    pub fn draft(&self, layer: LayerId) -> &LayerDraft {
        &self.drafts[layer]
    }

    pub fn draft_mut(&mut self, layer: LayerId) -> &mut LayerDraft {
        &mut self.drafts[layer]
    }

    /// Adds a layer.
    ///
    /// # Errors
    /// Where its operator does not take the inputs.
    pub fn push(
        &mut self,
        name: &str,
        operator: impl Into<Operator>,
        inputs: Vec<LayerId>,
        weights: Vec<Weight>,
    ) -> Result<LayerId, Reason> {
        let operator = operator.into();
        let shapes: Vec<&Shape> = inputs.iter().map(|&input| &self.shapes[input]).collect();
        let shape = operator.rule().output_shape(&shapes)?;
        let elements = shape
            .dimensions()
            .iter()
            .try_fold(1usize, |product, &extent| product.checked_mul(extent));
        if !matches!(elements, Some(1..=MOST_ELEMENTS)) {
            return Err(format!(
                "has an output of {shape}; from 1 to {MOST_ELEMENTS} values are supported"
            ));
        }
        self.shapes.push(shape);
        self.drafts.push(LayerDraft {
            name: self.names.unique(name),
            operator,
            inputs,
            weights,
        });
        Ok(self.drafts.len() - 1)
    }

    /// A layer with the values of a view, one axis for each group of its parts.
    ///
    /// # Errors
    /// Where the groups leave out an axis or hold the batch.
    pub fn arrange(
        &mut self,
        view: &View,
        groups: &[Parts],
        name: &str,
    ) -> Result<LayerId, Reason> {
        let shape = self.shape(view.layer).clone();
        let extents = shape.dimensions();
        let mut order = Vec::with_capacity(extents.len());
        for &atom in groups.iter().flatten() {
            match atom {
                Atom::Axis(axis) if extents[axis] != 1 => order.push(axis),
                Atom::Axis(_) => {}
                Atom::Batch => return Err(across_samples()),
            }
        }
        let present: Vec<usize> = (0..extents.len())
            .filter(|&axis| extents[axis] != 1)
            .collect();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if sorted != present {
            return Err(across_samples());
        }
        let target: Vec<usize> = groups
            .iter()
            .map(|parts| product(parts, &shape, 1) as usize)
            .collect();
        let key = (view.layer, order.clone(), target.clone());
        if let Some(&layer) = self.arranged.get(&key) {
            return Ok(layer);
        }
        let mut layer = view.layer;
        if order != present {
            let ones = (0..extents.len()).filter(|&axis| extents[axis] == 1);
            let order = order.into_iter().chain(ones).collect();
            layer = self.push(
                &format!("{name}.transpose"),
                Transpose { order },
                vec![layer],
                vec![],
            )?;
        }
        if self.shape(layer).dimensions() != target {
            layer = self.reshaped(view, layer, &target, name)?;
        }
        self.arranged.insert(key, layer);
        Ok(layer)
    }

    fn reshaped(
        &mut self,
        view: &View,
        layer: LayerId,
        target: &[usize],
        name: &str,
    ) -> Result<LayerId, Reason> {
        let (operator, word) = match target {
            [_] => (Reshape::Flatten, "flatten"),
            _ => (
                Reshape::To(target.iter().copied().map(Some).collect()),
                "reshape",
            ),
        };
        let fallback = format!("{name}.{word}");
        let name = view.label.as_deref().unwrap_or(&fallback);
        self.push(name, operator, vec![layer], vec![])
    }

    /// The view with an axis made of one part beside the batch.
    pub fn merged(&mut self, view: &View, axis: usize, name: &str) -> Result<View, Reason> {
        let groups = self.groups(view, |at| at == axis)?;
        self.regrouped(view, groups, name)
    }

    /// The parts of a view in the order of the layer, each by itself but for those of axes that are to
    /// become one. Each group says its ONNX axis.
    fn groups(
        &self,
        view: &View,
        merge: impl Fn(usize) -> bool,
    ) -> Result<Vec<(usize, Parts)>, Reason> {
        let mut groups: Vec<(usize, Parts)> = Vec::new();
        for (at, parts) in view.axes.iter().enumerate() {
            let own: Parts = parts
                .iter()
                .copied()
                .filter(|&atom| atom != Atom::Batch)
                .collect();
            if merge(at) {
                if view.holds_batch(at) && parts.first() != Some(&Atom::Batch) {
                    return Err(across_samples());
                }
                groups.push((at, own));
            } else {
                groups.extend(own.into_iter().map(|atom| (at, vec![atom])));
            }
        }
        let place = |parts: &Parts| match parts.first() {
            Some(Atom::Axis(axis)) => *axis,
            _ => 0,
        };
        groups.sort_by_key(|(at, parts)| (place(parts), *at));
        Ok(groups)
    }

    /// A view of the layer that has one axis a group.
    fn regrouped(
        &mut self,
        view: &View,
        groups: Vec<(usize, Parts)>,
        name: &str,
    ) -> Result<View, Reason> {
        let parts: Vec<Parts> = groups.iter().map(|(_, parts)| parts.clone()).collect();
        let layer = self.arrange(view, &parts, name)?;
        let renamed = |atom: &Atom| {
            let place = parts.iter().position(|group| group.first() == Some(atom));
            match atom {
                Atom::Batch => Some(Atom::Batch),
                Atom::Axis(_) => place.map(Atom::Axis),
            }
        };
        Ok(View {
            layer,
            axes: view
                .axes
                .iter()
                .map(|axis| axis.iter().filter_map(renamed).collect())
                .collect(),
            label: view.label.clone(),
        })
    }

    /// The view with other extents, row after row.
    pub fn reshape(&mut self, view: &View, target: &[i64], name: &str) -> Result<View, Reason> {
        let mut view = view.clone();
        // Each round splits or merges at least one axis for good.
        for _ in 0..64 {
            match regroup(&view, self.shape(view.layer), target, self.batch)? {
                Regrouping::Axes(axes) => {
                    return Ok(View {
                        axes,
                        label: Some(name.into()),
                        ..view
                    });
                }
                Regrouping::Split(split) => view = self.split(&view, &split, name)?,
                Regrouping::Merge(axes) => view = self.merge(&view, &axes, name)?,
            }
        }
        Err("needs too many steps to change its shape".into())
    }

    fn split(&mut self, view: &View, split: &[Vec<usize>], name: &str) -> Result<View, Reason> {
        let target = split.iter().flatten().copied().map(Some).collect();
        let layer = self.push(name, Reshape::To(target), vec![view.layer], vec![])?;
        let starts: Vec<usize> = split
            .iter()
            .scan(0, |start, parts| {
                let here = *start;
                *start += parts.len();
                Some(here)
            })
            .collect();
        let renamed = |atom: &Atom| match *atom {
            Atom::Batch => vec![Atom::Batch],
            Atom::Axis(axis) => (0..split[axis].len())
                .map(|part| Atom::Axis(starts[axis] + part))
                .collect(),
        };
        Ok(View {
            layer,
            axes: view
                .axes
                .iter()
                .map(|axis| axis.iter().flat_map(renamed).collect())
                .collect(),
            label: None,
        })
    }

    /// Makes two axes of the layer one, the first the outer.
    fn merge(&mut self, view: &View, axes: &[usize], name: &str) -> Result<View, Reason> {
        let together: Parts = axes.iter().map(|&axis| Atom::Axis(axis)).collect();
        let rank = self.shape(view.layer).dimensions().len();
        let mut groups: Vec<(usize, Parts)> = Vec::new();
        for axis in 0..rank {
            if Some(&axis) == axes.first() {
                groups.push((0, together.clone()));
            } else if !axes.contains(&axis) {
                groups.push((0, vec![Atom::Axis(axis)]));
            }
        }
        self.regrouped(view, groups, name)
    }

    /// A layer of these axes in this order, with the tensor as a view: each ONNX axis merged to one.
    pub fn in_order(
        &mut self,
        view: &View,
        order: &[usize],
        name: &str,
    ) -> Result<(LayerId, View), Reason> {
        let own = |&at: &usize| -> Parts {
            view.axes[at]
                .iter()
                .copied()
                .filter(|&atom| atom != Atom::Batch)
                .collect()
        };
        let outer = |parts: &Parts| {
            matches!(
                parts.iter().position(|&atom| atom == Atom::Batch),
                None | Some(0)
            )
        };
        if !view.axes.iter().all(outer) {
            return Err(across_samples());
        }
        let groups: Vec<Parts> = order.iter().map(own).collect();
        let layer = self.arrange(view, &groups, name)?;
        let axes = (0..view.axes.len())
            .map(|at| {
                let batch = view.holds_batch(at).then_some(Atom::Batch);
                let place = order.iter().position(|&axis| axis == at).map(Atom::Axis);
                batch.into_iter().chain(place).collect()
            })
            .collect();
        Ok((
            layer,
            View {
                layer,
                axes,
                label: None,
            },
        ))
    }
}

/// The ONNX axes without the batch's own in the order in which the layer has them.
pub fn layer_order(view: &View) -> Vec<usize> {
    let mut order: Vec<(usize, usize)> = Vec::new();
    let mut before = 0;
    for (at, parts) in view.axes.iter().enumerate() {
        let first = parts.iter().find_map(|atom| match atom {
            Atom::Axis(axis) => Some(*axis),
            Atom::Batch => None,
        });
        // An axis without a part stays behind the one before it.
        before = first.unwrap_or(before);
        if first.is_some() || !view.holds_batch(at) {
            order.push((before, at));
        }
    }
    order.sort_by_key(|&(first, _)| first);
    order.into_iter().map(|(_, at)| at).collect()
}

/// A view of another layer whose axes mean the same.
pub fn on(layer: LayerId, view: &View) -> View {
    View {
        layer,
        axes: view.axes.clone(),
        label: None,
    }
}

pub fn across_samples() -> Reason {
    "works across the samples of a batch, so that the result for one image would depend on others"
        .into()
}

/// A weight under the name that its operator asks for.
pub fn weight(name: &str, dimensions: &[usize], values: Vec<f32>) -> Weight {
    Weight {
        name: name.into(),
        shape: dimensions.into(),
        values: Arc::from(values),
        trainable: true,
    }
}

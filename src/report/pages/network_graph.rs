//! [`NetworkGraph`]: a network with branches as a drawing: a real feature map for every layer, lines for what reads
//! what. It is a list to those who do not see it, each layer with the layers it reads.

use serde::Serialize;

use super::activations::Stage;
use super::graph_layout::GraphLayout;
use crate::analysis::LayerFindings;
use crate::format;
use crate::model::LayerId;

/// In CSS pixels: a column with the gap to the next, what stands in it, a lane, and where lines meet the pictures.
const COLUMN: usize = 136;
const NODE: usize = 96;
const LANE: usize = 184;
const MIDDLE: usize = 51;

#[derive(Serialize)]
pub struct NetworkGraph {
    pub width: usize,
    pub height: usize,
    pub nodes: Vec<Node>,
    /// All lines as one path of an SVG.
    pub lines: String,
}

#[derive(Serialize)]
pub struct Node {
    pub stage: Stage,
    pub style: String,
    /// What it reads, where that is not simply the layer before it in the list.
    pub reads: String,
}

impl NetworkGraph {
    /// `stages` are those of the layers that make values of their own, in their order; `None` for a network without
    /// branches, which a strip shows better.
    pub fn new(layers: &[LayerFindings], stages: Vec<Stage>) -> Option<Self> {
        let ids: Vec<LayerId> = layers
            .iter()
            .filter(|layer| layer.same_values_as.is_none())
            .map(|layer| layer.id)
            .collect();
        let inputs = inputs(layers, &ids);
        let mut readers = vec![0; ids.len()];
        inputs
            .iter()
            .flatten()
            .for_each(|&input| readers[input] += 1);
        let branches = inputs.iter().any(|inputs| inputs.len() > 1)
            || readers.iter().any(|&readers| readers > 1);
        if !branches || stages.len() != ids.len() {
            return None;
        }
        let layout = GraphLayout::new(&inputs);
        let nodes = stages.into_iter().enumerate().map(|(number, stage)| {
            let (column, lane) = layout.places[number];
            Node {
                stage,
                style: format!("left:{}px;top:{}px", column * COLUMN, lane * LANE),
                reads: reads(layers, &ids, &inputs[number], number),
            }
        });
        Some(Self {
            nodes: nodes.collect(),
            lines: lines(&layout),
            width: layout.columns * COLUMN,
            height: layout.lanes * LANE,
        })
    }
}

/// Inputs of each node as nodes, each once; layers that only hand values on stand for those they have them from.
fn inputs(layers: &[LayerFindings], ids: &[LayerId]) -> Vec<Vec<usize>> {
    let node = |id: LayerId| {
        let origin = layers[id].same_values_as.unwrap_or(id);
        ids.binary_search(&origin).ok()
    };
    ids.iter()
        .map(|&id| {
            let mut inputs: Vec<usize> = layers[id]
                .inputs
                .iter()
                .filter_map(|&id| node(id))
                .collect();
            inputs.sort_unstable();
            inputs.dedup();
            inputs
        })
        .collect()
}

fn reads(layers: &[LayerFindings], ids: &[LayerId], inputs: &[usize], number: usize) -> String {
    match inputs {
        [] => String::new(),
        [only] if only + 1 == number => String::new(),
        inputs => {
            let names: Vec<String> = inputs
                .iter()
                .map(|&input| layers[ids[input]].name.clone())
                .collect();
            format!("reads {}", format::list(&names))
        }
    }
}

fn lines(layout: &GraphLayout) -> String {
    let mut path = String::new();
    for edge in &layout.edges {
        let (from, from_lane) = layout.places[edge.from];
        let (to, to_lane) = layout.places[edge.to];
        let height = |lane: usize| lane * LANE + MIDDLE;
        let (start, end) = (from * COLUMN + NODE, to * COLUMN);
        path.push_str(&format!("M{start} {}", height(from_lane)));
        if from + 1 < to {
            // Through the gap into its lane, along it, and out again through the last gap.
            path.push_str(&bend(
                start,
                (from + 1) * COLUMN,
                height(from_lane),
                height(edge.lane),
            ));
            let last = (to - 1) * COLUMN + NODE;
            path.push_str(&format!("H{last}"));
            path.push_str(&bend(last, end, height(edge.lane), height(to_lane)));
        } else {
            path.push_str(&bend(start, end, height(from_lane), height(to_lane)));
        }
    }
    path
}

/// From one height to another within a gap.
fn bend(start: usize, end: usize, from: usize, to: usize) -> String {
    if from == to {
        return format!("H{end}");
    }
    let middle = (start + end) / 2;
    format!("C{middle} {from} {middle} {to} {end} {to}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::pages::tests::layer_of;

    fn stage(layer: &LayerFindings) -> Stage {
        Stage {
            name: layer.name.clone(),
            href: None,
            picture: None,
            stand_in: String::new(),
            note: String::new(),
            warning: None,
        }
    }

    fn graph(inputs: &[&[LayerId]], same: &[Option<LayerId>]) -> Option<NetworkGraph> {
        let layers: Vec<LayerFindings> = inputs
            .iter()
            .enumerate()
            .map(|(id, inputs)| LayerFindings {
                id,
                name: format!("layer {id}"),
                inputs: inputs.to_vec(),
                same_values_as: same[id],
                ..layer_of(&[1])
            })
            .collect();
        let own = layers.iter().filter(|layer| layer.same_values_as.is_none());
        NetworkGraph::new(&layers, own.map(stage).collect())
    }

    #[test]
    fn a_chain_is_not_drawn_as_a_graph() {
        assert!(graph(&[&[], &[0], &[1]], &[None; 3]).is_none());
    }

    #[test]
    fn a_shortcut_is_a_line_and_words() {
        // Layer 2 hands on what layer 1 has; layer 3 adds it to layer 0.
        let graph =
            graph(&[&[], &[0], &[1], &[2, 0]], &[None, None, Some(1), None]).expect("branches");
        assert_eq!(graph.nodes.len(), 3);
        assert_eq!(graph.nodes[2].reads, "reads layer 0 and layer 1");
        assert_eq!(graph.nodes[2].style, "left:272px;top:0px");
        assert_eq!((graph.width, graph.height), (408, 368));
        assert_eq!(
            graph.lines,
            "M96 51H136M96 51C116 51 116 235 136 235H232C252 235 252 51 272 51M232 51H272"
        );
    }
}

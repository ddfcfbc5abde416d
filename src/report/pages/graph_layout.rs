//! [`GraphLayout`]: where the layers of a network with branches stand from left to right, and which way the
//! connections go. After Sugiyama's layered drawing: a column for each step from the input, lanes below each other,
//! and a lane to itself for every connection that passes other layers by.

use std::collections::HashSet;

/// Columns and lanes, counted from 0 at the upper left.
#[derive(Debug, PartialEq, Eq)]
pub struct GraphLayout {
    /// Column and lane of each node.
    pub places: Vec<(usize, usize)>,
    pub edges: Vec<Edge>,
    pub columns: usize,
    pub lanes: usize,
}

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// The lane it keeps to in the columns between.
    pub lane: usize,
}

impl GraphLayout {
    /// `inputs` of each node, all with lower numbers than the node itself.
    pub fn new(inputs: &[Vec<usize>]) -> Self {
        let columns = columns(inputs);
        let mut taken = HashSet::new();
        let mut lanes = vec![0; inputs.len()];
        for node in by_column(inputs, &columns) {
            // Where branches meet, they meet on the upper one.
            let wanted = inputs[node].iter().map(|&input| lanes[input]).min();
            lanes[node] = first_free(wanted.unwrap_or(0), |lane| {
                taken.contains(&(columns[node], lane))
            });
            taken.insert((columns[node], lanes[node]));
        }
        let mut edges = Vec::new();
        for (to, sources) in inputs.iter().enumerate() {
            for &from in sources {
                let between = columns[from] + 1..columns[to];
                let lane = first_free(lanes[from], |lane| {
                    between
                        .clone()
                        .any(|column| taken.contains(&(column, lane)))
                });
                taken.extend(between.map(|column| (column, lane)));
                edges.push(Edge { from, to, lane });
            }
        }
        let lowest = lanes
            .iter()
            .copied()
            .chain(edges.iter().map(|edge| edge.lane));
        Self {
            columns: columns.iter().max().map_or(0, |last| last + 1),
            lanes: lowest.max().map_or(0, |last| last + 1),
            places: columns.into_iter().zip(lanes).collect(),
            edges,
        }
    }
}

/// Steps from the input, by the longest way.
fn columns(inputs: &[Vec<usize>]) -> Vec<usize> {
    let mut columns: Vec<usize> = Vec::with_capacity(inputs.len());
    for sources in inputs {
        let after = sources.iter().filter_map(|&input| columns.get(input)).max();
        columns.push(after.map_or(0, |column| column + 1));
    }
    columns
}

/// Column by column; in a column what has the longest way to go first, so that the trunk of the network stays
/// straight.
fn by_column(inputs: &[Vec<usize>], columns: &[usize]) -> Vec<usize> {
    let mut ahead = vec![0usize; inputs.len()];
    // Steps between a node and where its way next meets another tell the trunk from a shortcut.
    for node in (0..inputs.len()).rev() {
        for &input in &inputs[node] {
            let gap = columns[node] - columns[input];
            ahead[input] = ahead[input].max(if gap == 1 { ahead[node] + 1 } else { 1 });
        }
    }
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    order.sort_by(|&a, &b| {
        (columns[a], std::cmp::Reverse(ahead[a]), a).cmp(&(
            columns[b],
            std::cmp::Reverse(ahead[b]),
            b,
        ))
    });
    order
}

/// The wanted lane, or the uppermost that is free.
fn first_free(wanted: usize, is_taken: impl Fn(usize) -> bool) -> usize {
    if !is_taken(wanted) {
        return wanted;
    }
    (0..).find(|&lane| !is_taken(lane)).unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_chain_is_a_line() {
        let layout = GraphLayout::new(&[vec![], vec![0], vec![1]]);
        assert_eq!(layout.places, [(0, 0), (1, 0), (2, 0)]);
        assert_eq!((layout.columns, layout.lanes), (3, 1));
    }

    #[test]
    fn a_shortcut_passes_below_the_layers_it_skips() {
        // 0 → 1 → 2 → 3, and 0 → 3.
        let layout = GraphLayout::new(&[vec![], vec![0], vec![1], vec![2, 0]]);
        assert_eq!(layout.places, [(0, 0), (1, 0), (2, 0), (3, 0)]);
        let lanes: Vec<usize> = layout.edges.iter().map(|edge| edge.lane).collect();
        assert_eq!(lanes, [0, 0, 0, 1]);
    }

    #[test]
    fn the_longer_branch_is_the_trunk() {
        // The shortcut's own layer comes first in the list, as in a ResNet.
        let layout = GraphLayout::new(&[vec![], vec![0], vec![0], vec![2], vec![1, 3]]);
        assert_eq!(layout.places, [(0, 0), (1, 1), (1, 0), (2, 0), (3, 0)]);
    }

    proptest! {
        #[test]
        fn nothing_stands_in_the_way_of_anything(graph in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), 1..40)) {
            let inputs: Vec<Vec<usize>> = graph
                .iter()
                .enumerate()
                .map(|(node, sources)| {
                    let mut sources: Vec<usize> = sources.iter().filter(|_| node > 0).map(|index| index.index(node)).collect();
                    sources.sort_unstable();
                    sources.dedup();
                    sources
                })
                .collect();
            let layout = GraphLayout::new(&inputs);
            let mut seen = HashSet::new();
            for place in &layout.places {
                prop_assert!(seen.insert(*place));
                prop_assert!(place.0 < layout.columns && place.1 < layout.lanes);
            }
            for edge in &layout.edges {
                let (from, to) = (layout.places[edge.from].0, layout.places[edge.to].0);
                prop_assert!(from < to);
                for column in from + 1..to {
                    prop_assert!(seen.insert((column, edge.lane)));
                }
            }
        }
    }
}

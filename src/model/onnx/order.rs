//! The nodes that an output needs, each after those that it reads.

use std::collections::{HashMap, HashSet};

use super::error::OnnxError;
use super::proto::Graph;

/// Positions of the nodes that make the value `output`, in an order in which they can be computed.
/// What else the file holds is left out.
///
/// # Errors
/// [`OnnxError::Graph`] names a value that nothing makes, or one that needs itself.
pub fn needed(graph: &Graph, output: &str, given: &HashSet<&str>) -> Result<Vec<usize>, OnnxError> {
    let mut makers: HashMap<&str, usize> = HashMap::new();
    for (at, node) in graph.node.iter().enumerate() {
        for made in node.output.iter().filter(|name| !name.is_empty()) {
            if makers.insert(made, at).is_some() {
                return Err(wrong(format!("two nodes make its value `{made}`")));
            }
        }
    }
    let maker = |name: &str, reader: &str| match makers.get(name) {
        Some(&node) => Ok(Some(node)),
        None if given.contains(name) => Ok(None),
        None => Err(wrong(format!(
            "{reader} reads `{name}`, which nothing makes"
        ))),
    };
    let mut order = Vec::new();
    let mut state = vec![State::New; graph.node.len()];
    // Depth first, with the next input to look at; no recursion, since a graph may be deep.
    let mut stack: Vec<(usize, usize)> = Vec::new();
    stack.extend(maker(output, "the graph's output")?.map(|node| (node, 0)));
    while let Some((at, input)) = stack.pop() {
        state[at] = State::Open;
        let node = &graph.node[at];
        let Some(name) = node.input.get(input) else {
            state[at] = State::Done;
            order.push(at);
            continue;
        };
        stack.push((at, input + 1));
        if name.is_empty() {
            continue;
        }
        let reader = format!("its node `{}` ({})", node.name, node.op_type);
        if let Some(next) = maker(name, &reader)? {
            match state[next] {
                State::New => stack.push((next, 0)),
                State::Open => return Err(wrong(format!("{reader} needs its own result"))),
                State::Done => {}
            }
        }
    }
    Ok(order)
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

fn wrong(reason: String) -> OnnxError {
    OnnxError::Graph { reason }
}

#[cfg(test)]
mod tests {
    use super::super::proto::Node;
    use super::*;

    fn graph(nodes: &[(&str, &[&str])]) -> Graph {
        let node = |&(name, inputs): &(&str, &[&str])| Node {
            name: name.into(),
            op_type: "Add".into(),
            input: inputs.iter().map(|&input| input.into()).collect(),
            output: vec![name.into()],
            ..Node::default()
        };
        Graph {
            node: nodes.iter().map(node).collect(),
            ..Graph::default()
        }
    }

    fn order(nodes: &[(&str, &[&str])]) -> Result<Vec<usize>, String> {
        needed(&graph(nodes), "out", &HashSet::from(["x"])).map_err(|error| error.to_string())
    }

    #[test]
    fn nodes_follow_what_they_read_and_the_rest_is_left_out() {
        let nodes: &[(&str, &[&str])] = &[
            ("out", &["b", "a"]),
            ("a", &["x"]),
            ("b", &["a", ""]),
            ("aside", &["a"]),
        ];
        assert_eq!(order(nodes), Ok(vec![1, 2, 0]));
    }

    #[test]
    fn circles_and_gaps_are_named() {
        let circle = order(&[("out", &["a"]), ("a", &["b"]), ("b", &["a"])]).unwrap_err();
        insta::assert_snapshot!(circle, @"its node `b` (Add) needs its own result");
        let gap = order(&[("out", &["y"])]).unwrap_err();
        insta::assert_snapshot!(gap, @"its node `out` (Add) reads `y`, which nothing makes");
        let twice = order(&[("out", &["x"]), ("out", &["x"])]).unwrap_err();
        insta::assert_snapshot!(twice, @"two nodes make its value `out`");
    }

    #[test]
    fn a_deep_graph_needs_no_deep_stack() {
        let names: Vec<String> = (0..100_000).map(|at| format!("n{at}")).collect();
        let mut nodes: Vec<Node> = names
            .windows(2)
            .map(|pair| Node {
                input: vec![pair[0].clone()],
                output: vec![pair[1].clone()],
                ..Node::default()
            })
            .collect();
        nodes.reverse();
        let graph = Graph {
            node: nodes,
            ..Graph::default()
        };
        let order = needed(&graph, "n99999", &HashSet::from(["n0"])).unwrap();
        assert_eq!((order.len(), order[0]), (99_999, 99_998));
    }
}

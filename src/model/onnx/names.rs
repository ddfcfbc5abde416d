//! Names of layers that a person recognises, from what exporters write.
//!
//! PyTorch's older exporter names a node by the way to its module, `/layer1/layer1.0/conv1/Conv`; the
//! newer one keeps that way in the node's metadata; TensorFlow's names begin with the model. All become
//! the module as its author knows it and, where that does not say it, the operator: `layer1.0.conv1`,
//! `features.0.conv`.

use std::collections::HashSet;

use super::proto::Node;

/// Where PyTorch's newer exporter writes the names of the modules around a node, as a Python list.
const SCOPES: &str = "pkg.torch.onnx.name_scopes";

/// Words by which authors call modules of an operator.
const WORDS: &[(&str, &[&str])] = &[
    ("Conv", &["conv"]),
    ("ConvTranspose", &["conv", "deconv", "upconv"]),
    ("BatchNormalization", &["bn", "norm"]),
    ("LayerNormalization", &["ln", "norm"]),
    ("GroupNormalization", &["gn", "norm"]),
    ("InstanceNormalization", &["in", "norm"]),
    (
        "Gemm",
        &[
            "fc",
            "linear",
            "dense",
            "head",
            "classifier",
            "proj",
            "logits",
            "predictions",
        ],
    ),
    (
        "MatMul",
        &[
            "fc",
            "linear",
            "dense",
            "head",
            "classifier",
            "logits",
            "predictions",
        ],
    ),
    ("MaxPool", &["pool"]),
    ("AveragePool", &["pool"]),
    ("GlobalAveragePool", &["pool"]),
    ("GlobalMaxPool", &["pool"]),
    ("Concat", &["cat", "concat"]),
    ("Dropout", &["drop"]),
    ("Clip", &["relu", "act"]),
];

/// Names for the layers of these nodes, in their order, each once.
pub fn layer_names<'a>(nodes: impl Iterator<Item = &'a Node>) -> Vec<String> {
    let nodes: Vec<&Node> = nodes.collect();
    let mut ways: Vec<(Vec<String>, String)> = nodes.iter().map(|node| way(node)).collect();
    drop_common_root(&mut ways);
    let mut taken = Names::default();
    nodes
        .iter()
        .zip(ways)
        .map(|(node, (modules, own))| taken.unique(&layer_name(node, &modules, &own)))
        .collect()
}

/// Names that are in use.
#[derive(Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// This name, or with the first number behind it that makes it a new one.
    pub fn unique(&mut self, name: &str) -> String {
        let mut candidate = name.to_string();
        let mut number = 1;
        while !self.0.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{name}_{number}");
        }
        candidate
    }
}

/// The modules around a node, outermost first, and the node's own part of its name.
fn way(node: &Node) -> (Vec<String>, String) {
    let scopes = node.metadata_props.iter().find(|entry| entry.key == SCOPES);
    let mut parts = match scopes {
        Some(scopes) => python_strings(&scopes.value),
        None => node
            .name
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_string)
            .collect(),
    };
    let own = parts.pop().unwrap_or_default();
    // `layer1`, `layer1.0`: the second already holds the first.
    let mut modules: Vec<String> = Vec::with_capacity(parts.len());
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let part = cleaned(&part);
        let holds = modules
            .last()
            .is_some_and(|outer| part.starts_with(&format!("{outer}.")) || part == *outer);
        if holds {
            modules.pop();
        }
        modules.push(part);
    }
    (modules, cleaned(&own))
}

/// The strings of a Python list of strings: `['', 'layer1']`.
fn python_strings(list: &str) -> Vec<String> {
    list.trim_matches(['[', ']'])
        .split(',')
        .map(|item| item.trim().trim_matches(['\'', '"']).to_string())
        .collect()
}

/// Letters, digits, and a few signs; without the counters that tf2onnx adds (`Conv2D__12`).
fn cleaned(part: &str) -> String {
    let part = match part.rsplit_once("__") {
        Some((head, number))
            if !head.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            head
        }
        _ => part,
    };
    part.chars()
        .take(120)
        .map(|sign| {
            if sign.is_alphanumeric() || "._-".contains(sign) {
                sign
            } else {
                '_'
            }
        })
        .collect()
}

/// The name of the whole model in front of all modules tells nothing.
fn drop_common_root(ways: &mut [(Vec<String>, String)]) {
    loop {
        let mut roots = ways.iter().filter_map(|(modules, _)| modules.first());
        let Some(root) = roots.next().cloned() else {
            return;
        };
        let nested = ways.iter().filter(|(modules, _)| modules.len() > 1).count();
        if !roots.all(|other| *other == root) || nested < 2 {
            return;
        }
        for (modules, _) in ways.iter_mut() {
            if !modules.is_empty() {
                modules.remove(0);
            }
        }
    }
}

fn layer_name(node: &Node, modules: &[String], own: &str) -> String {
    let operator = snake(&node.op_type);
    // `Add_1`, `node_conv2d_3`: the number tells apart what would be named alike.
    let number = own
        .rsplit_once('_')
        .map(|(_, number)| number)
        .filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    let operator = match number {
        Some(number) => format!("{operator}_{number}"),
        None => operator,
    };
    let Some(last) = modules.last() else {
        return operator;
    };
    let module = modules.join(".");
    if says(last, &node.op_type) {
        module
    } else {
        format!("{module}.{operator}")
    }
}

/// Whether the name of a module already tells the operator: `conv1` a convolution, `fc` a dense layer.
fn says(module: &str, operator: &str) -> bool {
    let last = module.rsplit('.').next().unwrap_or(module).to_lowercase();
    let words = WORDS.iter().find(|(known, _)| *known == operator);
    let named = words.is_some_and(|(_, words)| {
        words.iter().any(|word| {
            if word.len() > 2 {
                last.contains(word)
            } else {
                last.trim_end_matches(|sign: char| sign.is_ascii_digit() || sign == '_') == *word
            }
        })
    });
    named || last.replace('_', "").contains(&operator.to_lowercase())
}

/// `GlobalAveragePool` as `global_average_pool`.
fn snake(operator: &str) -> String {
    let mut words = String::new();
    let mut before = None;
    for sign in operator.chars() {
        if sign.is_uppercase() && before.is_some_and(char::is_lowercase) {
            words.push('_');
        }
        words.extend(sign.to_lowercase());
        before = Some(sign);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::proto::Entry;
    use super::*;

    fn node(name: &str, operator: &str) -> Node {
        Node {
            name: name.into(),
            op_type: operator.into(),
            ..Node::default()
        }
    }

    fn names(nodes: &[Node]) -> Vec<String> {
        layer_names(nodes.iter())
    }

    #[test]
    fn the_way_to_a_module_becomes_its_name() {
        assert_eq!(
            names(&[
                node("/features/features.0/Conv", "Conv"),
                node("/layer1/layer1.0/conv1/Conv", "Conv"),
                node("/layer1/layer1.0/relu/Relu", "Relu"),
                node("/layer1/layer1.0/relu_1/Relu", "Relu"),
                node("/layer1/layer1.0/Add", "Add"),
                node("/Flatten", "Flatten"),
                node("/fc/Gemm", "Gemm"),
                node("/encoder/ln/LayerNormalization", "LayerNormalization"),
                node("/encoder/mlp/mlp.1/Mul_1", "Mul"),
            ]),
            [
                "features.0.conv",
                "layer1.0.conv1",
                "layer1.0.relu",
                "layer1.0.relu_1",
                "layer1.0.add",
                "flatten",
                "fc",
                "encoder.ln",
                "encoder.mlp.1.mul_1",
            ]
        );
    }

    #[test]
    fn scopes_in_the_metadata_come_first() {
        let mut conv = node("node_conv2d_3", "Conv");
        conv.metadata_props = vec![Entry {
            key: SCOPES.into(),
            value: "['', 'layer1', 'layer1.0', 'layer1.0.downsample', 'layer1.0.downsample.0', 'conv2d_3']".into(),
        }];
        assert_eq!(names(&[conv]), ["layer1.0.downsample.0.conv_3"]);
    }

    #[test]
    fn names_of_keras_models_lose_the_model() {
        assert_eq!(
            names(&[
                node(
                    "StatefulPartitionedCall/sequential_1/conv_0_1/convolution",
                    "Conv"
                ),
                node("StatefulPartitionedCall/sequential_1/conv_0_1/Relu", "Relu"),
                node(
                    "StatefulPartitionedCall/sequential_1/dense_1/MatMul__12",
                    "MatMul"
                ),
            ]),
            ["conv_0_1", "conv_0_1.relu", "dense_1"]
        );
    }

    #[test]
    fn names_are_unique_and_free_of_strange_signs() {
        assert_eq!(
            names(&[
                node("", "Conv"),
                node("", "Conv"),
                node("Conv_7", "Conv"),
                node("a<b>/x", "Relu")
            ]),
            ["conv", "conv_2", "conv_7", "a_b_.relu"]
        );
    }
}

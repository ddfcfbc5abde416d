//! Models as Keras writes them, and the layers that become of them.

use serde_json::json;

use super::*;

fn layer(name: &str, class: &str, nodes: Value) -> Value {
    let config = json!({"name": name, "batch_shape": [null, 4, 4, 1]});
    json!({"class_name": class, "name": name, "config": config, "inbound_nodes": nodes})
}

fn image() -> Value {
    layer("image", "InputLayer", json!([]))
}

fn model(layers: Vec<Value>, outputs: Value) -> Value {
    json!({"class_name": "Functional", "config": {
        "name": "net", "layers": layers, "input_layers": [["image", 0, 0]], "output_layers": outputs}})
}

fn graph_of(model: Value) -> Result<Graph, String> {
    let path = Path::new("model.h5");
    ModelConfig::parse(model, path)
        .and_then(|config| Graph::of(&config, MajorVersion(2), &OutputChoice::default(), path))
        .map_err(|error| error.to_string())
}

fn wired(graph: &Graph) -> Vec<(&str, Vec<usize>)> {
    graph
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), node.inputs.clone()))
        .collect()
}

#[test]
fn layers_in_any_order_come_out_in_a_topological_one() {
    let keras_3 = json!([{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["relu", 0, 0]}}], "kwargs": {"mask": null}}]);
    let layers = vec![
        layer("flat", "Flatten", keras_3),
        layer("relu", "ReLU", json!([[["image", 0, 0, {}]]])),
        image(),
    ];
    let graph = graph_of(model(layers, json!([["flat", 0, 0]]))).unwrap();
    assert_eq!(
        wired(&graph),
        [("image", vec![]), ("relu", vec![0]), ("flat", vec![1])]
    );
    assert_eq!(graph.output, 2);
}

#[test]
fn what_is_not_supported_is_refused_by_name() {
    for (nodes, expected) in [
        (
            json!([[["image", 0, 0, {"training": true}]]]),
            "training = true",
        ),
        (
            json!([[["image", 0, 1, {}]]]),
            "reads image, which is not there",
        ),
        (
            json!([[["nobody", 0, 0, {}]]]),
            "reads nobody, which is not there",
        ),
        (json!([[["relu", 0, 0, {}]]]), "reads this layer itself"),
        (json!(["what"]), "cannot be understood"),
        (json!([{"args": ["what"]}]), "cannot be understood"),
    ] {
        let layers = vec![image(), layer("relu", "ReLU", nodes)];
        let message = graph_of(model(layers, json!([["relu", 0, 0]])))
            .err()
            .unwrap();
        assert!(
            message.contains("`relu`") && message.contains(expected),
            "{message}"
        );
    }
    let message = graph_of(model(vec![image()], json!([["gone", 0, 0]])));
    assert!(message.err().unwrap().contains("output layer"));
}

#[test]
fn a_layer_used_twice_becomes_two_nodes_at_one_place() {
    let layers = vec![
        image(),
        layer(
            "relu",
            "ReLU",
            json!([[["image", 0, 0, {}]], [["relu", 0, 0, {}]]]),
        ),
        layer("flat", "Flatten", json!([[["relu", 1, 0, {}]]])),
    ];
    let graph = graph_of(model(layers, json!([["flat", 0, 0]]))).unwrap();
    assert_eq!(
        wired(&graph),
        [
            ("image", vec![]),
            ("relu", vec![0]),
            ("relu (use 2)", vec![1]),
            ("flat", vec![2])
        ]
    );
    assert_eq!(graph.nodes[1].place, graph.nodes[2].place);
}

#[test]
fn a_model_inside_becomes_its_layers() {
    let inner = vec![
        image(),
        layer("relu", "ReLU", json!([[["image", 0, 0, {}]]])),
    ];
    let mut inner = model(inner, json!([["relu", 0, 0]]));
    inner["name"] = json!("base");
    inner["config"]["name"] = json!("base");
    inner["inbound_nodes"] = json!([[["image", 0, 0, {}]], [["base", 1, 0, {}]]]);
    let mut chain = json!({"class_name": "Sequential", "config": {"name": "head", "layers": [image(), layer("flat", "Flatten", json!([]))]}});
    chain["inbound_nodes"] = json!([[["base", 2, 0, {}]]]);
    // Uses are counted from 0 where the model is read, so 1 is the second.
    inner["inbound_nodes"] = json!([[["image", 0, 0, {}]], [["base", 0, 0, {}]]]);
    chain["inbound_nodes"] = json!([[["base", 1, 0, {}]]]);
    let graph = graph_of(model(vec![image(), inner, chain], json!([["head", 0, 0]]))).unwrap();
    assert_eq!(
        wired(&graph),
        [
            ("image", vec![]),
            ("base/relu", vec![0]),
            ("base (use 2)/relu", vec![1]),
            ("head/flat", vec![2])
        ]
    );
}

#[test]
fn models_that_multiply_each_other_are_refused() {
    let mut inner = model(
        vec![
            image(),
            layer("relu", "ReLU", json!([[["image", 0, 0, {}]]])),
        ],
        json!([["relu", 0, 0]]),
    );
    for _ in 0..20 {
        inner["name"] = json!("m");
        inner["config"]["name"] = json!("m");
        inner["inbound_nodes"] = json!([[["image", 0, 0, {}]], [["m", 0, 0, {}]]]);
        inner = model(vec![image(), inner], json!([["m", 1, 0]]));
    }
    let message = graph_of(inner).err().unwrap();
    assert!(message.contains("more than the 20000 layers"), "{message}");
}

#[test]
fn endpoints_are_written_in_three_ways() {
    let names = |value: Value| -> Vec<String> {
        endpoints(&value)
            .into_iter()
            .map(|endpoint| endpoint.layer)
            .collect()
    };
    let two = json!([["a", 0, 0], ["b", 0, 0]]);
    assert_eq!(names(two.clone()), ["a", "b"]);
    assert_eq!(names(json!(["a", 0, 0])), ["a"]);
    assert_eq!(names(json!({"first": ["a", 0, 0]})), ["a"]);
    let error = only_input(&two, Path::new("model.h5")).unwrap_err();
    assert!(error.to_string().contains("has 2 inputs"), "{error}");
}

//! What `layerscope summary` says of the demo model.

mod common;

use common::succeed;

const MODEL: &str = "data/models/cifar10_cnn.h5";

#[test]
fn the_layers_are_a_table() {
    insta::assert_snapshot!("table", succeed(&["summary", MODEL]));
}

#[test]
fn the_layers_are_json() {
    let text = succeed(&["summary", MODEL, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    insta::assert_json_snapshot!("json", json);
}

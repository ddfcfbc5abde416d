//! [`Place`]: where a layer's weights lie in a file. Keras names groups by layer in `.h5` files, and by class
//! and number in `.keras` archives.

use std::collections::HashMap;

use super::config::LayerConfig;

/// The way to a layer through the models that it is inside of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Names: `["base", "conv"]`.
    pub names: Vec<String>,
    /// Groups of an archive: `layers/functional/layers/conv2d`.
    pub group: String,
}

impl Place {
    /// The places of the layers of a model that lies here, in their order.
    pub fn of_layers(&self, layers: &[LayerConfig]) -> Vec<Self> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let separator = if self.group.is_empty() { "" } else { "/" };
        layers
            .iter()
            .map(|layer| {
                let mut names = self.names.clone();
                names.push(layer.layer_name().into());
                let class = snake_case(&layer.class_name);
                // What is no layer, such as `x + 3`, is not counted.
                let container = match counts.get_mut(&class) {
                    _ if layer.is_operation() => class,
                    Some(count) => {
                        *count += 1;
                        format!("{class}_{count}")
                    }
                    None => {
                        counts.insert(class.clone(), 0);
                        class
                    }
                };
                Self {
                    names,
                    group: format!("{}{separator}layers/{container}", self.group),
                }
            })
            .collect()
    }
}

/// `p_re_lu` of `PReLU`, as `keras.utils.to_snake_case` does it: an underscore before a capital that small
/// letters follow, unless it is the first or the letters before it were just taken so; then between
/// any small letter and a capital.
fn snake_case(class: &str) -> String {
    let letters: Vec<char> = class
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let mut first = String::new();
    let mut at = 0;
    while at < letters.len() {
        let begins = letters.get(at + 1).is_some_and(char::is_ascii_uppercase)
            && letters.get(at + 2).is_some_and(char::is_ascii_lowercase);
        first.push(letters[at]);
        at += 1;
        if begins {
            first.push('_');
            first.push(letters[at]);
            at += 1;
            while letters.get(at).is_some_and(char::is_ascii_lowercase) {
                first.push(letters[at]);
                at += 1;
            }
        }
    }
    let mut name = String::new();
    let mut before = None;
    for letter in first.chars() {
        if letter.is_ascii_uppercase() && before.is_some_and(|c: char| c.is_ascii_lowercase()) {
            name.push('_');
        }
        name.push(letter);
        before = Some(letter);
    }
    name.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_as_keras_names_them() {
        for (class, expected) in [
            ("Conv2D", "conv2d"),
            ("DepthwiseConv2D", "depthwise_conv2d"),
            ("GlobalAveragePooling2D", "global_average_pooling2d"),
            ("BatchNormalization", "batch_normalization"),
            ("PReLU", "p_re_lu"),
            ("ReLU", "re_lu"),
            ("UpSampling2D", "up_sampling2d"),
            ("MultiHeadAttention", "multi_head_attention"),
            ("LayerScale", "layer_scale"),
            ("ELU", "elu"),
        ] {
            assert_eq!(snake_case(class), expected);
        }
    }

    #[test]
    fn layers_of_a_class_are_numbered_and_operations_are_not() {
        let layer = |class: &str, module: &str| -> LayerConfig {
            let value =
                serde_json::json!({"class_name": class, "module": module, "config": {"name": "x"}});
            serde_json::from_value(value).unwrap()
        };
        let layers = [
            layer("Add", "keras.layers"),
            layer("Add", "keras.src.ops.numpy"),
            layer("Add", "keras.layers"),
        ];
        let inner = Place {
            names: vec!["base".into()],
            group: "layers/functional".into(),
        };
        let places = inner.of_layers(&layers);
        assert_eq!(places[0].group, "layers/functional/layers/add");
        assert_eq!(places[2].group, "layers/functional/layers/add_1");
        assert_eq!(places[2].names, ["base", "x"]);
    }
}

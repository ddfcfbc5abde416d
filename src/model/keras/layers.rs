//! From a layer's configuration to its [`Operator`]: a table of class names, one line a class.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::call::Argument;
use super::config::{LayerConfig, MajorVersion};
use super::{
    activations, attention, convolutions, elementwise, embedding, images, merging, normalization,
    pooling, shapes,
};
use crate::model::{ModelError, Operator};

/// Makes an operator of a layer's configuration.
type Builder = fn(&LayerEntry<'_>) -> Result<Operator, ModelError>;

/// Every class that is understood.
const CLASSES: &[(&str, Builder)] = &[
    ("InputLayer", shapes::input),
    ("Conv1D", convolutions::convolution_1d),
    ("Conv1DTranspose", convolutions::transposed_1d),
    ("DepthwiseConv1D", convolutions::depthwise_1d),
    ("SeparableConv1D", convolutions::separable_1d),
    ("Conv2D", convolutions::convolution),
    ("Conv2DTranspose", convolutions::transposed),
    ("DepthwiseConv2D", convolutions::depthwise),
    ("SeparableConv2D", convolutions::separable),
    ("Dense", convolutions::dense),
    ("MaxPooling1D", pooling::max_1d),
    ("AveragePooling1D", pooling::average_1d),
    ("GlobalMaxPooling1D", pooling::global_max),
    ("GlobalAveragePooling1D", pooling::global_average),
    ("MaxPooling2D", pooling::max),
    ("AveragePooling2D", pooling::average),
    ("GlobalMaxPooling2D", pooling::global_max),
    ("GlobalAveragePooling2D", pooling::global_average),
    ("BatchNormalization", elementwise::batch_normalization),
    ("Normalization", normalization::by_training_set),
    ("LayerNormalization", normalization::over_channels),
    ("GroupNormalization", normalization::over_groups),
    ("UnitNormalization", normalization::to_unit),
    ("LayerScale", normalization::by_factors),
    ("Rescaling", elementwise::rescaling),
    ("Activation", activations::layer),
    ("ReLU", activations::layer),
    ("LeakyReLU", activations::layer),
    ("ELU", activations::layer),
    ("PReLU", activations::parametric),
    ("Softmax", activations::layer),
    ("ZeroPadding2D", shapes::zero_padding),
    ("ZeroPadding1D", shapes::zero_padding_1d),
    ("Cropping1D", images::cropping_1d),
    ("UpSampling1D", images::upsampling_1d),
    ("Cropping2D", images::cropping),
    ("CenterCrop", images::centre_crop),
    ("UpSampling2D", images::upsampling),
    ("Resizing", images::resizing),
    ("Embedding", embedding::rows),
    ("MultiHeadAttention", attention::multi_head),
    ("RepeatVector", shapes::repeat),
    ("Flatten", shapes::flatten),
    ("Reshape", shapes::reshape),
    ("Permute", shapes::permute),
    ("Add", merging::add),
    ("Subtract", merging::subtract),
    ("Multiply", merging::multiply),
    ("Average", merging::average),
    ("Maximum", merging::maximum),
    ("Minimum", merging::minimum),
    ("Concatenate", merging::concatenate),
    ("Dot", merging::dot),
    ("CustomScaleLayer", merging::add),
    ("TFOpLambda", merging::tensorflow),
    ("Dropout", elementwise::dropout),
    ("SpatialDropout1D", elementwise::spatial_dropout),
    ("SpatialDropout2D", elementwise::spatial_dropout),
    ("StochasticDepth", elementwise::augmentation),
    ("AlphaDropout", elementwise::alpha_dropout),
    ("GaussianDropout", elementwise::gaussian_dropout),
    ("GaussianNoise", elementwise::gaussian_noise),
    (
        "ActivityRegularization",
        elementwise::activity_regularization,
    ),
    ("RandomFlip", elementwise::augmentation),
    ("RandomRotation", elementwise::augmentation),
    ("RandomZoom", elementwise::augmentation),
    ("RandomTranslation", elementwise::augmentation),
    ("RandomContrast", elementwise::augmentation),
    ("RandomBrightness", elementwise::augmentation),
    ("RandomHeight", elementwise::augmentation),
    ("RandomWidth", elementwise::augmentation),
    ("RandomHue", elementwise::augmentation),
    ("RandomSaturation", elementwise::augmentation),
    ("RandomSharpness", elementwise::augmentation),
    ("RandomGrayscale", elementwise::augmentation),
    ("RandomColorJitter", elementwise::augmentation),
    ("RandomColorDegeneration", elementwise::augmentation),
    ("RandomErasing", elementwise::augmentation),
    ("RandomPosterization", elementwise::augmentation),
    ("RandomShear", elementwise::augmentation),
    ("RandomPerspective", elementwise::augmentation),
    ("RandomGaussianBlur", elementwise::augmentation),
    ("RandomElasticTransform", elementwise::augmentation),
    ("RandomInvert", elementwise::augmentation),
    ("RandAugment", elementwise::augmentation),
    ("AugMix", elementwise::augmentation),
    ("MixUp", elementwise::augmentation),
    ("CutMix", elementwise::augmentation),
    ("Identity", elementwise::nothing),
];

/// Functions of `keras.ops` that may stand in a functional model.
const OPERATIONS: &[(&str, Builder)] = &[
    ("Add", merging::add),
    ("Subtract", merging::subtract),
    ("Multiply", merging::multiply),
    ("Divide", merging::divide),
    ("TrueDivide", merging::divide),
    ("Maximum", merging::maximum),
    ("Minimum", merging::minimum),
];

/// A layer's configuration, with what is needed to refuse it by name.
pub(super) struct LayerEntry<'a> {
    pub path: &'a Path,
    pub name: &'a str,
    pub class: &'a str,
    pub version: MajorVersion,
    pub config: &'a Value,
    /// Whether it is a function of `keras.ops`, as in `x + 3`.
    pub is_operation: bool,
    /// What it is called with, in a functional model.
    pub arguments: &'a [Argument],
}

impl<'a> LayerEntry<'a> {
    pub fn new(path: &'a Path, version: MajorVersion, layer: &'a LayerConfig) -> Self {
        Self {
            path,
            name: layer.layer_name(),
            class: &layer.class_name,
            version,
            config: &layer.config,
            is_operation: layer.is_operation(),
            arguments: &[],
        }
    }

    pub fn called_with(self, arguments: &'a [Argument]) -> Self {
        Self { arguments, ..self }
    }

    /// The number among the arguments, and whether it comes first; `None` where there is none.
    pub fn number(&self) -> Option<(f32, bool)> {
        let at = |(at, argument): (usize, &Argument)| match argument {
            Argument::Number(number) => Some((*number, at == 0)),
            Argument::Tensor(_) => None,
        };
        self.arguments.iter().enumerate().find_map(at)
    }

    /// The configuration as a class's own type. Keys that do not change inference are ignored.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ModelError> {
        self.parse(self.config)
    }

    /// A part of the configuration.
    pub fn parse<T: DeserializeOwned>(&self, value: &Value) -> Result<T, ModelError> {
        T::deserialize(value).map_err(|error| {
            self.refuse(format!("its configuration cannot be understood: {error}"))
        })
    }

    /// An error that names this layer, with the reason.
    pub fn refuse(&self, reason: impl Into<String>) -> ModelError {
        ModelError::UnsupportedOption {
            path: self.path.into(),
            layer: self.name.into(),
            class: self.class.into(),
            reason: reason.into(),
        }
    }
}

/// What a layer does.
///
/// # Errors
/// Names the layer and its class where it is not understood; nothing is ever skipped.
pub(super) fn operator(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let classes = if entry.is_operation {
        OPERATIONS
    } else {
        CLASSES
    };
    let Some((_, builder)) = classes.iter().find(|(class, _)| *class == entry.class) else {
        return Err(ModelError::UnsupportedClass {
            path: entry.path.into(),
            layer: entry.name.into(),
            class: entry.class.into(),
            supported: classes
                .iter()
                .map(|(class, _)| *class)
                .collect::<Vec<_>>()
                .join(", "),
        });
    };
    check_data_type(entry)?;
    check_data_format(entry)?;
    builder(entry)
}

/// Keras 2 keeps the type as a name, Keras 3 as a policy with a name in its configuration.
fn check_data_type(entry: &LayerEntry<'_>) -> Result<(), ModelError> {
    let name = match entry.config.get("dtype") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::String(name)) => name.as_str(),
        Some(policy) => policy
            .pointer("/config/name")
            .and_then(Value::as_str)
            .unwrap_or("of an unknown kind"),
    };
    // Whole numbers come as floats, too, and only layers that want such numbers read them.
    let whole = ["int", "uint"].iter().any(|kind| name.starts_with(kind));
    if name == "float32" || entry.class == "InputLayer" && whole {
        return Ok(());
    }
    Err(entry.refuse(format!(
        "its data type is {name}, expected float32; convert the model to float32 and save it again"
    )))
}

fn check_data_format(entry: &LayerEntry<'_>) -> Result<(), ModelError> {
    match entry.config.get("data_format") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(format)) if format == "channels_last" => Ok(()),
        Some(other) => Err(entry.refuse(format!(
            "its data_format is {other}, expected \"channels_last\""
        ))),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The operator of a layer named `layer`, or the message of the error.
    pub fn build(class: &str, config: Value, version: u32) -> Result<Operator, String> {
        let entry = LayerEntry {
            path: Path::new("model.h5"),
            name: "layer",
            class,
            version: MajorVersion(version),
            config: &config,
            is_operation: false,
            arguments: &[],
        };
        operator(&entry).map_err(|error| error.to_string())
    }

    #[test]
    fn an_unknown_class_is_named_with_what_is_known() {
        let message = build("Lambda", Value::Null, 3).unwrap_err();
        assert!(
            message.contains("layer `layer`")
                && message.contains("class Lambda")
                && message.contains("Conv2D"),
            "{message}"
        );
    }

    #[test]
    fn other_data_types_and_formats_are_refused() {
        let config = serde_json::json!({"dtype": {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}});
        assert!(
            build("Flatten", config, 3)
                .unwrap_err()
                .contains("mixed_float16")
        );
        assert!(
            build("Flatten", serde_json::json!({"dtype": "float16"}), 2)
                .unwrap_err()
                .contains("float16")
        );
        assert!(
            build(
                "Flatten",
                serde_json::json!({"data_format": "channels_first"}),
                2
            )
            .unwrap_err()
            .contains("channels_first")
        );
        let config = serde_json::json!({"dtype": {"class_name": "DTypePolicy", "config": {"name": "float32"}}});
        assert!(build("Flatten", config, 3).is_ok());
    }
}

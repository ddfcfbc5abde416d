//! Keras layers with kernels: Conv2D, DepthwiseConv2D, SeparableConv2D, Dense.

use serde::Deserialize;
use serde_json::Value;

use super::activations;
use super::config::Pair;
use super::layers::LayerEntry;
use crate::model::operators::{
    Convolution, Dense, DepthwiseConvolution, SeparableConvolution, TransposedConvolution,
};
use crate::model::{Margins, ModelError, Operator, Padding, Window};

/// What the convolutions have in common.
#[derive(Deserialize)]
struct WindowConfig {
    kernel_size: Pair,
    #[serde(default = "Pair::one")]
    strides: Pair,
    #[serde(default = "Pair::one")]
    dilation_rate: Pair,
    padding: String,
    #[serde(default = "yes")]
    use_bias: bool,
    #[serde(default)]
    activation: Value,
}

#[derive(Deserialize)]
struct ConvolutionConfig {
    filters: usize,
    #[serde(default = "one")]
    groups: usize,
    #[serde(flatten)]
    window: WindowConfig,
}

#[derive(Deserialize)]
struct TransposedConfig {
    filters: usize,
    output_padding: Option<Pair>,
    #[serde(flatten)]
    window: WindowConfig,
}

#[derive(Deserialize)]
struct DepthwiseConfig {
    #[serde(default = "one")]
    depth_multiplier: usize,
    #[serde(flatten)]
    window: WindowConfig,
}

#[derive(Deserialize)]
struct SeparableConfig {
    filters: usize,
    #[serde(default = "one")]
    depth_multiplier: usize,
    #[serde(flatten)]
    window: WindowConfig,
}

#[derive(Deserialize)]
struct DenseConfig {
    units: usize,
    #[serde(default = "yes")]
    use_bias: bool,
    #[serde(default)]
    activation: Value,
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

impl WindowConfig {
    /// Over steps, which are an image of one row. Causal padding lies before them.
    fn in_a_row(&self, entry: &LayerEntry<'_>) -> Result<Window, ModelError> {
        let (size, dilation) = (self.kernel_size.in_a_row(), self.dilation_rate.in_a_row());
        let padding = if self.padding == "causal" {
            let left = size.1.saturating_sub(1).saturating_mul(dilation.1);
            let margins = Margins {
                left,
                ..Margins::NONE
            };
            Padding::Explicit {
                margins,
                ceil: false,
            }
        } else {
            padding(entry, &self.padding)?
        };
        Ok(Window {
            size,
            stride: self.strides.in_a_row(),
            dilation,
            padding,
        })
    }

    fn window(&self, entry: &LayerEntry<'_>) -> Result<Window, ModelError> {
        Ok(Window {
            size: self.kernel_size.get(),
            stride: self.strides.get(),
            dilation: self.dilation_rate.get(),
            padding: padding(entry, &self.padding)?,
        })
    }
}

/// Padding by its name in Keras.
pub(super) fn padding(entry: &LayerEntry<'_>, name: &str) -> Result<Padding, ModelError> {
    match name.to_lowercase().as_str() {
        "valid" => Ok(Padding::Valid),
        "same" => Ok(Padding::Same),
        _ => Err(entry.refuse(format!(
            "its padding is \"{name}\", expected \"valid\" or \"same\""
        ))),
    }
}

/// How a layer reads its window: over images, or over steps.
type Windowed = fn(&WindowConfig, &LayerEntry<'_>) -> Result<Window, ModelError>;

pub(super) fn convolution(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    convolution_over(entry, WindowConfig::window)
}

pub(super) fn convolution_1d(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    convolution_over(entry, WindowConfig::in_a_row)
}

fn convolution_over(entry: &LayerEntry<'_>, windowed: Windowed) -> Result<Operator, ModelError> {
    let ConvolutionConfig {
        filters,
        groups,
        window,
    } = entry.read()?;
    Ok(Convolution {
        filters,
        groups,
        window: windowed(&window, entry)?,
        bias: window.use_bias,
        activation: activations::activation(entry, &window.activation)?,
    }
    .into())
}

pub(super) fn depthwise(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    depthwise_over(entry, WindowConfig::window)
}

pub(super) fn depthwise_1d(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    depthwise_over(entry, WindowConfig::in_a_row)
}

fn depthwise_over(entry: &LayerEntry<'_>, windowed: Windowed) -> Result<Operator, ModelError> {
    let DepthwiseConfig {
        depth_multiplier,
        window,
    } = entry.read()?;
    Ok(DepthwiseConvolution {
        multiplier: depth_multiplier,
        window: windowed(&window, entry)?,
        bias: window.use_bias,
        activation: activations::activation(entry, &window.activation)?,
    }
    .into())
}

pub(super) fn separable(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    separable_over(entry, WindowConfig::window)
}

pub(super) fn separable_1d(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    separable_over(entry, WindowConfig::in_a_row)
}

fn separable_over(entry: &LayerEntry<'_>, windowed: Windowed) -> Result<Operator, ModelError> {
    let SeparableConfig {
        filters,
        depth_multiplier,
        window,
    } = entry.read()?;
    Ok(SeparableConvolution {
        filters,
        multiplier: depth_multiplier,
        window: windowed(&window, entry)?,
        bias: window.use_bias,
        activation: activations::activation(entry, &window.activation)?,
    }
    .into())
}

pub(super) fn transposed(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: TransposedConfig = entry.read()?;
    let window = config.window.window(entry)?;
    let output_padding = config.output_padding.map(Pair::get);
    transposed_of(entry, &config, window, output_padding)
}

pub(super) fn transposed_1d(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: TransposedConfig = entry.read()?;
    let window = config.window.in_a_row(entry)?;
    // Of one row there is one row.
    let output_padding = config
        .output_padding
        .map(|padding| (0, padding.in_a_row().1));
    transposed_of(entry, &config, window, output_padding)
}

fn transposed_of(
    entry: &LayerEntry<'_>,
    config: &TransposedConfig,
    window: Window,
    output_padding: Option<(usize, usize)>,
) -> Result<Operator, ModelError> {
    Ok(TransposedConvolution {
        filters: config.filters,
        size: window.size,
        stride: window.stride,
        dilation: window.dilation,
        groups: 1,
        padding: window.padding,
        output_padding,
        bias: config.window.use_bias,
        activation: activations::activation(entry, &config.window.activation)?,
    }
    .into())
}

pub(super) fn dense(entry: &LayerEntry<'_>) -> Result<Operator, ModelError> {
    let config: DenseConfig = entry.read()?;
    let activation = activations::activation(entry, &config.activation)?;
    Ok(Dense {
        units: config.units,
        bias: config.use_bias,
        activation,
    }
    .into())
}

#[cfg(test)]
mod tests {
    use super::super::layers::tests::build;
    use crate::model::operators::{Activation, Convolution};
    use crate::model::{Operator, Padding, Window};
    use serde_json::json;

    #[test]
    fn what_old_files_leave_out_has_keras_defaults() {
        let config =
            json!({"filters": 4, "kernel_size": [3, 5], "padding": "same", "activation": "relu"});
        let expected = Convolution {
            filters: 4,
            window: Window {
                size: (3, 5),
                stride: (1, 1),
                dilation: (1, 1),
                padding: Padding::Same,
            },
            groups: 1,
            bias: true,
            activation: Activation::Relu,
        };
        assert_eq!(
            build("Conv2D", config, 2),
            Ok(Operator::Convolution(expected))
        );
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        let message = build("Conv2D", json!({"kernel_size": 3, "padding": "same"}), 2).unwrap_err();
        assert!(
            message.contains("`layer` (Conv2D)") && message.contains("`filters`"),
            "{message}"
        );
        let message = build(
            "Conv2D",
            json!({"filters": 1, "kernel_size": "3", "padding": "same"}),
            2,
        )
        .unwrap_err();
        assert!(message.contains("list of two"), "{message}");
        let message = build(
            "Conv2D",
            json!({"filters": 1, "kernel_size": 3, "padding": "causal"}),
            2,
        )
        .unwrap_err();
        assert!(message.contains("\"causal\""), "{message}");
        let message = build("Dense", json!({"units": 1, "activation": "swirl"}), 2).unwrap_err();
        assert!(message.contains("\"swirl\""), "{message}");
    }
}

//! [`ModelError`]: why a file did not become a network. Every message names the file and the place in
//! it, what was expected, and where possible what to do.

use std::path::PathBuf;

use super::onnx::OnnxError;

/// A model that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("cannot read the model {}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the model {} is a folder; save it as one file, in Keras with model.save(\"model.h5\")", path.display())]
    Folder { path: PathBuf },
    #[error("the model {} is {format}, which layerscope cannot read yet; save it as HDF5, in Keras with model.save(\"model.h5\")", path.display())]
    UnsupportedFormat { path: PathBuf, format: &'static str },
    #[error("{} is not an HDF5 file: {reason}; expected a Keras model saved with model.save(\"model.h5\")", path.display())]
    NotHdf5 { path: PathBuf, reason: String },
    #[error("{} {reason}; expected a Keras model saved with model.save(\"model.keras\") or model.save(\"model.h5\")", path.display())]
    NotKeras {
        path: PathBuf,
        /// The end of a sentence that begins with the file.
        reason: String,
    },
    #[error("the {kind} {} is damaged or cut short at {place}: {source}; copy or download it again", path.display())]
    Damaged {
        path: PathBuf,
        /// `HDF5 file`, `archive`.
        kind: &'static str,
        /// A group, attribute or tensor: `model_weights/conv_0`.
        place: String,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("{} has no attribute model_config, so it holds weights without their network; save the whole model with model.save(\"model.h5\") instead of model.save_weights", path.display())]
    NoConfiguration { path: PathBuf },
    #[error("the configuration of the model {} cannot be understood: {reason}", path.display())]
    Configuration { path: PathBuf, reason: String },
    #[error("layer `{layer}` of {} is of the class {class}, which is not supported; supported are {supported}", path.display())]
    UnsupportedClass {
        path: PathBuf,
        layer: String,
        class: String,
        supported: String,
    },
    #[error("layer `{layer}` ({class}) of {} cannot be used: {reason}", path.display())]
    UnsupportedOption {
        path: PathBuf,
        layer: String,
        class: String,
        reason: String,
    },
    #[error("layer `{layer}` of {} has no tensor `{tensor}`; the file holds {found}", path.display())]
    MissingTensor {
        path: PathBuf,
        layer: String,
        tensor: String,
        /// In words: ``only `bias` ``, `none for this layer`.
        found: String,
    },
    #[error("tensor `{tensor}` of layer `{layer}` in {} has the shape {found}, but the layer needs {expected}", path.display())]
    TensorShape {
        path: PathBuf,
        layer: String,
        tensor: String,
        expected: String,
        found: String,
    },
    #[error("tensor `{tensor}` of layer `{layer}` in {} cannot be used: {reason}", path.display())]
    Tensor {
        path: PathBuf,
        layer: String,
        tensor: String,
        reason: String,
    },
    #[error("tensor `{tensor}` of layer `{layer}` in {} holds {value} at {index}; a network with such weights computes nothing of use, so train or export it again", path.display())]
    NotFinite {
        path: PathBuf,
        layer: String,
        tensor: String,
        /// Position of the first such value along each axis, from 0: `[0, 2, 1, 31]`.
        index: String,
        value: f32,
    },
    #[error("the ONNX model {} cannot be used: {source}", path.display())]
    Onnx { path: PathBuf, source: OnnxError },
    #[error("layer `{layer}` of {} {reason}", path.display())]
    Layer {
        path: PathBuf,
        layer: String,
        /// The end of a sentence that begins with the layer: `reads 2 layers, but takes 1`.
        reason: String,
    },
    #[error("the model {} has several outputs: {outputs}; choose one in the config, as model.output_layer", path.display())]
    SeveralOutputs { path: PathBuf, outputs: String },
    #[error("model.output_layer is `{wanted}`, but the model {} has no such output or layer; its outputs are: {outputs}", path.display())]
    NoSuchOutput {
        path: PathBuf,
        wanted: String,
        outputs: String,
    },
    #[error("the model {} has no layers", path.display())]
    Empty { path: PathBuf },
}

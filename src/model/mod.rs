//! The model: a trained network as data, and the importers that read it from files.
//! The noun is [`Network`]; nothing in here computes a value of it.

mod answer;
mod build;
mod error;
mod formats;
pub mod keras;
mod network;
pub mod onnx;
pub mod operators;
mod outline;
mod penultimate;
mod receptive_field;
mod section;
mod shape;
mod summary;
mod tensor;
mod weight;
mod window;

pub use answer::{Answer, OutputChoice, OutputValues, Reading};
pub use error::ModelError;
pub use formats::{load, load_output};
pub use network::{Layer, LayerDraft, LayerId, Network, Source};
pub use operators::{Activation, Operator, Rule};
pub use outline::{MOST_LAYERS, Outline};
pub use receptive_field::{ReceptiveField, Region};
pub use section::Section;
pub use shape::Shape;
pub use summary::{LayerSummaryRow, Summary};
pub use tensor::NamedTensor;
pub use weight::{Weight, WeightSpec};
pub use window::{Extent, Margins, Padding, Window};

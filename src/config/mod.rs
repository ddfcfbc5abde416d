//! The config: what a job is told to do. The noun is [`Settings`]: what holds, after defaults and
//! checks. What was written, and where, is kept for messages only.
//!
//! ```text
//! file, --set ─► sources (text) ─► options (as written) ─► settings (checked, paths resolved)
//! ```

pub mod address;
mod check;
mod error;
mod gates;
mod keys;
mod locate;
mod options;
mod overrides;
mod paths;
mod preprocess;
mod report_section;
mod settings;
mod sources;

pub use error::{ConfigError, Place, Problem};
pub use gates::{Comparison, Gate};
pub use locate::{LocatedConfig, locate, locate_in};
pub use overrides::Override;
pub use paths::ConfigPath;
pub use settings::{
    ClassSettings, DataSettings, EngineChoice, LayerSettings, ModelSettings, ReportSettings,
    ReviewSettings, RunSettings, SampleSettings, SelectedSamples, Settings,
};

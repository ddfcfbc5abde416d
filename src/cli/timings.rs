//! [`Timings`]: seconds per stage, for `--timings` and never for the site.

use std::path::Path;
use std::time::Instant;

use super::CommandError;

/// Whether the timings can be written there, asked before hours of work and not after.
pub(super) fn check(path: &Path) -> Result<(), CommandError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let unwritable = |source| CommandError::Timings {
        path: path.to_path_buf(),
        source,
    };
    let found = std::fs::metadata(folder).map_err(unwritable)?;
    if !found.is_dir() || path.is_dir() {
        return Err(unwritable(std::io::ErrorKind::IsADirectory.into()));
    }
    Ok(())
}

/// Seconds of each stage in the order they ran, and of all together.
pub(super) struct Timings {
    begun: Instant,
    last: Instant,
    stages: serde_json::Map<String, serde_json::Value>,
}

impl Timings {
    pub(super) fn start() -> Self {
        let now = Instant::now();
        Self {
            begun: now,
            last: now,
            stages: serde_json::Map::new(),
        }
    }

    /// Ends a stage that began where the last one ended.
    pub(super) fn end(&mut self, stage: &str) {
        let now = Instant::now();
        self.stages
            .insert(stage.to_string(), (now - self.last).as_secs_f64().into());
        self.last = now;
    }

    /// Seconds since the start.
    pub(super) fn total(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Writes `{"load": …, …, "total": …}` in seconds.
    pub(super) fn write(mut self, path: &Path) -> Result<(), CommandError> {
        self.stages.insert("total".into(), self.total().into());
        let mut text = serde_json::Value::Object(self.stages).to_string();
        text.push('\n');
        std::fs::write(path, text).map_err(|source| CommandError::Timings {
            path: path.to_path_buf(),
            source,
        })
    }
}

//! [`Turn`]: runs that write to one place take turns.

use std::fs::{self, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

/// Keeps other runs from looking at a folder or replacing it at the same time: a lock on the folder it lies
/// in, which the system lifts even if the run is killed. Where there are no such locks (Windows, some network file
/// systems), or somebody holds on to it, the run goes on without; renaming is safe by itself, and a
/// collision then ends in an error instead of a wait.
pub(super) struct Turn {
    _folder: Option<fs::File>,
}

impl Turn {
    const PATIENCE: Duration = Duration::from_secs(5);
    const PAUSE: Duration = Duration::from_millis(5);

    pub(super) fn take(folder: &Path) -> Self {
        let Ok(file) = fs::File::open(folder) else {
            return Self { _folder: None };
        };
        let begin = Instant::now();
        while let Err(TryLockError::WouldBlock) = file.try_lock() {
            if begin.elapsed() > Self::PATIENCE {
                return Self { _folder: None };
            }
            std::thread::sleep(Self::PAUSE);
        }
        Self {
            _folder: Some(file),
        }
    }
}

//! [`Progress`]: who is told how far a pass has come.

/// Told from all threads.
pub trait Progress: Sync {
    /// `samples` more have passed.
    fn advance(&self, samples: usize);
}

/// Tells nobody.
pub struct Silent;

impl Progress for Silent {
    fn advance(&self, _samples: usize) {}
}

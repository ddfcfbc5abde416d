//! [`Pace`]: how fast the network is here, and on how many images settings can be tried while one waits.

use std::time::Instant;

use crate::pipeline::{Job, PipelineError, answers};

/// Images by which the speed is judged.
const FIRST_BATCH: usize = 16;
/// Images on which settings are tried, where the network is fast enough.
const MOST: usize = 256;
/// Images on which they are tried however slow it is: fewer would not tell a wrong scale from chance.
const FEWEST: usize = 32;
/// Seconds that trying should not take, and how often each image runs meanwhile, about.
const PATIENCE: f64 = 20.0;
const SETTINGS: f64 = 8.0;

/// The seconds that an image takes.
pub(super) struct Pace(f64);

impl Pace {
    /// Runs the first images.
    ///
    /// # Errors
    /// As the pipeline's.
    pub(super) fn measure(job: &Job<'_>) -> Result<Self, PipelineError> {
        let first: Vec<usize> = (0..job.dataset.len().min(FIRST_BATCH)).collect();
        let start = Instant::now();
        answers(job, &first)?;
        Ok(Self(
            start.elapsed().as_secs_f64() / first.len().max(1) as f64,
        ))
    }

    /// What so many images take.
    pub(super) fn seconds(&self, images: usize) -> f64 {
        self.0 * images as f64
    }

    /// The images to try settings on.
    pub(super) fn tried(&self) -> usize {
        let within = PATIENCE / (SETTINGS * self.0).max(f64::MIN_POSITIVE);
        (within as usize).clamp(FEWEST, MOST)
    }
}

/// So many of a data set's images, evenly spread: folders hold one class after the other.
pub(super) fn spread(images: usize, count: usize) -> Vec<usize> {
    let count = count.min(images);
    (0..count).map(|at| at * images / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_networks_are_tried_on_fewer_images() {
        assert_eq!(Pace(0.0).tried(), MOST);
        assert_eq!(Pace(0.001).tried(), MOST);
        assert_eq!(Pace(0.025).tried(), 100);
        assert_eq!(Pace(2.0).tried(), FEWEST);
    }

    #[test]
    fn images_are_spread_over_the_set() {
        assert_eq!(spread(10, 4), [0, 2, 5, 7]);
        assert_eq!(spread(3, 5), [0, 1, 2]);
        assert!(spread(0, 5).is_empty());
    }
}

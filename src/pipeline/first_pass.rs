//! The first pass: all samples, statistics only.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::input::Input;
use super::probes::Probes;
use super::{Job, Partial, PipelineError, Progress, chunks};
use crate::appearance::Appearance;
use crate::dataset::ImageDigest;
use crate::stats::Merge;

/// Runs every sample through the network and merges what each chunk taught, in the order of the
/// chunks, on the current rayon pool. The result is the same to the bit for any number of threads;
/// no more partials are held than threads run ahead of the slowest.
///
/// # Errors
/// The [`PipelineError`] of the first chunk, in their order, that failed.
pub fn first_pass(job: &Job<'_>, progress: &dyn Progress) -> Result<Partial, PipelineError> {
    let plan: Vec<Range<usize>> = chunks(job.dataset.len(), job.chunk).collect();
    let next = AtomicUsize::new(0);
    let merger = Mutex::new(Merger::default());
    // One loop a thread, each taking the next chunk when it is done with its own: chunks start in
    // their order, so that the merger seldom waits for an early one.
    rayon::broadcast(|_| {
        let mut input = Input::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(range) = plan.get(number) else {
                return;
            };
            let outcome = chunk(job, range.clone(), &mut input);
            progress.advance(range.len());
            if !merger
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(number, outcome)
            {
                // Nobody needs the chunks behind one that failed.
                next.store(plan.len(), Ordering::Relaxed);
            }
        }
    });
    merger
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .finish()
}

fn chunk(job: &Job<'_>, range: Range<usize>, input: &mut Input) -> Result<Partial, PipelineError> {
    let truths = range
        .clone()
        .map(|index| job.dataset.label(index) as u32)
        .collect();
    let mut probes = Probes::new(job, range.start, truths);
    let mut appearances = Vec::with_capacity(range.len());
    let mut digests = Vec::with_capacity(range.len());
    let batch = input.fill(job, range.clone(), |pixels| {
        appearances.push(Appearance::of(pixels));
        digests.push(ImageDigest::of(pixels));
    })?;
    let logits = job.engine.run(batch, &mut probes)?;
    if let Some(sample) = logits
        .rows()
        .position(|row| row.iter().any(|logit| logit.is_nan()))
    {
        return Err(PipelineError::NotANumber {
            index: range.start + sample,
        });
    }
    Ok(Partial {
        appearances,
        digests,
        ..probes.finish(logits, job.network.output())
    })
}

/// Merges partials in the order of their chunks, keeping those that came too early.
#[derive(Default)]
struct Merger {
    merged: Partial,
    next: usize,
    early: BTreeMap<usize, Result<Partial, PipelineError>>,
    failure: Option<PipelineError>,
}

impl Merger {
    /// Takes the outcome of a chunk; false once a chunk has failed.
    fn take(&mut self, number: usize, outcome: Result<Partial, PipelineError>) -> bool {
        self.early.insert(number, outcome);
        while let Some(outcome) = self.early.remove(&self.next) {
            self.next += 1;
            match outcome {
                Ok(partial) if self.failure.is_none() => self.merged.merge(partial),
                Ok(_) => {}
                Err(error) => {
                    self.failure.get_or_insert(error);
                }
            }
        }
        self.failure.is_none() && self.early.values().all(Result::is_ok)
    }

    fn finish(self) -> Result<Partial, PipelineError> {
        match self.failure {
            Some(failure) => Err(failure),
            // A later chunk failed while an earlier one was never started.
            None => self
                .early
                .into_values()
                .find_map(Result::err)
                .map_or(Ok(self.merged), Err),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partial(truths: &[u32]) -> Partial {
        Partial {
            classes: 2,
            truths: truths.to_vec(),
            ..Partial::default()
        }
    }

    #[test]
    fn partials_merge_in_the_order_of_their_chunks() {
        let mut merger = Merger::default();
        assert!(merger.take(2, Ok(partial(&[4]))));
        assert!(merger.take(0, Ok(partial(&[0, 1]))));
        assert!(merger.take(1, Ok(partial(&[2, 3]))));
        assert_eq!(merger.finish().unwrap().truths, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn the_first_failure_in_order_is_the_one_told() {
        let mut merger = Merger::default();
        assert!(!merger.take(1, Err(PipelineError::NotANumber { index: 9 })));
        assert!(!merger.take(0, Err(PipelineError::NotANumber { index: 3 })));
        assert!(matches!(
            merger.finish(),
            Err(PipelineError::NotANumber { index: 3 })
        ));
    }
}

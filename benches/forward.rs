//! Times forward + all statistics over 10,000 made images: `cargo bench --bench forward -- MODEL.h5`.
//!
//! Options: `--threads N`, `--runs N`, `--samples N`, `--batch N`, `--engine fused|reference`, `--no-winograd`,
//! `--set plain|avx2|avx512|neon`, `--bare` (no statistics), `--input FILE` (raw little-endian `f32`,
//! NHWC, instead of made images; either come again and again until there are `--samples`, of made ones 128 batches), `--logits FILE` (writes the
//! logits the same way), `--wait` (one run a line read from standard input, for benches/peers). Prints
//! the seconds of each run.

use std::io::BufRead;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use layerscope::engine::fused::{FusedEngine, InstructionSet, Options};
use layerscope::engine::reference::ReferenceEngine;
use layerscope::engine::{Batch, Engine, Interest, Watch};
use layerscope::model::{LayerId, Network};
use layerscope::pipeline::{EXEMPLARS, chunks};
use layerscope::stats::{LayerSummary, LogHistogram, Merge, Moments, TopK};

/// Images where nobody says how many.
const MADE: usize = 10_000;

struct Arguments {
    model: PathBuf,
    threads: usize,
    runs: usize,
    samples: usize,
    batch: usize,
    reference: bool,
    options: Options,
    bare: bool,
    input: Option<PathBuf>,
    logits: Option<PathBuf>,
    wait: bool,
}

fn arguments() -> Option<Arguments> {
    let mut arguments = Arguments {
        model: std::env::var_os("LAYERSCOPE_BENCH_MODEL")
            .map(PathBuf::from)
            .unwrap_or_default(),
        threads: 1,
        runs: 5,
        samples: 0,
        batch: 64,
        reference: false,
        options: Options::default(),
        bare: false,
        input: None,
        logits: None,
        wait: false,
    };
    let mut given = std::env::args().skip(1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--bench" => {}
            "--threads" => arguments.threads = given.next()?.parse().ok()?,
            "--runs" => arguments.runs = given.next()?.parse().ok()?,
            "--samples" => arguments.samples = given.next()?.parse().ok()?,
            "--batch" => arguments.batch = given.next()?.parse().ok()?,
            "--engine" => arguments.reference = given.next()? == "reference",
            "--no-winograd" => arguments.options.winograd = false,
            "--bare" => arguments.bare = true,
            "--wait" => arguments.wait = true,
            "--input" => arguments.input = Some(given.next()?.into()),
            "--logits" => arguments.logits = Some(given.next()?.into()),
            "--set" => {
                arguments.options.instruction_set = match given.next()?.as_str() {
                    "plain" => InstructionSet::Plain,
                    "avx2" => InstructionSet::Avx2,
                    "avx512" => InstructionSet::Avx512,
                    "neon" => InstructionSet::Neon,
                    _ => return None,
                }
            }
            path if !path.starts_with('-') => arguments.model = path.into(),
            _ => return None,
        }
    }
    (!arguments.model.as_os_str().is_empty()).then_some(arguments)
}

/// What is known of a channel.
#[derive(Clone, Default)]
struct Channel {
    moments: Moments,
    histogram: LogHistogram,
    /// The samples with the strongest values.
    exemplars: TopK<EXEMPLARS>,
}

/// Keeps the statistics of each layer, as a first pass does.
struct Statistics {
    interests: Vec<Interest>,
    first: usize,
    step: usize,
    layers: Vec<Vec<Channel>>,
}

impl Watch for Statistics {
    fn interest(&self, layer: LayerId) -> Interest {
        self.interests[layer]
    }

    fn counts_in_histograms(&self, sample: usize) -> bool {
        (self.first + sample).is_multiple_of(self.step)
    }

    fn summary(&mut self, layer: LayerId, summary: LayerSummary) {
        let width = summary.moments.len();
        let channels = &mut self.layers[layer];
        channels.resize(width, Channel::default());
        let summaries = summary.moments.into_iter().zip(summary.histograms);
        for (number, (channel, (moments, histogram))) in
            channels.iter_mut().zip(summaries).enumerate()
        {
            channel.moments.merge(moments);
            channel.histogram.merge(histogram);
            let peaks = summary.peaks.iter().skip(number).step_by(width);
            for (sample, &peak) in peaks.enumerate() {
                channel.exemplars.add(peak, (self.first + sample) as u32);
            }
        }
    }
}

/// All images through the network, chunk by chunk, on the current pool; the logits of each chunk.
fn forward(
    engine: &dyn Engine,
    network: &Network,
    values: &[f32],
    arguments: &Arguments,
) -> Vec<Vec<f32>> {
    let shape = network.input_shape();
    let elements = shape.elements();
    let next = AtomicUsize::new(0);
    let interest = |identity: bool| {
        if arguments.bare || identity {
            Interest::Nothing
        } else {
            Interest::Summary
        }
    };
    let mut there_are = values.len() / elements;
    if arguments.samples > there_are {
        there_are -= there_are % arguments.batch;
    }
    let done = std::sync::Mutex::new(Vec::new());
    rayon::broadcast(|_| {
        let mut watch = Statistics {
            interests: network
                .layers()
                .iter()
                .map(|layer| interest(layer.operator.rule().is_identity()))
                .collect(),
            first: 0,
            step: (arguments.samples / 512).max(19),
            layers: vec![Vec::new(); network.layers().len()],
        };
        loop {
            let first = next.fetch_add(arguments.batch, Ordering::Relaxed);
            if first >= arguments.samples {
                break;
            }
            watch.first = first;
            let samples = arguments.batch.min(arguments.samples - first);
            // Images come again and again, so that millions of them need no memory: whole batches of them.
            let place = first % there_are;
            let batch = Batch {
                values: &values[place * elements..][..samples * elements],
                samples,
                shape,
            };
            let logits = engine
                .run(batch, &mut watch)
                .expect("the engine computes the network")
                .values;
            done.lock().expect("no thread panics").push((first, logits));
        }
    });
    let mut done = done.into_inner().expect("no thread panics");
    done.sort_by_key(|(first, _)| *first);
    done.into_iter().map(|(_, logits)| logits).collect()
}

/// Values in [0, 1) without a pattern that any layer could like.
fn made(count: usize) -> Vec<f32> {
    let mut state = 0x9e37_79b9u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 24) as f32
    };
    (0..count).map(|_| next()).collect()
}

fn read(path: &PathBuf) -> std::io::Result<Vec<f32>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(mut arguments) = arguments() else {
        // `cargo test --benches` and `cargo bench` without a model: nothing to time.
        eprintln!(
            "usage: cargo bench --bench forward -- MODEL.h5 [--threads N] [--runs N] [--bare] …"
        );
        return Ok(());
    };
    let network = layerscope::model::load(&arguments.model)?;
    let elements = network.input_shape().elements();
    let values = match &arguments.input {
        Some(path) => read(path)?,
        None => {
            let samples = match arguments.samples {
                0 => MADE,
                samples => samples,
            };
            made(samples.min(128 * arguments.batch) * elements)
        }
    };
    let there_are = values.len() / elements;
    if arguments.samples == 0 {
        arguments.samples = if arguments.input.is_some() {
            there_are
        } else {
            MADE
        };
    }
    if arguments.samples > there_are && there_are < arguments.batch {
        return Err("fewer images than a batch has".into());
    }
    // As a report cuts its set.
    if let Some(first) = chunks(arguments.samples, arguments.batch).next() {
        arguments.batch = first.len();
    }
    let engine: Box<dyn Engine> = if arguments.reference {
        Box::new(ReferenceEngine::new(&network)?)
    } else {
        Box::new(FusedEngine::new(&network, arguments.options)?)
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads)
        .build()?;
    eprintln!(
        "{}, {} threads, {} images",
        engine.name(),
        arguments.threads,
        arguments.samples
    );
    let run = || pool.install(|| forward(engine.as_ref(), &network, &values, &arguments));
    let logits = run();
    if let Some(path) = &arguments.logits {
        let bytes: Vec<u8> = logits
            .iter()
            .flatten()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        std::fs::write(path, bytes)?;
    }
    let timed = || {
        let start = Instant::now();
        std::hint::black_box(run());
        println!("{:.6}", start.elapsed().as_secs_f64());
    };
    if arguments.wait {
        for line in std::io::stdin().lock().lines() {
            line?;
            timed();
        }
    } else {
        (0..arguments.runs).for_each(|_| timed());
    }
    Ok(())
}

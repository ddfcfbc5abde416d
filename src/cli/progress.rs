//! [`Reporter`]: what the program says while it works. Bars on a terminal, plain lines in a log,
//! nothing with `--quiet`; all of it on the standard error, so that the standard output carries
//! the result alone.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The shortest time between two plain lines of one stage.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);
/// How often a bar is drawn while nothing advances, so that its clock is seen to run.
const TICK: Duration = Duration::from_millis(250);

const BAR: &str =
    "{msg:<24} {bar:32} {percent:>3} %  {human_pos} of {human_len}  {per_sec}  {eta} left";

type Lines = Arc<Mutex<Box<dyn Write + Send>>>;

/// Says what happens; shared by all threads.
pub struct Reporter {
    mode: Mode,
}

enum Mode {
    Quiet,
    Bars(MultiProgress),
    Plain { lines: Lines, interval: Duration },
}

/// A piece of work of known length, advanced by any thread. Dropped before it is finished it
/// disappears without a word: the error that ended it speaks for itself.
pub struct Stage {
    mode: StageMode,
}

enum StageMode {
    Quiet,
    Bar(ProgressBar),
    Plain(PlainStage),
}

struct PlainStage {
    lines: Lines,
    interval: Duration,
    name: String,
    total: u64,
    done: AtomicU64,
    begun: Instant,
    spoken: Mutex<Instant>,
}

impl Reporter {
    /// Bars where the standard error is a terminal, else lines; nothing if `quiet`.
    pub fn new(quiet: bool) -> Self {
        let mode = if quiet {
            Mode::Quiet
        } else if io::stderr().is_terminal() {
            Mode::Bars(MultiProgress::new())
        } else {
            return Self::plain(Box::new(io::stderr()), PLAIN_INTERVAL);
        };
        Self { mode }
    }

    fn plain(lines: Box<dyn Write + Send>, interval: Duration) -> Self {
        let lines = Arc::new(Mutex::new(lines));
        Self {
            mode: Mode::Plain { lines, interval },
        }
    }

    /// Says one line.
    pub fn note(&self, text: &str) {
        match &self.mode {
            Mode::Quiet => {}
            Mode::Bars(bars) => bars.suspend(|| say(&mut io::stderr(), text)),
            Mode::Plain { lines, .. } => say(&mut *lock(lines), text),
        }
    }

    /// Begins a stage of `total` steps.
    pub fn stage(&self, name: &str, total: u64) -> Stage {
        let mode = match &self.mode {
            Mode::Quiet => StageMode::Quiet,
            Mode::Bars(bars) => {
                let bar = bars.add(ProgressBar::new(total));
                // The template is a constant; were it ever wrong, a plainer bar does as well.
                let style = ProgressStyle::with_template(BAR);
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar.set_message(name.to_owned());
                bar.enable_steady_tick(TICK);
                StageMode::Bar(bar)
            }
            Mode::Plain { lines, interval } => {
                let now = Instant::now();
                say(&mut *lock(lines), &format!("{name}: {total} to do"));
                StageMode::Plain(PlainStage {
                    lines: Arc::clone(lines),
                    interval: *interval,
                    name: name.to_owned(),
                    total,
                    done: AtomicU64::new(0),
                    begun: now,
                    spoken: Mutex::new(now),
                })
            }
        };
        Stage { mode }
    }

    /// Says the result on the standard output, also with `--quiet`.
    pub fn last(&self, text: &str) {
        match &self.mode {
            Mode::Bars(bars) => bars.suspend(|| say(&mut io::stdout(), text)),
            Mode::Quiet | Mode::Plain { .. } => say(&mut io::stdout(), text),
        }
    }
}

impl Stage {
    /// Counts `steps` as done.
    pub fn advance(&self, steps: u64) {
        match &self.mode {
            StageMode::Quiet => {}
            StageMode::Bar(bar) => bar.inc(steps),
            StageMode::Plain(plain) => plain.advance(steps),
        }
    }

    /// Ends the stage with a line that stays: what was done, and in how long.
    pub fn finish(self) {
        match &self.mode {
            StageMode::Quiet => {}
            StageMode::Bar(bar) => {
                let (steps, seconds) = (bar.position(), bar.elapsed().as_secs_f64());
                let line = done_line(&bar.message(), steps, seconds);
                bar.println(line);
                bar.finish_and_clear();
            }
            StageMode::Plain(plain) => {
                let seconds = plain.begun.elapsed().as_secs_f64();
                let steps = plain.done.load(Ordering::Relaxed);
                say(
                    &mut *lock(&plain.lines),
                    &done_line(&plain.name, steps, seconds),
                );
            }
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let StageMode::Bar(bar) = &self.mode {
            bar.finish_and_clear();
        }
    }
}

impl PlainStage {
    fn advance(&self, steps: u64) {
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        // A thread that finds another one speaking has nothing to add.
        let Ok(mut spoken) = self.spoken.try_lock() else {
            return;
        };
        if spoken.elapsed() < self.interval || done >= self.total {
            return;
        }
        *spoken = Instant::now();
        // As wide as needed: a product of two counts may not fit 64 bits.
        let percent = u128::from(done) * 100 / u128::from(self.total.max(1));
        let elapsed = self.begun.elapsed().as_secs_f64();
        let left = elapsed / done.max(1) as f64 * (self.total - done) as f64;
        say(
            &mut *lock(&self.lines),
            &format!(
                "{}: {percent} %, {done} of {}, about {left:.0} s left",
                self.name, self.total
            ),
        );
    }
}

fn done_line(name: &str, steps: u64, seconds: f64) -> String {
    format!("{name}: {steps} in {seconds:.1} s")
}

/// Whoever panicked while speaking, the next line is still worth saying.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn say(out: &mut dyn Write, text: &str) {
    // A log that cannot be written, such as a closed pipe, is no reason to stop the work.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer whose text can be read afterwards.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            lock(&self.0).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Log {
        fn lines(&self) -> Vec<String> {
            let text = String::from_utf8_lossy(&lock(&self.0)).into_owned();
            text.lines().map(str::to_owned).collect()
        }
    }

    #[test]
    fn a_short_stage_says_its_start_and_its_end() {
        let log = Log::default();
        let reporter = Reporter::plain(Box::new(log.clone()), PLAIN_INTERVAL);
        reporter.note("Config: config.toml");
        let stage = reporter.stage("Running", 1000);
        for _ in 0..10 {
            stage.advance(100);
        }
        stage.finish();
        let lines = log.lines();
        assert_eq!(lines[..2], ["Config: config.toml", "Running: 1000 to do"]);
        assert!(lines[2].starts_with("Running: 1000 in 0."), "{lines:?}");
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_long_stage_says_how_far_it_is() {
        let log = Log::default();
        let reporter = Reporter::plain(Box::new(log.clone()), Duration::ZERO);
        let stage = reporter.stage("Running", 400);
        stage.advance(100);
        stage.advance(200);
        stage.advance(100);
        drop(stage);
        let lines = log.lines();
        assert!(lines[1].starts_with("Running: 25 %, 100 of 400, about "));
        assert!(lines[2].starts_with("Running: 75 %, 300 of 400, about "));
        assert_eq!(lines.len(), 3, "an unfinished stage has no last line");
    }

    #[test]
    fn threads_share_a_stage() {
        let log = Log::default();
        let reporter = Reporter::plain(Box::new(log.clone()), PLAIN_INTERVAL);
        let stage = reporter.stage("Running", 4000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| stage.advance(1)));
            }
        });
        stage.finish();
        assert!(log.lines()[1].starts_with("Running: 4000 in "));
    }
}

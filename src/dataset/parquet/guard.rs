//! [`guarded`]: the reader of Apache Arrow panics at some kinds of damage; what it reads is checked by no one before, so
//! here a panic is a sentence about the file.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether this thread's panics are caught below, and so are no news for the terminal.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What `decode` returns, or what it panicked with.
///
/// # Errors
/// If it panics. What it worked on must not be used afterwards.
pub fn guarded<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                hook(panic);
            }
        }));
    });
    GUARDED.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(decode));
    GUARDED.set(false);
    outcome.map_err(|panic| words(panic.as_ref()))
}

fn words(panic: &dyn Any) -> String {
    if let Some(text) = panic.downcast_ref::<String>() {
        return text.clone();
    }
    panic
        .downcast_ref::<&str>()
        .map_or("its values do not fit together".into(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_sentence() {
        assert_eq!(guarded(|| 7), Ok(7));
        let damage = |length: usize| -> usize { panic!("a length of {length}") };
        assert_eq!(guarded(|| damage(3)), Err("a length of 3".into()));
    }
}

//! Opening a page in the reader's own browser.

/// Opens an address or a file. Where there is no browser, as on a server, that is said and nothing fails: the
/// report stands all the same.
pub(super) fn open(place: &str) {
    if let Err(error) = open::that_detached(place) {
        eprintln!("note: no browser could be opened ({error}); the report is at {place}");
    }
}

//! [`identity`]: the name under which a browser keeps what its reader says of a report.

use sha2::{Digest, Sha256};

use super::Book;

/// Sixteen hexadecimal digits that two reports share only if they are of the same network, test set and title.
/// Written again, a report keeps them.
pub fn identity(book: &Book<'_>) -> String {
    let mut sha = Sha256::new();
    let mut add = |part: &str| {
        sha.update(part.len().to_le_bytes());
        sha.update(part);
    };
    add(&book.settings.report.title);
    add(&book.network.source.sha256);
    for (_, sha256) in &book.dataset.provenance().files {
        add(sha256);
    }
    sha.update(book.findings.outcomes.len().to_le_bytes());
    sha.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

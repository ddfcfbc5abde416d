//! Compressed files: what a `.gz` holds, and one file of a `.tar.gz`, never more of it than is allowed.

use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::DatasetError;

/// Whether bytes begin like a gzip file.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// What a gzip file holds, at most `limit` bytes; bytes that are not gzip are handed back.
pub(super) fn unpacked(
    bytes: Vec<u8>,
    path: &Path,
    what: &'static str,
    limit: u64,
) -> Result<Vec<u8>, DatasetError> {
    if is_gzip(&bytes) {
        read(
            &mut MultiGzDecoder::new(bytes.as_slice()),
            path,
            what,
            limit,
        )
    } else {
        Ok(bytes)
    }
}

fn read(
    from: &mut dyn Read,
    path: &Path,
    what: &'static str,
    limit: u64,
) -> Result<Vec<u8>, DatasetError> {
    let mut unpacked = Vec::new();
    let read = from.take(limit + 1).read_to_end(&mut unpacked);
    read.map_err(|reason| damaged(path, &reason))?;
    let size = unpacked.len() as u64;
    if size > limit {
        return Err(DatasetError::TooLarge {
            path: path.to_owned(),
            what,
            size,
            limit,
        });
    }
    Ok(unpacked)
}

fn damaged(path: &Path, reason: &std::io::Error) -> DatasetError {
    DatasetError::BadArchive {
        path: path.to_owned(),
        problem: format!("it cannot be unpacked: {reason}; download it again"),
    }
}

/// The files of a `.tar.gz` that are called like one of `names`, whatever folder they lie in, in the order of
/// `names`; each at most `limit` bytes.
pub(super) fn members(
    archive: &[u8],
    names: &[&str],
    path: &Path,
    limit: u64,
) -> Result<Vec<Option<Vec<u8>>>, DatasetError> {
    let mut found: Vec<Option<Vec<u8>>> = vec![None; names.len()];
    let mut archive = tar::Archive::new(MultiGzDecoder::new(archive));
    let entries = archive.entries().map_err(|reason| damaged(path, &reason))?;
    for entry in entries {
        let mut entry = entry.map_err(|reason| damaged(path, &reason))?;
        let name = entry.path().ok().and_then(|path| {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        });
        let wanted = names
            .iter()
            .position(|wanted| name.as_deref() == Some(*wanted));
        if let Some(place) = wanted.filter(|_| entry.header().entry_type().is_file()) {
            found[place] = Some(read(&mut entry, path, "a file in the archive", limit)?);
        }
        if found.iter().all(Option::is_some) {
            break;
        }
    }
    Ok(found)
}

//! [`EncodedImages`]: a data set of picture files, wherever their bytes lie ([`Store`]). Every picture is
//! read once when the set is opened: sizes, checksums and pictures that cannot be used are known before the
//! network runs, and no picture is held.

use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::files::hexadecimal;
use super::geometry::Extent;
use super::open::{OnError, OpenOptions, Survey};
use super::picture::{self, Picture};
use super::{Dataset, DatasetError, LeftOut, Pixels, Provenance};

/// Pictures that cannot be used which an error shows.
const SHOWN: usize = 10;

/// Where the bytes of pictures lie.
pub(super) trait Store: Send + Sync {
    /// How the picture is called in messages and on pages.
    fn name(&self, entry: usize) -> String;

    /// The bytes of its file.
    fn bytes(&self, entry: usize) -> Result<Vec<u8>, DatasetError>;
}

/// One picture and its class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Its number in the store.
    pub entry: usize,
    pub label: u32,
}

/// A data set of encoded pictures.
pub(super) struct EncodedImages<S> {
    store: S,
    entries: Vec<Entry>,
    classes: Vec<String>,
    upright: bool,
    /// Of all pictures, where they share one.
    size: Option<Extent>,
    /// Into which every picture fits.
    bounds: Option<Extent>,
    provenance: Provenance,
}

/// What reading a picture once told.
struct Seen {
    extent: Extent,
    turned: bool,
    sha256: [u8; 32],
}

impl<S: Store> EncodedImages<S> {
    /// Reads every picture once. `provenance` comes with format, path and the files read so far.
    pub(super) fn survey(
        store: S,
        mut entries: Vec<Entry>,
        classes: Vec<String>,
        mut provenance: Provenance,
        options: &OpenOptions,
    ) -> Result<Self, DatasetError> {
        if let Some(limit) = options.limit {
            entries.truncate(limit);
        }
        if entries.is_empty() {
            let path = provenance.path;
            return Err(DatasetError::Empty { path });
        }
        let all = entries.len();
        let step = match options.survey {
            Survey::Whole => 1,
            Survey::Spread(number) => all.div_ceil(number.max(1)),
        };
        let looked_at: Vec<Entry> = entries.iter().copied().step_by(step).collect();
        let upright = options.upright;
        let seen: Vec<Result<Seen, String>> = looked_at
            .par_iter()
            .map(|entry| look(&store, entry.entry, upright))
            .collect();
        let mut digest = Sha256::new();
        let (mut size, mut bounds, mut turned) = (None, (0, 0), 0);
        let mut left_out = Vec::new();
        let mut bad = std::collections::HashSet::new();
        for (entry, seen) in looked_at.iter().zip(seen) {
            let name = store.name(entry.entry);
            match seen {
                Ok(seen) => {
                    // The lines of `sha256sum`.
                    digest.update(format!("{}  {name}\n", hexadecimal(&seen.sha256)));
                    size = Some(size.map_or(Some(seen.extent), |size: Option<Extent>| {
                        size.filter(|size| *size == seen.extent)
                    }));
                    bounds = (bounds.0.max(seen.extent.0), bounds.1.max(seen.extent.1));
                    turned += usize::from(seen.turned);
                }
                Err(reason) => {
                    bad.insert(entry.entry);
                    left_out.push(LeftOut { name, reason });
                }
            }
        }
        if !left_out.is_empty() && options.on_error == OnError::Fail {
            return Err(bad_images(&provenance.path, &left_out, all));
        }
        entries.retain(|entry| !bad.contains(&entry.entry));
        if entries.is_empty() {
            return Err(bad_images(&provenance.path, &left_out, all));
        }
        if step == 1 {
            let name = format!("{} images", entries.len());
            provenance
                .files
                .push((name.into(), hexadecimal(&digest.finalize())));
        }
        if step > 1 {
            provenance.notes.push(format!(
                "{} of {all} images were opened to see whether they can be; a report opens all",
                looked_at.len()
            ));
        }
        if turned > 0 {
            provenance.notes.push(turned_note(turned, upright));
        }
        provenance.left_out = left_out;
        Ok(Self {
            store,
            entries,
            classes,
            upright,
            size: size.flatten(),
            bounds: Some(bounds),
            provenance,
        })
    }
}

fn turned_note(turned: usize, upright: bool) -> String {
    let were = if turned == 1 { "was" } else { "were" };
    if upright {
        format!(
            "{turned} of the images {were} turned upright as their EXIF says. Keras and torchvision do not do that by themselves: \
             `data.orientation = \"stored\"` leaves images as they are stored"
        )
    } else {
        format!(
            "{turned} of the images {are} not stored upright and {were} left so (`data.orientation`)",
            are = if turned == 1 { "is" } else { "are" }
        )
    }
}

fn bad_images(path: &Path, left_out: &[LeftOut], samples: usize) -> DatasetError {
    let mut shown: Vec<String> = left_out
        .iter()
        .take(SHOWN)
        .map(|one| format!("{}: {}", one.name, one.reason))
        .collect();
    if left_out.len() > SHOWN {
        shown.push(format!("and {} more", left_out.len() - SHOWN));
    }
    DatasetError::BadImages {
        path: path.to_owned(),
        bad: left_out.len(),
        samples,
        shown,
    }
}

fn look<S: Store>(store: &S, entry: usize, upright: bool) -> Result<Seen, String> {
    let bytes = store.bytes(entry).map_err(|error| error.to_string())?;
    let Picture { pixels, turned } = picture::decode(&bytes, upright)?;
    Ok(Seen {
        extent: (pixels.width, pixels.height),
        turned,
        sha256: Sha256::digest(&bytes).into(),
    })
}

impl<S: Store> Dataset for EncodedImages<S> {
    fn len(&self) -> usize {
        self.entries.len()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> usize {
        self.entries[index].label as usize
    }

    fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError> {
        let Some(entry) = self.entries.get(index) else {
            return Err(DatasetError::NoSuchSample {
                index,
                len: self.len(),
            });
        };
        let bytes = self.store.bytes(entry.entry)?;
        let picture =
            picture::decode(&bytes, self.upright).map_err(|problem| DatasetError::BadImage {
                path: self.store.name(entry.entry).into(),
                problem,
            })?;
        *pixels = picture.pixels;
        Ok(())
    }

    fn image_size(&self) -> Option<(usize, usize)> {
        self.size
    }

    fn bounds(&self) -> Option<(usize, usize)> {
        self.bounds
    }

    fn name(&self, index: usize) -> Option<String> {
        self.entries
            .get(index)
            .map(|entry| self.store.name(entry.entry))
    }

    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
}

//! [`ContactSheet`]: the images of the samples that a page shows, many to a file.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Crop;
use super::encode::{self, Raster};
use super::tile;
use crate::dataset::{Dataset, Pixels};
use crate::report::ReportError;
use crate::site::Site;

/// Tiles beside and below each other on a sheet. All sheets are equally wide, so that a crop is known before
/// the number of tiles is.
const COLUMNS: usize = 8;
const ROWS: usize = 8;
const TILES: usize = COLUMNS * ROWS;

/// The images of the samples of one page. Samples are added while the page's view is made, which tells
/// where each will lie; [`Self::write`] then reads and writes them, in parallel.
#[derive(Clone, Debug)]
pub struct ContactSheet {
    folder: String,
    /// Width and height of a tile.
    tile: (usize, usize),
    /// Transparent margins are possible: the images do not share one extent.
    letterboxed: bool,
    samples: Vec<usize>,
    slots: HashMap<usize, usize>,
}

impl ContactSheet {
    /// `folder` is that of the page in the site (`errors/horse-as-dog/`); `image_size` the extent of all
    /// images, `(width, height)`, where they share one ([`Dataset::image_size`]).
    pub fn new(folder: impl Into<String>, image_size: Option<(usize, usize)>) -> Self {
        let tile = image_size.map_or((tile::LONGEST_SIDE, tile::LONGEST_SIDE), |(width, height)| tile::fitted(width, height));
        Self { folder: folder.into(), tile, letterboxed: image_size.is_none(), samples: Vec::new(), slots: HashMap::new() }
    }

    /// Puts a sample on the sheet, if it is not there already, and tells where it lies. The address is
    /// relative to the page.
    pub fn add(&mut self, sample: usize) -> Crop {
        let next = self.samples.len();
        let slot = *self.slots.entry(sample).or_insert(next);
        if slot == next {
            self.samples.push(sample);
        }
        let (sheet, place) = (slot / TILES, slot % TILES);
        let (width, height) = self.tile;
        let corner = (place % COLUMNS * width, place / COLUMNS * height);
        Crop::new(self.file(sheet), COLUMNS * width, corner, self.tile)
    }

    /// Number of different samples.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    fn file(&self, sheet: usize) -> String {
        format!("tiles-{sheet}.{}", encode::TILES_EXTENSION)
    }

    /// Writes the sheets into the page's folder. One is in memory for each thread.
    ///
    /// # Errors
    /// The first [`ReportError`] in the order of the sheets: an image that cannot be read, a file that cannot
    /// be written.
    pub fn write(&self, dataset: &dyn Dataset, site: &Site) -> Result<(), ReportError> {
        let sheets: Vec<&[usize]> = self.samples.chunks(TILES).collect();
        let written: Vec<Result<(), ReportError>> = sheets
            .into_par_iter()
            .enumerate()
            .map(|(sheet, samples)| {
                let path = format!("{}{}", self.folder, self.file(sheet));
                let bytes = self.encode(samples, dataset, &path)?;
                Ok(site.file(&path, &bytes)?)
            })
            .collect();
        written.into_iter().collect()
    }

    /// One sheet as the bytes of a file.
    fn encode(&self, samples: &[usize], dataset: &dyn Dataset, path: &str) -> Result<Vec<u8>, ReportError> {
        let (tile_width, tile_height) = self.tile;
        let channels = if self.letterboxed { 4 } else { 3 };
        let (width, height) = (COLUMNS * tile_width, samples.len().div_ceil(COLUMNS) * tile_height);
        let mut bytes = vec![0u8; width * height * channels];
        let mut pixels = Pixels::default();
        for (place, &sample) in samples.iter().enumerate() {
            dataset.read(sample, &mut pixels)?;
            let corner = (place % COLUMNS * tile_width, place / COLUMNS * tile_height);
            let mut target = tile::Target { bytes: &mut bytes, width, channels, corner, tile: self.tile };
            tile::place(&pixels, &mut target);
        }
        encode::photographs(path, &Raster { width, height, bytes: &bytes }, self.letterboxed)
    }
}

//! [`ContactSheet`]: the images of the samples that a page shows, many to a file.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Crop;
use super::encode::{self, Raster};
use super::{photograph, tile};
use crate::dataset::{Dataset, Pixels};
use crate::model::Region;
use crate::report::ReportError;
use crate::site::Site;

/// Tiles beside each other. All sheets are equally wide, so that a crop is known before the number of tiles is.
pub const COLUMNS: usize = 8;
/// Tiles below each other on the sheet of a page.
const ROWS: usize = 8;
/// Rows where a page elsewhere shows but a few of the samples, so that it need not load many.
const FEW_ROWS: usize = 2;

/// The largest sheet in bytes before it is packed, where nothing is lost by that.
const LARGEST: usize = 2_000_000;

/// What stands beside an image that does not fill its tile where the file has no transparency: grey shows up on
/// light pages and on dark ones.
const MARGIN: u8 = 128;
/// Bytes that a shared sheet aims at, before it is packed where nothing is lost by that: a page that needs one image
/// of it loads it whole.
const SHARED_BYTES: usize = 128 << 10;
/// How much smaller photographs are as JPEG, about.
const JPEG_GAIN: usize = 5;

/// The images of the samples of one page. Samples are added while the page's view is made, which tells
/// where each will lie; [`Self::write`] then reads and writes them, in parallel.
#[derive(Clone, Debug)]
pub struct ContactSheet {
    folder: String,
    /// Begins the names of the files.
    stem: &'static str,
    /// Tiles beside and below each other on a full sheet.
    columns: usize,
    rows: usize,
    /// Width and height of a tile.
    tile: (usize, usize),
    kind: Kind,
    samples: Vec<usize>,
    slots: HashMap<usize, usize>,
}

/// What the images of a data set ask of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Small images that share one extent: every pixel as it is.
    Pixels,
    /// Small images of several extents, each in the middle of a transparent tile.
    Letterboxed,
    /// Images scaled down: JPEG, a fifth of the size.
    Photographs,
}

impl Kind {
    fn channels(self) -> usize {
        match self {
            Self::Letterboxed => 4,
            Self::Pixels | Self::Photographs => 3,
        }
    }
}

impl ContactSheet {
    /// `folder` is that of the page in the site (`errors/horse-as-dog/`). The extent of the data set's images
    /// decides how large a tile is.
    pub fn new(folder: impl Into<String>, dataset: &dyn Dataset) -> Self {
        let tile = match (dataset.image_size(), dataset.bounds()) {
            (Some((width, height)), _) => tile::fitted(width, height),
            (None, Some((width, height))) => {
                let side = width.max(height).clamp(1, tile::LONGEST_SIDE);
                (side, side)
            }
            (None, None) => (tile::LONGEST_SIDE, tile::LONGEST_SIDE),
        };
        let kind = match dataset.image_size() {
            _ if photograph::are_photographs(dataset) => Kind::Photographs,
            Some(_) => Kind::Pixels,
            None => Kind::Letterboxed,
        };
        let rows = match kind {
            Kind::Photographs => ROWS,
            Kind::Pixels | Kind::Letterboxed => {
                let row = COLUMNS * tile.0 * tile.1 * kind.channels();
                (LARGEST / row.max(1)).clamp(1, ROWS)
            }
        };
        Self {
            folder: folder.into(),
            stem: "tiles",
            columns: COLUMNS,
            rows,
            tile,
            kind,
            samples: Vec::new(),
            slots: HashMap::new(),
        }
    }

    /// On more and smaller sheets.
    pub fn in_small_sheets(mut self) -> Self {
        self.rows = self.rows.min(FEW_ROWS);
        self
    }

    /// A part of a sample, in pixels of an image of `extent`, `(height, width)`, that the tile shows the whole of.
    pub fn part(&mut self, sample: usize, part: Region, extent: (usize, usize)) -> Crop {
        let whole = self.add(sample);
        let (width, height) = self.tile;
        let corner = self.corner(self.slots[&sample]);
        let across = |pixels: usize| pixels * width / extent.1.max(1);
        let down = |pixels: usize| pixels * height / extent.0.max(1);
        Crop::new(
            whole.src,
            self.columns * width,
            (corner.0 + across(part.left), corner.1 + down(part.top)),
            (across(part.width), down(part.height)),
        )
    }

    /// Sheets that several pages share, of these samples in this order: small ones, so that a page that shows a
    /// few of them loads little else.
    pub fn shared(
        folder: impl Into<String>,
        stem: &'static str,
        dataset: &dyn Dataset,
        samples: impl IntoIterator<Item = usize>,
    ) -> Self {
        let mut sheet = Self::new(folder, dataset);
        let (width, height) = sheet.tile;
        let bytes = match sheet.kind {
            Kind::Photographs => width * height * 3 / JPEG_GAIN,
            Kind::Pixels | Kind::Letterboxed => width * height * sheet.kind.channels(),
        };
        let tiles = (SHARED_BYTES / bytes.max(1)).clamp(4, 32);
        sheet.stem = stem;
        sheet.columns = tiles.min(COLUMNS);
        sheet.rows = tiles / sheet.columns;
        for sample in samples {
            sheet.add(sample);
        }
        sheet
    }

    /// Where a sample of a shared sheet lies, by the address of the sheet from the site's root.
    pub fn find(&self, sample: usize) -> Option<Crop> {
        let crop = self.crop(*self.slots.get(&sample)?);
        Some(Crop {
            src: format!("{}{}", self.folder, crop.src),
            ..crop
        })
    }

    /// The place of a sample among all of the sheets.
    pub fn slot(&self, sample: usize) -> Option<usize> {
        self.slots.get(&sample).copied()
    }

    /// Tiles beside and below each other on a sheet.
    pub fn grid(&self) -> (usize, usize) {
        (self.columns, self.rows)
    }

    /// Width and height of a tile, in pixels.
    pub fn tile(&self) -> (usize, usize) {
        self.tile
    }

    /// Puts a sample on the sheet, if it is not there already, and tells where it lies. The address is
    /// relative to the page.
    pub fn add(&mut self, sample: usize) -> Crop {
        let next = self.samples.len();
        let slot = *self.slots.entry(sample).or_insert(next);
        if slot == next {
            self.samples.push(sample);
        }
        self.crop(slot)
    }

    fn crop(&self, slot: usize) -> Crop {
        let (width, _) = self.tile;
        let file = self.file(slot / self.tiles());
        Crop::new(file, self.columns * width, self.corner(slot), self.tile)
    }

    /// Upper left corner of a tile on its sheet.
    fn corner(&self, slot: usize) -> (usize, usize) {
        let (place, (width, height)) = (slot % self.tiles(), self.tile);
        (place % self.columns * width, place / self.columns * height)
    }

    /// Tiles on a full sheet.
    fn tiles(&self) -> usize {
        self.columns * self.rows
    }

    /// Whether a tile is an image pixel by pixel and nothing else.
    pub fn is_exact(&self) -> bool {
        self.kind == Kind::Pixels
    }

    /// Number of different samples.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    fn file(&self, sheet: usize) -> String {
        format!("{}-{sheet}.{}", self.stem, self.ending())
    }

    /// What follows the dot in the names of the files.
    pub fn ending(&self) -> &'static str {
        match self.kind {
            Kind::Photographs => "jpg",
            Kind::Pixels | Kind::Letterboxed => "webp",
        }
    }

    /// Writes the sheets into the page's folder. One is in memory for each thread.
    ///
    /// # Errors
    /// The first [`ReportError`] in the order of the sheets: an image that cannot be read, a file that cannot
    /// be written.
    pub fn write(&self, dataset: &dyn Dataset, site: &Site) -> Result<(), ReportError> {
        let sheets: Vec<&[usize]> = self.samples.chunks(self.tiles()).collect();
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
    fn encode(
        &self,
        samples: &[usize],
        dataset: &dyn Dataset,
        path: &str,
    ) -> Result<Vec<u8>, ReportError> {
        let (tile_width, tile_height) = self.tile;
        let channels = self.kind.channels();
        let (width, height) = (
            self.columns * tile_width,
            samples.len().div_ceil(self.columns) * tile_height,
        );
        let background = match self.kind {
            Kind::Photographs => MARGIN,
            Kind::Pixels | Kind::Letterboxed => 0,
        };
        let mut bytes = vec![background; width * height * channels];
        let mut pixels = Pixels::default();
        for (place, &sample) in samples.iter().enumerate() {
            dataset.read(sample, &mut pixels)?;
            let corner = (
                place % self.columns * tile_width,
                place / self.columns * tile_height,
            );
            let mut target = tile::Target {
                bytes: &mut bytes,
                width,
                channels,
                corner,
                tile: self.tile,
            };
            tile::place(&pixels, &mut target);
        }
        let raster = Raster {
            width,
            height,
            bytes: &bytes,
        };
        match self.kind {
            Kind::Photographs => encode::jpeg(path, &raster, encode::SHEET_QUALITY),
            Kind::Pixels | Kind::Letterboxed => encode::lossless(path, &raster, channels == 4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{DatasetError, Provenance};
    use crate::site::{SiteFolder, Templates, Urls};
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Images of one colour, which tells their number.
    struct Colours {
        count: usize,
        size: Option<(usize, usize)>,
        classes: Vec<String>,
        provenance: Provenance,
    }

    impl Colours {
        fn new(count: usize, size: Option<(usize, usize)>) -> Self {
            Self {
                count,
                size,
                classes: vec!["all".into()],
                provenance: Provenance::default(),
            }
        }
    }

    fn colour(sample: usize) -> [u8; 3] {
        [(sample % 251) as u8 + 1, (sample / 251) as u8, 7]
    }

    impl Dataset for Colours {
        fn len(&self) -> usize {
            self.count
        }

        fn classes(&self) -> &[String] {
            &self.classes
        }

        fn label(&self, _index: usize) -> usize {
            0
        }

        fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError> {
            // Without a common extent, every other image is upright.
            let (width, height) = self.size.unwrap_or(if index.is_multiple_of(2) {
                (200, 100)
            } else {
                (20, 40)
            });
            *pixels = Pixels {
                width,
                height,
                rgb: colour(index).repeat(width * height),
            };
            Ok(())
        }

        fn image_size(&self) -> Option<(usize, usize)> {
            self.size
        }

        fn provenance(&self) -> &Provenance {
            &self.provenance
        }
    }

    /// Writes the sheets into a site at `out`.
    fn write(sheet: &ContactSheet, dataset: &Colours, out: &Path) {
        let urls = Urls::new(&dataset.classes, &[], dataset.count, 100, BTreeSet::new());
        let folder = SiteFolder::create(out, false).expect("a free place");
        let site = Site::new(urls, Templates::load(None).expect("templates"), folder);
        sheet.write(dataset, &site).expect("written");
        site.publish().expect("published");
    }

    /// The pixel in the middle of a crop.
    fn middle(crop: &Crop, folder: &Path) -> [u8; 4] {
        let sheet = image::open(folder.join(&crop.src))
            .expect("a sheet")
            .to_rgba8();
        let width = f64::from(sheet.width()) / crop.scale;
        let (x, y) = (
            (crop.left + 0.5) * width,
            (crop.top + 0.5) * width / crop.ratio,
        );
        sheet.get_pixel(x as u32, y as u32).0
    }

    #[test]
    fn every_sample_lies_where_its_crop_says() {
        let place = tempfile::tempdir().expect("a temporary folder");
        for (name, size) in [
            ("small", Some((4, 4))),
            ("large", Some((300, 200))),
            ("mixed", None),
        ] {
            let dataset = Colours::new(150, size);
            let mut sheet = ContactSheet::new("errors/a-as-b/", &dataset);
            let crops: Vec<(usize, Crop)> = (0..150)
                .rev()
                .map(|sample| (sample, sheet.add(sample)))
                .collect();
            let out = place.path().join(name);
            write(&sheet, &dataset, &out);
            for (sample, crop) in crops {
                // JPEG keeps brightness better than colour.
                let allowed = if size == Some((4, 4)) { 0 } else { 12 };
                let shown = middle(&crop, &out.join("errors/a-as-b"));
                for (shown, wanted) in shown.into_iter().zip(colour(sample)) {
                    assert!(
                        shown.abs_diff(wanted) <= allowed,
                        "{name} {sample}: {shown} {wanted}"
                    );
                }
            }
            assert_eq!(
                std::fs::read_dir(out.join("errors/a-as-b"))
                    .expect("a folder")
                    .count(),
                3
            );
        }
    }

    #[test]
    fn a_sample_added_twice_is_there_once() {
        let mut sheet = ContactSheet::new("", &Colours::new(10, Some((32, 32))));
        let first = sheet.add(9);
        assert_ne!(sheet.add(4), first);
        assert_eq!((sheet.add(9), sheet.len()), (first, 2));
    }

    #[test]
    fn many_tiles_are_many_sheets_and_none_are_none() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let dataset = Colours::new(10_000, Some((2, 3)));
        let empty = ContactSheet::new("samples/", &dataset);
        assert!(empty.is_empty());
        write(&empty, &dataset, &place.path().join("empty"));
        assert!(!place.path().join("empty/samples").exists());

        let mut sheet = ContactSheet::new("samples/", &dataset);
        let last = (0..dataset.count)
            .map(|sample| sheet.add(sample))
            .last()
            .expect("a crop");
        let out = place.path().join("full");
        write(&sheet, &dataset, &out);
        assert_eq!(last.src, "tiles-156.webp");
        let [red, green, blue] = colour(9_999);
        assert_eq!(middle(&last, &out.join("samples")), [red, green, blue, 255]);
    }

    #[test]
    fn shared_sheets_are_small_and_known_from_the_root() {
        let place = tempfile::tempdir().expect("a temporary folder");
        for (size, grid) in [((32, 32), (8, 4)), ((64, 64), (8, 1)), ((128, 128), (4, 1))] {
            let dataset = Colours::new(70, Some(size));
            let order: Vec<usize> = (0..70).rev().collect();
            let sheet = ContactSheet::shared("samples/tiles/", "all", &dataset, order);
            assert_eq!(sheet.grid(), grid);
            let out = place.path().join(size.0.to_string());
            write(&sheet, &dataset, &out);
            for sample in [0, 9, 69] {
                let crop = sheet.find(sample).expect("on a sheet");
                let [red, green, blue] = colour(sample);
                assert_eq!(middle(&crop, &out), [red, green, blue, 255], "{sample}");
                assert_eq!(sheet.slot(sample), Some(69 - sample));
            }
            assert!(sheet.find(70).is_none());
        }
    }
}

//! [`ArrayImages`]: a data set that lies in memory as one array of images and one of labels, whatever file
//! they came from. Bytes, or floating-point numbers, which the network is given as they are.

use serde::Serialize;

use super::{Dataset, DatasetError, Pixels, Provenance};

/// The numbers of all images.
#[derive(Debug)]
pub(super) enum Values {
    Bytes(Vec<u8>),
    Floats(Vec<f32>),
}

impl Values {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Floats(floats) => floats.len(),
        }
    }
}

/// In which order the numbers of an image stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "&'static str")]
pub enum Layout {
    /// `height × width × channels`
    ChannelsLast,
    /// `channels × height × width`
    ChannelsFirst,
}

impl Layout {
    /// As it stands in a config.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChannelsLast => "nhwc",
            Self::ChannelsFirst => "nchw",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::ChannelsLast, Self::ChannelsFirst]
            .into_iter()
            .find(|layout| layout.name() == name)
    }
}

impl From<Layout> for &'static str {
    fn from(layout: Layout) -> Self {
        layout.name()
    }
}

/// What one image is in the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ImageShape {
    pub height: usize,
    pub width: usize,
    /// 1 or 3.
    pub channels: usize,
    pub layout: Layout,
}

impl ImageShape {
    pub(super) fn elements(self) -> usize {
        self.height * self.width * self.channels
    }

    /// The place in the image of each number of `height × width × 3`; grey stands three times.
    fn places(self) -> impl Iterator<Item = usize> {
        let plane = self.height * self.width;
        (0..plane).flat_map(move |pixel| {
            (0..3).map(move |channel| {
                let channel = channel.min(self.channels - 1);
                match self.layout {
                    Layout::ChannelsLast => pixel * self.channels + channel,
                    Layout::ChannelsFirst => channel * plane + pixel,
                }
            })
        })
    }
}

/// What stands for black and for white where floating-point numbers are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Range {
    black: f32,
    white: f32,
}

impl Range {
    /// The customary range that holds all numbers, or theirs.
    fn of(values: &[f32]) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (low, high) = finite()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let customary = [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)];
        let (black, white) = customary
            .into_iter()
            .find(|(black, white)| low >= *black && high <= *white)
            .unwrap_or((low, high));
        Self { black, white }
    }

    fn byte(self, value: f32) -> u8 {
        let share = (value - self.black) / (self.white - self.black).max(f32::MIN_POSITIVE);
        // What is not a number becomes 0.
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    }
}

/// Images and labels in memory.
#[derive(Debug)]
pub(super) struct ArrayImages {
    values: Values,
    shape: ImageShape,
    range: Range,
    labels: Vec<u32>,
    classes: Vec<String>,
    provenance: Provenance,
}

impl ArrayImages {
    /// `values` are as many images of `shape` as there are labels, and every label is below the number of classes.
    pub(super) fn new(
        values: Values,
        shape: ImageShape,
        labels: Vec<u32>,
        classes: Vec<String>,
        mut provenance: Provenance,
    ) -> Result<Self, DatasetError> {
        let path = || provenance.path.clone();
        if labels.is_empty() || shape.elements() == 0 {
            return Err(DatasetError::Empty { path: path() });
        }
        let images = values.len() / shape.elements();
        if images != labels.len() {
            return Err(DatasetError::BadArrays {
                path: path(),
                problem: format!(
                    "there are {images} images and {} labels; every image needs one",
                    labels.len()
                ),
            });
        }
        if let Some(sample) = labels
            .iter()
            .position(|&label| label as usize >= classes.len())
        {
            return Err(DatasetError::BadLabel {
                path: path(),
                sample,
                label: labels[sample] as usize,
                classes: classes.len(),
            });
        }
        let range = match &values {
            Values::Bytes(_) => Range {
                black: 0.0,
                white: 255.0,
            },
            Values::Floats(floats) => {
                let range = Range::of(floats);
                provenance.notes.push(format!(
                    "The images are floating-point numbers. The network is given them as they are, by `scale`, `mean` and `std`; \
                     pages show {} as black and {} as white",
                    range.black, range.white
                ));
                range
            }
        };
        Ok(Self {
            values,
            shape,
            range,
            labels,
            classes,
            provenance,
        })
    }

    fn bounds_of(&self, index: usize) -> Result<std::ops::Range<usize>, DatasetError> {
        if index >= self.labels.len() {
            return Err(DatasetError::NoSuchSample {
                index,
                len: self.labels.len(),
            });
        }
        let elements = self.shape.elements();
        Ok(index * elements..(index + 1) * elements)
    }
}

impl Dataset for ArrayImages {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn label(&self, index: usize) -> usize {
        self.labels[index] as usize
    }

    fn read(&self, index: usize, pixels: &mut Pixels) -> Result<(), DatasetError> {
        let place = self.bounds_of(index)?;
        pixels.width = self.shape.width;
        pixels.height = self.shape.height;
        pixels.rgb.clear();
        match &self.values {
            Values::Bytes(bytes) => {
                let image = &bytes[place];
                pixels
                    .rgb
                    .extend(self.shape.places().map(|place| image[place]));
            }
            Values::Floats(floats) => {
                let image = &floats[place];
                let byte = |place: usize| self.range.byte(image[place]);
                pixels.rgb.extend(self.shape.places().map(byte));
            }
        }
        Ok(())
    }

    fn values(&self, index: usize, values: &mut Vec<f32>) -> Result<bool, DatasetError> {
        let Values::Floats(floats) = &self.values else {
            return Ok(false);
        };
        let image = &floats[self.bounds_of(index)?];
        values.clear();
        values.extend(self.shape.places().map(|place| image[place]));
        Ok(true)
    }

    fn image_size(&self) -> Option<(usize, usize)> {
        Some((self.shape.width, self.shape.height))
    }

    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
}

/// Class names where none are given: the numbers as text, up to the highest label.
///
/// # Errors
/// If a label is so high that it is rather no class number.
pub(super) fn numbered(
    labels: &[u32],
    path: &std::path::Path,
) -> Result<Vec<String>, DatasetError> {
    const MOST: u32 = 100_000;
    let highest = labels.iter().copied().max().unwrap_or(0);
    if highest >= MOST {
        return Err(DatasetError::BadArrays {
            path: path.to_owned(),
            problem: format!("the label {highest} is too high for a class number"),
        });
    }
    Ok((0..=highest).map(|number| number.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn images(values: Values, channels: usize, layout: Layout) -> ArrayImages {
        let shape = ImageShape {
            height: 1,
            width: 2,
            channels,
            layout,
        };
        let provenance = Provenance::default();
        let classes = vec!["a".to_owned(), "b".to_owned()];
        ArrayImages::new(values, shape, vec![1, 0], classes, provenance).expect("good arrays")
    }

    fn rgb(images: &ArrayImages, index: usize) -> Vec<u8> {
        let mut pixels = Pixels::default();
        images.read(index, &mut pixels).expect("a sample");
        assert!(pixels.is_whole());
        pixels.rgb
    }

    #[test]
    fn layouts_say_where_a_pixel_is() {
        let bytes = || Values::Bytes((0..12).collect());
        let last = images(bytes(), 3, Layout::ChannelsLast);
        assert_eq!(rgb(&last, 1), [6, 7, 8, 9, 10, 11]);
        let first = images(bytes(), 3, Layout::ChannelsFirst);
        assert_eq!(rgb(&first, 1), [6, 8, 10, 7, 9, 11]);
        let grey = images(Values::Bytes(vec![1, 2, 3, 4]), 1, Layout::ChannelsLast);
        assert_eq!(rgb(&grey, 0), [1, 1, 1, 2, 2, 2]);
    }

    #[test]
    fn floats_are_shown_in_their_customary_range_and_given_as_they_are() {
        for (values, shown) in [
            ([0.0, 1.0, 0.5, 0.2], [0, 255]),
            ([-1.0, 1.0, 0.5, 0.2], [0, 255]),
            ([0.0, 51.0, 255.0, 3.0], [0, 51]),
            ([-2.0, 3.0, 0.5, f32::NAN], [0, 255]),
        ] {
            let grey = images(Values::Floats(values.to_vec()), 1, Layout::ChannelsFirst);
            let [black, white] = shown;
            assert_eq!(rgb(&grey, 0), [black, black, black, white, white, white]);
            let mut given = Vec::new();
            assert_eq!(grey.values(0, &mut given).ok(), Some(true));
            assert_eq!(
                given,
                [
                    values[0], values[0], values[0], values[1], values[1], values[1]
                ]
            );
            rgb(&grey, 1);
        }
    }

    #[test]
    fn arrays_that_do_not_fit_are_refused() {
        let shape = ImageShape {
            height: 1,
            width: 1,
            channels: 1,
            layout: Layout::ChannelsLast,
        };
        let message = |bytes: Vec<u8>, labels: Vec<u32>| {
            let classes = vec!["a".to_owned()];
            let made = ArrayImages::new(
                Values::Bytes(bytes),
                shape,
                labels,
                classes,
                Provenance::default(),
            );
            made.map_or_else(|error| error.to_string(), |_| String::new())
        };
        assert!(message(vec![1], vec![0, 0]).contains("1 images and 2 labels"));
        assert!(message(vec![1], vec![1]).contains("sample 0 has the label 1"));
        assert!(message(vec![], vec![]).contains("no samples"));
        assert!(numbered(&[4_000_000_000], "x".as_ref()).is_err());
        assert_eq!(
            numbered(&[0, 2], "x".as_ref())
                .map(|names| names.len())
                .ok(),
            Some(3)
        );
    }
}

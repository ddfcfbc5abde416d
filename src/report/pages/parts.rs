//! The parts that pages are made of: links, figures, bars, and the pictures of samples. Each is what
//! one component of `templates/components.html` places.

use serde::Serialize;

use super::{dead, words};
use crate::analysis::{Phrase, Subject};
use crate::format;
use crate::model::{LayerId, Region};
use crate::report::pictures::{ContactSheet, Crop, SHEET_COLUMNS};
use crate::report::{Book, ReportError, channels};
use crate::site::{Place, Site};
use crate::stats::Proportion;

/// Text that may lead somewhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    pub text: String,
    pub href: Option<String>,
}

impl Link {
    pub fn to(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: Some(href.into()),
        }
    }

    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: None,
        }
    }

    /// The name of a class, leading to its page.
    pub fn class(book: &Book<'_>, from: &Place, class: usize) -> Self {
        let href = book.urls.link(from, &Place::Class(class));
        Self::to(book.findings.classes[class].clone(), href)
    }

    /// The name of a layer, leading to its page.
    pub fn layer(book: &Book<'_>, from: &Place, id: LayerId) -> Self {
        let href = book.urls.link(from, &Place::Layer(id));
        Self::to(book.findings.layers[id].name.clone(), href)
    }

    /// A channel, leading to its page, or to its layer's where it has none.
    pub fn channel(book: &Book<'_>, from: &Place, layer: LayerId, channel: usize) -> Self {
        let found = &book.findings.layers[layer];
        let href = if channels::with_page(book.findings, layer).contains(&channel) {
            book.urls.link(from, &Place::Channel { layer, channel })
        } else if found
            .channels
            .get(channel)
            .is_some_and(|channel| channel.dead)
        {
            dead::href(book, from, found)
        } else {
            book.urls.link(from, &Place::Layer(layer))
        };
        Self::to(format!("{}, channel {channel}", found.name), href)
    }

    /// A phrase of a finding as it stands on a page.
    pub fn phrase(book: &Book<'_>, from: &Place, phrase: &Phrase) -> Self {
        let href = phrase.subject.map(|subject| match subject {
            Subject::Confusion { truth, prediction } => book
                .urls
                .link(from, &Place::Confusion { truth, prediction }),
            Subject::Class(class) => book.urls.link(from, &Place::Class(class)),
            Subject::Layer(layer) => book.urls.link(from, &Place::Layer(layer)),
            Subject::Sample(index) => book.urls.sample(from, index),
            Subject::Gallery => book.urls.link(from, &Place::Gallery(0)),
            Subject::Quality => book.urls.link(from, &Place::Quality),
            Subject::Errors => book.urls.link(from, &Place::Errors),
            Subject::Weights => book.urls.link(from, &Place::Weights),
            Subject::Inside => book.urls.link(from, &Place::Inside),
            Subject::Calibration => book.urls.link(from, &Place::Calibration),
            Subject::Suspects => book.urls.link(from, &Place::Suspects),
            Subject::Slices => book.urls.link(from, &Place::Slices),
            Subject::Duplicates => book.urls.link(from, &Place::Duplicates),
            Subject::Odd => book.urls.link(from, &Place::Odd),
        });
        Self {
            text: phrase.text.clone(),
            href,
        }
    }
}

/// A headline figure: what it is, its value, what belongs beside it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub label: &'static str,
    pub value: String,
    pub note: String,
    pub href: Option<String>,
}

impl Figure {
    pub fn new(label: &'static str, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self {
            label,
            value: value.into(),
            note: note.into(),
            href: None,
        }
    }

    pub fn leading_to(mut self, href: impl Into<String>) -> Self {
        self.href = Some(href.into());
        self
    }
}

/// A share as a bar with its interval; widths for CSS.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Range {
    pub share: String,
    pub low: String,
    pub extent: String,
}

impl From<&Proportion> for Range {
    fn from(proportion: &Proportion) -> Self {
        Self {
            share: format::width(proportion.share),
            low: format::width(proportion.low),
            extent: format::width(proportion.high - proportion.low),
        }
    }
}

/// A crop as CSS places it, and what is seen on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Picture {
    pub src: String,
    pub alt: String,
    /// Class of the element that hides the rest of the sheet, where the stylesheet of the maps places it; else empty.
    pub class: String,
    /// Style of that element; empty for a square that fills its place.
    pub frame: String,
    /// Style of the image within it; may be empty where a class tells.
    pub style: String,
    /// Whether it may wait until it is scrolled to. Browsers judge that by the place of the whole sheet, of
    /// which all but a rectangle is hidden, so that crops of high sheets must not wait: they might for ever.
    pub lazy: bool,
}

impl Picture {
    pub fn new(crop: &Crop, alt: impl Into<String>) -> Self {
        Self {
            src: crop.src.clone(),
            alt: alt.into(),
            class: String::new(),
            frame: frame(crop.ratio),
            style: placed(crop),
            lazy: true,
        }
    }

    /// A picture that the rules of a class place, with what they leave open in `style`.
    pub fn placed_by(class: String, src: String, alt: String, style: String) -> Self {
        Self {
            src,
            alt,
            class,
            frame: String::new(),
            style,
            lazy: true,
        }
    }

    /// At most `width` CSS pixels wide.
    pub fn at_most(mut self, width: usize) -> Self {
        self.add(&format!("--max:{width}px"));
        self
    }

    /// As wide as [`width_within`] says; `size` is its own, in pixels.
    pub fn within(mut self, size: (usize, usize), side: usize) -> Self {
        self.add(&format!("width:{}px", width_within(size, side)));
        self
    }

    /// Loaded with the page.
    pub fn at_once(mut self) -> Self {
        self.lazy = false;
        self
    }

    fn add(&mut self, rule: &str) {
        if !self.frame.is_empty() {
            self.frame.push(';');
        }
        self.frame.push_str(rule);
    }
}

/// Width in CSS pixels of a picture that is enlarged by a whole number to at most `side` either way, so that every pixel
/// of it is equally large and none of its neighbours on the sheet shows at the edge; or scaled down to `side` where it
/// is larger than that.
pub(super) fn width_within((width, height): (usize, usize), side: usize) -> usize {
    let longest = width.max(height).max(1);
    if longest > side {
        (width * side / longest).max(1)
    } else {
        width * (side / longest)
    }
}

/// A square is what the stylesheet assumes, and most pictures are squares.
pub(super) fn frame(ratio: f64) -> String {
    if (ratio - 1.0).abs() < 1e-9 {
        String::new()
    } else {
        format!("--ratio:{}", format::css(ratio))
    }
}

pub(super) fn placed(crop: &Crop) -> String {
    // What the stylesheet assumes is left out, for there are many thousands of these.
    [
        ("w", crop.scale, SHEET_COLUMNS as f64),
        ("x", crop.left, 0.0),
        ("y", crop.top, 0.0),
    ]
    .into_iter()
    .filter(|(_, value, assumed)| value != assumed)
    .map(|(name, value, _)| format!("--{name}:{}", format::css(value)))
    .collect::<Vec<_>>()
    .join(";")
}

/// A small picture of a sample that leads to it.
#[derive(Clone, Debug, Serialize)]
pub struct Thumb {
    pub href: String,
    pub picture: Picture,
}

/// A sample with its number and how sure the network was.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    pub href: String,
    pub picture: Picture,
    pub index: String,
    pub confidence: String,
    /// Of the bar, in CSS.
    pub width: String,
    /// Colour of the bar.
    pub class: &'static str,
    /// A second line, where the heading above does not say it.
    pub says: String,
    /// By what else a script may order it; `None` where it stays in its place.
    pub order: Option<CardOrder>,
}

/// What a card is ordered by, besides its confidence.
#[derive(Clone, Debug, Serialize)]
pub struct CardOrder {
    pub loss: String,
    /// Its place in the order by likeness.
    pub alike: Option<usize>,
}

/// The pictures of samples on one page: every one asked for lies on the page's contact sheet.
pub struct Pictures<'a> {
    book: &'a Book<'a>,
    place: Place,
    sheet: ContactSheet,
}

impl<'a> Pictures<'a> {
    pub fn new(book: &'a Book<'_>, place: &Place) -> Self {
        let sheet = ContactSheet::new(book.urls.folder(place), book.dataset);
        Self {
            book,
            place: place.clone(),
            sheet,
        }
    }

    pub fn picture(&mut self, index: usize) -> Picture {
        Picture::new(
            &self.sheet.add(index),
            words::seen(self.book.findings, index),
        )
    }

    /// On more and smaller sheets, for other pages that show a few of the samples.
    pub fn in_small_sheets(mut self) -> Self {
        self.sheet = self.sheet.in_small_sheets();
        self
    }

    /// A picture as it stands on another page.
    pub fn picture_from(&mut self, from: &Place, index: usize) -> Picture {
        let crop = self.sheet.add(index);
        Picture::new(
            &self.seen_from(from, crop),
            words::seen(self.book.findings, index),
        )
    }

    /// A part of a sample as it stands on another page, in pixels of what the network reads.
    pub fn part_from(&mut self, from: &Place, index: usize, part: Region, alt: String) -> Picture {
        let input = self.book.network.input_shape().as_image();
        let extent = input.map_or((1, 1), |(height, width, _)| (height, width));
        let crop = self.sheet.part(index, part, extent);
        Picture::new(&self.seen_from(from, crop), alt)
    }

    fn seen_from(&self, from: &Place, crop: Crop) -> Crop {
        let path = format!("{}{}", self.book.urls.folder(&self.place), crop.src);
        let src = self.book.urls.link(from, &Place::File(path));
        Crop { src, ..crop }
    }

    pub fn thumb(&mut self, index: usize) -> Thumb {
        Thumb {
            href: self.book.urls.sample(&self.place, index),
            picture: self.picture(index),
        }
    }

    /// Shown from a sheet that several pages share, where it lies there.
    pub fn share(&mut self, sheet: &ContactSheet, index: usize) -> Picture {
        match sheet.find(index) {
            None => self.picture(index),
            Some(crop) => {
                let src = self.book.urls.link(&self.place, &Place::File(crop.src));
                let crop = Crop { src, ..crop };
                Picture::new(&crop, words::seen(self.book.findings, index))
            }
        }
    }

    /// [`Self::thumb`] on a sheet that several pages share.
    pub fn thumb_on(&mut self, sheet: &ContactSheet, index: usize) -> Thumb {
        Thumb {
            href: self.book.urls.sample(&self.place, index),
            picture: self.share(sheet, index),
        }
    }

    /// The first `most` of a class's surest right answers.
    pub fn typical(&mut self, class: usize, most: usize) -> Vec<Thumb> {
        let book = self.book;
        let typical = book.findings.per_class[class].typical.iter().take(most);
        typical
            .map(|&index| self.thumb_on(&book.tiles.typical[class], index))
            .collect()
    }

    /// The first `most` of them.
    pub fn thumbs(&mut self, indices: &[usize], most: usize) -> Vec<Thumb> {
        indices
            .iter()
            .take(most)
            .map(|&index| self.thumb(index))
            .collect()
    }

    pub fn card(&mut self, index: usize) -> Card {
        let picture = self.picture(index);
        self.card_of(index, picture)
    }

    /// A card with this picture.
    pub fn card_of(&self, index: usize, picture: Picture) -> Card {
        let outcome = &self.book.findings.outcomes[index];
        let confidence = f64::from(outcome.confidence);
        Card {
            href: self.book.urls.sample(&self.place, index),
            picture,
            index: index.to_string(),
            confidence: format::percent_short(confidence),
            width: format::width(confidence),
            class: if outcome.is_right() { "right" } else { "wrong" },
            says: String::new(),
            order: None,
        }
    }

    /// Writes the sheets into the folder of the page.
    ///
    /// # Errors
    /// An image that cannot be read, a file that cannot be written.
    pub fn write(self, site: &Site) -> Result<(), ReportError> {
        self.sheet.write(self.book.dataset, site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_at_the_corner_needs_no_more_than_its_scale() {
        let square = Picture::new(&Crop::new("a.png".into(), 256, (0, 0), (32, 32)), "");
        assert_eq!((square.frame.as_str(), square.style.as_str()), ("", ""));
        let wide = Picture::new(&Crop::new("a.png".into(), 256, (64, 32), (64, 32)), "");
        assert_eq!(
            (wide.frame.as_str(), wide.style.as_str()),
            ("--ratio:2", "--w:4;--x:1;--y:1")
        );
    }

    #[test]
    fn pixels_are_enlarged_by_whole_numbers() {
        let crop = Crop::new("a.png".into(), 30, (0, 0), (13, 26));
        let picture = Picture::new(&crop, "").within((13, 26), 96);
        assert_eq!(picture.frame, "--ratio:0.5;width:39px");
        let large = Picture::new(&Crop::new("a.jpg".into(), 500, (0, 0), (500, 250)), "");
        assert_eq!(large.within((500, 250), 96).frame, "--ratio:2;width:96px");
    }
}

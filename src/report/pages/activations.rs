//! Activations on pages: [`Stage`], one layer in the strip from input to output, and [`BandView`], all maps of
//! one layer for one sample. Both are rectangles of the sheet that the second pass drew for the sample.
//!
//! All sheets share one layout, so a stylesheet of the report places them: a class for a layer's band (`m3`), and one
//! for a channel of it (`c3`), whose column and row stand at the picture. Thousands of pages need not repeat it.

use serde::Serialize;

use super::kernel_numbers;
use super::parts::{self, Picture};
use crate::analysis::LayerFindings;
use crate::format;
use crate::model::{LayerId, Outline};
use crate::report::pictures::{Band, BandRange, Crop, Palette, Scale};
use crate::report::{Book, ReportError};
use crate::site::{Place, Site};

/// Name of a sample's activation sheet in its folder.
const SHEET: &str = "maps.png";
/// The stylesheet that places the maps, from the site's root.
const STYLESHEET: &str = "samples/maps.css";
/// Widest band in CSS pixels, and how much a pixel of a map or a unit is enlarged at most.
pub const WIDEST: usize = 992;
const LARGEST_PIXEL: usize = 12;
const LARGEST_UNIT: usize = 28;
/// Side of a stage in CSS pixels.
pub const STAGE: usize = 96;

/// One layer in the strip from input to output.
#[derive(Debug, Serialize)]
pub struct Stage {
    pub name: String,
    pub href: Option<String>,
    pub picture: Option<Picture>,
    /// Where there is no picture.
    pub stand_in: String,
    pub note: String,
    pub warning: Option<String>,
}

/// All maps of one layer for one sample.
#[derive(Debug, Serialize)]
pub struct BandView {
    pub picture: Picture,
    pub caption: String,
    /// Class of the colour scale; empty where there is but one colour.
    pub ramp: &'static str,
    pub low: String,
    pub high: String,
    /// For a script that shows each channel on its own scale: the highest level of each, a digit to the base of 36.
    /// Empty where there is nothing to choose.
    pub peaks: String,
}

/// Writes the stylesheet that places bands and channels on every sheet.
pub fn write(book: &Book<'_>, site: &Site) -> Result<(), ReportError> {
    let rules = book.layout.bands().iter();
    let mut rules: String = rules.map(|band| rules_of(book, band)).collect();
    // A script shows a channel on a scale of its own by these.
    rules.push_str(&format!(
        ":root{{--{}:\"{}\";--{}:\"{}\"}}\n",
        ramp(Palette::Sequential),
        Palette::Sequential.colours(),
        ramp(Palette::Diverging),
        Palette::Diverging.colours()
    ));
    rules.push_str(&kernel_numbers::rules());
    Ok(site.file(STYLESHEET, rules.as_bytes())?)
}

/// The rules of a layer: its band with the grid of its channels for scripts, and one channel of it.
fn rules_of(book: &Book<'_>, band: &Band) -> String {
    let whole = book.layout.band_crop(band, "");
    let layer = band.layer;
    let mut place = parts::frame(whole.ratio);
    if !place.is_empty() {
        place.push(';');
    }
    place.push_str(&parts::placed(&whole));
    let (height, width) = band.map;
    let band_rule = format!(
        ".m{layer}{{{place};--max:{}px;--grid:{}}}\n",
        enlarged(band, WIDEST),
        grid(band)
    );
    if band.map == (1, 1) {
        let side = parts::width_within((band.width, band.height), STAGE);
        return format!("{band_rule}.crop.c{layer}{{width:{side}px;{place}}}\n");
    }
    let one = Crop::new(
        String::new(),
        book.layout.width(),
        (band.x, band.y),
        (width, height),
    );
    let side = parts::width_within((width, height), STAGE);
    let ratio = parts::frame(one.ratio);
    let step = |extent: usize| format::css((extent + band.gap) as f64 / extent.max(1) as f64);
    format!(
        "{band_rule}.crop.c{layer}{{width:{side}px;{ratio}{}--w:{}}}\n\
         .c{layer} img{{--x:calc(var(--c,0)*{} + {});--y:calc(var(--r,0)*{} + {})}}\n",
        if ratio.is_empty() { "" } else { ";" },
        format::css(one.scale),
        step(width),
        format::css(one.left),
        step(height),
        format::css(one.top),
    )
}

/// One channel of a layer on a sheet, `None` where it is not drawn; a vector is shown whole.
fn cell(band: &Band, channel: usize, src: String, alt: String) -> Option<Picture> {
    let class = format!("c{}", band.layer);
    if band.map == (1, 1) {
        return Some(Picture::placed_by(class, src, alt, String::new()));
    }
    let place = (channel < band.channels)
        .then(|| [("c", channel % band.columns), ("r", channel / band.columns)])?;
    let style: Vec<String> = place
        .iter()
        .filter(|(_, at)| *at > 0)
        .map(|(name, at)| format!("--{name}:{at}"))
        .collect();
    Some(Picture::placed_by(class, src, alt, style.join(";")))
}

/// Address of a sample's activation sheet.
fn sheet(book: &Book<'_>, place: &Place, sample: usize) -> String {
    let path = format!("{}{SHEET}", book.urls.folder(&Place::Sample(sample)));
    book.urls.link(place, &Place::File(path))
}

/// The network from left to right on one sample: the image, then the strongest channel of each layer (of a
/// vector: all of it). Layers that hand values on unchanged are left out, for they look the same.
pub fn stages(book: &Book<'_>, place: &Place, sample: usize, image: Picture) -> Vec<Stage> {
    // Of a large network that is drawn by some of its layers, the others would only fill the strip.
    let outlined = book.settings.layers.is_open() && Outline::of(book.network).words.is_some();
    book.findings
        .layers
        .iter()
        .filter(|layer| layer.same_values_as.is_none())
        .filter(|layer| {
            !outlined || layer.inputs.is_empty() || book.layout.band(layer.id).is_some()
        })
        .map(|layer| stage(book, place, sample, layer, &image))
        .collect()
}

fn stage(
    book: &Book<'_>,
    place: &Place,
    sample: usize,
    layer: &LayerFindings,
    image: &Picture,
) -> Stage {
    let picture = if layer.inputs.is_empty() {
        Some(image.clone())
    } else {
        stage_picture(book, place, sample, layer.id)
    };
    let is_output = layer.id == book.network.output();
    let answer = &book.findings.outcomes[sample];
    let note = if is_output {
        let sure = format::percent_short(f64::from(answer.confidence));
        format!("{} {sure}", book.findings.classes[answer.prediction])
    } else {
        format::shape(&layer.output_shape)
    };
    Stage {
        name: layer.name.clone(),
        href: Some(stage_href(book, place, sample, layer)),
        picture,
        stand_in: "not drawn".into(),
        note,
        warning: (layer.counts_dead && layer.dead > 0)
            .then(|| format::plural(layer.dead, "dead channel", "dead channels"))
            .filter(|_| !matches!(place, Place::Sample(_))),
    }
}

/// To the layer's maps further down on the page of the sample, to the layer from elsewhere.
fn stage_href(book: &Book<'_>, place: &Place, sample: usize, layer: &LayerFindings) -> String {
    if *place == Place::Sample(sample) && book.layout.band(layer.id).is_some() {
        return format!("#{}", anchor(layer.id));
    }
    book.urls.link(place, &Place::Layer(layer.id))
}

/// Identifier of a layer's maps on the page of a sample.
pub fn anchor(layer: LayerId) -> String {
    format!("l{layer}")
}

fn stage_picture(book: &Book<'_>, place: &Place, sample: usize, layer: LayerId) -> Option<Picture> {
    let (band, range) = (
        book.layout.band(layer)?,
        book.drawings.get(&sample)?.range(layer)?,
    );
    let (src, name) = (
        sheet(book, place, sample),
        &book.findings.layers[layer].name,
    );
    let alt = if band.map == (1, 1) {
        format!("{} of {name}", units(band))
    } else {
        format!("{name}, channel {}", range.strongest)
    };
    Some(cell(band, range.strongest, src, alt)?.at_once())
}

/// One channel of a layer on a sample, [`STAGE`] CSS pixels wide at most, with the scale that all its channels share;
/// `None` where it is not drawn, or has no positions.
pub fn channel_map(
    book: &Book<'_>,
    place: &Place,
    sample: usize,
    (layer, channel): (LayerId, usize),
) -> Option<(Picture, Scale)> {
    let band = book.layout.band(layer).filter(|band| band.map != (1, 1))?;
    let range = book.drawings.get(&sample)?.range(layer)?;
    let alt = format!("map of sample {sample}");
    let picture = cell(band, channel, sheet(book, place, sample), alt)?;
    Some((picture, range.scale))
}

fn units(band: &Band) -> String {
    if band.channels < band.channels_in_all {
        return format!(
            "the first {} of {} units",
            format::count(band.channels),
            format::count(band.channels_in_all)
        );
    }
    format::plural(band.channels, "unit", "units")
}

/// All maps of a layer for a sample, at most `widest` CSS pixels wide where that leaves them large enough;
/// `None` where the layer is not drawn, or the sample has no sheet.
pub fn band(
    book: &Book<'_>,
    place: &Place,
    sample: usize,
    layer: LayerId,
    widest: usize,
) -> Option<BandView> {
    let (band, range) = (
        book.layout.band(layer)?,
        book.drawings.get(&sample)?.range(layer)?,
    );
    let name = &book.findings.layers[layer].name;
    let all_zero = range.min == 0.0 && range.max == 0.0;
    let of = if *place == Place::Sample(sample) {
        String::new()
    } else {
        format!(" for sample {sample}")
    };
    let alt = format!("{} of {name}{of}", contents(band));
    let class = format!("m{layer}");
    let mut picture =
        Picture::placed_by(class, sheet(book, place, sample), alt, String::new()).at_once();
    if widest != WIDEST {
        picture = picture.at_most(enlarged(band, widest));
    }
    Some(BandView {
        picture,
        caption: if layer == book.network.output() {
            answers(book, band, range)
        } else {
            caption(band, range)
        },
        ramp: if all_zero {
            ""
        } else {
            ramp(range.scale.palette)
        },
        low: format::decimal(f64::from(range.scale.min)),
        high: format::decimal(f64::from(range.scale.max)),
        peaks: peaks(book.drawings.get(&sample)?.peaks(layer)),
    })
}

fn peaks(levels: &[u8]) -> String {
    let digits = levels.iter();
    digits
        .filter_map(|&level| char::from_digit(u32::from(level), 36))
        .collect()
}

/// Class of a colour scale in the stylesheet.
pub fn ramp(palette: Palette) -> &'static str {
    match palette {
        Palette::Sequential => "sequential",
        Palette::Diverging => "diverging",
        Palette::Grey => "grey",
    }
}

/// Width in CSS pixels that enlarges every pixel by the same whole number.
fn enlarged(band: &Band, widest: usize) -> usize {
    let largest = if band.map == (1, 1) {
        LARGEST_UNIT
    } else {
        LARGEST_PIXEL
    };
    band.width * (widest / band.width.max(1)).clamp(1, largest)
}

fn contents(band: &Band) -> String {
    if band.map == (1, 1) {
        return units(band);
    }
    if band.channels < band.channels_in_all {
        return format!(
            "the first {} of {} maps",
            format::count(band.channels),
            format::count(band.channels_in_all)
        );
    }
    format::plural(band.channels, "map", "maps")
}

/// What is shown, how it is numbered, where it is strongest.
fn caption(band: &Band, range: &BandRange) -> String {
    let mut what = capital(&contents(band));
    if band.map != (1, 1) {
        let extent: Vec<usize> = band
            .shape
            .dimensions()
            .split_last()
            .map_or(Vec::new(), |(_, outer)| outer.to_vec());
        what.push_str(&format!(" of {}", format::shape(&extent)));
    }
    what.push_str(&numbering(band));
    let mut sentences = vec![what];
    if band.reduced_by > 1 {
        sentences.push(format!(
            "Each pixel is the mean of {0}×{0} positions",
            band.reduced_by
        ));
    }
    if range.min == 0.0 && range.max == 0.0 {
        sentences.push("All values are zero".into());
    } else if range.max > 0.0 && band.channels_in_all > 1 {
        let what = if band.map == (1, 1) {
            "unit"
        } else {
            "channel"
        };
        sentences.push(format!("Highest in {what} {}", range.strongest));
    }
    if let Some(defect) = super::words::not_finite(range.not_finite as u64) {
        sentences.push(format!("{defect} and shown in magenta"));
    }
    sentences.join(". ") + "."
}

/// The output has a unit for each class.
fn answers(book: &Book<'_>, band: &Band, range: &BandRange) -> String {
    let classes = &book.findings.classes;
    match (&classes[..], classes.get(range.strongest)) {
        ([first, .., last], Some(highest)) if band.channels == classes.len() => {
            format!(
                "{}, one a class from {first} to {last}. Highest for {highest}.",
                units(band)
            )
        }
        _ => caption(band, range),
    }
}

fn numbering(band: &Band) -> String {
    match band.rows {
        0 | 1 => String::new(),
        _ => format!(" in rows of {}", band.columns),
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// Columns, channels, step across and down, gap, width: for the script that names the channel under the pointer.
fn grid(band: &Band) -> String {
    let (height, width) = band.map;
    let numbers = [
        band.columns,
        band.channels,
        width + band.gap,
        height + band.gap,
        band.gap,
        band.width,
    ];
    numbers.map(|number| number.to_string()).join(" ")
}

/// Why a sample has no maps, where not all samples with a page have some.
pub fn undrawn(book: &Book<'_>) -> Option<String> {
    let (drawn, shown) = (book.drawings.len(), book.urls.shown().len());
    (drawn < shown).then(|| {
        format!(
            "The activation maps of this sample are not drawn. {} of the {} samples with a page have some: the selected ones, \
             then the most confident mistakes of every confusion. The setting samples.maps draws more.",
            format::count(drawn),
            format::count(shown)
        )
    })
}

/// Which layers are not drawn, in sentences; `None` where all are.
pub fn repeats(book: &Book<'_>) -> Option<String> {
    let mut sentences = Vec::new();
    let outline = Outline::of(book.network);
    if let (true, Some(words)) = (book.settings.layers.is_open(), outline.words) {
        let all = book.network.computed().count();
        sentences.push(format!(
            "{} of {} are drawn: {words}. The setting layers.include chooses others.",
            outline.layers.len(),
            format::plural(all, "layer", "layers")
        ));
    }
    let layers = &book.findings.layers;
    let repeated: Vec<String> = layers
        .iter()
        .filter_map(|layer| {
            layer
                .same_values_as
                .map(|origin| format!("{} (those of {})", layer.name, layers[origin].name))
        })
        .collect();
    // In a network of hundreds of layers the list is longer than the page; each layer's own page tells it.
    if !repeated.is_empty() && sentences.is_empty() {
        sentences.push(format!(
            "Not drawn again, for they hand values on unchanged: {}.",
            format::list(&repeated)
        ));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The legends are coloured by the stylesheet, so that thousands of pages need not repeat the colours;
    /// the pictures by the palette. Both must be the same.
    #[test]
    fn the_stylesheet_has_the_colours_of_the_palettes() {
        let stylesheet = include_str!("../../../templates/assets/style.css");
        for palette in [Palette::Sequential, Palette::Diverging, Palette::Grey] {
            let rule = format!(
                ".{} {{ background: {}; }}",
                ramp(palette),
                palette.css_gradient()
            );
            assert!(stylesheet.contains(&rule), "{rule}");
        }
    }
}

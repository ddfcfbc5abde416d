//! Activations on pages: [`Stage`], one layer in the strip from input to output, and [`BandView`], all maps of
//! one layer for one sample. Both are rectangles of the sheet that the second pass drew for the sample.

use serde::Serialize;

use super::parts::Picture;
use crate::analysis::LayerFindings;
use crate::format;
use crate::model::{LayerId, Outline};
use crate::report::Book;
use crate::report::pictures::{Band, BandRange, Crop, Palette, Scale};
use crate::site::Place;

/// Name of a sample's activation sheet in its folder.
const SHEET: &str = "maps.png";
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
    /// Columns, channels, step across and down, gap, width: for the script that names the channel under the pointer.
    pub grid: String,
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
    let picture = if band.map == (1, 1) {
        let crop = book.layout.band_crop(band, src);
        Picture::new(&crop, format!("{} of {name}", units(band)))
            .within((band.width, band.height), STAGE)
    } else {
        let crop = book.layout.channel_crop(layer, range.strongest, src)?;
        let (height, width) = band.map;
        Picture::new(&crop, format!("{name}, channel {}", range.strongest))
            .within((width, height), STAGE)
    };
    Some(picture.at_once())
}

/// One channel of a layer on a sample, at most `side` CSS pixels wide, with the scale that all its channels share;
/// `None` where it is not drawn, or has no positions.
pub fn channel_map(
    book: &Book<'_>,
    place: &Place,
    sample: usize,
    (layer, channel): (LayerId, usize),
    side: usize,
) -> Option<(Picture, Scale)> {
    let band = book.layout.band(layer).filter(|band| band.map != (1, 1))?;
    let range = book.drawings.get(&sample)?.range(layer)?;
    let crop = book
        .layout
        .channel_crop(layer, channel, sheet(book, place, sample))?;
    let (height, width) = band.map;
    let alt = format!("map of sample {sample}");
    Some((
        Picture::new(&crop, alt).within((width, height), side),
        range.scale,
    ))
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
    let crop: Crop = book.layout.band_crop(band, sheet(book, place, sample));
    let name = &book.findings.layers[layer].name;
    let all_zero = range.min == 0.0 && range.max == 0.0;
    let of = if *place == Place::Sample(sample) {
        String::new()
    } else {
        format!(" for sample {sample}")
    };
    let alt = format!("{} of {name}{of}", contents(band));
    Some(BandView {
        picture: Picture::new(&crop, alt)
            .at_most(enlarged(band, widest))
            .at_once(),
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
        grid: grid(band),
    })
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
    let mut sentences = vec![format!("{what}, {}", numbering(band))];
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
    let what = if band.map == (1, 1) {
        "units"
    } else {
        "channels"
    };
    match band.channels {
        1 => "channel 0".into(),
        channels if band.rows <= 1 => format!("{what} 0–{} from left to right", channels - 1),
        channels => format!("{what} 0–{} in rows of {}", channels - 1, band.columns),
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

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

//! Drawing with plotters, and turning what its SVG back end writes into something that can stand inside a page.
//! The nouns are [`Role`], what a part of a chart is there for, and [`Plot`], a chart while it is drawn.
//!
//! plotters wants colours and whole pixels. So every role is drawn in a colour of its own that is never
//! shown, on a sheet ten times as fine; [`rewrite`] replaces the colour by the role's class and custom property,
//! divides the coordinates, and joins what looks alike into one path.

use std::fmt::Write as _;

use plotters::chart::ChartContext;
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    Cartesian2d, ChartBuilder, Circle, DrawingArea, DrawingAreaErrorKind, IntoDrawingArea,
    IntoFont, PathElement, RGBColor, Rectangle, SVGBackend, ShapeStyle, Text, TextStyle,
};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Words;
use crate::report::ReportError;

/// Steps of plotters' pixels in one unit of the view box.
const FINE: u32 = 10;
/// In units; the charts are laid out for it.
pub(super) const FONT_SIZE: f64 = 12.0;
/// Width of a chart in units: about its width on a page in pixels, so that text has its size there.
pub(super) const WIDTH: u32 = 440;

pub(super) type Failure = DrawingAreaErrorKind<std::io::Error>;

/// What a part of a chart is there for. Its class is for style sheets, its attributes are the look without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Grid,
    Axis,
    /// Numbers at an axis, and other words that may step back.
    Tick,
    /// Names of things.
    Label,
    Bar,
    /// The bar that is not like the others.
    Zero,
    /// Around a value: its spread.
    Band,
    Dot,
    Whisker,
    /// A curve, and one that steps back behind it.
    Line,
    Faint,
    /// What would be perfect, or no better than chance.
    Ideal,
    /// Between what is and what should be.
    Gap,
    Right,
    Wrong,
}

impl Role {
    const ALL: [Self; 15] = [
        Self::Grid,
        Self::Axis,
        Self::Tick,
        Self::Label,
        Self::Bar,
        Self::Zero,
        Self::Band,
        Self::Dot,
        Self::Whisker,
        Self::Line,
        Self::Faint,
        Self::Ideal,
        Self::Gap,
        Self::Right,
        Self::Wrong,
    ];

    fn colour(self) -> RGBColor {
        RGBColor(1, 2, self as u8)
    }

    /// The role drawn in a colour as plotters writes it.
    fn of(colour: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| {
            let RGBColor(red, green, blue) = role.colour();
            colour.eq_ignore_ascii_case(&format!("#{red:02x}{green:02x}{blue:02x}"))
        })
    }

    fn attributes(self) -> &'static str {
        match self {
            Self::Grid => r#"class="gridline" fill="none" stroke="var(--line)""#,
            Self::Axis => r#"class="axis" fill="none" stroke="var(--soft)""#,
            Self::Tick => r#"class="tick" fill="var(--soft)""#,
            Self::Label => r#"class="label" fill="currentColor""#,
            Self::Bar => r#"class="bar" fill="var(--truth)""#,
            Self::Zero => r#"class="zero" fill="var(--soft)""#,
            Self::Band => r#"class="band" fill="var(--truth)" fill-opacity="0.35""#,
            Self::Dot => r#"class="dot" fill="var(--truth)""#,
            Self::Whisker => {
                r#"class="whisker" fill="none" stroke="currentColor" stroke-width="1.5""#
            }
            Self::Line => {
                r#"class="line" fill="none" stroke="var(--truth)" stroke-width="2" stroke-linejoin="round""#
            }
            Self::Faint => {
                r#"class="faint" fill="none" stroke="var(--soft)" stroke-opacity="0.5" stroke-linejoin="round""#
            }
            Self::Ideal => {
                r#"class="ideal" fill="none" stroke="var(--soft)" stroke-dasharray="2 4""#
            }
            Self::Gap => r#"class="gap" fill="var(--wrong)" fill-opacity="0.2""#,
            Self::Right => r#"class="right" fill="var(--right)" fill-opacity="0.6""#,
            Self::Wrong => r#"class="wrong" fill="var(--wrong)""#,
        }
    }
}

/// Extent of a chart and of the plot in it, in units, and the numbers that the plot spans.
pub(super) struct Frame {
    pub height: u32,
    pub left: u32,
    pub right: u32,
    pub top: u32,
    pub bottom: u32,
    pub x: (f64, f64),
    /// From the lower to the upper edge.
    pub y: (f64, f64),
}

/// A chart while it is drawn. Points are in the numbers of the plot, offsets in units.
pub(super) struct Plot<'a, 'b> {
    root: &'a DrawingArea<SVGBackend<'b>, Shift>,
    chart: ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
}

impl Plot<'_, '_> {
    /// A filled rectangle between two corners.
    pub(super) fn area(&self, role: Role, from: (f64, f64), to: (f64, f64)) -> Result<(), Failure> {
        self.chart
            .plotting_area()
            .draw(&Rectangle::new([from, to], role.colour().filled()))
    }

    pub(super) fn line(&self, role: Role, from: (f64, f64), to: (f64, f64)) -> Result<(), Failure> {
        self.chart.plotting_area().draw(&PathElement::new(
            [from, to],
            ShapeStyle::from(role.colour()),
        ))
    }

    /// A line through points.
    pub(super) fn curve(&self, role: Role, points: &[(f64, f64)]) -> Result<(), Failure> {
        self.chart.plotting_area().draw(&PathElement::new(
            points.to_vec(),
            ShapeStyle::from(role.colour()),
        ))
    }

    pub(super) fn dot(&self, role: Role, place: (f64, f64), radius: f64) -> Result<(), Failure> {
        let radius = (radius * f64::from(FINE)) as i32;
        self.chart
            .plotting_area()
            .draw(&Circle::new(place, radius, role.colour().filled()))
    }

    /// Text that is anchored at an offset from a point of the plot.
    pub(super) fn text(
        &self,
        role: Role,
        text: &str,
        place: (f64, f64),
        offset: (f64, f64),
        anchor: (HPos, VPos),
    ) -> Result<(), Failure> {
        let (x, y) = self.chart.backend_coord(&place);
        let moved = |coordinate: i32, offset: f64| coordinate + (offset * f64::from(FINE)) as i32;
        let font = ("sans-serif", FONT_SIZE * f64::from(FINE)).into_font();
        let colour = role.colour();
        let style = TextStyle::from(font)
            .color(&colour)
            .pos(Pos::new(anchor.0, anchor.1));
        // Line breaks and other controls in a class name must not break the line that plotters writes.
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        self.root.draw(&Text::new(
            text,
            (moved(x, offset.0), moved(y, offset.1)),
            style,
        ))
    }
}

/// Draws a chart.
///
/// # Errors
/// [`ReportError::Chart`] if plotters refuses.
pub(super) fn chart(
    words: &Words<'_>,
    frame: &Frame,
    paint: impl FnOnce(&Plot<'_, '_>) -> Result<(), Failure>,
) -> Result<String, ReportError> {
    let failed = |reason: String| ReportError::Chart {
        chart: words.title.into(),
        reason,
    };
    let mut drawn = String::new();
    draw(&mut drawn, frame, paint).map_err(|error| failed(error.to_string()))?;
    let body = rewrite(&drawn).map_err(failed)?;
    let id: String = words
        .id
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let (title, description) = (escape(words.title), escape(words.description));
    Ok(format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\" font-size=\"{FONT_SIZE}\">\
         <title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{description}</desc>{body}</svg>",
        frame.height
    ))
}

fn draw(
    target: &mut String,
    frame: &Frame,
    paint: impl FnOnce(&Plot<'_, '_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let root =
        SVGBackend::with_string(target, (WIDTH * FINE, frame.height * FINE)).into_drawing_area();
    let chart = ChartBuilder::on(&root)
        .margin_left(frame.left * FINE)
        .margin_right(frame.right * FINE)
        .margin_top(frame.top * FINE)
        .margin_bottom(frame.bottom * FINE)
        .build_cartesian_2d(frame.x.0..frame.x.1, frame.y.0..frame.y.1)?;
    paint(&Plot { root: &root, chart })?;
    root.present()
}

/// One element as plotters wrote it.
struct Element<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    text: &'a str,
}

impl<'a> Element<'a> {
    /// Reads what stands between one `<` and the next: an opening tag and the text behind it. Plotters escapes
    /// `<`, `>` and quotes in texts and values, so that these characters are always markup.
    fn read(markup: &'a str) -> Option<Self> {
        let (tag, text) = markup.split_once('>')?;
        let (name, mut rest) = tag.trim_end_matches('/').split_once(' ')?;
        let mut attributes = Vec::new();
        while let Some((key, after)) = rest.split_once("=\"") {
            let (value, next) = after.split_once('"')?;
            attributes.push((key.trim(), value));
            rest = next;
        }
        Some(Self {
            name,
            attributes,
            text: text.trim(),
        })
    }

    fn get(&self, key: &str) -> &'a str {
        self.attributes
            .iter()
            .find(|(name, _)| *name == key)
            .map_or("", |(_, value)| value)
    }

    /// A coordinate in units, to one decimal.
    fn number(&self, key: &str) -> Result<f64, String> {
        fine(self.get(key))
    }

    fn role(&self) -> Option<Role> {
        Role::of(self.get("fill")).or_else(|| Role::of(self.get("stroke")))
    }

    /// Its outline as path data, where it has one.
    fn path(&self) -> Result<Option<String>, String> {
        Ok(match self.name {
            "rect" => {
                let (x, y, width, height) = (
                    self.number("x")?,
                    self.number("y")?,
                    self.number("width")?,
                    self.number("height")?,
                );
                Some(format!("M{x} {y}h{width}v{height}h{}z", -width))
            }
            "polyline" => {
                let mut path = String::new();
                for (number, point) in self.get("points").split_whitespace().enumerate() {
                    let (x, y) = point
                        .split_once(',')
                        .ok_or_else(|| format!("`{point}` is no point"))?;
                    let _ = write!(
                        path,
                        "{}{} {}",
                        if number == 0 { 'M' } else { 'L' },
                        fine(x)?,
                        fine(y)?
                    );
                }
                Some(path)
            }
            _ => None,
        })
    }

    /// The element itself without colour and font, which are its group's.
    fn markup(&self) -> Result<String, String> {
        let at = |x: &str, y: &str| Ok::<_, String>((self.number(x)?, self.number(y)?));
        match self.name {
            "text" => {
                let ((x, y), dy) = (at("x", "y")?, self.get("dy"));
                let anchor = match self.get("text-anchor") {
                    "" | "start" => String::new(),
                    anchor => format!(" text-anchor=\"{anchor}\""),
                };
                Ok(format!(
                    "<text x=\"{x}\" y=\"{y}\" dy=\"{dy}\"{anchor}>{}</text>",
                    self.text
                ))
            }
            "circle" => {
                let (x, y) = at("cx", "cy")?;
                Ok(format!(
                    "<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\"/>",
                    self.number("r")?
                ))
            }
            name => Err(format!("plotters drew a `{name}`, which charts do not use")),
        }
    }
}

/// A coordinate of plotters in units.
fn fine(coordinate: &str) -> Result<f64, String> {
    let value: f64 = coordinate
        .parse()
        .map_err(|_| format!("`{coordinate}` is no coordinate"))?;
    Ok(value / f64::from(FINE))
}

/// What plotters wrote, in groups of one role each: one path for outlines, a group for texts and dots.
fn rewrite(drawn: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut open: Option<(Role, bool)> = None;
    let close = |open: &mut Option<(Role, bool)>, out: &mut String| match open.take() {
        Some((_, true)) => out.push_str("\"/>"),
        Some((_, false)) => out.push_str("</g>"),
        None => {}
    };
    for markup in drawn
        .split('<')
        .filter(|markup| !markup.is_empty() && !markup.starts_with('/'))
    {
        let element = Element::read(markup).ok_or_else(|| format!("`<{markup}` is no element"))?;
        if element.name == "svg" {
            continue;
        }
        let role = element
            .role()
            .ok_or_else(|| format!("`<{markup}` has no role"))?;
        let path = element.path()?;
        let group = (role, path.is_some());
        if open != Some(group) {
            close(&mut open, &mut out);
            let _ = match group.1 {
                true => write!(out, "<path {} d=\"", role.attributes()),
                false => write!(out, "<g {}>", role.attributes()),
            };
            open = Some(group);
        }
        match path {
            Some(path) => out.push_str(&path),
            None => out.push_str(&element.markup()?),
        }
    }
    close(&mut open, &mut out);
    Ok(out)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_told_by_their_colours() {
        for role in Role::ALL {
            let RGBColor(red, green, blue) = role.colour();
            assert_eq!(
                Role::of(&format!("#{red:02X}{green:02X}{blue:02X}")),
                Some(role)
            );
        }
        assert_eq!((Role::of("none"), Role::of("#000000")), (None, None));
    }

    #[test]
    fn what_plotters_writes_becomes_paths_and_groups() {
        let drawn = "<svg width=\"10\">\n<rect x=\"15\" y=\"20\" width=\"100\" height=\"5\" opacity=\"1\" fill=\"#010204\" stroke=\"none\"/>\n\
            <rect x=\"0\" y=\"0\" width=\"10\" height=\"10\" opacity=\"1\" fill=\"#010204\" stroke=\"none\"/>\n\
            <text x=\"5\" y=\"7\" dy=\"0.5ex\" text-anchor=\"end\" fill=\"#010202\">\na &lt;b&gt;\n</text>\n</svg>\n";
        let expected = "<path class=\"bar\" fill=\"var(--truth)\" d=\"M1.5 2h10v0.5h-10zM0 0h1v1h-1z\"/>\
            <g class=\"tick\" fill=\"var(--soft)\"><text x=\"0.5\" y=\"0.7\" dy=\"0.5ex\" text-anchor=\"end\">a &lt;b&gt;</text></g>";
        assert_eq!(rewrite(drawn).as_deref(), Ok(expected));
    }

    #[test]
    fn what_has_no_role_is_an_error() {
        assert!(rewrite("<rect x=\"1\" fill=\"#ffffff\"/>").is_err());
        assert!(rewrite("<image x=\"1\" fill=\"#010204\"/>").is_err());
    }
}

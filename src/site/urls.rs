//! [`Urls`]: the one place where addresses inside the site are made, relative to the page they stand on.

use std::collections::{BTreeSet, HashSet};

/// Somewhere in the site.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    Overview,
    Findings,
    Errors,
    Confusion {
        truth: usize,
        prediction: usize,
    },
    Classes,
    Class(usize),
    /// One page of the whole test set, counted from 0.
    Gallery(usize),
    Sample(usize),
    Layers,
    Layer(usize),
    Channel {
        layer: usize,
        channel: usize,
    },
    Weights,
    Inside,
    Quality,
    Calibration,
    Suspects,
    /// What readers said of the samples.
    Review,
    Slices,
    Duplicates,
    Odd,
    Map,
    Method,
    /// What a server shows in the place of a page that is not there, at any depth.
    NotFound,
    /// Any other file, by its path from the site's root: `assets/style.css`.
    File(String),
}

impl Place {
    /// Whether there is one page of this kind, not one for each of many things.
    pub fn is_chapter(&self) -> bool {
        !matches!(
            self,
            Self::Confusion { .. }
                | Self::Class(_)
                | Self::Gallery(_)
                | Self::Sample(_)
                | Self::Layer(_)
                | Self::Channel { .. }
                | Self::NotFound
                | Self::File(_)
        )
    }
}

/// Names that addresses are made of.
#[derive(Clone, Debug)]
pub struct Urls {
    classes: Vec<String>,
    layers: Vec<String>,
    digits: usize,
    gallery_page: usize,
    /// Samples that have a page of their own.
    shown: BTreeSet<usize>,
    /// Address of the site's root with a slash at its end, where it is known.
    base: Option<String>,
}

impl Urls {
    /// `shown` are the samples with a page of their own; the others are found in the gallery, of which
    /// a page holds `gallery_page` samples.
    pub fn new(
        classes: &[String],
        layers: &[String],
        samples: usize,
        gallery_page: usize,
        shown: BTreeSet<usize>,
    ) -> Self {
        Self {
            classes: slugs(classes),
            layers: slugs(layers),
            digits: samples.saturating_sub(1).to_string().len().max(6),
            gallery_page: gallery_page.max(1),
            shown,
            base: None,
        }
    }

    /// With the address that the site's root will have.
    pub fn at(mut self, base: Option<String>) -> Self {
        self.base = base;
        self
    }

    /// Address of a place for those who are not on the site; `None` where the site's own is not known.
    pub fn absolute(&self, place: &Place) -> Option<String> {
        let path = self.path(place);
        let path = path.strip_suffix("index.html").unwrap_or(&path);
        self.base.as_ref().map(|base| format!("{base}{path}"))
    }

    /// From a page to the site's root: empty, or `../` some times.
    pub fn root(&self, from: &Place) -> String {
        match (from, &self.base) {
            (Place::NotFound, Some(base)) => base.clone(),
            _ => "../".repeat(self.folder(from).matches('/').count()),
        }
    }

    /// Path of the file from the site's root, with forward slashes.
    pub fn path(&self, place: &Place) -> String {
        match place {
            Place::File(path) => path.clone(),
            Place::NotFound => "404.html".into(),
            _ => format!("{}index.html", self.folder(place)),
        }
    }

    /// Folder of a page from the site's root: empty, or with a slash at its end. Files that belong to
    /// one page lie there.
    pub fn folder(&self, place: &Place) -> String {
        match place {
            Place::Overview | Place::NotFound => String::new(),
            Place::Findings => "findings/".into(),
            Place::Errors => "errors/".into(),
            Place::Confusion { truth, prediction } => {
                format!(
                    "errors/{}-as-{}/",
                    self.classes[*truth], self.classes[*prediction]
                )
            }
            Place::Classes => "classes/".into(),
            Place::Class(class) => format!("classes/{}/", self.classes[*class]),
            Place::Gallery(0) => "samples/".into(),
            Place::Gallery(page) => format!("samples/page-{}/", page + 1),
            Place::Sample(index) => format!("samples/{index:0digits$}/", digits = self.digits),
            Place::Layers => "layers/".into(),
            Place::Layer(id) => format!("layers/{}/", self.layers[*id]),
            Place::Channel { layer, channel } => {
                format!("layers/{}/channels/{channel}/", self.layers[*layer])
            }
            Place::Weights => "weights/".into(),
            Place::Inside => "inside/".into(),
            Place::Quality => "quality/".into(),
            Place::Calibration => "calibration/".into(),
            Place::Suspects => "labels/".into(),
            Place::Review => "review/".into(),
            Place::Slices => "slices/".into(),
            Place::Duplicates => "duplicates/".into(),
            Place::Odd => "odd/".into(),
            Place::Map => "map/".into(),
            Place::Method => "method/".into(),
            Place::File(path) => path
                .rsplit_once('/')
                .map_or(String::new(), |(folder, _)| format!("{folder}/")),
        }
    }

    /// Address of one place as written on the page of another.
    pub fn link(&self, from: &Place, to: &Place) -> String {
        match (from, &self.base) {
            (Place::NotFound, Some(base)) => format!("{base}{}", self.path(to)),
            _ => relative(&self.folder(from), &self.path(to)),
        }
    }

    /// Address of a sample: its own page, or its place in the gallery.
    pub fn sample(&self, from: &Place, index: usize) -> String {
        if self.shown.contains(&index) {
            return self.link(from, &Place::Sample(index));
        }
        format!(
            "{}#{}",
            self.link(from, &self.gallery_of(index)),
            self.anchor(index)
        )
    }

    /// The page of the gallery that a sample stands on.
    pub fn gallery_of(&self, index: usize) -> Place {
        Place::Gallery(index / self.gallery_page)
    }

    /// Digits of a sample's number in addresses.
    pub fn digits(&self) -> usize {
        self.digits
    }

    /// Identifier of a sample's element on its page of the gallery.
    pub fn anchor(&self, index: usize) -> String {
        format!("s{index:0digits$}", digits = self.digits)
    }

    /// Whether a sample has a page of its own.
    pub fn has_page(&self, index: usize) -> bool {
        self.shown.contains(&index)
    }

    /// Samples with a page of their own, ascending.
    pub fn shown(&self) -> &BTreeSet<usize> {
        &self.shown
    }
}

/// `to` as seen from a folder; both are paths from the same root.
fn relative(from_folder: &str, to: &str) -> String {
    let from: Vec<&str> = from_folder
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let parts: Vec<&str> = to.split('/').collect();
    let shared = from
        .iter()
        .zip(&parts[..parts.len() - 1])
        .take_while(|(a, b)| a == b)
        .count();
    let mut link = "../".repeat(from.len() - shared);
    link.push_str(&parts[shared..].join("/"));
    link
}

/// Folder names of any names: lower-case letters and digits of any script's ASCII, hyphens between,
/// unique, never empty, never a name that has another meaning beside them.
fn slugs(names: &[String]) -> Vec<String> {
    let mut taken = HashSet::new();
    names
        .iter()
        .map(|name| {
            let base = slug(name);
            let mut candidate = base.clone();
            let mut number = 2;
            while !taken.insert(candidate.clone()) {
                candidate = format!("{base}-{number}");
                number += 1;
            }
            candidate
        })
        .collect()
}

/// Longest folder name made of a name; file systems allow 255 bytes and a confusion joins two.
const LONGEST: usize = 80;

fn slug(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let lower = name.to_lowercase();
    for word in lower.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        // `as` stands between two classes in the address of a confusion, so it cannot be a word of one.
        match word {
            "" => {}
            "as" => words.push("as_".into()),
            word => words.push(word.into()),
        }
    }
    let mut slug = words.join("-");
    slug.truncate(LONGEST);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "unnamed".into()
    } else {
        slug.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn urls() -> Urls {
        let classes = ["horse".to_string(), "sport utility vehicle".to_string()];
        let layers = ["input".to_string(), "conv_0".to_string()];
        Urls::new(&classes, &layers, 10_000, 250, BTreeSet::from([57]))
    }

    #[test]
    fn addresses_are_relative_to_the_page_they_stand_on() {
        let urls = urls();
        let confusion = Place::Confusion {
            truth: 0,
            prediction: 1,
        };
        assert_eq!(
            urls.path(&confusion),
            "errors/horse-as-sport-utility-vehicle/index.html"
        );
        assert_eq!(
            urls.link(&confusion, &Place::Sample(57)),
            "../../samples/000057/index.html"
        );
        assert_eq!(urls.link(&confusion, &Place::Errors), "../index.html");
        assert_eq!(
            urls.link(&Place::Overview, &Place::Layer(1)),
            "layers/conv_0/index.html"
        );
        assert_eq!(urls.link(&Place::Layers, &Place::Layers), "index.html");
    }

    #[test]
    fn a_sample_without_a_page_is_found_in_the_gallery() {
        let urls = urls();
        assert_eq!(
            urls.sample(&Place::Overview, 57),
            "samples/000057/index.html"
        );
        assert_eq!(
            urls.sample(&Place::Overview, 251),
            "samples/page-2/index.html#s000251"
        );
    }

    #[test]
    fn a_page_at_any_depth_has_absolute_links_once_the_site_has_an_address() {
        let (place, to) = (Place::NotFound, Place::Layer(1));
        let urls = urls();
        assert_eq!(urls.link(&place, &to), "layers/conv_0/index.html");
        assert_eq!(urls.absolute(&to), None);
        let urls = urls.at(Some("https://a.org/b/".into()));
        assert_eq!(
            urls.link(&place, &to),
            "https://a.org/b/layers/conv_0/index.html"
        );
        assert_eq!(urls.root(&place), "https://a.org/b/");
        assert_eq!(urls.root(&to), "../../");
        assert_eq!(
            urls.absolute(&to).as_deref(),
            Some("https://a.org/b/layers/conv_0/")
        );
    }

    #[test]
    fn hostile_names_become_plain_and_distinct_folders() {
        let names = ["../../etc", "", "<b>", "B", "as"].map(String::from);
        assert_eq!(slugs(&names), ["etc", "unnamed", "b", "b-2", "as_"]);
    }

    proptest! {
        #[test]
        fn slugs_are_safe_and_unique(names in prop::collection::vec(".{0,40}", 0..8)) {
            let slugs = slugs(&names);
            let distinct: HashSet<&String> = slugs.iter().collect();
            prop_assert_eq!(distinct.len(), slugs.len());
            for slug in &slugs {
                prop_assert!(slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') && !slug.is_empty());
                prop_assert!(!slug.split('-').any(|word| word == "as"));
            }
        }
    }
}

//! Addresses that people write into a config or a note, and which of them may stand on a page.

/// Where an address may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// `http:`, `https:` and `mailto:`.
    Absolute,
    /// Those, and addresses relative to the page.
    AbsoluteOrRelative,
}

/// Whether a link to an address does no more than lead somewhere: never `javascript:`, `data:` or what a browser
/// would read as one of them.
pub fn is_harmless(address: &str, allowed: Allowed) -> bool {
    // Browsers leave out tabs and line breaks and trim spaces before they look for the scheme.
    if address.is_empty() || address.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return false;
    }
    match scheme(address) {
        Some(scheme) => ["http", "https", "mailto"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known)),
        // Two slashes at the start name another machine, with the scheme of the page.
        None => {
            allowed == Allowed::AbsoluteOrRelative && !address.replace('\\', "/").starts_with("//")
        }
    }
}

/// What stands before the colon, if that is not part of a path.
fn scheme(address: &str) -> Option<&str> {
    let end = address.find([':', '/', '?', '#', '\\'])?;
    address[end..].starts_with(':').then(|| &address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_that_lead_somewhere_are_harmless() {
        for good in ["https://example.org/a:b", "HTTP://a", "mailto:a@b.c"] {
            assert!(is_harmless(good, Allowed::Absolute), "{good}");
        }
        for relative in ["labels/index.html", "#a:b", "./a:b", "?a:b", "/a"] {
            assert!(is_harmless(relative, Allowed::AbsoluteOrRelative));
            assert!(!is_harmless(relative, Allowed::Absolute), "{relative}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\nscript:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,a",
            "vbscript:a",
            "file:///etc/passwd",
            ":",
            "//example.org",
            "\\\\example.org",
        ] {
            assert!(!is_harmless(bad, Allowed::AbsoluteOrRelative), "{bad:?}");
        }
    }
}

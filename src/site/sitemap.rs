//! The sitemap: the addresses of all pages for those who index the web, in the form of sitemaps.org.

use std::collections::BTreeSet;

/// Pages a file, so that none grows beyond 2 MB; the form allows 50,000.
const PAGES: usize = 10_000;

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// Names and texts: `sitemap.xml`, which lists the pages, or where they are too many the files that do. None where
/// there are no addresses. `address` makes that of a file of the site.
pub(super) fn files(
    pages: &BTreeSet<String>,
    address: impl Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    const FIRST: &str = "sitemap.xml";
    let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
    if pages.len() <= PAGES {
        let whole = (!pages.is_empty()).then(|| (FIRST.to_owned(), list("urlset", "url", &pages)));
        return whole.into_iter().collect();
    }
    let mut files: Vec<(String, String)> = pages
        .chunks(PAGES)
        .enumerate()
        .map(|(number, pages)| {
            let name = format!("sitemap-{}.xml", number + 1);
            (name, list("urlset", "url", pages))
        })
        .collect();
    let parts: Vec<String> = files.iter().filter_map(|(name, _)| address(name)).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    files.push((FIRST.to_owned(), list("sitemapindex", "sitemap", &parts)));
    files
}

fn list(root: &str, item: &str, addresses: &[&str]) -> String {
    let mut text =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">\n");
    for address in addresses {
        let address = address
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('\'', "&apos;");
        text.push_str(&format!("<{item}><loc>{address}</loc></{item}>\n"));
    }
    text.push_str(&format!("</{root}>\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(count: usize) -> BTreeSet<String> {
        (0..count)
            .map(|page| format!("https://a.org/?a&{page:06}"))
            .collect()
    }

    fn address(name: &str) -> Option<String> {
        Some(format!("https://a.org/{name}"))
    }

    #[test]
    fn a_site_without_an_address_has_none() {
        assert!(files(&pages(0), address).is_empty());
    }

    #[test]
    fn pages_are_listed_in_order() {
        let files = files(&pages(2), address);
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].0, "sitemap.xml");
        assert!(files[0].1.contains(
            "<loc>https://a.org/?a&amp;000000</loc></url>\n<url><loc>https://a.org/?a&amp;000001"
        ));
    }

    #[test]
    fn many_pages_are_listed_in_parts() {
        let files = files(&pages(PAGES * 2 + 1), address);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "sitemap-1.xml",
                "sitemap-2.xml",
                "sitemap-3.xml",
                "sitemap.xml"
            ]
        );
        assert!(
            files[3]
                .1
                .contains("<sitemap><loc>https://a.org/sitemap-3.xml</loc>")
        );
        assert_eq!(files[2].1.matches("<loc>").count(), 1);
    }
}

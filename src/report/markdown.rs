//! Notes of people, written in Markdown, as HTML that can do no harm: HTML in them is shown as text, pictures
//! become their descriptions, and a link leads somewhere or is none.

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

use crate::config::address::{Allowed, is_harmless};

/// HTML for a page whose heading is of the first level.
pub fn html(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut safe = Safe::default();
    let events = Parser::new_ext(text, options).filter_map(|event| safe.event(event));
    let mut page = String::new();
    html::push_html(&mut page, events);
    page
}

/// What was decided at a start tag and holds until its end tag.
#[derive(Default)]
struct Safe {
    /// Whether each open link was kept.
    links: Vec<bool>,
    /// Levels as written and as shown of the headings so far that are open as sections.
    headings: Vec<(HeadingLevel, HeadingLevel)>,
    /// Level of the open heading as it is shown.
    shown: Option<HeadingLevel>,
}

impl Safe {
    fn event<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        Some(match event {
            Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
            Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
            Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
            Event::Start(Tag::Link {
                dest_url,
                title,
                id,
                ..
            }) => {
                let address = address(dest_url);
                let keep = is_harmless(&address, Allowed::AbsoluteOrRelative);
                self.links.push(keep);
                if !keep {
                    return None;
                }
                Event::Start(Tag::Link {
                    // Of another kind it would get a scheme, which this one has.
                    link_type: LinkType::Inline,
                    dest_url: address,
                    title,
                    id,
                })
            }
            Event::End(TagEnd::Link) => {
                if !self.links.pop().unwrap_or(false) {
                    return None;
                }
                Event::End(TagEnd::Link)
            }
            Event::Start(Tag::Heading { level, .. }) => {
                let shown = self.heading(level);
                self.shown = Some(shown);
                Event::Start(Tag::Heading {
                    level: shown,
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                })
            }
            Event::End(TagEnd::Heading(level)) => {
                Event::End(TagEnd::Heading(self.shown.take().unwrap_or(level)))
            }
            other => other,
        })
    }

    /// The level that a heading has on the page: one below the heading it belongs to, the page's own at the top.
    fn heading(&mut self, level: HeadingLevel) -> HeadingLevel {
        while self.headings.last().is_some_and(|(open, _)| *open >= level) {
            self.headings.pop();
        }
        let above = self
            .headings
            .last()
            .map_or(HeadingLevel::H1, |(_, shown)| *shown);
        let shown = HeadingLevel::try_from(above as usize + 1).unwrap_or(HeadingLevel::H6);
        self.headings.push((level, shown));
        shown
    }
}

/// A mail address without its scheme gets it.
fn address(written: CowStr<'_>) -> CowStr<'_> {
    let is_mail = written.contains('@') && !written.contains([':', '/', '#', '?']);
    if is_mail {
        format!("mailto:{written}").into()
    } else {
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markdown_is_shown() {
        let page = html("Trained *long*.\n\n- [code](https://example.org/a?b&c)\n- <a@b.org>");
        assert_eq!(
            page,
            "<p>Trained <em>long</em>.</p>\n<ul>\n<li><a href=\"https://example.org/a?b&amp;c\">code</a></li>\n\
             <li><a href=\"mailto:a@b.org\">a@b.org</a></li>\n</ul>\n"
        );
    }

    #[test]
    fn html_is_text() {
        let page = html("<script>alert(1)</script>\n\na <b onclick=x>b</b> <!-- c -->");
        assert!(
            page.contains("&lt;script&gt;alert(1)") && page.contains("&lt;b onclick"),
            "{page}"
        );
        assert!(!page.contains("<script") && !page.contains("<b"), "{page}");
    }

    #[test]
    fn links_that_do_something_are_their_text() {
        for bad in [
            "[a](javascript:alert(1))",
            "[a](JAVASCRIPT:alert(1))",
            "[a](java&#10;script:alert(1))",
            "[a](data:text/html;base64,x)",
            "<javascript:alert(1)>",
            "[a]\n\n[a]: javascript:alert(1)",
            "[a](//example.org)",
            "[**a**](<java script:x>)",
        ] {
            assert!(!html(bad).contains("<a"), "{bad}: {}", html(bad));
        }
        assert!(html("[a](labels/index.html)").contains("href=\"labels/index.html\""));
    }

    #[test]
    fn a_picture_is_its_description() {
        assert_eq!(
            html("![a *cat*](https://example.org/x.png)"),
            "<p>a <em>cat</em></p>\n"
        );
    }

    #[test]
    fn headings_stand_below_that_of_the_page_and_skip_no_level() {
        let page = html("### a\n\n##### b\n\n### c\n\n# d\n\n## e");
        let tags: Vec<&str> = page.lines().map(|line| &line[..4]).collect();
        assert_eq!(tags, ["<h2>", "<h3>", "<h2>", "<h2>", "<h3>"]);
    }

    proptest! {
        #[test]
        fn no_text_becomes_a_script(text in "[\\[\\]()<>!a-d:&#;\"'= \n*`/-]{0,60}(javascript:|<script|<img src=x onerror=|\\]\\()?[a-d()<>\\]]{0,10}") {
            let page = html(&text);
            prop_assert!(!page.contains("<script") && !page.contains("<img"), "{}", page);
            prop_assert!(!page.contains("href=\"javascript:"), "{}", page);
        }
    }
}

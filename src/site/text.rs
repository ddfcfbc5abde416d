//! [`Passage`]: what a page says, piece by piece, for those who search in it.

/// Elements whose text is a passage of its own.
const PASSAGES: [&str; 8] = ["h1", "h2", "h3", "p", "li", "dt", "dd", "figcaption"];
/// Elements at whose end a passage ends as well, for its own end tag may be left out.
const LISTS: [&str; 3] = ["ul", "ol", "dl"];
/// Elements at whose start or end a paragraph ends, likewise.
const BLOCKS: [&str; 6] = ["div", "section", "figure", "form", "pre", "main"];
/// Elements whose text is none: the frame of a page, numbers in rows, drawings.
const PASSED_OVER: [&str; 8] = [
    "head", "nav", "footer", "header", "table", "svg", "script", "noscript",
];

/// A heading or a paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The heading that it stands below; its own text for a heading.
    pub heading: String,
    pub text: String,
}

/// The passages of a page as this program renders it, in their order. Text is plain, entities undone, white space
/// single.
pub fn passages(html: &str) -> Vec<Passage> {
    let mut reader = Reader::default();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        reader.text(&rest[..start]);
        let end = rest[start..]
            .find('>')
            .map_or(rest.len(), |end| start + end + 1);
        reader.tag(rest[start..end].trim_matches(['<', '>']));
        rest = &rest[end..];
    }
    reader.text(rest);
    reader.end();
    reader.passages
}

#[derive(Default)]
struct Reader {
    passages: Vec<Passage>,
    heading: String,
    /// The element that is being read, and what it said so far.
    open: Option<(String, String)>,
    /// The element that is passed over, and how often it is open.
    over: Option<(String, usize)>,
}

impl Reader {
    fn text(&mut self, text: &str) {
        if let (Some((_, said)), None) = (&mut self.open, &self.over) {
            said.push_str(text);
        }
    }

    fn tag(&mut self, tag: &str) {
        let closes = tag.starts_with('/');
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if let Some((over, depth)) = &mut self.over {
            if *over == name {
                *depth = if closes { *depth - 1 } else { *depth + 1 };
            }
            if *depth == 0 {
                self.over = None;
            }
            return;
        }
        if !closes && PASSED_OVER.contains(&name.as_str()) {
            self.end();
            self.over = Some((name, 1));
        } else if PASSAGES.contains(&name.as_str()) {
            self.end();
            if !closes {
                self.open = Some((name, String::new()));
            }
        } else if closes && LISTS.contains(&name.as_str())
            || self.is_in_paragraph() && BLOCKS.contains(&name.as_str())
        {
            self.end();
        } else if let Some((_, said)) = &mut self.open
            && !["b", "i", "em", "span", "a", "code", "sub", "sup"].contains(&name.as_str())
        {
            said.push(' ');
        }
    }

    fn is_in_paragraph(&self) -> bool {
        self.open
            .as_ref()
            .is_some_and(|(element, _)| element == "p")
    }

    /// Ends the passage that is being read.
    fn end(&mut self) {
        let Some((name, said)) = self.open.take() else {
            return;
        };
        let text = plain(&said);
        if text.is_empty() {
            return;
        }
        if name.starts_with('h') {
            self.heading.clone_from(&text);
        }
        self.passages.push(Passage {
            heading: self.heading.clone(),
            text,
        });
    }
}

fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut plain = words.join(" ");
    // The ampersand last, or it would make entities of its own.
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2F;", "/"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ] {
        if plain.contains(entity) {
            plain = plain.replace(entity, character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passages_stand_below_their_headings() {
        let html = "<head><title>no</title></head><nav><ul><li>no</li></ul></nav><main><h1>Errors <small>all</small></h1>\n<p>2 of <b>them</b>, a &lt;b&gt; &amp;amp;.</p><table><tr><td><p>no</p></td></tr></table><h2>More</h2><ul><li>one</li><li>two<p>three</p></li></ul><h2>Last</h2><div><p>four<div>five</div></div></main>";
        let found: Vec<(String, String)> = passages(html)
            .into_iter()
            .map(|passage| (passage.heading, passage.text))
            .collect();
        let expected = [
            ("Errors all", "Errors all"),
            ("Errors all", "2 of them, a <b> &amp;."),
            ("More", "More"),
            ("More", "one"),
            ("More", "two"),
            ("More", "three"),
            ("Last", "Last"),
            ("Last", "four"),
        ];
        let expected = expected.map(|(heading, text)| (heading.to_owned(), text.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn broken_markup_is_no_reason_to_stop() {
        for html in ["<", "<p", "<p>a<", "</p></p>", "<table><p>a", "a > b"] {
            passages(html);
        }
    }
}

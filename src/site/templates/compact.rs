//! [`compact`]: HTML without the indentation and the blank lines that templates leave. A report has
//! thousands of pages, and a third of their bytes would be white space.

/// Elements whose white space counts, or is not ours to judge.
pub(super) const VERBATIM: [&str; 4] = ["pre", "textarea", "script", "style"];

/// The same document with every run of white space that contains a line break shortened to the break
/// alone. Browsers show both alike: such a run is one space to them. Untouched are values of attributes,
/// comments, and what stands in [`VERBATIM`] elements.
pub(super) fn compact(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        squeeze(&rest[..start], &mut out);
        rest = &rest[start..];
        rest = if rest.starts_with("<!--") {
            copy_until(rest, "-->", &mut out)
        } else if rest[1..]
            .starts_with(|next: char| next.is_ascii_alphabetic() || next == '/' || next == '!')
        {
            copy_tag(rest, &mut out)
        } else {
            // A bare `<` is text.
            out.push('<');
            &rest[1..]
        };
    }
    squeeze(rest, &mut out);
    out
}

/// Copies text or the space between attributes.
fn squeeze(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(start) = find_byte(rest, is_space_byte) {
        out.push_str(&rest[..start]);
        let end = find_byte(&rest[start..], |byte| !is_space_byte(byte))
            .map_or(rest.len(), |length| start + length);
        let run = &rest[start..end];
        if run.contains('\n') {
            // The run may go on behind a tag that printed nothing.
            out.truncate(out.trim_end_matches([' ', '\t']).len());
            if !out.ends_with('\n') {
                out.push('\n');
            }
        } else {
            out.push_str(run);
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
}

/// The white space of HTML; others, such as the no-break space, are shown.
pub(super) fn is_space(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_space_byte)
}

pub(super) fn is_space_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c')
}

/// What a tag is read up to: its end, or a value of an attribute.
pub(super) fn ends_or_quotes(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'>')
}

/// The first of some ASCII characters.
pub(super) fn find_byte(text: &str, is_wanted: impl Fn(u8) -> bool) -> Option<usize> {
    text.bytes().position(is_wanted)
}

/// Copies one tag and, if white space counts in its element, the element; returns what follows.
fn copy_tag<'a>(html: &'a str, out: &mut String) -> &'a str {
    let name = &html[1..];
    let name = &name[..find_byte(name, |byte| !byte.is_ascii_alphanumeric()).unwrap_or(name.len())];
    let mut rest = html;
    while let Some(place) = find_byte(rest, ends_or_quotes) {
        squeeze(&rest[..place], out);
        let mark = &rest[place..=place];
        rest = &rest[place + 1..];
        out.push_str(mark);
        if mark != ">" {
            rest = copy_until(rest, mark, out);
            continue;
        }
        let Some(element) = VERBATIM
            .iter()
            .find(|element| name.eq_ignore_ascii_case(element))
        else {
            return rest;
        };
        let end = find_end(rest, element);
        out.push_str(&rest[..end]);
        return &rest[end..];
    }
    out.push_str(rest);
    ""
}

/// Where the end tag of an element begins.
pub(super) fn find_end(html: &str, element: &str) -> usize {
    let is_end = |place: &usize| {
        let tag = &html.as_bytes()[place + 2..];
        tag.len() >= element.len() && tag[..element.len()].eq_ignore_ascii_case(element.as_bytes())
    };
    html.match_indices("</")
        .map(|(place, _)| place)
        .find(is_end)
        .unwrap_or(html.len())
}

/// Copies up to and with `end`; returns what follows.
pub(super) fn copy_until<'a>(html: &'a str, end: &str, out: &mut String) -> &'a str {
    let place = html.find(end).map_or(html.len(), |place| place + end.len());
    out.push_str(&html[..place]);
    &html[place..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn indentation_and_blank_lines_go() {
        let html =
            "<ul>\n\n    <li>one  two</li>\n  \n\t<li\n      class=\"a\">three</li>   \n</ul>\n";
        assert_eq!(
            compact(html),
            "<ul>\n<li>one  two</li>\n<li\nclass=\"a\">three</li>\n</ul>\n"
        );
    }

    #[test]
    fn white_space_that_counts_stays() {
        for html in [
            "<pre>\n  a\n\n    b</pre>",
            "<PRE class='x > y'>\n  a\n</PRE>",
            "<img alt=\"a\n    b > c\">",
            "<script>\n\n  let a = '<p>\\n  ';\n</script>",
            "<textarea>\n\n  x</textarea >",
            "<!-- a\n\n  b -->",
            "a < b and b > a",
            "a\u{a0}\u{a0}b",
            "<pre>\n  never closed",
            "<p title=\"\n  never closed",
        ] {
            assert_eq!(compact(html), html);
        }
    }

    #[test]
    fn a_tag_that_only_begins_like_pre_is_none() {
        assert_eq!(compact("<prefix>\n  a</prefix>"), "<prefix>\na</prefix>");
    }

    proptest! {
        #[test]
        fn nothing_but_white_space_is_lost(html in "[a-z<>\"'/! \n\t-]{0,80}") {
            let visible = |text: &str| text.chars().filter(|&c| !is_space(c)).collect::<String>();
            prop_assert_eq!(visible(&compact(&html)), visible(&html));
        }

        #[test]
        fn what_is_compact_stays_as_it_is(html in "(<p>|</p>|<pre>|</pre>|<b c=\"|\">|[ a\n]){0,20}") {
            let once = compact(&html);
            prop_assert_eq!(compact(&once), once);
        }
    }
}

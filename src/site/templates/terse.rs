//! [`terse`]: HTML without the quotes and the end tags that the standard lets go. Of a report with thousands of pages
//! they are a tenth.

use super::compact::{
    VERBATIM, copy_until, ends_or_quotes, find_byte, find_end, is_space, is_space_byte,
};

/// The start tags and the end tags that may follow an element whose end tag may be left out then (HTML Living Standard,
/// 13.1.2.4; a choice of what it allows).
fn omissible(element: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match element {
        "body" => (&[], &["html"]),
        "p" => (
            &BEHIND_PARAGRAPHS,
            &["div", "section", "main", "figure", "footer", "li", "td"],
        ),
        "li" => (&["li"], &["ul", "ol"]),
        "td" | "th" => (&["td", "th"], &["tr"]),
        "tr" => (&["tr"], &["tbody", "thead", "tfoot", "table"]),
        "tbody" => (&["tbody", "tfoot"], &["table"]),
        "thead" => (&["tbody", "tfoot"], &[]),
        "dt" => (&["dt", "dd"], &[]),
        "dd" => (&["dt", "dd"], &["dl", "div"]),
        _ => return None,
    })
}

/// Elements that end a paragraph before them.
const BEHIND_PARAGRAPHS: [&str; 14] = [
    "p", "div", "section", "figure", "footer", "nav", "table", "ul", "ol", "dl", "h2", "h3", "pre",
    "form",
];

/// Elements beside whose tags white space shows nowhere, as far as the stylesheet lays them out as what they are.
#[rustfmt::skip]
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "head" | "meta" | "title" | "link" | "script" | "body" | "header" | "nav" | "main" | "footer" | "section"
            | "div" | "p" | "ul" | "ol" | "li" | "dl" | "dt" | "dd" | "table" | "thead" | "tbody" | "tr" | "td" | "th"
            | "figure" | "figcaption" | "h2"
    )
}

/// The same document to a parser of HTML: values of attributes that need no quotes have none, end tags that the next
/// tag implies are left out, and lines do not break between blocks. Comments and [`VERBATIM`] elements stay.
pub(super) fn terse(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let (mut rest, mut behind_block) = (html, false);
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        rest = &rest[start..];
        let tag = tag_name(rest, "</").or_else(|| tag_name(rest, "<"));
        let before_block = tag.is_some_and(is_block);
        if text != "\n" || !(behind_block || before_block) {
            out.push_str(text);
        }
        behind_block = before_block;
        rest = if rest.starts_with("<!--") {
            copy_until(rest, "-->", &mut out)
        } else if let Some(name) = tag_name(rest, "</") {
            end_tag(rest, name, &mut out)
        } else if let Some(name) = tag_name(rest, "<") {
            start_tag(rest, name, &mut out)
        } else {
            out.push('<');
            &rest[1..]
        };
    }
    out.push_str(rest);
    out
}

/// The name of the tag that begins here; `None` where none does.
fn tag_name<'a>(html: &'a str, opening: &str) -> Option<&'a str> {
    let name = html.strip_prefix(opening)?;
    let end = find_byte(name, |byte| !byte.is_ascii_alphanumeric()).unwrap_or(name.len());
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        .then(|| &name[..end])
}

/// Copies an end tag, or passes over it and the white space that follows.
fn end_tag<'a>(html: &'a str, name: &str, out: &mut String) -> &'a str {
    let Some(end) = html.find('>') else {
        out.push_str(html);
        return "";
    };
    let (tag, rest) = html.split_at(end + 1);
    let next = rest.trim_start_matches(is_space);
    let ends_all = name == "html" && next.is_empty();
    let implied = ends_all
        || omissible(name).is_some_and(|(starts, ends)| {
            tag_name(next, "<").is_some_and(|name| starts.contains(&name))
                || tag_name(next, "</").is_some_and(|name| ends.contains(&name))
        });
    if implied {
        return next;
    }
    out.push_str(tag);
    rest
}

/// Copies a start tag and, if white space counts in its element, the element; returns what follows.
fn start_tag<'a>(html: &'a str, name: &str, out: &mut String) -> &'a str {
    let mut rest = html;
    while let Some(place) = find_byte(rest, ends_or_quotes) {
        let (before, mark) = (&rest[..place], &rest[place..=place]);
        rest = &rest[place + 1..];
        out.push_str(before);
        if mark == ">" {
            out.push('>');
            let verbatim = VERBATIM
                .iter()
                .find(|element| name.eq_ignore_ascii_case(element));
            let end = verbatim.map_or(0, |element| find_end(rest, element));
            out.push_str(&rest[..end]);
            return &rest[end..];
        }
        let value = rest.find(mark).map_or(rest, |end| &rest[..end]);
        let behind = &rest[(value.len() + 1).min(rest.len())..];
        if mark == "\"" && before.ends_with('=') && needs_no_quotes(value, behind) {
            out.push_str(value);
            rest = behind;
        } else {
            out.push_str(mark);
            rest = copy_until(rest, mark, out);
        }
    }
    out.push_str(rest);
    ""
}

/// A slash at the end or behind the value would be read as the end of the tag in a drawing.
fn needs_no_quotes(value: &str, behind: &str) -> bool {
    !value.is_empty()
        && !value.ends_with('/')
        && find_byte(value, |byte| {
            is_space_byte(byte) || b"\"'`=<>".contains(&byte)
        })
        .is_none()
        && behind.starts_with(|c: char| c == '>' || is_space(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_go_where_no_parser_needs_them() {
        assert_eq!(
            terse(
                "<a class=\"tag right\" href=\"../a.html#b\" title=\"\"><img alt=\"a&quot;b\" src=\"a/\"></a>"
            ),
            "<a class=\"tag right\" href=../a.html#b title=\"\"><img alt=a&quot;b src=\"a/\"></a>"
        );
        for html in [
            "<path d=\"M0z\"/>",
            "<a title=\"a=b\">",
            "<a title='b'>",
            "<!-- <a b=\"c\"> -->",
            "<script>let a = '<b c=\"d\">';</script>",
            "<pre>\n<b>\n</pre>",
            "a < \"b\" > c",
            "<a b=\"never closed",
        ] {
            assert_eq!(terse(html), html);
        }
    }

    #[test]
    fn end_tags_go_where_the_next_tag_implies_them() {
        assert_eq!(
            terse("<ul>\n<li>a</li>\n<li>b <b>c</b></li>\n</ul>\n<p>d</p>"),
            "<ul><li>a<li>b <b>c</b></ul><p>d</p>"
        );
        assert_eq!(
            terse(
                "<html><head><title>a</title></head><body><div><p>b</p>\n<p>c</p></div><p>d</p><i>e</i></body></html>\n"
            ),
            "<html><head><title>a</title></head><body><div><p>b<p>c</div><p>d</p><i>e</i>"
        );
        assert_eq!(
            terse(
                "<table><thead><tr><th>a</th></tr></thead>\n<tbody><tr><td></td><td>b</td></tr></tbody></table>"
            ),
            "<table><thead><tr><th>a<tbody><tr><td><td>b</table>"
        );
        assert_eq!(
            terse("<dl><div><dt>a</dt><dd>b</dd></div></dl>"),
            "<dl><div><dt>a<dd>b</div></dl>"
        );
        for html in [
            "<li>a</li> b",
            "<tr></tr><!-- c -->",
            "<li></li><p>",
            "<a><p>a</p></a>",
            "<p>a</p>b",
            "<td></td",
        ] {
            assert_eq!(terse(html), html);
        }
    }

    #[test]
    fn lines_break_where_white_space_may_show() {
        assert_eq!(
            terse("<div>\n<b>a</b>\n<i>b</i>\n<p>\nc\n</p>\n</div>\n"),
            "<div><b>a</b>\n<i>b</i><p>\nc\n</div>\n"
        );
    }

    proptest! {
        #[test]
        fn anything_ends_and_nothing_grows(html in "(<li>|</li>|<ul>|</ul>|<pre>|</pre>|<b c=\"|\">|[ a\n'/=<>]){0,20}") {
            prop_assert!(terse(&html).len() <= html.len());
        }

        #[test]
        fn text_is_kept(text in "[a-z \n]{0,40}") {
            prop_assert_eq!(terse(&text), text);
        }
    }
}

//! The look of one's own, and what a report says of itself: templates that are replaced, the address of the site,
//! its note and its links.

mod common;

use std::fs;
use std::path::Path;

use common::{broken_links, files, layerscope, repository};

/// A report of a few images into `site`, with more options.
fn report(place: &Path, more: &[&str]) -> std::process::Output {
    let out = place.join("site");
    let config = repository("config/config.toml");
    let (out, config) = (out.to_string_lossy(), config.to_string_lossy());
    let mut arguments = vec!["report", &config, "--limit", "20", "--quiet", "--out", &out];
    arguments.extend(["--set", "samples.selected=[]"]);
    arguments.extend(more);
    layerscope(place, &arguments)
}

fn page(place: &Path, path: &str) -> String {
    fs::read_to_string(place.join("site").join(path)).expect("a page")
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn templates_are_written_out_changed_and_taken() {
    let place = tempfile::tempdir().expect("a folder");
    let written = layerscope(place.path(), &["templates", "mine"]);
    assert!(written.status.success(), "{}", said(&written));
    let mine = place.path().join("mine");
    assert_eq!(
        files(&mine).keys().collect::<Vec<_>>(),
        files(&repository("templates")).keys().collect::<Vec<_>>()
    );
    let again = layerscope(place.path(), &["templates", "mine"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(
        said(&again).contains("is there already"),
        "{}",
        said(&again)
    );

    let plain = report(place.path(), &["--templates", "mine"]);
    assert!(plain.status.success(), "{}", said(&plain));
    let before = page(place.path(), "layers/index.html");
    let foot = fs::read_to_string(mine.join("base.html")).expect("a template");
    fs::write(
        mine.join("base.html"),
        foot.replace("Written by", "Made by us with"),
    )
    .expect("a file");
    fs::write(mine.join("assets/style.css"), "body { color: red }").expect("a file");
    let changed = report(place.path(), &["--templates", "mine"]);
    assert!(changed.status.success(), "{}", said(&changed));
    assert_eq!(
        page(place.path(), "layers/index.html"),
        before.replace("Written by", "Made by us with")
    );
    assert_eq!(
        page(place.path(), "assets/style.css"),
        "body { color: red }"
    );
}

#[test]
fn a_broken_template_is_told_with_file_and_line_before_anything_is_written() {
    let place = tempfile::tempdir().expect("a folder");
    let mine = place.path().join("mine");
    fs::create_dir(&mine).expect("a folder");
    for (text, line) in [
        ("one\ntwo {{ name | }}\n", "line 2"),
        (
            "{% extends \"base.html\" %}\n{% block main %}\n\n{{ no.such.value }}\n{% endblock main %}\n",
            "line 4",
        ),
    ] {
        fs::write(mine.join("layer.html"), text).expect("a template");
        let output = report(place.path(), &["--templates", "mine"]);
        let message = said(&output);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(
            message.contains("layer.html") && message.contains(line),
            "{message}"
        );
        assert!(!place.path().join("site").exists());
    }
    let missing = report(place.path(), &["--templates", "nowhere"]);
    assert_eq!(missing.status.code(), Some(2), "{}", said(&missing));
}

#[test]
fn with_an_address_the_site_says_where_it_is() {
    let place = tempfile::tempdir().expect("a folder");
    let output = report(
        place.path(),
        &["--set", "report.url=https://example.org/cifar"],
    );
    assert!(output.status.success(), "{}", said(&output));
    let layers = page(place.path(), "layers/index.html");
    for line in [
        "<link rel=canonical href=\"https://example.org/cifar/layers/\">",
        "<meta property=og:url content=\"https://example.org/cifar/layers/\">",
        "<meta property=og:image content=https://example.org/cifar/cover.png>",
    ] {
        assert!(layers.contains(line), "{line} in {layers}");
    }
    let sitemap = page(place.path(), "sitemap.xml");
    let pages = files(&place.path().join("site"));
    let pages = pages.keys().filter(|path| path.ends_with("index.html"));
    assert_eq!(sitemap.matches("<loc>").count(), pages.count());
    assert!(sitemap.contains("<loc>https://example.org/cifar/</loc>"));
    // Shown at any depth, so nothing on it may be relative.
    let not_found = page(place.path(), "404.html");
    for name in ["href", "src"] {
        for address in common::attributes(&not_found, name) {
            assert!(
                address.starts_with("https://example.org/cifar/") || address == "#main",
                "{address}"
            );
        }
    }
    assert!(!sitemap.contains("404"));
}

#[test]
fn without_an_address_the_site_moves_anywhere() {
    let place = tempfile::tempdir().expect("a folder");
    let note = "report.note=\"\"\"# Setting\n\nSee **[the labels](labels/index.html)**, <b>not</b> [this](javascript:alert(1)).\"\"\"";
    let links = "report.links=[{ text = \"Code & data\", url = \"https://example.org/?a&b\" }]";
    let output = report(place.path(), &["--set", note, "--set", links]);
    assert!(output.status.success(), "{}", said(&output));
    let site = place.path().join("site");
    assert!(!site.join("sitemap.xml").exists());
    assert!(site.join(".nojekyll").is_file());
    let overview = page(place.path(), "index.html");
    assert!(overview.contains("<h2>Setting</h2>"), "{overview}");
    assert!(overview.contains(
        "<strong><a href=labels/index.html>the labels</a></strong>, &lt;b&gt;not&lt;/b&gt; this."
    ));
    assert!(overview.contains("Code &amp; data</a>"));
    assert!(!overview.contains("canonical") && !overview.contains("javascript:"));
    let broken: Vec<String> = broken_links(&site)
        .into_iter()
        .filter(|link| !link.contains("https://example.org/"))
        .collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn addresses_that_are_none_are_refused_where_they_stand() {
    let place = tempfile::tempdir().expect("a folder");
    for set in [
        "report.url=example.org",
        "report.url=https://",
        "report.url=javascript:alert(1)",
        "report.url=https://example.org/?a",
        "report.url=https://exam ple.org/",
        "report.links=[{ text = \"a\", url = \"javascript:alert(1)\" }]",
        "report.links=[{ text = \"\", url = \"https://example.org\" }]",
        "report.links=[{ text = \"a\" }]",
        "report.links=https://example.org",
    ] {
        let output = report(place.path(), &["--set", set]);
        let message = said(&output);
        assert_eq!(output.status.code(), Some(2), "{set}: {message}");
        assert!(
            message.contains("report.") && message.contains("expected"),
            "{message}"
        );
    }
}

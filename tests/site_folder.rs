//! The folder of a site appears whole or not at all, and nothing that was there before is lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use layerscope::site::{SiteError, SiteFolder};
use tempfile::TempDir;

fn place() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Publishes a site of one page.
fn publish(out: &Path, force: bool, text: &str) -> Result<(), SiteError> {
    let folder = SiteFolder::create(out, force)?;
    folder.write("index.html", text.as_bytes())?;
    folder.publish()
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path.as_ref())
        .unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// Every file below a folder with its content.
fn content(folder: &Path) -> BTreeMap<String, String> {
    let mut content = BTreeMap::new();
    for name in names(folder) {
        let path = folder.join(&name);
        if path.is_dir() {
            content.extend(
                self::content(&path)
                    .into_iter()
                    .map(|(below, text)| (format!("{name}/{below}"), text)),
            );
        } else {
            content.insert(name, read(&path));
        }
    }
    content
}

#[test]
fn a_new_site_appears_with_its_marker_and_nothing_beside_it() {
    let place = place();
    let out = place.path().join("deep/er/site");
    let folder = SiteFolder::create(&out, false).expect("a free place");
    folder
        .write("samples/000001/index.html", b"one")
        .expect("a page");
    folder.write("index.html", b"start").expect("a page");
    assert!(!out.exists(), "nothing before it is published");
    folder.publish().expect("published");
    let expected = [
        (".layerscope", "made by layerscope\n"),
        ("index.html", "start"),
        ("samples/000001/index.html", "one"),
    ];
    assert_eq!(
        content(&out),
        expected
            .map(|(name, text)| (name.into(), text.into()))
            .into()
    );
    assert_eq!(names(&place.path().join("deep/er")), ["site"]);
}

#[test]
fn a_run_that_fails_leaves_nothing_behind() {
    let place = place();
    let folder = SiteFolder::create(&place.path().join("a/b/site"), false).expect("a free place");
    folder.write("index.html", b"half").expect("a page");
    drop(folder);
    assert!(names(place.path()).is_empty());
}

#[test]
fn a_run_that_fails_leaves_the_old_site() {
    let place = place();
    let out = place.path().join("site");
    publish(&out, false, "old").expect("published");
    let folder = SiteFolder::create(&out, false).expect("ours");
    folder.write("index.html", b"new").expect("a page");
    drop(folder);
    assert_eq!(read(out.join("index.html")), "old");
    assert_eq!(names(place.path()), ["site"]);
}

#[test]
fn an_older_site_is_replaced_whole() {
    let place = place();
    let out = place.path().join("site");
    let folder = SiteFolder::create(&out, false).expect("a free place");
    folder.write("gone/index.html", b"gone").expect("a page");
    folder.publish().expect("published");
    publish(&out, false, "new").expect("replaced");
    assert_eq!(names(&out), [".layerscope", "index.html"]);
    assert_eq!(names(place.path()), ["site"]);
}

#[test]
fn a_foreign_folder_is_refused_before_any_work() {
    let place = place();
    let out = place.path().join("thesis");
    fs::create_dir(&out).expect("a folder");
    fs::write(out.join("chapter.tex"), "years of work").expect("a file");
    let error = SiteFolder::create(&out, false).expect_err("foreign");
    let message = error.to_string();
    assert!(
        message.contains("chapter.tex") && message.contains("--force") && message.contains("--out"),
        "{message}"
    );
    assert!(!error.is_defect());
    assert_eq!(names(place.path()), ["thesis"]);
}

#[test]
fn force_moves_a_foreign_folder_aside_and_never_deletes() {
    let place = place();
    let out = place.path().join("site");
    for text in ["first", "second"] {
        if out.exists() {
            fs::remove_dir_all(&out).expect("removed");
        }
        fs::create_dir(&out).expect("a folder");
        fs::write(out.join("notes.txt"), text).expect("a file");
        publish(&out, true, "new").expect("replaced");
    }
    assert_eq!(
        names(place.path()),
        ["site", "site.before-layerscope", "site.before-layerscope-2"]
    );
    assert_eq!(
        read(place.path().join("site.before-layerscope/notes.txt")),
        "first"
    );
    assert_eq!(
        read(place.path().join("site.before-layerscope-2/notes.txt")),
        "second"
    );
    // A site of ours needs no copy, force or not.
    publish(&out, true, "newer").expect("replaced");
    assert_eq!(names(place.path()).len(), 3);
}

#[test]
fn a_folder_that_becomes_foreign_during_the_run_is_left_alone() {
    let place = place();
    let out = place.path().join("site");
    let folder = SiteFolder::create(&out, false).expect("a free place");
    fs::create_dir(&out).expect("a folder");
    fs::write(out.join("mine.txt"), "mine").expect("a file");
    assert!(matches!(folder.publish(), Err(SiteError::Foreign { .. })));
    assert_eq!(read(out.join("mine.txt")), "mine");
    assert_eq!(names(place.path()), ["site"]);
}

#[test]
fn a_marker_that_layerscope_did_not_write_does_not_count() {
    let place = place();
    let out = place.path().join("site");
    fs::create_dir(&out).expect("a folder");
    fs::write(out.join(".layerscope"), "my settings").expect("a file");
    assert!(matches!(
        SiteFolder::create(&out, false),
        Err(SiteError::Foreign { .. })
    ));
}

#[test]
fn a_repository_is_foreign_even_with_a_marker() {
    let place = place();
    let out = place.path().join("site");
    publish(&out, false, "old").expect("published");
    fs::create_dir(out.join(".git")).expect("a folder");
    let error = SiteFolder::create(&out, false).expect_err("a repository");
    assert!(error.to_string().contains("Git repository"), "{error}");
}

#[test]
fn an_empty_folder_is_used_and_its_git_files_are_carried_on() {
    let place = place();
    let out = place.path().join("output");
    fs::create_dir(&out).expect("a folder");
    publish(&out, false, "zeroth").expect("an empty folder is free");
    fs::remove_dir_all(&out).expect("removed");

    fs::create_dir(&out).expect("a folder");
    fs::write(out.join(".gitignore"), "*\n").expect("a file");
    fs::write(out.join(".gitkeep"), "").expect("a file");
    for text in ["first", "second"] {
        publish(&out, false, text).expect("published");
        assert_eq!(
            names(&out),
            [".gitignore", ".gitkeep", ".layerscope", "index.html"]
        );
        assert_eq!(read(out.join(".gitignore")), "*\n");
        assert_eq!(read(out.join("index.html")), text);
    }
    assert_eq!(names(place.path()), ["output"]);
}

#[test]
fn a_file_in_the_way_is_refused() {
    let place = place();
    let file = place.path().join("report");
    fs::write(&file, "mine").expect("a file");
    for out in [file.clone(), file.join("site")] {
        assert!(
            matches!(
                SiteFolder::create(&out, true),
                Err(SiteError::NotAFolder { .. })
            ),
            "{}",
            out.display()
        );
    }
    assert!(matches!(
        SiteFolder::create(Path::new(""), true),
        Err(SiteError::NotAFolder { .. })
    ));
    assert!(matches!(
        SiteFolder::create(&place.path().join("no/../../site"), true),
        Err(SiteError::NotAFolder { .. })
    ));
    assert_eq!(read(file), "mine");
}

#[test]
fn folders_that_hold_more_than_a_report_are_refused_even_by_force() {
    let current = std::env::current_dir().expect("a current folder");
    let above = current.parent().expect("a folder above").to_path_buf();
    let home = std::env::home_dir().filter(|home| home.is_dir());
    for out in [Path::new("/").into(), Path::new(".").into(), current, above]
        .into_iter()
        .chain(home)
    {
        let error = SiteFolder::create(&out, true).expect_err("protected");
        assert!(
            matches!(error, SiteError::Protected { .. }),
            "{}: {error}",
            out.display()
        );
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_stays_a_link() {
    let place = place();
    let (link, real) = (place.path().join("link"), place.path().join("real"));
    std::os::unix::fs::symlink(&real, &link).expect("a link");
    assert!(
        matches!(
            SiteFolder::create(&link, true),
            Err(SiteError::NotAFolder { .. })
        ),
        "dangling"
    );
    fs::create_dir(&real).expect("a folder");
    for text in ["first", "second"] {
        publish(&link, false, text).expect("published");
        assert_eq!(read(real.join("index.html")), text);
    }
    assert!(fs::symlink_metadata(&link).expect("a link").is_symlink());
}

#[cfg(unix)]
#[test]
fn others_can_read_the_site() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    let (out, plain) = (place.path().join("site"), place.path().join("plain"));
    fs::create_dir(&plain).expect("a folder");
    publish(&out, false, "new").expect("published");
    let mode = |path: &Path| fs::metadata(path).expect("a folder").permissions().mode();
    assert_eq!(mode(&out), mode(&plain));
}

#[test]
fn addresses_that_leave_the_site_are_defects() {
    let place = place();
    let folder = SiteFolder::create(&place.path().join("site"), false).expect("a free place");
    for path in [
        "",
        "/etc/passwd",
        "../site2/x",
        "a/../b",
        "./a",
        "a//b",
        "a/",
        "C:\\x",
        "a\\b",
        ".layerscope",
        "x\0",
    ] {
        let error = folder.write(path, b"").expect_err(path);
        assert!(
            matches!(error, SiteError::Address { .. }) && error.is_defect(),
            "{path}: {error}"
        );
    }
}

#[test]
fn two_pages_with_one_address_are_a_defect() {
    let place = place();
    let folder = SiteFolder::create(&place.path().join("site"), false).expect("a free place");
    folder
        .write("classes/cat/index.html", b"one")
        .expect("a page");
    for path in ["classes/cat/index.html", "classes/Cat/index.html"] {
        let error = folder.write(path, b"two").expect_err(path);
        assert!(
            matches!(error, SiteError::Duplicate { .. }) && error.is_defect(),
            "{error}"
        );
    }
}

#[test]
fn many_threads_write_into_one_folder() {
    let place = place();
    let out = place.path().join("site");
    let folder = SiteFolder::create(&out, false).expect("a free place");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let folder = &folder;
            scope.spawn(move || {
                for page in 0..50 {
                    folder
                        .write(&format!("folder-{}/{thread}-{page}.html", page % 7), b"x")
                        .expect("a page");
                }
            });
        }
    });
    folder.publish().expect("published");
    assert_eq!(content(&out).len(), 8 * 50 + 1);
}

#[test]
fn of_runs_at_the_same_time_one_wins_whole() {
    const RUNS: usize = 4;
    let place = place();
    let out = place.path().join("site");
    for _ in 0..40 {
        std::thread::scope(|scope| {
            for run in 0..RUNS {
                let out = &out;
                scope.spawn(move || {
                    let folder = SiteFolder::create(out, false).expect("free or ours");
                    for page in 0..5 {
                        folder
                            .write(&format!("{page}.html"), run.to_string().as_bytes())
                            .expect("a page");
                    }
                    folder.publish().expect("published");
                });
            }
        });
        let site = content(&out);
        assert_eq!(site.len(), 6);
        let winners: std::collections::BTreeSet<&String> = site
            .iter()
            .filter(|(name, _)| name.ends_with("html"))
            .map(|(_, text)| text)
            .collect();
        assert_eq!(winners.len(), 1, "{site:?}");
        assert_eq!(names(place.path()), ["site"], "no leftovers");
    }
}

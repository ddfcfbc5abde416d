//! [`Folder`]: the files that may be served, found by the target of a request. No target leads out of the folder,
//! neither by its spelling nor through a link.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::ServeError;
use super::response::{Response, Status};

/// The page of a folder.
const INDEX: &str = "index.html";

/// A folder with a report in it.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// Absolute, without links.
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, ServeError> {
        let unreadable = |source| ServeError::Unreadable {
            path: path.into(),
            source,
        };
        let root = fs::canonicalize(path).map_err(unreadable)?;
        if !fs::metadata(&root).map_err(unreadable)?.is_dir() {
            return Err(ServeError::NotAFolder { path: path.into() });
        }
        if !root.join(INDEX).is_file() {
            return Err(ServeError::NoReport { path: path.into() });
        }
        Ok(Self { root })
    }

    /// The file that a target names, or why there is none.
    pub(super) fn answer(&self, target: &str) -> Response {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        match self.find(path) {
            Ok(Found::File(file)) => match fs::read(&file) {
                Ok(content) => Response::new(media_type(&file), content),
                Err(_) => Response::empty(Status::Failed),
            },
            // Only the path as it was sent goes back, and a browser takes `//` for the name of another machine.
            Ok(Found::Folder) => {
                Response::moved(format!("/{}/", path.trim_start_matches(['/', '\\'])))
            }
            Err(status) => Response::empty(status),
        }
    }

    fn find(&self, path: &str) -> Result<Found, Status> {
        let names = names(path)?;
        let wanted: PathBuf = names.iter().map(Cow::as_ref).collect();
        let file = self.inside(&self.root.join(wanted))?;
        if file.is_file() {
            // `a.html/` would give every relative link on the page another meaning.
            return if path.ends_with('/') {
                Err(Status::NotFound)
            } else {
                Ok(Found::File(file))
            };
        }
        let index = self.inside(&file.join(INDEX))?;
        match (index.is_file(), path.ends_with('/')) {
            (false, _) => Err(Status::NotFound),
            (true, true) => Ok(Found::File(index)),
            (true, false) => Ok(Found::Folder),
        }
    }

    /// The same file without links on the way, if it is there and still inside.
    fn inside(&self, path: &Path) -> Result<PathBuf, Status> {
        let real = fs::canonicalize(path).map_err(|_| Status::NotFound)?;
        if real.starts_with(&self.root) {
            Ok(real)
        } else {
            Err(Status::NotFound)
        }
    }
}

enum Found {
    File(PathBuf),
    /// A folder with a page, whose address lacks the slash that relative links need.
    Folder,
}

/// The names of folders and file in a path, decoded once.
fn names(path: &str) -> Result<Vec<Cow<'_, str>>, Status> {
    let path = path.strip_prefix('/').ok_or(Status::BadRequest)?;
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    path.split('/').map(name).collect()
}

fn name(part: &str) -> Result<Cow<'_, str>, Status> {
    let name = percent_decode_str(part)
        .decode_utf8()
        .map_err(|_| Status::BadRequest)?;
    // Hidden files, `.` and `..` among them, are nobody's business; the others mean something to an operating system.
    let is_plain = !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(['/', '\\', ':'])
        && !name.chars().any(char::is_control);
    if is_plain {
        Ok(name)
    } else {
        Err(Status::NotFound)
    }
}

fn media_type(file: &Path) -> String {
    let kind = mime_guess::from_path(file).first_or_octet_stream();
    let is_text = kind.type_() == "text" || kind.subtype() == "json" || kind.subtype() == "xml";
    if is_text && kind.get_param("charset").is_none() {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn site() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().expect("a temporary folder");
        let root = place.path().join("site");
        fs::create_dir_all(root.join("layers/conv 1")).expect("a folder");
        fs::write(place.path().join("secret.txt"), "secret").expect("a file");
        for (name, text) in [
            ("index.html", "home"),
            ("layers/conv 1/index.html", "layer"),
            ("data.json", "{}"),
            (".hidden", "hidden"),
        ] {
            fs::write(root.join(name), text).expect("a file");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink("../secret.txt", root.join("link.txt")).expect("a link");
            symlink("..", root.join("above")).expect("a link");
            symlink("data.json", root.join("same.json")).expect("a link");
        }
        let folder = Folder::open(&root).expect("a site");
        (place, folder)
    }

    fn answer(folder: &Folder, target: &str) -> (Status, String) {
        let response = folder.answer(target);
        let text = String::from_utf8_lossy(&response.content).into_owned();
        (response.status, text)
    }

    #[test]
    fn pages_have_addresses_with_a_slash_at_their_end() {
        let (_place, folder) = site();
        let ok = |text: &str| (Status::Ok, text.to_owned());
        assert_eq!(answer(&folder, "/"), ok("home"));
        assert_eq!(answer(&folder, "/index.html?a=/../#b"), ok("home"));
        assert_eq!(answer(&folder, "/layers/conv%201/"), ok("layer"));
        let moved = folder.answer("/layers/conv%201?x");
        assert_eq!(
            (moved.status, moved.location.as_deref()),
            (Status::Moved, Some("/layers/conv%201/"))
        );
        assert_eq!(
            folder.answer("/data.json").kind,
            "application/json; charset=utf-8"
        );
        assert_eq!(
            folder.answer("/index.html").kind,
            "text/html; charset=utf-8"
        );
    }

    #[test]
    fn nothing_outside_and_nothing_hidden_is_served() {
        let (_place, folder) = site();
        for target in [
            "/../secret.txt",
            "/..",
            "/./index.html",
            "/layers/../index.html",
            "/%2e%2e/secret.txt",
            "/%2E%2E%2Fsecret.txt",
            "/layers%2f..%2f..%2fsecret.txt",
            "/..%5csecret.txt",
            "/%252e%252e/secret.txt",
            "//secret.txt",
            "//etc/passwd",
            "/layers//index.html",
            "/.hidden",
            "/%2ehidden",
            "/index.html%00.txt",
            "/index.html/",
            "/layers/",
            "/c:/secret.txt",
            "/nowhere",
            #[cfg(unix)]
            "/link.txt",
            #[cfg(unix)]
            "/above/secret.txt",
            #[cfg(unix)]
            "/above/site/../secret.txt",
        ] {
            let (status, text) = answer(&folder, target);
            assert!(
                status == Status::NotFound && !text.contains("secret") && !text.contains("hidden"),
                "{target}: {status:?} {text}"
            );
        }
        for target in ["", "index.html", "http://127.0.0.1/", "*", "/%ff"] {
            assert_eq!(answer(&folder, target).0, Status::BadRequest, "{target}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_stays_inside_is_followed() {
        let (_place, folder) = site();
        assert_eq!(answer(&folder, "/same.json"), (Status::Ok, "{}".into()));
    }

    proptest! {
        #[test]
        fn no_spelling_leads_out(target in "[/.%25eEfFcC\\\\a-z]{0,40}") {
            let (_place, folder) = site();
            let (_, text) = answer(&folder, &format!("/{target}/../secret.txt"));
            prop_assert!(text != "secret");
            let (_, text) = answer(&folder, &format!("/{target}secret.txt"));
            prop_assert!(text != "secret");
        }
    }
}

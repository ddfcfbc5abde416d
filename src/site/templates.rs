//! [`Templates`]: views in, HTML out. A template places what was decided elsewhere.

mod compact;
mod terse;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use tera::{Context, ErrorKind, Tera};

use super::assets::{Look, LookFile};
use super::error::io;
use super::{SiteError, SiteFolder};

/// The compiled templates of a site and the assets that its pages need.
pub struct Templates {
    tera: Tera,
    /// Where each template comes from, for messages; `None` for a built-in one.
    origins: BTreeMap<String, Option<String>>,
    assets: BTreeMap<String, LookFile>,
    additions: Vec<String>,
}

impl Templates {
    /// The built-in templates and assets, each replaced by the file of the same name in `overrides`.
    /// Names are paths below `templates/`: `layer.html`, `assets/style.css`.
    ///
    /// # Errors
    /// [`SiteError::Template`] with file and line of what cannot be understood; [`SiteError::Io`] or
    /// [`SiteError::Overrides`] if the folder cannot be read.
    pub fn load(overrides: Option<&Path>) -> Result<Self, SiteError> {
        let look = Look::load(overrides)?;
        let additions = look.additions();
        let (sources, assets) = look.split();
        let mut templates = Self {
            tera: Tera::new(),
            origins: BTreeMap::new(),
            assets,
            additions,
        };
        for (name, file) in &sources {
            templates.origins.insert(
                name.clone(),
                file.path.as_ref().map(|path| path.display().to_string()),
            );
        }
        let mut texts: Vec<(&str, &str)> = Vec::with_capacity(sources.len());
        for (name, file) in &sources {
            let text = std::str::from_utf8(&file.bytes).map_err(|error| {
                let line = file.bytes[..error.valid_up_to()]
                    .iter()
                    .filter(|&&byte| byte == b'\n')
                    .count()
                    + 1;
                templates.failed(name, Some(line), "read", "it is not UTF-8".into())
            })?;
            texts.push((name, text));
        }
        // Escaping depends on the suffix; a template with any other one must not be the hole in the fence.
        templates.tera.autoescape_on([""]);
        let added = templates.tera.add_raw_templates(texts);
        added.map_err(|error| templates.explain("", "understood", &error))?;
        Ok(templates)
    }

    /// Renders a template with the fields of a view. Everything is escaped unless the template says `safe`.
    ///
    /// # Errors
    /// [`SiteError::Template`] with file and line of what failed.
    pub fn render<V: Serialize>(&self, template: &str, view: &V) -> Result<String, SiteError> {
        let context = Context::from_serialize(view).map_err(|error| {
            self.failed(
                template,
                None,
                "rendered",
                format!("its view is no set of named values: {error}"),
            )
        })?;
        let html = self
            .tera
            .render(template, &context)
            .map_err(|error| self.explain(template, "rendered", &error))?;
        Ok(terse::terse(&compact::compact(&html)))
    }

    /// Writes every built-in template and asset into a folder, and says how many they are.
    ///
    /// # Errors
    /// [`SiteError`] names the first file that is there already, before anything is written, or that could not
    /// be written.
    pub fn write_built_in(folder: &Path) -> Result<usize, SiteError> {
        let files = Look::load(None)?.into_files();
        if let Some(path) = files
            .keys()
            .map(|name| folder.join(name))
            .find(|path| path.symlink_metadata().is_ok())
        {
            return Err(SiteError::InTheWay { path });
        }
        for (name, file) in &files {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(io("created", parent))?;
            }
            std::fs::write(&path, &file.bytes).map_err(io("written", &path))?;
        }
        Ok(files.len())
    }

    /// Files of the folder of overrides that take no built-in file's place: of the user's own making, or mistyped.
    pub fn additions(&self) -> &[String] {
        &self.additions
    }

    /// Copies the assets into the site, to `assets/`.
    ///
    /// # Errors
    /// [`SiteError`] names the file that could not be written.
    pub fn write_assets(&self, folder: &SiteFolder) -> Result<(), SiteError> {
        self.assets
            .iter()
            .try_for_each(|(name, file)| folder.write(name, &file.bytes))
    }

    /// Tera's error with our name for the file and the line; `template` where it does not tell which.
    fn explain(&self, template: &str, action: &'static str, error: &tera::Error) -> SiteError {
        let mut reason = match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
                let name = if report.filename().is_empty() {
                    template
                } else {
                    report.filename()
                };
                return self.failed(
                    name,
                    Some(report.span().start_line),
                    action,
                    report.message().to_owned(),
                );
            }
            kind => kind.to_string(),
        };
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            reason = format!("{reason}: {cause}");
            source = cause.source();
        }
        self.failed(template, None, action, reason)
    }

    fn failed(
        &self,
        template: &str,
        line: Option<usize>,
        action: &'static str,
        reason: String,
    ) -> SiteError {
        let origin = self.origins.get(template).and_then(Option::as_deref);
        // Several files at once may be meant where none is named; then overrides are the first suspects.
        let overridden = self.origins.values().any(Option::is_some);
        SiteError::Template {
            template: origin
                .map_or(Cow::Borrowed(template), Cow::Borrowed)
                .into_owned(),
            line,
            action,
            reason,
            built_in: origin.is_none() && !(template.is_empty() && overridden),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Templates with these overrides.
    fn load(files: &[(&str, &[u8])]) -> Result<Templates, SiteError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        Templates::load(Some(folder.path()))
    }

    #[derive(Serialize)]
    struct View {
        name: &'static str,
    }

    const VIEW: View = View { name: "<b>&\"" };

    #[test]
    fn what_is_built_in_compiles() {
        Templates::load(None).expect("the built-in templates");
    }

    #[test]
    fn values_are_escaped_whatever_the_file_is_called() {
        let templates = load(&[
            ("test/a.html", b"<p>{{ name }}</p>"),
            ("test/b.svgz", b"{{ name }}"),
        ])
        .expect("templates");
        assert_eq!(
            templates.render("test/a.html", &VIEW).expect("a page"),
            "<p>&lt;b&gt;&amp;&quot;</p>"
        );
        assert_eq!(
            templates.render("test/b.svgz", &VIEW).expect("a page"),
            "&lt;b&gt;&amp;&quot;"
        );
    }

    #[test]
    fn a_mistake_in_a_template_has_a_file_and_a_line() {
        let error = load(&[("test.html", b"one\ntwo\n{{ name | }}\n")])
            .err()
            .expect("a mistake");
        let message = error.to_string();
        assert!(
            message.contains("test.html, line 3,") && !error.is_defect(),
            "{message}"
        );
    }

    #[test]
    fn a_missing_value_has_a_file_and_a_line() {
        let templates = load(&[("test.html", b"one\n{{ nothing.here }}\n")]).expect("templates");
        let message = templates
            .render("test.html", &VIEW)
            .expect_err("a mistake")
            .to_string();
        assert!(message.contains("test.html, line 2,"), "{message}");
    }

    #[test]
    fn a_missing_template_is_named() {
        let templates = load(&[]).expect("templates");
        let error = templates
            .render("nowhere.html", &VIEW)
            .expect_err("no such template");
        assert!(
            error.to_string().contains("nowhere.html") && error.is_defect(),
            "{error}"
        );
        let error = load(&[("test.html", b"{% extends \"nowhere.html\" %}")])
            .err()
            .expect("a mistake");
        assert!(
            error.to_string().contains("nowhere.html") && !error.is_defect(),
            "{error}"
        );
    }

    #[test]
    fn a_template_must_be_text() {
        let message = load(&[("test.html", b"one\n\xff")])
            .err()
            .expect("a mistake")
            .to_string();
        assert!(
            message.contains("test.html, line 2,") && message.contains("UTF-8"),
            "{message}"
        );
    }

    #[test]
    fn a_folder_of_overrides_must_be_there() {
        let place = tempfile::tempdir().expect("a temporary folder");
        assert!(matches!(
            Templates::load(Some(&place.path().join("no"))),
            Err(SiteError::Io { .. })
        ));
        let file = place.path().join("file");
        fs::write(&file, "").expect("a file");
        assert!(matches!(
            Templates::load(Some(&file)),
            Err(SiteError::Overrides { .. })
        ));
    }

    #[test]
    fn assets_are_copied_as_they_are() {
        let templates = load(&[
            ("assets/style.css", b"\xff{{ not a template }}"),
            ("assets/.hidden", b""),
        ])
        .expect("assets");
        let place = tempfile::tempdir().expect("a temporary folder");
        let out = place.path().join("site");
        let folder = SiteFolder::create(&out, false).expect("a free place");
        templates.write_assets(&folder).expect("written");
        folder.publish().expect("published");
        assert_eq!(
            fs::read(out.join("assets/style.css")).expect("the asset"),
            b"\xff{{ not a template }}"
        );
        assert!(!out.join("assets/.hidden").exists());
    }
}

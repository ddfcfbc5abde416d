//! [`SiteFolder`]: a folder that appears whole or not at all. The site is written into a hidden folder
//! beside the place where it shall stand, and takes that place in one rename at the end.

mod occupant;
mod place;
mod turn;

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{self as stdio, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tempfile::TempDir;

use self::occupant::{CARRIED, MARKER, MARKER_TEXT, Occupant, is_plain_file};
use self::place::{Made, parent, refuse_protected, resolve};
use self::turn::Turn;
use super::SiteError;
use super::error::io;

/// How the hidden folders beside the site begin.
const STAGING_PREFIX: &str = ".layerscope-";
/// How often another run may get in between before publishing is given up.
const ATTEMPTS: usize = 20;

/// A site's folder while it is written. Dropped without [`Self::publish`], it leaves nothing behind.
#[derive(Debug)]
pub struct SiteFolder {
    staging: TempDir,
    out: PathBuf,
    force: bool,
    /// Folders made on the way to `out`, the outermost first, to be removed again if the run fails.
    made: Made,
    taken: Mutex<Taken>,
}

/// Addresses in use.
#[derive(Debug, Default)]
struct Taken {
    /// In lower case, since some file systems tell no other apart.
    files: HashSet<String>,
    folders: HashSet<PathBuf>,
}

impl SiteFolder {
    /// Begins a site that shall stand at `out`. Checks right away, before any work is done, whether it may.
    ///
    /// # Errors
    /// [`SiteError`] if `out` is a file, a dangling link, the root, the home folder, the current folder or
    /// one above them, or a folder with content that layerscope did not write, unless `force` is given:
    /// then such a folder will be moved aside, never deleted.
    pub fn create(out: &Path, force: bool) -> Result<Self, SiteError> {
        let out = resolve(out)?;
        refuse_protected(&out)?;
        let occupant = {
            let _turn = Turn::take(parent(&out));
            Occupant::of(&out)?
        };
        if let Occupant::Foreign(reason) = occupant
            && !force
        {
            return Err(foreign(&out, reason));
        }
        let made = Made::parents_of(&out)?;
        let staging = hidden_folder(parent(&out))?;
        Ok(Self {
            staging,
            out,
            force,
            made,
            taken: Mutex::default(),
        })
    }

    /// Writes a file by its path from the site's root, with forward slashes. May be called from any thread.
    ///
    /// # Errors
    /// [`SiteError::Address`] if the path leaves the site, [`SiteError::Duplicate`] if it was written
    /// before, [`SiteError::Io`] if the disk refuses.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), SiteError> {
        check_address(path)?;
        let file = self.staging.path().join(path);
        let folder = parent(&file).to_path_buf();
        let is_new_folder = {
            // The lock is held for the two look-ups only. A thread that panicked while holding it left both
            // sets whole.
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            if !taken.files.insert(path.to_lowercase()) {
                return Err(SiteError::Duplicate { path: path.into() });
            }
            !taken.folders.contains(&folder)
        };
        if is_new_folder {
            fs::create_dir_all(&folder).map_err(io("created", self.shown(path)))?;
            self.taken
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .folders
                .insert(folder);
        }
        write_new(&file, bytes).map_err(io("written", self.shown(path)))
    }

    /// Puts the site where `out` is. An older site there is deleted once the new one stands; a folder that is
    /// not ours is moved aside to `NAME.before-layerscope`, if that was allowed.
    ///
    /// # Errors
    /// [`SiteError`]; what stood at `out` before still stands there.
    pub fn publish(mut self) -> Result<(), SiteError> {
        write_new(&self.staging.path().join(MARKER), MARKER_TEXT.as_bytes())
            .map_err(io("written", self.shown(MARKER)))?;
        let _turn = Turn::take(parent(&self.out));
        let mut last = None;
        for _ in 0..ATTEMPTS {
            match self.replace()? {
                Step::Done => {
                    self.made.keep();
                    // The folder has moved; there is nothing left under its old name.
                    self.staging.disable_cleanup(true);
                    return Ok(());
                }
                Step::Again(error) => last = Some(error),
            }
        }
        let busy = || stdio::Error::new(ErrorKind::ResourceBusy, "other runs keep writing to it");
        Err(SiteError::Io {
            action: "replaced",
            path: self.out.clone(),
            source: last.unwrap_or_else(busy),
        })
    }

    /// One attempt to take the place of whatever is there. Another run may do the same at the same time, so
    /// what was found is only certain once it has been moved aside.
    fn replace(&self) -> Result<Step, SiteError> {
        if Occupant::of(&self.out)? == Occupant::Nothing {
            return self.move_in();
        }
        let aside = hidden_folder(parent(&self.out))?;
        let old = aside.path().join("old");
        match fs::rename(&self.out, &old) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Step::Again(error)),
            Err(error) => return Err(io("moved aside", &self.out)(error)),
        }
        let step = self.replace_moved(&old);
        if !matches!(step, Ok(Step::Done)) && old.exists() {
            self.put_back(&old, aside)?;
        }
        step
    }

    /// The rest of [`Self::replace`], with what stood at `out` now at `old`.
    fn replace_moved(&self, old: &Path) -> Result<Step, SiteError> {
        let occupant = Occupant::of(old)?;
        if let Occupant::Foreign(reason) = occupant {
            if !self.force {
                return Err(foreign(&self.out, reason));
            }
            let kept = self.backup_place();
            fs::rename(old, &kept).map_err(io("moved aside", &self.out))?;
            let step = self.move_in();
            if !matches!(step, Ok(Step::Done)) {
                fs::rename(&kept, old).map_err(|source| self.stranded(kept, source))?;
            }
            return step;
        }
        self.carry_on(old)?;
        self.move_in()
    }

    fn move_in(&self) -> Result<Step, SiteError> {
        match fs::rename(self.staging.path(), &self.out) {
            Ok(()) => Ok(Step::Done),
            // Another run was quicker.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists
                ) =>
            {
                Ok(Step::Again(error))
            }
            Err(error) => Err(io("put in place", &self.out)(error)),
        }
    }

    /// Puts the old folder back where it stood. If another run has filled the place meanwhile with its own
    /// site, the old one, which is ours as well, goes the way of all replaced ones.
    fn put_back(&self, old: &Path, aside: TempDir) -> Result<(), SiteError> {
        let Err(source) = fs::rename(old, &self.out) else {
            return Ok(());
        };
        if matches!(Occupant::of(old), Ok(Occupant::Ours))
            && matches!(Occupant::of(&self.out), Ok(Occupant::Ours))
        {
            return Ok(());
        }
        Err(self.stranded(aside.keep().join("old"), source))
    }

    fn stranded(&self, kept: PathBuf, source: stdio::Error) -> SiteError {
        SiteError::Stranded {
            path: self.out.clone(),
            kept,
            source,
        }
    }

    /// Copies the few files that belong to the folder rather than to the site in it.
    fn carry_on(&self, old: &Path) -> Result<(), SiteError> {
        for name in CARRIED {
            let (from, to) = (old.join(name), self.staging.path().join(name));
            if is_plain_file(&from) && !to.exists() {
                fs::copy(&from, &to).map_err(io("carried over", self.out.join(name)))?;
            }
        }
        Ok(())
    }

    /// `NAME.before-layerscope`, numbered from 2 where that exists.
    fn backup_place(&self) -> PathBuf {
        let name = backup_name(&self.out);
        let numbers = (1..).map(|number| {
            if number == 1 {
                String::new()
            } else {
                format!("-{number}")
            }
        });
        let mut places = numbers.map(|number| {
            let mut name = name.clone();
            name.push(number);
            parent(&self.out).join(name)
        });
        places
            .find(|place| fs::symlink_metadata(place).is_err())
            .unwrap_or_else(|| parent(&self.out).join(&name))
    }

    /// A file of the site under the name it will have, for messages.
    fn shown(&self, path: &str) -> PathBuf {
        self.out.join(path)
    }
}

/// Outcome of one attempt.
enum Step {
    Done,
    /// Something changed under way.
    Again(stdio::Error),
}

/// Refuses addresses that lead out of the site, or that some file systems read differently.
fn check_address(path: &str) -> Result<(), SiteError> {
    let refused = |reason| {
        Err(SiteError::Address {
            path: path.into(),
            reason,
        })
    };
    if path.contains(['\\', ':', '\0']) {
        return refused("`\\`, `:` and NUL mean something else on some systems");
    }
    for part in path.split('/') {
        match part {
            "" => return refused("a part of it is empty"),
            "." | ".." => return refused("`.` and `..` lead elsewhere"),
            _ => {}
        }
    }
    if path.eq_ignore_ascii_case(MARKER) {
        refused("the marker of the folder has this name")
    } else {
        Ok(())
    }
}

fn foreign(out: &Path, reason: String) -> SiteError {
    SiteError::Foreign {
        path: out.into(),
        reason,
        aside: backup_name(out).to_string_lossy().into_owned(),
    }
}

fn backup_name(out: &Path) -> OsString {
    let mut name = out.file_name().unwrap_or(OsStr::new("site")).to_os_string();
    name.push(".before-layerscope");
    name
}

/// A new folder of ours beside the site, so on the same file system, which removes itself.
fn hidden_folder(beside: &Path) -> Result<TempDir, SiteError> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(STAGING_PREFIX);
    // The folder becomes the site, which a web server must be able to read; the umask still applies.
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o777));
    builder.tempdir_in(beside).map_err(io("written to", beside))
}

/// Writes a file that must not exist.
fn write_new(path: &Path, bytes: &[u8]) -> stdio::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?
        .write_all(bytes)
}

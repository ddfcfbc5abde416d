//! Which importer reads a file: by its first bytes and its extension, one line a format.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{ModelError, Network, OutputChoice, keras, onnx};

/// A way to tell a format, its name in a sentence, and its importer where there is one.
struct Format {
    extensions: &'static [&'static str],
    /// First bytes of such a file; empty where they tell nothing.
    magic: &'static [u8],
    name: &'static str,
}

/// Formats that people try first and that have no importer yet.
const UNSUPPORTED: &[Format] = &[
    Format {
        extensions: &["pt", "pth"],
        magic: b"",
        name: "a PyTorch file",
    },
    Format {
        extensions: &["safetensors"],
        magic: b"",
        name: "a safetensors file",
    },
    Format {
        extensions: &["tflite"],
        magic: b"",
        name: "a TensorFlow Lite model",
    },
    Format {
        extensions: &["pb"],
        magic: b"",
        name: "a TensorFlow graph",
    },
];

/// Reads a trained network from a file of any supported format.
///
/// # Errors
/// [`ModelError`] says what is wrong with the file, where, and what to do.
pub fn load(path: &Path) -> Result<Network, ModelError> {
    load_output(path, &OutputChoice::default())
}

/// Like [`load`], with what the user says about the output.
///
/// # Errors
/// As [`load`]; and where the choice names no output, or there are several and it names none.
pub fn load_output(path: &Path, choice: &OutputChoice) -> Result<Network, ModelError> {
    read(path, choice).map(|network| network.reading(choice.values))
}

fn read(path: &Path, choice: &OutputChoice) -> Result<Network, ModelError> {
    let unreadable = |source| ModelError::Unreadable {
        path: path.into(),
        source,
    };
    let kind = std::fs::metadata(path).map_err(unreadable)?;
    if kind.is_dir() {
        return Err(ModelError::Folder { path: path.into() });
    }
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(8).read_to_end(&mut start))
        .map_err(unreadable)?;
    let known = [keras::SIGNATURE, keras::ZIP_SIGNATURE];
    if !known.iter().any(|known| start.starts_with(known)) {
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default()
            .to_lowercase();
        // An ONNX file begins with nothing by which it could be told.
        if extension == "onnx" {
            return onnx::load(path, choice);
        }
        let known = UNSUPPORTED.iter().find(|format| {
            format.extensions.contains(&extension.as_str())
                || (!format.magic.is_empty() && start.starts_with(format.magic))
        });
        if let Some(format) = known {
            return Err(ModelError::UnsupportedFormat {
                path: path.into(),
                format: format.name,
            });
        }
    }
    keras::load(path, choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str, content: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        load(&path).unwrap_err().to_string()
    }

    #[test]
    fn other_formats_are_told_by_extension_or_content() {
        for (name, content, expected) in [
            ("model.keras", b"".as_slice(), "is empty"),
            ("model.h5", b"".as_slice(), "is empty"),
            (
                "model.h5",
                b"not a model at all".as_slice(),
                "is not an HDF5 file",
            ),
        ] {
            let message = message(name, content);
            assert!(
                message.contains(expected) && message.contains("model.save(\"model.h5\")"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_missing_file_and_a_folder_are_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            load(folder.path())
                .unwrap_err()
                .to_string()
                .contains("is a folder")
        );
        let message = load(&folder.path().join("no.h5")).unwrap_err().to_string();
        assert!(
            message.contains("no.h5") && message.contains("cannot read"),
            "{message}"
        );
    }
}

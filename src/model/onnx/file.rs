//! [`ModelFile`]: an ONNX file, decoded, with what tells that it is this one and no other.

use std::io::Read;
use std::path::Path;

use prost::Message;
use prost::bytes::Bytes;
use sha2::{Digest, Sha256};

use super::error::OnnxError;
use super::external::ExternalFiles;
use super::proto;
use crate::model::ModelError;

/// Protocol buffers cannot hold more.
const MOST_BYTES: u64 = 1 << 31;

/// Versions of ONNX's own operators that this importer knows.
const OPSETS: std::ops::RangeInclusive<i64> = 7..=28;

pub struct ModelFile {
    pub graph: proto::Graph,
    pub opset: i64,
    /// `pytorch 2.9.0`
    pub producer: String,
    pub metadata: Vec<proto::Entry>,
    pub files: ExternalFiles,
    pub bytes: u64,
    hash: Sha256,
}

impl ModelFile {
    /// # Errors
    /// [`ModelError`] where the file cannot be read, is no ONNX model or one for other operators.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let unreadable = |source| ModelError::Unreadable {
            path: path.into(),
            source,
        };
        let wrong = |source| ModelError::Onnx {
            path: path.into(),
            source,
        };
        let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
        if bytes > MOST_BYTES {
            return Err(wrong(damaged(
                "it is larger than 2 GiB, which no ONNX file can be",
            )));
        }
        let content = Bytes::from(std::fs::read(path).map_err(unreadable)?);
        let hash = Sha256::new_with_prefix(&content);
        let model = proto::Model::decode(content).map_err(|error| wrong(damaged(error)))?;
        let opset = opset(&model).map_err(wrong)?;
        let producer = format!("{} {}", model.producer_name, model.producer_version);
        let graph = model
            .graph
            .filter(|graph| !graph.node.is_empty())
            .ok_or_else(|| wrong(damaged("it holds no graph")))?;
        Ok(Self {
            graph,
            opset,
            producer: producer.trim().into(),
            metadata: model.metadata_props,
            files: ExternalFiles::new(path),
            bytes,
            hash,
        })
    }

    /// SHA-256 of the file, followed by the files beside it that weights were read from, in the order
    /// of their names; and the number of bytes of all of them.
    ///
    /// # Errors
    /// [`ModelError::Unreadable`] where such a file has gone.
    pub fn identity(&self) -> Result<(String, u64), ModelError> {
        let (mut hash, mut bytes) = (self.hash.clone(), self.bytes);
        for path in self.files.files() {
            let unreadable = |source| ModelError::Unreadable {
                path: path.clone(),
                source,
            };
            let mut file = std::fs::File::open(&path).map_err(unreadable)?;
            let mut buffer = vec![0; 1 << 20];
            loop {
                let read = file.read(&mut buffer).map_err(unreadable)?;
                if read == 0 {
                    break;
                }
                hash.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
        let digest = hash.finalize();
        Ok((
            digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            bytes,
        ))
    }
}

fn damaged(reason: impl ToString) -> OnnxError {
    OnnxError::Damaged {
        reason: reason.to_string(),
    }
}

/// The version of ONNX's own operators.
fn opset(model: &proto::Model) -> Result<i64, OnnxError> {
    if model.ir_version <= 0 {
        return Err(damaged("it has no version"));
    }
    let set = model
        .opset_import
        .iter()
        .find(|set| is_own_domain(&set.domain))
        .ok_or_else(|| damaged("it does not say which operators it uses"))?;
    if OPSETS.contains(&set.version) {
        return Ok(set.version);
    }
    Err(OnnxError::Graph {
        reason: format!(
            "it uses version {} of the operators (opset), but versions {} to {} are supported; export it again with another opset_version",
            set.version,
            OPSETS.start(),
            OPSETS.end()
        ),
    })
}

/// Whether a domain is ONNX's own.
pub fn is_own_domain(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

//! Language-model and embedding backends, local and remote, behind one trait each; entailment models in process.

pub mod embedding;
pub mod entailment;
pub mod language;
mod onnx;
mod remote;
pub mod tokenizer;

use std::path::{Path, PathBuf};

use thiserror::Error;

pub use remote::{ProbeError, probe};

/// A model could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A file is not there.
    #[error("{what} is not at {}: run `make setup` (deploy/setup.sh) to fetch it, or set STOA_ASSETS_DIR to the folder that holds it", path.display())]
    Missing {
        /// What the file is.
        what: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is there and does not load.
    #[error("{} does not load: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A model of one's own lacks a file.
    #[error("{} has no {file}: {setting} names a folder with {}", folder.display(), files.join(", "))]
    Incomplete {
        /// The setting that names the folder.
        setting: &'static str,
        /// The folder.
        folder: PathBuf,
        /// The file.
        file: &'static str,
        /// The files that it must hold.
        files: &'static [&'static str],
    },
    /// What a classifier's labels mean is not known.
    #[error("{} names its labels {labels}, of which Stoa must know the one that says that a statement is supported: in id2label call them entailment, neutral and contradiction, or supported and unsupported", path.display())]
    Labels {
        /// The file that names them.
        path: PathBuf,
        /// What they are called.
        labels: String,
    },
    /// The endpoint's settings do not work.
    #[error("the endpoint {url} cannot be used: {reason}")]
    Endpoint {
        /// The base address.
        url: String,
        /// Why.
        reason: String,
    },
}

fn require(what: &'static str, path: PathBuf) -> Result<PathBuf, LoadError> {
    if path.is_file() {
        Ok(path)
    } else {
        Err(LoadError::Missing { what, path })
    }
}

fn broken(path: &Path, reason: impl ToString) -> LoadError {
    LoadError::Broken {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

/// Threads a model in process uses: the configured number, or one for each core.
fn threads(configured: usize) -> usize {
    if configured > 0 {
        return configured;
    }
    std::thread::available_parallelism().map_or(1, usize::from)
}

//! Language-model and embedding backends, local and remote, behind one trait each.

pub mod embedding;
pub mod language;
mod remote;
pub mod tokenizer;

use std::path::PathBuf;

use thiserror::Error;

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

/// Threads a model in process uses: the configured number, or one for each core.
fn threads(configured: usize) -> usize {
    if configured > 0 {
        return configured;
    }
    std::thread::available_parallelism().map_or(1, usize::from)
}

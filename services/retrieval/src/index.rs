//! The vector index: one model of it, and two engines behind.

mod edge;
mod qdrant;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use stoa_kit::{Space, room::NoRoom};
use thiserror::Error;
use uuid::Uuid;

pub use edge::EdgeIndex;
pub use qdrant::QdrantIndex;

use crate::keywords::Sparse;

/// Tag of a passage that everybody in its space may see.
pub const EVERYBODY: &str = "*";
/// Name of the dense vectors.
const DENSE: &str = "dense";
/// Name of the sparse vectors.
const BM25: &str = "bm25";

/// Payload fields that are filtered by, so that the engine indexes them.
const KEYWORD_FIELDS: [&str; 4] = ["space", "document_id", "collection", "access"];

/// What is stored with a passage's vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Payload {
    /// The tenant.
    pub space: String,
    /// The document.
    pub document_id: Uuid,
    /// Version of the document, from 1.
    pub version: u32,
    /// Whether searches see it.
    pub published: bool,
    /// The document's name.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// The document's collection.
    pub collection: String,
    /// Tags of those who may see it; `EVERYBODY` for all.
    pub access: Vec<String>,
    /// Place in the document, from 0.
    pub ordinal: u32,
    /// Page, from 1; 0 without pages.
    pub page: u32,
    /// Headings above it.
    pub heading_path: Vec<String>,
    /// ISO 639-3 code; may be empty.
    pub language: String,
    /// The text.
    pub text: String,
}

/// A passage with its vectors.
#[derive(Debug, Clone)]
pub struct Record {
    /// What is stored.
    pub payload: Payload,
    /// Vector of its meaning, of unit length.
    pub dense: Vec<f32>,
    /// Vector of its words.
    pub sparse: Sparse,
}

/// A passage that was found.
#[derive(Debug, Clone, Default)]
pub struct Hit {
    /// Its id.
    pub id: Uuid,
    /// What is stored.
    pub payload: Option<Payload>,
    /// Vector of its meaning.
    pub dense: Vec<f32>,
    /// Vector of its words.
    pub sparse: Sparse,
}

/// A version of a document in a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionKey {
    /// The tenant.
    pub space: Space,
    /// The document.
    pub document_id: Uuid,
    /// The version, from 1.
    pub version: u32,
}

/// What a reader may see. There is no reading without one.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The tenant.
    pub space: Space,
    /// Collections to look in; empty means all.
    pub collections: Vec<String>,
    /// Tags of the reader.
    pub access: Vec<String>,
}

/// A question to the index. What is not given is not searched by.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Vector of its meaning.
    pub dense: Option<Vec<f32>>,
    /// Vector of its words.
    pub sparse: Option<Sparse>,
    /// Most passages to find by each.
    pub candidates: usize,
}

/// What was found, the best first.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// By meaning.
    pub dense: Vec<Hit>,
    /// By words.
    pub keyword: Vec<Hit>,
}

/// What to count.
#[derive(Debug, Clone)]
pub struct CountKey {
    /// The tenant.
    pub space: Space,
    /// One document, or all.
    pub document_id: Option<Uuid>,
    /// One version, or all.
    pub version: Option<u32>,
    /// Only what searches see, only what they do not, or both.
    pub published: Option<bool>,
}

/// The index failed.
#[derive(Debug, Clone, Error)]
pub enum IndexError {
    /// It is not whole, so it is not shown.
    #[error(
        "version {version} of document {document_id} has {found} passages in the index where {expected} were announced"
    )]
    Incomplete {
        /// The document.
        document_id: Uuid,
        /// The version.
        version: u32,
        /// Passages in the index.
        found: usize,
        /// Passages announced.
        expected: usize,
    },
    /// A newer version is shown already: showing this one would take the document back.
    #[error("version {version} of document {document_id} is older than the one that is shown")]
    Superseded {
        /// The document.
        document_id: Uuid,
        /// The version.
        version: u32,
    },
    /// The folder is in use or does not open.
    #[error("the index in {path} does not open: {reason}")]
    Open {
        /// The folder.
        path: String,
        /// Why.
        reason: String,
    },
    /// The engine refused or failed.
    #[error("the index failed to {operation}: {reason}")]
    Engine {
        /// What it was doing.
        operation: &'static str,
        /// Why.
        reason: String,
    },
    /// There is too little room to write.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// The server does not answer.
    #[error("Qdrant at {url} does not answer: {reason}")]
    Unavailable {
        /// Its address.
        url: String,
        /// Why.
        reason: String,
    },
}

/// An index of passages.
pub trait VectorIndex: Send + Sync {
    /// Writes passages, unseen; the same passage again replaces itself. They may be gone after a kill until their
    /// version is published.
    fn upsert(&self, records: Vec<Record>) -> BoxFuture<'_, Result<(), IndexError>>;

    /// Shows a version that has `passages` passages and removes the document's others, in one step for a search.
    /// Durable when it returns, as are the passages.
    fn publish(&self, key: VersionKey, passages: usize) -> BoxFuture<'_, Result<(), IndexError>>;

    /// Removes a document, or one version of it, for good when it returns; returns how much of it is left.
    fn delete(
        &self,
        space: Space,
        document_id: Uuid,
        version: Option<u32>,
    ) -> BoxFuture<'_, Result<usize, IndexError>>;

    /// Finds published passages.
    fn search(&self, scope: Scope, query: Query) -> BoxFuture<'_, Result<Found, IndexError>>;

    /// Returns those of the passages that are published and in scope.
    fn get(&self, scope: Scope, ids: Vec<Uuid>) -> BoxFuture<'_, Result<Vec<Hit>, IndexError>>;

    /// Counts passages.
    fn count(&self, key: CountKey) -> BoxFuture<'_, Result<usize, IndexError>>;

    /// Names of the indexes of other models that were there when it was opened.
    fn others(&self) -> &[String];
}

/// Id of a passage: the same for the same place, so that writing it again replaces it.
pub fn passage_id(document_id: Uuid, version: u32, ordinal: u32) -> Uuid {
    Uuid::new_v5(&document_id, format!("{version}/{ordinal}").as_bytes())
}

/// What the name of an index begins with.
const INDEX: &str = "passages-";

/// Name of the folder or collection for a model: vectors of another model are another index.
fn index_name(model: &str, dimensions: usize) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let plain: String = model
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    if plain == model {
        return format!("{INDEX}{plain}-{dimensions}");
    }
    // Two names may become one without their other characters.
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, model.as_bytes()).simple();
    format!("{INDEX}{plain}-{hash}-{dimensions}")
}

/// The names that are those of indexes of other models.
fn other_indexes(names: impl Iterator<Item = String>, own: &str) -> Vec<String> {
    let mut others: Vec<String> = names
        .filter(|name| name.starts_with(INDEX) && name != own)
        .collect();
    others.sort();
    others
}

impl Scope {
    /// Tags of passages that the reader may see.
    fn tags(&self) -> Vec<String> {
        self.access
            .iter()
            .cloned()
            .chain([EVERYBODY.to_owned()])
            .collect()
    }

    /// Whether the reader may see a passage.
    fn admits(&self, payload: &Payload) -> bool {
        payload.space == self.space.as_str()
            && payload.published
            && (self.collections.is_empty() || self.collections.contains(&payload.collection))
            && payload
                .access
                .iter()
                .any(|tag| tag == EVERYBODY || self.access.contains(tag))
    }
}

/// Asks a Qdrant server for its version.
pub async fn probe(
    url: &str,
    api_key: Option<&secrecy::SecretString>,
) -> Result<String, IndexError> {
    qdrant::probe(url, api_key).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_models_share_an_index() {
        let names = [
            ("org/model", 384),
            ("org-model", 384),
            ("org:model", 384),
            ("org-model", 768),
            ("org-model-1a2b3c4d", 384),
        ]
        .map(|(model, dimensions)| index_name(model, dimensions));
        for (n, name) in names.iter().enumerate() {
            assert!(!names[..n].contains(name), "{name}");
        }
        assert_eq!(index_name("org-model", 384), "passages-org-model-384");
    }
}

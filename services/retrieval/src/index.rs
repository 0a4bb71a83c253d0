//! The vector index: one model of it, and two engines behind.

mod edge;
mod examined;
mod name;
mod qdrant;

use std::{collections::HashSet, sync::Arc};

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use stoa_kit::{Space, room::NoRoom};
use thiserror::Error;
use uuid::Uuid;

pub use edge::{EdgeIndex, EdgeIndexes};
pub use examined::Examined;
pub use name::IndexName;
pub use qdrant::{QdrantIndex, QdrantIndexes};

use crate::keywords::Sparse;

/// Tag of a passage that everybody in its space may see.
pub const EVERYBODY: &str = "*";
/// Name of the dense vectors.
const DENSE: &str = "dense";
/// Name of the sparse vectors.
const BM25: &str = "bm25";

/// Payload field of the tenant, which every search is filtered by.
const TENANT: &str = "space";
/// Other payload fields that are filtered by, so that the engine indexes them.
const KEYWORD_FIELDS: [&str; 3] = ["document_id", "collection", "access"];

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
    /// What it is found by besides its own words. What older versions wrote does not have it.
    #[serde(default)]
    pub context: String,
    /// The day that the document says it is of, such as 2026-05-01; may be empty.
    #[serde(default)]
    pub dated: String,
}

/// A passage with its vectors.
#[derive(Debug, Clone)]
pub struct Record {
    /// What is stored.
    pub payload: Payload,
    /// Vector of its meaning, of unit length; empty where there is none of the index's model, and then it is found by its
    /// words alone.
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
    /// Vector of its meaning; empty where it has none.
    pub dense: Vec<f32>,
    /// Vector of its words.
    pub sparse: Sparse,
}

/// A part of all passages, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The passages.
    pub passages: Vec<Hit>,
    /// Where the next part begins; `None` after the last.
    pub next: Option<Uuid>,
}

/// Which passages are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Shown or unseen.
    All,
    /// Those that searches see.
    Shown,
    /// Those that searches see, by their meaning too.
    Whole,
}

/// What becomes of copies, which are written unseen, once it is known whether what they were copied from is still there.
#[derive(Debug, Clone, Default)]
pub struct Adoption {
    /// Those that are shown.
    pub show: Vec<Uuid>,
    /// Those that are removed.
    pub discard: Vec<Uuid>,
    /// Versions that they are of: older ones of the same documents are removed.
    pub versions: Vec<VersionKey>,
}

/// A version of a document in a space.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// It is not there any more: another process removed it.
    #[error("the index is not there any more: {reason}")]
    Gone {
        /// What the engine said.
        reason: String,
    },
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

    /// Its name, which says whose vectors it holds.
    fn name(&self) -> &IndexName;

    /// Reads passages of all spaces, shown or unseen, from an id on and in the order of their ids. For copying only: what
    /// answers a person names a space.
    fn page(
        &self,
        shown: bool,
        from: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Page, IndexError>>;

    /// Returns those of the passages that it holds.
    fn present(
        &self,
        ids: Vec<Uuid>,
        which: Which,
    ) -> BoxFuture<'_, Result<HashSet<Uuid>, IndexError>>;

    /// Shows and removes copies. Durable when it returns.
    fn adopt(&self, adoption: Adoption) -> BoxFuture<'_, Result<(), IndexError>>;

    /// Counts the passages of all spaces.
    fn total(&self, which: Which) -> BoxFuture<'_, Result<usize, IndexError>>;
}

/// The indexes that there are: one a model, and one of them answers.
pub trait Indexes: Send + Sync {
    /// Their names.
    fn names(&self) -> BoxFuture<'_, Result<Vec<IndexName>, IndexError>>;

    /// The one that answers; `None` before one was chosen.
    fn current(&self) -> BoxFuture<'_, Result<Option<IndexName>, IndexError>>;

    /// Opens one, or makes it.
    fn open(&self, name: IndexName) -> BoxFuture<'_, Result<Arc<dyn VectorIndex>, IndexError>>;

    /// Lets one answer, in one step.
    fn choose(&self, name: IndexName) -> BoxFuture<'_, Result<(), IndexError>>;

    /// Removes one for good. Nobody may hold it open any more.
    fn remove(&self, name: IndexName) -> BoxFuture<'_, Result<(), IndexError>>;
}

/// Id of a passage: the same for the same place, so that writing it again replaces it.
pub fn passage_id(document_id: Uuid, version: u32, ordinal: u32) -> Uuid {
    Uuid::new_v5(&document_id, format!("{version}/{ordinal}").as_bytes())
}

impl Scope {
    /// Tags of passages that the reader may see.
    fn tags(&self) -> Vec<String> {
        self.access
            .iter()
            .cloned()
            // As a tag like the others, so that the engine's filter is one list and has no case for what is public.
            .chain([EVERYBODY.to_owned()])
            .collect()
    }

    /// Whether the reader may see a passage.
    fn admits(&self, payload: &Payload) -> bool {
        // The engine's filter says the same. This is for passages that are read by their ids, which no filter has seen.
        payload.space == self.space.as_str()
            && payload.published
            && (self.collections.is_empty() || self.collections.contains(&payload.collection))
            && payload
                .access
                .iter()
                .any(|tag| tag == EVERYBODY || self.access.contains(tag))
    }
}

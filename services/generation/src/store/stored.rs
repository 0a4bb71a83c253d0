//! What a turn keeps of passages, citations and timings, as JSON.

use serde::{Deserialize, Serialize};
use stoa_proto::generation as proto;

/// A passage as a turn keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredPassage {
    id: String,
    document: String,
    title: String,
    page: u32,
    heading_path: Vec<String>,
    text: String,
    score: f32,
    #[serde(default)]
    similarity: f32,
    #[serde(default)]
    document_id: String,
    #[serde(default)]
    dated: String,
}

impl From<&proto::FoundPassage> for StoredPassage {
    fn from(passage: &proto::FoundPassage) -> Self {
        let proto::FoundPassage {
            id,
            document,
            title,
            page,
            heading_path,
            text,
            score,
            similarity,
            document_id,
            dated,
        } = passage.clone();
        Self {
            id,
            document,
            title,
            page,
            heading_path,
            text,
            score,
            similarity,
            document_id,
            dated,
        }
    }
}

impl From<StoredPassage> for proto::FoundPassage {
    fn from(passage: StoredPassage) -> Self {
        let StoredPassage {
            id,
            document,
            title,
            page,
            heading_path,
            text,
            score,
            similarity,
            document_id,
            dated,
        } = passage;
        Self {
            id,
            document,
            title,
            page,
            heading_path,
            text,
            score,
            similarity,
            document_id,
            dated,
        }
    }
}

/// A citation as a turn keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredCitation {
    n: u32,
    passage_id: String,
    document: String,
    title: String,
    page: u32,
    quote: String,
    score: f32,
    #[serde(default)]
    heading_path: Vec<String>,
    #[serde(default)]
    dated: String,
}

impl From<&proto::Citation> for StoredCitation {
    fn from(citation: &proto::Citation) -> Self {
        let proto::Citation {
            n,
            passage_id,
            document,
            title,
            page,
            quote,
            score,
            heading_path,
            dated,
        } = citation.clone();
        Self {
            n,
            passage_id,
            document,
            title,
            page,
            quote,
            score,
            heading_path,
            dated,
        }
    }
}

impl From<StoredCitation> for proto::Citation {
    fn from(citation: StoredCitation) -> Self {
        let StoredCitation {
            n,
            passage_id,
            document,
            title,
            page,
            quote,
            score,
            heading_path,
            dated,
        } = citation;
        Self {
            n,
            passage_id,
            document,
            title,
            page,
            quote,
            score,
            heading_path,
            dated,
        }
    }
}

/// Timings as a turn keeps them, in milliseconds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoredTimings {
    retrieval_ms: f64,
    first_token_ms: f64,
    total_ms: f64,
    prompt_ms: f64,
}

impl From<proto::Timings> for StoredTimings {
    fn from(timings: proto::Timings) -> Self {
        let proto::Timings {
            retrieval_ms,
            first_token_ms,
            total_ms,
            prompt_ms,
        } = timings;
        Self {
            retrieval_ms,
            first_token_ms,
            total_ms,
            prompt_ms,
        }
    }
}

impl From<StoredTimings> for proto::Timings {
    fn from(timings: StoredTimings) -> Self {
        let StoredTimings {
            retrieval_ms,
            first_token_ms,
            total_ms,
            prompt_ms,
        } = timings;
        Self {
            retrieval_ms,
            first_token_ms,
            total_ms,
            prompt_ms,
        }
    }
}

//! What the index gives, as callers are told.

use stoa_proto::retrieval::Passage;
use tonic::Status;

use crate::{
    index::{Hit, IndexError},
    relevance::Relevance,
};

/// A passage that was found; one that was only read has no relevance.
pub(super) fn passage(hit: Hit, relevance: Option<Relevance>) -> Option<Passage> {
    // A passage whose payload cannot be read, of another version, is passed over: the others still answer.
    let payload = hit.payload?;
    let (score, similarity, coverage) = relevance.map_or((0.0, 0.0, 0.0), |found| {
        (found.score, found.similarity, found.coverage)
    });
    Some(Passage {
        id: hit.id.to_string(),
        document_id: payload.document_id.to_string(),
        version: payload.version,
        document: payload.document,
        title: payload.title,
        collection: payload.collection,
        ordinal: payload.ordinal,
        page: payload.page,
        heading_path: payload.heading_path,
        language: payload.language,
        text: payload.text,
        score,
        similarity,
        coverage,
        before: String::new(),
        after: String::new(),
        dated: payload.dated,
    })
}

impl From<IndexError> for Status {
    fn from(error: IndexError) -> Self {
        let text = error.to_string();
        match error {
            IndexError::Incomplete { .. }
            | IndexError::Superseded { .. }
            | IndexError::Open { .. } => Self::failed_precondition(text),
            IndexError::Engine { .. } => Self::internal(text),
            IndexError::NoRoom(short) => Self::from(short),
            // Which one answers is asked again, and then there is one.
            IndexError::Gone { .. } | IndexError::Unavailable { .. } => Self::unavailable(text),
        }
    }
}

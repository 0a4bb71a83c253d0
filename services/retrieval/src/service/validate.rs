//! What a request must be before the index is asked.

use stoa_kit::{Space, wire};
use stoa_proto::{
    MAX_QUESTION_BYTES,
    retrieval::{
        PassageRecord, SearchMode, SearchOptions, SearchPart, SearchRequest, UpsertRequest,
    },
};
use tonic::Status;
use uuid::Uuid;

use super::opened::Opened;
use crate::{
    index::{EVERYBODY, Payload, Record, Scope},
    keywords::Sparse,
};

const MAX_PASSAGES: usize = 512;
/// Bytes of a passage.
const MAX_TEXT: usize = 64 << 10;
/// Bytes of a document's day.
const MAX_DAY: usize = 10;
/// Bytes of a passage's context.
const MAX_CONTEXT: usize = 4 << 10;
const MAX_LIMIT: u32 = 100;
const DEFAULT_LIMIT: u32 = 8;

/// A search that may be made.
pub(super) struct Search {
    pub(super) scope: Scope,
    pub(super) query: String,
    pub(super) mode: SearchMode,
    pub(super) limit: usize,
    /// Parts that an evaluation leaves out.
    without: Vec<SearchPart>,
    /// Passages that are taken for what was found, where an evaluation searched in its own way.
    pub(super) given: Vec<Uuid>,
}

impl Search {
    pub(super) fn has(&self, part: SearchPart) -> bool {
        !self.without.contains(&part)
    }
}

pub(super) fn search(request: SearchRequest) -> Result<Search, Status> {
    let mode = request.mode();
    let space = Space::parse(&request.space)?;
    let query = request.query.trim();
    if query.is_empty() || query.len() > MAX_QUESTION_BYTES {
        return Err(Status::invalid_argument(format!(
            "the question must have 1 to {MAX_QUESTION_BYTES} bytes"
        )));
    }
    let limit = if request.limit == 0 {
        DEFAULT_LIMIT
    } else {
        request.limit
    };
    if limit > MAX_LIMIT {
        return Err(Status::invalid_argument(format!(
            "limit is {limit}: ask for at most {MAX_LIMIT}"
        )));
    }
    let options = request.options.unwrap_or_default();
    Ok(Search {
        without: options.without().collect(),
        given: given(&options)?,
        query: query.to_owned(),
        scope: Scope {
            space,
            collections: request.collections,
            access: request.access,
        },
        mode,
        limit: limit as usize,
    })
}

fn given(options: &SearchOptions) -> Result<Vec<Uuid>, Status> {
    let given = options.passages.len();
    if given > MAX_LIMIT as usize {
        return Err(Status::invalid_argument(format!(
            "{given} passages given: send at most {MAX_LIMIT}"
        )));
    }
    let ids = options.passages.iter().map(|id| {
        id.parse::<Uuid>()
            .map_err(|_| Status::invalid_argument(format!("`{id}` is not the id of a passage")))
    });
    ids.collect()
}

pub(super) fn document_id(id: &str) -> Result<Uuid, Status> {
    id.parse()
        .map_err(|_| Status::invalid_argument(format!("`{id}` is not the id of a document")))
}

/// The passages of a version as they are written, unseen.
pub(super) fn records(request: UpsertRequest, opened: &Opened) -> Result<Vec<Record>, Status> {
    let space = Space::parse(&request.space)?;
    let document_id = document_id(&request.document_id)?;
    if request.version == 0 {
        return Err(Status::invalid_argument("version counts from 1"));
    }
    // Before the passages are looked at: vectors of another model may also have the right length.
    opened.own(&request.model)?;
    let count = request.passages.len();
    if !(1..=MAX_PASSAGES).contains(&count) {
        return Err(Status::invalid_argument(format!(
            "{count} passages given: send 1 to {MAX_PASSAGES}"
        )));
    }
    if request.dated.len() > MAX_DAY {
        return Err(Status::invalid_argument(
            "dated is a day such as 2026-05-01, or empty",
        ));
    }
    // Without a tag nobody could see it, which no caller means.
    let access = if request.access.is_empty() {
        vec![EVERYBODY.to_owned()]
    } else {
        request.access
    };
    // What all passages of the version have in common.
    let version = Payload {
        space: space.as_str().to_owned(),
        document_id,
        version: request.version,
        published: false,
        document: request.document,
        title: request.title,
        collection: request.collection,
        access,
        ordinal: 0,
        page: 0,
        heading_path: Vec::new(),
        language: String::new(),
        text: String::new(),
        context: String::new(),
        dated: request.dated,
    };
    let records = request.passages.into_iter().map(|passage| {
        let dense = check(&passage, opened.model.dimensions);
        dense.map(|dense| record(passage, dense, &version))
    });
    records.collect()
}

/// Checks a passage; returns its vector.
fn check(passage: &PassageRecord, dimensions: usize) -> Result<Vec<f32>, Status> {
    let invalid =
        |what: String| Status::invalid_argument(format!("passage {}: {what}", passage.ordinal));
    if passage.text.trim().is_empty() || passage.text.len() > MAX_TEXT {
        return Err(invalid(format!("the text must have 1 to {MAX_TEXT} bytes")));
    }
    let dense = wire::unpack_f32(&passage.vector).unwrap_or_default();
    if dense.len() != dimensions || dense.iter().any(|value| !value.is_finite()) {
        return Err(invalid(format!(
            "the vector must have {dimensions} finite numbers"
        )));
    }
    if passage.context.len() > MAX_CONTEXT {
        return Err(invalid(format!(
            "the context must have at most {MAX_CONTEXT} bytes"
        )));
    }
    Ok(dense)
}

fn record(passage: PassageRecord, dense: Vec<f32>, version: &Payload) -> Record {
    // Headings and titles are words by which people look for a passage that does not repeat them.
    let words = format!("{}\n{}", passage.context, passage.text);
    Record {
        payload: Payload {
            ordinal: passage.ordinal,
            page: passage.page,
            heading_path: passage.heading_path,
            language: passage.language,
            text: passage.text,
            context: passage.context,
            ..version.clone()
        },
        dense,
        sparse: Sparse::of_passage(&words),
    }
}

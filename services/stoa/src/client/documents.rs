use std::process::ExitCode;

use anyhow::{Context, Result};
use serde::Serialize;
use stoa_kit::Space;
use stoa_proto::ingestion::{DeleteDocumentRequest, Document, ListDocumentsRequest};

use super::{
    Connection,
    output::{FAINT, counts, given, page, plural, print_json, say, time},
};
use crate::args::Output;

const PAGE: u32 = 500;

#[derive(Serialize)]
struct DocumentJson {
    id: String,
    name: String,
    title: String,
    collection: String,
    version: u32,
    media_type: String,
    size: u64,
    pages: Option<u32>,
    passages: u32,
    /// The day that it says it is of, and the language that it says it is in.
    dated: Option<String>,
    language: Option<String>,
    created_at: String,
    updated_at: String,
}

#[derive(Serialize)]
struct DocumentsJson {
    documents: Vec<DocumentJson>,
}

#[derive(Serialize)]
struct ForgottenJson {
    document: DocumentJson,
    remaining: u64,
    answers_pending: bool,
}

/// Every document of a space, by its name.
pub(super) async fn all(connection: &Connection, space: &Space) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListDocumentsRequest {
            space: space.to_string(),
            page_size: PAGE,
            page_token,
            collections: Vec::new(),
        };
        let answer = connection.ingestion().list_documents(request).await;
        let answer = answer
            .map_err(|status| connection.explain(&status))?
            .into_inner();
        documents.extend(answer.documents);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(documents);
        }
    }
}

pub(super) async fn list(
    connection: &Connection,
    space: &Space,
    output: &Output,
) -> Result<ExitCode> {
    let documents = all(connection, space).await?;
    if output.json {
        print_json(&DocumentsJson {
            documents: documents.into_iter().map(json).collect(),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    if documents.is_empty() {
        say!("Space {space} has no documents: teach it with `stoa learn PATH --space {space}`");
    }
    for Document {
        name,
        title,
        pages,
        passages,
        version,
        dated,
        ..
    } in &documents
    {
        // A text without a title has its name for one.
        let title = if title == name {
            String::new()
        } else {
            format!("  {title}")
        };
        let counts = counts(*pages, *passages);
        let of = if dated.is_empty() { "" } else { " of " };
        say!("{name}{FAINT}{title}  {counts}, version {version}{of}{dated}{FAINT:#}");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn forget(
    connection: &Connection,
    space: &Space,
    document: &str,
    output: &Output,
) -> Result<ExitCode> {
    let request = DeleteDocumentRequest {
        space: space.to_string(),
        document: document.to_owned(),
    };
    let answer = connection.ingestion().delete_document(request).await;
    let answer = answer
        .map_err(|status| connection.explain(&status))?
        .into_inner();
    let (remaining, answers_pending) = (answer.remaining, answer.answers_pending);
    let document = answer
        .document
        .context("the server did not say what it forgot")?;
    if output.json {
        print_json(&ForgottenJson {
            document: json(document),
            remaining,
            answers_pending,
        })?;
    } else {
        let Document { name, passages, .. } = document;
        let removed = plural(passages.into(), "passage");
        match remaining {
            0 => say!("Forgot {name}: {removed} removed"),
            left => say!(
                "{name} is not forgotten whole: {left} of {removed} are still in the index; ask again"
            ),
        }
        if answers_pending {
            say!("Answers that rest on it are removed as soon as the generation service answers");
        }
    }
    Ok(if remaining == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn json(document: Document) -> DocumentJson {
    DocumentJson {
        created_at: time(document.created_at.as_ref()),
        updated_at: time(document.updated_at.as_ref()),
        id: document.id,
        name: document.name,
        title: document.title,
        collection: document.collection,
        version: document.version,
        media_type: document.media_type,
        size: document.size,
        pages: page(document.pages),
        passages: document.passages,
        dated: given(document.dated),
        language: given(document.language),
    }
}

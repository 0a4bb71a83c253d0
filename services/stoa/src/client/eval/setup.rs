//! What a run is made with, as the server says it.

use std::collections::BTreeMap;

use anyhow::Result;
use sha2::{Digest, Sha256};
use stoa_eval::{Document, Question, QuestionSet, Setup, names_document};
use stoa_kit::Space;
use stoa_proto::{
    embedding::GetModelRequest,
    generation::{AnswerStyle, GetPersonaRequest},
    ingestion,
    retrieval::SearchMode,
};

use super::with_places;
use crate::{
    args::EvalRun,
    client::{Connection, documents},
};

/// Names that a warning has.
const NAMED: usize = 5;
/// Characters of a hash that tell prompts apart.
const SHORT_HASH: usize = 12;

pub(super) async fn of(
    connection: &Connection,
    space: &Space,
    set: &QuestionSet,
    options: &EvalRun,
) -> Result<Setup> {
    let documents = documents::all(connection, space).await?;
    let documents: Vec<Document> = documents.into_iter().map(document).collect();
    anyhow::ensure!(
        !documents.is_empty(),
        "space {space} has no documents: teach it with `stoa learn PATH --space {space}`"
    );
    let model = connection.embedding().get_model(GetModelRequest {}).await;
    let model = model
        .map_err(|status| connection.explain(&status))?
        .into_inner();
    let persona = connection
        .generation()
        .get_persona(GetPersonaRequest {
            space: space.to_string(),
        })
        .await
        .map_err(|status| connection.explain(&status))?
        .into_inner();
    let style = match persona.style() {
        AnswerStyle::Unspecified => "as configured",
        style => style.as_str_name(),
    };
    let configuration = [
        ("embedding.floor", model.floor.to_string()),
        ("embedding.paraphrase", model.paraphrase.to_string()),
        ("embedding.unrelated", model.unrelated.to_string()),
        ("eval.concurrency", options.concurrency.to_string()),
        ("eval.search_only", options.search_only.to_string()),
        (
            "eval.mode",
            SearchMode::from(options.mode).as_str_name().to_owned(),
        ),
        ("space.persona", short_hash(&persona.text)),
        ("space.style", style.to_owned()),
    ];
    let questions = options.questions.as_deref().and_then(|file| {
        let name = file.file_name()?;
        Some(name.to_string_lossy().into_owned())
    });
    Ok(Setup {
        stoa: env!("CARGO_PKG_VERSION").to_owned(),
        space: space.to_string(),
        questions: questions.unwrap_or_default(),
        questions_sha256: set.sha256.clone(),
        questions_version: set.head.as_ref().map_or(0, |head| head.version),
        documents,
        models: BTreeMap::from([("embedding".to_owned(), model.model)]),
        configuration: configuration
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        prompts: stoa_generation::prompts()
            .map(|(name, text)| (name.to_owned(), short_hash(text)))
            .collect(),
        seed: options.seed,
    })
}

fn document(document: ingestion::Document) -> Document {
    Document {
        name: document.name,
        sha256: document.sha256,
        passages: document.passages,
    }
}

pub(super) fn short_hash(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut hash = hex::encode(Sha256::digest(text.as_bytes()));
    hash.truncate(SHORT_HASH);
    hash
}

/// Says which documents of the questions the space does not have: a figure over them would be a riddle. A place may name
/// a title, which is not known here, so this warns and does not refuse.
pub(super) fn warn_of_missing(questions: &[Question], documents: &[Document]) {
    let places = with_places(questions).flat_map(|question| &question.evidence);
    let mut missing: Vec<&str> = places
        .map(|place| place.document.as_str())
        .filter(|given| {
            let mut names = documents.iter().map(|document| &document.name);
            !names.any(|name| names_document(given, name, ""))
        })
        .collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        let shown: Vec<&str> = missing.iter().copied().take(NAMED).collect();
        anstream::eprintln!(
            "warning: no document of the space is called {}{}: names are those of `stoa documents`",
            shown.join(", "),
            if missing.len() > NAMED { " …" } else { "" }
        );
    }
}

//! A vector a word, and the passages of a space by them.

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use stoa_eval::{Question, Vocabulary, WordVectors};
use stoa_kit::{Space, wire};
use stoa_proto::{
    embedding::{EmbedRequest, TextKind},
    ingestion::Document,
    retrieval::{GetPassageRequest, Passage},
};
use stoa_retrieval::index::passage_id;
use tonic::Code;
use uuid::Uuid;

use crate::client::{Connection, documents};

/// Neighbours on each side that come with a passage.
const REACH: u32 = 8;
/// Words of one call to embed.
const WORDS: usize = 256;
/// Calls at once.
const AT_ONCE: usize = 2;
/// Most passages of a space that are read: each is held in memory, and their words are embedded one by one.
pub(super) const MOST: u32 = 20_000;

/// Reads a space by its words, with those of the questions. `None` where it has too many passages.
pub(super) async fn read(
    connection: &Connection,
    space: &Space,
    questions: &[Question],
) -> Result<Option<WordVectors>> {
    let documents = documents::all(connection, space).await?;
    let count: u32 = documents.iter().map(|document| document.passages).sum();
    if count > MOST {
        return Ok(None);
    }
    let passages = passages(connection, space, &documents).await?;
    let passages: Vec<(String, String)> = passages.into_iter().map(text).collect();
    let mut vocabulary = Vocabulary::default();
    for (_, text) in &passages {
        vocabulary.count(text);
    }
    for question in questions {
        let asked = std::iter::once(&question.question).chain(&question.before);
        asked.for_each(|text| vocabulary.take(text));
    }
    let vectors = embed(connection, &vocabulary.words()).await?;
    let passages = passages
        .iter()
        .map(|(id, text)| (id.as_str(), text.as_str()));
    Ok(Some(WordVectors::new(&vocabulary, vectors, passages)))
}

/// A passage with what stands above it, by which the server finds it too.
fn text(passage: Passage) -> (String, String) {
    let heading = passage.heading_path.join(" ");
    (passage.id, format!("{heading}\n{}", passage.text))
}

/// All passages that whoever is in no group may see.
async fn passages(
    connection: &Connection,
    space: &Space,
    documents: &[Document],
) -> Result<Vec<Passage>> {
    let mut middles = Vec::new();
    for document in documents {
        let id: Uuid = document.id.parse().context("the id of a document")?;
        let last = document.passages.saturating_sub(1);
        // One call for a passage and those around it: no call lists the passages of a document.
        let parts = (0..document.passages).step_by(2 * REACH as usize + 1);
        middles.extend(parts.map(|from| passage_id(id, document.version, last.min(from + REACH))));
    }
    let mut read: Vec<Passage> = stream::iter(middles)
        .map(|id| around(connection, space, id))
        .buffered(AT_ONCE)
        .try_concat()
        .await?;
    // The last part of a document reaches into the one before it.
    read.sort_by(|a, b| a.id.cmp(&b.id));
    read.dedup_by(|a, b| a.id == b.id);
    Ok(read)
}

/// A passage and its neighbours; nothing where it may not be seen.
async fn around(connection: &Connection, space: &Space, id: Uuid) -> Result<Vec<Passage>> {
    let request = GetPassageRequest {
        space: space.to_string(),
        id: id.to_string(),
        neighbours: REACH,
        access: Vec::new(),
    };
    match connection.retrieval().get_passage(request).await {
        Ok(found) => {
            let found = found.into_inner();
            let around = found.before.into_iter().chain(found.after);
            Ok(found.passage.into_iter().chain(around).collect())
        }
        Err(status) if status.code() == Code::NotFound => Ok(Vec::new()),
        Err(status) => Err(connection.explain(&status)),
    }
}

async fn embed(connection: &Connection, words: &[String]) -> Result<Vec<Vec<f32>>> {
    stream::iter(words.chunks(WORDS))
        .map(|words| embed_some(connection, words))
        .buffered(AT_ONCE)
        .try_concat()
        .await
}

async fn embed_some(connection: &Connection, words: &[String]) -> Result<Vec<Vec<f32>>> {
    let request = EmbedRequest {
        // Questions go before passages, and these are not to go before anybody's.
        kind: TextKind::Passage.into(),
        texts: words.to_vec(),
    };
    let answer = connection.embedding().embed(request).await;
    let answer = answer
        .map_err(|status| connection.explain(&status))?
        .into_inner();
    let values = wire::unpack_f32(&answer.vectors).context("the vectors are cut")?;
    // `chunks_exact` panics at 0.
    let length = answer.dimensions.max(1) as usize;
    let vectors: Vec<Vec<f32>> = values.chunks_exact(length).map(<[f32]>::to_vec).collect();
    ensure!(vectors.len() == words.len(), "the vectors are cut");
    Ok(vectors)
}

//! Stored passages, embedded anew for another model.
//!
//! The index that answers is walked through in the order of its passages' ids. What the next one does not show yet, or only
//! by its words, is embedded, written unseen, looked for once more in the one that answers, and shown if it is still there: so what was
//! replaced or forgotten meanwhile does not come back, whichever process did it and whenever. Nothing is kept of how far it
//! is: begun again, it passes over what is there.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use stoa_kit::Space;
use stoa_proto::retrieval::{ListIndexesResponse, ReindexResponse};
use tonic::Status;
use uuid::Uuid;

use super::{model::Model, opened::Opened};
use crate::index::{Adoption, Hit, IndexError, Payload, Record, VectorIndex, VersionKey, Which};

/// Passages that are looked at, and embedded, at a time.
const PAGE: usize = 64;
/// How long a call passes over what is there already.
const LONGEST: Duration = Duration::from_secs(2);

/// Does a part of it, from a passage on.
pub(super) async fn reindex(
    opened: &Opened,
    mut from: Option<Uuid>,
) -> Result<ReindexResponse, Status> {
    let serving = &*opened.serving;
    let Some(next) = opened.next.as_deref() else {
        let passages = serving.total(Which::Shown).await? as u64;
        return Ok(ReindexResponse {
            passages,
            done: passages,
            ..ReindexResponse::default()
        });
    };
    let began = Instant::now();
    let mut embedded = 0;
    loop {
        let page = serving.page(true, from, PAGE).await?;
        embedded += copy(serving, next, &opened.model, page.passages).await?;
        from = page.next;
        // At the end of the walk, and in every walk: what a killed run left is found by the next.
        if from.is_none() {
            sweep(serving, next).await?;
        }
        // Returns after one page that was embedded, so that the caller sees progress and can stop between two calls.
        if from.is_none() || embedded > 0 || began.elapsed() > LONGEST {
            break;
        }
    }
    Ok(ReindexResponse {
        next: from.map_or_else(String::new, |id| id.to_string()),
        embedded: embedded as u64,
        passages: serving.total(Which::Shown).await? as u64,
        done: next.total(Which::Whole).await? as u64,
    })
}

/// Copies those of the passages that are missing; returns how many.
async fn copy(
    serving: &dyn VectorIndex,
    next: &dyn VectorIndex,
    model: &Model,
    passages: Vec<Hit>,
) -> Result<usize, Status> {
    let ids = passages.iter().map(|hit| hit.id).collect();
    // Asked of the next index and not noted anywhere: a run that was killed, or two at once, do no harm.
    let there = next.present(ids, Which::Whole).await?;
    let missing = passages
        .into_iter()
        .filter(|hit| !there.contains(&hit.id))
        .map(readable)
        .collect::<Result<Vec<_>, _>>()?;
    if missing.is_empty() {
        return Ok(0);
    }
    let payloads: Vec<Payload> = missing.iter().map(|(_, payload)| payload.clone()).collect();
    let vectors = model.embed_passages(&payloads).await?;
    let ids: Vec<Uuid> = missing.iter().map(|(hit, _)| hit.id).collect();
    let records = missing.into_iter().zip(vectors);
    let records = records.map(|((hit, payload), dense)| Record {
        payload: Payload {
            // Unseen at first: it is shown only if what it was copied from is still there.
            published: false,
            ..payload
        },
        dense,
        sparse: hit.sparse,
    });
    next.upsert(records.collect()).await?;
    // Once more, after the copies are written: whoever removes a passage removes it from both, and from now on finds
    // the copy.
    let still = serving.present(ids.clone(), Which::Shown).await?;
    let copied = ids.len();
    next.adopt(adoption(ids, &payloads, &still)?).await?;
    Ok(copied)
}

/// A passage with what is stored of it.
fn readable(mut hit: Hit) -> Result<(Hit, Payload), IndexError> {
    let payload = hit.payload.take().ok_or_else(|| IndexError::Engine {
        operation: "copy",
        reason: format!(
            "this version cannot read passage {}: remove it from the index, or use the version that wrote it",
            hit.id
        ),
    })?;
    Ok((hit, payload))
}

fn adoption(
    ids: Vec<Uuid>,
    payloads: &[Payload],
    still: &HashSet<Uuid>,
) -> Result<Adoption, Status> {
    let mut versions = HashSet::new();
    for (id, payload) in ids.iter().zip(payloads) {
        if still.contains(id) {
            versions.insert(VersionKey {
                space: Space::parse(&payload.space)?,
                document_id: payload.document_id,
                version: payload.version,
            });
        }
    }
    let (show, discard) = ids.into_iter().partition(|id| still.contains(id));
    Ok(Adoption {
        show,
        discard,
        versions: versions.into_iter().collect(),
    })
}

/// Removes what a kill left between writing a copy and showing it, if what it is a copy of is gone. What is being taught is
/// in the index that answers too.
async fn sweep(serving: &dyn VectorIndex, next: &dyn VectorIndex) -> Result<(), IndexError> {
    let mut from = None;
    loop {
        let page = next.page(false, from, PAGE).await?;
        let ids: Vec<Uuid> = page.passages.iter().map(|hit| hit.id).collect();
        let there = serving.present(ids.clone(), Which::All).await?;
        let gone: Vec<Uuid> = ids.into_iter().filter(|id| !there.contains(id)).collect();
        if !gone.is_empty() {
            next.adopt(Adoption {
                discard: gone,
                ..Adoption::default()
            })
            .await?;
        }
        if page.next.is_none() {
            return Ok(());
        }
        from = page.next;
    }
}

/// The indexes, as callers are told.
pub(super) async fn list(opened: &Opened) -> Result<ListIndexesResponse, Status> {
    let next = opened.next.as_ref();
    let mut kept: Vec<String> = opened
        .kept
        .iter()
        .map(|index| index.name().to_string())
        .collect();
    kept.sort();
    Ok(ListIndexesResponse {
        current: opened.serving.name().to_string(),
        next: next.map_or_else(String::new, |next| next.name().to_string()),
        kept,
        passages: opened.serving.total(Which::Shown).await? as u64,
    })
}

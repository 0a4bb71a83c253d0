//! What stands beside a passage: what completes it, and the passages around it.

use std::collections::HashMap;

use stoa_proto::retrieval::{GetPassageResponse, Passage};
use tonic::Status;
use uuid::Uuid;

use super::{convert, opened::Opened, validate::document_id};
use crate::{
    index::{Scope, passage_id},
    surroundings::{self, Needs},
};

/// Most passages around one, on each side.
const MAX_NEIGHBOURS: u32 = 8;

/// A neighbour that may complete a passage.
struct Wanted {
    /// Which of the passages it completes.
    at: usize,
    side: Side,
    id: Uuid,
}

enum Side {
    Before,
    After,
}

/// Reads the neighbours of passages that are not whole, and takes from them what completes them.
pub(super) async fn complete(
    opened: &Opened,
    scope: Scope,
    passages: &mut [Passage],
) -> Result<(), Status> {
    // All neighbours of all passages in one call to the index.
    let wanted = wanted(passages)?;
    if wanted.is_empty() {
        return Ok(());
    }
    let ids = wanted.iter().map(|wanted| wanted.id).collect();
    // With the reader's scope: a neighbour may be of a version that has just been replaced.
    let found = opened.serving.get(scope, ids).await?;
    let texts: HashMap<Uuid, String> = found
        .into_iter()
        .filter_map(|hit| Some((hit.id, hit.payload?.text)))
        .collect();
    for Wanted { at, side, id } in wanted {
        let (Some(text), passage) = (texts.get(&id), &mut passages[at]) else {
            continue;
        };
        match side {
            Side::Before => {
                surroundings::before(&passage.text, text).clone_into(&mut passage.before);
            }
            Side::After => {
                surroundings::after(&passage.text, text).clone_into(&mut passage.after);
            }
        }
    }
    Ok(())
}

/// A passage and up to `reach` on each side of it; `None` when it is not there for this reader.
pub(super) async fn around(
    opened: &Opened,
    scope: Scope,
    id: Uuid,
    reach: u32,
) -> Result<Option<GetPassageResponse>, Status> {
    let index = &opened.serving;
    let found = index.get(scope.clone(), vec![id]).await?;
    let Some(hit) = found.into_iter().next() else {
        return Ok(None);
    };
    let Some(payload) = &hit.payload else {
        return Ok(None);
    };
    let (document, version, place) = (payload.document_id, payload.version, payload.ordinal);
    // Cut and not refused: who asks for more wants as many as there are.
    let reach = reach.min(MAX_NEIGHBOURS);
    let around = place.saturating_sub(reach)..=place.saturating_add(reach);
    let ids = around
        .filter(|ordinal| *ordinal != place)
        .map(|ordinal| passage_id(document, version, ordinal))
        .collect();
    let mut neighbours: Vec<Passage> = index
        .get(scope, ids)
        .await?
        .into_iter()
        .filter_map(|hit| convert::passage(hit, None))
        .collect();
    neighbours.sort_by_key(|passage| passage.ordinal);
    let (before, after) = neighbours
        .into_iter()
        .partition(|passage| passage.ordinal < place);
    Ok(Some(GetPassageResponse {
        passage: convert::passage(hit, None),
        before,
        after,
    }))
}

/// The neighbours that passages need by the look of their ends.
fn wanted(passages: &[Passage]) -> Result<Vec<Wanted>, Status> {
    let mut wanted = Vec::new();
    for (at, passage) in passages.iter().enumerate() {
        let needs = Needs::of(&passage.text);
        let document = document_id(&passage.document_id)?;
        // A passage's id follows from its place, so a neighbour needs no search. One that is not there is simply not
        // found.
        let id = |ordinal| passage_id(document, passage.version, ordinal);
        let before = passage.ordinal.checked_sub(1).filter(|_| needs.before);
        wanted.extend(before.map(|ordinal| Wanted {
            at,
            side: Side::Before,
            id: id(ordinal),
        }));
        if needs.after {
            wanted.push(Wanted {
                at,
                side: Side::After,
                id: id(passage.ordinal.saturating_add(1)),
            });
        }
    }
    Ok(wanted)
}

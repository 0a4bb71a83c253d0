//! What copying from one index to another reads.

use std::collections::HashSet;

use qdrant_edge::{
    CountRequest, EdgeShard, OperationError, PointId, ScrollRequest, WithPayloadInterface,
    WithVector,
};
use uuid::Uuid;

use super::{engine, filters, points};
use crate::index::{IndexError, Page, Which};

/// Passages of all spaces from an id on.
pub(super) fn page(
    shard: &EdgeShard,
    shown: bool,
    from: Option<Uuid>,
    limit: usize,
) -> Result<Page, IndexError> {
    let filter = filters::shown(shown).map_err(|error| engine("read", error))?;
    let request = ScrollRequest {
        offset: from.map(PointId::Uuid),
        limit: Some(limit),
        filter: Some(filter),
        with_payload: Some(WithPayloadInterface::Bool(true)),
        with_vector: WithVector::Bool(true),
        order_by: None,
    };
    let (records, next) = shard.scroll(request).map_err(failed)?;
    let passages = records
        .into_iter()
        .map(|record| points::hit(record.id, record.payload, record.vector));
    Ok(Page {
        passages: passages.collect(),
        next: next.map(points::uuid),
    })
}

/// Those of the passages that are there.
pub(super) fn present(
    shard: &EdgeShard,
    ids: &[Uuid],
    which: Which,
) -> Result<HashSet<Uuid>, IndexError> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let filter = filters::ids(ids, which).map_err(|error| engine("read", error))?;
    let request = ScrollRequest {
        offset: None,
        // All of them on one page, since without a limit the engine gives ten.
        limit: Some(ids.len()),
        filter: Some(filter),
        with_payload: Some(WithPayloadInterface::Bool(false)),
        with_vector: WithVector::Bool(false),
        order_by: None,
    };
    let (records, _) = shard.scroll(request).map_err(failed)?;
    Ok(records
        .into_iter()
        .map(|record| points::uuid(record.id))
        .collect())
}

/// How many there are.
pub(super) fn total(shard: &EdgeShard, which: Which) -> Result<usize, IndexError> {
    let filter = filters::all(which).map_err(|error| engine("count", error))?;
    let request = CountRequest {
        filter: Some(filter),
        exact: true,
    };
    shard.count(request).map_err(failed)
}

fn failed(error: OperationError) -> IndexError {
    engine("read", error)
}

//! What changes do to the engine.

use std::sync::PoisonError;

use qdrant_edge::{
    CountRequest, EdgeShard, Filter, OperationError, PayloadOps, PointInsertOperations,
    PointOperations, SetPayloadOp, UpdateOperation,
};
use serde_json::Value;

use super::{Reader, engine, filters, points};
use crate::index::{Adoption, CountKey, IndexError, Record, VersionKey, Which};

/// Writes passages, which nobody sees yet.
pub(super) fn upsert(shard: &EdgeShard, records: Vec<Record>) -> Result<(), IndexError> {
    let points = records
        .into_iter()
        .map(points::point)
        .collect::<Result<Vec<_>, _>>()?;
    let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
    shard
        .update(UpdateOperation::PointOperation(insert))
        .map_err(|error| engine("write", error))
}

/// Shows a version in place of the document's others.
pub(super) fn publish(reader: &Reader, key: VersionKey, expected: usize) -> Result<(), IndexError> {
    let shard = &reader.shard;
    let (document_id, version) = (key.document_id, key.version);
    let malformed = |error: serde_json::Error| engine("publish", error);
    let failed = |error: OperationError| engine("publish", error);
    let newer = filters::newer(&key).map_err(malformed)?;
    let others = filters::others(&key).map_err(malformed)?;
    let this = filters::count(&CountKey {
        space: key.space,
        document_id: Some(document_id),
        version: Some(version),
        published: None,
    })
    .map_err(malformed)?;
    // Counted exactly, and here on the writer's thread: no other change falls between this and the switch.
    let found = count(shard, this.clone())?;
    if found != expected {
        return Err(IndexError::Incomplete {
            document_id,
            version,
            found,
            expected,
        });
    }
    if count(shard, newer)? > 0 {
        return Err(IndexError::Superseded {
            document_id,
            version,
        });
    }
    // Searches read under the same lock: none sees both versions, or neither.
    let _switching = reader
        .switching
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    // Shown before the others are removed: a kill between the two leaves both, which the next publication clears.
    show(shard, this).map_err(failed)?;
    remove(shard, others).map_err(failed)
}

/// Removes passages, and returns how many are left.
pub(super) fn delete(shard: &EdgeShard, key: &CountKey) -> Result<usize, IndexError> {
    let filter = filters::count(key).map_err(|error| engine("delete", error))?;
    remove(shard, filter.clone()).map_err(|error| engine("delete", error))?;
    count(shard, filter)
}

/// Shows copies that are of something, and removes the others and what they take the place of.
pub(super) fn adopt(reader: &Reader, adoption: &Adoption) -> Result<(), IndexError> {
    let shard = &reader.shard;
    let malformed = |error: serde_json::Error| engine("copy", error);
    let failed = |error: OperationError| engine("copy", error);
    let _switching = reader
        .switching
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    if !adoption.show.is_empty() {
        let copies = filters::ids(&adoption.show, Which::All).map_err(malformed)?;
        show(shard, copies).map_err(failed)?;
    }
    if !adoption.discard.is_empty() {
        let copies = filters::ids(&adoption.discard, Which::All).map_err(malformed)?;
        remove(shard, copies).map_err(failed)?;
    }
    for version in &adoption.versions {
        let older = filters::older(version).map_err(malformed)?;
        remove(shard, older).map_err(failed)?;
    }
    Ok(())
}

fn show(shard: &EdgeShard, filter: Filter) -> Result<(), OperationError> {
    let published = [("published".to_owned(), Value::Bool(true))];
    let show = SetPayloadOp {
        payload: qdrant_edge::Payload(published.into_iter().collect()),
        points: None,
        filter: Some(filter),
        key: None,
    };
    let show = PayloadOps::SetPayload(show);
    shard.update(UpdateOperation::PayloadOperation(show))
}

fn remove(shard: &EdgeShard, filter: Filter) -> Result<(), OperationError> {
    let remove = PointOperations::DeletePointsByFilter(filter);
    shard.update(UpdateOperation::PointOperation(remove))
}

fn count(shard: &EdgeShard, filter: Filter) -> Result<usize, IndexError> {
    shard
        .count(CountRequest {
            filter: Some(filter),
            exact: true,
        })
        .map_err(|error| engine("count", error))
}

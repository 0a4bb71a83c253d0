//! The one thread that changes the index.

use std::{
    sync::{
        Arc, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use qdrant_edge::{
    CountRequest, EdgeShard, Filter, OperationError, PayloadOps, PointInsertOperations,
    PointOperations, SetPayloadOp, UpdateOperation,
};
use serde_json::Value;
use tokio::sync::oneshot;

use super::{Reader, engine, filters, points};
use crate::index::{CountKey, IndexError, Record, VersionKey};

/// Changes that share one flush at most.
const GROUP: usize = 64;
/// Points past which the engine builds its graph; below, a full scan is as fast.
const OPTIMIZE_EVERY: usize = 50_000;

pub(super) enum Change {
    Upsert(Vec<Record>),
    /// A version, and how many passages it has.
    Publish(VersionKey, usize),
    Delete(CountKey),
}

/// A change, and where its caller waits: for how many passages are left that it was to remove, or for 0.
struct Write {
    change: Change,
    done: oneshot::Sender<Result<usize, IndexError>>,
}

/// The way to the thread. It ends when this is dropped.
pub(super) struct Writer {
    queue: SyncSender<Write>,
}

impl Writer {
    pub(super) fn start(reader: Arc<Reader>) -> std::io::Result<Self> {
        let (queue, writes) = sync_channel(GROUP);
        thread::Builder::new()
            .name("index-writer".to_owned())
            .spawn(move || run(&reader, &writes))?;
        Ok(Self { queue })
    }

    pub(super) async fn change(&self, change: Change) -> Result<usize, IndexError> {
        let gone = || engine("write", "its thread has ended");
        let (done, finished) = oneshot::channel();
        let queue = self.queue.clone();
        // The queue is bounded: a full one makes callers wait, off the async threads.
        tokio::task::spawn_blocking(move || queue.send(Write { change, done }))
            .await
            .map_err(|_| gone())?
            .map_err(|_| gone())?;
        finished.await.map_err(|_| gone())?
    }
}

/// Passages are answered when they are written, since nobody sees them yet; what shows or removes passages is answered
/// after a flush, which those that wait share, and which makes all that was before it durable.
fn run(reader: &Reader, queue: &Receiver<Write>) {
    let mut since_optimized = 0;
    while let Ok(first) = queue.recv() {
        let mut unflushed = Vec::new();
        for Write { change, done } in std::iter::once(first).chain(queue.try_iter().take(GROUP - 1))
        {
            let flushed_later = match &change {
                Change::Upsert(records) => {
                    since_optimized += records.len();
                    false
                }
                Change::Publish(..) | Change::Delete(_) => true,
            };
            let result = apply(reader, change);
            if flushed_later {
                unflushed.push((result, done));
            } else {
                // The caller may have gone.
                let _ = done.send(result);
            }
        }
        if unflushed.is_empty() {
            continue;
        }
        // The engine does not replay its log when it loads: what is not flushed is gone after a kill.
        reader.shard.flush();
        for (result, done) in unflushed {
            let _ = done.send(result);
        }
        // After those that wait were answered: building the graph takes long.
        if since_optimized >= OPTIMIZE_EVERY {
            since_optimized = 0;
            if let Err(error) = reader.shard.optimize() {
                tracing::warn!(%error, "the index could not be optimized");
            }
        }
    }
}

fn apply(reader: &Reader, change: Change) -> Result<usize, IndexError> {
    let shard = &reader.shard;
    match change {
        Change::Upsert(records) => {
            let points = records
                .into_iter()
                .map(points::point)
                .collect::<Result<Vec<_>, _>>()?;
            let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
            shard
                .update(UpdateOperation::PointOperation(insert))
                .map_err(|error| engine("write", error))?;
            Ok(0)
        }
        Change::Publish(key, expected) => publish(reader, key, expected).map(|()| 0),
        Change::Delete(key) => {
            let filter = filters::count(&key).map_err(|error| engine("delete", error))?;
            remove(shard, filter.clone()).map_err(|error| engine("delete", error))?;
            count(shard, filter)
        }
    }
}

fn publish(reader: &Reader, key: VersionKey, expected: usize) -> Result<(), IndexError> {
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
    let _switching = reader
        .switching
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    show(shard, this).map_err(failed)?;
    remove(shard, others).map_err(failed)
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

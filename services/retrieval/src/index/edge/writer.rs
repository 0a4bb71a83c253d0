//! The one thread that changes the index.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use stoa_kit::{
    Room,
    metrics::{Queue, Waits},
};
use tokio::sync::oneshot;

use super::{Reader, Segments, changes, engine, log, unseen::Unseen};
use crate::index::{Adoption, CountKey, IndexError, Record, VersionKey};

/// Changes that share one flush at most.
const GROUP: usize = 64;
/// How long nothing has to come before segments are merged.
const QUIET: Duration = Duration::from_secs(10);

pub(super) enum Change {
    Upsert(Vec<Record>),
    /// A version, and how many passages it has.
    Publish(VersionKey, usize),
    Delete(CountKey),
    Adopt(Adoption),
}

/// A change, and where its caller waits: for how many passages are left that it was to remove, or for 0.
struct Write {
    change: Change,
    done: oneshot::Sender<Result<usize, IndexError>>,
    waits: Waits,
}

/// The way to the thread. It ends when this is dropped.
pub(super) struct Writer {
    queue: SyncSender<Write>,
}

impl Writer {
    pub(super) fn start(
        reader: Arc<Reader>,
        segments: Segments,
        room: Room,
    ) -> std::io::Result<Self> {
        // As many as share a flush: more would wait here instead of at their callers, who can give up.
        let (queue, writes) = sync_channel(GROUP);
        Queue::Index.takes(GROUP);
        let writing = Writing {
            reader,
            segments,
            room,
            unseen: Unseen::default(),
            unflushed: false,
        };
        thread::Builder::new()
            .name("index-writer".to_owned())
            .spawn(move || writing.run(&writes))?;
        Ok(Self { queue })
    }

    pub(super) async fn change(&self, change: Change) -> Result<usize, IndexError> {
        let gone = || engine("write", "its thread has ended");
        let (done, finished) = oneshot::channel();
        let queue = self.queue.clone();
        let waits = Queue::Index.waits();
        // The queue is bounded: a full one makes callers wait, off the async threads.
        tokio::task::spawn_blocking(move || {
            queue.send(Write {
                change,
                done,
                waits,
            })
        })
        .await
        .map_err(|_| gone())?
        .map_err(|_| gone())?;
        finished.await.map_err(|_| gone())?
    }
}

/// The thread's own.
struct Writing {
    reader: Arc<Reader>,
    segments: Segments,
    room: Room,
    unseen: Unseen,
    /// Whether passages were written since the last flush.
    unflushed: bool,
}

impl Writing {
    fn run(mut self, queue: &Receiver<Write>) {
        let mut is_settled = false;
        loop {
            // Nothing is left to do: it sleeps until somebody comes, instead of looking every few seconds.
            let next = if is_settled {
                queue.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                queue.recv_timeout(QUIET)
            };
            match next {
                Ok(first) => {
                    // The changes that have come by now, without waiting for more: a single one is as quick as the disk.
                    let others = queue.try_iter().take(GROUP - 1);
                    self.write(std::iter::once(first).chain(others));
                    self.close_full();
                    is_settled = false;
                }
                Err(RecvTimeoutError::Timeout) => is_settled = !self.settle(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Passages are answered when they are written, since nobody sees them yet; what shows or removes passages is answered
    /// after a flush, which those that wait share, and which makes all that was before it durable.
    fn write(&mut self, writes: impl Iterator<Item = Write>) {
        let mut unanswered = Vec::new();
        for Write {
            change,
            done,
            waits,
        } in writes
        {
            drop(waits);
            // Whoever was told that it took too long has begun anew, and may not hold the document any more.
            if done.is_closed() {
                continue;
            }
            let is_unseen = matches!(change, Change::Upsert(_));
            let result = self.apply(change);
            // Where there is no room, a flush is not begun for nothing either.
            let is_refused = matches!(result, Err(IndexError::NoRoom(_)));
            self.unflushed |= !is_refused;
            if is_unseen || is_refused {
                // The caller may have gone.
                let _ = done.send(result);
            } else {
                unanswered.push((result, done));
            }
        }
        if unanswered.is_empty() {
            return;
        }
        let flushed = self.flush();
        for (result, done) in unanswered {
            // A failed flush is everybody's failure: nothing of the group may be durable.
            let _ = done.send(flushed.clone().and(result));
        }
    }

    fn apply(&mut self, change: Change) -> Result<usize, IndexError> {
        match change {
            Change::Upsert(records) => {
                self.room.for_growth()?;
                self.unseen.add(&records, Instant::now());
                changes::upsert(&self.reader.shard, records).map(|()| 0)
            }
            Change::Publish(key, passages) => {
                self.room.for_growth()?;
                self.unseen.end(key.document_id, Some(key.version));
                changes::publish(&self.reader, key, passages).map(|()| 0)
            }
            Change::Delete(key) => {
                // Less than for growth: removing is how room is made, and needs some itself.
                self.room.for_removing()?;
                if let Some(document_id) = key.document_id {
                    self.unseen.end(document_id, key.version);
                }
                changes::delete(&self.reader.shard, &key)
            }
            Change::Adopt(adoption) => {
                self.room.for_growth()?;
                for version in &adoption.versions {
                    self.unseen.end(version.document_id, Some(version.version));
                }
                changes::adopt(&self.reader, &adoption).map(|()| 0)
            }
        }
    }

    /// The engine does not replay its log when it loads: what is not flushed is gone after a kill.
    fn flush(&mut self) -> Result<(), IndexError> {
        let shard = &self.reader.shard;
        // Where a flush fails the engine panics, and all that waits for the index would wait for ever.
        catch_unwind(AssertUnwindSafe(|| shard.flush()))
            .map_err(|panic| engine("flush", reason(panic.as_ref())))?;
        self.unflushed = false;
        if let Err(error) = log::trim(shard.path()) {
            tracing::warn!(%error, "the log of the index could not be made shorter");
        }
        Ok(())
    }

    /// After those that wait were answered: closing a segment takes a while.
    fn close_full(&mut self) {
        if self.unseen.are_few(Instant::now())
            && self.room.for_growth().is_ok()
            && let Err(error) = self.segments.close_full(&self.reader.shard)
        {
            tracing::warn!(%error, "a segment of the index could not be closed");
        }
    }

    /// Does what can wait until nobody waits. Returns whether there was something to do.
    fn settle(&mut self) -> bool {
        if self.unflushed
            && self.room.for_removing().is_ok()
            && let Err(error) = self.flush()
        {
            tracing::warn!(%error, "the index could not be flushed");
        }
        if !self.unseen.are_few(Instant::now()) || self.room.for_growth().is_err() {
            return false;
        }
        let merged = self.segments.merge_smallest(&self.reader.shard);
        merged.unwrap_or_else(|error| {
            tracing::warn!(%error, "segments of the index could not be merged");
            false
        })
    }
}

/// What a panic says.
fn reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("the engine broke").to_owned()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::index::{
        VectorIndex,
        edge::tests::{PASSAGES, count, document, open, record, space, version},
    };

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_done() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let index = open(folder.path());
        let id = document(0);
        let records = (0..PASSAGES).map(|ordinal| record(id, 0, ordinal));
        index.upsert(records.collect()).await.expect("written");
        let (done, gone) = oneshot::channel();
        drop(gone);
        let change = Change::Publish(version(id), PASSAGES);
        let queue = &index.writer.queue;
        let waits = Queue::Index.waits();
        let write = Write {
            change,
            done,
            waits,
        };
        queue.send(write).expect("sent");
        // Changes are made one after the other.
        let next = index.delete(space(), Uuid::nil(), None).await;
        assert_eq!(next.expect("removed"), 0);
        assert_eq!(count(&index, Some(id)).await, 0, "it was given up");
        index.publish(version(id), PASSAGES).await.expect("shown");
        assert_eq!(count(&index, Some(id)).await, PASSAGES);
    }
}

//! Bytes that no version names: what a kill left between storing them and writing the row of their document.

use std::time::{Duration, SystemTime};

use futures::StreamExt;
use stoa_kit::Shutdown;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::{
    SERVICE, WorkError,
    blobs::{Blobs, ContentHash},
    store::Store,
};

/// How often they are looked for, beginning with the start: listing a large bucket costs money.
const SWEEP: Duration = Duration::from_secs(24 * 3_600);
/// What is younger may be of an upload that is under way: far more than one may take.
const YOUNG: Duration = Duration::from_secs(6 * 3_600);
/// Blobs that are looked up in the database at once.
const BATCH: usize = 500;

/// Looks for orphans and removes them.
#[derive(Clone)]
pub(crate) struct Orphans {
    store: Store,
    blobs: Blobs,
}

impl Orphans {
    pub(crate) fn new(store: Store, blobs: Blobs) -> Self {
        Self { store, blobs }
    }

    pub(crate) fn start(self, shutdown: &Shutdown) {
        let stop = shutdown.clone();
        shutdown.spawn_vital(SERVICE, "the sweep of orphaned bytes", move || {
            let (orphans, stop) = (self.clone(), stop.clone());
            async move {
                tokio::select! {
                    () = orphans.run() => {}
                    () = stop.stopping() => {}
                }
            }
        });
    }

    async fn run(&self) {
        let mut ticks = tokio::time::interval(SWEEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.sweep().await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "bytes that no document has are removed"),
                Err(error) => {
                    tracing::warn!("could not look for bytes that no document has: {error}");
                }
            }
        }
    }

    /// Returns how many were removed.
    async fn sweep(&self) -> Result<usize, WorkError> {
        let before = SystemTime::now() - YOUNG;
        let mut batches = self.blobs.older_than(before).ready_chunks(BATCH);
        let mut removed = 0;
        while let Some(batch) = batches.next().await {
            let batch: Result<Vec<ContentHash>, object_store::Error> = batch.into_iter().collect();
            for hash in self.store.unnamed(&batch?).await? {
                removed += usize::from(self.remove(hash).await?);
            }
        }
        Ok(removed)
    }

    /// Removes bytes unless somebody has taken them up meanwhile.
    async fn remove(&self, hash: ContentHash) -> Result<bool, WorkError> {
        // No document is exempt from being asked.
        let hold = self.store.claim_blob(hash, Uuid::nil(), i32::MAX).await?;
        if hold.is_none() {
            return Ok(false);
        }
        self.blobs.delete(hash).await?;
        Ok(true)
    }
}

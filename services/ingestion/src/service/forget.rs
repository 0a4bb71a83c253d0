//! Forgetting a document: its passages, its bytes and then its rows.

use std::time::Duration;

use stoa_kit::{Shutdown, Space};
use stoa_proto::retrieval::DeleteRequest;
use tonic::Status;
use uuid::Uuid;

use super::{Ingestion, failure};
use crate::SERVICE;

/// How long forgetting waits for a worker to let go of the document: longer than a lease, so that one whose process was
/// killed has run out.
const WORKER_WAIT: Duration = Duration::from_secs(15);
/// How often it looks whether the worker has.
const WORKER_POLL: Duration = Duration::from_millis(100);
/// How often documents are looked for whose forgetting was cut short.
const SWEEP: Duration = Duration::from_secs(30);

impl Ingestion {
    /// Finishes what a restart or a failure cut short, now and every once in a while.
    pub(crate) fn start(&self, shutdown: &Shutdown) {
        let (service, stop) = (self.clone(), shutdown.clone());
        shutdown.spawn_vital(SERVICE, "forgetting", move || {
            let (service, stop) = (service.clone(), stop.clone());
            async move {
                let mut ticks = tokio::time::interval(SWEEP);
                loop {
                    tokio::select! {
                        _ = ticks.tick() => service.forget_marked().await,
                        () = stop.stopping() => return,
                    }
                }
            }
        });
    }

    async fn forget_marked(&self) {
        for (id, space) in self.store.deleting().await.unwrap_or_default() {
            let Ok(space) = Space::parse(&space) else {
                continue;
            };
            if let Err(status) = self.forget(&space, id).await {
                tracing::warn!(document = %id, "forgetting goes on later: {}", status.message());
            }
        }
    }

    /// Forgets a document whose row is marked; returns the passages that are left.
    ///
    /// The row goes last: as long as it is there, whatever failed is done again. It can all be repeated.
    pub(super) async fn forget(&self, space: &Space, document: Uuid) -> Result<u64, Status> {
        // A worker that still writes passages would write some after they were removed.
        tokio::time::timeout(WORKER_WAIT, self.wait_for_worker(document))
            .await
            .map_err(|_| {
                Status::unavailable(
                    "a worker still holds the document: it is forgotten as soon as it lets go",
                )
            })??;
        let remaining = self.remove_passages(space, document).await?;
        self.remove_bytes(document).await?;
        self.store
            .finish_delete(document)
            .await
            .map_err(failure::database)?;
        Ok(remaining)
    }

    async fn wait_for_worker(&self, document: Uuid) -> Result<(), Status> {
        while self
            .store
            .is_worked_on(document)
            .await
            .map_err(failure::database)?
        {
            tokio::time::sleep(WORKER_POLL).await;
        }
        Ok(())
    }

    async fn remove_passages(&self, space: &Space, document: Uuid) -> Result<u64, Status> {
        let request = DeleteRequest {
            space: space.to_string(),
            document_id: document.to_string(),
            version: 0,
        };
        let response = self.retrieval.clone().delete(request).await?;
        let remaining = response.into_inner().remaining;
        if remaining > 0 {
            return Err(Status::internal(format!(
                "{remaining} passages are left in the index: try again"
            )));
        }
        Ok(remaining)
    }

    /// Removes the bytes of all versions, but for those that another document has too.
    async fn remove_bytes(&self, document: Uuid) -> Result<(), Status> {
        let hashes = self.store.hashes(document, i32::MAX).await;
        for hash in hashes.map_err(failure::database)? {
            let hold = self
                .store
                .claim_blob(hash, document, i32::MAX)
                .await
                .map_err(failure::database)?;
            if hold.is_some() {
                self.blobs.delete(hash).await.map_err(failure::blobs)?;
            }
        }
        Ok(())
    }
}

//! Forgetting a document: its passages, its bytes, what answers hold of it, and then its rows.
//!
//! The row with its mark is the word that this is to be done: it stays until all of it is, over restarts and failures of
//! any service.

use std::time::Duration;

use stoa_kit::{Shutdown, Space, postgres};
use stoa_proto::{generation::ForgetDocumentRequest, retrieval::DeleteRequest};
use tonic::{Request, Status};
use uuid::Uuid;

use super::{Ingestion, failure};
use crate::{SERVICE, store::Leaving};

/// How long forgetting waits for a worker to let go of the document: longer than a lease, so that one whose process was
/// killed has run out.
const WORKER_WAIT: Duration = Duration::from_secs(15);
/// How often it looks whether the worker has.
const WORKER_POLL: Duration = Duration::from_millis(100);
/// How long clearing the answers may take. What is cleared stays so, and the rest is done the next time.
const ANSWERS_WAIT: Duration = Duration::from_secs(30);
/// How often documents are looked for whose forgetting was cut short.
const SWEEP: Duration = Duration::from_secs(30);

/// How far a document is forgotten.
pub(super) struct Forgotten {
    /// Passages that are left in the index.
    pub(super) remaining: u64,
    /// Answers still hold some of it.
    pub(super) answers_pending: bool,
}

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
        for Leaving { id, space, name } in self.store.deleting().await.unwrap_or_default() {
            // Written by a version with other rules for names: it is left to that one.
            let Ok(space) = Space::parse(&space) else {
                continue;
            };
            match self.forget(&space, id, &name).await {
                Ok(forgotten) if !forgotten.answers_pending => {
                    tracing::info!(document = %id, "the document is forgotten");
                }
                Ok(_) => {}
                Err(status) => {
                    tracing::warn!(document = %id, "forgetting continues later: {}", status.message());
                }
            }
        }
    }

    /// Forgets a document whose row is marked.
    ///
    /// The row goes last: as long as it is there, whatever failed is done again. It can all be repeated.
    pub(super) async fn forget(
        &self,
        space: &Space,
        document: Uuid,
        name: &str,
    ) -> Result<Forgotten, Status> {
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
        // After the passages, so that no answer finds any once answers are cleared.
        let answers_pending = !self.clear_answers(space, document, name).await;
        if !answers_pending {
            self.store
                .finish_delete(document)
                .await
                .map_err(postgres::failed)?;
        }
        Ok(Forgotten {
            remaining,
            answers_pending,
        })
    }

    /// Removes from answers what they hold of the document. `false`: not now. Nobody is kept waiting for it: the document
    /// is found no more, and the sweep goes on.
    async fn clear_answers(&self, space: &Space, document: Uuid, name: &str) -> bool {
        let mut request = Request::new(ForgetDocumentRequest {
            space: space.to_string(),
            document_id: document.to_string(),
            document: name.to_owned(),
        });
        request.set_timeout(ANSWERS_WAIT);
        match self.generation.clone().forget_document(request).await {
            Ok(_) => true,
            Err(status) => {
                tracing::warn!(
                    %document,
                    "answers still hold some of a forgotten document and are cleared later: {}",
                    status.message()
                );
                false
            }
        }
    }

    async fn wait_for_worker(&self, document: Uuid) -> Result<(), Status> {
        while self
            .store
            .is_worked_on(document)
            .await
            .map_err(postgres::failed)?
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
        for hash in hashes.map_err(postgres::failed)? {
            let hold = self
                .store
                .claim_blob(hash, document, i32::MAX)
                .await
                .map_err(postgres::failed)?;
            if hold.is_some() {
                self.blobs.delete(hash).await.map_err(failure::blobs)?;
            }
        }
        Ok(())
    }
}

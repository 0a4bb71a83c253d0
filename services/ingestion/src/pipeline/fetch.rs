//! The first stage: the document's bytes, from the store or from an address.

use bytes::Bytes;

use super::{Failure, Run, failure::kept};
use crate::{blobs::ContentHash, fetch::SafeUrl, job::Stage};

/// A document's bytes under their name in the store.
pub(super) type Fetched = (ContentHash, Bytes);

impl Run<'_> {
    /// The bytes; `None` when an address gave what is searchable already, and the job is done.
    pub(super) async fn fetch(&self) -> Result<Option<Fetched>, Failure> {
        // An upload has a hash from the start, and an address once an attempt has downloaded it.
        match self.lease.hash {
            Some(hash) => Ok(Some((hash, self.stored_bytes(hash).await?))),
            None => self.download().await,
        }
    }

    async fn stored_bytes(&self, hash: ContentHash) -> Result<Bytes, Failure> {
        let found = self.pipeline.blobs.get(hash).await;
        found.map_err(|error| match error {
            object_store::Error::NotFound { .. } => Failure::permanent(
                Stage::Fetch,
                "its bytes are gone from the store: teach it again",
            ),
            error => transient(error),
        })
    }

    async fn download(&self) -> Result<Option<Fetched>, Failure> {
        let (lease, pipeline) = (self.lease, self.pipeline);
        let url = SafeUrl::parse(lease.url.as_deref().unwrap_or_default())
            .map_err(|error| Failure::permanent(Stage::Fetch, error))?;
        let bytes = pipeline.fetcher.fetch(&url).await.map_err(|error| {
            if error.is_retryable() {
                transient(error)
            } else {
                Failure::permanent(Stage::Fetch, error)
            }
        })?;
        let hash = ContentHash::of(&bytes);
        let current = pipeline.store.current_hash(lease.document_id).await;
        if current.map_err(transient)? == Some(hash) {
            let ended = pipeline.store.succeed_unchanged(lease).await;
            kept(ended.map_err(transient)?)?;
            return Ok(None);
        }
        // Nobody removes the blob between its writing and the row that names it.
        let _hold = pipeline.store.hold_blob(hash).await.map_err(transient)?;
        let put = pipeline.blobs.put(hash, bytes.clone()).await;
        put.map_err(transient)?;
        let recorded = pipeline.store.fetched(lease, hash, bytes.len()).await;
        kept(recorded.map_err(transient)?)?;
        Ok(Some((hash, bytes)))
    }
}

fn transient(error: impl ToString) -> Failure {
    Failure::transient(Stage::Fetch, error)
}

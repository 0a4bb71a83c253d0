//! The first stage: the document's bytes, from the store or from an address.

use bytes::Bytes;

use super::{Failure, Run, failure::kept};
use crate::{blobs::ContentHash, fetch::SafeUrl, job::Stage, recipe::Recipe, store::Publication};

impl Run<'_> {
    /// The bytes; `None` when what they would make is published already, and the job is done.
    pub(super) async fn fetch(&self, recipe: &Recipe) -> Result<Option<Bytes>, Failure> {
        // An upload has a hash from the start, and an address once an attempt has downloaded it.
        let Some(hash) = self.lease.hash else {
            return self.download(recipe).await;
        };
        if self.ends_unchanged(hash, recipe).await? {
            return Ok(None);
        }
        self.stored_bytes(hash).await.map(Some)
    }

    /// Whether nothing would change, and the job ended with that. Where a document is, who may see it and what made its
    /// passages is published with it, as its bytes are.
    async fn ends_unchanged(&self, hash: ContentHash, recipe: &Recipe) -> Result<bool, Failure> {
        let (lease, store) = (self.lease, &self.pipeline.store);
        let wanted = Publication {
            hash,
            collection: lease.collection.clone(),
            access: lease.access.clone(),
            made_with: recipe.to_string(),
        };
        let published = store.published(lease.document_id).await;
        if published.map_err(transient)? != Some(wanted) {
            return Ok(false);
        }
        let ended = store.succeed_unchanged(lease).await;
        kept(ended.map_err(transient)?)?;
        Ok(true)
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

    async fn download(&self, recipe: &Recipe) -> Result<Option<Bytes>, Failure> {
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
        if self.ends_unchanged(hash, recipe).await? {
            return Ok(None);
        }
        // Nobody removes the blob between its writing and the row that names it.
        let _hold = pipeline.store.hold_blob(hash).await.map_err(transient)?;
        let room = pipeline.blobs.room_for(bytes.len());
        room.map_err(|short| Failure::no_room(Stage::Fetch, short))?;
        let put = pipeline.blobs.put(hash, bytes.clone()).await;
        put.map_err(transient)?;
        let recorded = pipeline.store.fetched(lease, hash, bytes.len()).await;
        kept(recorded.map_err(transient)?)?;
        Ok(Some(bytes))
    }
}

fn transient(error: impl ToString) -> Failure {
    Failure::transient(Stage::Fetch, error)
}

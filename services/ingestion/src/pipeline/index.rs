//! The last stage: passages and their vectors into the index, and the new version in place of the old one.

use std::time::Duration;

use stoa_kit::room;
use stoa_proto::retrieval::{PassageRecord, PublishRequest, StatsRequest, UpsertRequest};
use tonic::{Code, Request, Status};

use super::{Failure, Run, embed::Embedded, failure::kept};
use crate::{WorkError, blobs::ContentHash, chunk::Passage, job::Stage, recipe::Recipe};

/// Passages of one call to the retrieval service.
const BATCH: usize = 256;
/// A switch of versions must end within the lease, or not happen. Half of the lease leaves room for the clocks.
const PUBLISH_DEADLINE: Duration = Duration::from_secs(5);
/// How often the switch is asked for: merging what is there takes an embedded index some seconds, and more when busy.
const PUBLISH_TRIES: usize = 8;

/// What all passages of a document have in common, of what was read in it.
pub(super) struct Written<'a> {
    pub(super) title: &'a str,
    /// The day that it says it is of, or nothing.
    pub(super) dated: String,
}

impl Run<'_> {
    /// An attempt before this one may have got as far as showing the version. If it did not, what it left is removed.
    pub(super) async fn is_published(
        &self,
        recipe: &Recipe,
        passages: usize,
    ) -> Result<bool, Failure> {
        let request = StatsRequest {
            space: self.lease.space.to_string(),
            document_id: self.lease.document_id.to_string(),
            version: self.lease.version,
        };
        let stats = self.pipeline.retrieval.clone().stats(request).await;
        let stats = stats.map_err(failed)?.into_inner();
        // Another model may cut the text into as many passages, hence the model is compared too.
        let is_whole = stats.unpublished == 0 && stats.passages == passages as u64;
        if is_whole && stats.model == recipe.model {
            return Ok(true);
        }
        self.pipeline.clean(self.lease).await.map_err(failed)?;
        Ok(false)
    }

    pub(super) async fn index(
        &self,
        written: &Written<'_>,
        passages: Vec<Passage>,
        embedded: Embedded,
    ) -> Result<(), Failure> {
        let total = passages.len();
        self.upsert(written, passages, embedded).await?;
        self.publish(total).await
    }

    /// Writes the passages, which no search sees yet.
    async fn upsert(
        &self,
        document: &Written<'_>,
        passages: Vec<Passage>,
        embedded: Embedded,
    ) -> Result<(), Failure> {
        let lease = self.lease;
        let Embedded { model, vectors } = embedded;
        let mut retrieval = self.pipeline.retrieval.clone();
        let with_vectors = passages.into_iter().zip(vectors);
        let mut records = with_vectors
            .zip(0..)
            .map(|((passage, vector), ordinal)| record(passage, vector, ordinal));
        let mut written = 0;
        loop {
            let batch: Vec<PassageRecord> = records.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return Ok(());
            }
            written += batch.len();
            let request = UpsertRequest {
                space: lease.space.to_string(),
                document_id: lease.document_id.to_string(),
                version: lease.version,
                document: lease.name.clone(),
                title: document.title.to_owned(),
                dated: document.dated.clone(),
                collection: lease.collection.clone(),
                access: lease.access.clone(),
                model: model.clone(),
                passages: batch,
            };
            retrieval.upsert(request).await.map_err(failed)?;
            self.advance(Stage::Index, written).await?;
        }
    }

    /// Shows the new version in place of the old one. An index that is busy with its own files answers late: it is asked
    /// again under a fresh lease, and does nothing of what was given up.
    async fn publish(&self, passages: usize) -> Result<(), Failure> {
        // The last try stands behind the loop: its lateness is the reason that a person reads.
        for _ in 1..PUBLISH_TRIES {
            match self.try_publish(passages).await? {
                Err(late) if is_late(&late) => {}
                ended => return ended.map_err(refused),
            }
        }
        self.try_publish(passages).await?.map_err(refused)
    }

    async fn try_publish(&self, passages: usize) -> Result<Result<(), Status>, Failure> {
        let (lease, pipeline) = (self.lease, self.pipeline);
        // The lease is fresh when the version is switched, and the switch ends before it does: whoever takes the job
        // over, replaces the document or forgets it, comes after.
        let begun = pipeline.store.begin_publish(lease).await;
        kept(begun.map_err(|error| Failure::transient(Stage::Index, error))?)?;
        let mut request = Request::new(PublishRequest {
            space: lease.space.to_string(),
            document_id: lease.document_id.to_string(),
            version: lease.version,
            passages: u32::try_from(passages).unwrap_or(u32::MAX),
        });
        request.set_timeout(PUBLISH_DEADLINE);
        let published = pipeline.retrieval.clone().publish(request).await;
        Ok(published.map(|_| ()))
    }

    /// Older versions cannot be seen any more; their bytes go, each once. What is left behind by a kill here is found when
    /// the document is replaced or forgotten the next time.
    pub(super) async fn forget_old_blobs(&self) {
        let (store, lease) = (&self.pipeline.store, self.lease);
        let below = i32::try_from(lease.version).unwrap_or(i32::MAX);
        let hashes = store.hashes(lease.document_id, below).await;
        for hash in hashes.unwrap_or_default() {
            if let Err(error) = self.forget_blob(hash, below).await {
                tracing::debug!(%error, "an old version's bytes stay");
            }
        }
    }

    async fn forget_blob(&self, hash: ContentHash, below: i32) -> Result<(), WorkError> {
        let (store, document) = (&self.pipeline.store, self.lease.document_id);
        let hold = store.claim_blob(hash, document, below).await?;
        if hold.is_some() {
            self.pipeline.blobs.delete(hash).await?;
        }
        // Whoever has the bytes too, these versions do not need them any more.
        Ok(store.clear_hash(hash, document, below).await?)
    }
}

fn record(passage: Passage, vector: Vec<u8>, ordinal: u32) -> PassageRecord {
    PassageRecord {
        ordinal,
        page: passage.page,
        heading_path: passage.heading_path,
        language: passage.language,
        text: passage.text,
        vector,
        context: passage.context,
    }
}

fn failed(status: Status) -> Failure {
    Failure::of_call(Stage::Index, &status)
}

/// Whether nobody answered in time.
fn is_late(status: &Status) -> bool {
    matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled)
}

/// Whatever is answered is a reason to try again: passages that are missing when they are counted, which the service calls
/// a failed precondition, are written again by the next attempt.
fn refused(status: Status) -> Failure {
    if room::is_short(&status) {
        return failed(status);
    }
    Failure::transient(Stage::Index, status.message())
}

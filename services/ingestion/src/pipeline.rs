//! From a lease to searchable passages: fetch, parse, chunk, embed, index.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use kitoken::Kitoken;
use stoa_kit::{config, grpc, wire};
use stoa_proto::{
    embedding::{
        EmbedRequest, EmbedResponse, GetModelRequest, GetTokenizerRequest, TextKind,
        embedding_service_client::EmbeddingServiceClient,
    },
    retrieval::{
        DeleteRequest, PassageRecord, PublishRequest, StatsRequest, UpsertRequest,
        retrieval_service_client::RetrievalServiceClient,
    },
};
use thiserror::Error;
use tokio::sync::{OnceCell, Semaphore};
use tonic::{Code, Request, Status};

use crate::{
    blobs::{Blobs, ContentHash},
    chunk::{Passage, Sizes, chunk},
    events::Events,
    extract::{Extracted, Limits, extract},
    fetch::{Fetcher, SafeUrl},
    job::{Job, Stage, State, stored},
    store::{Finished, Lease, Store},
};

/// Vectors of a batch, and the parts of a tokenizer.
pub(crate) const MAX_MESSAGE: usize = 16 << 20;
/// Texts of one call to the embedding service.
const EMBED_BATCH: usize = 64;
/// Calls to it at once, so that the next batch is there when the model is free.
const EMBED_AHEAD: usize = 2;
/// Passages of one call to the retrieval service.
const INDEX_BATCH: usize = 256;
/// A switch of versions must end within the lease, or not happen.
const PUBLISH_DEADLINE: Duration = Duration::from_secs(5);
/// Progress within a stage is told this often.
const PROGRESS: Duration = Duration::from_millis(300);

/// Why a job stopped.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// Trying again gives the same.
    #[error("{stage}: {reason}")]
    Permanent {
        stage: Stage,
        page: u32,
        reason: String,
    },
    /// Trying again may help.
    #[error("{stage}: {reason}")]
    Transient { stage: Stage, reason: String },
    /// The job was cancelled or taken over.
    #[error("the lease was lost")]
    Lost,
}

/// What the stages work with.
pub(crate) struct Pipeline {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) fetcher: Fetcher,
    pub(crate) events: Events,
    pub(crate) embedding: EmbeddingServiceClient<grpc::Client>,
    pub(crate) retrieval: RetrievalServiceClient<grpc::Client>,
    pub(crate) settings: config::Ingestion,
    /// The embedding model's tokenizer; `None` when the service does not know it.
    pub(crate) tokenizer: OnceCell<Option<Arc<Kitoken>>>,
    /// Parsers that may run at once: each takes a core and memory.
    pub(crate) parsers: Semaphore,
}

/// A job while it is worked on.
pub(crate) struct Run<'a> {
    pipeline: &'a Pipeline,
    lease: &'a Lease,
    shown: Mutex<(Job, Instant)>,
}

impl Pipeline {
    pub(crate) fn run<'a>(&'a self, lease: &'a Lease, job: Job) -> Run<'a> {
        Run {
            pipeline: self,
            lease,
            shown: Mutex::new((job, Instant::now())),
        }
    }

    /// Removes what an unfinished version left in the index.
    pub(crate) async fn clean(&self, lease: &Lease) -> Result<(), Status> {
        let request = DeleteRequest {
            space: lease.space.to_string(),
            document_id: lease.document_id.to_string(),
            version: lease.version,
        };
        self.retrieval.clone().delete(request).await.map(|_| ())
    }

    async fn tokenizer(&self) -> Result<Option<Arc<Kitoken>>, Status> {
        let load = || async {
            let stream = match self
                .embedding
                .clone()
                .get_tokenizer(GetTokenizerRequest {})
                .await
            {
                Ok(response) => response.into_inner(),
                Err(status) if status.code() == Code::NotFound => return Ok(None),
                Err(status) => return Err(status),
            };
            let bytes: Vec<u8> = stream.map_ok(|part| part.chunk).try_concat().await?;
            let tokenizer = Kitoken::from_tokenizers_slice(&bytes)
                .map_err(|error| Status::internal(error.to_string()))?;
            Ok(Some(Arc::new(tokenizer)))
        };
        self.tokenizer.get_or_try_init(load).await.cloned()
    }
}

impl Run<'_> {
    /// Works through all stages. Each can be repeated: what it writes, it writes under the same names again.
    pub(crate) async fn work(&self) -> Result<(), Failure> {
        let lease = self.lease;
        self.enter(Stage::Fetch, 0).await?;
        let Some((hash, bytes)) = self.fetch().await? else {
            return Ok(());
        };

        self.enter(Stage::Parse, 0).await?;
        let size = bytes.len();
        let extracted = self.parse(&bytes).await?;
        drop(bytes);
        let pages = if extracted.pages.iter().all(|page| page.number == 0) {
            1
        } else {
            extracted.pages.len()
        };
        self.update(|job| job.pages = stored(pages));

        self.enter(Stage::Chunk, 0).await?;
        let media_type = extracted.media_type.clone();
        let (title, passages) = self.chunk(extracted).await?;
        self.update(|job| job.passages = stored(passages.len()));

        let finished = Finished {
            title: title.clone(),
            media_type,
            size,
            pages,
            passages: passages.len(),
        };
        if lease.attempt == 1 || !self.is_published(passages.len()).await? {
            self.enter(Stage::Embed, passages.len()).await?;
            let (model, vectors) = self.embed(&passages).await?;
            self.enter(Stage::Index, passages.len()).await?;
            self.index(&title, passages, vectors, model).await?;
        }
        if !self
            .pipeline
            .store
            .succeed(lease, &finished)
            .await
            .map_err(|error| transient(Stage::Index, error))?
        {
            return Err(Failure::Lost);
        }
        self.forget_old_blobs(hash).await;
        Ok(())
    }

    /// The bytes; `None` when an address gave what is searchable already, and the job is done.
    async fn fetch(&self) -> Result<Option<(ContentHash, Bytes)>, Failure> {
        let (lease, pipeline) = (self.lease, self.pipeline);
        let failed = |error: &dyn std::fmt::Display| transient(Stage::Fetch, error);
        if let Some(hash) = lease.hash {
            return match pipeline.blobs.get(hash).await {
                Ok(bytes) => Ok(Some((hash, bytes))),
                Err(object_store::Error::NotFound { .. }) => {
                    let reason = "its bytes are gone from the store: teach it again".to_owned();
                    Err(Failure::Permanent {
                        stage: Stage::Fetch,
                        page: 0,
                        reason,
                    })
                }
                Err(error) => Err(failed(&error)),
            };
        }
        let permanent = |reason: String| Failure::Permanent {
            stage: Stage::Fetch,
            page: 0,
            reason,
        };
        let url = SafeUrl::parse(lease.url.as_deref().unwrap_or_default())
            .map_err(|e| permanent(e.to_string()))?;
        let bytes = pipeline.fetcher.fetch(&url).await.map_err(|error| {
            if error.is_retryable() {
                failed(&error)
            } else {
                permanent(error.to_string())
            }
        })?;
        let hash = ContentHash::of(&bytes);
        if pipeline
            .store
            .current_hash(lease.document_id)
            .await
            .map_err(|error| failed(&error))?
            == Some(hash)
        {
            let kept = pipeline
                .store
                .succeed_unchanged(lease)
                .await
                .map_err(|error| failed(&error))?;
            return if kept { Ok(None) } else { Err(Failure::Lost) };
        }
        let _hold = pipeline
            .store
            .hold_blob(hash)
            .await
            .map_err(|error| failed(&error))?;
        pipeline
            .blobs
            .put(hash, bytes.clone())
            .await
            .map_err(|error| failed(&error))?;
        let kept = pipeline
            .store
            .fetched(lease, hash, bytes.len())
            .await
            .map_err(|error| failed(&error))?;
        if kept {
            Ok(Some((hash, bytes)))
        } else {
            Err(Failure::Lost)
        }
    }

    async fn parse(&self, bytes: &Bytes) -> Result<Extracted, Failure> {
        let settings = &self.pipeline.settings;
        let limits = Limits {
            pages: settings.max_pages,
            text_bytes: settings.max_text_bytes,
            seconds: settings.parse_secs,
            memory_mib: settings.parse_memory_mib,
        };
        let permit = self.pipeline.parsers.acquire().await;
        let _permit = permit.map_err(|error| transient(Stage::Parse, error))?;
        extract(&self.lease.name, bytes, limits)
            .await
            .map_err(|error| match error {
                crate::extract::ExtractError::Broken { .. } => transient(Stage::Parse, error),
                error => Failure::Permanent {
                    stage: Stage::Parse,
                    page: error.page(),
                    reason: error.to_string(),
                },
            })
    }

    async fn chunk(&self, extracted: Extracted) -> Result<(String, Vec<Passage>), Failure> {
        let tokenizer = self
            .pipeline
            .tokenizer()
            .await
            .map_err(|status| remote(Stage::Chunk, &status))?;
        let mut client = self.pipeline.embedding.clone();
        let model = client.get_model(GetModelRequest {}).await;
        let model = model
            .map_err(|status| remote(Stage::Chunk, &status))?
            .into_inner();
        let passage = self.pipeline.settings.passage_tokens;
        let sizes = Sizes {
            passage,
            // The model adds tokens of its own at both ends.
            embedded: (model.best_tokens as usize)
                .saturating_sub(2)
                .clamp(1, passage),
        };
        let (extracted, chunked) = tokio::task::spawn_blocking(move || {
            let chunked = chunk(&extracted, tokenizer.as_deref(), sizes);
            (extracted, chunked)
        })
        .await
        .map_err(|error| transient(Stage::Chunk, error))?;
        if chunked.passages.is_empty() {
            let reason = "there are no words in it, only marks".to_owned();
            return Err(Failure::Permanent {
                stage: Stage::Chunk,
                page: 0,
                reason,
            });
        }
        let title = extracted
            .title
            .or(chunked.heading)
            .unwrap_or_else(|| file_name(&self.lease.name));
        Ok((title, chunked.passages))
    }

    async fn embed(&self, passages: &[Passage]) -> Result<(String, Vec<Vec<u8>>), Failure> {
        let model = self
            .pipeline
            .embedding
            .clone()
            .get_model(GetModelRequest {})
            .await;
        let model = model
            .map_err(|status| remote(Stage::Embed, &status))?
            .into_inner();
        let width = model.dimensions as usize * size_of::<f32>();
        let batches: Vec<Vec<Vec<String>>> = passages
            .chunks(EMBED_BATCH)
            .map(|batch| {
                batch
                    .iter()
                    .map(|passage| passage.embedded.clone())
                    .collect()
            })
            .collect();
        let client = self.pipeline.embedding.clone();
        let calls = stream::iter(batches).map(move |parts| embed_batch(client.clone(), parts));
        let mut calls = calls.buffered(EMBED_AHEAD);
        let mut vectors = Vec::with_capacity(passages.len());
        while let Some(response) = calls.next().await {
            let (response, parts) = response.map_err(|status| remote(Stage::Embed, &status))?;
            let expected = parts.iter().sum::<usize>() * width;
            if response.model != model.model || response.vectors.len() != expected {
                return Err(transient(
                    Stage::Embed,
                    "the embedding model changed in between",
                ));
            }
            let mut rest = response.vectors.as_slice();
            for parts in parts {
                let (own, others) = rest.split_at(parts * width);
                vectors.push(mean(own, width));
                rest = others;
            }
            self.advance(Stage::Embed, vectors.len()).await?;
        }
        Ok((model.model, vectors))
    }

    /// An attempt before this one may have got as far as showing the version. If it did not, what it left is removed.
    async fn is_published(&self, passages: usize) -> Result<bool, Failure> {
        let request = StatsRequest {
            space: self.lease.space.to_string(),
            document_id: self.lease.document_id.to_string(),
            version: self.lease.version,
        };
        let stats = self.pipeline.retrieval.clone().stats(request).await;
        let stats = stats
            .map_err(|status| remote(Stage::Index, &status))?
            .into_inner();
        if stats.unpublished == 0 && stats.passages == passages as u64 {
            return Ok(true);
        }
        self.pipeline
            .clean(self.lease)
            .await
            .map_err(|status| remote(Stage::Index, &status))?;
        Ok(false)
    }

    async fn index(
        &self,
        title: &str,
        passages: Vec<Passage>,
        vectors: Vec<Vec<u8>>,
        model: String,
    ) -> Result<(), Failure> {
        let lease = self.lease;
        let failed = |status: Status| remote(Stage::Index, &status);
        let mut retrieval = self.pipeline.retrieval.clone();
        let total = u32::try_from(passages.len()).unwrap_or(u32::MAX);
        let mut records =
            passages
                .into_iter()
                .zip(vectors)
                .zip(0..)
                .map(|((passage, vector), ordinal)| PassageRecord {
                    ordinal,
                    page: passage.page,
                    heading_path: passage.heading_path,
                    language: passage.language,
                    text: passage.text,
                    vector,
                    context: passage.context,
                });
        let mut written = 0;
        loop {
            let batch: Vec<PassageRecord> = records.by_ref().take(INDEX_BATCH).collect();
            if batch.is_empty() {
                break;
            }
            written += batch.len();
            let request = UpsertRequest {
                space: lease.space.to_string(),
                document_id: lease.document_id.to_string(),
                version: lease.version,
                document: lease.name.clone(),
                title: title.to_owned(),
                collection: lease.collection.clone(),
                access: lease.access.clone(),
                model: model.clone(),
                passages: batch,
            };
            retrieval.upsert(request).await.map_err(failed)?;
            self.advance(Stage::Index, written).await?;
        }
        // The lease is fresh when the version is switched, and the switch ends before it does: whoever takes the job
        // over, replaces the document or forgets it, comes after.
        if !self
            .pipeline
            .store
            .begin_publish(lease)
            .await
            .map_err(|error| transient(Stage::Index, error))?
        {
            return Err(Failure::Lost);
        }
        let mut request = Request::new(PublishRequest {
            space: lease.space.to_string(),
            document_id: lease.document_id.to_string(),
            version: lease.version,
            passages: total,
        });
        request.set_timeout(PUBLISH_DEADLINE);
        // Passages that are missing when they are counted are a reason to write them again.
        retrieval
            .publish(request)
            .await
            .map_err(|status| transient(Stage::Index, status.message()))?;
        Ok(())
    }

    /// Older versions cannot be seen any more; their bytes go. What is left behind by a kill here is found when the
    /// document is replaced or forgotten the next time.
    async fn forget_old_blobs(&self, current: ContentHash) {
        let (store, lease) = (&self.pipeline.store, self.lease);
        let below = i32::try_from(lease.version).unwrap_or(i32::MAX);
        let hashes = store
            .hashes(lease.document_id, below)
            .await
            .unwrap_or_default();
        for hash in hashes.into_iter().filter(|hash| *hash != current) {
            if let Ok(Some(_hold)) = store.claim_blob(hash, lease.document_id, below).await
                && let Err(error) = self.pipeline.blobs.delete(hash).await
            {
                tracing::debug!(%error, "an old version's bytes stay");
            }
        }
    }

    async fn enter(&self, stage: Stage, total: usize) -> Result<(), Failure> {
        tracing::debug!(%stage, total, "the job enters a stage");
        self.update(|job| {
            job.state = State::Running;
            job.stage = stage;
            job.done = 0;
            job.total = stored(total);
        });
        self.tell(stage).await
    }

    async fn advance(&self, stage: Stage, done: usize) -> Result<(), Failure> {
        let due = {
            let mut shown = self.lock();
            shown.0.done = stored(done);
            shown.1.elapsed() >= PROGRESS
        };
        if due { self.tell(stage).await } else { Ok(()) }
    }

    /// Records and shows where the job is.
    async fn tell(&self, stage: Stage) -> Result<(), Failure> {
        let job = {
            let mut shown = self.lock();
            shown.1 = Instant::now();
            shown.0.clone()
        };
        let kept = self
            .pipeline
            .store
            .progress(self.lease, &job)
            .await
            .map_err(|error| transient(stage, error))?;
        if !kept {
            return Err(Failure::Lost);
        }
        self.pipeline.events.publish(&job).await;
        Ok(())
    }

    fn update(&self, change: impl FnOnce(&mut Job)) {
        change(&mut self.lock().0);
    }

    /// The lock is held for plain assignments only, so a panic cannot leave it half-written.
    fn lock(&self) -> std::sync::MutexGuard<'_, (Job, Instant)> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The vector of a passage, of unit length: the mean of its parts' as they travel.
fn mean(vectors: &[u8], width: usize) -> Vec<u8> {
    if vectors.len() == width {
        return vectors.to_vec();
    }
    let values = wire::unpack_f32(vectors).unwrap_or_default();
    let dimensions = width / size_of::<f32>();
    let mut sum = vec![0.0_f32; dimensions];
    for (at, value) in values.iter().enumerate() {
        sum[at % dimensions] += value;
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        sum.iter_mut().for_each(|value| *value /= length);
    }
    wire::pack_f32(&sum)
}

/// Embeds a batch of passages in parts; returns the answer and how many parts each has.
async fn embed_batch(
    mut client: EmbeddingServiceClient<grpc::Client>,
    passages: Vec<Vec<String>>,
) -> Result<(EmbedResponse, Vec<usize>), Status> {
    let sent = passages.iter().map(Vec::len).collect();
    let texts = passages.into_iter().flatten().collect();
    let mut request = Request::new(EmbedRequest {
        kind: TextKind::Passage.into(),
        texts,
    });
    // A long queue is no failure: the deadline is the job's, not the call's.
    request.set_timeout(Duration::from_secs(600));
    Ok((client.embed(request).await?.into_inner(), sent))
}

fn transient(stage: Stage, reason: impl ToString) -> Failure {
    Failure::Transient {
        stage,
        reason: reason.to_string(),
    }
}

fn remote(stage: Stage, status: &Status) -> Failure {
    let reason = status.message().to_owned();
    match status.code() {
        Code::InvalidArgument
        | Code::FailedPrecondition
        | Code::Unauthenticated
        | Code::PermissionDenied => Failure::Permanent {
            stage,
            page: 0,
            reason,
        },
        _ => Failure::Transient { stage, reason },
    }
}

/// The last part of a path or an address, without its ending.
fn file_name(name: &str) -> String {
    let file = name
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(name);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    if stem.is_empty() {
        name.to_owned()
    } else {
        stem.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_parts_is_of_unit_length() {
        let parts = wire::pack_f32(&[1.0, 0.0, 0.0, 1.0]);
        let vector = wire::unpack_f32(&mean(&parts, 8)).expect("whole values");
        let half = std::f32::consts::FRAC_1_SQRT_2;
        assert!(
            vector.iter().all(|value| (value - half).abs() < 1e-6),
            "{vector:?}"
        );
        assert_eq!(
            mean(&parts[..8], 8),
            &parts[..8],
            "one part is the vector itself"
        );
    }
}

//! From a lease to searchable passages: fetch, parse, chunk, embed, index.

mod chunk;
mod embed;
mod failure;
mod fetch;
mod index;
mod parse;
mod progress;

use stoa_kit::{config, grpc};
use stoa_proto::{
    embedding::embedding_service_client::EmbeddingServiceClient,
    retrieval::{DeleteRequest, retrieval_service_client::RetrievalServiceClient},
};
use tokio::sync::{Mutex, Semaphore};
use tonic::Status;

pub(crate) use failure::Failure;

use crate::{
    blobs::Blobs,
    events::Events,
    extract::Extracted,
    fetch::Fetcher,
    job::{Job, Stage, stored},
    recipe::Recipes,
    store::{Finished, Lease, Store},
};
use chunk::ModelTokenizer;
use failure::kept;
use progress::Progress;

/// Largest answer of the embedding service: the vectors of a batch, or a part of a tokenizer.
pub(crate) const MAX_MESSAGE: usize = 16 << 20;

/// What the stages work with.
pub(crate) struct Pipeline {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) fetcher: Fetcher,
    pub(crate) events: Events,
    pub(crate) embedding: EmbeddingServiceClient<grpc::Client>,
    pub(crate) retrieval: RetrievalServiceClient<grpc::Client>,
    pub(crate) settings: config::Ingestion,
    pub(crate) recipes: Recipes,
    pub(crate) tokenizer: Mutex<Option<ModelTokenizer>>,
    /// Parsers that may run at once: each takes a core and memory.
    pub(crate) parsers: Semaphore,
}

/// A job while it is worked on.
pub(crate) struct Run<'a> {
    pipeline: &'a Pipeline,
    lease: &'a Lease,
    progress: Progress,
}

impl Pipeline {
    pub(crate) fn run<'a>(&'a self, lease: &'a Lease, job: Job) -> Run<'a> {
        Run {
            pipeline: self,
            lease,
            progress: Progress::of(job),
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
}

impl Run<'_> {
    /// The stage that it is in.
    pub(crate) fn stage(&self) -> Stage {
        self.progress.stage()
    }

    /// Works through all stages. Each can be repeated: what it writes, it writes under the same names again.
    pub(crate) async fn work(&self) -> Result<(), Failure> {
        self.enter(Stage::Fetch, 0).await?;
        let recipe = self.pipeline.recipes.current().await;
        let recipe = recipe.map_err(|status| Failure::of_call(Stage::Embed, &status))?;
        let Some(bytes) = self.fetch(&recipe).await? else {
            return Ok(());
        };

        self.enter(Stage::Parse, 0).await?;
        let size = bytes.len();
        let extracted = self.parse(&bytes).await?;
        // A document may be hundreds of MiB, and is not needed while its passages wait for the model.
        drop(bytes);
        let pages = pages(&extracted);
        self.progress.update(|job| job.pages = stored(pages));

        self.enter(Stage::Chunk, 0).await?;
        let media_type = extracted.media_type.clone();
        let (title, passages) = self.chunk(&recipe, extracted).await?;
        let count = passages.len();
        self.progress.update(|job| job.passages = stored(count));

        // A kill between showing a version and recording it leaves nothing to do but the latter.
        if self.lease.attempt == 1 || !self.is_published(&recipe, count).await? {
            self.enter(Stage::Embed, count).await?;
            let embedded = self.embed(&recipe, &passages).await?;
            self.enter(Stage::Index, count).await?;
            self.index(&title, passages, embedded).await?;
        }
        let finished = Finished {
            title,
            media_type,
            size,
            pages,
            passages: count,
            made_with: recipe.to_string(),
        };
        let recorded = self.pipeline.store.succeed(self.lease, &finished).await;
        kept(recorded.map_err(|error| Failure::transient(Stage::Index, error))?)?;
        self.forget_old_blobs().await;
        Ok(())
    }
}

/// Pages of a document; one where the format has none.
fn pages(extracted: &Extracted) -> usize {
    if extracted.pages.iter().all(|page| page.number == 0) {
        1
    } else {
        extracted.pages.len()
    }
}

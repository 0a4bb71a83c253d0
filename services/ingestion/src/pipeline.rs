//! From a lease to searchable passages: fetch, parse, chunk, embed, index.

mod chunk;
mod embed;
mod failure;
mod fetch;
mod index;
mod parse;
mod progress;

use stoa_kit::{Room, config, grpc};
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
    extract::{self, Extracted, says_something},
    fetch::Fetcher,
    job::{Job, Stage, stored},
    recipe::Recipes,
    store::{Finished, Lease, Store},
};
use chunk::ModelTokenizer;
use failure::kept;
use index::Written;
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
    /// The disk that the index is on, where it is in the data folder.
    pub(crate) room: Option<Room>,
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
        // The index would refuse the passages when all the work is done.
        if let Some(room) = &self.pipeline.room {
            let short = |short| Failure::no_room(Stage::Fetch, short);
            room.for_growth().map_err(short)?;
        }
        // Asked for each job, as the embedding service may have come back with another model.
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
        let without_text = pages_without_text(&extracted);
        self.progress.update(|job| {
            job.pages = stored(pages);
            job.pages_without_text.clone_from(&without_text);
        });

        self.enter(Stage::Chunk, 0).await?;
        let media_type = extracted.media_type.clone();
        let dated = extracted.dated;
        // The parser's process is not believed.
        let language = extracted.language.as_deref().and_then(extract::tag);
        let (title, passages) = self.chunk(&recipe, extracted).await?;
        let count = passages.len();
        self.progress.update(|job| job.passages = stored(count));

        // A kill between showing a version and recording it leaves nothing to do but the latter.
        if self.lease.attempt == 1 || !self.is_published(&recipe, count).await? {
            self.enter(Stage::Embed, count).await?;
            let embedded = self.embed(&recipe, &passages).await?;
            self.enter(Stage::Index, count).await?;
            let written = Written {
                title: &title,
                dated: dated.map(extract::written).unwrap_or_default(),
            };
            self.index(&written, passages, embedded).await?;
        }
        // Before the row is written: what that takes is of no stage.
        self.leave();
        let finished = Finished {
            title,
            dated,
            language,
            media_type,
            size,
            pages,
            pages_without_text: without_text,
            passages: count,
            made_with: recipe.to_string(),
        };
        let recorded = self.pipeline.store.succeed(self.lease, &finished).await;
        kept(recorded.map_err(|error| Failure::transient(Stage::Index, error))?)?;
        // After the commit, so that a crash in between leaves bytes too many and never too few.
        self.forget_old_blobs().await;
        Ok(())
    }
}

/// Pages that gave no text, where it is one page that is read and another that is not: a blank page, and an empty one of
/// a plain text, is no scan.
fn pages_without_text(extracted: &Extracted) -> Vec<i32> {
    if extracted.media_type == "text/plain" {
        return Vec::new();
    }
    let silent = extracted
        .pages
        .iter()
        .filter(|page| page.number > 0 && !says_something(&page.text))
        .filter(|page| !extracted.blank.contains(&page.number));
    silent
        .map(|page| i32::try_from(page.number).unwrap_or(i32::MAX))
        .collect()
}

/// Pages of a document; one where the format has none.
fn pages(extracted: &Extracted) -> usize {
    if extracted.pages.iter().all(|page| page.number == 0) {
        1
    } else {
        extracted.pages.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::Page;

    #[test]
    fn pages_that_gave_no_text_are_named() {
        let page = |number: u32, text: &str| Page {
            number,
            text: text.to_owned(),
        };
        let mut document = Extracted {
            media_type: "application/pdf".to_owned(),
            pages: vec![
                page(1, "Text."),
                page(2, " "),
                page(3, "…"),
                page(4, "Text."),
            ],
            ..Extracted::default()
        };
        assert_eq!(pages_without_text(&document), [2, 3]);
        document.blank = vec![2];
        assert_eq!(pages_without_text(&document), [3]);
        document.media_type = "text/plain".to_owned();
        assert!(pages_without_text(&document).is_empty());
    }
}

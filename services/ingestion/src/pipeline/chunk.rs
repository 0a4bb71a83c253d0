//! The third stage: text to passages.

use std::sync::Arc;

use futures::TryStreamExt;
use kitoken::Kitoken;
use stoa_proto::embedding::{GetModelRequest, GetTokenizerRequest};
use tonic::{Code, Status};

use super::{Failure, Pipeline, Run};
use crate::{
    chunk::{Passage, Sizes, chunk},
    extract::Extracted,
    job::Stage,
};

/// Tokens that an embedding model puts around each text: one that begins it and one that ends it.
const ENDS: usize = 2;

impl Run<'_> {
    /// The document's title and its passages.
    pub(super) async fn chunk(
        &self,
        mut extracted: Extracted,
    ) -> Result<(String, Vec<Passage>), Failure> {
        let failed = |status: Status| Failure::of_call(Stage::Chunk, &status);
        let tokenizer = self.pipeline.tokenizer().await.map_err(failed)?;
        let model = self
            .pipeline
            .embedding
            .clone()
            .get_model(GetModelRequest {})
            .await
            .map_err(failed)?
            .into_inner();
        let passage = self.pipeline.settings.passage_tokens;
        let sizes = Sizes {
            passage,
            embedded: (model.best_tokens as usize)
                .saturating_sub(ENDS)
                .clamp(1, passage),
        };
        let title = extracted.title.take();
        // Counting the tokens of a long document takes seconds.
        let chunked =
            tokio::task::spawn_blocking(move || chunk(extracted, tokenizer.as_deref(), sizes))
                .await
                .map_err(|error| Failure::transient(Stage::Chunk, error))?;
        if chunked.passages.is_empty() {
            return Err(Failure::permanent(
                Stage::Chunk,
                "there are no words in it, only marks",
            ));
        }
        let title = title
            .or(chunked.heading)
            .unwrap_or_else(|| file_name(&self.lease.name));
        Ok((title, chunked.passages))
    }
}

impl Pipeline {
    /// The embedding model's tokenizer; `None` when the service does not know it.
    async fn tokenizer(&self) -> Result<Option<Arc<Kitoken>>, Status> {
        let load = || async {
            let mut client = self.embedding.clone();
            let stream = match client.get_tokenizer(GetTokenizerRequest {}).await {
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

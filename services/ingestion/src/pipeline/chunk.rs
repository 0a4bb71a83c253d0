//! The third stage: text to passages.

use std::sync::Arc;

use futures::TryStreamExt;
use kitoken::Kitoken;
use stoa_proto::embedding::GetTokenizerRequest;
use tonic::{Code, Status};

use super::{Failure, Pipeline, Run};
use crate::{
    chunk::{Passage, chunk},
    extract::Extracted,
    job::Stage,
    recipe::Recipe,
};

/// The tokenizer of a model: another model, which may come while this process runs, counts in another way.
pub(crate) struct ModelTokenizer {
    model: String,
    /// `None` when the service does not know it.
    tokenizer: Option<Arc<Kitoken>>,
}

impl Run<'_> {
    /// The document's title and its passages.
    pub(super) async fn chunk(
        &self,
        recipe: &Recipe,
        mut extracted: Extracted,
    ) -> Result<(String, Vec<Passage>), Failure> {
        let tokenizer = self.pipeline.tokenizer(&recipe.model).await;
        let tokenizer = tokenizer.map_err(|status| Failure::of_call(Stage::Chunk, &status))?;
        let sizes = recipe.sizes;
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
    /// A model's tokenizer; `None` when the service does not know it.
    async fn tokenizer(&self, model: &str) -> Result<Option<Arc<Kitoken>>, Status> {
        // Held while it is loaded, so that jobs that begin together fetch it once.
        let mut kept = self.tokenizer.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.model == model) {
            return Ok(kept.tokenizer.clone());
        }
        let tokenizer = self.load_tokenizer().await?;
        *kept = Some(ModelTokenizer {
            model: model.to_owned(),
            tokenizer: tokenizer.clone(),
        });
        Ok(tokenizer)
    }

    async fn load_tokenizer(&self) -> Result<Option<Arc<Kitoken>>, Status> {
        let mut client = self.embedding.clone();
        let stream = match client.get_tokenizer(GetTokenizerRequest {}).await {
            Ok(response) => response.into_inner(),
            // An endpoint whose tokenizer nobody gave: sizes are estimated then.
            Err(status) if status.code() == Code::NotFound => return Ok(None),
            Err(status) => return Err(status),
        };
        let bytes: Vec<u8> = stream.map_ok(|part| part.chunk).try_concat().await?;
        let tokenizer = Kitoken::from_tokenizers_slice(&bytes)
            .map_err(|error| Status::internal(error.to_string()))?;
        Ok(Some(Arc::new(tokenizer)))
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

//! A batch that is refused is halved until it passes, or until the text that is to blame stands alone.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::{FutureExt, future::BoxFuture};
use stoa_models::embedding::{EmbedError, Embedder, Input};

/// How many texts the model is given at once: as many as it takes, as far as that is known.
#[derive(Debug)]
pub(super) struct BatchSize {
    configured: usize,
    refused: Mutex<Option<Refused>>,
}

/// What was learned from refusals. The size is between the two, and each batch halves what is between them.
#[derive(Debug, Clone, Copy)]
struct Refused {
    /// The most texts that passed since.
    passed: usize,
    /// The fewest that were too many.
    too_many: usize,
}

impl BatchSize {
    pub(super) fn new(configured: usize) -> Self {
        Self {
            configured: configured.max(1),
            refused: Mutex::default(),
        }
    }

    /// Texts of the next batch.
    pub(super) fn next_batch(&self) -> usize {
        self.lock().map_or(self.configured, |refused| {
            usize::midpoint(refused.passed, refused.too_many)
        })
    }

    fn passed(&self, texts: usize) {
        // Before the first refusal the configured size is good, and nothing has to be learned.
        if let Some(refused) = self.lock().as_mut()
            && texts < refused.too_many
        {
            refused.passed = refused.passed.max(texts);
        }
    }

    /// Notes that so many texts were refused of which each part passed.
    fn too_many(&self, texts: usize, error: &EmbedError) {
        let mut known = self.lock();
        if known.is_none() {
            tracing::warn!(
                texts,
                "the model refuses so many texts at once and gets them in smaller calls from now on: \
                 embedding.max_batch, set to what it takes, spares the calls that are refused. It said: {error}"
            );
        }
        let too_many = known.map_or(texts, |refused| refused.too_many.min(texts));
        let passed = known.map_or(1, |refused| refused.passed);
        *known = Some(Refused {
            // What passed with short texts may be too much with long ones, where their length is what counts.
            passed: if passed < too_many {
                passed
            } else {
                too_many / 2
            },
            too_many,
        });
    }

    /// The lock is held for plain assignments only, so a panic cannot leave it half-written.
    fn lock(&self) -> MutexGuard<'_, Option<Refused>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Embeds a batch; what became of each text, in their order.
pub(super) fn embed<'a>(
    embedder: &'a dyn Embedder,
    inputs: Vec<Input>,
    size: &'a BatchSize,
) -> BoxFuture<'a, Vec<Result<Vec<f32>, EmbedError>>> {
    async move {
        let texts = inputs.len();
        let error = match embedder.embed(inputs.clone()).await {
            Ok(vectors) => {
                size.passed(texts);
                return vectors.into_iter().map(Ok).collect();
            }
            Err(error) => error,
        };
        if texts == 1 || !error.blames_texts() {
            return vec![Err(error); texts];
        }
        let mut first = inputs;
        // One half after the other: the endpoint has just said that it was too much.
        let second = first.split_off(texts / 2);
        let mut results = embed(embedder, first, size).await;
        results.extend(embed(embedder, second, size).await);
        // With a text in it that is refused by itself, how many there were is not to blame.
        if results.iter().all(Result::is_ok) {
            size.too_many(texts, &error);
        }
        results
    }
    .boxed()
}

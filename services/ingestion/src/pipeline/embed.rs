//! The fourth stage: passages to vectors.

use std::time::Duration;

use futures::{StreamExt, stream};
use stoa_kit::{grpc, wire};
use stoa_proto::embedding::{
    EmbedRequest, EmbedResponse, TextKind, embedding_service_client::EmbeddingServiceClient,
};
use tonic::{Request, Status};

use super::{Failure, Run};
use crate::{chunk::Passage, job::Stage, recipe::Recipe};

/// Passages of one call to the embedding service.
const BATCH: usize = 64;
/// Calls to it at once, so that the next batch is there when the model is free.
const AHEAD: usize = 2;
/// How long a batch may take with its wait for the model. A long queue is no failure: this only ends a call that nobody
/// will answer.
const DEADLINE: Duration = Duration::from_secs(600);

/// The vectors of a document's passages, and the model that made them.
pub(super) struct Embedded {
    pub(super) model: String,
    /// One for each passage, as they travel.
    pub(super) vectors: Vec<Vec<u8>>,
}

/// The embedded parts of a batch of passages.
struct Batch {
    response: EmbedResponse,
    /// How many parts each passage has.
    parts: Vec<usize>,
}

impl Run<'_> {
    pub(super) async fn embed(
        &self,
        recipe: &Recipe,
        passages: &[Passage],
    ) -> Result<Embedded, Failure> {
        let client = self.pipeline.embedding.clone();
        let width = recipe.dimensions * size_of::<f32>();
        // The calls own their texts: the compiler cannot show that a buffer of futures which borrow them is `Send`.
        let batches: Vec<Vec<Vec<String>>> = passages
            .chunks(BATCH)
            .map(|batch| {
                batch
                    .iter()
                    .map(|passage| passage.embedded.clone())
                    .collect()
            })
            .collect();
        let calls = stream::iter(batches).map(move |batch| embed_batch(client.clone(), batch));
        let mut calls = calls.buffered(AHEAD);
        let mut vectors = Vec::with_capacity(passages.len());
        while let Some(batch) = calls.next().await {
            let Batch { response, parts } =
                batch.map_err(|status| Failure::of_call(Stage::Embed, &status))?;
            let expected = parts.iter().sum::<usize>() * width;
            // Vectors of two models in one document would each be compared with questions of the other.
            if response.model != recipe.model || response.vectors.len() != expected {
                return Err(Failure::transient(
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
        Ok(Embedded {
            model: recipe.model.clone(),
            vectors,
        })
    }
}

async fn embed_batch(
    mut client: EmbeddingServiceClient<grpc::Client>,
    passages: Vec<Vec<String>>,
) -> Result<Batch, Status> {
    let parts = passages.iter().map(Vec::len).collect();
    let mut request = Request::new(EmbedRequest {
        kind: TextKind::Passage.into(),
        texts: passages.into_iter().flatten().collect(),
    });
    request.set_timeout(DEADLINE);
    let response = client.embed(request).await?.into_inner();
    Ok(Batch { response, parts })
}

/// The vector of a passage, of unit length: the mean of its parts' as they travel.
fn mean(vectors: &[u8], width: usize) -> Vec<u8> {
    // One part: its vector has unit length already.
    if vectors.len() == width {
        return vectors.to_vec();
    }
    let values = wire::unpack_f32(vectors).unwrap_or_default();
    let dimensions = width / size_of::<f32>();
    let mut sum = vec![0.0_f32; dimensions];
    for (at, value) in values.iter().enumerate() {
        sum[at % dimensions] += value;
    }
    // Only the direction counts, so the sum need not be divided by the number of parts.
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        sum.iter_mut().for_each(|value| *value /= length);
    }
    wire::pack_f32(&sum)
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

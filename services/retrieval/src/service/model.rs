//! The models that embed, as their services describe them.

use std::time::Duration;

use stoa_kit::wire;
use stoa_proto::{
    Scale,
    embedding::{EmbedRequest, GetModelRequest, TextKind},
};
use tonic::{Code, Request, Status};

use super::{EmbeddingClient, parts};
use crate::index::{IndexName, Payload};

/// Texts of one call to the embedding service.
const BATCH: usize = 64;
/// How long a batch of passages may take with its wait for the model.
const DEADLINE: Duration = Duration::from_secs(600);
/// What a text that the model finds too long is cut to: shares of its best length.
const SHORTER: [usize; 3] = [1, 2, 4];

/// A model that embeds, and what it says of itself.
#[derive(Clone)]
pub(super) struct Model {
    client: EmbeddingClient,
    pub(super) name: String,
    pub(super) dimensions: usize,
    best_tokens: usize,
    pub(super) knows_unspaced_scripts: bool,
    pub(super) scale: Scale,
    pub(super) floor: f32,
}

impl Model {
    /// The one that a service has now.
    pub(super) async fn of(mut client: EmbeddingClient) -> Result<Self, Status> {
        let model = client.get_model(GetModelRequest {}).await?.into_inner();
        Ok(Self {
            client,
            dimensions: model.dimensions as usize,
            best_tokens: model.best_tokens as usize,
            knows_unspaced_scripts: model.knows_unspaced_scripts,
            scale: Scale {
                unrelated: model.unrelated,
                paraphrase: model.paraphrase,
            },
            floor: model.floor,
            name: model.model,
        })
    }

    /// The index of its vectors.
    pub(super) fn index(&self) -> IndexName {
        IndexName::of(&self.name, self.dimensions)
    }

    /// Embeds the parts of a question.
    pub(super) async fn embed_question(&self, parts: Vec<&str>) -> Result<Vec<Vec<f32>>, Status> {
        let texts = parts.into_iter().map(str::to_owned).collect();
        self.embed(EmbedRequest {
            kind: TextKind::Query.into(),
            texts,
        })
        .await
    }

    /// Embeds passages, each as the mean of parts that the model is best at.
    pub(super) async fn embed_passages(
        &self,
        passages: &[Payload],
    ) -> Result<Vec<Vec<f32>>, Status> {
        // The longest parts first, as they are the fewest; shorter ones only where the model refuses those.
        let [longest, shorter @ ..] = SHORTER;
        let mut embedded = self.embed_parts(passages, longest).await;
        for share in shorter {
            match embedded {
                // Parts are cut by the length that tokens usually have, and some texts have more of them.
                Err(status) if status.code() == Code::InvalidArgument => {
                    embedded = self.embed_parts(passages, share).await;
                }
                ended => return ended,
            }
        }
        embedded
    }

    async fn embed_parts(
        &self,
        passages: &[Payload],
        share: usize,
    ) -> Result<Vec<Vec<f32>>, Status> {
        let tokens = self.best_tokens / share;
        let parts: Vec<Vec<String>> = passages
            .iter()
            .map(|passage| parts::of(passage, tokens))
            .collect();
        let counts: Vec<usize> = parts.iter().map(Vec::len).collect();
        let texts: Vec<String> = parts.into_iter().flatten().collect();
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            let request = EmbedRequest {
                kind: TextKind::Passage.into(),
                texts: batch.to_vec(),
            };
            vectors.extend(self.embed(request).await?);
        }
        let mut vectors = vectors.into_iter();
        let means = counts
            .into_iter()
            .map(|count| parts::mean(vectors.by_ref().take(count)));
        Ok(means.collect())
    }

    /// Aborted when the service has another model by now: its vectors would compare to nothing, and at the same length be
    /// found by chance.
    async fn embed(&self, request: EmbedRequest) -> Result<Vec<Vec<f32>>, Status> {
        let expected = request.texts.len();
        let is_question = request.kind() == TextKind::Query;
        let mut request = Request::new(request);
        // A question's deadline is that of whoever asked it.
        if !is_question {
            request.set_timeout(DEADLINE);
        }
        let answer = self.client.clone().embed(request).await?.into_inner();
        if answer.model != self.name {
            return Err(Status::aborted(format!(
                "the embedding service has the model `{}` now, and not `{}` any more: try again",
                answer.model, self.name
            )));
        }
        let values = wire::unpack_f32(&answer.vectors).unwrap_or_default();
        if values.len() != expected * self.dimensions {
            return Err(Status::internal(
                "the vectors of the embedding service are cut",
            ));
        }
        let vectors = values.chunks(self.dimensions.max(1)).map(<[f32]>::to_vec);
        Ok(vectors.collect())
    }
}

#[cfg(test)]
impl Model {
    /// A model of 4 dimensions behind an address at which nobody is.
    pub(super) fn nowhere(name: &str) -> Self {
        let token = secrecy::SecretString::from("0123456789abcdef");
        let channel = stoa_kit::grpc::connect("http://127.0.0.1:9", &token).expect("an address");
        Self {
            client: EmbeddingClient::new(channel),
            name: name.to_owned(),
            dimensions: 4,
            best_tokens: 128,
            knows_unspaced_scripts: true,
            scale: Scale {
                unrelated: 0.0,
                paraphrase: 1.0,
            },
            floor: 0.0,
        }
    }
}

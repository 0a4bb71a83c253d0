//! What makes passages of a document's bytes.

use std::{fmt, time::Duration};

use stoa_kit::grpc;
use stoa_proto::embedding::{GetModelRequest, embedding_service_client::EmbeddingServiceClient};
use tonic::{Request, Status};

use crate::chunk::Sizes;

/// Raised when the same bytes are read or cut in another way than before: then teaching them again makes them anew.
const EDITION: u32 = 2;
/// Tokens that an embedding model puts around each text: one that begins it and one that ends it.
const ENDS: usize = 2;
/// How long the embedding service may take to name its model.
const DEADLINE: Duration = Duration::from_secs(5);

/// The reader, the chunker and the embedding model, as they are. Its text tells it from any that makes other passages.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    pub(crate) model: String,
    /// Length of the model's vectors.
    pub(crate) dimensions: usize,
    pub(crate) sizes: Sizes,
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sizes { passage, embedded } = self.sizes;
        write!(
            f,
            "{EDITION}/{passage}/{embedded}/{}/{}",
            self.dimensions, self.model
        )
    }
}

/// Tells the recipe.
#[derive(Clone)]
pub(crate) struct Recipes {
    embedding: EmbeddingServiceClient<grpc::Client>,
    passage_tokens: usize,
}

impl Recipes {
    pub(crate) fn new(
        embedding: EmbeddingServiceClient<grpc::Client>,
        passage_tokens: usize,
    ) -> Self {
        Self {
            embedding,
            passage_tokens,
        }
    }

    /// The recipe of now: the model may be another one after its service was started again.
    pub(crate) async fn current(&self) -> Result<Recipe, Status> {
        let mut request = Request::new(GetModelRequest {});
        request.set_timeout(DEADLINE);
        let model = self.embedding.clone().get_model(request).await?;
        let model = model.into_inner();
        let passage = self.passage_tokens;
        Ok(Recipe {
            model: model.model,
            dimensions: model.dimensions as usize,
            sizes: Sizes {
                passage,
                // Never longer than a passage, and less the two that the model adds.
                embedded: (model.best_tokens as usize)
                    .saturating_sub(ENDS)
                    .clamp(1, passage),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Recipe {
        Recipe {
            model: "small".to_owned(),
            dimensions: 384,
            sizes: Sizes {
                passage: 250,
                embedded: 126,
            },
        }
    }

    #[test]
    fn what_makes_other_passages_is_another_recipe() {
        let others = [
            Recipe {
                model: "large".to_owned(),
                ..recipe()
            },
            Recipe {
                dimensions: 768,
                ..recipe()
            },
            Recipe {
                sizes: Sizes {
                    passage: 500,
                    embedded: 126,
                },
                ..recipe()
            },
        ];
        for other in others {
            assert_ne!(other.to_string(), recipe().to_string());
        }
        assert_eq!(recipe().to_string(), recipe().to_string());
    }
}

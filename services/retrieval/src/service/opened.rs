//! The index, opened for the model that embeds.

use stoa_kit::{Config, Room, Space};
use stoa_proto::{Scale, embedding::GetModelRequest};
use tonic::Status;

use super::EmbeddingClient;
use crate::index::{CountKey, EdgeIndex, IndexError, QdrantIndex, VectorIndex};

/// The index of the model that embeds, and what that model says of itself.
pub(super) struct Opened {
    pub(super) index: Box<dyn VectorIndex>,
    pub(super) model: String,
    pub(super) dimensions: usize,
    pub(super) knows_unspaced_scripts: bool,
    pub(super) scale: Scale,
    pub(super) floor: f32,
}

impl Opened {
    pub(super) async fn open(
        config: &Config,
        mut embedding: EmbeddingClient,
    ) -> Result<Self, Status> {
        let model = embedding.get_model(GetModelRequest {}).await?.into_inner();
        let dimensions = model.dimensions as usize;
        let index = open_index(config, &model.model, dimensions).await?;
        tracing::info!(model = %model.model, dimensions, others = ?index.others(), "the index is open");
        Ok(Self {
            index,
            dimensions,
            knows_unspaced_scripts: model.knows_unspaced_scripts,
            scale: Scale {
                unrelated: model.unrelated,
                paraphrase: model.paraphrase,
            },
            floor: model.floor,
            model: model.model,
        })
    }

    /// Refuses vectors of another model: at the same length they compare to nothing and would be found by chance.
    pub(super) fn own(&self, model: &str) -> Result<(), Status> {
        if model == self.model {
            return Ok(());
        }
        Err(Status::failed_precondition(format!(
            "the vectors are of the model `{model}` and the index is of `{}`: start the retrieval service again, and \
             learn the documents again",
            self.model
        )))
    }

    /// Refuses to say that nothing was found where the documents were learned with another model.
    pub(super) async fn holds_something(&self, space: Space) -> Result<(), Status> {
        let others = self.index.others();
        if others.is_empty() {
            return Ok(());
        }
        let all = CountKey {
            space: space.clone(),
            document_id: None,
            version: None,
            published: None,
        };
        if self.index.count(all).await? > 0 {
            return Ok(());
        }
        Err(Status::failed_precondition(format!(
            "nothing in space {space} is learned with the model `{}`, and there is an index of another ({}): forget the \
             documents and learn them again, or set embedding.model back",
            self.model,
            others.join(", ")
        )))
    }
}

async fn open_index(
    config: &Config,
    model: &str,
    dimensions: usize,
) -> Result<Box<dyn VectorIndex>, Status> {
    if let Some(url) = &config.qdrant.url {
        let key = config.qdrant.api_key.as_ref();
        let index = QdrantIndex::open(url.expose(), key, model, dimensions).await?;
        return Ok(Box::new(index));
    }
    let (folder, model) = (config.data.dir.join("index"), model.to_owned());
    // The engine reads files and builds its fields: seconds, for a large index.
    let room = Room::of(config, &config.data.dir);
    let opening =
        tokio::task::spawn_blocking(move || EdgeIndex::open(&folder, &model, dimensions, room));
    let opened: Result<EdgeIndex, IndexError> = opening
        .await
        .map_err(|error| Status::internal(error.to_string()))?;
    Ok(Box::new(opened?))
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn opened(folder: &std::path::Path, model: &str) -> Opened {
        Opened {
            index: Box::new(
                EdgeIndex::open(folder, model, 4, Room::new(folder, 0)).expect("opens"),
            ),
            model: model.to_owned(),
            dimensions: 4,
            knows_unspaced_scripts: true,
            scale: Scale {
                unrelated: 0.0,
                paraphrase: 1.0,
            },
            floor: 0.0,
        }
    }

    #[tokio::test]
    async fn what_another_model_learned_is_named_and_not_taken_for_nothing() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let space = Space::parse("kept").expect("valid");
        let before = opened(folder.path(), "small-1a2b3c4d");
        assert!(before.holds_something(space.clone()).await.is_ok());
        drop(before);
        let now = opened(folder.path(), "small-5e6f7a8b");
        let refused = now.holds_something(space).await.expect_err("of another");
        assert_eq!(refused.code(), Code::FailedPrecondition);
        for named in ["small-1a2b3c4d", "small-5e6f7a8b", "learn them again"] {
            assert!(refused.message().contains(named), "{refused}");
        }
    }

    #[test]
    fn vectors_of_another_model_are_refused_at_the_same_length() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let opened = opened(folder.path(), "small-1a2b3c4d");
        assert!(opened.own("small-1a2b3c4d").is_ok());
        let refused = opened.own("small-5e6f7a8b").expect_err("of another");
        assert!(refused.message().contains("small-5e6f7a8b"), "{refused}");
    }
}

//! The indexes as they are open: the one that answers, and those beside it.
//!
//! After the embedding model was exchanged, the index of the one before goes on answering until that of the new one holds
//! everything (`reindex.rs`). Every change is made in both, and in the one that answers first: what the next one holds and
//! this one does not is then always something that was removed, and never something that is being taught.

use std::sync::Arc;

use stoa_kit::Space;
use tonic::Status;
use uuid::Uuid;

use super::model::Model;
use crate::index::{IndexError, Record, VectorIndex, VersionKey};

/// What is open, and the models.
pub(super) struct Opened {
    /// The model that passages are taught with.
    pub(super) model: Model,
    /// The model before it, where a service still has it.
    pub(super) previous: Option<Model>,
    /// The index that answers.
    pub(super) serving: Arc<dyn VectorIndex>,
    /// That of `model`, where it is another one.
    pub(super) next: Option<Arc<dyn VectorIndex>>,
    /// Those that answered before.
    pub(super) kept: Vec<Arc<dyn VectorIndex>>,
}

impl Opened {
    /// The model of the index that answers. Without it questions are searched by their words alone.
    pub(super) fn asks(&self) -> Option<&Model> {
        match self.next {
            None => Some(&self.model),
            Some(_) => self
                .previous
                .as_ref()
                .filter(|model| model.index() == *self.serving.name()),
        }
    }

    /// Score below which nothing is near enough to be read.
    pub(super) fn floor(&self) -> f32 {
        self.asks().unwrap_or(&self.model).floor
    }

    /// Whose vectors the index that answers holds.
    pub(super) fn whose(&self) -> String {
        match self.next {
            None => self.model.name.clone(),
            Some(_) => self.serving.name().to_string(),
        }
    }

    /// Refuses vectors of another model: at the same length they compare to nothing and would be found by chance.
    pub(super) fn own(&self, model: &str) -> Result<(), Status> {
        if model == self.model.name {
            return Ok(());
        }
        Err(Status::failed_precondition(format!(
            "the vectors are of the model `{model}`, and the embedding service has `{}`: embed the texts again",
            self.model.name
        )))
    }

    /// Writes passages, unseen.
    pub(super) async fn write(&self, records: Vec<Record>) -> Result<(), IndexError> {
        let Some(next) = &self.next else {
            return self.serving.upsert(records).await;
        };
        let mut of_before = records.clone();
        let vectors = self.vectors_of_before(&records).await;
        for (at, record) in of_before.iter_mut().enumerate() {
            record.dense = vectors.get(at).cloned().unwrap_or_default();
        }
        self.serving.upsert(of_before).await?;
        next.upsert(records).await
    }

    /// Vectors of the model of the index that answers; none where it is away, and then the passages are found by their
    /// words.
    async fn vectors_of_before(&self, records: &[Record]) -> Vec<Vec<f32>> {
        let Some(model) = self.asks() else {
            return Vec::new();
        };
        let passages: Vec<_> = records
            .iter()
            .map(|record| record.payload.clone())
            .collect();
        model
            .embed_passages(&passages)
            .await
            .unwrap_or_else(|status| {
                tracing::warn!(
                    "the model before does not embed, so what is taught now is found by its words until `stoa reindex` \
                     has ended: {}",
                    status.message()
                );
                Vec::new()
            })
    }

    /// Shows a version in place of the document's others.
    pub(super) async fn publish(&self, key: VersionKey, passages: usize) -> Result<(), IndexError> {
        if let Some(next) = &self.next {
            self.serving.publish(key.clone(), passages).await?;
            return next.publish(key, passages).await;
        }
        self.serving.publish(key, passages).await
    }

    /// Removes a document, or one version of it, from every index, and returns how much is left: what is kept of an index
    /// that answered before is no place for what was to be forgotten.
    pub(super) async fn delete(
        &self,
        space: Space,
        document_id: Uuid,
        version: Option<u32>,
    ) -> Result<usize, IndexError> {
        let others = self.next.iter().chain(&self.kept);
        let mut left = 0;
        for index in std::iter::once(&self.serving).chain(others) {
            left += index.delete(space.clone(), document_id, version).await?;
        }
        Ok(left)
    }

    /// What tells this state from another.
    pub(super) fn described(&self) -> (String, String, bool, usize) {
        let next = self.next.as_ref();
        let next = next.map_or_else(String::new, |next| next.name().to_string());
        let serving = self.serving.name().to_string();
        (serving, next, self.asks().is_some(), self.kept.len())
    }
}

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
                // A `previous_address` that was set for an older exchange may name a third model.
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
        // The one that answers first, as the head of this file says why.
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
            // A failure in between leaves the next one behind. The caller tries again, and publishing twice changes
            // nothing.
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
        // The one that answers first: from then on nobody finds it, whatever becomes of the others.
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use stoa_kit::Room;

    use super::*;
    use crate::{
        index::{EVERYBODY, EdgeIndexes, Indexes, Payload, Which, passage_id},
        keywords::Sparse,
    };

    fn record(document_id: Uuid) -> Record {
        let text = "The lamp is lit at six.";
        Record {
            payload: Payload {
                space: "default".to_owned(),
                document_id,
                version: 1,
                published: false,
                document: "lamps.md".to_owned(),
                title: String::new(),
                collection: "default".to_owned(),
                access: vec![EVERYBODY.to_owned()],
                ordinal: 0,
                page: 0,
                heading_path: Vec::new(),
                language: "eng".to_owned(),
                text: text.to_owned(),
                context: String::new(),
                dated: String::new(),
            },
            dense: vec![1.0, 0.0, 0.0, 0.0],
            sparse: Sparse::of_passage(text),
        }
    }

    fn space() -> Space {
        Space::parse("default").expect("valid")
    }

    /// The model `new` embeds, and the index of `old` answers.
    async fn switching(folder: &Path) -> Opened {
        Opened {
            model: Model::nowhere("new"),
            previous: None,
            serving: open(folder, "old").await,
            next: Some(open(folder, "new").await),
            kept: vec![open(folder, "older").await],
        }
    }

    async fn open(folder: &Path, model: &str) -> Arc<dyn VectorIndex> {
        let indexes = EdgeIndexes::new(folder, Room::new(folder, 0));
        let opened = indexes.open(Model::nowhere(model).index()).await;
        opened.expect("opens")
    }

    #[tokio::test]
    async fn what_is_taught_meanwhile_is_found_by_its_words_and_whole_in_the_next() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let opened = switching(folder.path()).await;
        let document_id = Uuid::new_v4();
        let key = VersionKey {
            space: space(),
            document_id,
            version: 1,
        };
        opened
            .write(vec![record(document_id)])
            .await
            .expect("written");
        opened.publish(key, 1).await.expect("shown");
        let next = opened.next.as_ref().expect("there is one");
        for (index, whole) in [(&opened.serving, 0), (next, 1)] {
            assert_eq!(index.total(Which::Shown).await.expect("counted"), 1);
            assert_eq!(index.total(Which::Whole).await.expect("counted"), whole);
        }
    }

    #[tokio::test]
    async fn what_is_forgotten_is_in_no_index() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let opened = switching(folder.path()).await;
        let document_id = Uuid::new_v4();
        let next = opened.next.as_ref().expect("there is one");
        let all = [&opened.serving, next, &opened.kept[0]];
        for index in all {
            let written = index.upsert(vec![record(document_id)]).await;
            written.expect("written");
        }
        let left = opened.delete(space(), document_id, None).await;
        assert_eq!(left.expect("removed"), 0);
        for index in all {
            let ids = vec![passage_id(document_id, 1, 0)];
            let there = index.present(ids, Which::All).await.expect("read");
            assert!(there.is_empty(), "{}", index.name());
        }
    }

    #[tokio::test]
    async fn questions_are_embedded_by_the_model_of_the_index_that_answers() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut opened = switching(folder.path()).await;
        assert!(opened.asks().is_none(), "no service has it");
        opened.previous = Some(Model::nowhere("another"));
        assert!(opened.asks().is_none(), "at the same length, foreign");
        opened.previous = Some(Model::nowhere("old"));
        assert_eq!(opened.asks().map(|model| model.name.as_str()), Some("old"));
        opened.next = None;
        assert_eq!(opened.asks().map(|model| model.name.as_str()), Some("new"));
    }

    #[tokio::test]
    async fn vectors_of_another_model_are_refused_at_the_same_length() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let opened = switching(folder.path()).await;
        assert!(opened.own("new").is_ok());
        let refused = opened.own("old").expect_err("of another");
        assert!(refused.message().contains("`old`"), "{refused}");
    }
}

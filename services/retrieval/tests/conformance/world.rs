//! A space in an index.

use stoa_kit::Space;
use stoa_retrieval::{
    index::{
        CountKey, EVERYBODY, Found, Hit, Payload, Query, Record, Scope, VectorIndex, VersionKey,
    },
    keywords::Sparse,
};
use uuid::Uuid;

pub(super) const DIMENSIONS: usize = 4;

pub(super) struct World<'a> {
    pub(super) index: &'a dyn VectorIndex,
    pub(super) space: Space,
}

impl World<'_> {
    pub(super) fn record(
        &self,
        document_id: Uuid,
        version: u32,
        ordinal: u32,
        text: &str,
        dense: [f32; DIMENSIONS],
    ) -> Record {
        Record {
            payload: Payload {
                space: self.space.as_str().to_owned(),
                document_id,
                version,
                published: false,
                document: "handbook.md".to_owned(),
                title: "Handbook".to_owned(),
                collection: "default".to_owned(),
                access: vec![EVERYBODY.to_owned()],
                ordinal,
                page: 1,
                heading_path: vec!["Top".to_owned()],
                language: "eng".to_owned(),
                text: text.to_owned(),
                context: String::new(),
                dated: String::new(),
            },
            dense: dense.to_vec(),
            sparse: Sparse::of_passage(text),
        }
    }

    pub(super) fn scope(&self) -> Scope {
        Scope {
            space: self.space.clone(),
            collections: Vec::new(),
            access: Vec::new(),
        }
    }

    pub(super) fn query(&self, text: &str, dense: [f32; DIMENSIONS]) -> Query {
        Query {
            dense: Some(dense.to_vec()),
            sparse: Some(Sparse::of_query(text)),
            candidates: 20,
        }
    }

    pub(super) async fn found(&self, scope: Scope, query: Query) -> Found {
        self.index.search(scope, query).await.expect("search")
    }

    /// What is found by meaning or by words.
    pub(super) async fn texts(
        &self,
        scope: Scope,
        text: &str,
        dense: [f32; DIMENSIONS],
    ) -> Vec<String> {
        let found = self.found(scope, self.query(text, dense)).await;
        let mut both = texts(found.dense);
        for text in texts(found.keyword) {
            if !both.contains(&text) {
                both.push(text);
            }
        }
        both
    }

    /// Removes a document whole, so that the next promise begins without it.
    pub(super) async fn remove(&self, document_id: Uuid) {
        let deleted = self.index.delete(self.space.clone(), document_id, None);
        deleted.await.expect("delete");
    }

    pub(super) async fn teach(
        &self,
        document_id: Uuid,
        version: u32,
        passages: &[(&str, [f32; DIMENSIONS])],
    ) {
        let records = passages
            .iter()
            .zip(0..)
            .map(|((text, dense), at)| self.record(document_id, version, at, text, *dense));
        self.index.upsert(records.collect()).await.expect("upsert");
        let key = VersionKey {
            space: self.space.clone(),
            document_id,
            version,
        };
        self.index
            .publish(key, passages.len())
            .await
            .expect("publish");
    }

    pub(super) fn version(&self, document_id: Uuid, version: u32) -> VersionKey {
        VersionKey {
            space: self.space.clone(),
            document_id,
            version,
        }
    }

    pub(super) async fn forget(&self, document_id: Uuid) {
        let left = self
            .index
            .delete(self.space.clone(), document_id, None)
            .await;
        assert_eq!(left.expect("delete"), 0);
    }

    /// All passages of this space, read in the smallest parts.
    pub(super) async fn all(&self, shown: bool) -> Vec<Hit> {
        let (mut all, mut from) = (Vec::new(), None);
        loop {
            let page = self.index.page(shown, from, 1).await.expect("read");
            all.extend(page.passages);
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        let mut ids: Vec<Uuid> = all.iter().map(|hit| hit.id).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        ids.dedup();
        assert_eq!(ids.len(), all.len(), "each once");
        let own = |hit: &Hit| {
            let payload = hit.payload.as_ref();
            payload.is_some_and(|payload| payload.space == self.space.as_str())
        };
        all.into_iter().filter(own).collect()
    }

    pub(super) fn count_key(&self, document_id: Uuid) -> CountKey {
        CountKey {
            space: self.space.clone(),
            document_id: Some(document_id),
            version: None,
            published: None,
        }
    }
}

pub(super) fn texts(hits: Vec<Hit>) -> Vec<String> {
    hits.into_iter()
        .map(|hit| hit.payload.expect("payload").text)
        .collect()
}

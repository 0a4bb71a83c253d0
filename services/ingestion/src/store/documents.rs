use stoa_kit::{Space, wire};
use stoa_proto::ingestion as proto;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::Store;
use crate::{
    extract::written,
    job::{count, counts},
};

/// A row of `documents`.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) id: Uuid,
    pub(crate) space: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) collection: String,
    pub(crate) version: i32,
    pub(crate) media_type: String,
    pub(crate) size: i64,
    pub(crate) pages: i32,
    pub(crate) passages: i32,
    pub(crate) pages_without_text: Vec<i32>,
    pub(crate) dated: Option<Date>,
    pub(crate) language: Option<String>,
    /// Of the bytes of the searchable version.
    pub(crate) sha256: Option<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
}

/// A document whose forgetting was begun.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) id: Uuid,
    pub(crate) space: String,
    pub(crate) name: String,
}

impl Document {
    pub(crate) fn to_proto(&self) -> proto::Document {
        proto::Document {
            id: self.id.to_string(),
            space: self.space.clone(),
            name: self.name.clone(),
            title: self.title.clone(),
            collection: self.collection.clone(),
            version: count(self.version),
            media_type: self.media_type.clone(),
            size: u64::try_from(self.size).unwrap_or(0),
            pages: count(self.pages),
            passages: count(self.passages),
            created_at: Some(wire::timestamp(self.created_at)),
            updated_at: Some(wire::timestamp(self.updated_at)),
            pages_without_text: counts(&self.pages_without_text),
            sha256: self.sha256.clone().unwrap_or_default(),
            dated: self.dated.map(written).unwrap_or_default(),
            language: self.language.clone().unwrap_or_default(),
        }
    }
}

/// Reads documents, with the checksum of what is searchable of them.
macro_rules! select_documents {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Document,
            "SELECT id, space, name, title, collection, version, media_type, size, pages, passages,
                 pages_without_text, dated, language, created_at, updated_at,
                 (SELECT encode(v.sha256, 'hex') FROM ingestion.versions v
                  WHERE v.document_id = documents.id AND v.version = documents.version) AS \"sha256?\"
             FROM ingestion.documents
             " + $rest,
            $($argument),+
        )
    };
}

impl Store {
    /// Documents of a space by name, from after `after`; of some collections, or of all when none is named.
    pub(crate) async fn documents(
        &self,
        space: &Space,
        collections: &[String],
        after: &str,
        limit: i64,
    ) -> Result<Vec<Document>, sqlx::Error> {
        select_documents!(
            "WHERE space = $1 AND name > $2 AND NOT deleting AND version > 0
                 AND (cardinality($4::text[]) = 0 OR collection = ANY($4))
             ORDER BY name LIMIT $3",
            space.as_str(),
            after,
            limit,
            collections
        )
        .fetch_all(&self.pool)
        .await
    }

    /// A document by id or name.
    pub(crate) async fn document(
        &self,
        space: &Space,
        key: &str,
    ) -> Result<Option<Document>, sqlx::Error> {
        // A document may be named like an id; the id goes first.
        let id = key.parse::<Uuid>().ok();
        select_documents!(
            "WHERE space = $1 AND (id = $2 OR name = $3) AND NOT deleting
             ORDER BY (id = $2) DESC LIMIT 1",
            space.as_str(),
            id,
            key
        )
        .fetch_optional(&self.pool)
        .await
    }

    /// Begins to forget a document: it is listed no more, and its jobs are cancelled, but for one that is just making its
    /// version visible.
    pub(crate) async fn begin_delete(&self, document: Uuid) -> Result<(), sqlx::Error> {
        // Both in one: a job that was taken between them would make the document visible again.
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "UPDATE ingestion.documents SET deleting = true, updated_at = now() WHERE id = $1",
            document
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'cancelled', lease_owner = NULL, updated_at = now(),
                 error_stage = stage, error_reason = 'the document was forgotten'
             WHERE document_id = $1 AND state IN ('queued', 'running') AND NOT publishing",
            document
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Documents whose forgetting was begun and not finished.
    pub(crate) async fn deleting(&self) -> Result<Vec<Leaving>, sqlx::Error> {
        sqlx::query_as!(
            Leaving,
            "SELECT id, space, name FROM ingestion.documents WHERE deleting"
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Removes a document's rows; versions and jobs go with it.
    pub(crate) async fn finish_delete(&self, document: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "DELETE FROM ingestion.documents WHERE id = $1 AND deleting",
            document
        )
        .execute(&self.pool)
        .await
        .map(|_| ())
    }
}

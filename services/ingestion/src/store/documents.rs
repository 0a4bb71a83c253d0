use std::sync::Arc;

use sqlx::{Postgres, Transaction};
use stoa_kit::{Space, wire};
use stoa_proto::ingestion as proto;
use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::{Store, jobs::insert_job, outbox::announce, rows::read};
use crate::{
    blobs::ContentHash,
    job::{Job, Stage, State, count},
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
    pub(crate) created_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
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
        }
    }
}

/// Where a version's bytes come from.
#[derive(Debug, Clone)]
pub(crate) enum NewSource {
    /// They are stored.
    Upload { hash: ContentHash, size: i64 },
    /// The job fetches them.
    Url(String),
}

/// A document to take.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) space: Space,
    pub(crate) name: String,
    pub(crate) collection: String,
    pub(crate) access: Vec<String>,
    pub(crate) source: NewSource,
}

/// Keeps others from removing, or from taking up, a blob.
pub(crate) struct BlobHold {
    _transaction: Transaction<'static, Postgres>,
    _permit: OwnedSemaphorePermit,
}

/// Blobs whose keys collide wait for each other, which is harmless.
fn lock_key(hash: ContentHash) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = hash.0;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// What became of a submission.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// A job was made, or ended at once because nothing changed.
    Job(Box<Job>),
    /// The document is being forgotten.
    Deleting,
}

/// The newest version of a document and its job.
struct Latest {
    version: i32,
    sha256: Option<Vec<u8>>,
    job: Uuid,
    state: String,
}

impl Store {
    /// Takes a document in one transaction: document, version, job and the word to the workers.
    ///
    /// The bytes of the searchable version again make a job that is done; those of a version that is being worked on
    /// give that version's job. A newer version cancels the jobs of older ones.
    pub(crate) async fn submit(&self, submission: &Submission) -> Result<Submitted, sqlx::Error> {
        let Submission {
            space,
            name,
            collection,
            access,
            source,
        } = submission;
        let mut transaction = self.pool.begin().await?;
        let document = sqlx::query!(
            "INSERT INTO ingestion.documents (id, space, name, title, collection, access)
             VALUES ($1, $2, $3, $3, $4, $5)
             ON CONFLICT (space, name) DO UPDATE SET collection = EXCLUDED.collection, access = EXCLUDED.access
             RETURNING id, version, deleting, pages, passages",
            Uuid::now_v7(),
            space.as_str(),
            name,
            collection,
            access
        )
        .fetch_one(&mut *transaction)
        .await?;
        if document.deleting {
            return Ok(Submitted::Deleting);
        }
        let latest = sqlx::query_as!(
            Latest,
            "SELECT v.version, v.sha256, j.id AS job, j.state
             FROM ingestion.versions v
             JOIN ingestion.jobs j ON j.document_id = v.document_id AND j.version = v.version
             WHERE v.document_id = $1
             ORDER BY v.version DESC, j.created_at DESC LIMIT 1",
            document.id
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let hash = match source {
            NewSource::Upload { hash, .. } => Some(hash.0.to_vec()),
            NewSource::Url(_) => None,
        };
        if let Some(latest) = &latest
            && hash.is_some()
            && latest.sha256 == hash
        {
            match read::<State>(&latest.state)? {
                State::Queued | State::Running => {
                    transaction.commit().await?;
                    let job = self.job(space, latest.job).await?;
                    return Ok(job.map_or(Submitted::Deleting, |job| Submitted::Job(Box::new(job))));
                }
                State::Succeeded if latest.version == document.version => {
                    let id = Uuid::now_v7();
                    sqlx::query!(
                        "INSERT INTO ingestion.jobs
                             (id, space, document_id, version, state, stage, pages, passages, unchanged)
                         VALUES ($1, $2, $3, $4, 'succeeded', 'index', $5, $6, true)",
                        id,
                        space.as_str(),
                        document.id,
                        latest.version,
                        document.pages,
                        document.passages
                    )
                    .execute(&mut *transaction)
                    .await?;
                    transaction.commit().await?;
                    let job = self.job(space, id).await?;
                    return Ok(job.map_or(Submitted::Deleting, |job| Submitted::Job(Box::new(job))));
                }
                _ => {}
            }
        }
        let version = latest.map_or(0, |latest| latest.version) + 1;
        let (size, url) = match source {
            NewSource::Upload { size, .. } => (*size, None),
            NewSource::Url(url) => (0, Some(url.as_str())),
        };
        sqlx::query!(
            "INSERT INTO ingestion.versions (document_id, version, sha256, size, url) VALUES ($1, $2, $3, $4, $5)",
            document.id,
            version,
            hash.as_deref(),
            size,
            url
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'cancelled', lease_owner = NULL, updated_at = now(),
                 error_stage = stage, error_reason = 'a newer version of the document was submitted'
             WHERE document_id = $1 AND state IN ('queued', 'running') AND NOT publishing",
            document.id
        )
        .execute(&mut *transaction)
        .await?;
        let id = insert_job(&mut transaction, space, document.id, version, Stage::Fetch).await?;
        announce(&mut transaction, id).await?;
        transaction.commit().await?;
        let job = self.job(space, id).await?;
        Ok(job.map_or(Submitted::Deleting, |job| Submitted::Job(Box::new(job))))
    }

    /// Documents of a space by name, from after `after`; of some collections, or of all when none is named.
    pub(crate) async fn documents(
        &self,
        space: &Space,
        collections: &[String],
        after: &str,
        limit: i64,
    ) -> Result<Vec<Document>, sqlx::Error> {
        sqlx::query_as!(
            Document,
            "SELECT id, space, name, title, collection, version, media_type, size, pages, passages, created_at,
                 updated_at
             FROM ingestion.documents
             WHERE space = $1 AND name > $2 AND NOT deleting AND version > 0
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
        let id = key.parse::<Uuid>().ok();
        sqlx::query_as!(
            Document,
            "SELECT id, space, name, title, collection, version, media_type, size, pages, passages, created_at,
                 updated_at
             FROM ingestion.documents
             WHERE space = $1 AND (id = $2 OR name = $3) AND NOT deleting
             ORDER BY (id = $2) DESC LIMIT 1",
            space.as_str(),
            id,
            key
        )
        .fetch_optional(&self.pool)
        .await
    }

    /// Begins to forget a document: it is listed no more, and its jobs are cancelled.
    pub(crate) async fn begin_delete(&self, document: Uuid) -> Result<(), sqlx::Error> {
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
    pub(crate) async fn deleting(&self) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
        let rows = sqlx::query!("SELECT id, space FROM ingestion.documents WHERE deleting")
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.space)).collect())
    }

    /// Hashes of a document's versions before `below`.
    pub(crate) async fn hashes(
        &self,
        document: Uuid,
        below: i32,
    ) -> Result<Vec<ContentHash>, sqlx::Error> {
        let hashes = sqlx::query_scalar!(
            "SELECT DISTINCT sha256 AS \"sha256!\" FROM ingestion.versions
             WHERE document_id = $1 AND version < $2 AND sha256 IS NOT NULL",
            document,
            below
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(hashes
            .into_iter()
            .filter_map(|hash| Some(ContentHash(hash.try_into().ok()?)))
            .collect())
    }

    /// Keeps a blob from being removed until the hold is dropped or released.
    pub(crate) async fn hold_blob(&self, hash: ContentHash) -> Result<BlobHold, sqlx::Error> {
        let (permit, mut transaction) = self.begin_hold().await?;
        sqlx::query!("SELECT pg_advisory_xact_lock_shared($1)", lock_key(hash))
            .execute(&mut *transaction)
            .await?;
        Ok(BlobHold {
            _transaction: transaction,
            _permit: permit,
        })
    }

    /// Claims a blob for removal: `Some` when no version that is in use has it, and then nobody takes it up again
    /// before the hold is dropped. Versions of `document` before `below` do not count as users.
    pub(crate) async fn claim_blob(
        &self,
        hash: ContentHash,
        document: Uuid,
        below: i32,
    ) -> Result<Option<BlobHold>, sqlx::Error> {
        let (permit, mut transaction) = self.begin_hold().await?;
        sqlx::query!("SELECT pg_advisory_xact_lock($1)", lock_key(hash))
            .execute(&mut *transaction)
            .await?;
        let used = sqlx::query_scalar!(
            "SELECT EXISTS (SELECT 1 FROM ingestion.versions v
                 WHERE v.sha256 = $1 AND (v.document_id <> $2 OR v.version >= $3)) AS \"used!\"",
            &hash.0[..],
            document,
            below
        )
        .fetch_one(&mut *transaction)
        .await?;
        Ok((!used).then_some(BlobHold {
            _transaction: transaction,
            _permit: permit,
        }))
    }

    async fn begin_hold(
        &self,
    ) -> Result<(OwnedSemaphorePermit, Transaction<'static, Postgres>), sqlx::Error> {
        let holds = Arc::clone(&self.holds);
        let permit = holds
            .acquire_owned()
            .await
            .map_err(|_| sqlx::Error::PoolClosed)?;
        Ok((permit, self.pool.begin().await?))
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

//! Taking a document: its row, a new version, and the job that makes the version searchable.

use sqlx::PgConnection;
use stoa_kit::Space;
use uuid::Uuid;

use super::{Store, jobs::insert_job, outbox::announce, rows::read};
use crate::{
    blobs::ContentHash,
    job::{Job, Stage, State},
};

/// Where a version's bytes come from.
#[derive(Debug, Clone)]
pub(crate) enum NewSource {
    /// They are stored.
    Upload { hash: ContentHash, size: i64 },
    /// The job fetches them.
    Url(String),
}

impl NewSource {
    /// Known at once for an upload; for an address, only when it was fetched.
    fn hash(&self) -> Option<&[u8]> {
        match self {
            Self::Upload { hash, .. } => Some(&hash.0[..]),
            Self::Url(_) => None,
        }
    }
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

/// What its row says of a document.
struct Known {
    id: Uuid,
    version: i32,
    deleting: bool,
    pages: i32,
    passages: i32,
    pages_without_text: Vec<i32>,
}

impl Store {
    /// Takes a document in one transaction: document, version, job and the word to the workers.
    ///
    /// The bytes of the searchable version again make a job that is done; those of a version that is being worked on
    /// give that version's job. A newer version cancels the jobs of older ones.
    pub(crate) async fn submit(&self, submission: &Submission) -> Result<Submitted, sqlx::Error> {
        let Submission { space, source, .. } = submission;
        let mut transaction = self.pool.begin().await?;
        let document = upsert_document(&mut transaction, submission).await?;
        if document.deleting {
            return Ok(Submitted::Deleting);
        }
        let latest = latest_version(&mut transaction, document.id).await?;
        let hash = source.hash();
        let same = latest
            .as_ref()
            .filter(|latest| hash.is_some() && latest.sha256.as_deref() == hash);
        let state = same
            .map(|latest| read::<State>(&latest.state))
            .transpose()?;
        let job = match same.zip(state) {
            Some((latest, State::Queued | State::Running)) => latest.job,
            Some((latest, State::Succeeded)) if latest.version == document.version => {
                insert_unchanged(&mut transaction, space, &document).await?
            }
            _ => {
                let version = latest.as_ref().map_or(0, |latest| latest.version) + 1;
                insert_version(&mut transaction, document.id, version, source).await?;
                cancel_jobs(&mut transaction, document.id).await?;
                let job =
                    insert_job(&mut transaction, space, document.id, version, Stage::Fetch).await?;
                announce(&mut transaction, job).await?;
                job
            }
        };
        transaction.commit().await?;
        let job = self.job(space, job).await?;
        Ok(job.map_or(Submitted::Deleting, |job| Submitted::Job(Box::new(job))))
    }
}

/// The document's row, made or brought up to date. It stays locked until the transaction ends, so that two submissions
/// of a document do not make the same version.
async fn upsert_document(
    connection: &mut PgConnection,
    submission: &Submission,
) -> Result<Known, sqlx::Error> {
    sqlx::query_as!(
        Known,
        "INSERT INTO ingestion.documents (id, space, name, title, collection, access)
             VALUES ($1, $2, $3, $3, $4, $5)
             ON CONFLICT (space, name) DO UPDATE SET collection = EXCLUDED.collection, access = EXCLUDED.access
             RETURNING id, version, deleting, pages, passages, pages_without_text",
        Uuid::now_v7(),
        submission.space.as_str(),
        &submission.name,
        &submission.collection,
        &submission.access
    )
    .fetch_one(connection)
    .await
}

async fn latest_version(
    connection: &mut PgConnection,
    document: Uuid,
) -> Result<Option<Latest>, sqlx::Error> {
    sqlx::query_as!(
        Latest,
        "SELECT v.version, v.sha256, j.id AS job, j.state
             FROM ingestion.versions v
             JOIN ingestion.jobs j ON j.document_id = v.document_id AND j.version = v.version
             WHERE v.document_id = $1
             ORDER BY v.version DESC, j.created_at DESC LIMIT 1",
        document
    )
    .fetch_optional(connection)
    .await
}

/// A job that has succeeded: the searchable version's bytes were submitted again.
async fn insert_unchanged(
    connection: &mut PgConnection,
    space: &Space,
    document: &Known,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO ingestion.jobs
                             (id, space, document_id, version, state, stage, pages, passages, pages_without_text,
                              unchanged)
                         VALUES ($1, $2, $3, $4, 'succeeded', 'index', $5, $6, $7, true)",
        id,
        space.as_str(),
        document.id,
        document.version,
        document.pages,
        document.passages,
        &document.pages_without_text
    )
    .execute(connection)
    .await?;
    Ok(id)
}

async fn insert_version(
    connection: &mut PgConnection,
    document: Uuid,
    version: i32,
    source: &NewSource,
) -> Result<(), sqlx::Error> {
    let (size, url) = match source {
        NewSource::Upload { size, .. } => (*size, None),
        NewSource::Url(url) => (0, Some(url.as_str())),
    };
    sqlx::query!(
        "INSERT INTO ingestion.versions (document_id, version, sha256, size, url) VALUES ($1, $2, $3, $4, $5)",
        document,
        version,
        source.hash(),
        size,
        url
    )
    .execute(connection)
    .await
    .map(|_| ())
}

/// Stops the jobs of older versions. One that is just making its version visible goes on, and the new one waits for it.
async fn cancel_jobs(connection: &mut PgConnection, document: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE ingestion.jobs SET state = 'cancelled', lease_owner = NULL, updated_at = now(),
                 error_stage = stage, error_reason = 'a newer version of the document was submitted'
             WHERE document_id = $1 AND state IN ('queued', 'running') AND NOT publishing",
        document
    )
    .execute(connection)
    .await
    .map(|_| ())
}

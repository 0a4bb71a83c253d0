//! Taking a document: its row, a new version, and the job that makes the version searchable.

use sqlx::PgConnection;
use stoa_kit::Space;
use uuid::Uuid;

use super::{
    Store,
    jobs::{insert_job, waiting},
    names::find_name,
    outbox::announce,
};
use crate::{
    blobs::ContentHash,
    job::{Job, State},
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
    pub(super) fn hash(&self) -> Option<&[u8]> {
        match self {
            Self::Upload { hash, .. } => Some(&hash.0[..]),
            Self::Url(_) => None,
        }
    }
}

/// A document as it is to be known.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) space: Space,
    pub(crate) name: String,
    pub(crate) collection: String,
    /// Tags of those who may see it, each once and in order.
    pub(crate) access: Vec<String>,
    /// The file that it is taught from.
    pub(crate) origin: Option<String>,
    pub(crate) taught_by: String,
    /// One of many: what somebody waits for goes before it.
    pub(crate) bulk: bool,
}

/// A document to take.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) target: Target,
    pub(crate) source: NewSource,
    /// What would make its passages; `None` where that cannot be told now.
    pub(crate) made_with: Option<String>,
}

/// What became of a submission.
#[derive(Debug)]
pub(crate) enum Submitted {
    /// A job was made, or ended at once because nothing changed.
    Job(Box<Job>),
    /// The document is being forgotten.
    Deleting,
    /// As many jobs of the space wait as may.
    Full,
}

/// The newest version of a document and its job.
struct Latest {
    version: i32,
    sha256: Option<Vec<u8>>,
    collection: Option<String>,
    access: Option<Vec<String>>,
    made_with: Option<String>,
    job: Uuid,
    state: State,
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

impl Submission {
    /// Whether a version has these bytes and is published like this. What an address has is known when it was fetched.
    fn is(&self, latest: &Latest) -> bool {
        self.source
            .hash()
            .is_some_and(|hash| latest.sha256.as_deref() == Some(hash))
            && latest.collection.as_ref() == Some(&self.target.collection)
            && latest.access.as_ref() == Some(&self.target.access)
    }

    /// Whether what made a version would make the same of it today.
    fn is_made_like(&self, latest: &Latest) -> bool {
        self.made_with.is_some() && self.made_with == latest.made_with
    }
}

impl Store {
    /// Takes a document in one transaction: document, version, job and the word to the workers.
    ///
    /// What is searchable just like this already makes a job that is done; what is being worked on gives that version's
    /// job. A newer version cancels the jobs of older ones. Of a space at most `most` wait.
    pub(crate) async fn submit(
        &self,
        submission: &Submission,
        most: u32,
    ) -> Result<Submitted, sqlx::Error> {
        let Submission { target, source, .. } = submission;
        let mut transaction = self.pool.begin().await?;
        let name = find_name(&mut transaction, target, source).await?;
        let document = upsert_document(&mut transaction, target, &name).await?;
        // A new version would be forgotten with it, after its teacher was told that it is learned.
        if document.deleting {
            return Ok(Submitted::Deleting);
        }
        let latest = latest_version(&mut transaction, document.id).await?;
        let state = latest.as_ref().map(|latest| latest.state);
        let job = match latest.as_ref().zip(state) {
            Some((latest, State::Queued | State::Running)) if submission.is(latest) => latest.job,
            Some((latest, State::Succeeded))
                if latest.version == document.version
                    && submission.is(latest)
                    && submission.is_made_like(latest) =>
            {
                insert_unchanged(&mut transaction, &target.space, &document).await?
            }
            latest => {
                // In the transaction, but without a lock: uploads that come at once may go a little beyond it, which
                // does no harm.
                if waiting(&mut transaction, &target.space, most).await? >= most {
                    return Ok(Submitted::Full);
                }
                let version = latest.map_or(0, |(latest, _)| latest.version) + 1;
                // A version that waits or runs is the one that this will replace when it is published.
                let earlier = match latest {
                    Some((latest, State::Queued | State::Running)) => latest.version,
                    _ => document.version,
                };
                let new = NewVersion { version, earlier };
                insert_version(&mut transaction, document.id, new, submission).await?;
                // Before the new job is made, which it would cancel as well.
                cancel_jobs(&mut transaction, document.id).await?;
                let job = insert_job(&mut transaction, target, document.id, version).await?;
                announce(&mut transaction, job).await?;
                job
            }
        };
        transaction.commit().await?;
        // Read after the commit, when it may have been forgotten already.
        let job = self.job(&target.space, job).await?;
        Ok(job.map_or(Submitted::Deleting, |job| Submitted::Job(Box::new(job))))
    }
}

/// The document's row, made or found. It stays locked until the transaction ends, so that two submissions of a document
/// do not make the same version. What is published of it changes when a version is.
async fn upsert_document(
    connection: &mut PgConnection,
    target: &Target,
    name: &str,
) -> Result<Known, sqlx::Error> {
    sqlx::query_as!(
        Known,
        "INSERT INTO ingestion.documents AS d (id, space, name, title, collection, access, origin)
             VALUES ($1, $2, $3, $3, $4, $5, $6)
             ON CONFLICT (space, name) DO UPDATE SET origin = coalesce(EXCLUDED.origin, d.origin)
             RETURNING d.id, d.version, d.deleting, d.pages, d.passages, d.pages_without_text",
        Uuid::now_v7(),
        target.space.as_str(),
        name,
        &target.collection,
        &target.access,
        target.origin.as_deref()
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
        "SELECT v.version, v.sha256, v.collection, v.access, v.made_with, j.id AS job, j.state AS \"state: State\"
             FROM ingestion.versions v
             JOIN ingestion.jobs j ON j.document_id = v.document_id AND j.version = v.version
             WHERE v.document_id = $1
             ORDER BY v.version DESC, j.created_at DESC LIMIT 1",
        document
    )
    .fetch_optional(connection)
    .await
}

/// A job that has succeeded: what was submitted is searchable already.
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

/// The number of a new version, and that of the one that was there before it; 0 for none.
struct NewVersion {
    version: i32,
    earlier: i32,
}

/// It replaces the earlier one when that has other bytes. A page is taught again to bring it up to date, which is no news.
async fn insert_version(
    connection: &mut PgConnection,
    document: Uuid,
    new: NewVersion,
    submission: &Submission,
) -> Result<(), sqlx::Error> {
    let Submission { target, source, .. } = submission;
    let (size, url) = match source {
        NewSource::Upload { size, .. } => (*size, None),
        NewSource::Url(url) => (0, Some(url.as_str())),
    };
    sqlx::query!(
        "INSERT INTO ingestion.versions
                 (document_id, version, sha256, size, url, collection, access, taught_by, replaces)
             VALUES ($1::uuid, $2, $3::bytea, $4, $5, $6, $7, $8,
                 (SELECT e.version FROM ingestion.versions e
                     WHERE e.document_id = $1::uuid AND e.version = $9 AND e.sha256 <> $3::bytea))",
        document,
        new.version,
        source.hash(),
        size,
        url,
        &target.collection,
        &target.access,
        &target.taught_by,
        new.earlier
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

#[cfg(test)]
mod tests {
    use super::*;

    fn latest() -> Latest {
        Latest {
            version: 1,
            sha256: Some(ContentHash::of(b"Lamps.").0.to_vec()),
            collection: Some("default".to_owned()),
            access: Some(Vec::new()),
            made_with: Some("small".to_owned()),
            job: Uuid::nil(),
            state: State::Succeeded,
        }
    }

    fn submission() -> Submission {
        Submission {
            target: Target {
                space: Space::parse("here").expect("valid"),
                name: "lamps.md".to_owned(),
                collection: "default".to_owned(),
                access: Vec::new(),
                origin: None,
                taught_by: String::new(),
                bulk: false,
            },
            source: NewSource::Upload {
                hash: ContentHash::of(b"Lamps."),
                size: 6,
            },
            made_with: Some("small".to_owned()),
        }
    }

    #[test]
    fn what_is_published_is_more_than_the_bytes() {
        assert!(submission().is(&latest()));
        let mut elsewhere = submission();
        elsewhere.target.collection = "staff".to_owned();
        assert!(!elsewhere.is(&latest()));
        let mut closed = submission();
        closed.target.access = vec!["staff".to_owned()];
        assert!(!closed.is(&latest()));
        let before = Latest {
            access: None,
            ..latest()
        };
        assert!(!submission().is(&before), "it is not known who may see it");
        let mut page = submission();
        page.source = NewSource::Url("https://example.org/lamps".to_owned());
        assert!(!page.is(&latest()));
    }

    #[test]
    fn another_model_makes_something_else_of_the_same_bytes() {
        assert!(submission().is_made_like(&latest()));
        let mut changed = submission();
        changed.made_with = Some("large".to_owned());
        assert!(!changed.is_made_like(&latest()));
        let mut silent = submission();
        silent.made_with = None;
        let unmade = Latest {
            made_with: None,
            ..latest()
        };
        assert!(!silent.is_made_like(&unmade));
    }
}

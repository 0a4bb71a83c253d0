//! Jobs: made, read, stopped and retried. What a worker does with the one that it holds is in `leases`.

use sqlx::PgConnection;
use stoa_kit::{Space, telemetry};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, Target, outbox::announce};
use crate::{
    blobs::ContentHash,
    job::{Job, Stage, State},
};

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct JobFilter {
    pub(crate) space: Option<String>,
    pub(crate) state: Option<State>,
    /// Goes on after this job.
    pub(crate) before: Option<(OffsetDateTime, Uuid)>,
}

/// All that decides what the index shows of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Publication {
    pub(crate) hash: ContentHash,
    pub(crate) collection: String,
    pub(crate) access: Vec<String>,
    /// What made its passages.
    pub(crate) made_with: String,
}

/// What became of a job that somebody wanted to change.
#[derive(Debug)]
pub(crate) enum Transition {
    Done(Job),
    /// It is in another state.
    Refused(Job),
    Missing,
}

/// Reads jobs, with what their document and the version that they replace add to their row.
macro_rules! select_jobs {
    ($rest:literal, $($argument:expr),+ $(,)?) => {
        sqlx::query_as!(
            Job,
            "SELECT j.id, j.space, j.document_id, d.name AS document, j.version, j.state AS \"state: State\",
                 j.stage AS \"stage: Stage\", j.attempt, j.done, j.total, j.pages, j.passages, j.pages_without_text,
                 j.unchanged, j.error_stage, j.error_page, j.error_reason, j.created_at, j.updated_at,
                 r.created_at AS \"replaced_at?\", r.taught_by AS \"replaced_by?\"
             FROM ingestion.jobs j JOIN ingestion.documents d ON d.id = j.document_id
             JOIN ingestion.versions v ON v.document_id = j.document_id AND v.version = j.version
             LEFT JOIN ingestion.versions r ON r.document_id = v.document_id AND r.version = v.replaces
             " + $rest,
            $($argument),+
        )
    };
}

pub(super) async fn insert_job(
    connection: &mut PgConnection,
    target: &Target,
    document: Uuid,
    version: i32,
) -> Result<Uuid, sqlx::Error> {
    // Ids that rise with time keep new rows together in the index.
    let id = Uuid::now_v7();
    let trace = telemetry::kept();
    sqlx::query!(
        "INSERT INTO ingestion.jobs (id, space, document_id, version, state, stage, bulk, trace)
         VALUES ($1, $2, $3, $4, 'queued', $5, $6, $7)",
        id,
        target.space.as_str(),
        document,
        version,
        Stage::Fetch.as_str(),
        target.bulk,
        trace.as_deref()
    )
    .execute(connection)
    .await?;
    Ok(id)
}

/// How many jobs of a space wait. No more than `most` are counted.
pub(super) async fn waiting(
    connection: &mut PgConnection,
    space: &Space,
    most: u32,
) -> Result<u32, sqlx::Error> {
    // Counted up to the bound only, as a table of millions of jobs takes seconds to count.
    let waiting = sqlx::query_scalar!(
        "SELECT count(*) AS \"waiting!\"
             FROM (SELECT 1 FROM ingestion.jobs WHERE space = $1 AND state = 'queued' LIMIT $2) w",
        space.as_str(),
        i64::from(most)
    )
    .fetch_one(connection)
    .await?;
    Ok(u32::try_from(waiting).unwrap_or(most))
}

impl Store {
    /// A job of a space.
    pub(crate) async fn job(&self, space: &Space, id: Uuid) -> Result<Option<Job>, sqlx::Error> {
        Ok(self
            .job_anywhere(id)
            .await?
            .filter(|job| job.space == space.as_str()))
    }

    /// A job, whatever its space: for those who know already that it may be seen, and for the service itself.
    pub(crate) async fn job_anywhere(&self, id: Uuid) -> Result<Option<Job>, sqlx::Error> {
        select_jobs!("WHERE j.id = $1", id)
            .fetch_optional(&self.pool)
            .await
    }

    /// Jobs, newest first.
    pub(crate) async fn jobs(
        &self,
        filter: &JobFilter,
        limit: i64,
    ) -> Result<Vec<Job>, sqlx::Error> {
        // Time and id together: jobs of one upload may have one time, and a page must not end between them.
        let (before_at, before_id) = filter.before.unzip();
        select_jobs!(
            "WHERE ($1::text IS NULL OR j.space = $1) AND ($2::text IS NULL OR j.state = $2)
                 AND ($3::timestamptz IS NULL OR (j.created_at, j.id) < ($3, $4))
             ORDER BY j.created_at DESC, j.id DESC LIMIT $5",
            filter.space.as_deref(),
            filter.state.map(State::as_str),
            before_at,
            before_id,
            limit
        )
        .fetch_all(&self.pool)
        .await
    }

    /// What is published of a document; `None` before the first time.
    pub(crate) async fn published(
        &self,
        document: Uuid,
    ) -> Result<Option<Publication>, sqlx::Error> {
        let row = sqlx::query!(
            "SELECT v.sha256, v.collection, v.access, v.made_with
             FROM ingestion.versions v JOIN ingestion.documents d ON d.id = v.document_id
             WHERE d.id = $1 AND v.version = d.version",
            document
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.and_then(|row| {
            Some(Publication {
                hash: ContentHash(row.sha256?.try_into().ok()?),
                collection: row.collection?,
                access: row.access?,
                made_with: row.made_with?,
            })
        }))
    }

    /// Whether somebody may still be working on a document, cancelled or not.
    pub(crate) async fn is_worked_on(&self, document: Uuid) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(
            "SELECT EXISTS (SELECT 1 FROM ingestion.jobs WHERE document_id = $1 AND lease_until > now()) AS \"busy!\"",
            document
        )
        .fetch_one(&self.pool)
        .await
    }

    /// Queues a failed or cancelled job again.
    pub(crate) async fn retry(&self, space: &Space, id: Uuid) -> Result<Transition, sqlx::Error> {
        let trace = telemetry::kept();
        let mut transaction = self.pool.begin().await?;
        let changed = sqlx::query!(
            "UPDATE ingestion.jobs j SET state = 'queued', attempt = 0, not_before = now(), error_stage = NULL,
                 error_page = NULL, error_reason = NULL, trace = $3, updated_at = now()
             WHERE j.id = $1 AND j.space = $2 AND j.state IN ('failed', 'cancelled')
                 AND NOT EXISTS (SELECT 1 FROM ingestion.versions v
                     WHERE v.document_id = j.document_id AND v.version > j.version)",
            id,
            space.as_str(),
            trace.as_deref()
        )
        .execute(&mut *transaction)
        .await?;
        if changed.rows_affected() == 1 {
            announce(&mut transaction, id).await?;
        }
        transaction.commit().await?;
        self.transition(space, id, changed.rows_affected() == 1)
            .await
    }

    /// Stops a job that has not ended. One that is just making its version visible goes on.
    pub(crate) async fn cancel(&self, space: &Space, id: Uuid) -> Result<Transition, sqlx::Error> {
        let changed = sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'cancelled', lease_owner = NULL, updated_at = now(),
                 error_stage = stage, error_reason = 'cancelled on request'
             WHERE id = $1 AND space = $2 AND state IN ('queued', 'running') AND NOT publishing",
            id,
            space.as_str()
        )
        .execute(&self.pool)
        .await?;
        self.transition(space, id, changed.rows_affected() == 1)
            .await
    }

    async fn transition(
        &self,
        space: &Space,
        id: Uuid,
        changed: bool,
    ) -> Result<Transition, sqlx::Error> {
        Ok(match self.job(space, id).await? {
            None => Transition::Missing,
            Some(job) if changed => Transition::Done(job),
            Some(job) => Transition::Refused(job),
        })
    }

    /// Whether a job has ended or is gone, so that its message is done with.
    pub(crate) async fn has_ended(&self, id: Uuid) -> Result<bool, sqlx::Error> {
        Ok(self
            .job_anywhere(id)
            .await?
            .is_none_or(|job| job.state.is_final()))
    }

    /// Announces jobs again that should have been worked on long ago: the queue lost their message.
    pub(crate) async fn requeue_forgotten(&self) -> Result<usize, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        // Two minutes are far longer than a message takes to a worker, and a lease has ended by then.
        let forgotten = sqlx::query_scalar!(
            "UPDATE ingestion.jobs SET not_before = now()
             WHERE state IN ('queued', 'running') AND not_before < now() - interval '2 minutes'
                 AND coalesce(lease_until, '-infinity') < now() - interval '1 minute'
                 AND updated_at < now() - interval '2 minutes'
             RETURNING id"
        )
        .fetch_all(&mut *transaction)
        .await?;
        for id in &forgotten {
            announce(&mut transaction, *id).await?;
        }
        transaction.commit().await?;
        Ok(forgotten.len())
    }
}

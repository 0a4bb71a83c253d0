use sqlx::PgConnection;
use stoa_kit::Space;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Store,
    outbox::{announce, bury},
    rows::JobRow,
};
use crate::{
    blobs::ContentHash,
    job::{Job, Stage, State, stored},
};

/// Seconds a lease lasts without a heartbeat: how long a job of a killed process waits for the next one.
pub(crate) const LEASE_SECONDS: f64 = 10.0;

/// A job that this process alone works on.
#[derive(Debug, Clone)]
pub(crate) struct Lease {
    pub(crate) job: Uuid,
    pub(crate) owner: Uuid,
    pub(crate) space: Space,
    pub(crate) document_id: Uuid,
    pub(crate) name: String,
    pub(crate) collection: String,
    pub(crate) access: Vec<String>,
    pub(crate) version: u32,
    pub(crate) attempt: u32,
    pub(crate) hash: Option<ContentHash>,
    pub(crate) url: Option<String>,
}

/// What a finished job made.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) title: String,
    pub(crate) media_type: String,
    pub(crate) size: usize,
    pub(crate) pages: usize,
    pub(crate) passages: usize,
}

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct JobFilter {
    pub(crate) space: Option<String>,
    pub(crate) state: Option<State>,
    /// Goes on after this job.
    pub(crate) before: Option<(OffsetDateTime, Uuid)>,
}

/// What became of a job that somebody wanted to change.
#[derive(Debug)]
pub(crate) enum Transition {
    Done(Job),
    /// It is in another state.
    Refused(Job),
    Missing,
}

pub(super) async fn insert_job(
    connection: &mut PgConnection,
    space: &Space,
    document: Uuid,
    version: i32,
    stage: Stage,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::now_v7();
    sqlx::query!(
        "INSERT INTO ingestion.jobs (id, space, document_id, version, state, stage)
         VALUES ($1, $2, $3, $4, 'queued', $5)",
        id,
        space.as_str(),
        document,
        version,
        stage.as_str()
    )
    .execute(connection)
    .await?;
    Ok(id)
}

impl Store {
    /// A job of a space.
    pub(crate) async fn job(&self, space: &Space, id: Uuid) -> Result<Option<Job>, sqlx::Error> {
        Ok(self
            .job_anywhere(id)
            .await?
            .filter(|job| job.space == space.as_str()))
    }

    pub(crate) async fn job_anywhere(&self, id: Uuid) -> Result<Option<Job>, sqlx::Error> {
        let row = sqlx::query_as!(
            JobRow,
            "SELECT j.id, j.space, j.document_id, d.name AS document, j.version, j.state, j.stage, j.attempt, j.done,
                 j.total, j.pages, j.passages, j.unchanged, j.error_stage, j.error_page, j.error_reason, j.created_at,
                 j.updated_at
             FROM ingestion.jobs j JOIN ingestion.documents d ON d.id = j.document_id
             WHERE j.id = $1",
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(Job::try_from).transpose()
    }

    /// Jobs, newest first.
    pub(crate) async fn jobs(
        &self,
        filter: &JobFilter,
        limit: i64,
    ) -> Result<Vec<Job>, sqlx::Error> {
        let (before_at, before_id) = filter.before.unzip();
        let rows = sqlx::query_as!(
            JobRow,
            "SELECT j.id, j.space, j.document_id, d.name AS document, j.version, j.state, j.stage, j.attempt, j.done,
                 j.total, j.pages, j.passages, j.unchanged, j.error_stage, j.error_page, j.error_reason, j.created_at,
                 j.updated_at
             FROM ingestion.jobs j JOIN ingestion.documents d ON d.id = j.document_id
             WHERE ($1::text IS NULL OR j.space = $1) AND ($2::text IS NULL OR j.state = $2)
                 AND ($3::timestamptz IS NULL OR (j.created_at, j.id) < ($3, $4))
             ORDER BY j.created_at DESC, j.id DESC LIMIT $5",
            filter.space.as_deref(),
            filter.state.map(State::as_str),
            before_at,
            before_id,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(Job::try_from).collect()
    }

    /// Takes a job that is due and that nobody holds, unless another job of its document is being worked on.
    pub(crate) async fn lease(&self, job: Uuid) -> Result<Option<Lease>, sqlx::Error> {
        let owner = Uuid::new_v4();
        let row = sqlx::query!(
            "UPDATE ingestion.jobs j SET state = 'running', lease_owner = $2,
                 lease_until = now() + make_interval(secs => $3), attempt = attempt + 1, stage = 'fetch', done = 0,
                 total = 0, publishing = false, updated_at = now()
             FROM ingestion.documents d, ingestion.versions v
             WHERE j.id = $1 AND d.id = j.document_id AND NOT d.deleting
                 AND v.document_id = j.document_id AND v.version = j.version
                 AND j.not_before <= now()
                 AND j.state IN ('queued', 'running') AND coalesce(j.lease_until, '-infinity') < now()
                 AND NOT EXISTS (SELECT 1 FROM ingestion.jobs o
                     WHERE o.document_id = j.document_id AND o.id <> j.id AND o.lease_until > now())
             RETURNING j.space, j.document_id, j.version, j.attempt, d.name, d.collection, d.access, v.sha256, v.url",
            job,
            owner,
            LEASE_SECONDS
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let Ok(space) = Space::parse(&row.space) else {
            return Ok(None);
        };
        Ok(Some(Lease {
            job,
            owner,
            space,
            document_id: row.document_id,
            name: row.name,
            collection: row.collection,
            access: row.access,
            version: crate::job::count(row.version),
            attempt: crate::job::count(row.attempt),
            hash: row
                .sha256
                .and_then(|hash| Some(ContentHash(hash.try_into().ok()?))),
            url: row.url,
        }))
    }

    /// Keeps a lease. `false`: it was lost, and the work must stop.
    pub(crate) async fn heartbeat(&self, lease: &Lease) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs SET lease_until = now() + make_interval(secs => $3)
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner,
            LEASE_SECONDS
        )
        .execute(&self.pool)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Renews a lease for making its version visible: from here the job cannot be cancelled. `false`: it was lost.
    pub(crate) async fn begin_publish(&self, lease: &Lease) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs SET publishing = true, lease_until = now() + make_interval(secs => $3)
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner,
            LEASE_SECONDS
        )
        .execute(&self.pool)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Records progress. `false`: the lease was lost.
    pub(crate) async fn progress(&self, lease: &Lease, job: &Job) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs SET stage = $3, done = $4, total = $5, pages = $6, passages = $7, updated_at = now()
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner,
            job.stage.as_str(),
            job.done,
            job.total,
            job.pages,
            job.passages
        )
        .execute(&self.pool)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Records what an address gave. `false`: the lease was lost.
    pub(crate) async fn fetched(
        &self,
        lease: &Lease,
        hash: ContentHash,
        size: usize,
    ) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query!(
            "UPDATE ingestion.versions v SET sha256 = $3, size = $4 FROM ingestion.jobs j
             WHERE j.id = $1 AND j.lease_owner = $2 AND v.document_id = j.document_id AND v.version = j.version",
            lease.job,
            lease.owner,
            &hash.0[..],
            i64::try_from(size).unwrap_or(i64::MAX)
        )
        .execute(&self.pool)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Hash of the searchable version's bytes.
    pub(crate) async fn current_hash(
        &self,
        document: Uuid,
    ) -> Result<Option<ContentHash>, sqlx::Error> {
        let hash = sqlx::query_scalar!(
            "SELECT v.sha256 FROM ingestion.versions v JOIN ingestion.documents d ON d.id = v.document_id
             WHERE d.id = $1 AND v.version = d.version",
            document
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(hash
            .flatten()
            .and_then(|hash| Some(ContentHash(hash.try_into().ok()?))))
    }

    /// Ends a job well. `false`: the lease was lost.
    pub(crate) async fn succeed(
        &self,
        lease: &Lease,
        finished: &Finished,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'succeeded', stage = 'index', lease_owner = NULL, lease_until = NULL,
                 done = $3, total = $3, pages = $4, passages = $3, error_stage = NULL, error_page = NULL,
                 error_reason = NULL, updated_at = now()
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner,
            stored(finished.passages),
            stored(finished.pages)
        )
        .execute(&mut *transaction)
        .await?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "UPDATE ingestion.documents SET version = $2, title = $3, media_type = $4, size = $5, pages = $6,
                 passages = $7, updated_at = now()
             WHERE id = $1",
            lease.document_id,
            i32::try_from(lease.version).unwrap_or(i32::MAX),
            finished.title,
            finished.media_type,
            i64::try_from(finished.size).unwrap_or(i64::MAX),
            stored(finished.pages),
            stored(finished.passages)
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Ends a job of an address that gave the searchable version's bytes again.
    pub(crate) async fn succeed_unchanged(&self, lease: &Lease) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs j SET state = 'succeeded', lease_owner = NULL, lease_until = NULL, unchanged = true,
                 pages = d.pages, passages = d.passages, updated_at = now()
             FROM ingestion.documents d
             WHERE j.id = $1 AND j.lease_owner = $2 AND d.id = j.document_id",
            lease.job,
            lease.owner
        )
        .execute(&self.pool)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Puts a job back, to be tried again after `wait` seconds.
    pub(crate) async fn postpone(
        &self,
        lease: &Lease,
        stage: Stage,
        reason: &str,
        wait: f64,
    ) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL,
                 not_before = now() + make_interval(secs => $5), error_stage = $3, error_page = NULL,
                 error_reason = $4, updated_at = now()
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner,
            stage.as_str(),
            reason,
            wait
        )
        .execute(&self.pool)
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Gives a job back unharmed: the process is stopping, and this was no attempt.
    pub(crate) async fn release(&self, lease: &Lease) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL,
                 attempt = greatest(attempt - 1, 0), updated_at = now()
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner
        )
        .execute(&self.pool)
        .await
        .map(|_| ())
    }

    /// Says that a job that was taken away is not worked on any more: others need not wait for its lease to end.
    pub(crate) async fn let_go(&self, lease: &Lease) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE ingestion.jobs SET lease_until = NULL WHERE id = $1 AND state = 'cancelled'",
            lease.job
        )
        .execute(&self.pool)
        .await
        .map(|_| ())
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

    /// Ends a job badly, and leaves word of it for the dead letters.
    pub(crate) async fn fail(
        &self,
        lease: &Lease,
        stage: Stage,
        page: u32,
        reason: &str,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let page = (page > 0).then(|| i32::try_from(page).unwrap_or(i32::MAX));
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'failed', lease_owner = NULL, lease_until = NULL, error_stage = $3,
                 error_page = $4, error_reason = $5, updated_at = now()
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner,
            stage.as_str(),
            page,
            reason
        )
        .execute(&mut *transaction)
        .await?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        let attempt = i32::try_from(lease.attempt).unwrap_or(i32::MAX);
        bury(&mut transaction, lease.job, attempt, reason).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Queues a failed or cancelled job again.
    pub(crate) async fn retry(&self, space: &Space, id: Uuid) -> Result<Transition, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let changed = sqlx::query!(
            "UPDATE ingestion.jobs j SET state = 'queued', attempt = 0, not_before = now(), error_stage = NULL,
                 error_page = NULL, error_reason = NULL, updated_at = now()
             WHERE j.id = $1 AND j.space = $2 AND j.state IN ('failed', 'cancelled')
                 AND NOT EXISTS (SELECT 1 FROM ingestion.versions v
                     WHERE v.document_id = j.document_id AND v.version > j.version)",
            id,
            space.as_str()
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

    /// Stops a job that has not ended.
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

    /// Whether a job has ended, so that its message is done with.
    pub(crate) async fn has_ended(&self, id: Uuid) -> Result<bool, sqlx::Error> {
        Ok(self
            .job_anywhere(id)
            .await?
            .is_none_or(|job| job.state.is_final()))
    }

    /// Announces jobs again that should have been worked on long ago: the queue lost their message.
    pub(crate) async fn requeue_forgotten(&self) -> Result<usize, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
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

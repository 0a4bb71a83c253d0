//! Leases on jobs, and what only their holder may write.
//!
//! What a stage made is written only under the lease, so that a worker which was too slow, and whose job another has by
//! now, changes nothing.

use stoa_kit::Space;
use time::Date;
use uuid::Uuid;

use super::{Store, outbox::bury};
use crate::{
    blobs::ContentHash,
    job::{Job, Stage, count, stored},
};

/// Why an attempt ended that nobody ended: what a person reads where the job is given up for it.
const CUT_SHORT: &str =
    "the program ended while it worked on this, perhaps because it ran out of memory";
/// Seconds a lease lasts without a heartbeat: how long a job of a killed process waits for the next one.
const LEASE_SECONDS: f64 = 10.0;

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
    /// The trace of who asked for it.
    pub(crate) trace: Option<String>,
}

/// What a finished job made.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) title: String,
    /// The day that it says it is of, and the language that it says it is in.
    pub(crate) dated: Option<Date>,
    pub(crate) language: Option<String>,
    pub(crate) media_type: String,
    pub(crate) size: usize,
    pub(crate) pages: usize,
    /// Pages that gave no text, in their order.
    pub(crate) pages_without_text: Vec<i32>,
    pub(crate) passages: usize,
    /// What made the passages.
    pub(crate) made_with: String,
}

impl Store {
    /// Takes a job that is due, that nobody holds and that has attempts left, unless another job of its document is being
    /// worked on. The attempt counts from here, so that it counts too when the process does not live to end it. One whose
    /// version may be visible already has one more, to record that.
    pub(crate) async fn lease(
        &self,
        job: Uuid,
        max_attempts: u32,
    ) -> Result<Option<Lease>, sqlx::Error> {
        // For each lease a new one, and not one for the process: a lease that it lost and took again is another.
        let owner = Uuid::new_v4();
        let row = sqlx::query!(
            "UPDATE ingestion.jobs j SET state = 'running', lease_owner = $2,
                 lease_until = now() + make_interval(secs => $3), attempt = attempt + 1,
                 error_stage = CASE WHEN j.state = 'running' THEN j.stage ELSE j.error_stage END,
                 error_page = CASE WHEN j.state = 'running' THEN NULL ELSE j.error_page END,
                 error_reason = CASE WHEN j.state = 'running' THEN $5::text ELSE j.error_reason END,
                 stage = 'fetch', done = 0, total = 0, publishing = false, updated_at = now()
             FROM ingestion.documents d, ingestion.versions v
             WHERE j.id = $1 AND d.id = j.document_id AND NOT d.deleting
                 AND v.document_id = j.document_id AND v.version = j.version
                 AND j.not_before <= now() AND (j.attempt < $4 OR j.publishing AND j.attempt = $4)
                 AND j.state IN ('queued', 'running') AND coalesce(j.lease_until, '-infinity') < now()
                 AND NOT EXISTS (SELECT 1 FROM ingestion.jobs o
                     WHERE o.document_id = j.document_id AND o.id <> j.id AND o.lease_until > now())
             RETURNING j.space, j.document_id, j.version, j.attempt, d.name,
                 coalesce(v.collection, d.collection) AS \"collection!\",
                 coalesce(v.access, d.access) AS \"access!\", v.sha256, v.url, j.trace",
            job,
            owner,
            LEASE_SECONDS,
            i32::try_from(max_attempts).unwrap_or(i32::MAX),
            CUT_SHORT
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        // Written by this service, which checks names; anything else in the table is left alone.
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
            version: count(row.version),
            attempt: count(row.attempt),
            hash: row
                .sha256
                .and_then(|hash| Some(ContentHash(hash.try_into().ok()?))),
            url: row.url,
            trace: row.trace,
        }))
    }

    /// Ends a job badly that nobody holds and that has had its attempts: with the last of them its process ended too.
    /// Returns whether it did.
    pub(crate) async fn give_up(&self, job: Uuid, max_attempts: u32) -> Result<bool, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let given_up = sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'failed', lease_owner = NULL, lease_until = NULL,
                 error_stage = CASE WHEN state = 'running' THEN stage ELSE coalesce(error_stage, stage) END,
                 error_page = CASE WHEN state = 'running' THEN NULL ELSE error_page END,
                 error_reason = CASE WHEN state = 'running' THEN $3::text ELSE coalesce(error_reason, $3::text) END
                     || ' (given up after ' || attempt::text || ' attempts)',
                 updated_at = now()
             WHERE id = $1 AND state IN ('queued', 'running') AND attempt >= $2
                 AND NOT (publishing AND attempt = $2)
                 AND coalesce(lease_until, '-infinity') < now()
             RETURNING attempt, error_reason AS \"reason!\"",
            job,
            i32::try_from(max_attempts).unwrap_or(i32::MAX),
            CUT_SHORT
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if let Some(row) = &given_up {
            bury(&mut transaction, job, row.attempt, &row.reason).await?;
        }
        transaction.commit().await?;
        Ok(given_up.is_some())
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
            "UPDATE ingestion.jobs SET stage = $3, done = $4, total = $5, pages = $6, passages = $7, pages_without_text = $8,
                 updated_at = now()
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner,
            job.stage.as_str(),
            job.done,
            job.total,
            job.pages,
            job.passages,
            &job.pages_without_text
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

    /// Ends a job well. `false`: the lease was lost.
    pub(crate) async fn succeed(
        &self,
        lease: &Lease,
        finished: &Finished,
    ) -> Result<bool, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'succeeded', stage = 'index', lease_owner = NULL, lease_until = NULL,
                 done = $3, total = $3, pages = $4, passages = $3, pages_without_text = $5, error_stage = NULL,
                 error_page = NULL, error_reason = NULL, updated_at = now()
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner,
            stored(finished.passages),
            stored(finished.pages),
            &finished.pages_without_text
        )
        .execute(&mut *transaction)
        .await?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        let version = i32::try_from(lease.version).unwrap_or(i32::MAX);
        sqlx::query!(
            "UPDATE ingestion.versions SET made_with = $3 WHERE document_id = $1 AND version = $2",
            lease.document_id,
            version,
            finished.made_with
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "UPDATE ingestion.documents SET version = $2, title = $3, media_type = $4, size = $5, pages = $6,
                 passages = $7, collection = $8, access = $9, pages_without_text = $10, dated = $11, language = $12,
                 updated_at = now()
             WHERE id = $1",
            lease.document_id,
            version,
            finished.title,
            finished.media_type,
            i64::try_from(finished.size).unwrap_or(i64::MAX),
            stored(finished.pages),
            stored(finished.passages),
            lease.collection,
            &lease.access,
            &finished.pages_without_text,
            finished.dated,
            finished.language
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Ends a job whose version would be what is published already.
    pub(crate) async fn succeed_unchanged(&self, lease: &Lease) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs j SET state = 'succeeded', lease_owner = NULL, lease_until = NULL, unchanged = true,
                 pages = d.pages, passages = d.passages, pages_without_text = d.pages_without_text,
                 updated_at = now()
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

    /// Puts a job back for `seconds`, and takes its attempt for none: nothing is wrong with it.
    pub(crate) async fn wait(
        &self,
        lease: &Lease,
        stage: Stage,
        reason: &str,
        seconds: f64,
    ) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query!(
            "UPDATE ingestion.jobs SET state = 'queued', lease_owner = NULL, lease_until = NULL,
                 attempt = greatest(attempt - 1, 0), publishing = false,
                 not_before = now() + make_interval(secs => $5), error_stage = $3, error_page = NULL,
                 error_reason = $4, updated_at = now()
             WHERE id = $1 AND lease_owner = $2",
            lease.job,
            lease.owner,
            stage.as_str(),
            reason,
            seconds
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
}

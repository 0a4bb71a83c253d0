//! How a job's attempt ends, and what is done with its message.

use std::time::Duration;

use stoa_kit::{metrics::metrics, retry};
use uuid::Uuid;

use super::{Disposition, Worker, again, unanswered};
use crate::{
    job::{Stage, State},
    pipeline::Failure,
    store::Lease,
};

/// Waits between attempts: the first, and the longest.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(300);
/// How soon a job that waits for room looks for it again.
const ROOM_AGAIN: Duration = Duration::from_secs(15);

/// What became of an attempt, for the metrics.
fn outcome(concluded: &Result<Option<Disposition>, sqlx::Error>, done: bool) -> &'static str {
    match concluded {
        _ if done => "succeeded",
        Ok(Some(Disposition::Acknowledge)) => "failed",
        Ok(Some(Disposition::Redeliver(_))) => "again",
        Ok(None) | Err(_) => "lost",
    }
}

impl Worker {
    pub(super) async fn conclude(&self, lease: &Lease, result: Result<(), Failure>) -> Disposition {
        let done = result.is_ok();
        let concluded = match result {
            Ok(()) => Ok(Some(Disposition::Acknowledge)),
            Err(Failure::Lost) => Ok(None),
            Err(Failure::Permanent {
                stage,
                page,
                reason,
            }) => self.fail(lease, stage, page, &reason).await,
            Err(Failure::NoRoom { stage, reason }) => self.wait(lease, stage, &reason).await,
            Err(Failure::Transient { stage, reason }) if lease.attempt >= self.max_attempts => {
                let reason = format!("{reason} (given up after {} attempts)", lease.attempt);
                self.fail(lease, stage, 0, &reason).await
            }
            Err(Failure::Transient { stage, reason }) => self.postpone(lease, stage, &reason).await,
        };
        metrics()
            .jobs_finished
            .of([outcome(&concluded, done)])
            .inc();
        let concluded = match concluded {
            Ok(Some(disposition)) => Ok(disposition),
            // The lease was lost, if only while this was written.
            Ok(None) => self.let_go(lease).await,
            Err(error) => Err(error),
        };
        self.tell(lease.job).await;
        concluded.unwrap_or_else(|error| unanswered(&error))
    }

    /// `None` where the lease was lost.
    async fn fail(
        &self,
        lease: &Lease,
        stage: Stage,
        page: u32,
        reason: &str,
    ) -> Result<Option<Disposition>, sqlx::Error> {
        tracing::warn!(%stage, page, document = %lease.name, "the job failed: {reason}");
        let kept = self.store.fail(lease, stage, page, reason).await?;
        Ok(kept.then_some(Disposition::Acknowledge))
    }

    /// `None` where the lease was lost.
    async fn postpone(
        &self,
        lease: &Lease,
        stage: Stage,
        reason: &str,
    ) -> Result<Option<Disposition>, sqlx::Error> {
        let wait = retry::wait_after(lease.attempt, FIRST_RETRY, LONGEST_RETRY);
        tracing::info!(%stage, attempt = lease.attempt, ?wait, "the job is tried again: {reason}");
        let seconds = wait.as_secs_f64();
        let kept = self.store.postpone(lease, stage, reason, seconds).await?;
        Ok(kept.then_some(Disposition::Redeliver(wait)))
    }

    /// `None` where the lease was lost.
    async fn wait(
        &self,
        lease: &Lease,
        stage: Stage,
        reason: &str,
    ) -> Result<Option<Disposition>, sqlx::Error> {
        tracing::warn!(%stage, document = %lease.name, "the job waits: {reason}");
        let seconds = ROOM_AGAIN.as_secs_f64();
        let kept = self.store.wait(lease, stage, reason, seconds).await?;
        Ok(kept.then_some(Disposition::Redeliver(ROOM_AGAIN)))
    }

    /// Leaves a job that was cancelled or taken over. Only a cancelled one's passages are removed: whoever took it over
    /// writes under the same names, and has need of its message.
    async fn let_go(&self, lease: &Lease) -> Result<Disposition, sqlx::Error> {
        let job = self.store.job_anywhere(lease.job).await?;
        let state = job.map_or(State::Cancelled, |job| job.state);
        if state == State::Cancelled
            && let Err(status) = self.pipeline.clean(lease).await
        {
            tracing::debug!(
                "passages of a cancelled job stay, unseen: {}",
                status.message()
            );
        }
        self.store.let_go(lease).await?;
        Ok(if state.is_final() {
            Disposition::Acknowledge
        } else {
            Disposition::Redeliver(again())
        })
    }

    /// Tells those who watch a job how it is now, and the relay that there may be word of it.
    pub(super) async fn tell(&self, job: Uuid) {
        if let Ok(Some(job)) = self.store.job_anywhere(job).await {
            self.pipeline.events.publish(&job).await;
        }
        self.wake.notify_one();
    }
}

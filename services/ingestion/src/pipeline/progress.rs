//! Where a job is, recorded in its row and sent to those who watch it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use stoa_kit::metrics::metrics;

use super::{Failure, Run, failure::kept};
use crate::job::{Job, Stage, State, stored};

/// Progress within a stage is told this often: soon enough for a person, and seldom enough for the database.
const INTERVAL: Duration = Duration::from_millis(300);

/// The job as it was last known here, and when that was told.
pub(super) struct Progress(Mutex<Told>);

struct Told {
    job: Job,
    at: Instant,
    /// The stage that this process has entered, and when.
    entered: Option<(Stage, Instant)>,
}

impl Progress {
    pub(super) fn of(job: Job) -> Self {
        Self(Mutex::new(Told {
            job,
            at: Instant::now(),
            entered: None,
        }))
    }

    /// Changes what is told next.
    pub(super) fn update(&self, change: impl FnOnce(&mut Job)) {
        change(&mut self.lock().job);
    }

    pub(super) fn stage(&self) -> Stage {
        self.lock().job.stage
    }

    /// The stage before has done well.
    fn enter(&self, stage: Option<Stage>) {
        let now = Instant::now();
        let entered = stage.map(|stage| (stage, now));
        let before = std::mem::replace(&mut self.lock().entered, entered);
        if let Some((stage, began)) = before {
            let took = (now - began).as_secs_f64();
            metrics()
                .job_stage_seconds
                .of([stage.as_str()])
                .observe(took);
        }
    }

    /// Counts what a stage has done; whether it is time to tell.
    fn advance(&self, done: usize) -> bool {
        let mut told = self.lock();
        told.job.done = stored(done);
        told.at.elapsed() >= INTERVAL
    }

    /// The job, to be told now.
    fn take(&self) -> Job {
        let mut told = self.lock();
        told.at = Instant::now();
        told.job.clone()
    }

    /// The lock is held for plain assignments only, so a panic cannot leave the job half changed.
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run<'_> {
    /// Begins a stage of `total` units; 0 when it has none to count.
    pub(super) async fn enter(&self, stage: Stage, total: usize) -> Result<(), Failure> {
        tracing::debug!(%stage, total, "the job enters a stage");
        self.progress.enter(Some(stage));
        self.progress.update(|job| {
            job.state = State::Running;
            job.stage = stage;
            job.done = 0;
            job.total = stored(total);
        });
        self.tell(stage).await
    }

    /// The last stage has ended.
    pub(super) fn leave(&self) {
        self.progress.enter(None);
    }

    pub(super) async fn advance(&self, stage: Stage, done: usize) -> Result<(), Failure> {
        if self.progress.advance(done) {
            self.tell(stage).await
        } else {
            Ok(())
        }
    }

    async fn tell(&self, stage: Stage) -> Result<(), Failure> {
        let job = self.progress.take();
        let recorded = self.pipeline.store.progress(self.lease, &job).await;
        kept(recorded.map_err(|error| Failure::transient(stage, error))?)?;
        self.pipeline.events.publish(&job).await;
        Ok(())
    }
}

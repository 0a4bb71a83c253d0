//! Stopping in order: first intake, then what is held, then the servers.

mod needs;
mod vital;

use std::{future::Future, time::Duration};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};
use tracing::{Instrument, Span, info, warn};

use vital::Vitals;
pub use vital::{Lacking, Vital, panic_message};

/// The part of a drain's limit that is kept for the end: last answers are read, traces are sent, threads that wait are left.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// The name under which the process itself, and no service of it, lacks something.
const PROCESS: &str = "stoa";
const START: &str = "start";
/// Target of spans that last as long as the process. They say in logs which task speaks, and are of no trace: one that
/// everything began in would have no end.
pub(crate) const LASTING: &str = "stoa_kit::lasting";

/// The time that tasks have when a process stops: all of `limit` but what the end itself takes.
pub(crate) fn time_of_tasks(limit: Duration) -> Duration {
    limit.saturating_sub(LAST_WORDS).max(limit / 2)
}

/// Owns a process's tasks and tells them when to stop.
///
/// `stopping` asks tasks to take nothing new and to finish what they hold. Servers go on answering
/// until those tasks have ended, because their last calls go through them, and stop at `stopped`.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    stopping: CancellationToken,
    stopped: CancellationToken,
    tasks: TaskTracker,
    servers: TaskTracker,
    vitals: Vitals,
}

impl Shutdown {
    /// A process that is running.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a task that belongs to the process. It must end soon after `stopping`.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Started by the process itself, and not on behalf of a call: then it lasts as long, and begins no trace.
        let span = if Span::current().is_none() {
            tracing::info_span!(target: LASTING, "task", name)
        } else {
            tracing::info_span!("task", name)
        };
        self.tasks.spawn(task.instrument(span));
    }

    /// Runs what tasks depend on: it goes on while they finish, and is dropped at `stopped`.
    pub fn spawn_server<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stopped = self.stopped.clone();
        let task = async move {
            tokio::select! {
                () = task => {}
                () = stopped.cancelled() => {}
            }
        };
        self.servers
            .spawn(task.instrument(tracing::info_span!(target: LASTING, "server", name)));
    }

    /// Something that is held on behalf of a caller: the end waits for it as for a task. `None` once stopping has begun.
    pub(crate) fn hold(&self) -> Option<TaskTrackerToken> {
        (!self.is_stopping()).then(|| self.tasks.token())
    }

    /// What services lack, now and with each change.
    pub fn lacking(&self) -> watch::Receiver<Lacking> {
        self.vitals.subscribe()
    }

    /// The process is being started, and is not ready before [`Self::started`].
    pub(crate) fn starting(&self) {
        self.vitals.lose(PROCESS, START);
    }

    /// Everything that was to be started is.
    pub(crate) fn started(&self) {
        self.vitals.regain(PROCESS, START);
    }

    /// Begins to stop.
    pub fn trigger(&self) {
        self.stopping.cancel();
    }

    /// Whether stopping has begun.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Resolves when stopping begins.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Resolves when every task has ended, or did not in time.
    pub async fn stopped(&self) {
        self.stopped.cancelled().await;
    }

    /// A token that is cancelled when stopping begins.
    pub fn stopping_token(&self) -> CancellationToken {
        self.stopping.child_token()
    }

    /// Waits until stopping begins, then for the tasks; then lets the servers stop. Tasks have `limit`, less what the end
    /// itself takes, so that the process is gone within it. Returns whether every task had ended.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.stopping.cancelled().await;
        // No task can be added after this, so the wait for them has an end.
        self.tasks.close();
        let limit = time_of_tasks(limit);
        let drained = tokio::time::timeout(limit, self.tasks.wait()).await.is_ok();
        if !drained {
            warn!(
                tasks = self.tasks.len(),
                "work is left unfinished: it continues at the next start"
            );
        }
        // After the tasks: their last calls go through the servers.
        self.stopped.cancel();
        self.servers.close();
        self.servers.wait().await;
        drained
    }

    /// Begins to stop at SIGINT or SIGTERM.
    pub fn on_signals(&self) -> std::io::Result<()> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => info!("stopping: interrupted"),
                _ = terminate.recv() => info!("stopping: terminated"),
                () = stopping.cancelled() => {}
            }
            stopping.cancel();
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn servers_outlive_the_tasks_that_call_them() {
        let shutdown = Shutdown::new();
        let (finish, finished) = tokio::sync::oneshot::channel::<()>();
        let inner = shutdown.clone();
        shutdown.spawn("worker", async move {
            inner.stopping().await;
            finished.await.expect("sender lives");
            assert!(!inner.stopped.is_cancelled());
        });
        let drain = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.drain(Duration::from_secs(60)).await }
        });
        shutdown.trigger();
        finish.send(()).expect("worker lives");
        assert!(drain.await.expect("no panic"));
        shutdown.stopped().await;
    }

    #[tokio::test]
    async fn a_task_that_hangs_is_left_behind() {
        let shutdown = Shutdown::new();
        shutdown.spawn("hangs", std::future::pending());
        shutdown.trigger();
        assert!(!shutdown.drain(Duration::from_millis(1)).await);
    }
}

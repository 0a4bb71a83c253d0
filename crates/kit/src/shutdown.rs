//! Stopping in order: first intake, then what is held, then the servers.

mod vital;

use std::{future::Future, time::Duration};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, info, warn};

use vital::Vitals;
pub use vital::{Lacking, Vital, panic_message};

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
        self.tasks
            .spawn(task.instrument(tracing::info_span!("task", name)));
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
            .spawn(task.instrument(tracing::info_span!("server", name)));
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

    /// Waits until stopping begins, then at most `limit` for the tasks; then lets the servers stop.
    /// Returns whether every task had ended.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.stopping.cancelled().await;
        self.tasks.close();
        let drained = tokio::time::timeout(limit, self.tasks.wait()).await.is_ok();
        if !drained {
            warn!(
                tasks = self.tasks.len(),
                "left work unfinished: it goes on at the next start"
            );
        }
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

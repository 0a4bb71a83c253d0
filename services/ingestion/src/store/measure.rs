//! How many jobs there are.

use std::time::Duration;

use stoa_kit::{Shutdown, metrics::metrics};

use super::Store;

/// How often they are counted.
const COUNT: Duration = Duration::from_secs(10);

impl Store {
    /// Keeps the metrics of jobs that have not ended up to date. They are few, and an index has them, so every process
    /// counts them.
    pub(crate) fn measure(&self, shutdown: &Shutdown) {
        let store = self.clone();
        // As a server: the last jobs are still counted while they finish.
        shutdown.spawn_server("job metrics", async move {
            loop {
                if let Err(error) = store.count_open_jobs().await {
                    tracing::debug!(%error, "the jobs were not counted");
                }
                tokio::time::sleep(COUNT).await;
            }
        });
    }

    async fn count_open_jobs(&self) -> Result<(), sqlx::Error> {
        let counted = sqlx::query!(
            "SELECT count(*) FILTER (WHERE state = 'queued') AS \"queued!\",
                 count(*) FILTER (WHERE state = 'running') AS \"running!\"
             FROM ingestion.jobs WHERE state IN ('queued', 'running')"
        )
        .fetch_one(&self.pool)
        .await?;
        let jobs = &metrics().jobs;
        jobs.of(["queued"]).set(counted.queued as f64);
        jobs.of(["running"]).set(counted.running as f64);
        Ok(())
    }
}

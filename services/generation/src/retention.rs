//! How long turns are kept.

use std::time::Duration;

use stoa_kit::Shutdown;

use crate::store::Store;

/// How often old turns are looked for.
const SWEEP: Duration = Duration::from_secs(3_600);
/// Between two batches: the sweep has time, and people who ask have none.
const PAUSE: Duration = Duration::from_millis(200);

/// Removes turns that are older than so many days, now and every once in a while; 0 keeps them for ever.
pub(crate) fn start(store: Store, keep_days: u32, shutdown: &Shutdown) {
    let stop = shutdown.clone();
    shutdown.spawn("retention", async move {
        let mut ticks = tokio::time::interval(SWEEP);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.stopping() => return,
            }
            tokio::select! {
                swept = sweep(&store, keep_days) => if let Err(error) = swept {
                    tracing::warn!(%error, "old turns are removed later");
                },
                () = stop.stopping() => return,
            }
        }
    });
}

async fn sweep(store: &Store, keep_days: u32) -> Result<(), sqlx::Error> {
    // These are done also where turns are kept for ever.
    store.remove_old_marks().await?;
    store.remove_emptied().await?;
    if keep_days == 0 {
        return Ok(());
    }
    let mut removed = 0;
    loop {
        match store.remove_old(keep_days).await? {
            0 => break,
            turns => removed += turns,
        }
        tokio::time::sleep(PAUSE).await;
    }
    if removed > 0 {
        tracing::info!(removed, keep_days, "old turns were removed");
    }
    Ok(())
}

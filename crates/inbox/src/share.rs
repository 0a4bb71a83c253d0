//! Work that processes share: parts of it, each under a lease of its own.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_nats::jetstream::kv::Store;
use bytes::Bytes;
use futures::{TryStreamExt, future::join_all};
use stoa_kit::{Shutdown, nats::Nats};
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

use crate::{
    Error, Owner,
    lease::{Held, Lease, POLL, Term},
};

/// How often a process says that it is there, and counts those that are: a few times within the age of a lease.
const PRESENCE: Duration = Duration::from_secs(2);

/// Runs `role` for as many of `parts` as are this process's share, each while it holds the lease `<name>.<part>`, until
/// shutdown or until one of them fails, which ends the others. The share is what there is, divided by the processes that
/// want some; what a process holds over it, as another one has come, it gives back.
pub async fn share<F, R, E>(
    nats: &Nats,
    platform: &'static str,
    name: &str,
    parts: u32,
    owner: &Owner,
    shutdown: &Shutdown,
    role: F,
) -> Result<(), E>
where
    F: Fn(u32, Term) -> R,
    R: Future<Output = Result<(), E>>,
    E: From<Error>,
{
    let sharing = Sharing {
        store: nats.leases().await.map_err(Error::from)?,
        platform,
        name,
        parts: parts as usize,
        owner,
        held: Mutex::default(),
        share: AtomicUsize::new(parts as usize),
        changed: Notify::new(),
        ended: shutdown.stopping_token(),
    };
    let (sharing, role) = (&sharing, &role);
    let working = (0..parts).map(|part| sharing.work(part, shutdown, role));
    let ended = tokio::select! {
        ended = join_all(working) => ended,
        never = sharing.count() => match never {},
    };
    sharing.leave().await;
    ended.into_iter().collect()
}

struct Sharing<'a> {
    store: Store,
    platform: &'static str,
    name: &'a str,
    parts: usize,
    owner: &'a Owner,
    /// Parts that this process holds. Locked while one is acquired, so that no more are than it may hold.
    held: Mutex<usize>,
    /// The most that it may hold.
    share: AtomicUsize,
    changed: Notify,
    /// The process stops, or a part has failed.
    ended: CancellationToken,
}

impl Sharing<'_> {
    /// Works on a part whenever this process has it.
    async fn work<F, R, E>(&self, part: u32, shutdown: &Shutdown, role: &F) -> Result<(), E>
    where
        F: Fn(u32, Term) -> R,
        R: Future<Output = Result<(), E>>,
    {
        let key = format!("{}.{part}", self.name);
        while !self.ended.is_cancelled() {
            if let Some(lease) = self.acquire(&key).await {
                let mut surplus = false;
                let held = Held::shard(self.platform);
                let working = lease.run(held, shutdown, |term| role(part, term), async {
                    surplus = self.surplus().await;
                });
                let worked = working.await;
                if !surplus {
                    *self.held.lock().await -= 1;
                }
                if worked.is_err() {
                    self.ended.cancel();
                    return worked;
                }
            }
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = self.ended.cancelled() => {}
            }
        }
        Ok(())
    }

    async fn acquire<'k>(&'k self, key: &'k str) -> Option<Lease<'k>> {
        let mut held = self.held.lock().await;
        if *held >= self.share.load(Ordering::Relaxed) {
            return None;
        }
        let lease = Lease::acquire(&self.store, key, self.owner).await?;
        *held += 1;
        Some(lease)
    }

    /// Returns when a part is to be given back: `true`, and it does not count any more, when another process is to have
    /// it, `false` when all are.
    async fn surplus(&self) -> bool {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let mut held = self.held.lock().await;
                if *held > self.share.load(Ordering::Relaxed) {
                    *held -= 1;
                    return true;
                }
            }
            tokio::select! {
                () = changed => {}
                () = self.ended.cancelled() => return false,
            }
        }
    }

    /// Says that this process is there, and counts those that are.
    async fn count(&self) -> Infallible {
        loop {
            match self.processes().await {
                Ok(processes) => {
                    let share = share_of(self.parts, processes);
                    if self.share.swap(share, Ordering::Relaxed) != share {
                        tracing::info!(
                            name = self.name,
                            processes,
                            share,
                            "processes share this by number"
                        );
                        self.changed.notify_waiters();
                    }
                }
                // Each goes on with what it has.
                Err(error) => tracing::debug!("processes cannot be counted: {error}"),
            }
            tokio::time::sleep(PRESENCE).await;
        }
    }

    async fn processes(&self) -> Result<usize, Error> {
        let failed = "count the processes that share work";
        let put = self.store.put(self.member(), Bytes::new()).await;
        put.map_err(Error::storage(failed))?;
        let keys = self.store.keys().await.map_err(Error::storage(failed))?;
        let keys: Vec<String> = keys.try_collect().await.map_err(Error::storage(failed))?;
        let members = format!("{}.member.", self.name);
        let there = keys.iter().filter(|key| key.starts_with(&members));
        Ok(there.count())
    }

    fn member(&self) -> String {
        format!("{}.member.{}", self.name, self.owner.id)
    }

    async fn leave(&self) {
        if let Err(error) = self.store.delete(self.member()).await {
            tracing::debug!("this process is counted for some seconds more: {error}");
        }
    }
}

/// The most that each of these processes may hold: together they have room for all.
fn share_of(parts: usize, processes: usize) -> usize {
    parts.div_ceil(processes.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_make_up_the_whole_and_differ_by_as_little_as_they_can() {
        for (parts, processes, share) in [(1, 1, 1), (1, 2, 1), (2, 2, 1), (5, 2, 3), (4, 3, 2)] {
            assert_eq!(share_of(parts, processes), share, "{parts} by {processes}");
            assert!(share * processes >= parts);
        }
        assert_eq!(share_of(3, 0), 3, "whoever counts is there");
    }
}

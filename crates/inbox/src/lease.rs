//! Which process works for a platform: one at a time, the others stand by.

use std::time::Duration;

use async_nats::jetstream::kv::{Operation, Store, UpdateError, UpdateErrorKind};
use bytes::Bytes;
use stoa_kit::{
    Shutdown,
    metrics::{Gauges, metrics},
    nats::{LEASE_AGE, Nats},
    retry::Backoff,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{Error, Owner};

/// How often the lease is renewed.
const RENEWAL: Duration = Duration::from_secs(1);
/// How long before its end a lease that could not be renewed is given up: what still runs has so long to stop, and is
/// dropped at the end.
const NOTICE: Duration = Duration::from_secs(2);
/// How often a standby tries to acquire it.
pub(crate) const POLL: Duration = Duration::from_millis(500);
/// Waits before a role that failed is started again.
const FIRST_RESTART: Duration = Duration::from_secs(2);
const LONGEST_RESTART: Duration = Duration::from_secs(15);

/// One term of holding a lease.
#[derive(Debug, Clone)]
pub struct Term {
    /// Cancelled when the lease is lost or the process stops: what runs under it must end soon after, and is dropped when
    /// the lease ends.
    pub stop: CancellationToken,
    /// Greater than that of every term before. What is written under the lease carries it, and is not written over by a
    /// term with a smaller one.
    pub fence: u64,
}

/// Runs `role` whenever this process holds the lease on `name`, until shutdown. Errors are logged and the role is
/// restarted.
pub async fn hold<F, R, E>(
    nats: &Nats,
    name: &'static str,
    owner: &Owner,
    shutdown: &Shutdown,
    role: F,
) where
    F: Fn(Term) -> R,
    R: Future<Output = Result<(), E>>,
    E: std::fmt::Display + From<Error>,
{
    let mut standing_by = false;
    let mut backoff = Backoff::new(FIRST_RESTART, LONGEST_RESTART);
    while !shutdown.is_stopping() {
        let pause = match term(nats, name, owner, shutdown, &role).await {
            Ok(true) => {
                standing_by = false;
                backoff.reset();
                POLL
            }
            Ok(false) => {
                if !standing_by {
                    tracing::info!(lease = name, "another process holds the lease: standing by");
                    standing_by = true;
                }
                POLL
            }
            Err(error) => {
                // Longer than `POLL`, so that a role that fails at once does not spin.
                tracing::warn!(
                    lease = name,
                    "work under the lease failed and is started again: {error}"
                );
                backoff.next_wait()
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = shutdown.stopping() => {}
        }
    }
}

/// One term of holding the lease; `false` when another process holds it.
async fn term<F, R, E>(
    nats: &Nats,
    name: &'static str,
    owner: &Owner,
    shutdown: &Shutdown,
    role: &F,
) -> Result<bool, E>
where
    F: Fn(Term) -> R,
    R: Future<Output = Result<(), E>>,
    E: From<Error>,
{
    let store = nats.leases().await.map_err(Error::from)?;
    let Some(lease) = Lease::acquire(&store, name, owner).await else {
        return Ok(false);
    };
    let held = Held::platform(name);
    let worked = lease
        .run(held, shutdown, role, std::future::pending())
        .await;
    worked.map(|()| true)
}

/// Counts a lease in the metrics while this process works under it: by its platform, as shards are many.
pub(crate) struct Held {
    held: &'static Gauges<1>,
    platform: &'static str,
}

impl Held {
    /// The lease on a platform.
    fn platform(platform: &'static str) -> Self {
        Self::of(&metrics().lease_held, platform)
    }

    /// The lease on one of a platform's shards.
    pub(crate) fn shard(platform: &'static str) -> Self {
        Self::of(&metrics().shards_held, platform)
    }

    fn of(held: &'static Gauges<1>, platform: &'static str) -> Self {
        held.of([platform]).inc();
        Self { held, platform }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.held.of([self.platform]).dec();
    }
}

/// The lease, while this process holds it.
pub(crate) struct Lease<'a> {
    store: &'a Store,
    name: &'a str,
    id: &'a str,
    revision: u64,
    /// When it ends at the earliest, unless it is renewed: counted from before the renewal was sent.
    ends: Instant,
}

impl<'a> Lease<'a> {
    /// Takes the lease if nobody holds it; `None` when another process does.
    pub(crate) async fn acquire(store: &'a Store, name: &'a str, owner: &'a Owner) -> Option<Self> {
        let asked = Instant::now();
        let held = |revision| Self {
            store,
            name,
            id: &owner.id,
            revision,
            ends: asked + LEASE_AGE,
        };
        let value = Bytes::from(owner.id.clone());
        // A lease that has expired is gone from the bucket, so this succeeds when nobody holds it.
        if let Ok(revision) = store.create(name, value.clone()).await {
            return Some(held(revision));
        }
        let entry = store.entry(name).await.ok().flatten()?;
        let before = owner.before.as_deref().map(str::as_bytes);
        // Its own when an answer was lost, or that of the process before it, which has ended. Against the revision that was
        // read, as it may have expired and been taken since.
        let is_free = *entry.value == *owner.id.as_bytes() || Some(&*entry.value) == before;
        if !is_free {
            return None;
        }
        let taken = store.update(name, value, entry.revision).await;
        taken.ok().map(held)
    }

    /// Runs a role until it ends, the lease is lost, or the process stops. When `leave` is done the role is told to end,
    /// as another process is to have the lease.
    pub(crate) async fn run<R, E>(
        mut self,
        _held: Held,
        shutdown: &Shutdown,
        role: impl FnOnce(Term) -> R,
        leave: impl Future<Output = ()>,
    ) -> Result<(), E>
    where
        R: Future<Output = Result<(), E>>,
    {
        let name = self.name;
        tracing::info!(lease = name, "this process holds the lease");
        let stop = shutdown.stopping_token();
        let working = role(Term {
            stop: stop.clone(),
            fence: self.revision,
        });
        tokio::pin!(working);
        let leaving = async {
            leave.await;
            stop.cancel();
            // The work under the lease ends by itself now, and the lease is kept until then.
            std::future::pending::<()>().await;
        };
        let ended = tokio::select! {
            ended = &mut working => Some(ended),
            () = self.keep() => None,
            () = leaving => None,
        };
        if let Some(ended) = ended {
            // Given back, so that a standby need not wait for it to expire.
            self.release().await;
            return ended;
        }
        tracing::warn!(
            lease = name,
            "this process lost the lease and stops working"
        );
        stop.cancel();
        // The lease is not given back, as it may already be another's. The role is waited for: started again before it has
        // ended, it would run twice in this process. At the end of the lease it is dropped, with the calls that it is making.
        if let Ok(ended) = tokio::time::timeout_at(self.ends, working).await {
            return ended;
        }
        tracing::warn!(
            lease = name,
            "work that did not end with the lease was cut off"
        );
        Ok(())
    }

    /// Renews the lease. Returns when it is lost, or will soon be.
    async fn keep(&mut self) {
        loop {
            let give_up = self.ends - NOTICE;
            tokio::time::sleep_until(give_up.min(Instant::now() + RENEWAL)).await;
            let asked = Instant::now();
            match tokio::time::timeout_at(give_up, self.renew()).await {
                Ok(Ok(revision)) => {
                    self.revision = revision;
                    self.ends = asked + LEASE_AGE;
                }
                Ok(Err(Lost::ToAnother)) => {
                    self.ends = Instant::now();
                    return;
                }
                // It may pass, and the lease is held until it ends.
                Ok(Err(Lost::NotYet(error))) => {
                    tracing::debug!("a lease was not renewed: {error}");
                }
                Err(_) => tracing::debug!("a lease was not renewed: NATS does not answer"),
            }
            if Instant::now() >= self.ends - NOTICE {
                return;
            }
        }
    }

    async fn renew(&self) -> Result<u64, Lost> {
        let renew = |revision| {
            let value = Bytes::from(self.id.to_owned());
            self.store.update(self.name, value, revision)
        };
        let error = match renew(self.revision).await {
            Ok(revision) => return Ok(revision),
            Err(error) if error.kind() != UpdateErrorKind::WrongLastRevision => {
                return Err(Lost::NotYet(error));
            }
            Err(error) => error,
        };
        // The answer to the renewal before may have been lost: then it is this process that wrote it.
        match self.store.entry(self.name).await {
            Ok(Some(entry)) if entry.operation == Operation::Put => {
                if *entry.value == *self.id.as_bytes() {
                    renew(entry.revision).await.map_err(Lost::NotYet)
                } else {
                    Err(Lost::ToAnother)
                }
            }
            Ok(_) => Err(Lost::ToAnother),
            Err(_) => Err(Lost::NotYet(error)),
        }
    }

    /// Gives it back, if it is still this process that holds it.
    async fn release(self) {
        let deleted = self
            .store
            .delete_expect_revision(self.name, Some(self.revision));
        if let Err(error) = deleted.await {
            tracing::debug!("a lease was not released and will expire: {error}");
        }
    }
}

/// Why a lease was not renewed.
enum Lost {
    ToAnother,
    NotYet(UpdateError),
}

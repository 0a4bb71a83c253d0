//! Documents, versions, jobs and the outbox in PostgreSQL. Nobody else writes these tables.

mod blobs;
mod documents;
mod jobs;
mod leases;
mod measure;
mod names;
mod order;
mod outbox;
mod submissions;

use std::sync::Arc;

use sqlx::PgPool;
use tokio::sync::Semaphore;

pub(crate) use documents::{Document, Leaving};
pub(crate) use jobs::{JobFilter, Publication, Transition};
pub(crate) use leases::{Finished, Lease};
pub(crate) use names::MAX_NAME;
pub(crate) use submissions::{NewSource, Submission, Submitted, Target};

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: PgPool,
    /// Holds that there may be at once. Each keeps a connection while its holder asks for another one.
    holds: Arc<Semaphore>,
}

impl Store {
    pub(crate) fn new(pool: PgPool) -> Self {
        // Half of the pool: were every connection held, no holder could get the second one that it needs, and all would
        // wait for ever.
        let holds = pool.options().get_max_connections() / 2;
        Self {
            holds: Arc::new(Semaphore::new(holds as usize)),
            pool,
        }
    }
}

//! Documents, versions, jobs and the outbox in PostgreSQL. Nobody else writes these tables.

mod documents;
mod jobs;
mod outbox;
mod rows;

use std::sync::Arc;

use sqlx::PgPool;
use tokio::sync::Semaphore;

pub(crate) use documents::{Document, NewSource, Submission, Submitted};
pub(crate) use jobs::{Finished, JobFilter, Lease, Transition};

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: PgPool,
    /// Holds that there may be at once. Each keeps a connection while its holder asks for another one.
    holds: Arc<Semaphore>,
}

impl Store {
    pub(crate) fn new(pool: PgPool) -> Self {
        let holds = pool.options().get_max_connections() / 2;
        Self {
            holds: Arc::new(Semaphore::new(holds as usize)),
            pool,
        }
    }
}

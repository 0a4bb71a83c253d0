//! Documents, versions, jobs and the outbox in PostgreSQL. Nobody else writes these tables.

mod documents;
mod jobs;
mod outbox;

use sqlx::PgPool;

pub(crate) use documents::{Document, NewSource, Submission, Submitted};
pub(crate) use jobs::{Finished, JobFilter, Lease, Transition};

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: PgPool,
}

impl Store {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

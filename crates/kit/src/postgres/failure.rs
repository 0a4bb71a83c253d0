//! Failures of the database, as callers are told of them.

use tonic::Status;

/// The status for a call that the database failed. Its own words name hosts, tables and values, so they stay in the log.
pub fn failed(error: sqlx::Error) -> Status {
    tracing::error!(%error, "the database failed");
    Status::unavailable("the database does not answer: try again shortly")
}

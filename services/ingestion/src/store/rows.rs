//! Rows as PostgreSQL gives them, and what the rest of the service is given.

use std::str::FromStr;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::job::{Job, JobError, UnknownValue};

/// A row of `jobs` with its document's name.
pub(super) struct JobRow {
    pub(super) id: Uuid,
    pub(super) space: String,
    pub(super) document_id: Uuid,
    pub(super) document: String,
    pub(super) version: i32,
    pub(super) state: String,
    pub(super) stage: String,
    pub(super) attempt: i32,
    pub(super) done: i32,
    pub(super) total: i32,
    pub(super) pages: i32,
    pub(super) passages: i32,
    pub(super) unchanged: bool,
    pub(super) error_stage: Option<String>,
    pub(super) error_page: Option<i32>,
    pub(super) error_reason: Option<String>,
    pub(super) created_at: OffsetDateTime,
    pub(super) updated_at: OffsetDateTime,
}

impl TryFrom<JobRow> for Job {
    type Error = sqlx::Error;

    fn try_from(row: JobRow) -> Result<Self, Self::Error> {
        let error = match row.error_reason {
            Some(reason) => Some(JobError {
                stage: row.error_stage.as_deref().map(read).transpose()?,
                page: row.error_page,
                reason,
            }),
            None => None,
        };
        Ok(Self {
            id: row.id,
            space: row.space,
            document_id: row.document_id,
            document: row.document,
            version: row.version,
            state: read(&row.state)?,
            stage: read(&row.stage)?,
            attempt: row.attempt,
            done: row.done,
            total: row.total,
            pages: row.pages,
            passages: row.passages,
            unchanged: row.unchanged,
            error,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A state or a stage from its column.
pub(super) fn read<T: FromStr<Err = UnknownValue>>(text: &str) -> Result<T, sqlx::Error> {
    text.parse()
        .map_err(|error: UnknownValue| sqlx::Error::Decode(error.into()))
}

//! Rows as PostgreSQL gives them, and what the rest of the service is given.

use std::str::FromStr;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::job::{Earlier, Job, JobError, UnknownValue};

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
    pub(super) pages_without_text: Vec<i32>,
    pub(super) unchanged: bool,
    pub(super) error_stage: Option<String>,
    pub(super) error_page: Option<i32>,
    pub(super) error_reason: Option<String>,
    pub(super) created_at: OffsetDateTime,
    pub(super) updated_at: OffsetDateTime,
    pub(super) replaced_at: Option<OffsetDateTime>,
    pub(super) replaced_by: Option<String>,
}

impl TryFrom<JobRow> for Job {
    type Error = sqlx::Error;

    fn try_from(row: JobRow) -> Result<Self, Self::Error> {
        let error = match row.error_reason {
            Some(reason) => Some(JobError {
                // It only explains: one that is not known, of a newer version, takes no list of jobs down.
                stage: row.error_stage.and_then(|stage| stage.parse().ok()),
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
            pages_without_text: row.pages_without_text,
            unchanged: row.unchanged,
            error,
            // Of the job that made the version, not of one that found it there.
            replaces: row
                .replaced_at
                .filter(|_| !row.unchanged)
                .map(|taught_at| Earlier {
                    taught_at,
                    taught_by: row.replaced_by.unwrap_or_default(),
                }),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Stage;

    fn row() -> JobRow {
        JobRow {
            id: Uuid::nil(),
            space: "here".to_owned(),
            document_id: Uuid::nil(),
            document: "lamps.md".to_owned(),
            version: 1,
            state: "failed".to_owned(),
            stage: "parse".to_owned(),
            attempt: 1,
            done: 0,
            total: 0,
            pages: 0,
            passages: 0,
            pages_without_text: Vec::new(),
            unchanged: false,
            error_stage: Some("parse".to_owned()),
            error_page: Some(2),
            error_reason: Some("the page is cut".to_owned()),
            created_at: OffsetDateTime::UNIX_EPOCH,
            updated_at: OffsetDateTime::UNIX_EPOCH,
            replaced_at: None,
            replaced_by: None,
        }
    }

    fn error(row: JobRow) -> JobError {
        let job = Job::try_from(row).expect("it is read");
        job.error.expect("it failed")
    }

    #[test]
    fn a_failure_is_read_with_its_stage() {
        let error = error(row());
        assert_eq!((error.stage, error.page), (Some(Stage::Parse), Some(2)));
    }

    #[test]
    fn a_failure_in_a_stage_that_is_not_known_is_read_without_it() {
        for stage in [None, Some("translate".to_owned())] {
            let error = error(JobRow {
                error_stage: stage,
                ..row()
            });
            assert_eq!(error.stage, None);
            assert_eq!(error.reason, "the page is cut");
        }
    }

    #[test]
    fn what_a_job_replaces_is_not_said_of_one_that_changed_nothing() {
        let replacing = |unchanged| JobRow {
            unchanged,
            replaced_at: Some(OffsetDateTime::UNIX_EPOCH),
            replaced_by: Some("Ada".to_owned()),
            ..row()
        };
        let job = Job::try_from(replacing(false)).expect("it is read");
        let earlier = job.replaces.expect("it replaces one");
        assert_eq!(earlier.taught_by, "Ada");
        let job = Job::try_from(replacing(true)).expect("it is read");
        assert!(job.replaces.is_none());
    }

    #[test]
    fn a_state_that_is_not_known_is_an_error() {
        let unknown = JobRow {
            state: "paused".to_owned(),
            ..row()
        };
        assert!(Job::try_from(unknown).is_err());
    }
}

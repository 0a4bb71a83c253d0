//! A job, as the store, the pipeline and the API see it.

mod state;

use stoa_kit::wire;
use stoa_proto::ingestion as proto;
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) use state::{Stage, State};

/// A piece of work on one version of a document: a row of `jobs`, with its document's name and the version that it replaces.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) space: String,
    pub(crate) document_id: Uuid,
    /// The document's name.
    pub(crate) document: String,
    pub(crate) version: i32,
    pub(crate) state: State,
    pub(crate) stage: Stage,
    pub(crate) attempt: i32,
    pub(crate) done: i32,
    pub(crate) total: i32,
    pub(crate) pages: i32,
    pub(crate) passages: i32,
    /// Pages that gave no text, in their order.
    pub(crate) pages_without_text: Vec<i32>,
    pub(crate) unchanged: bool,
    pub(crate) error_stage: Option<String>,
    pub(crate) error_page: Option<i32>,
    /// Why it failed, or why its last attempt did.
    pub(crate) error_reason: Option<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
    /// When the version with other bytes was taught whose place its version takes.
    pub(crate) replaced_at: Option<OffsetDateTime>,
    /// Who taught that one, as people know them; empty where nobody said.
    pub(crate) replaced_by: Option<String>,
}

/// Counts in the database are never negative.
pub(crate) fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

/// Page numbers of the database.
pub(crate) fn counts(values: &[i32]) -> Vec<u32> {
    values.iter().map(|value| count(*value)).collect()
}

/// Counts of the pipeline that the database keeps as 32 bits; limits keep them far below.
pub(crate) fn stored(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

impl Job {
    pub(crate) fn to_proto(&self) -> proto::Job {
        proto::Job {
            id: self.id.to_string(),
            space: self.space.clone(),
            document_id: self.document_id.to_string(),
            document: self.document.clone(),
            version: count(self.version),
            state: proto::JobState::from(self.state).into(),
            stage: proto::Stage::from(self.stage).into(),
            attempt: count(self.attempt),
            done: count(self.done),
            total: count(self.total),
            pages: count(self.pages),
            passages: count(self.passages),
            unchanged: self.unchanged,
            error: self.error(),
            replaces: self.replaces(),
            created_at: Some(wire::timestamp(self.created_at)),
            updated_at: Some(wire::timestamp(self.updated_at)),
            pages_without_text: counts(&self.pages_without_text),
        }
    }

    fn error(&self) -> Option<proto::JobError> {
        let reason = self.error_reason.clone()?;
        // A stage only explains: one that is not known, of a newer version, makes no list of jobs unreadable.
        let stage: Option<Stage> = self
            .error_stage
            .as_deref()
            .and_then(|text| text.parse().ok());
        Some(proto::JobError {
            stage: stage
                .map_or(proto::Stage::Unspecified, proto::Stage::from)
                .into(),
            page: self.error_page.map_or(0, count),
            reason,
        })
    }

    /// Told of the job that made the version, not of one that found it there.
    fn replaces(&self) -> Option<proto::EarlierVersion> {
        let taught_at = self.replaced_at.filter(|_| !self.unchanged)?;
        Some(proto::EarlierVersion {
            taught_at: Some(wire::timestamp(taught_at)),
            taught_by: self.replaced_by.clone().unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        Job {
            id: Uuid::nil(),
            space: "here".to_owned(),
            document_id: Uuid::nil(),
            document: "lamps.md".to_owned(),
            version: 1,
            state: State::Failed,
            stage: Stage::Parse,
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

    fn error(job: &Job) -> proto::JobError {
        job.to_proto().error.expect("it failed")
    }

    #[test]
    fn a_failure_is_read_with_its_stage() {
        let error = error(&job());
        assert_eq!((error.stage(), error.page), (proto::Stage::Parse, 2));
    }

    #[test]
    fn a_failure_in_a_stage_that_is_not_known_is_read_without_it() {
        for stage in [None, Some("translate".to_owned())] {
            let error = error(&Job {
                error_stage: stage,
                ..job()
            });
            assert_eq!(error.stage(), proto::Stage::Unspecified);
            assert_eq!(error.reason, "the page is cut");
        }
    }

    #[test]
    fn what_a_job_replaces_is_not_said_of_one_that_changed_nothing() {
        let replacing = |unchanged| Job {
            unchanged,
            replaced_at: Some(OffsetDateTime::UNIX_EPOCH),
            replaced_by: Some("Ada".to_owned()),
            ..job()
        };
        let job = replacing(false).to_proto();
        let earlier = job.replaces.expect("it replaces one");
        assert_eq!(earlier.taught_by, "Ada");
        let job = replacing(true).to_proto();
        assert!(job.replaces.is_none());
    }
}

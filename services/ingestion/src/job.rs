//! A job, as the store, the pipeline and the API see it.

mod state;

use stoa_kit::wire;
use stoa_proto::ingestion as proto;
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) use state::{Stage, State, UnknownValue};

/// A piece of work on one version of a document.
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
    /// Why it failed, or why its last attempt did.
    pub(crate) error: Option<JobError>,
    /// The version with other bytes whose place it takes.
    pub(crate) replaces: Option<Earlier>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
}

/// Why a job failed, or why its last attempt did.
#[derive(Debug, Clone)]
pub(crate) struct JobError {
    pub(crate) stage: Option<Stage>,
    pub(crate) page: Option<i32>,
    pub(crate) reason: String,
}

/// A version that another takes the place of.
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    pub(crate) taught_at: OffsetDateTime,
    /// As people know them; empty where nobody said.
    pub(crate) taught_by: String,
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
            error: self.error.as_ref().map(JobError::to_proto),
            replaces: self.replaces.as_ref().map(Earlier::to_proto),
            created_at: Some(wire::timestamp(self.created_at)),
            updated_at: Some(wire::timestamp(self.updated_at)),
            pages_without_text: counts(&self.pages_without_text),
        }
    }
}

impl Earlier {
    fn to_proto(&self) -> proto::EarlierVersion {
        proto::EarlierVersion {
            taught_at: Some(wire::timestamp(self.taught_at)),
            taught_by: self.taught_by.clone(),
        }
    }
}

impl JobError {
    fn to_proto(&self) -> proto::JobError {
        proto::JobError {
            stage: self
                .stage
                .map_or(proto::Stage::Unspecified, proto::Stage::from)
                .into(),
            page: self.page.map_or(0, count),
            reason: self.reason.clone(),
        }
    }
}

//! A job, as the store, the pipeline and the API see it.

use std::fmt;

use stoa_kit::wire;
use stoa_proto::ingestion::{self as proto, JobError, JobState, Stage as ProtoStage};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a job is doing, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Fetch,
    Parse,
    Chunk,
    Embed,
    Index,
}

impl Stage {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Parse => "parse",
            Self::Chunk => "chunk",
            Self::Embed => "embed",
            Self::Index => "index",
        }
    }

    fn to_proto(name: &str) -> ProtoStage {
        match name {
            "fetch" => ProtoStage::Fetch,
            "parse" => ProtoStage::Parse,
            "chunk" => ProtoStage::Chunk,
            "embed" => ProtoStage::Embed,
            "index" => ProtoStage::Index,
            _ => ProtoStage::Unspecified,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A row of `jobs` with its document's name.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) space: String,
    pub(crate) document_id: Uuid,
    pub(crate) document: String,
    pub(crate) version: i32,
    pub(crate) state: String,
    pub(crate) stage: String,
    pub(crate) attempt: i32,
    pub(crate) done: i32,
    pub(crate) total: i32,
    pub(crate) pages: i32,
    pub(crate) passages: i32,
    pub(crate) unchanged: bool,
    pub(crate) error_stage: Option<String>,
    pub(crate) error_page: Option<i32>,
    pub(crate) error_reason: Option<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
}

/// Counts in the database are never negative.
pub(crate) fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

/// Counts of the pipeline that the database keeps as 32 bits; limits keep them far below.
pub(crate) fn stored(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

impl Job {
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state.as_str(), "succeeded" | "failed" | "cancelled")
    }

    pub(crate) fn to_proto(&self) -> proto::Job {
        let state = match self.state.as_str() {
            "queued" => JobState::Queued,
            "running" => JobState::Running,
            "succeeded" => JobState::Succeeded,
            "failed" => JobState::Failed,
            "cancelled" => JobState::Cancelled,
            _ => JobState::Unspecified,
        };
        let error = self.error_reason.as_ref().map(|reason| JobError {
            stage: self
                .error_stage
                .as_deref()
                .map_or(ProtoStage::Unspecified, Stage::to_proto)
                .into(),
            page: self.error_page.map_or(0, count),
            reason: reason.clone(),
        });
        proto::Job {
            id: self.id.to_string(),
            space: self.space.clone(),
            document_id: self.document_id.to_string(),
            document: self.document.clone(),
            version: count(self.version),
            state: state.into(),
            stage: Stage::to_proto(&self.stage).into(),
            attempt: count(self.attempt),
            done: count(self.done),
            total: count(self.total),
            pages: count(self.pages),
            passages: count(self.passages),
            unchanged: self.unchanged,
            error,
            created_at: Some(wire::timestamp(self.created_at)),
            updated_at: Some(wire::timestamp(self.updated_at)),
        }
    }
}

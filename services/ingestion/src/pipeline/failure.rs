//! Why a job stops before its end.

use thiserror::Error;
use tonic::{Code, Status};

use crate::job::Stage;

/// Why a job stopped.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// Trying again gives the same.
    #[error("{stage}: {reason}")]
    Permanent {
        stage: Stage,
        page: u32,
        reason: String,
    },
    /// Trying again may help.
    #[error("{stage}: {reason}")]
    Transient { stage: Stage, reason: String },
    /// The job was cancelled or taken over.
    #[error("the lease was lost")]
    Lost,
}

impl Failure {
    /// A failure for good that is not about a page.
    pub(super) fn permanent(stage: Stage, reason: impl ToString) -> Self {
        Self::Permanent {
            stage,
            page: 0,
            reason: reason.to_string(),
        }
    }

    pub(super) fn transient(stage: Stage, reason: impl ToString) -> Self {
        Self::Transient {
            stage,
            reason: reason.to_string(),
        }
    }

    /// What another service answered: for good when it refuses the call itself, for now in all other cases.
    pub(super) fn of_call(stage: Stage, status: &Status) -> Self {
        match status.code() {
            Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::Unauthenticated
            | Code::PermissionDenied => Self::permanent(stage, status.message()),
            _ => Self::transient(stage, status.message()),
        }
    }
}

/// A step that only the holder of the lease may take.
pub(super) fn kept(kept: bool) -> Result<(), Failure> {
    if kept { Ok(()) } else { Err(Failure::Lost) }
}

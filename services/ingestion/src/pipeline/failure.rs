//! Why a job stops before its end.

use stoa_kit::room;
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
    /// There is no room for it; there may be some at any time, and it waits for that. This was no attempt.
    #[error("{stage}: {reason}")]
    NoRoom { stage: Stage, reason: String },
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

    pub(crate) fn transient(stage: Stage, reason: impl ToString) -> Self {
        Self::Transient {
            stage,
            reason: reason.to_string(),
        }
    }

    pub(super) fn no_room(stage: Stage, reason: impl ToString) -> Self {
        Self::NoRoom {
            stage,
            reason: reason.to_string(),
        }
    }

    /// What another service answered: for good when it refuses what it was given, which is the document. All else may
    /// pass by itself, also what gRPC says to be mended first: a token that rotates, an index that the process before
    /// still holds, a disk that is full, a model that was changed in one service and not yet in the other.
    pub(super) fn of_call(stage: Stage, status: &Status) -> Self {
        if room::is_short(status) {
            return Self::no_room(stage, status.message());
        }
        match status.code() {
            Code::InvalidArgument | Code::OutOfRange => Self::permanent(stage, status.message()),
            _ => Self::transient(stage, status.message()),
        }
    }
}

/// A step that only the holder of the lease may take.
pub(super) fn kept(kept: bool) -> Result<(), Failure> {
    if kept { Ok(()) } else { Err(Failure::Lost) }
}

#[cfg(test)]
mod tests {
    use stoa_kit::room::NoRoom;

    use super::*;

    #[test]
    fn a_disk_without_room_is_waited_for() {
        let status = Status::from(NoRoom { free: 1, kept: 2 });
        let failure = Failure::of_call(Stage::Index, &status);
        assert!(matches!(failure, Failure::NoRoom { .. }), "{failure:?}");
    }

    #[test]
    fn only_what_the_document_is_refused_for_is_for_good() {
        let codes = (0..=16)
            .map(Code::from_i32)
            .filter(|code| *code != Code::Ok);
        for code in codes {
            let status = Status::new(code, "no");
            let failure = Failure::of_call(Stage::Index, &status);
            let for_good = matches!(code, Code::InvalidArgument | Code::OutOfRange);
            assert_eq!(
                matches!(failure, Failure::Permanent { .. }),
                for_good,
                "{code:?}"
            );
        }
    }
}

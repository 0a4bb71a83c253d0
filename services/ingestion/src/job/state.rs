//! States and stages of a job, and their names in PostgreSQL and on the wire.

use std::{fmt, str::FromStr};

use sqlx::{Decode, Postgres, error::BoxDynError, postgres::PgValueRef};
use stoa_proto::ingestion as proto;
use thiserror::Error;

/// Where a job is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// What a job is doing, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Fetch,
    Parse,
    Chunk,
    Embed,
    Index,
}

/// A column holds none of the values that its CHECK allows.
#[derive(Debug, Error)]
#[error("`{text}` is not a {kind} of a job")]
pub(crate) struct UnknownValue {
    kind: &'static str,
    text: String,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Queued,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Its text in PostgreSQL.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the job will not go on by itself.
    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
        }
    }

    /// `None` for the value that means "not set".
    pub(crate) fn from_proto(state: proto::JobState) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|known| proto::JobState::from(*known) == state)
    }
}

impl Stage {
    const ALL: [Self; 5] = [
        Self::Fetch,
        Self::Parse,
        Self::Chunk,
        Self::Embed,
        Self::Index,
    ];

    /// Its text in PostgreSQL.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Parse => "parse",
            Self::Chunk => "chunk",
            Self::Embed => "embed",
            Self::Index => "index",
        }
    }
}

impl From<State> for proto::JobState {
    fn from(state: State) -> Self {
        match state {
            State::Queued => Self::Queued,
            State::Running => Self::Running,
            State::Succeeded => Self::Succeeded,
            State::Failed => Self::Failed,
            State::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Stage> for proto::Stage {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Fetch => Self::Fetch,
            Stage::Parse => Self::Parse,
            Stage::Chunk => Self::Chunk,
            Stage::Embed => Self::Embed,
            Stage::Index => Self::Index,
        }
    }
}

impl FromStr for State {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| UnknownValue {
            kind: "state",
            text: text.to_owned(),
        })
    }
}

impl FromStr for Stage {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|stage| stage.as_str() == text);
        known.ok_or_else(|| UnknownValue {
            kind: "stage",
            text: text.to_owned(),
        })
    }
}

impl<'row> Decode<'row, Postgres> for State {
    fn decode(value: PgValueRef<'row>) -> Result<Self, BoxDynError> {
        // An unknown text is an error of the query: a job in a state that this version does not know must not be worked
        // on.
        Ok(<&str as Decode<Postgres>>::decode(value)?.parse()?)
    }
}

impl<'row> Decode<'row, Postgres> for Stage {
    fn decode(value: PgValueRef<'row>) -> Result<Self, BoxDynError> {
        Ok(<&str as Decode<Postgres>>::decode(value)?.parse()?)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_not_known_is_an_error() {
        assert!("paused".parse::<State>().is_err());
    }

    #[test]
    fn every_state_and_stage_is_read_back() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse::<State>().expect("known"), state);
            assert_eq!(State::from_proto(state.into()), Some(state));
        }
        for stage in Stage::ALL {
            assert_eq!(stage.as_str().parse::<Stage>().expect("known"), stage);
        }
        assert_eq!(State::from_proto(proto::JobState::Unspecified), None);
        assert!("paused".parse::<State>().is_err());
    }
}

//! How far a session is, kept across restarts.

use std::sync::Arc;

use async_nats::jetstream::kv::Store;
use serde::{Deserialize, Serialize};
use stoa_inbox::Error;

/// Where in a session something happened.
pub(super) struct At {
    pub(super) session: Arc<str>,
    pub(super) resume_url: Arc<str>,
    pub(super) sequence: u64,
    /// The message it is, or 0.
    pub(super) message: u64,
}

/// How far a session is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) session: String,
    pub(super) sequence: u64,
    pub(super) resume_url: String,
    /// The newest message before which the inbox has all.
    pub(super) seen: u64,
    /// What was missed before the session is not all in the inbox yet.
    #[serde(default)]
    pub(super) behind: bool,
}

impl Position {
    /// Reads a position; the beginning when there is none.
    pub(super) async fn load(bucket: &Store, key: &str) -> Result<Self, Error> {
        let found = bucket.get(key).await;
        let found = found.map_err(Error::storage("read the position of a session"))?;
        let Some(bytes) = found else {
            return Ok(Self::default());
        };
        Ok(serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            tracing::error!(
                key,
                "this version cannot read where a session was: what was said lately is fetched again: {error}"
            );
            // As if nothing had been seen, and not as at the very first start, when nothing can have been missed.
            Self {
                seen: 1,
                behind: true,
                ..Self::default()
            }
        }))
    }

    pub(super) async fn save(&self, bucket: &Store, key: &str) -> Result<(), Error> {
        let failed = "write the position of a session";
        let value = serde_json::to_vec(self).map_err(Error::storage(failed))?;
        let saved = bucket.put(key, value.into()).await;
        saved.map(|_| ()).map_err(Error::storage(failed))
    }

    /// Whether the session is resumed. One that is behind is begun anew, which fetches again what was missed.
    pub(super) fn can_resume(&self) -> bool {
        !self.session.is_empty() && !self.behind
    }

    /// Moves on to the last thing that happened.
    pub(super) fn advance(&mut self, at: &At) {
        self.sequence = at.sequence;
        if *self.session != *at.session {
            self.session = at.session.to_string();
        }
        if *self.resume_url != *at.resume_url {
            self.resume_url = at.resume_url.to_string();
        }
    }
}

//! How far a session is, kept across restarts.

use std::sync::Arc;

use async_nats::jetstream::kv::Store;
use serde::{Deserialize, Serialize};
use stoa_inbox::Error;

/// A session of a shard, and how far it is.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: Arc<str>,
    pub(super) resume_url: Arc<str>,
    pub(super) sequence: u64,
}

impl Session {
    /// Where it is when a message, or 0, happens.
    pub(super) fn at(&self, message: u64) -> At {
        At {
            session: self.clone(),
            message,
        }
    }
}

/// Where in a session something happened.
pub(super) struct At {
    session: Session,
    /// The message it is, or 0.
    pub(super) message: u64,
}

/// How far a session is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Position {
    session: String,
    sequence: u64,
    resume_url: String,
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
                "this version cannot read the state of a session: recent messages are fetched again: {error}"
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

    /// The session that is resumed. One that is behind is begun anew, which fetches again what was missed.
    pub(super) fn session(&self) -> Option<Session> {
        let can_resume = !self.session.is_empty() && !self.behind;
        can_resume.then(|| Session {
            id: self.session.as_str().into(),
            resume_url: self.resume_url.as_str().into(),
            sequence: self.sequence,
        })
    }

    /// Moves on to the last thing that happened.
    pub(super) fn advance(&mut self, at: &At) {
        let session = &at.session;
        self.sequence = session.sequence;
        if *self.session != *session.id {
            self.session = session.id.to_string();
        }
        if *self.resume_url != *session.resume_url {
            self.resume_url = session.resume_url.to_string();
        }
    }
}

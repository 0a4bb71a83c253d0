//! How far a session is, kept across restarts.

use std::sync::Arc;

use async_nats::jetstream::kv::Store;
use serde::{Deserialize, Serialize};
use stoa_inbox::Error;

/// Raised when a version begins to remember more of what a session tells at its beginning alone: a session that an older
/// version began is not resumed then, or it would be missing until the next one. 1: the bot's roles.
const REMEMBERS: u32 = 1;

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
    /// What was remembered of the session's beginning.
    #[serde(default)]
    remembers: u32,
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

    /// The session that is resumed. One that is behind, or that an older version began, is begun anew, which fetches again
    /// what was missed.
    pub(super) fn session(&self) -> Option<Session> {
        let is_remembered = self.remembers >= REMEMBERS;
        let can_resume = !self.session.is_empty() && !self.behind && is_remembered;
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
        // It was begun by this version, or is one that could be resumed.
        self.remembers = self.remembers.max(REMEMBERS);
        if *self.session != *session.id {
            self.session = session.id.to_string();
        }
        if *self.resume_url != *session.resume_url {
            self.resume_url = session.resume_url.to_string();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_an_older_version_began_is_not_resumed() {
        let older = r#"{"session":"s","sequence":7,"resume_url":"ws://x","seen":3}"#;
        let mut position: Position = serde_json::from_str(older).expect("it is read");
        assert!(position.session().is_none());
        // What was said since is fetched.
        assert_eq!(position.seen, 3);
        let session = Session {
            id: "t".into(),
            resume_url: "ws://x".into(),
            sequence: 1,
        };
        position.advance(&session.at(4));
        let stored = serde_json::to_string(&position).expect("it is written");
        let position: Position = serde_json::from_str(&stored).expect("it is read");
        assert_eq!(position.session().map(|session| session.sequence), Some(1));
    }
}

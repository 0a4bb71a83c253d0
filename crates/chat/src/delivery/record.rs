//! What is recorded of a delivery, so that another process can go on with it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A delivery, in the bucket `deliveries`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    /// Ids of the messages that were sent, in order.
    pub(super) messages: Vec<String>,
    /// The reply is complete.
    pub(super) done: bool,
    /// What the command acts on, recorded before it acts: carried out again after a kill, it must not act on anything else,
    /// such as a document that got the same name meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
}

impl Record {
    /// Its key, by the platform and the id of the reply.
    pub(super) fn key(platform: &str, id: Uuid) -> String {
        format!("{platform}.{}", id.simple())
    }
}

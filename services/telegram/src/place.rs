//! Where things happen in Telegram, and the names that spaces and conversations get from it.

use serde::{Deserialize, Serialize};
use teloxide_core::types::{Message, User};

use crate::NAME;

/// Where a reply goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The chat.
    pub chat: i64,
    /// The topic, in a chat that has them.
    pub topic: Option<i32>,
    /// The message that is replied to.
    pub reply_to: Option<i32>,
    /// The chat is with one person.
    pub private: bool,
}

impl Place {
    /// The topic as settings name it, 0 for what is in none. A chat's id would change when the group becomes a
    /// supergroup.
    pub(crate) fn channel(&self) -> String {
        self.topic.unwrap_or_default().to_string()
    }

    /// The conversation of a person. In a group each has one of their own in each topic.
    pub(crate) fn conversation(&self, space: &str, person: &User) -> String {
        let topic = self.topic.unwrap_or_default();
        if self.private {
            format!("{space}:{topic}")
        } else {
            format!("{space}:{topic}:{}", person.id.0)
        }
    }
}

/// The topic that a message is in.
pub(crate) fn topic(message: &Message) -> Option<i32> {
    // Replies in groups without topics have a thread id as well.
    let thread = message.thread_id.filter(|_| message.is_topic_message)?;
    Some(thread.0.0)
}

/// The space of a chat.
pub(crate) fn space(chat: impl std::fmt::Display) -> String {
    format!("{NAME}:{chat}")
}

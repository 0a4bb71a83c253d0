//! Updates as Telegram sends them, read one by one: one that cannot be read does not keep the others waiting.

use serde::Serialize;
use serde_json::Value;
use teloxide_core::{
    requests::Payload,
    types::{AllowedUpdate, Update, UpdateKind},
};

/// Asks for updates, and takes them as they are (core.telegram.org/bots/api#getupdates).
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GetUpdates {
    pub(crate) offset: i64,
    pub(crate) limit: u8,
    /// How long Telegram may wait for one, in seconds.
    pub(crate) timeout: u32,
    pub(crate) allowed_updates: Vec<AllowedUpdate>,
}

impl Payload for GetUpdates {
    type Output = Vec<Value>;
    const NAME: &'static str = "GetUpdates";
}

/// The number of an update.
pub(crate) fn number(update: &Value) -> Option<i64> {
    update.get("update_id")?.as_i64()
}

/// Reads an update; `None`, with a line in the log, for one that cannot be read.
pub(crate) fn read(mut update: Value) -> Option<Update> {
    for kind in ["message", "edited_message"] {
        if let Some(message) = update.get_mut(kind).and_then(Value::as_object_mut) {
            // What it says of a message in another chat is in the quote; teloxide reads it only of pictures and files,
            // and takes the whole message for an empty one otherwise.
            message.remove("external_reply");
        }
    }
    let read: Result<Update, _> = serde_json::from_str(&update.to_string());
    match read {
        Ok(update) if matches!(update.kind, UpdateKind::Error(_)) => {
            tracing::warn!(id = update.id.0, "an update cannot be read");
            None
        }
        Ok(update) => Some(update),
        Err(error) => {
            tracing::warn!("an update cannot be read: {error}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reply_to_another_chat_is_read_with_its_quote() {
        let update = json!({ "update_id": 7, "message": {
            "message_id": 1, "date": 1_700_000_000, "text": "what is this?",
            "chat": { "id": -1_000_000_000_042_i64, "type": "supergroup", "title": "Press hall" },
            "from": { "id": 7, "is_bot": false, "first_name": "Ada" },
            "external_reply": { "origin": { "type": "hidden_user", "date": 1, "sender_user_name": "Bob" } },
            "quote": { "text": "Code HX-1410", "position": 0 },
        }});
        assert_eq!(number(&update), Some(7));
        let update = read(update).expect("it is read");
        let UpdateKind::Message(message) = update.kind else {
            panic!("it is a message");
        };
        assert_eq!(message.text(), Some("what is this?"));
        let quote = message.quote().expect("it has one");
        assert_eq!(quote.text, "Code HX-1410");
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for update in [
            json!({ "update_id": 7, "message": { "message_id": "one" } }),
            json!({ "update_id": "seven" }),
            json!("odd"),
        ] {
            assert!(read(update).is_none());
        }
    }
}

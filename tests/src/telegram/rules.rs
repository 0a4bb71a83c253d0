//! What Telegram takes (core.telegram.org/bots/api, and /bots/faq for the rates).

use std::time::Instant;

use serde_json::{Value, json};

/// Why a call is refused.
pub(super) struct Refused {
    pub(super) code: u16,
    pub(super) description: String,
    retry_after: Option<u64>,
    migrated_to: Option<i64>,
    /// No bot that knows the rules would ask for it.
    pub(super) is_offence: bool,
}

impl Refused {
    pub(super) fn bad(description: &str) -> Self {
        Self {
            code: 400,
            description: description.to_owned(),
            retry_after: None,
            migrated_to: None,
            is_offence: false,
        }
    }

    pub(super) fn forbidden(description: &str) -> Self {
        Self {
            code: 403,
            ..Self::bad(description)
        }
    }

    pub(super) fn not_found(method: &str) -> Self {
        Self {
            code: 404,
            ..Self::bad(&format!("Not Found: {method}"))
        }
    }

    pub(super) fn conflict() -> Self {
        Self {
            code: 409,
            ..Self::bad(
                "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
            )
        }
    }

    pub(super) fn webhook_active() -> Self {
        Self {
            code: 409,
            ..Self::bad(
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        }
    }

    pub(super) fn flood(seconds: u64) -> Self {
        Self {
            code: 429,
            retry_after: Some(seconds),
            ..Self::bad(&format!("Too Many Requests: retry after {seconds}"))
        }
    }

    pub(super) fn migrated(to: i64) -> Self {
        Self {
            migrated_to: Some(to),
            ..Self::bad("Bad Request: group chat was upgraded to a supergroup chat")
        }
    }

    pub(super) fn not_modified() -> Self {
        Self::bad(
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same \
             as a current content and reply markup of the message",
        )
    }

    pub(super) fn offence(self) -> Self {
        Self {
            is_offence: true,
            ..self
        }
    }

    pub(super) fn json(&self) -> Value {
        let mut json =
            json!({"ok": false, "error_code": self.code, "description": self.description});
        if let Some(seconds) = self.retry_after {
            json["parameters"] = json!({ "retry_after": seconds });
        }
        if let Some(chat) = self.migrated_to {
            json["parameters"] = json!({ "migrate_to_chat_id": chat });
        }
        json
    }
}

/// So many at once, and so many a second in the long run.
pub(super) struct Bucket {
    room: f64,
    most: f64,
    per_second: f64,
    filled: Instant,
}

impl Bucket {
    pub(super) fn new(most: f64, per_second: f64) -> Self {
        Self {
            room: most,
            most,
            per_second,
            filled: Instant::now(),
        }
    }

    pub(super) fn take(&mut self) -> Result<(), Refused> {
        let now = Instant::now();
        let gained = (now - self.filled).as_secs_f64() * self.per_second;
        self.room = (self.room + gained).min(self.most);
        self.filled = now;
        if self.room < 1.0 {
            let wait = ((1.0 - self.room) / self.per_second).ceil().max(1.0);
            return Err(Refused::flood(wait as u64));
        }
        self.room -= 1.0;
        Ok(())
    }
}

/// A text of 1 to 4,096 UTF-16 units, and entities that lie in it and in each other as Telegram allows.
pub(super) fn check_text(text: &str, entities: &[Value]) -> Result<(), Refused> {
    let units: Vec<u16> = text.encode_utf16().collect();
    if text.trim().is_empty() {
        return Err(Refused::bad("Bad Request: message text is empty").offence());
    }
    if units.len() > 4_096 {
        return Err(Refused::bad("Bad Request: message is too long").offence());
    }
    if entities.len() > 100 {
        return Err(Refused::bad("Bad Request: too many entities").offence());
    }
    let mut ranges: Vec<(usize, usize, String)> = Vec::new();
    for entity in entities {
        let number = |name: &str| entity[name].as_u64().and_then(|n| usize::try_from(n).ok());
        let (Some(offset), Some(length)) = (number("offset"), number("length")) else {
            return Err(Refused::bad("Bad Request: can't parse entities").offence());
        };
        let kind = entity["type"].as_str().unwrap_or_default().to_owned();
        let allowed = [
            "bold",
            "italic",
            "underline",
            "strikethrough",
            "spoiler",
            "blockquote",
            "code",
            "pre",
        ];
        let end = offset + length;
        let inside = length > 0 && end <= units.len();
        if !inside
            || String::from_utf16(&units[offset..end]).is_err()
            || !allowed.contains(&kind.as_str())
        {
            let description = format!("Bad Request: entity {entity} is not in the text");
            return Err(Refused::bad(&description).offence());
        }
        ranges.push((offset, end, kind));
    }
    for (number, (begin, end, kind)) in ranges.iter().enumerate() {
        for (other_begin, other_end, other) in &ranges[number + 1..] {
            let apart = other_begin >= end || other_end <= begin;
            let nested = (other_begin >= begin && other_end <= end)
                || (begin >= other_begin && end <= other_end);
            let code = |kind: &str| kind == "code" || kind == "pre";
            if !apart && (!nested || code(kind) || code(other) || kind == other) {
                let description = format!("Bad Request: {kind} and {other} overlap");
                return Err(Refused::bad(&description).offence());
            }
        }
    }
    Ok(())
}

/// Buttons as labels and data of 1 to 64 bytes.
pub(super) fn check_buttons(markup: &Value) -> Result<Vec<(String, String)>, Refused> {
    let rows = markup["inline_keyboard"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut buttons = Vec::new();
    for button in rows.iter().filter_map(Value::as_array).flatten() {
        let label = button["text"].as_str().unwrap_or_default();
        let data = button["callback_data"].as_str().unwrap_or_default();
        if label.is_empty() || !(1..=64).contains(&data.len()) {
            return Err(Refused::bad("Bad Request: BUTTON_DATA_INVALID").offence());
        }
        buttons.push((label.to_owned(), data.to_owned()));
    }
    Ok(buttons)
}

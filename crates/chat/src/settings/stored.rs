//! Settings as they are stored: a JSON object, in which a version changes what it knows and leaves the rest alone.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Settings;

/// The settings of a space, and how often they were changed in PostgreSQL: 0 for those that it does not have yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    #[serde(default)]
    pub(super) version: u64,
    #[serde(flatten)]
    pub(super) json: Map<String, Value>,
}

impl Stored {
    /// What this version knows of them.
    pub(super) fn read(&self) -> Result<Settings, serde_json::Error> {
        serde_json::from_value(Value::Object(self.json.clone()))
    }

    /// Writes what a change made different.
    pub(super) fn write(&mut self, before: &Settings, after: &Settings) {
        let (Ok(before), Ok(after)) = (serde_json::to_value(before), serde_json::to_value(after))
        else {
            return;
        };
        let json = Value::Object(std::mem::take(&mut self.json));
        if let Value::Object(json) = merged(json, &before, &after) {
            self.json = json;
        }
    }
}

/// A stored value with what is different between two others.
fn merged(stored: Value, before: &Value, after: &Value) -> Value {
    let (mut stored, before, after) = match (stored, before, after) {
        (Value::Object(stored), Value::Object(before), Value::Object(after)) => {
            (stored, before, after)
        }
        (_, _, after) => return after.clone(),
    };
    for (name, now) in after {
        // Compared with what this version read, and not with what is stored: a default that was filled in is no change.
        let was = before.get(name);
        if was != Some(now) {
            let value = stored.remove(name).unwrap_or_default();
            stored.insert(
                name.clone(),
                merged(value, was.unwrap_or(&Value::Null), now),
            );
        }
    }
    // What only the stored one has is of a newer version. What was there before and is not any more was removed by the
    // change.
    stored.retain(|name, _| after.contains_key(name) || !before.contains_key(name));
    Value::Object(stored)
}

#[cfg(test)]
mod tests {
    use super::{super::Change, *};

    #[test]
    fn what_a_newer_version_keeps_there_stays() {
        let json = r#"{
            "language": "Klingon",
            "managers": ["7"],
            "quiet_hours": {"from": 22},
            "channels": {"5": {"answers": true, "pace": "slow"}, "6": {"mention": false}}
        }"#;
        let mut stored: Stored = serde_json::from_str(json).expect("an object");
        assert_eq!(stored.version, 0);
        let before = stored.read().expect("it is known");
        let mut after = before.clone();
        for change in ["answers off", "collections faq"] {
            let change = Change::parse("5", change).expect("a change");
            after.apply(&change).expect("within the limits");
        }
        stored.write(&before, &after);
        let expected = serde_json::json!({
            "language": "Klingon",
            "managers": ["7"],
            "quiet_hours": {"from": 22},
            "channels": {
                "5": {"answers": false, "collections": ["faq"], "pace": "slow"},
                "6": {"mention": false},
            },
        });
        assert_eq!(Value::Object(stored.json), expected);
    }

    #[test]
    fn what_is_taken_away_is_gone() {
        let mut stored = Stored::default();
        let mut before = Settings::default();
        before.managers.insert("7".to_owned());
        stored.write(&Settings::default(), &before);
        assert_eq!(stored.read().expect("it is known"), before);
        stored.write(&before, &Settings::default());
        assert_eq!(stored.read().expect("it is known"), Settings::default());
    }

    #[test]
    fn what_cannot_be_read_is_no_default() {
        let stored: Stored =
            serde_json::from_str(r#"{"managers": {"role": 7}}"#).expect("an object");
        assert!(stored.read().is_err());
    }
}

//! Field by field: what a stream says, and what this version would have it say.

use std::fmt;

use async_nats::jetstream::stream::{Config, DiscardPolicy};

use super::declared;

/// Something that a stream's configuration says.
struct Field {
    name: &'static str,
    of: Whose,
    show: fn(&Config) -> String,
    set: fn(&mut Config, &Config),
}

/// Whose decision a field is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Stoa's: otherwise messages are lost, or handled twice.
    Stoas,
    /// Stoa's, and it works too with what somebody else sets.
    Anybodys,
    /// The operator's: the configuration says with what a stream is made, and nothing changes it afterwards.
    Operators,
}

const SUBJECTS: &str = "subjects";
const MAX_AGE: &str = "max_age";
const ROOM: &str = "max_msgs_per_subject";

static FIELDS: [Field; 8] = [
    Field {
        name: SUBJECTS,
        of: Whose::Stoas,
        show: |config| config.subjects.join(" "),
        set: |config, wanted| config.subjects.clone_from(&wanted.subjects),
    },
    Field {
        name: "retention",
        of: Whose::Stoas,
        show: |config| format!("{:?}", config.retention),
        set: |config, wanted| config.retention = wanted.retention,
    },
    Field {
        name: MAX_AGE,
        of: Whose::Anybodys,
        show: |config| format!("{} s", config.max_age.as_secs()),
        set: |config, wanted| {
            config.max_age = wanted.max_age;
            // The server takes none that is longer.
            if !wanted.max_age.is_zero() {
                config.duplicate_window = config.duplicate_window.min(wanted.max_age);
            }
        },
    },
    Field {
        name: "duplicate_window",
        of: Whose::Anybodys,
        show: |config| format!("{} s", config.duplicate_window.as_secs()),
        set: |config, wanted| config.duplicate_window = wanted.duplicate_window,
    },
    Field {
        name: ROOM,
        of: Whose::Anybodys,
        show: room,
        set: |config, wanted| {
            config.max_messages_per_subject = wanted.max_messages_per_subject;
            config.discard = wanted.discard;
            config.discard_new_per_subject = wanted.discard_new_per_subject;
        },
    },
    Field {
        name: "storage",
        of: Whose::Operators,
        show: |config| format!("{:?}", config.storage),
        set: |config, wanted| config.storage = wanted.storage,
    },
    Field {
        name: "num_replicas",
        of: Whose::Operators,
        show: |config| config.num_replicas.max(1).to_string(),
        set: |config, wanted| config.num_replicas = wanted.num_replicas,
    },
    Field {
        name: "max_bytes",
        of: Whose::Operators,
        show: |config| limit(config.max_bytes),
        set: |config, wanted| config.max_bytes = wanted.max_bytes,
    },
];

/// How many messages of a subject there may be, and what goes when there are more.
fn room(config: &Config) -> String {
    let most = limit(config.max_messages_per_subject);
    match (config.discard, config.discard_new_per_subject) {
        (DiscardPolicy::New, true) => format!("{most}, new ones of a subject are refused"),
        (DiscardPolicy::New, false) => format!("{most}, new ones are refused"),
        (DiscardPolicy::Old, _) => format!("{most}, old ones go"),
    }
}

fn limit(most: i64) -> String {
    if most <= 0 {
        "unlimited".to_owned()
    } else {
        most.to_string()
    }
}

impl Field {
    /// The key of the stream's metadata that says what Stoa set this field to.
    fn mark(&self) -> String {
        format!("stoa.{}", self.name)
    }

    fn fits(&self, there: &Config, wanted: &Config) -> bool {
        match self.name {
            // Others may use the stream beside it.
            SUBJECTS => {
                let mut subjects = wanted.subjects.iter();
                subjects.all(|subject| there.subjects.contains(subject))
            }
            // What is not said is the server's to choose.
            "duplicate_window" if wanted.duplicate_window.is_zero() => true,
            // By what is shown: two values that are shown alike, such as 0 and -1 for no limit, are one.
            _ => (self.show)(there) == (self.show)(wanted),
        }
    }

    /// Two who hold a lease at once would both speak.
    fn is_needed(&self, wanted: &Config) -> bool {
        let of_leases = wanted.name == format!("KV_{}", declared::LEASES.name);
        self.of == Whose::Stoas || (of_leases && self.name == MAX_AGE)
    }
}

/// A field of a stream that is not as this version would set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The stream; that of a bucket begins with `KV_`.
    pub stream: String,
    /// The field.
    pub field: &'static str,
    /// What it says.
    pub there: String,
    /// What this version would set.
    pub wanted: String,
    /// Whether messages would be lost, or handled twice, with what it says.
    pub is_needed: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            stream,
            field,
            there,
            wanted,
            is_needed,
        } = self;
        let would = if *is_needed { "has to be" } else { "would be" };
        write!(
            f,
            "{stream} has {field} \"{there}\", and it {would} \"{wanted}\""
        )
    }
}

/// A stream beside what this version would make it.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    /// The stream's configuration with what this version changes of it; `None` when that is nothing.
    pub(super) changed: Option<Config>,
    /// What differs and is left as it is.
    pub(super) left: Vec<Difference>,
}

/// Key of the stream's metadata that says which version set it so.
const VERSION: &str = "stoa.version";

/// Compares a stream with what this version would make it. In a `private` server, everything was set by Stoa. What a newer
/// version set is for that one to know: this one may run beside it until it is replaced.
pub(super) fn compare(there: &Config, wanted: &Config, private: bool) -> Comparison {
    let is_newer = there
        .metadata
        .get(VERSION)
        .is_some_and(|version| numbers(version) > numbers(env!("CARGO_PKG_VERSION")));
    let mut config = there.clone();
    let mut left = Vec::new();
    let differing = FIELDS.iter().filter(|field| !field.fits(there, wanted));
    for field in differing {
        let (says, would) = ((field.show)(there), (field.show)(wanted));
        // The mark and what the field says differ where somebody changed it after Stoa had set it.
        let marked = there.metadata.get(&field.mark()) == Some(&says);
        if field.of != Whose::Operators && (private || marked) && !is_newer {
            (field.set)(&mut config, wanted);
            config.metadata.insert(field.mark(), would);
            config.metadata.insert(VERSION.to_owned(), version());
        } else {
            left.push(Difference {
                stream: wanted.name.clone(),
                field: field.name,
                there: says,
                wanted: would,
                // A newer version that set it knows better what is needed.
                is_needed: field.is_needed(wanted) && !(marked && is_newer),
            });
        }
    }
    Comparison {
        changed: (config != *there).then_some(config),
        left,
    }
}

/// A configuration with the marks of what Stoa set in it.
pub(super) fn marked(mut config: Config) -> Config {
    let fields = FIELDS.iter().filter(|field| field.of != Whose::Operators);
    let marks: Vec<_> = fields
        .map(|field| (field.mark(), (field.show)(&config)))
        .collect();
    config.metadata.extend(marks);
    config.metadata.insert(VERSION.to_owned(), version());
    config
}

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// The numbers of a version, by which it is older or newer than another.
fn numbers(version: &str) -> Vec<u64> {
    let parts = version.split('.').map(str::parse::<u64>);
    parts.map_while(Result::ok).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use async_nats::jetstream::stream::RetentionPolicy;

    use super::*;
    use crate::{config, nats::INBOX};

    fn wanted(name: &str) -> Config {
        let all = declared::all(&config::Nats::default());
        let found = all.into_iter().find(|config| config.name == name);
        found.expect("it is declared")
    }

    fn fields(comparison: &Comparison) -> Vec<&'static str> {
        comparison.left.iter().map(|left| left.field).collect()
    }

    #[test]
    fn what_stoa_made_needs_no_change() {
        for wanted in declared::all(&config::Nats::default()) {
            let comparison = compare(&marked(wanted.clone()), &wanted, false);
            assert!(comparison.changed.is_none() && comparison.left.is_empty());
        }
    }

    #[test]
    fn what_an_operator_set_stays_and_is_told() {
        let wanted = wanted(INBOX);
        let mut there = marked(wanted.clone());
        there.num_replicas = 3;
        there.max_bytes = 1 << 30;
        there.max_messages_per_subject = 1_000;
        there.description = Some("ours".to_owned());
        let comparison = compare(&there, &wanted, false);
        assert!(comparison.changed.is_none());
        assert_eq!(fields(&comparison), [ROOM, "num_replicas", "max_bytes"]);
        assert!(comparison.left.iter().all(|left| !left.is_needed));
    }

    #[test]
    fn what_an_older_version_set_is_brought_up_to_date_and_nothing_else_is() {
        let wanted = wanted(INBOX);
        let older = Config {
            max_messages_per_subject: -1,
            discard: DiscardPolicy::Old,
            discard_new_per_subject: false,
            ..wanted.clone()
        };
        let mut there = marked(older.clone());
        there.num_replicas = 3;
        let comparison = compare(&there, &wanted, false);
        assert_eq!(fields(&comparison), ["num_replicas"]);
        let changed = comparison.changed.expect("it gets the cap");
        assert_eq!(room(&changed), room(&wanted));
        assert_eq!(changed.num_replicas, 3);
        assert!(compare(&changed, &wanted, false).changed.is_none());
        // Versions before had no marks, and neither has a stream that somebody else made.
        assert!(compare(&older, &wanted, false).changed.is_none());
        assert!(compare(&older, &wanted, true).changed.is_some());
    }

    #[test]
    fn what_a_newer_version_set_is_left_to_it() {
        let wanted = wanted("KV_leases");
        let longer = wanted.max_age * 2;
        let mut there = marked(Config {
            max_age: longer,
            duplicate_window: longer,
            ..wanted.clone()
        });
        let changed = compare(&there, &wanted, false).changed.expect("its own");
        assert_eq!(changed.max_age, wanted.max_age);
        assert_eq!(changed.duplicate_window, wanted.max_age);
        there
            .metadata
            .insert(VERSION.to_owned(), "999.0.0".to_owned());
        let comparison = compare(&there, &wanted, false);
        assert!(comparison.changed.is_none());
        assert!(comparison.left.iter().all(|left| !left.is_needed));
    }

    #[test]
    fn what_would_lose_messages_is_needed() {
        let inbox = wanted(INBOX);
        let mut there = inbox.clone();
        there.retention = RetentionPolicy::Limits;
        there.subjects.push("others.>".to_owned());
        let left = compare(&there, &inbox, false).left;
        assert!(left.len() == 1 && left[0].is_needed, "{left:?}");
        let leases = wanted("KV_leases");
        let mut there = leases.clone();
        there.max_age = Duration::from_secs(3_600);
        let left = compare(&there, &leases, false).left;
        assert!(left.len() == 1 && left[0].is_needed, "{left:?}");
    }
}

//! The streams and buckets of Stoa, as this version makes them.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use super::{DEAD, EVENTS, INBOX, JOBS, LANE_EVENTS, LEASE_AGE};
use crate::config;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Window in which a message id that was seen is not taken again.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

/// A bucket of keys and values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    pub(super) name: &'static str,
    /// How long what is in it is kept; zero is for ever.
    age: Duration,
}

pub(super) const LEASES: Bucket = Bucket {
    name: "leases",
    age: LEASE_AGE,
};
pub(super) const DELIVERIES: Bucket = Bucket {
    name: "deliveries",
    age: DAY.saturating_mul(30),
};
pub(super) const SETTINGS: Bucket = Bucket {
    name: "settings",
    age: Duration::ZERO,
};
pub(super) const CONNECTIONS: Bucket = Bucket {
    name: "connections",
    age: DAY.saturating_mul(90),
};

impl Bucket {
    /// The stream that it is, as every client of NATS makes one.
    pub(super) fn stream(self, settings: &config::Nats) -> Config {
        let name = self.name;
        Config {
            subjects: vec![format!("$KV.{name}.>")],
            max_messages_per_subject: 1,
            max_age: self.age,
            discard: DiscardPolicy::New,
            // These five are what clients of NATS expect of the stream behind a bucket.
            allow_rollup: true,
            deny_delete: true,
            allow_direct: true,
            ..sized(format!("KV_{name}"), settings)
        }
    }
}

/// All of them.
pub(super) fn all(settings: &config::Nats) -> Vec<Config> {
    let buckets = [LEASES, DELIVERIES, SETTINGS, CONNECTIONS];
    let streams = [
        queue(JOBS, "jobs.>", settings),
        inbox(settings),
        kept(EVENTS, "events.>", HOUR, settings),
        kept(DEAD, "dead.>", DAY.saturating_mul(30), settings),
    ];
    let buckets = buckets.into_iter().map(|bucket| bucket.stream(settings));
    streams.into_iter().chain(buckets).collect()
}

/// Work: a message is there until it is done. What there is no room for is refused, and its sender keeps it.
fn queue(name: &str, subjects: &str, settings: &config::Nats) -> Config {
    Config {
        subjects: vec![subjects.to_owned()],
        retention: RetentionPolicy::WorkQueue,
        discard: DiscardPolicy::New,
        duplicate_window: DUPLICATE_WINDOW,
        ..sized(name.to_owned(), settings)
    }
}

fn inbox(settings: &config::Nats) -> Config {
    Config {
        max_messages_per_subject: LANE_EVENTS,
        discard_new_per_subject: true,
        ..queue(INBOX, "inbox.>", settings)
    }
}

/// What is kept for a while; where there is no room the oldest goes.
fn kept(name: &str, subjects: &str, age: Duration, settings: &config::Nats) -> Config {
    Config {
        subjects: vec![subjects.to_owned()],
        max_age: age,
        duplicate_window: DUPLICATE_WINDOW,
        ..sized(name.to_owned(), settings)
    }
}

/// As large, and as often, as the operator wants it.
fn sized(name: String, settings: &config::Nats) -> Config {
    let bytes = i64::try_from(settings.max_mib << 20).unwrap_or(i64::MAX);
    Config {
        name,
        storage: StorageType::File,
        num_replicas: settings.replicas,
        // JetStream's own way to say that there is no limit.
        max_bytes: if bytes == 0 { -1 } else { bytes },
        ..Config::default()
    }
}

//! NATS JetStream: every stream, subject and header that Stoa uses is declared here.

mod compare;
mod declared;
mod lag;
mod options;
mod probe;
mod reconcile;

use std::time::Duration;

use async_nats::{
    Client, HeaderMap,
    jetstream::{
        self,
        context::{CreateStreamError, CreateStreamErrorKind, PublishError},
        kv,
    },
};
use backon::Retryable;
use futures::{StreamExt, TryStreamExt};
use opentelemetry::propagation::{Extractor, Injector};
use thiserror::Error;
use tracing::warn;
use uuid::Uuid;

pub use compare::Difference;
pub use probe::{Found, probe};

use crate::{
    config::{self, Config, ConfigError},
    retry, telemetry,
};

/// Work queue of ingestion jobs: `jobs.<job>`.
pub const JOBS: &str = "JOBS";
/// What happened, for those who watch: `events.job.<job>`.
pub const EVENTS: &str = "EVENTS";
/// Work that was given up, with the reason: `dead.job.<job>`.
pub const DEAD: &str = "DEAD";

/// What chat platforms said and is not answered yet: `inbox.<platform>.<space>.<lane>`.
pub const INBOX: &str = "INBOX";

/// Lanes of a space in the inbox. A conversation keeps to one, so that a space may hold so many times what one
/// conversation may.
const LANES: u64 = 16;
/// Most events of a lane, and so of a conversation: more than anybody waits for, and 16 lanes of it are half of what a
/// process holds at once, so that those of other spaces flow past.
pub const LANE_EVENTS: i64 = 64;
/// Keys of a bucket that are read at the same time.
const READ_AT_ONCE: usize = 64;
/// How long a lease lasts that its holder does not renew: after a kill nobody waits longer than this and a connection.
pub const LEASE_AGE: Duration = Duration::from_secs(7);
/// How long a start waits for the server.
const START_WAIT: Duration = Duration::from_secs(60);

/// Subject of a job in the work queue.
pub fn job_subject(job: Uuid) -> String {
    format!("jobs.{job}")
}

/// Subject of a job's events.
pub fn job_event_subject(job: Uuid) -> String {
    format!("events.job.{job}")
}

/// Subject of a job that was given up.
pub fn dead_job_subject(job: Uuid) -> String {
    format!("dead.job.{job}")
}

/// Subject of a conversation's events in the inbox of a platform. The stream takes [`LANE_EVENTS`] for each subject.
pub fn inbox_subject(platform: &str, space: &str, conversation: &str) -> String {
    // Conversations share lanes: a subject for each would be as many as there are people.
    let lane = hash(conversation) % LANES;
    format!("inbox.{platform}.{:016x}.{lane}", hash(space))
}

/// Subject of what tells a space's people that there was no room for their events: a lane of its own, as those are full.
pub fn inbox_notice_subject(platform: &str, space: &str) -> String {
    format!("inbox.{platform}.{:016x}.full", hash(space))
}

/// A name as a token of a subject, whatever characters it has.
fn hash(name: &str) -> u64 {
    let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
    hash.as_u64_pair().0
}

/// Whether the stream refused a message because its subject holds as many as it may.
pub fn is_full(error: &PublishError) -> bool {
    error
        // The server has a code for it that the library does not name.
        .to_string()
        .contains("maximum messages per subject exceeded")
}

/// NATS cannot be used.
#[derive(Debug, Error)]
pub enum NatsError {
    /// It is not configured.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It does not answer, or not to this user.
    #[error(
        "NATS at {url} cannot be used: {source}. Check that it runs there, and what STOA_NATS_URL and the other STOA_NATS variables say"
    )]
    Connect {
        /// Where.
        url: String,
        /// Why.
        source: async_nats::ConnectError,
    },
    /// A stream, or the stream of a bucket (`KV_…`), could not be made or looked at.
    #[error(
        "the NATS stream {stream} cannot be used: {source}. It needs nats-server 2.10 or newer with JetStream on (-js)"
    )]
    Stream {
        /// The stream.
        stream: String,
        /// Why.
        source: CreateStreamError,
    },
    /// A stream is there, and messages would be lost in it or handled twice.
    #[error(
        "{difference}. Stoa changes no stream that was set so by others: set it so (`nats stream edit`), or remove it, and Stoa makes it"
    )]
    Unfit {
        /// What is wrong with it.
        difference: Difference,
    },
    /// A bucket could not be opened.
    #[error("NATS could not open the bucket {bucket}: {reason}")]
    Bucket {
        /// The bucket.
        bucket: &'static str,
        /// Why.
        reason: String,
    },
}

/// A connection, with JetStream.
#[derive(Debug, Clone)]
pub struct Nats {
    /// Plain publish and subscribe.
    pub client: Client,
    /// Streams.
    pub jetstream: jetstream::Context,
    settings: config::Nats,
}

impl Nats {
    /// Who speaks for a platform, by its name.
    pub async fn leases(&self) -> Result<kv::Store, NatsError> {
        self.bucket(declared::LEASES).await
    }

    /// Which messages of a platform carry which reply, by platform and the reply's id.
    pub async fn deliveries(&self) -> Result<kv::Store, NatsError> {
        self.bucket(declared::DELIVERIES).await
    }

    /// What admins decided, by space.
    pub async fn settings(&self) -> Result<kv::Store, NatsError> {
        self.bucket(declared::SETTINGS).await
    }

    /// Where the connections of platforms go on after a restart, by platform.
    pub async fn connections(&self) -> Result<kv::Store, NatsError> {
        self.bucket(declared::CONNECTIONS).await
    }

    async fn bucket(&self, bucket: declared::Bucket) -> Result<kv::Store, NatsError> {
        let name = bucket.name;
        if let Ok(store) = self.jetstream.get_key_value(name).await {
            return Ok(store);
        }
        // It was there at the start. Making it again mends what is wrong now, or returns the error.
        let wanted = bucket.stream(&self.settings);
        reconcile::declare(&self.jetstream, wanted, &self.settings).await?;
        let opened = self.jetstream.get_key_value(name).await;
        opened.map_err(|error| NatsError::Bucket {
            bucket: name,
            reason: error.to_string(),
        })
    }
}

/// Connects, waiting a while for a server that is still starting, and declares the streams and buckets.
pub async fn connect(config: &Config, name: &str) -> Result<Nats, NatsError> {
    let url = config.require_nats()?;
    let addresses = options::addresses(config)?;
    let options = options::of(config, name)
        .await?
        // A server may be away for an hour, and giving up would leave a process that does nothing.
        .max_reconnects(None)
        .reconnect_delay_callback(reconnect_wait)
        .event_callback(|event| async move {
            match event {
                async_nats::Event::Disconnected => warn!("NATS disconnected: trying again"),
                async_nats::Event::Connected => tracing::debug!("NATS connected"),
                other => tracing::debug!(%other, "NATS"),
            }
        });
    let client = (|| options.clone().connect(addresses.clone()))
        .retry(start_waits())
        // A wrong password or certificate stays wrong; only what waiting can mend is waited for.
        .when(options::may_pass)
        .notify(|error, wait| warn!(%url, ?wait, "waiting for NATS: {error}"))
        .await
        .map_err(|source| NatsError::Connect {
            url: url.to_string(),
            source,
        })?;
    let jetstream = jetstream::new(client.clone());
    for wanted in declared::all(&config.nats) {
        // One after the other: a cluster that is choosing a leader refuses each, and side by side they would log as
        // many warnings.
        (|| reconcile::declare(&jetstream, wanted.clone(), &config.nats))
            .retry(start_waits())
            .when(is_electing)
            .notify(|error, wait| warn!(%url, ?wait, "waiting for JetStream: {error}"))
            .await?;
    }
    Ok(Nats {
        client,
        jetstream,
        settings: config.nats.clone(),
    })
}

fn start_waits() -> backon::ExponentialBuilder {
    retry::waits(Duration::from_secs(1), Duration::from_secs(3)).with_total_delay(Some(START_WAIT))
}

/// Whether it is a cluster that has lost a server, or has just been started: it answers when it has chosen a leader.
fn is_electing(error: &NatsError) -> bool {
    let NatsError::Stream { source, .. } = error else {
        return false;
    };
    match source.kind() {
        CreateStreamErrorKind::TimedOut => true,
        CreateStreamErrorKind::JetStream(error) => {
            let off = [
                jetstream::ErrorCode::JETSTREAM_NOT_ENABLED,
                jetstream::ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT,
            ];
            error.code() == 503 && !off.contains(&error.kind())
        }
        _ => false,
    }
}

/// Every replica loses a server that restarts at the same moment, and none may come back to it at once.
fn reconnect_wait(attempts: usize) -> Duration {
    // The first one is at once: most often it is the connection alone that broke.
    if attempts == 0 {
        return Duration::ZERO;
    }
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    retry::wait_after(attempts, Duration::from_millis(100), Duration::from_secs(2))
}

/// The entries of a bucket whose keys have a prefix, read side by side: a bucket with thousands of keys takes a moment, and
/// not a round trip for each.
pub async fn entries(
    bucket: &kv::Store,
    prefix: &str,
) -> Result<Vec<kv::Entry>, async_nats::Error> {
    // The keys first, and then the values of those with the prefix only.
    let keys: Vec<String> = bucket.keys().await?.try_collect().await?;
    let keys = keys.into_iter().filter(|key| key.starts_with(prefix));
    let read = keys.map(|key| async move { bucket.entry(key).await });
    let entries: Vec<Option<kv::Entry>> = futures::stream::iter(read)
        .buffer_unordered(READ_AT_ONCE)
        .try_collect()
        .await?;
    let entries = entries.into_iter().flatten();
    Ok(entries
        // A key may be deleted between the list and the read.
        .filter(|entry| entry.operation == kv::Operation::Put)
        .collect())
}

/// Headers with the current trace context and, for de-duplication, an id.
pub fn headers(id: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(id) = id {
        headers.insert(async_nats::header::NATS_MESSAGE_ID, id);
    }
    telemetry::inject(&mut Outgoing(&mut headers));
    headers
}

/// Makes `span` a child of the one that a message was published in.
pub fn follow(span: &tracing::Span, headers: Option<&HeaderMap>) {
    if let Some(headers) = headers {
        telemetry::follow(span, &Incoming(headers));
    }
}

struct Outgoing<'a>(&'a mut HeaderMap);

impl Injector for Outgoing<'_> {
    fn set(&mut self, key: &str, value: String) {
        self.0.insert(key, value);
    }
}

struct Incoming<'a>(&'a HeaderMap);

impl Extractor for Incoming<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(async_nats::HeaderValue::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_ref()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_keeps_to_a_lane_of_its_space() {
        let subject =
            |space: &str, conversation: &str| inbox_subject("telegram", space, conversation);
        assert_eq!(subject("telegram:1", "a"), subject("telegram:1", "a"));
        let lanes: std::collections::HashSet<String> = (0..1_000)
            .map(|number| subject("telegram:1", &format!("telegram:1:{number}")))
            .collect();
        assert_eq!(lanes.len() as u64, LANES);
        assert!(!lanes.contains(&inbox_notice_subject("telegram", "telegram:1")));
        assert!(!lanes.contains(&subject("telegram:2", "a")));
        // Whatever a space is called, its subject has four tokens.
        assert_eq!(subject("a.b > *", "c d").split('.').count(), 4);
    }

    #[test]
    fn one_space_cannot_fill_what_a_process_holds() {
        assert!(LANES as i64 * LANE_EVENTS <= 1_024);
    }
}

//! NATS JetStream: every stream, subject and header that Stoa uses is declared here.

mod lag;
mod probe;

use std::time::Duration;

use async_nats::{
    Client, ConnectOptions, HeaderMap,
    jetstream::{
        self,
        context::{CreateStreamError, PublishError},
        kv,
        stream::{self, DiscardPolicy, RetentionPolicy, StorageType},
    },
};
use backon::Retryable;
use futures::{StreamExt, TryStreamExt};
use opentelemetry::propagation::{Extractor, Injector};
use secrecy::ExposeSecret;
use thiserror::Error;
use tracing::warn;
use uuid::Uuid;

pub use probe::probe;

use crate::{
    config::{Config, ConfigError},
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
/// How long it is known what was delivered of a reply.
const DELIVERY_AGE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// How long it is known where a connection was.
const CONNECTION_AGE: Duration = Duration::from_secs(90 * 24 * 3_600);
/// How long a lease lasts that its holder does not renew.
pub const LEASE_AGE: Duration = Duration::from_secs(10);
/// How long a start waits for the server.
const START_WAIT: Duration = Duration::from_secs(60);
/// Window in which a message id that was seen is not taken again.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);

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
        .to_string()
        .contains("maximum messages per subject exceeded")
}

/// NATS cannot be used.
#[derive(Debug, Error)]
pub enum NatsError {
    /// It is not configured.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It does not answer.
    #[error(
        "NATS at {url} does not answer: {source}. Check that it runs and that STOA_NATS_URL is right"
    )]
    Connect {
        /// Where.
        url: String,
        /// Why.
        source: async_nats::ConnectError,
    },
    /// A stream could not be made.
    #[error(
        "NATS could not create the stream {stream}: {source}. It needs nats-server 2.10 or newer with JetStream on (-js)"
    )]
    Stream {
        /// The stream.
        stream: &'static str,
        /// Why.
        source: CreateStreamError,
    },
    /// A bucket could not be made.
    #[error(
        "NATS could not create the bucket {bucket}: {reason}. It needs nats-server 2.10 or newer with JetStream on (-js)"
    )]
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
}

impl Nats {
    /// Who speaks for a platform, by its name.
    pub async fn leases(&self) -> Result<kv::Store, NatsError> {
        self.bucket("leases", LEASE_AGE).await
    }

    /// Which messages of a platform carry which reply, by platform and the reply's id.
    pub async fn deliveries(&self) -> Result<kv::Store, NatsError> {
        self.bucket("deliveries", DELIVERY_AGE).await
    }

    /// What admins decided, by space.
    pub async fn settings(&self) -> Result<kv::Store, NatsError> {
        self.bucket("settings", Duration::ZERO).await
    }

    /// Where the connections of platforms go on after a restart, by platform.
    pub async fn connections(&self) -> Result<kv::Store, NatsError> {
        self.bucket("connections", CONNECTION_AGE).await
    }

    async fn bucket(
        &self,
        bucket: &'static str,
        max_age: Duration,
    ) -> Result<kv::Store, NatsError> {
        let config = kv::Config {
            bucket: bucket.to_owned(),
            history: 1,
            max_age,
            storage: StorageType::File,
            ..kv::Config::default()
        };
        let made = self.jetstream.create_or_update_key_value(config).await;
        made.map_err(|error| NatsError::Bucket {
            bucket,
            reason: error.to_string(),
        })
    }
}

/// Connects, waiting a while for a server that is still starting, and declares the streams.
pub async fn connect(config: &Config, name: &str) -> Result<Nats, NatsError> {
    let url = config.require_nats()?;
    let attempt = || {
        let mut options = ConnectOptions::new()
            .name(format!("stoa-{name}"))
            .connection_timeout(Duration::from_secs(5))
            .max_reconnects(None)
            .reconnect_delay_callback(reconnect_wait)
            .event_callback(|event| async move {
                match event {
                    async_nats::Event::Disconnected => warn!("NATS disconnected: trying again"),
                    async_nats::Event::Connected => tracing::debug!("NATS connected"),
                    other => tracing::debug!(%other, "NATS"),
                }
            });
        if let Some(token) = &config.nats.token {
            options = options.token(token.expose_secret().to_owned());
        }
        options.connect(url.expose())
    };
    let client = attempt
        .retry(
            retry::waits(Duration::from_secs(1), Duration::from_secs(3))
                .with_total_delay(Some(START_WAIT)),
        )
        .when(|error| {
            !matches!(
                error.kind(),
                async_nats::ConnectErrorKind::AuthorizationViolation
                    | async_nats::ConnectErrorKind::Authentication
            )
        })
        .notify(|error, wait| warn!(%url, ?wait, "waiting for NATS: {error}"))
        .await
        .map_err(|source| NatsError::Connect {
            url: url.to_string(),
            source,
        })?;
    let jetstream = jetstream::new(client.clone());
    for (config, stream) in streams() {
        let config = without_loss(&jetstream, config).await;
        jetstream
            .create_or_update_stream(config)
            .await
            .map_err(|source| NatsError::Stream { stream, source })?;
    }
    Ok(Nats { client, jetstream })
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

fn streams() -> [(stream::Config, &'static str); 4] {
    let stream = |name: &'static str, subjects: &str, retention, max_age| {
        let config = stream::Config {
            name: name.to_owned(),
            subjects: vec![subjects.to_owned()],
            retention,
            max_age,
            storage: StorageType::File,
            duplicate_window: DUPLICATE_WINDOW,
            ..Default::default()
        };
        (config, name)
    };
    let hour = Duration::from_secs(3_600);
    let (mut inbox, name) = stream(INBOX, "inbox.>", RetentionPolicy::WorkQueue, Duration::ZERO);
    inbox.max_messages_per_subject = LANE_EVENTS;
    inbox.discard = DiscardPolicy::New;
    inbox.discard_new_per_subject = true;
    [
        stream(JOBS, "jobs.>", RetentionPolicy::WorkQueue, Duration::ZERO),
        (inbox, name),
        stream(EVENTS, "events.>", RetentionPolicy::Limits, hour),
        stream(DEAD, "dead.>", RetentionPolicy::Limits, 24 * 30 * hour),
    ]
}

/// The configuration of a stream, without a cap for each subject where the stream that is there holds more: the server
/// would remove what is over it. It gets the cap at a later start, when those have been handled.
async fn without_loss(jetstream: &jetstream::Context, config: stream::Config) -> stream::Config {
    let most = config.max_messages_per_subject;
    if most <= 0 {
        return config;
    }
    let Ok(there) = jetstream.get_stream(&config.name).await else {
        // There is none yet, or whatever is wrong shows when it is updated.
        return config;
    };
    if there.cached_info().config.max_messages_per_subject == most {
        return config;
    }
    let fullest = async {
        let mut subjects = there.info_with_subjects(">").await?;
        let mut fullest = 0;
        while let Some((_, held)) = subjects.try_next().await? {
            fullest = fullest.max(held);
        }
        Ok::<usize, async_nats::Error>(fullest)
    };
    match fullest.await {
        // Half of it, as others may be putting events in meanwhile.
        Ok(fullest) if fullest as i64 <= most / 2 => return config,
        Ok(fullest) => warn!(
            stream = config.name,
            fullest,
            "the stream holds more than one conversation may: it is capped at the next start, when that is handled"
        ),
        Err(error) => warn!(
            stream = config.name,
            "it cannot be told what the stream holds: it is not capped before the next start: {error}"
        ),
    }
    stream::Config {
        max_messages_per_subject: -1,
        discard: DiscardPolicy::Old,
        discard_new_per_subject: false,
        ..config
    }
}

/// The entries of a bucket whose keys have a prefix, read side by side: a bucket with thousands of keys takes a moment, and
/// not a round trip for each.
pub async fn entries(
    bucket: &kv::Store,
    prefix: &str,
) -> Result<Vec<kv::Entry>, async_nats::Error> {
    let keys: Vec<String> = bucket.keys().await?.try_collect().await?;
    let keys = keys.into_iter().filter(|key| key.starts_with(prefix));
    let read = keys.map(|key| async move { bucket.entry(key).await });
    let entries: Vec<Option<kv::Entry>> = futures::stream::iter(read)
        .buffer_unordered(READ_AT_ONCE)
        .try_collect()
        .await?;
    let entries = entries.into_iter().flatten();
    Ok(entries
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

//! One configuration for all of Stoa: a TOML file, the environment over it, flags over that.
//!
//! The environment variable of `section.key` is `STOA_SECTION_KEY`. Unknown keys are errors.

mod bounds;
mod eval;
mod load;
mod platforms;
mod secrets;
mod services;
mod stores;
mod variables;

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use crate::Address;

pub use eval::Eval;
pub use load::{ConfigError, Sources};
pub use platforms::{Chat, Discord, Telegram};
pub(crate) use secrets::token_problem;
pub use services::{Checking, Embedding, Generation, Ingestion, Retrieval, Style};
pub(crate) use stores::check_files;
pub use stores::{Database, Nats};

/// Keys whose values are secrets. They come from the file or the environment, or from a file that
/// `STOA_<KEY>_FILE` names; never from a flag.
pub const SECRET_KEYS: [&str; 12] = [
    "token",
    "token_previous",
    "database.url",
    "nats.token",
    "nats.nkey",
    "qdrant.api_key",
    "embedding.api_key",
    "generation.api_key",
    "checking.api_key",
    "eval.api_key",
    "telegram.token",
    "discord.token",
];

/// Keys of addresses that may hold a user and a password. With those they are given as secrets are.
pub const ADDRESS_KEYS: [&str; 10] = [
    "nats.url",
    "ingestion.blobs_endpoint",
    "qdrant.url",
    "embedding.url",
    "generation.url",
    "checking.url",
    "eval.url",
    "telegram.api_url",
    "telegram.webhook_url",
    "discord.api_url",
];

/// Everything that can be configured.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The token that services and clients share: at least 16 characters, of printable ASCII and without spaces.
    pub token: Option<SecretString>,
    /// A second token that servers take while the other is exchanged; nobody sends it.
    pub token_previous: Option<SecretString>,
    /// Mutual TLS between services.
    pub tls: Tls,
    /// Where state is kept.
    pub data: Data,
    /// Where models and programs are found.
    pub assets: Assets,
    /// Logs.
    pub log: Log,
    /// The gRPC server of this process.
    pub server: Server,
    /// The port for health and metrics.
    pub admin: Admin,
    /// PostgreSQL.
    pub database: Database,
    /// NATS with JetStream.
    pub nats: Nats,
    /// The vector index.
    pub qdrant: Qdrant,
    /// Documents and jobs.
    pub ingestion: Ingestion,
    /// The embedding model.
    pub embedding: Embedding,
    /// Search.
    pub retrieval: Retrieval,
    /// Answers.
    pub generation: Generation,
    /// Whether answers are what their sources say.
    pub checking: Checking,
    /// What `stoa eval` measures with.
    pub eval: Eval,
    /// What all chat platforms share.
    pub chat: Chat,
    /// Telegram.
    pub telegram: Telegram,
    /// Discord.
    pub discord: Discord,
}

/// Where state is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Folder of all state of `stoa up`, and of the embedded index of a service.
    pub dir: PathBuf,
    /// Room that stays free on the disk, in MiB: below it new documents wait. 0 keeps none.
    pub min_free_mib: u64,
}

/// Where models and programs are found.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Assets {
    /// Folder that `deploy/setup.sh` fills: `models/`, `lib/`, `bin/`.
    pub dir: PathBuf,
}

/// Logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// A level, or a filter such as `info,stoa_ingestion=debug`.
    pub level: String,
}

/// For whom logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Human,
    /// One JSON object a line.
    Json,
}

/// The gRPC server of this process.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// `HOST:PORT`; port 0 takes a free one.
    pub listen: String,
    /// Seconds from the signal to stop until the process is gone: work in hand has all but the last five of them.
    pub drain_secs: u64,
    /// Calls that a service of this process works on at once; streams count until they end.
    pub at_once: usize,
    /// Calls that may wait for that, for each service; what comes then is turned away.
    pub queue: usize,
}

/// The port for health and metrics.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admin {
    /// `HOST:PORT`; port 0 takes a free one. A service takes 127.0.0.1:9464 when it is not set, and `stoa up` a free one.
    pub listen: Option<String>,
}

/// Mutual TLS between services: PEM files, all three or none, read again when they change.
///
/// The first DNS name of a certificate, up to its first dot and without `stoa-` before it, says who its owner is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The certificate of this process, with those between it and the CA's.
    pub cert: Option<PathBuf>,
    /// Its private key.
    pub key: Option<PathBuf>,
    /// The CA whose certificates are accepted, of servers and of clients.
    pub ca: Option<PathBuf>,
}

/// The vector index. How a collection is made is decided when it is made: what is there stays as it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Qdrant {
    /// Address of a Qdrant server's gRPC port, `https://` for TLS; the index runs in process when it is not set.
    pub url: Option<Address>,
    /// Its API key.
    pub api_key: Option<SecretString>,
    /// File with the certificates (PEM) of the authority that the server's is of; those of the system when it is not set.
    pub ca: Option<PathBuf>,
    /// Shards of a collection; as many as nodes is usual.
    pub shards: u32,
    /// Copies of each shard; 2 or more, on as many nodes, answer while one is away.
    pub replicas: u32,
    /// Whether vectors are on disk, and in memory only as there is room.
    pub on_disk: bool,
    /// What of the vectors is kept compact in memory, to search in.
    pub quantization: Quantization,
}

/// How vectors are made compact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantization {
    /// Not at all.
    #[default]
    None,
    /// A quarter of the size, and hardly less exact.
    Scalar,
    /// A thirty-second of the size, for models of 1,024 dimensions and more.
    Binary,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            dir: load::default_data_dir(),
            min_free_mib: 1_024,
        }
    }
}

impl Default for Assets {
    fn default() -> Self {
        Self {
            dir: load::default_assets_dir(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Human,
            level: "info".to_owned(),
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7700".to_owned(),
            drain_secs: 20,
            at_once: 512,
            queue: 1_024,
        }
    }
}

impl Default for Qdrant {
    fn default() -> Self {
        Self {
            url: None,
            api_key: None,
            ca: None,
            shards: 1,
            replicas: 1,
            on_disk: false,
            quantization: Quantization::None,
        }
    }
}

impl Config {
    /// The token, or why there is none.
    pub fn require_token(&self) -> Result<&SecretString, ConfigError> {
        self.token.as_ref().ok_or(ConfigError::Missing {
            key: "token",
            hint: "set STOA_TOKEN, or STOA_TOKEN_FILE to a file that holds it, to the same value for every service; `openssl rand -hex 32` makes one",
        })
    }

    /// The database's address, or why there is none.
    pub fn require_database(&self) -> Result<&SecretString, ConfigError> {
        self.database.url.as_ref().ok_or(ConfigError::Missing {
            key: "database.url",
            hint: "set STOA_DATABASE_URL to postgres://USER:PASSWORD@HOST/DATABASE, or start `stoa up`, which brings its own",
        })
    }

    /// The address of NATS, or why there is none.
    pub fn require_nats(&self) -> Result<&Address, ConfigError> {
        self.nats.url.as_ref().ok_or(ConfigError::Missing {
            key: "nats.url",
            hint: "set STOA_NATS_URL to nats://HOST:PORT, or start `stoa up`, which brings its own",
        })
    }
}

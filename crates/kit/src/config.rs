//! One configuration for all of Stoa: a TOML file, the environment over it, flags over that.
//!
//! The environment variable of `section.key` is `STOA_SECTION_KEY`. Unknown keys are errors.

mod eval;
mod load;
mod secrets;
mod stores;
mod variables;

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use crate::Address;

pub use eval::Eval;
pub use load::{ConfigError, Sources};
pub(crate) use secrets::token_problem;
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

/// Documents and jobs.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ingestion {
    /// Address of the service, for its callers.
    pub address: String,
    /// Folder or `s3://BUCKET/PREFIX` of the documents' bytes; a folder under `data.dir` when it is not set.
    pub blobs: Option<String>,
    /// Address of an S3-compatible store, where AWS_ENDPOINT_URL does not say it.
    pub blobs_endpoint: Option<Address>,
    /// Largest document, in bytes.
    pub max_bytes: u64,
    /// Most pages of a document.
    pub max_pages: u32,
    /// Most bytes of text in a document, and in all files of an archive format together.
    pub max_text_bytes: u64,
    /// Longest time that parsing a document may take, in seconds.
    pub parse_secs: u64,
    /// Most memory that parsing a document may take, in MiB.
    pub parse_memory_mib: u64,
    /// Jobs worked on at once. Most of them wait for the model or the index; at most one a core is parsed.
    pub workers: usize,
    /// Jobs of a space that may wait; documents that come then are refused.
    pub max_queued: u32,
    /// Attempts at a job before it is given up.
    pub max_attempts: u32,
    /// Longest passage, in tokens of the embedding model.
    pub passage_tokens: usize,
    /// Whether addresses on private networks may be fetched.
    pub allow_private_addresses: bool,
}

/// The embedding model.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Embedding {
    /// Address of the service, for its callers.
    pub address: String,
    /// Address of a service that still has the model before: until `stoa reindex` has ended, questions are embedded by it.
    /// Without one they are searched by their words alone until then.
    pub previous_address: Option<String>,
    /// Base address of an OpenAI-compatible endpoint; the model runs in process when it is not set.
    pub url: Option<Address>,
    /// Name of the model: a folder of `assets.dir/models`, or what the endpoint calls it.
    pub model: String,
    /// The endpoint's API key.
    pub api_key: Option<SecretString>,
    /// Length of the endpoint's vectors.
    pub dimensions: u32,
    /// Most tokens of one text the endpoint's model reads.
    pub max_tokens: u32,
    /// File with the endpoint's model's tokenizer.json, to count tokens as it does.
    pub tokenizer: Option<PathBuf>,
    /// Threads of the model in process; 0 takes one for each core.
    pub threads: usize,
    /// Most texts computed at once; 0 takes what suits the model.
    pub max_batch: usize,
    /// Most texts that may wait.
    pub queue: usize,
    /// What the model's cosines mean where its own description is not to be taken: `stoa calibrate` measures it.
    /// Cosine of a question and a passage that have nothing to do with each other.
    pub unrelated: Option<f32>,
    /// Cosine of a question and a passage that says the same in other words.
    pub paraphrase: Option<f32>,
    /// Score of the best passage, 0 to 1, below which nothing is near enough to be read.
    pub floor: Option<f32>,
}

/// Search.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retrieval {
    /// Address of the service, for its callers.
    pub address: String,
    /// Candidates of each kind, vectors and keywords, that are fused.
    pub candidates: usize,
}

/// Answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generation {
    /// Address of the service, for its callers.
    pub address: String,
    /// Base address of an OpenAI-compatible endpoint; a GGUF model runs in process when it is not set.
    pub url: Option<Address>,
    /// Name of the model: `extractive` quotes the documents without a model; else a `.gguf` file of
    /// `assets.dir/models`, or what the endpoint calls it.
    pub model: String,
    /// The endpoint's API key.
    pub api_key: Option<SecretString>,
    /// Threads of the model in process; 0 takes one for each core.
    pub threads: usize,
    /// Most tokens of prompt and answer together; 0 takes 32,768 behind an endpoint and 2,048 in process.
    pub context_tokens: usize,
    /// Most tokens of an answer, thoughts included; 0 takes 2,048 behind an endpoint and 256 in process.
    pub answer_tokens: usize,
    /// Passages that are read; a model with a larger context reads more.
    pub passages: usize,
    /// How answers are written: `plain`, `short`, `full`, `steps` or `quote`.
    pub style: Style,
    /// Score of the best passage, 0 to 1, below which nothing is near enough to be read; the embedding model's own
    /// floor when it is not set.
    pub min_score: Option<f32>,
    /// Score from which on a passage is named to somebody who is not answered.
    pub close_score: f32,
    /// Seconds the model may stay silent, once it has begun, before the next one is tried.
    pub silence_secs: u64,
    /// Days that questions and answers are kept; 0 keeps them for ever.
    pub keep_turns_days: u32,
}

/// How answers are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// As the question asks for.
    #[default]
    Plain,
    /// One or two sentences.
    Short,
    /// Everything that bears on the question.
    Full,
    /// Numbered steps.
    Steps,
    /// The sentence that answers, word for word, and then what it means.
    Quote,
}

/// Whether answers are what their sources say.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Checking {
    /// The model that checks; the generation model when it is not set and can; `none` checks by words alone.
    pub model: Option<String>,
    /// Base address of its OpenAI-compatible endpoint; that of the generation model when it is not set.
    pub url: Option<Address>,
    /// The endpoint's API key.
    pub api_key: Option<SecretString>,
    /// Folder of an ONNX sequence classifier over passage and statement, with `model.onnx`, `tokenizer.json` and
    /// `config.json`; what it does not say follows from the passage is left out, too.
    pub entailment: Option<PathBuf>,
    /// Seconds that a checking or entailment model may take before the others, or the words, decide.
    pub patience_secs: u64,
}

/// What all chat platforms share.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chat {
    /// Conversations of a platform that are worked on at once; the others wait.
    pub at_once: usize,
    /// Questions that a person may ask in a space and day (UTC); 0 is without limit.
    pub person_questions: u64,
    /// Tokens that a person may use in a space and day.
    pub person_tokens: u64,
    /// Questions that may be asked in a space and day.
    pub space_questions: u64,
    /// Tokens that may be used in a space and day.
    pub space_tokens: u64,
}

/// Telegram.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telegram {
    /// The bot's token, from @BotFather. Also read from `TELEGRAM_TOKEN`.
    pub token: Option<SecretString>,
    /// Address of the Bot API, or of a server of one's own. Also read from `TELEGRAM_API_URL`.
    pub api_url: Address,
    /// Public https address at which Telegram delivers updates; it is polled when none is set.
    pub webhook_url: Option<Address>,
    /// Where updates are taken, behind that address.
    pub webhook_listen: String,
}

/// Discord.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Discord {
    /// The bot's token, from the developer portal. Also read from `DISCORD_TOKEN`.
    pub token: Option<SecretString>,
    /// Address of the API, or of a server of one's own. Also read from `DISCORD_API_URL`.
    pub api_url: Address,
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

impl Default for Ingestion {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:7700".to_owned(),
            blobs: None,
            blobs_endpoint: None,
            max_bytes: 200 << 20,
            max_pages: 10_000,
            max_text_bytes: 100 << 20,
            parse_secs: 300,
            parse_memory_mib: 2_048,
            workers: 16,
            max_queued: 100_000,
            max_attempts: 5,
            passage_tokens: 250,
            allow_private_addresses: false,
        }
    }
}

impl Default for Embedding {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:7700".to_owned(),
            previous_address: None,
            url: None,
            model: "multilingual-e5-small".to_owned(),
            api_key: None,
            dimensions: 384,
            max_tokens: 512,
            tokenizer: None,
            threads: 0,
            max_batch: 0,
            queue: 4_096,
            unrelated: None,
            paraphrase: None,
            floor: None,
        }
    }
}

impl Default for Chat {
    fn default() -> Self {
        Self {
            at_once: 256,
            person_questions: 0,
            person_tokens: 0,
            space_questions: 0,
            space_tokens: 0,
        }
    }
}

impl Default for Telegram {
    fn default() -> Self {
        Self {
            token: None,
            api_url: "https://api.telegram.org".into(),
            webhook_url: None,
            webhook_listen: "0.0.0.0:8090".to_owned(),
        }
    }
}

impl Default for Discord {
    fn default() -> Self {
        Self {
            token: None,
            api_url: "https://discord.com".into(),
        }
    }
}

impl Default for Retrieval {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:7700".to_owned(),
            candidates: 64,
        }
    }
}

impl Default for Checking {
    fn default() -> Self {
        Self {
            model: None,
            url: None,
            api_key: None,
            entailment: None,
            patience_secs: 30,
        }
    }
}

impl Generation {
    /// Tokens of prompt and answer together.
    pub fn context_tokens_of(&self, endpoint: bool) -> usize {
        match (self.context_tokens, endpoint) {
            (0, true) => 32_768,
            (0, false) => 2_048,
            (configured, _) => configured,
        }
    }

    /// Tokens of an answer.
    pub fn answer_tokens_of(&self, endpoint: bool) -> usize {
        match (self.answer_tokens, endpoint) {
            (0, true) => 2_048,
            (0, false) => 256,
            (configured, _) => configured,
        }
    }
}

impl Default for Generation {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:7700".to_owned(),
            url: None,
            model: "extractive".to_owned(),
            api_key: None,
            threads: 0,
            context_tokens: 0,
            answer_tokens: 0,
            passages: 8,
            style: Style::Plain,
            min_score: None,
            close_score: 0.2,
            silence_secs: 60,
            keep_turns_days: 365,
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

    /// Refuses values that cannot work, before anything starts.
    fn check(&self) -> Result<(), ConfigError> {
        self.check_secrets()?;
        self.check_addresses()?;
        self.check_tls()?;
        self.check_stores()?;
        self.check_eval()?;
        let positive = [
            ("server.at_once", self.server.at_once),
            ("ingestion.workers", self.ingestion.workers),
            ("ingestion.max_queued", self.ingestion.max_queued as usize),
            (
                "ingestion.max_attempts",
                self.ingestion.max_attempts as usize,
            ),
            ("ingestion.max_pages", self.ingestion.max_pages as usize),
            ("embedding.queue", self.embedding.queue),
            ("embedding.dimensions", self.embedding.dimensions as usize),
            ("qdrant.shards", self.qdrant.shards as usize),
            ("qdrant.replicas", self.qdrant.replicas as usize),
            ("retrieval.candidates", self.retrieval.candidates),
            ("generation.passages", self.generation.passages),
            ("chat.at_once", self.chat.at_once),
        ];
        for (key, value) in positive {
            if value == 0 {
                return Err(ConfigError::Value {
                    key,
                    problem: "must be at least 1".to_owned(),
                });
            }
        }
        let passage = self.ingestion.passage_tokens;
        if !(32..=8_192).contains(&passage) {
            let problem = format!("must be between 32 and 8192, not {passage}");
            return Err(ConfigError::Value {
                key: "ingestion.passage_tokens",
                problem,
            });
        }
        let shares = [
            ("generation.min_score", self.generation.min_score),
            ("embedding.floor", self.embedding.floor),
        ];
        for (key, share) in shares {
            if let Some(share) = share.filter(|share| !(0.0..=1.0).contains(share)) {
                let problem = format!("must be between 0 and 1, not {share}");
                return Err(ConfigError::Value { key, problem });
            }
        }
        let cosines = (self.embedding.unrelated, self.embedding.paraphrase);
        if let (Some(unrelated), Some(paraphrase)) = cosines
            && !(-1.0 <= unrelated && unrelated < paraphrase && paraphrase <= 1.0)
        {
            let problem = format!(
                "must be a cosine above embedding.unrelated, which is {unrelated}, not {paraphrase}"
            );
            return Err(ConfigError::Value {
                key: "embedding.paraphrase",
                problem,
            });
        }
        let endpoint = self.generation.url.is_some();
        let least = self.generation.answer_tokens_of(endpoint) + 256;
        if self.generation.context_tokens_of(endpoint) < least {
            let problem = format!(
                "must leave 256 tokens for the prompt beside generation.answer_tokens: at least {least}"
            );
            return Err(ConfigError::Value {
                key: "generation.context_tokens",
                problem,
            });
        }
        Ok(())
    }
}

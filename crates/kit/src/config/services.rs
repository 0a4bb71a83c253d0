//! Keys of the services: documents, models, search, answers and their checks.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use crate::Address;

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

/// Search.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retrieval {
    /// Address of the service, for its callers.
    pub address: String,
    /// Candidates of each kind, vectors and keywords, that are fused.
    pub candidates: usize,
}

impl Default for Retrieval {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:7700".to_owned(),
            candidates: 64,
        }
    }
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

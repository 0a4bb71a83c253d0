//! Text to vectors.

mod onnx;
mod remote;

use std::path::Path;

use futures::future::BoxFuture;
use thiserror::Error;

pub use onnx::OnnxEmbedder;
pub use remote::{RemoteEmbedder, RemoteSettings};

pub use crate::remote::Remedy;

/// What a text is, for models that embed questions and passages differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// A question that is searched with.
    Query,
    /// A passage that is searched for.
    Passage,
}

/// A text that the model can read: tokenized where the model runs in process.
#[derive(Debug, Clone)]
pub struct Input {
    /// The text.
    pub text: String,
    /// Token ids, special tokens included; empty for a model behind an endpoint.
    pub ids: Vec<u32>,
}

impl Input {
    /// How much work it is, comparable within one model.
    pub fn weight(&self) -> usize {
        if self.ids.is_empty() {
            self.text.len()
        } else {
            self.ids.len()
        }
    }
}

/// What a model is.
#[derive(Debug, Clone)]
pub struct Description {
    /// Name; vectors of different names do not compare. That of a model in process ends with a hash of its files.
    pub name: String,
    /// Length of a vector.
    pub dimensions: usize,
    /// Most tokens of one text, special tokens included.
    pub max_tokens: usize,
    /// Tokens up to which it is at its best: a longer text is better embedded as the mean of its parts.
    pub best_tokens: usize,
    /// Batches it computes at once.
    pub parallel: usize,
    /// Texts in a batch from which on larger ones are no faster.
    pub batch: usize,
    /// It knows texts in scripts without spaces, such as Chinese.
    pub knows_unspaced_scripts: bool,
    /// Cosine of a question and a passage that have nothing to do with each other.
    pub unrelated: f32,
    /// Cosine of a question and a passage that says the same in other words.
    pub paraphrase: f32,
    /// Score of a search, 0 to 1, below which a passage is not near enough to be read.
    pub floor: f32,
}

/// What the cosines of a model mean whose description does not tell: those of most models.
const UNRELATED: f32 = 0.05;
const PARAPHRASE: f32 = 0.75;
/// Low enough for every question that has an answer: whether there is one is decided by what the passages say.
const FLOOR: f32 = 0.05;

/// Texts could not be embedded.
#[derive(Debug, Clone, Error)]
pub enum EmbedError {
    /// The text is longer than the model reads.
    #[error("the text has {tokens} tokens and {model} reads at most {limit}: split it")]
    TooLong {
        /// Tokens of the text.
        tokens: usize,
        /// The limit.
        limit: usize,
        /// The model.
        model: String,
    },
    /// The text has nothing to embed.
    #[error("the text is empty")]
    Empty,
    /// The endpoint refused or does not answer.
    #[error("the embedding endpoint {url} failed: {reason}")]
    Endpoint {
        /// Its address.
        url: String,
        /// Why.
        reason: String,
        /// What may help.
        remedy: Remedy,
    },
    /// The endpoint's vectors are not those that were configured.
    #[error(
        "{model} gave vectors of {got} numbers where embedding.dimensions says {expected}: set it to {got}, or choose another model"
    )]
    Dimensions {
        /// The model.
        model: String,
        /// What was configured.
        expected: usize,
        /// What came.
        got: usize,
    },
    /// The model in process failed.
    #[error("the embedding model failed: {0}")]
    Model(String),
}

impl EmbedError {
    /// Whether fewer of the same texts may pass: then one of them is to blame, or there are too many.
    pub fn blames_texts(&self) -> bool {
        match self {
            Self::Endpoint { remedy, .. } => *remedy == Remedy::AnotherCall,
            Self::Model(_) => true,
            Self::TooLong { .. } | Self::Empty | Self::Dimensions { .. } => false,
        }
    }
}

/// An embedding model. All calls return all vectors or none, of unit length.
pub trait Embedder: Send + Sync {
    /// What it is.
    fn describe(&self) -> &Description;

    /// Checks a text and makes it readable for the model.
    fn prepare(&self, kind: InputKind, text: &str) -> Result<Input, EmbedError>;

    /// Embeds a batch; one vector a text, in their order.
    fn embed(&self, inputs: Vec<Input>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>>;

    /// File of the model's tokenizer, where it is known.
    fn tokenizer(&self) -> Option<&Path>;
}

/// Scales a vector to unit length. `None` when it has no direction.
fn normalize(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if !length.is_finite() || length <= f32::EPSILON {
        return None;
    }
    for value in &mut vector {
        *value /= length;
    }
    Some(vector)
}

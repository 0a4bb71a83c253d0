//! An OpenAI-compatible `/embeddings` endpoint.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use backon::{ExponentialBuilder, Retryable};
use futures::{FutureExt, future::BoxFuture};
use genai::{Client, embed::EmbedOptions};
use secrecy::SecretString;
use stoa_kit::Address;

use super::{
    Description, EmbedError, Embedder, FLOOR, Input, InputKind, PARAPHRASE, UNRELATED, normalize,
};
use crate::{
    LoadError,
    remote::{self, Remedy},
    require,
    tokenizer::Tokenizer,
};

/// Calls under way at once: enough to hide the network, few enough for a shared endpoint.
const PARALLEL: usize = 4;
/// Texts of a call: a call costs a round trip, whatever is in it.
const BATCH: usize = 64;
/// How often a call is made again that may pass later, and the first wait. What takes longer is left to the callers: a
/// person waits for a question, and a job has attempts of its own.
const RETRIES: usize = 3;
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait that an endpoint may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Where the model is and what it takes.
#[derive(Debug, Clone)]
pub struct RemoteSettings {
    /// Base address, such as `https://HOST/v1`.
    pub url: Address,
    /// What the endpoint calls the model.
    pub model: String,
    /// API key.
    pub api_key: Option<SecretString>,
    /// Length of the vectors.
    pub dimensions: usize,
    /// Most tokens of one text.
    pub max_tokens: usize,
    /// The model's tokenizer.json, if it is at hand.
    pub tokenizer: Option<PathBuf>,
}

/// A model behind an endpoint.
pub struct RemoteEmbedder {
    description: Description,
    client: Client,
    url: Address,
    tokenizer: Option<(Tokenizer, PathBuf)>,
}

impl RemoteEmbedder {
    /// Checks the settings; the endpoint is first called when there is something to embed.
    pub fn new(settings: RemoteSettings) -> Result<Self, LoadError> {
        let client = remote::client(
            &settings.url,
            settings.api_key.as_ref(),
            // A batch of long texts takes a small machine tens of seconds.
            Duration::from_secs(60),
        )?;
        let tokenizer = match settings.tokenizer {
            None => None,
            Some(path) => {
                let path = require("the tokenizer", path)?;
                let tokenizer = Tokenizer::load(&path)?;
                Some((tokenizer, path))
            }
        };
        Ok(Self {
            description: Description {
                name: settings.model,
                dimensions: settings.dimensions,
                max_tokens: settings.max_tokens,
                // The configured limit is all that is known of a model behind an endpoint.
                best_tokens: settings.max_tokens,
                parallel: PARALLEL,
                batch: BATCH,
                // Models behind endpoints are multilingual today, and none says so.
                knows_unspaced_scripts: true,
                unrelated: UNRELATED,
                paraphrase: PARAPHRASE,
                floor: FLOOR,
            },
            client,
            url: settings.url,
            tokenizer,
        })
    }

    fn checked(&self, vector: Vec<f32>) -> Result<Vec<f32>, EmbedError> {
        let Description {
            name, dimensions, ..
        } = &self.description;
        if vector.len() != *dimensions {
            return Err(EmbedError::Dimensions {
                model: name.clone(),
                expected: *dimensions,
                got: vector.len(),
            });
        }
        normalize(vector).ok_or_else(|| {
            let reason = "it gave a vector without direction".to_owned();
            self.failed(reason, Remedy::AnotherCall)
        })
    }

    fn failed(&self, reason: String, remedy: Remedy) -> EmbedError {
        EmbedError::Endpoint {
            url: self.url.to_string(),
            reason,
            remedy,
        }
    }

    /// One call for all texts.
    async fn call(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let expected = texts.len();
        // Asked for by name: some endpoints answer with base64 otherwise.
        let options = EmbedOptions::new().with_encoding_format("float");
        let response = self
            .client
            .embed_batch(self.description.name.as_str(), texts, Some(&options))
            .await
            .map_err(|error| {
                let (reason, remedy) = remote::explain(&error);
                self.failed(reason, remedy)
            })?;
        let mut embeddings = response.embeddings;
        if embeddings.len() != expected {
            let reason = format!("it gave {} vectors for {expected} texts", embeddings.len());
            return Err(self.failed(reason, Remedy::AnotherCall));
        }
        // The order of an answer is not promised, only the numbers in it.
        embeddings.sort_by_key(|embedding| embedding.index);
        embeddings
            .into_iter()
            .map(|embedding| self.checked(embedding.vector))
            .collect()
    }
}

impl Embedder for RemoteEmbedder {
    fn describe(&self) -> &Description {
        &self.description
    }

    fn prepare(&self, _: InputKind, text: &str) -> Result<Input, EmbedError> {
        if text.trim().is_empty() {
            return Err(EmbedError::Empty);
        }
        // Without a tokenizer at hand only the endpoint can tell, and refuses what is too long.
        if let Some((tokenizer, _)) = &self.tokenizer {
            let tokens = tokenizer.framed(text).map_err(EmbedError::Model)?.len();
            let limit = self.description.max_tokens;
            if tokens > limit {
                return Err(EmbedError::TooLong {
                    tokens,
                    limit,
                    model: self.description.name.clone(),
                });
            }
        }
        Ok(Input {
            text: text.to_owned(),
            ids: Vec::new(),
        })
    }

    fn embed(&self, inputs: Vec<Input>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        let texts: Vec<String> = inputs.into_iter().map(|input| input.text).collect();
        async move {
            let waits = ExponentialBuilder::default()
                .with_jitter()
                .with_min_delay(FIRST_WAIT)
                .with_max_times(RETRIES);
            (|| self.call(texts.clone()))
                .retry(waits)
                .when(passes)
                .adjust(wait_asked_for)
                .await
        }
        .boxed()
    }

    fn tokenizer(&self) -> Option<&Path> {
        self.tokenizer.as_ref().map(|(_, path)| path.as_path())
    }
}

fn passes(error: &EmbedError) -> bool {
    matches!(
        error,
        EmbedError::Endpoint {
            remedy: Remedy::Time(_),
            ..
        }
    )
}

/// The wait before the next call: as long as the endpoint asks for. `None` when that is too long, or none is left.
fn wait_asked_for(error: &EmbedError, own: Option<Duration>) -> Option<Duration> {
    let asked = match error {
        EmbedError::Endpoint {
            remedy: Remedy::Time(asked),
            ..
        } => asked.unwrap_or_default(),
        _ => Duration::ZERO,
    };
    own.map(|own| own.max(asked))
        .filter(|wait| *wait <= LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_says_how_long_is_waited_within_reason() {
        let second = Duration::from_secs(1);
        let error = |remedy| EmbedError::Endpoint {
            url: String::new(),
            reason: String::new(),
            remedy,
        };
        let asks = |wait: Duration| error(Remedy::Time(Some(wait)));
        assert_eq!(
            wait_asked_for(&asks(second * 9), Some(second)),
            Some(second * 9)
        );
        assert_eq!(
            wait_asked_for(&asks(second), Some(second * 2)),
            Some(second * 2)
        );
        assert_eq!(
            wait_asked_for(&asks(LONGEST_WAIT + second), Some(second)),
            None
        );
        assert_eq!(wait_asked_for(&asks(second), None), None);
        assert!(passes(&error(Remedy::Time(None))));
        assert!(!passes(&error(Remedy::AnotherCall)));
    }
}

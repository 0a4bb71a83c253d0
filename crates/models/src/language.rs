//! Prompts to text.

mod gguf;
mod remote;
mod thoughts;

use std::time::Duration;

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use serde::de::{DeserializeOwned, Error as _};
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

pub use gguf::GgufModel;
pub use remote::{RemoteModel, RemoteModelSettings};

/// How long a text may wait for a model that writes one after the other. The time that the model itself may take is
/// counted from [`ModelEvent::Began`].
pub const QUEUEING: Duration = Duration::from_secs(300);

/// How a model wants to be spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptStyle {
    /// Messages with roles.
    Chat,
    /// A text to go on with: the model was not trained to follow instructions.
    Completion,
}

/// What the model reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// Instructions and a message, for `PromptStyle::Chat`.
    Chat {
        /// What it is to do.
        system: String,
        /// What it is asked.
        user: String,
    },
    /// A text to go on with, for `PromptStyle::Completion`.
    Completion {
        /// The text.
        text: String,
    },
}

/// How to write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Most tokens to write.
    pub max_tokens: usize,
    /// Texts that end the answer and are not part of it.
    pub stop: Vec<String>,
    /// Ask for a JSON object, where the provider takes that.
    pub json: bool,
}

/// What happens while a model writes.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// The model takes up the prompt, or the endpoint is called; always the first event.
    Began,
    /// The prompt was read.
    PromptRead {
        /// Its tokens.
        tokens: usize,
        /// How long it took, in milliseconds; 0 where an endpoint does not tell.
        millis: f64,
    },
    /// More text.
    Text(String),
    /// The end; always the last event of a stream that did not fail.
    End {
        /// Tokens of the prompt.
        prompt_tokens: usize,
        /// Tokens written.
        tokens: usize,
    },
}

/// The model failed.
#[derive(Debug, Clone, Error)]
pub enum ModelError {
    /// The prompt does not fit.
    #[error("the prompt has {tokens} tokens and {model} has room for {limit}")]
    TooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// Room for it.
        limit: usize,
        /// The model.
        model: String,
    },
    /// Too many wait already.
    #[error("{model} is busy and its queue is full")]
    Busy {
        /// The model.
        model: String,
    },
    /// It broke.
    #[error("{model} failed: {reason}")]
    Failed {
        /// The model.
        model: String,
        /// Why.
        reason: String,
    },
}

/// The JSON object in what a model wrote, with or without words and fences around it.
pub fn object<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    // Models that were asked for JSON still put it into a fence, or say "Here is the JSON:" before it.
    let whole = text.find('{').zip(text.rfind('}'));
    let object = whole.and_then(|(from, to)| text.get(from..=to));
    serde_json::from_str(
        object.ok_or_else(|| serde_json::Error::custom("there is no JSON object"))?,
    )
}

/// A language model.
pub trait LanguageModel: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// How it wants to be spoken to.
    fn style(&self) -> PromptStyle;

    /// Tokens of prompt and answer together that it can hold.
    fn context_tokens(&self) -> usize;

    /// Tokens of a text; for a model behind an endpoint an estimate that is not too low.
    fn count_tokens(&self, text: &str) -> usize;

    /// Writes. Dropping the stream stops the model. Thoughts of a model that reasons are not part of the text.
    fn write(
        &self,
        prompt: Prompt,
        options: Options,
    ) -> BoxStream<'static, Result<ModelEvent, ModelError>>;

    /// Writes a text that is of use only when it is whole.
    fn complete(
        &self,
        prompt: Prompt,
        options: Options,
    ) -> BoxFuture<'static, Result<String, ModelError>> {
        let mut events = self.write(prompt, options);
        async move {
            let mut text = String::new();
            while let Some(event) = events.next().await {
                if let ModelEvent::Text(more) = event? {
                    text.push_str(&more);
                }
            }
            Ok(text)
        }
        .boxed()
    }

    /// The same within a time that is counted from when the model begins. `None` when it took longer.
    fn complete_within(
        &self,
        prompt: Prompt,
        options: Options,
        patience: Duration,
    ) -> BoxFuture<'static, Result<Option<String>, ModelError>> {
        let mut events = self.write(prompt, options);
        async move {
            let mut text = String::new();
            // Two limits, one after the other: until the model begins, and from then on.
            let mut deadline = Instant::now() + QUEUEING;
            loop {
                match timeout_at(deadline, events.next()).await {
                    Err(_) => return Ok(None),
                    Ok(None) => return Ok(Some(text)),
                    Ok(Some(event)) => match event? {
                        ModelEvent::Began => deadline = Instant::now() + patience,
                        ModelEvent::Text(more) => text.push_str(&more),
                        ModelEvent::PromptRead { .. } | ModelEvent::End { .. } => {}
                    },
                }
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::object;

    #[test]
    fn an_object_is_read_with_what_models_put_around_it() {
        let json = r#"{"verdicts": [{"statement": 1}]}"#;
        for text in [
            json.to_owned(),
            format!("```json\n{json}\n```"),
            format!("Here: {json}."),
        ] {
            let read: Value = object(&text).expect("an object");
            assert_eq!(read["verdicts"][0]["statement"], 1, "{text}");
        }
        for text in ["I think so", "} and {", "{\"half\": ", ""] {
            assert!(object::<Value>(text).is_err(), "{text}");
        }
    }
}

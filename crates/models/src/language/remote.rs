//! An OpenAI-compatible `/chat/completions` endpoint.

use std::time::Duration;

use futures::{StreamExt, stream::BoxStream};
use genai::{
    Client,
    chat::{ChatMessage, ChatOptions, ChatRequest, ChatStreamEvent},
};
use secrecy::SecretString;

use super::{Event, LanguageModel, ModelError, Options, Prompt, Style};
use crate::{LoadError, remote};

/// Where the model is and what it takes.
#[derive(Debug, Clone)]
pub struct RemoteModelSettings {
    /// Base address, such as `https://HOST/v1`.
    pub url: String,
    /// What the endpoint calls the model.
    pub model: String,
    /// API key.
    pub api_key: Option<SecretString>,
    /// Tokens of prompt and answer together.
    pub context_tokens: usize,
    /// How long it may stay silent.
    pub silence: Duration,
}

/// A model behind an endpoint.
pub struct RemoteModel {
    client: Client,
    settings: RemoteModelSettings,
}

impl RemoteModel {
    /// Checks the settings; the endpoint is first called when there is something to write.
    pub fn new(settings: RemoteModelSettings) -> Result<Self, LoadError> {
        let client = remote::client(&settings.url, settings.api_key.as_ref(), settings.silence)?;
        Ok(Self { client, settings })
    }
}

impl LanguageModel for RemoteModel {
    fn name(&self) -> &str {
        &self.settings.model
    }

    fn style(&self) -> Style {
        Style::Chat
    }

    fn context_tokens(&self) -> usize {
        self.settings.context_tokens
    }

    /// Tokenizers differ; three bytes a token is more than English needs and about what Chinese does.
    fn count_tokens(&self, text: &str) -> usize {
        text.len().div_ceil(3)
    }

    fn write(
        &self,
        prompt: Prompt,
        options: Options,
    ) -> BoxStream<'static, Result<Event, ModelError>> {
        let request = match prompt {
            Prompt::Chat { system, user } => {
                ChatRequest::new(vec![ChatMessage::system(system), ChatMessage::user(user)])
            }
            Prompt::Completion { text } => ChatRequest::new(vec![ChatMessage::user(text)]),
        };
        let chat_options = ChatOptions::default()
            .with_max_tokens(u32::try_from(options.max_tokens).unwrap_or(u32::MAX))
            .with_temperature(0.0)
            .with_stop_sequences(options.stop)
            .with_capture_usage(true);
        let (client, model, url) = (
            self.client.clone(),
            self.settings.model.clone(),
            self.settings.url.clone(),
        );
        let failed = move |model: &str, error: &genai::Error| {
            let (reason, _) = remote::explain(error);
            ModelError::Failed {
                model: model.to_owned(),
                reason: format!("{url}: {reason}"),
            }
        };
        stream_of(move |events: Events| async move {
            let response = client
                .exec_chat_stream(model.as_str(), request, Some(&chat_options))
                .await
                .map_err(|error| failed(&model, &error))?;
            let mut stream = response.stream;
            let (mut prompt_tokens, mut tokens, mut pieces) = (0, 0, 0);
            while let Some(event) = stream.next().await {
                match event.map_err(|error| failed(&model, &error))? {
                    ChatStreamEvent::Chunk(chunk) if !chunk.content.is_empty() => {
                        if pieces == 0
                            && events
                                .send(Ok(Event::PromptRead {
                                    tokens: 0,
                                    millis: 0.0,
                                }))
                                .await
                                .is_err()
                        {
                            return Ok(());
                        }
                        pieces += 1;
                        if events.send(Ok(Event::Text(chunk.content))).await.is_err() {
                            return Ok(());
                        }
                    }
                    ChatStreamEvent::End(end) => {
                        if let Some(usage) = end.captured_usage {
                            prompt_tokens = usage.prompt_tokens.unwrap_or(0);
                            tokens = usage.completion_tokens.unwrap_or(0);
                        }
                    }
                    _ => {}
                }
            }
            let count = |given: i32| usize::try_from(given).unwrap_or(0);
            // An endpoint that does not tell is taken to send a token a piece.
            let tokens = if tokens > 0 { count(tokens) } else { pieces };
            let end = Event::End {
                prompt_tokens: count(prompt_tokens),
                tokens,
            };
            // The reader may have gone.
            let _ = events.send(Ok(end)).await;
            Ok(())
        })
    }
}

type Events = tokio::sync::mpsc::Sender<Result<Event, ModelError>>;

/// A stream that a task feeds. The task is polled with the stream, so it ends when the stream is dropped.
fn stream_of<F, T>(task: F) -> BoxStream<'static, Result<Event, ModelError>>
where
    F: FnOnce(Events) -> T,
    T: Future<Output = Result<(), ModelError>> + Send + 'static,
{
    let (events, received) = tokio::sync::mpsc::channel(64);
    let errors = events.clone();
    let task = task(events);
    let work = async move {
        if let Err(error) = task.await {
            // The reader may have gone.
            let _ = errors.send(Err(error)).await;
        }
    };
    let reader = futures::stream::unfold(received, |mut received| async {
        received.recv().await.map(|event| (event, received))
    });
    let work = futures::stream::once(work).filter_map(|()| async { None });
    futures::stream::select(reader, work).boxed()
}

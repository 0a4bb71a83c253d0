//! An OpenAI-compatible `/chat/completions` endpoint.

use std::time::Duration;

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use genai::{
    Client,
    chat::{
        ChatMessage, ChatOptions, ChatRequest, ChatResponseFormat, ChatStream, ChatStreamEvent,
    },
};
use secrecy::SecretString;
use stoa_kit::Address;

use super::{
    LanguageModel, ModelError, ModelEvent, Options, Prompt, PromptStyle, thoughts::Thoughts,
};
use crate::{LoadError, remote};

/// Where the model is and what it takes.
#[derive(Debug, Clone)]
pub struct RemoteModelSettings {
    /// Base address, such as `https://HOST/v1`.
    pub url: Address,
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

    fn style(&self) -> PromptStyle {
        PromptStyle::Chat
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
    ) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        let (request, chat_options) = (request(prompt), chat_options(options));
        let (client, model, failed) = (
            self.client.clone(),
            self.settings.model.clone(),
            self.failure(),
        );
        stream_of(move |events: Events| async move {
            // The reader may have gone: then nobody polls this any more.
            let _ = events.send(Ok(ModelEvent::Began)).await;
            let response = client
                .exec_chat_stream(model.as_str(), request, Some(&chat_options))
                .await
                .map_err(&failed)?;
            forward(response.stream, &events, &failed).await
        })
    }

    fn complete(
        &self,
        prompt: Prompt,
        options: Options,
    ) -> BoxFuture<'static, Result<String, ModelError>> {
        let (request, plain) = (request(prompt), chat_options(options.clone()));
        let (client, model, failed) = (
            self.client.clone(),
            self.settings.model.clone(),
            self.failure(),
        );
        async move {
            let json = plain
                .clone()
                .with_response_format(ChatResponseFormat::JsonMode);
            let asked = if options.json { &json } else { &plain };
            let mut answer = client
                .exec_chat(model.as_str(), request.clone(), Some(asked))
                .await;
            if let Err(error) = &answer
                && options.json
                && remote::explain(error).1 == remote::Remedy::AnotherCall
            {
                // A provider that does not know JSON mode refuses the call.
                answer = client
                    .exec_chat(model.as_str(), request, Some(&plain))
                    .await;
            }
            let text = answer
                .map_err(&failed)?
                .into_first_text()
                .unwrap_or_default();
            Ok(Thoughts::strip(&text))
        }
        .boxed()
    }

    /// An endpoint does not say when it begins, so the time is that of the call.
    fn complete_within(
        &self,
        prompt: Prompt,
        options: Options,
        patience: Duration,
    ) -> BoxFuture<'static, Result<Option<String>, ModelError>> {
        let call = self.complete(prompt, options);
        async move {
            let answered = tokio::time::timeout(patience, call).await;
            answered.ok().transpose()
        }
        .boxed()
    }
}

impl RemoteModel {
    /// Says what failed, in the endpoint's own words.
    fn failure(&self) -> impl Fn(genai::Error) -> ModelError + Send + Sync + use<> {
        let (model, url) = (self.settings.model.clone(), self.settings.url.clone());
        move |error| {
            let (reason, _) = remote::explain(&error);
            ModelError::Failed {
                model: model.clone(),
                reason: format!("{url}: {reason}"),
            }
        }
    }
}

fn request(prompt: Prompt) -> ChatRequest {
    match prompt {
        Prompt::Chat { system, user } => {
            ChatRequest::new(vec![ChatMessage::system(system), ChatMessage::user(user)])
        }
        Prompt::Completion { text } => ChatRequest::new(vec![ChatMessage::user(text)]),
    }
}

fn chat_options(options: Options) -> ChatOptions {
    ChatOptions::default()
        .with_max_tokens(u32::try_from(options.max_tokens).unwrap_or(u32::MAX))
        // As the model in process writes: the likeliest token each time.
        .with_temperature(0.0)
        .with_stop_sequences(options.stop)
        .with_capture_usage(true)
}

/// Passes on what an endpoint sends, without the model's thoughts.
async fn forward(
    mut stream: ChatStream,
    events: &Events,
    failed: &impl Fn(genai::Error) -> ModelError,
) -> Result<(), ModelError> {
    let (mut prompt_tokens, mut tokens, mut pieces) = (0, 0, 0);
    let mut thoughts = Thoughts::default();
    // The reader may have gone: then nobody needs the rest.
    while let Some(event) = stream.next().await {
        match event.map_err(failed)? {
            ChatStreamEvent::Chunk(chunk) if !chunk.content.is_empty() => {
                let read = ModelEvent::PromptRead {
                    tokens: 0,
                    millis: 0.0,
                };
                // With the first piece, as an endpoint tells of nothing before it.
                if pieces == 0 && events.send(Ok(read)).await.is_err() {
                    return Ok(());
                }
                pieces += 1;
                let shown = thoughts.push(&chunk.content);
                if !shown.is_empty() && events.send(Ok(ModelEvent::Text(shown))).await.is_err() {
                    return Ok(());
                }
            }
            ChatStreamEvent::End(end) => {
                if let Some(usage) = end.captured_usage {
                    prompt_tokens = usage.prompt_tokens.unwrap_or(0);
                    tokens = usage.completion_tokens.unwrap_or(0);
                }
            }
            // Thoughts that the endpoint itself keeps apart, and its own events.
            _ => {}
        }
    }
    let rest = thoughts.finish();
    if !rest.is_empty() {
        let _ = events.send(Ok(ModelEvent::Text(rest))).await;
    }
    let count = |given: i32| usize::try_from(given).unwrap_or(0);
    // An endpoint that does not tell is taken to send a token a piece.
    let tokens = if tokens > 0 { count(tokens) } else { pieces };
    let end = ModelEvent::End {
        prompt_tokens: count(prompt_tokens),
        tokens,
    };
    let _ = events.send(Ok(end)).await;
    Ok(())
}

type Events = tokio::sync::mpsc::Sender<Result<ModelEvent, ModelError>>;

/// A stream that a task feeds. The task is polled with the stream, so it ends when the stream is dropped.
fn stream_of<F, T>(task: F) -> BoxStream<'static, Result<ModelEvent, ModelError>>
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

//! A GGUF model in process, by llama.cpp.

use std::{
    num::NonZeroU32,
    path::Path,
    sync::{
        Arc, OnceLock,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
    time::Instant,
};

use futures::{StreamExt, stream::BoxStream};
use llama_cpp_2::{
    context::{LlamaContext, params::LlamaContextParams},
    llama_backend::LlamaBackend,
    llama_batch::LlamaBatch,
    model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel, params::LlamaModelParams},
    sampling::LlamaSampler,
    token::LlamaToken,
};
use stoa_kit::metrics::{Queue, Waits};
use tokio::sync::mpsc;

use super::{LanguageModel, ModelError, ModelEvent, Options, Prompt, PromptStyle};
use crate::{LoadError, require, threads};

/// Answers that may wait for the model.
const QUEUE: usize = 64;
/// Tokens of the prompt that are computed at once.
const BATCH: usize = 512;

/// llama.cpp is set up once in a process and never torn down.
static BACKEND: OnceLock<Option<LlamaBackend>> = OnceLock::new();

fn backend() -> Option<&'static LlamaBackend> {
    let backend = BACKEND.get_or_init(|| {
        let mut backend = LlamaBackend::init().ok()?;
        // llama.cpp prints each tensor of a model to the standard error otherwise.
        backend.void_logs();
        Some(backend)
    });
    backend.as_ref()
}

struct Request {
    prompt: Prompt,
    options: Options,
    events: mpsc::Sender<Result<ModelEvent, ModelError>>,
}

/// `models/NAME.gguf` on a thread of its own; answers are written one after the other.
pub struct GgufModel {
    name: String,
    style: PromptStyle,
    context_tokens: usize,
    model: Arc<LlamaModel>,
    requests: SyncSender<(Waits, Request)>,
}

impl GgufModel {
    /// Loads a model. `assets` is the folder with `models/`.
    pub fn load(
        assets: &Path,
        file: &str,
        context_tokens: usize,
        configured_threads: usize,
    ) -> Result<Self, LoadError> {
        let path = require("the language model", assets.join("models").join(file))?;
        let broken = |reason: String| LoadError::Broken {
            path: path.clone(),
            reason,
        };
        let backend = backend().ok_or_else(|| broken("llama.cpp does not start".to_owned()))?;
        let model = LlamaModel::load_from_file(backend, &path, &LlamaModelParams::default())
            .map_err(|error| broken(error.to_string()))?;
        let model = Arc::new(model);
        // Beyond what it was trained on, a model writes nonsense instead of failing.
        let context_tokens = context_tokens.min(model.n_ctx_train() as usize);
        let template = model.chat_template(None).ok();
        let style = if template.is_some() {
            PromptStyle::Chat
        } else {
            PromptStyle::Completion
        };
        let name = file.trim_end_matches(".gguf").to_owned();
        let (requests, queue) = sync_channel(QUEUE);
        Queue::LanguageModel.takes(QUEUE);
        let (ready, started) = sync_channel(1);
        let writer = Writer {
            name: name.clone(),
            model: Arc::clone(&model),
            template,
        };
        let threads = i32::try_from(threads(configured_threads)).unwrap_or(1);
        thread::Builder::new()
            .name("language-model".to_owned())
            .spawn(move || writer.run(backend, context_tokens, threads, &ready, &queue))
            .map_err(|error| broken(error.to_string()))?;
        started
            .recv()
            .map_err(|_| broken("its thread ended".to_owned()))?
            .map_err(broken)?;
        Ok(Self {
            name,
            style,
            context_tokens,
            model,
            requests,
        })
    }
}

impl LanguageModel for GgufModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn style(&self) -> PromptStyle {
        self.style
    }

    fn context_tokens(&self) -> usize {
        self.context_tokens
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.model
            .vocab()
            .tokenize(text.as_bytes(), false, false)
            .len()
    }

    fn write(
        &self,
        prompt: Prompt,
        options: Options,
    ) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
        let (events, received) = mpsc::channel(64);
        let request = Request {
            prompt,
            options,
            events,
        };
        let waiting = (Queue::LanguageModel.waits(), request);
        // Not waited for: an answer that cannot even queue is refused at once, and the person told.
        let error = match self.requests.try_send(waiting) {
            Ok(()) => {
                return futures::stream::unfold(received, |mut received| async {
                    received.recv().await.map(|event| (event, received))
                })
                .boxed();
            }
            Err(TrySendError::Full(_)) => ModelError::Busy {
                model: self.name.clone(),
            },
            Err(TrySendError::Disconnected(_)) => ModelError::Failed {
                model: self.name.clone(),
                reason: "its thread has ended".to_owned(),
            },
        };
        futures::stream::iter([Err(error)]).boxed()
    }
}

struct Writer {
    name: String,
    model: Arc<LlamaModel>,
    template: Option<LlamaChatTemplate>,
}

impl Writer {
    /// Makes the context, says on `ready` whether it could, and writes with it. The context is made on the thread that uses
    /// it, as it cannot be sent to another.
    fn run(
        &self,
        backend: &LlamaBackend,
        context_tokens: usize,
        threads: i32,
        ready: &SyncSender<Result<(), String>>,
        queue: &Receiver<(Waits, Request)>,
    ) {
        let size = NonZeroU32::new(u32::try_from(context_tokens).unwrap_or(u32::MAX));
        let params = LlamaContextParams::default()
            .with_n_ctx(size)
            .with_n_batch(BATCH as u32)
            // One number for reading and for writing, or llama.cpp takes four for the other.
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        match self.model.new_context(backend, params) {
            Ok(context) => {
                // The loader waits for exactly one message.
                let _ = ready.send(Ok(()));
                self.work(context, queue);
            }
            Err(error) => {
                let _ = ready.send(Err(error.to_string()));
            }
        }
    }

    fn work(&self, mut context: LlamaContext<'_>, queue: &Receiver<(Waits, Request)>) {
        while let Ok((waits, request)) = queue.recv() {
            drop(waits);
            // The reader may have gone while it waited.
            if request.events.blocking_send(Ok(ModelEvent::Began)).is_err() {
                continue;
            }
            // What the prompt before left must not be read as part of this one.
            context.clear_kv_cache();
            if let Err(error) = self.write(&mut context, &request) {
                // The reader may have gone.
                let _ = request.events.blocking_send(Err(error));
            }
        }
    }

    fn write(&self, context: &mut LlamaContext<'_>, request: &Request) -> Result<(), ModelError> {
        let began = Instant::now();
        let limit = (context.n_ctx() as usize).saturating_sub(request.options.max_tokens);
        let prompt = self.fitting(&request.prompt, limit)?;
        let mut batch = LlamaBatch::new(BATCH, 1);
        self.read(context, &mut batch, &prompt)?;
        // The likeliest token each time: the same question gets the same answer, and a quote is not embellished.
        let mut sampler = LlamaSampler::greedy();
        let mut token = sampler.sample(context, batch.n_tokens() - 1);
        let read = ModelEvent::PromptRead {
            tokens: prompt.len(),
            millis: began.elapsed().as_secs_f64() * 1e3,
        };
        let gone = |sent: Result<(), _>| sent.is_err();
        if gone(request.events.blocking_send(Ok(read))) {
            return Ok(());
        }
        let mut text = Text::new(&request.options.stop);
        let mut written = 0;
        let vocab = self.model.vocab();
        while written < request.options.max_tokens && !vocab.is_eog(token) {
            written += 1;
            // Bytes, as a token may end within a character.
            text.push(&vocab.token_to_piece(token, false, None));
            if let Some(piece) = text.take()
                && gone(request.events.blocking_send(Ok(ModelEvent::Text(piece))))
            {
                return Ok(());
            }
            if text.stopped {
                break;
            }
            batch.clear();
            let position = i32::try_from(prompt.len() + written - 1).unwrap_or(i32::MAX);
            batch
                .add(token, position, &[0], true)
                .map_err(|error| self.failed(error))?;
            context
                .decode(&mut batch)
                .map_err(|error| self.failed(error))?;
            token = sampler.sample(context, 0);
        }
        if let Some(rest) = text.finish()
            && gone(request.events.blocking_send(Ok(ModelEvent::Text(rest))))
        {
            return Ok(());
        }
        let end = ModelEvent::End {
            prompt_tokens: prompt.len(),
            tokens: written,
        };
        // The reader may have gone.
        let _ = request.events.blocking_send(Ok(end));
        Ok(())
    }

    fn read(
        &self,
        context: &mut LlamaContext<'_>,
        batch: &mut LlamaBatch<'_>,
        prompt: &[LlamaToken],
    ) -> Result<(), ModelError> {
        let last = prompt.len() - 1;
        let mut position = 0;
        for part in prompt.chunks(BATCH) {
            batch.clear();
            for token in part {
                let at = i32::try_from(position).unwrap_or(i32::MAX);
                batch
                    // Logits are computed for the last token only: nothing is sampled from the others.
                    .add(*token, at, &[0], position == last)
                    .map_err(|error| self.failed(error))?;
                position += 1;
            }
            context.decode(batch).map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// The tokens of a prompt, of which there may be so many.
    fn fitting(&self, prompt: &Prompt, limit: usize) -> Result<Vec<LlamaToken>, ModelError> {
        let tokens = self.tokens(prompt)?;
        if tokens.len() > limit || tokens.is_empty() {
            return Err(ModelError::TooLong {
                tokens: tokens.len(),
                limit,
                model: self.name.clone(),
            });
        }
        Ok(tokens)
    }

    fn tokens(&self, prompt: &Prompt) -> Result<Vec<LlamaToken>, ModelError> {
        let vocab = self.model.vocab();
        match (prompt, &self.template) {
            (Prompt::Chat { system, user }, Some(template)) => {
                let message = |role: &str, content: &str| {
                    LlamaChatMessage::new(role.to_owned(), content.to_owned())
                        .map_err(|error| self.failed(error))
                };
                let chat = [message("system", system)?, message("user", user)?];
                let text = self
                    .model
                    .apply_chat_template(template, &chat, true)
                    .map_err(|error| self.failed(error))?;
                // Special tokens are read as such here only: they are the template's own.
                Ok(vocab.tokenize(text.as_bytes(), true, true))
            }
            (Prompt::Chat { system, user }, None) => {
                Ok(vocab.tokenize(format!("{system}\n\n{user}\n").as_bytes(), true, false))
            }
            (Prompt::Completion { text }, _) => Ok(vocab.tokenize(text.as_bytes(), true, false)),
        }
    }

    fn failed(&self, reason: impl ToString) -> ModelError {
        ModelError::Failed {
            model: self.name.clone(),
            reason: reason.to_string(),
        }
    }
}

/// Bytes of tokens, given out as whole characters and not past a stop text.
struct Text<'a> {
    stop: &'a [String],
    bytes: Vec<u8>,
    stopped: bool,
}

impl<'a> Text<'a> {
    fn new(stop: &'a [String]) -> Self {
        Self {
            stop,
            bytes: Vec::new(),
            stopped: false,
        }
    }

    fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        let at = self
            .stop
            .iter()
            .filter_map(|stop| find(&self.bytes, stop.as_bytes()))
            // The first of them, wherever it is in the list.
            .min();
        if let Some(at) = at {
            self.bytes.truncate(at);
            self.stopped = true;
        }
    }

    /// What can be given out: whole characters that do not begin a stop text.
    fn take(&mut self) -> Option<String> {
        let held = if self.stopped { 0 } else { self.held() };
        let ready = &self.bytes[..self.bytes.len() - held];
        let whole = match std::str::from_utf8(ready) {
            Ok(_) => ready.len(),
            // An error in the middle is not a character on its way; it is given out as U+FFFD.
            Err(error) => error
                .error_len()
                .map_or(error.valid_up_to(), |_| ready.len()),
        };
        (whole > 0).then(|| {
            let piece = String::from_utf8_lossy(&self.bytes[..whole]).into_owned();
            self.bytes.drain(..whole);
            piece
        })
    }

    fn finish(mut self) -> Option<String> {
        self.stopped = true;
        self.take()
    }

    /// Length of the longest end of the bytes that a stop text begins with.
    fn held(&self) -> usize {
        let longest = self
            .stop
            .iter()
            .map(String::len)
            .max()
            .unwrap_or(0)
            .min(self.bytes.len());
        (1..=longest)
            .rev()
            .find(|length| {
                let end = &self.bytes[self.bytes.len() - length..];
                self.stop
                    .iter()
                    .any(|stop| stop.as_bytes().starts_with(end))
            })
            .unwrap_or(0)
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return None;
    }
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_split_over_tokens_come_out_whole() {
        let mut text = Text::new(&[]);
        let bytes = "过拟合".as_bytes();
        text.push(&bytes[..4]);
        assert_eq!(text.take().as_deref(), Some("过"));
        text.push(&bytes[4..]);
        assert_eq!(text.take().as_deref(), Some("拟合"));
    }

    #[test]
    fn a_stop_text_split_over_tokens_ends_the_answer() {
        let stop = ["\nQuestion:".to_owned()];
        let mut text = Text::new(&stop);
        text.push(b"Yes.\nQues");
        assert_eq!(text.take().as_deref(), Some("Yes."));
        assert!(!text.stopped);
        text.push(b"tion: more");
        assert!(text.stopped);
        assert_eq!(text.take(), None);
    }

    #[test]
    fn what_only_looked_like_a_stop_text_is_given_out() {
        let stop = ["\n\n".to_owned()];
        let mut text = Text::new(&stop);
        text.push(b"one\n");
        assert_eq!(text.take().as_deref(), Some("one"));
        text.push(b"two");
        assert_eq!(text.take().as_deref(), Some("\ntwo"));
        assert_eq!(text.finish(), None);
    }
}

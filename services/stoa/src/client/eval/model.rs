//! The language model that judges answers and proposes questions.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use serde::de::DeserializeOwned;
use stoa_eval::Prompt;
use stoa_kit::Config;
use stoa_models::language::{
    self, GgufModel, LanguageModel, Options, PromptStyle, RemoteModel, RemoteModelSettings, object,
};

/// How long it may take for one answer.
const PATIENCE: Duration = Duration::from_secs(120);
/// Attempts at a valid answer.
const ATTEMPTS: usize = 2;

/// A model that is asked for JSON.
pub(super) struct Model {
    model: Arc<dyn LanguageModel>,
    answer_tokens: usize,
}

impl Model {
    /// The one that is configured, if there is one. It is looked at here, before anything is asked of anybody.
    pub(super) async fn of(config: &Config) -> Result<Option<Self>> {
        let Some(name) = config.eval.model.clone() else {
            return Ok(None);
        };
        let settings = &config.generation;
        let endpoint = config.judging_endpoint();
        let is_remote = endpoint.is_some();
        let context_tokens = settings.context_tokens_of(is_remote);
        let model: Arc<dyn LanguageModel> = match endpoint {
            Some((url, key)) => {
                // Before hundreds of answers are made that nobody could judge.
                let there = stoa_models::probe(url, key).await;
                there.with_context(|| format!("eval.model: {name} at {url}"))?;
                Arc::new(RemoteModel::new(RemoteModelSettings {
                    url: url.clone(),
                    model: name,
                    api_key: key.cloned(),
                    context_tokens,
                    silence: PATIENCE,
                })?)
            }
            None => {
                let (assets, threads) = (config.assets.dir.clone(), settings.threads);
                let loading = move || GgufModel::load(&assets, &name, context_tokens, threads);
                // Gigabytes are read, which takes seconds.
                let loaded = tokio::task::spawn_blocking(loading).await?;
                Arc::new(loaded.context("eval.model")?)
            }
        };
        ensure!(
            // A model without instructions goes on with the question instead of marking it.
            model.style() == PromptStyle::Chat,
            "eval.model: {} only goes on with texts: name a model that follows instructions",
            model.name()
        );
        Ok(Some(Self {
            model,
            answer_tokens: settings.answer_tokens_of(is_remote),
        }))
    }

    pub(super) fn name(&self) -> &str {
        self.model.name()
    }

    /// Whether a message leaves room for an answer.
    pub(super) fn fits(&self, prompt: &Prompt, message: &str) -> bool {
        let tokens = |text| self.model.count_tokens(text);
        tokens(prompt.text) + tokens(message) + self.answer_tokens <= self.model.context_tokens()
    }

    /// Asks for JSON and reads it. An answer that is not valid is asked for once more, with the reason; a second one is the
    /// error.
    pub(super) async fn ask<W, T>(
        &self,
        prompt: &Prompt,
        message: &str,
        read: impl Fn(W) -> Result<T, String>,
    ) -> Result<T, String>
    where
        W: DeserializeOwned,
    {
        let mut user = message.to_owned();
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            let asked = language::Prompt::Chat {
                system: prompt.text.to_owned(),
                user: user.clone(),
            };
            let options = Options {
                max_tokens: self.answer_tokens,
                json: true,
                ..Options::default()
            };
            let call = self.model.complete_within(asked, options, PATIENCE);
            reason = match call.await {
                Ok(Some(text)) => {
                    let written = object::<W>(&text).map_err(|error| error.to_string());
                    match written.and_then(&read) {
                        Ok(valid) => return Ok(valid),
                        Err(invalid) => {
                            // From the first message each time, and not from the last attempt: what was invalid would
                            // be repeated.
                            user = format!(
                                "{message}\n\nWhat you wrote is not valid: {invalid}. Write the JSON object alone."
                            );
                            invalid
                        }
                    }
                }
                Ok(None) => format!("no answer within {} seconds", PATIENCE.as_secs()),
                Err(error) => error.to_string(),
            };
        }
        Err(reason)
    }
}

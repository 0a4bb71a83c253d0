//! What a model sends while it writes.

use std::time::Duration;

use stoa_kit::metrics::metrics;
use stoa_models::language::{LanguageModel, ModelError, ModelEvent};
use stoa_proto::generation::{Drafting, answer_response};

use super::{Turn, Unanswered, send, writing::Written};
use crate::write::{Batch, BlockStream};

/// Statements after which a block that goes on is checked all the same.
const TOGETHER: usize = 8;

/// What a model has sent, and what of it waits for its check.
pub(super) struct Incoming<'a> {
    turn: &'a Turn<'a>,
    model: &'a dyn LanguageModel,
    blocks: BlockStream,
    pub(super) written: Written,
    pub(super) open: Batch,
    pub(super) is_writing: bool,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(turn: &'a Turn<'a>, model: &'a dyn LanguageModel, written: Written) -> Self {
        Self {
            turn,
            model,
            blocks: BlockStream::default(),
            written,
            open: Batch::default(),
            is_writing: true,
        }
    }

    /// Takes an event; `None` where the model fell silent after so long.
    pub(super) async fn take(
        &mut self,
        event: Option<Result<ModelEvent, ModelError>>,
        waited: Duration,
    ) -> Result<(), Unanswered> {
        let had_begun = self.written.first_token.is_some();
        match event {
            Some(Ok(ModelEvent::Text(text))) => {
                let began = self.turn.began;
                self.written
                    .first_token
                    .get_or_insert_with(|| began.elapsed());
                for piece in self.blocks.push(&text) {
                    self.open.push(piece);
                }
            }
            Some(Ok(event)) => {
                self.is_writing = !matches!(event, ModelEvent::End { .. });
                self.note(event).await?;
            }
            Some(Err(error)) => {
                tracing::warn!("{error}");
                (self.is_writing, self.written.failed) = (false, true);
            }
            None => {
                tracing::warn!(model = self.model.name(), ?waited, "the model fell silent");
                (self.is_writing, self.written.failed) = (false, true);
            }
        }
        if let Some(first) = self.written.first_token.filter(|_| !had_begun) {
            let seconds = first.as_secs_f64();
            metrics().first_token_seconds.of([]).observe(seconds);
        }
        // The end of an answer that broke off is half a sentence.
        if !self.is_writing && !self.written.failed {
            for piece in std::mem::take(&mut self.blocks).finish() {
                self.open.push(piece);
            }
        }
        Ok(())
    }

    async fn note(&mut self, event: ModelEvent) -> Result<(), Unanswered> {
        match event {
            ModelEvent::PromptRead { tokens, millis } => {
                self.written.prompt_tokens = tokens;
                self.written.prompt_ms = millis;
                self.written.first_token = Some(self.turn.began.elapsed());
                let drafting = Drafting {
                    model: self.model.name().to_owned(),
                };
                send(self.turn.events, answer_response::Event::Drafting(drafting)).await
            }
            ModelEvent::End {
                prompt_tokens,
                tokens,
            } => {
                self.written.prompt_tokens = prompt_tokens.max(self.written.prompt_tokens);
                self.written.tokens = tokens;
                Ok(())
            }
            ModelEvent::Began | ModelEvent::Text(_) => Ok(()),
        }
    }

    /// Whether what is open is to be checked now. `idle`: nothing else is being checked.
    pub(super) fn is_due(&self, idle: bool) -> bool {
        !self.is_writing
            // Nobody waits for a block to end while nothing is being checked.
            || idle && self.open.statements() > 0
            || self.blocks.is_between_blocks()
            || self.open.statements() >= TOGETHER
    }
}

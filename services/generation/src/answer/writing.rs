//! Filling a draft: what a model writes, checked beside the writing, or the sources themselves.

use std::time::Duration;

use futures::{StreamExt, stream::FuturesOrdered};
use stoa_kit::metrics::metrics;
use stoa_models::language::{LanguageModel, PromptStyle, QUEUEING};
use stoa_proto::generation::AnswerPart;
use tokio::time::{Instant, timeout_at};

use super::{Answerer, Material, Turn, Unanswered, incoming::Incoming};
use crate::{
    EXTRACTIVE,
    check::Ground,
    write::{self, Asking, Draft},
};

/// What a model did.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) model: String,
    pub(super) prompt: &'static str,
    pub(super) prompt_tokens: usize,
    pub(super) tokens: usize,
    pub(super) first_token: Option<Duration>,
    pub(super) prompt_ms: f64,
    pub(super) failed: bool,
    pub(super) cancelled: bool,
}

impl Answerer {
    /// Fills a draft: a model writes; when nothing of it is left it is asked once more; then the sources are quoted.
    pub(super) async fn fill(
        &self,
        turn: &Turn<'_>,
        material: &Material<'_>,
        ground: Ground<'_>,
        draft: &mut Draft<'_>,
    ) -> Result<Written, Unanswered> {
        let mut written = Written {
            model: EXTRACTIVE.to_owned(),
            ..Written::default()
        };
        if !is_near(material) {
            return Ok(written);
        }
        for model in self.models_of(turn) {
            let mut refused: Vec<String> = Vec::new();
            // Once more with the refused statements named. A model that fails twice does not improve, and a person is
            // waiting.
            for _ in 0..2 {
                let (prompt_tokens, tokens) = (written.prompt_tokens, written.tokens);
                draft.begin_attempt();
                written = self
                    .write(turn, model.as_ref(), material, ground, draft, &refused)
                    .await?;
                let outcome = if written.failed { "error" } else { "ok" };
                metrics().model_calls.of([outcome]).inc();
                // Budgets count what was computed, whichever attempt was kept.
                written.prompt_tokens += prompt_tokens;
                written.tokens += tokens;
                refused = draft
                    .refused()
                    .map(|checked| checked.statement.clone())
                    .collect();
                let again =
                    model.style() == PromptStyle::Chat && !refused.is_empty() && !written.failed;
                if written.cancelled || draft.kept > 0 || draft.gave_up || !again {
                    break;
                }
            }
            if written.cancelled || draft.kept > 0 {
                // What broke off was not left out by the checks.
                if !written.cancelled && !written.failed {
                    draft.close(ground.question, &turn.asked.question).await?;
                }
                return Ok(written);
            }
            // Its word that the documents do not say is taken. One that only goes on with texts says so for want of
            // anything else.
            if draft.gave_up && model.style() == PromptStyle::Chat {
                return Ok(written);
            }
        }
        if turn.is_without(AnswerPart::Quotes) {
            return Ok(written);
        }
        EXTRACTIVE.clone_into(&mut written.model);
        draft.quote(self.meaning.quote(ground).await).await?;
        Ok(written)
    }

    /// Lets a model write and keeps what its sources carry. Checks run beside the writing.
    async fn write(
        &self,
        turn: &Turn<'_>,
        model: &dyn LanguageModel,
        material: &Material<'_>,
        ground: Ground<'_>,
        draft: &mut Draft<'_>,
        refused: &[String],
    ) -> Result<Written, Unanswered> {
        let mut written = Written {
            model: model.name().to_owned(),
            ..Written::default()
        };
        let asking = self.asking(turn, model, material, refused);
        let Some(built) = write::build(model, asking) else {
            tracing::warn!(
                model = model.name(),
                "not one source fits the model's context"
            );
            written.failed = true;
            return Ok(written);
        };
        written.prompt = built.name;
        let ground = Ground {
            // What the model has not seen it cannot cite: a statement that only a source behind these carries would
            // have been made up.
            sources: &ground.sources[..built.sources],
            ..ground
        };
        let silence = Duration::from_secs(self.settings.silence_secs);
        // Until it begins it waits for other answers, and checks that end in between are no sign of life.
        let (mut heard, mut patience) = (Instant::now(), QUEUEING);
        let mut stream = model.write(built.prompt, built.options);
        let mut incoming = Incoming::new(turn, model, written);
        // In order, as pieces are shown in their order; a quick check waits for the slow one before it.
        let mut checking = FuturesOrdered::new();
        while incoming.is_writing || !checking.is_empty() {
            tokio::select! {
                Some(checked) = checking.next() => {
                    draft.take(checked).await?;
                    // Small models that have lost the thread repeat themselves up to the limit of tokens.
                    if draft.refused_in_a_row >= write::LOST && model.style() == PromptStyle::Completion {
                        break;
                    }
                }
                event = timeout_at(heard + patience, stream.next()), if incoming.is_writing => {
                    let waited = heard.elapsed();
                    (heard, patience) = (Instant::now(), silence);
                    incoming.take(event.ok().flatten(), waited).await?;
                    if !incoming.is_writing {
                        // A model in process is free for those who wait, the checks of this answer among them.
                        stream = futures::stream::empty().boxed();
                    }
                    let due = self.checks.is_immediate() || incoming.is_due(checking.is_empty());
                    if due && !incoming.open.is_empty() {
                        let batch = std::mem::take(&mut incoming.open);
                        checking.push_back(batch.check(&self.checks, ground));
                    }
                }
                () = turn.cancel.cancelled() => {
                    incoming.written.cancelled = true;
                    break;
                }
                () = turn.events.closed() => return Err(Unanswered::Gone),
            }
        }
        Ok(incoming.written)
    }

    /// What the prompt is made of.
    fn asking<'a>(
        &self,
        turn: &'a Turn<'_>,
        model: &dyn LanguageModel,
        material: &'a Material<'_>,
        refused: &'a [String],
    ) -> Asking<'a> {
        let is_chat = model.style() == PromptStyle::Chat;
        Asking {
            persona: &material.persona.text,
            question: if material.rework {
                &turn.asked.question
            } else {
                material.question
            },
            before: &turn.before,
            sources: material.sources,
            style: material.persona.style.unwrap_or(self.settings.style),
            answer_tokens: self.settings.answer_tokens_of(is_chat),
            rework: material.rework,
            refused,
        }
    }
}

/// Whether anything was found that is near enough to be read. Whether it answers is decided by what it says.
fn is_near(material: &Material<'_>) -> bool {
    let scores = material.passages.iter().map(|passage| passage.score);
    scores
        .reduce(f32::max)
        .is_some_and(|best| best >= material.floor)
}

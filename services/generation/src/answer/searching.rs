//! What an answer is made from: its models, and what a search finds.

use std::sync::Arc;

use stoa_models::language::LanguageModel;
use stoa_proto::{
    generation::{AnswerPart, Failed, FoundPassage},
    retrieval::{Passage, SearchRequest, SearchResponse},
};
use tonic::Status;

use super::{Answerer, Found, Turn, Unanswered};

/// Tokens of a passage with its frame, as many as are asked for.
const PASSAGE_TOKENS: usize = 400;
/// Most passages put before a model.
const MOST_PASSAGES: usize = 24;

impl Answerer {
    /// Parts that an evaluation can leave out.
    pub(crate) fn parts(&self) -> Vec<AnswerPart> {
        use AnswerPart::{Meaning, Model, Quotes, Understanding};
        let own = [Understanding, Meaning];
        if self.models.is_empty() {
            return own.into();
        }
        let of_model = [Model, Quotes];
        [&own[..], &of_model[..], &self.checks.parts()[..]].concat()
    }

    /// The models that write this turn's answer.
    pub(super) fn models_of(&self, turn: &Turn<'_>) -> &[Arc<dyn LanguageModel>] {
        if turn.is_without(AnswerPart::Model) {
            &[]
        } else {
            &self.models
        }
    }

    pub(super) async fn search(
        &self,
        turn: &Turn<'_>,
        question: &str,
    ) -> Result<Found, Unanswered> {
        let request = SearchRequest {
            space: turn.asked.space.to_string(),
            query: question.to_owned(),
            limit: u32::try_from(self.wanted()).unwrap_or(8),
            collections: turn.reach.collections.clone(),
            access: turn.reach.access.clone(),
            mode: turn.otherwise.mode,
            options: turn.otherwise.search.clone(),
        };
        let found = self
            .retrieval
            .clone()
            .search(request)
            .await
            .map_err(|status| {
                Unanswered::Failed(Failed {
                    reason: format!("the search failed: {}", status.message()),
                    retryable: is_passing(&status),
                })
            })?;
        let SearchResponse { passages, floor } = found.into_inner();
        Ok(Found {
            passages: passages.into_iter().map(read).collect(),
            floor: self.settings.min_score.unwrap_or(floor),
        })
    }

    /// Passages to ask for: a model with room for more reads more.
    fn wanted(&self) -> usize {
        // Half of the context: the rest is for the conversation, the question and the answer.
        let room = |model: &Arc<dyn LanguageModel>| model.context_tokens() / 2 / PASSAGE_TOKENS;
        let most = self
            .models
            .iter()
            .map(room)
            .max()
            .unwrap_or(0)
            .min(MOST_PASSAGES);
        self.settings.passages.max(most)
    }
}

/// A passage as it is read: with what completes it.
pub(super) fn read(passage: Passage) -> FoundPassage {
    let parts = [passage.before, passage.text, passage.after];
    let parts = parts.iter().map(String::as_str);
    let text: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    FoundPassage {
        id: passage.id,
        document: passage.document,
        title: passage.title,
        page: passage.page,
        heading_path: passage.heading_path,
        text: text.join("\n"),
        score: passage.score,
        similarity: passage.similarity,
        document_id: passage.document_id,
        dated: passage.dated,
    }
}

/// Whether asking again may help.
fn is_passing(status: &Status) -> bool {
    matches!(
        status.code(),
        tonic::Code::Unavailable | tonic::Code::ResourceExhausted | tonic::Code::DeadlineExceeded
    )
}

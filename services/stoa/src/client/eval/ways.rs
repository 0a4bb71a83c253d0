//! Ways to ask: as people do, or with parts of the search and of answering left out.

use std::sync::Arc;

use stoa_eval::{Question, WordVectors};
use stoa_kit::Space;
use stoa_proto::{
    generation::{AnswerOptions, AnswerPart},
    retrieval::{SearchMode, SearchOptions, SearchPart, SearchRequest},
};
use uuid::Uuid;

/// Passages to look at, so that ten different pages are among them.
const PASSAGES: u32 = 40;

/// How questions are asked.
#[derive(Clone)]
pub(super) struct Way {
    /// How passages are looked for.
    pub(super) mode: SearchMode,
    /// Parts of the search that are left out.
    pub(super) unsearched: Vec<SearchPart>,
    /// Finds passages in the server's place.
    pub(super) finder: Option<Arc<WordVectors>>,
    /// Parts of answering that are left out; without it answers are those that people get, whatever stands above.
    pub(super) unanswered: Option<Vec<AnswerPart>>,
}

impl Way {
    /// As people ask; where the search is measured, it is made in a mode.
    pub(super) fn of_people(mode: SearchMode) -> Self {
        Self {
            mode,
            unsearched: Vec::new(),
            finder: None,
            unanswered: None,
        }
    }

    /// Whether answers are those that people get.
    pub(super) fn is_of_people(&self) -> bool {
        self.unanswered.is_none()
    }

    /// With a mode of search in answers, too, and without parts of answering.
    pub(super) fn without(mode: SearchMode, parts: &[AnswerPart]) -> Self {
        Self {
            unanswered: Some(parts.to_vec()),
            ..Self::of_people(mode)
        }
    }

    pub(super) fn search(&self, space: &Space, question: &Question) -> SearchRequest {
        SearchRequest {
            space: space.to_string(),
            query: question.question.clone(),
            limit: PASSAGES,
            mode: self.mode.into(),
            options: self.search_options(&question.question),
            ..SearchRequest::default()
        }
    }

    /// What goes with a question that is to be answered; `topic` is what is looked for.
    pub(super) fn answer(&self, topic: &str) -> Option<AnswerOptions> {
        let parts = self.unanswered.as_ref()?;
        Some(AnswerOptions {
            without: parts.iter().map(|part| i32::from(*part)).collect(),
            mode: self.mode.into(),
            search: self.search_options(topic),
        })
    }

    fn search_options(&self, topic: &str) -> Option<SearchOptions> {
        if self.unsearched.is_empty() && self.finder.is_none() {
            return None;
        }
        let mut passages: Vec<String> = Vec::new();
        if let Some(finder) = &self.finder {
            passages = finder.nearest(topic, PASSAGES as usize);
            if passages.is_empty() {
                // None at all would have the server search. There is no passage of this id.
                passages.push(Uuid::nil().to_string());
            }
        }
        let without = self.unsearched.iter().map(|part| i32::from(*part));
        Some(SearchOptions {
            without: without.collect(),
            passages,
        })
    }
}

#[cfg(test)]
mod tests {
    use stoa_eval::Vocabulary;

    use super::*;

    #[test]
    fn people_get_the_whole() {
        let way = Way::of_people(SearchMode::Dense);
        assert!(way.answer("When is it open?").is_none());
        let space = Space::parse("default").expect("valid");
        let search = way.search(&space, &Question::new("When is it open?"));
        assert!(search.options.is_none());
        assert_eq!(search.mode(), SearchMode::Dense);
    }

    #[test]
    fn what_a_finder_does_not_find_is_not_searched_for_by_the_server() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.count("Lunch on Tuesdays.");
        vocabulary.count("Laptops lock themselves.");
        let words = vocabulary.words();
        let vectors = (0..words.len()).map(|n| {
            let mut vector = vec![0.0; words.len()];
            vector[n] = 1.0;
            vector
        });
        let passages = [
            ("a", "Lunch on Tuesdays."),
            ("b", "Laptops lock themselves."),
        ];
        let vectors = WordVectors::new(&vocabulary, vectors.collect(), passages.into_iter());
        let way = Way {
            finder: Some(Arc::new(vectors)),
            ..Way::without(SearchMode::Unspecified, &[AnswerPart::Model])
        };
        let given = |topic: &str| {
            let options = way.answer(topic).expect("options");
            assert_eq!(options.without, [i32::from(AnswerPart::Model)]);
            options.search.expect("passages").passages
        };
        assert_eq!(given("When is lunch?"), ["a"]);
        assert_eq!(given("Qwertz?"), [Uuid::nil().to_string()]);
    }
}

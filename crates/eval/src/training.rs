//! What an embedding model can be trained with, as sentence-transformers reads it.

use serde::Serialize;

use crate::{
    measure::Found,
    question::Question,
    text::{holds, joined},
};

/// A question, a passage that answers it, and one that is near and does not. One JSON object a line is a data set of
/// triplets: `load_dataset("json", …)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Triplet {
    /// The question.
    pub anchor: String,
    /// A passage that answers it.
    pub positive: String,
    /// A passage that is found for it and does not answer.
    pub negative: String,
}

/// Triplets of a question: with what was found for it, best first, at most so many negatives. None where no passage is
/// known to answer it.
///
/// A page that answers holds passages that do not, but which of them nobody said: the page is left out of the negatives.
/// So is what holds an answer word for word, wherever it stands.
pub fn triplets(question: &Question, found: &[Found], negatives: usize) -> Vec<Triplet> {
    let Some(positive) = positive(question, found) else {
        return Vec::new();
    };
    let same = |found: &Found| joined(&found.text) == joined(&positive);
    let answers = |found: &Found| {
        let mut places = question.evidence.iter();
        places.any(|place| place.holds(found)) || holds(&found.text, &question.answers)
    };
    let others = found.iter().filter(|found| !same(found) && !answers(found));
    let negative = |other: &Found| Triplet {
        anchor: question.question.clone(),
        positive: positive.clone(),
        negative: other.text.clone(),
    };
    others.take(negatives).map(negative).collect()
}

/// The passage that holds the words of a place; else the words themselves; else, where only the page is known, the
/// passage of it that comes first.
fn positive(question: &Question, found: &[Found]) -> Option<String> {
    question.evidence.iter().find_map(|place| {
        let stands = found.iter().find(|found| place.is_passage(found));
        let passage = stands.map(|found| found.text.clone());
        let words = || place.passage.clone();
        let first = || Some(found.iter().find(|found| place.holds(found))?.text.clone());
        // The whole passage is what the model will be given when it is used, so it goes before the words in it.
        passage.or_else(words).or_else(first)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: &str, text: &str) -> Found {
        Found {
            document: document.to_owned(),
            text: text.to_owned(),
            ..Found::default()
        }
    }

    #[test]
    fn what_is_near_and_does_not_answer_is_the_negative() {
        let line = r#"{"question": "q", "document": "a.md", "passage": "right words"}"#;
        let question: Question = serde_json::from_str(line).expect("a question");
        let results = [
            found("b.md", "near"),
            found("a.md", "the right words"),
            found("a.md", "same document"),
            found("c.md", "the right  words"),
            found("d.md", "further"),
        ];
        let made = triplets(&question, &results, 4);
        let negatives: Vec<&str> = made
            .iter()
            .map(|triplet| triplet.negative.as_str())
            .collect();
        assert_eq!(negatives, ["near", "further"]);
        assert_eq!(made[0].positive, "the right words");
        assert_eq!(triplets(&question, &results, 1).len(), 1);
        let missed = triplets(&question, &results[..1], 4);
        assert_eq!(missed[0].positive, "right words");
        let answered = Question {
            answers: vec!["Near".to_owned()],
            ..question
        };
        let made = triplets(&answered, &results, 4);
        assert_eq!(made.len(), 1, "the other holds the answer: {made:?}");
        let unanswerable = Question::new("q");
        assert!(triplets(&unanswerable, &results, 4).is_empty());
    }
}

//! A question that a language model proposes of a passage.

use rand::{SeedableRng, rngs::StdRng, seq::index};
use serde::{Deserialize, Serialize};

use crate::{
    measure::Found,
    question::{Evidence, Question},
    text::{holds, joined},
};

/// A passage, as the model gets it.
#[derive(Debug, Serialize)]
pub struct Excerpt<'a> {
    /// Title of its document.
    pub document: &'a str,
    /// Headings above it, outermost first.
    pub headings: &'a [String],
    /// The words.
    pub passage: &'a str,
}

/// What the model writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Proposal {
    question: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    quote: String,
    #[serde(default)]
    language: String,
}

impl Proposal {
    /// The question with what answers it, held against its passage; or nothing, where the model finds nothing to ask.
    pub fn of(self, passage: &Found, origin: String) -> Result<Option<Question>, String> {
        let words = self.question.trim();
        if words.is_empty() {
            return Ok(None);
        }
        let quote = joined(&self.quote);
        // A question with a reference that is made up would call right answers wrong.
        if quote.is_empty() || !joined(&passage.text).contains(&quote) {
            return Err("`quote` does not stand in the passage letter for letter".to_owned());
        }
        let answer = self.answer.trim().to_owned();
        // An answer is right when it holds these words.
        if !holds(&passage.text, std::slice::from_ref(&answer)) {
            return Err("`answer` does not stand in the passage letter for letter".to_owned());
        }
        let question = Question {
            answers: vec![answer],
            evidence: vec![Evidence {
                document: passage.document.clone(),
                page: (passage.page > 0).then_some(passage.page),
                passage: Some(quote),
            }],
            language: code(self.language),
            tags: vec!["proposed".to_owned()],
            origin,
            ..Question::new(words)
        };
        // By the rules of a set: the file must be readable after it was written.
        question.check().map_err(|invalid| invalid.to_string())?;
        Ok(Some(question))
    }
}

/// A code such as `en`; nothing where the model wrote something else.
fn code(language: String) -> String {
    let is_code =
        (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    if is_code { language } else { String::new() }
}

/// Where a question came from that a model proposed. Without a model it is how those of the passage begin.
pub fn origin_of(passage: &str, model: &str) -> String {
    // The model comes last: what another model proposed of the passage is found by the part before it.
    format!("proposed:{passage}:{model}")
}

/// Draws places in documents of so many passages, each once: the number of a document, and of a passage in it.
pub fn pick(passages: &[u32], most: usize, seed: u64) -> Vec<(usize, u32)> {
    // Over all passages and not over documents first, or those of short documents would be drawn more often.
    let all: usize = passages.iter().map(|count| *count as usize).sum();
    let mut random = StdRng::seed_from_u64(seed);
    // From a seed, so that the same call proposes the same again.
    let drawn = index::sample(&mut random, all, most.min(all));
    drawn
        .into_iter()
        .filter_map(|at| place(passages, at))
        .collect()
}

fn place(passages: &[u32], mut at: usize) -> Option<(usize, u32)> {
    for (document, count) in passages.iter().enumerate() {
        match at.checked_sub(*count as usize) {
            Some(rest) => at = rest,
            None => return Some((document, u32::try_from(at).ok()?)),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(text: &str) -> Result<Option<Question>, String> {
        let passage = Found {
            document: "a.md".to_owned(),
            text: "Boats are lent to members.\nA  boat costs 24 crowns a day.".to_owned(),
            page: 3,
            ..Found::default()
        };
        let proposal: Proposal = serde_json::from_str(text).map_err(|error| error.to_string())?;
        proposal.of(&passage, origin_of("p", "m"))
    }

    #[test]
    fn a_question_comes_with_words_of_its_passage() {
        let text = r#"{"question": "What does a boat cost?", "answer": "24 crowns", "quote": "A boat costs 24 crowns a day.", "language": "en"}"#;
        let question = proposed(text).expect("is taken").expect("a question");
        assert_eq!(question.answers, ["24 crowns"]);
        assert_eq!(
            (question.evidence[0].page, question.language.as_str()),
            (Some(3), "en")
        );
        assert_eq!(question.origin, "proposed:p:m");
        assert!(question.origin.starts_with(&origin_of("p", "")));
        assert!(!question.origin.starts_with(&origin_of("q", "")));
        assert_eq!(proposed(r#"{"question": " "}"#), Ok(None));
    }

    #[test]
    fn what_the_passage_does_not_say_is_refused() {
        for (answer, quote, says) in [
            ("24 crowns", "A boat costs 42 crowns a day.", "quote"),
            ("24 crowns", "", "quote"),
            ("42 crowns", "A boat costs 24 crowns a day.", "answer"),
            ("", "A boat costs 24 crowns a day.", "answer"),
        ] {
            let text = format!(r#"{{"question": "q", "answer": "{answer}", "quote": "{quote}"}}"#);
            let error = proposed(&text).expect_err(says);
            assert!(error.contains(says), "{error}");
        }
        assert!(proposed(r#"{"answer": "24"}"#).is_err(), "no question");
    }

    #[test]
    fn every_passage_is_drawn_once_and_the_same_again() {
        let sizes = [2, 0, 3];
        let mut all = pick(&sizes, 10, 7);
        assert_eq!(pick(&sizes, 2, 7), pick(&sizes, 2, 7));
        all.sort_unstable();
        assert_eq!(all, [(0, 0), (0, 1), (2, 0), (2, 1), (2, 2)]);
        assert!(pick(&[], 3, 1).is_empty());
    }
}

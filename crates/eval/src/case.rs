//! From a chat to a case: what people thought wrong, and what got no answer, proposed as questions of a set.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::question::{Evidence, Question, THUMBS_DOWN, UNANSWERED};

/// Why a question is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A person thought the answer wrong, and may have said why.
    ThumbsDown {
        /// In their words; empty where they did not say.
        why: String,
        /// What they were told.
        answer: String,
    },
    /// It got "I don't know".
    Unanswered,
    /// A language model thinks that a passage answers it.
    Proposed {
        /// The model.
        model: String,
        /// The passage.
        passage: String,
    },
}

/// A question of a chat, or of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Id of the turn, or of the passage.
    pub turn: String,
    /// The question.
    pub question: String,
    /// Why it is proposed.
    pub reason: Reason,
    /// Documents and pages that the answer cited, the first first; page 0 where the format has none.
    pub cited: Vec<(String, u32)>,
}

/// Proposes questions, each once, and none that the set has or that was dropped before (`known`: words and origins).
///
/// What a person thought wrong is likely to be answered where the answer looked for it, so that place is proposed; what
/// got no answer is proposed as unanswerable. A person decides.
pub fn propose(sources: Vec<Source>, known: &HashSet<String>) -> Vec<(Question, Source)> {
    let mut seen = known.clone();
    let mut proposed = Vec::new();
    for source in sources {
        let mut question = Question::new(source.question.trim());
        let (kind, tag) = match source.reason {
            Reason::ThumbsDown { .. } => ("feedback", THUMBS_DOWN),
            Reason::Unanswered => ("unanswered", UNANSWERED),
            // These come with what answers them.
            Reason::Proposed { .. } => continue,
        };
        question.origin = format!("{kind}:{}", source.turn);
        question.tags = vec![tag.to_owned()];
        // By its turn and by its words: the same question by several people is one case.
        if seen.contains(&question.origin) || !seen.insert(question.question.clone()) {
            continue;
        }
        match source.cited.first() {
            Some((document, page)) if source.reason != Reason::Unanswered => {
                question.evidence.push(Evidence {
                    document: document.clone(),
                    page: (*page > 0).then_some(*page),
                    passage: None,
                });
            }
            _ => question.unanswerable = true,
        }
        proposed.push((question, source));
    }
    proposed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(turn: &str, question: &str, reason: Reason) -> Source {
        Source {
            turn: turn.to_owned(),
            question: question.to_owned(),
            reason,
            cited: vec![("a.md".to_owned(), 0)],
        }
    }

    #[test]
    fn each_question_is_proposed_once_with_what_is_likely() {
        let down = || Reason::ThumbsDown {
            why: "old".to_owned(),
            answer: "25 days".to_owned(),
        };
        let sources = vec![
            source("1", "How long?", down()),
            source("2", "How long? ", down()),
            source("3", "Who?", Reason::Unanswered),
            source("4", "dropped", Reason::Unanswered),
        ];
        let known = HashSet::from(["unanswered:4".to_owned()]);
        let proposed = propose(sources, &known);
        let [(first, _), (second, _)] = &proposed[..] else {
            panic!("two are proposed: {proposed:?}");
        };
        assert_eq!(first.evidence[0].document, "a.md");
        assert_eq!(first.origin, "feedback:1");
        assert!(second.unanswerable && second.evidence.is_empty());
        assert!(first.check().is_ok() && second.check().is_ok());
    }
}

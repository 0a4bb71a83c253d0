//! A set of questions, one JSON object a line.

use std::{
    collections::HashMap,
    io::{self, Read},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::question::Question;

/// Largest file of questions.
pub const MAX_BYTES: u64 = 16 << 20;
const MAX_QUESTIONS: usize = 10_000;

/// Whose a set is, and how often it was changed: the first line of one that Stoa keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The space whose documents answer it.
    pub space: String,
    /// Counts from 1.
    pub version: u32,
}

/// Questions, and what names this version of them.
#[derive(Debug, Clone)]
pub struct QuestionSet {
    /// The questions in the order of the file; no two have the same id.
    pub questions: Vec<Question>,
    /// Its first line, where it has one.
    pub head: Option<Head>,
    /// SHA-256 of the file, in lower-case hex.
    pub sha256: String,
}

/// Why a set cannot be read.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// The system refuses.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    /// Over the limit.
    #[error("it has more than {MAX_BYTES} bytes: split it")]
    TooLarge,
    /// Some other encoding.
    #[error("it is not UTF-8: save it as UTF-8")]
    Encoding,
    /// Over the limit.
    #[error("it has more than {MAX_QUESTIONS} questions: split it")]
    TooMany,
    /// Nothing to ask.
    #[error(
        "it has no questions: each line is one, such as {{\"question\": \"…\", \"answer\": \"…\"}}"
    )]
    Empty,
    /// A line that is no question.
    #[error("line {line}: {reason}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

impl QuestionSet {
    /// Reads a set; a single bad line refuses the whole, since figures over a part of it would be taken for those of all.
    pub fn read(reader: impl Read) -> Result<Self, Unreadable> {
        let mut bytes = Vec::new();
        // One byte more than may be, which tells a file that is too large from one that just fits.
        reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Unreadable::TooLarge);
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| Unreadable::Encoding)?;
        let head = head_of(text);
        let heads = usize::from(head.is_some());
        let mut questions = Vec::new();
        let mut lines = HashMap::new();
        for (line, n) in lines_of(text).zip(1..).skip(heads) {
            if line.trim().is_empty() {
                continue;
            }
            if questions.len() == MAX_QUESTIONS {
                return Err(Unreadable::TooMany);
            }
            let at = |reason| Unreadable::Line { line: n, reason };
            let question: Question =
                serde_json::from_str(line).map_err(|error| at(in_line(&error)))?;
            if let Some(earlier) = lines.insert(question.id.clone(), n) {
                return Err(at(format!(
                    "it is the question of line {earlier} again: remove one, or give them different ids"
                )));
            }
            questions.push(question);
        }
        if questions.is_empty() {
            return Err(Unreadable::Empty);
        }
        Ok(Self {
            questions,
            head,
            sha256: hex::encode(Sha256::digest(&bytes)),
        })
    }
}

fn lines_of(text: &str) -> std::str::Lines<'_> {
    // Editors on Windows put a mark of the encoding before the first line.
    text.trim_start_matches('\u{feff}').lines()
}

/// The head of a set's text; none where its first line is a question.
pub fn head_of(text: &str) -> Option<Head> {
    serde_json::from_str(lines_of(text).next()?).ok()
}

/// The text of a set with this head, in place of its own where it has one.
pub fn with_head(text: &str, head: &Head) -> Result<String, serde_json::Error> {
    let heads = usize::from(head_of(text).is_some());
    let lines = lines_of(text).skip(heads).map(|line| format!("{line}\n"));
    let first = serde_json::to_string(head)? + "\n";
    Ok(std::iter::once(first).chain(lines).collect())
}

/// A question as a line of a set, with its end.
pub fn line_of(question: &Question) -> Result<String, serde_json::Error> {
    serde_json::to_string(question).map(|line| line + "\n")
}

/// The parser counts lines within the one that it is given.
fn in_line(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", ", column ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        QuestionSet::read(text.as_bytes())
            .expect_err("is refused")
            .to_string()
    }

    #[test]
    fn a_bad_line_is_named() {
        let good = r#"{"question": "q", "answer": "a"}"#;
        assert!(refusal(&format!("{good}\n\n{{\"question\": 1}}")).starts_with("line 3: "));
        assert!(refusal(&format!("{good}\n{{")).contains("column"));
        let twice = refusal(&format!("{good}\n{good}"));
        assert!(
            twice.contains("line 2") && twice.contains("line 1 again"),
            "{twice}"
        );
        assert!(refusal("\n \n").contains("no questions"));
    }

    #[test]
    fn what_is_too_much_is_refused_before_it_is_kept() {
        let endless = io::repeat(b' ');
        let error = QuestionSet::read(endless).expect_err("is refused");
        assert!(matches!(error, Unreadable::TooLarge), "{error}");
        let many: String = (0..=MAX_QUESTIONS)
            .map(|n| format!("{{\"question\": \"q{n}\", \"answer\": \"a\"}}\n"))
            .collect();
        assert!(refusal(&many).contains("10000 questions"));
    }

    #[test]
    fn a_head_says_whose_the_set_is_and_is_no_question() {
        let question = r#"{"question": "q", "answer": "a"}"#;
        let head = Head {
            space: "default".to_owned(),
            version: 1,
        };
        let text = with_head(question, &head).expect("writes");
        let set = QuestionSet::read(text.as_bytes()).expect("reads");
        assert_eq!((set.questions.len(), set.head.as_ref()), (1, Some(&head)));
        let next = Head { version: 2, ..head };
        let text = with_head(&text, &next).expect("writes");
        assert_eq!(head_of(&text), Some(next));
        assert_eq!(text.lines().count(), 2);
        assert!(refusal(text.lines().next().expect("a head")).contains("no questions"));
        let bad = format!("{}\n{{}}", text.lines().next().expect("a head"));
        assert!(refusal(&bad).starts_with("line 2: "));
        assert_eq!(head_of(question), None);
    }

    #[test]
    fn a_set_is_named_by_its_bytes() {
        let text = "\u{feff}{\"question\": \"q\", \"unanswerable\": true}\n";
        let set = QuestionSet::read(text.as_bytes()).expect("reads");
        assert_eq!(set.sha256, hex::encode(Sha256::digest(text.as_bytes())));
        let line = line_of(&set.questions[0]).expect("writes");
        assert_eq!(line, "{\"question\":\"q\",\"unanswerable\":true}\n");
    }
}

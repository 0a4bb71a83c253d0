//! A question whose answer is known.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Longest question, in bytes: what the generation service takes.
pub const MAX_QUESTION: usize = 8 << 10;
const MAX_ANSWERS: usize = 32;
const MAX_ANSWER: usize = 8 << 10;
const MAX_EVIDENCE: usize = 128;
const MAX_TAGS: usize = 32;
/// Questions before one: the generation service looks at no more.
const MAX_BEFORE: usize = 6;
const MAX_NAME: usize = 1 << 10;
/// Tag of what was answered wrongly in a run.
const ONCE_WRONG: &str = "once-wrong";
/// Tags of what went wrong once: in a run, by a thumb, by no answer.
const WRONG_ONCE: [&str; 3] = [ONCE_WRONG, THUMBS_DOWN, UNANSWERED];
/// Tag of what a person thought wrong.
pub(crate) const THUMBS_DOWN: &str = "thumbs-down";
/// Tag of what got no answer.
pub(crate) const UNANSWERED: &str = "unanswered";
/// Characters of the hash that names a question without an id.
const ID_LENGTH: usize = 12;

/// Where an answer stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The document, by its name or the end of it, or by its title.
    pub document: String,
    /// Page, from 1; any page when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Words of the passage, letter for letter but for white space. Ids of passages change when a document is cut anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<String>,
}

/// A question, and what is known of its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Line", into = "Line")]
pub struct Question {
    /// Names it in a comparison: its own id, or a hash of its words.
    pub id: String,
    /// The words that are asked.
    pub question: String,
    /// What was asked before in the same conversation, oldest first: the question goes on from it.
    pub before: Vec<String>,
    /// Answers that are right, short ones: one of them must stand in what is said.
    pub answers: Vec<String>,
    /// Where the answer stands.
    pub evidence: Vec<Evidence>,
    /// The documents do not answer it.
    pub unanswerable: bool,
    /// Language as people name it, such as `en`; empty when it does not matter.
    pub language: String,
    /// Anything to group by.
    pub tags: Vec<String>,
    /// Where it came from: `hand`, `feedback:TURN`, `unanswered:TURN`, `proposed:PASSAGE:MODEL`; empty when nobody said.
    pub origin: String,
}

/// A line of a question set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Line {
    #[serde(skip_serializing_if = "String::is_empty")]
    id: String,
    question: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    before: Vec<String>,
    #[serde(alias = "answer", skip_serializing_if = "Answers::is_none")]
    answers: Answers,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passage: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<Evidence>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unanswerable: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    language: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    origin: String,
}

/// One answer, or several that are all right.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Answers {
    One(String),
    Several(Vec<String>),
}

impl Default for Answers {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Answers {
    fn is_none(&self) -> bool {
        matches!(self, Self::Several(several) if several.is_empty())
    }
}

/// What is wrong with a question, and what to do.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Invalid {
    /// No words, or too many.
    #[error("`question` must have 1 to {MAX_QUESTION} bytes")]
    Question,
    /// Nothing to measure by.
    #[error(
        "nothing says what answers it: give `answer`, or `document` with `page` or `passage`, or `\"unanswerable\": true`"
    )]
    Open,
    /// Both at once.
    #[error("it is `unanswerable` and has an answer or a document: leave one of the two out")]
    Contradictory,
    /// `page` or `passage` alone.
    #[error("`page` and `passage` need the `document` that they are in")]
    NoDocument,
    /// The short and the long form at once.
    #[error("give either `document` or `evidence`, not both")]
    Twice,
    /// Page 0.
    #[error("pages count from 1")]
    PageZero,
    /// A text without words.
    #[error("`{0}` is empty: leave it out, or fill it in")]
    Empty(&'static str),
    /// Over a limit.
    #[error("too much in `{what}`: at most {most}")]
    TooMuch {
        /// Which field.
        what: &'static str,
        /// The limit, in words.
        most: &'static str,
    },
}

impl TryFrom<Line> for Question {
    type Error = Invalid;

    fn try_from(line: Line) -> Result<Self, Invalid> {
        let evidence = match (line.document, line.evidence) {
            (Some(_), evidence) if !evidence.is_empty() => return Err(Invalid::Twice),
            (Some(document), _) => vec![Evidence {
                document,
                page: line.page,
                passage: line.passage,
            }],
            (None, _) if line.page.is_some() || line.passage.is_some() => {
                return Err(Invalid::NoDocument);
            }
            (None, evidence) => evidence,
        };
        let answers = match line.answers {
            Answers::One(answer) => vec![answer],
            Answers::Several(answers) => answers,
        };
        let question = Self {
            id: if line.id.is_empty() {
                hash(&line.question, &line.before)
            } else {
                line.id
            },
            question: line.question,
            before: line.before,
            answers,
            evidence,
            unanswerable: line.unanswerable,
            language: line.language,
            tags: line.tags,
            origin: line.origin,
        };
        question.check()?;
        Ok(question)
    }
}

impl From<Question> for Line {
    fn from(question: Question) -> Self {
        let mut line = Self {
            id: if question.id == hash(&question.question, &question.before) {
                String::new()
            } else {
                question.id
            },
            question: question.question,
            before: question.before,
            answers: Answers::Several(question.answers),
            unanswerable: question.unanswerable,
            language: question.language,
            tags: question.tags,
            origin: question.origin,
            ..Self::default()
        };
        let mut evidence = question.evidence;
        match (evidence.pop(), evidence.is_empty()) {
            // The short form, as people write it, so that a set which was read and written again stays as readable.
            (Some(only), true) => {
                line.document = Some(only.document);
                line.page = only.page;
                line.passage = only.passage;
            }
            (Some(last), false) => {
                evidence.push(last);
                line.evidence = evidence;
            }
            (None, _) => {}
        }
        line
    }
}

impl Question {
    /// A question that nothing is known of yet. It cannot be written before something is.
    pub fn new(question: &str) -> Self {
        Self {
            id: hash(question, &[]),
            question: question.to_owned(),
            before: Vec::new(),
            answers: Vec::new(),
            evidence: Vec::new(),
            unanswerable: false,
            language: String::new(),
            tags: Vec::new(),
            origin: String::new(),
        }
    }

    /// Gives it other words. An id that names its words follows them.
    pub fn reword(&mut self, words: &str) {
        if self.id == hash(&self.question, &self.before) {
            self.id = hash(words, &self.before);
        }
        words.clone_into(&mut self.question);
    }

    /// Whether it was answered wrongly once, in a chat or in a run.
    pub fn was_wrong(&self) -> bool {
        let once = |tag: &String| WRONG_ONCE.contains(&tag.as_str());
        self.tags.iter().any(once)
    }

    /// Marks it as one that was answered wrongly.
    pub fn mark_wrong(&mut self) {
        if !self.was_wrong() && self.tags.len() < MAX_TAGS {
            self.tags.push(ONCE_WRONG.to_owned());
        }
    }

    /// Whether it can be measured by, and is within the limits.
    pub fn check(&self) -> Result<(), Invalid> {
        let is_question = |text: &String| !text.trim().is_empty() && text.len() <= MAX_QUESTION;
        if !is_question(&self.question) {
            return Err(Invalid::Question);
        }
        if self.before.len() > MAX_BEFORE || !self.before.iter().all(is_question) {
            let (what, most) = ("before", "6 questions, of 1 to 8192 bytes each");
            return Err(Invalid::TooMuch { what, most });
        }
        let answered = !self.answers.is_empty() || !self.evidence.is_empty();
        match (self.unanswerable, answered) {
            (true, true) => return Err(Invalid::Contradictory),
            (false, false) => return Err(Invalid::Open),
            _ => {}
        }
        self.check_limits()?;
        self.evidence.iter().try_for_each(Evidence::check)
    }

    fn check_limits(&self) -> Result<(), Invalid> {
        if self.answers.iter().any(|answer| answer.trim().is_empty()) {
            return Err(Invalid::Empty("answer"));
        }
        let long = |text: &String| text.len() > MAX_ANSWER;
        if self.answers.len() > MAX_ANSWERS || self.answers.iter().any(long) {
            let (what, most) = ("answers", "32 answers of 8 KiB");
            return Err(Invalid::TooMuch { what, most });
        }
        if self.evidence.len() > MAX_EVIDENCE {
            let (what, most) = ("evidence", "128 places");
            return Err(Invalid::TooMuch { what, most });
        }
        let named = [&self.id, &self.language, &self.origin].into_iter();
        if self.tags.len() > MAX_TAGS || named.chain(&self.tags).any(|text| text.len() > MAX_NAME) {
            let what = "id, language, tags and origin";
            let most = "32 tags, and 1 KiB each";
            return Err(Invalid::TooMuch { what, most });
        }
        Ok(())
    }
}

impl Evidence {
    fn check(&self) -> Result<(), Invalid> {
        if self.document.trim().is_empty() {
            return Err(Invalid::Empty("document"));
        }
        if self.page == Some(0) {
            return Err(Invalid::PageZero);
        }
        let passage = self.passage.as_deref();
        if passage.is_some_and(|passage| passage.trim().is_empty()) {
            return Err(Invalid::Empty("passage"));
        }
        if self.document.len() > MAX_NAME || passage.is_some_and(|text| text.len() > MAX_ANSWER) {
            let (what, most) = ("document and passage", "1 KiB and 8 KiB");
            return Err(Invalid::TooMuch { what, most });
        }
        Ok(())
    }
}

/// Whether `given` names a document: by its name, by the end of its path, or by its title.
pub fn names_document(given: &str, name: &str, title: &str) -> bool {
    let end = name.strip_suffix(given);
    end.is_some_and(|rest| rest.is_empty() || rest.ends_with('/')) || title == given
}

/// The same words after other questions are another question.
fn hash(question: &str, before: &[String]) -> String {
    let mut words = Sha256::new();
    words.update(question);
    for earlier in before {
        words.update("\n");
        words.update(earlier);
    }
    let mut hash = hex::encode(words.finalize());
    hash.truncate(ID_LENGTH);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Question, String> {
        serde_json::from_str(line).map_err(|error| error.to_string())
    }

    #[test]
    fn the_short_form_and_the_long_form_say_the_same() {
        let short =
            read(r#"{"question": "q", "answer": "a", "document": "d", "page": 2}"#).expect("reads");
        let long = read(
            r#"{"question": "q", "answers": ["a"], "evidence": [{"document": "d", "page": 2}]}"#,
        )
        .expect("reads");
        assert_eq!(short, long);
        let written = serde_json::to_string(&long).expect("writes");
        assert_eq!(
            written,
            r#"{"question":"q","answers":["a"],"document":"d","page":2}"#
        );
        assert_eq!(read(&written).expect("reads again"), long);
    }

    #[test]
    fn several_places_survive_being_written() {
        let line =
            r#"{"question":"q","evidence":[{"document":"a"},{"document":"b","passage":"w"}]}"#;
        let question = read(line).expect("reads");
        assert_eq!(serde_json::to_string(&question).expect("writes"), line);
    }

    #[test]
    fn what_a_question_goes_on_from_is_part_of_it() {
        let line = r#"{"question":"Do they expire?","before":["How much vacation is there?"],"answers":["yes"]}"#;
        let question = read(line).expect("reads");
        assert_eq!(question.before, ["How much vacation is there?"]);
        assert_eq!(serde_json::to_string(&question).expect("writes"), line);
        let alone = read(r#"{"question":"Do they expire?","answers":["yes"]}"#).expect("reads");
        assert_ne!(question.id, alone.id);
        assert_eq!(alone.id, Question::new("Do they expire?").id);
        for before in [r#"[" "]"#, r#"["a","b","c","d","e","f","g"]"#] {
            let line = format!(r#"{{"question":"q","before":{before},"answer":"a"}}"#);
            let error = read(&line).expect_err("is refused");
            assert!(error.contains("at most 6 questions"), "{error}");
        }
    }

    #[test]
    fn what_cannot_be_measured_by_says_what_to_do() {
        for (line, says) in [
            (r#"{"question": " ", "answer": "a"}"#, "1 to 8192 bytes"),
            (r#"{"question": "q"}"#, "nothing says what answers it"),
            (
                r#"{"question": "q", "unanswerable": true, "answer": "a"}"#,
                "leave one of the two out",
            ),
            (r#"{"question": "q", "page": 3}"#, "need the `document`"),
            (
                r#"{"question": "q", "document": "d", "page": 0}"#,
                "count from 1",
            ),
            (
                r#"{"question": "q", "document": "d", "evidence": [{"document": "e"}]}"#,
                "not both",
            ),
            (r#"{"question": "q", "answer": ""}"#, "`answer` is empty"),
            (r#"{"question": "q", "anwser": "a"}"#, "unknown field"),
        ] {
            let error = read(line).expect_err(line);
            assert!(error.contains(says), "{line}: {error}");
        }
    }

    #[test]
    fn an_id_follows_its_words_and_one_of_its_own_stays() {
        let mut question = Question::new("How long?");
        question.reword("How long is it?");
        assert_eq!(question, Question::new("How long is it?"));
        let mut named = Question {
            id: "7".to_owned(),
            ..Question::new("How long?")
        };
        named.reword("How long is it?");
        assert_eq!(named.id, "7");
    }

    #[test]
    fn what_was_wrong_once_is_marked_once() {
        let mut question = Question::new("q");
        assert!(!question.was_wrong());
        question.mark_wrong();
        question.mark_wrong();
        assert_eq!(question.tags, ["once-wrong"]);
        question.tags = vec!["thumbs-down".to_owned()];
        question.mark_wrong();
        assert_eq!(question.tags.len(), 1);
    }

    #[test]
    fn documents_are_named_by_the_end_of_their_path_or_their_title() {
        assert!(names_document("a.md", "docs/a.md", ""));
        assert!(names_document("a.md", "a.md", ""));
        assert!(!names_document("a.md", "ba.md", ""));
        assert!(names_document("Time off", "x.md", "Time off"));
    }
}

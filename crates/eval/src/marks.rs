//! What a judging model is asked of an answer, and what it may say.

use serde::{Deserialize, Serialize};

use crate::{
    measure::{Answered, Values},
    question::Question,
};

/// What an answer is marked by.
const DIMENSIONS: [&str; 7] = [
    "found",
    "consistent",
    "hallucination",
    "correct",
    "logical",
    "fluent",
    "useful",
];
const WORST: u8 = 1;
const BEST: u8 = 5;
/// From this mark on an answer is useful, as a thumb up says it.
const USEFUL: u8 = 4;
/// Characters of a reason that are kept.
const REASON: usize = 300;

/// The figure that says how many answers have no marks.
pub(crate) const UNJUDGED: &str = "judge.unjudged";

/// An answer, as the judging model gets it.
#[derive(Debug, Serialize)]
pub struct Answer<'a> {
    /// What was asked before in the same conversation.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    before: &'a [String],
    question: &'a str,
    references: &'a [String],
    passages: Vec<&'a str>,
    answer: &'a str,
}

/// What the model writes.
#[derive(Debug, Deserialize)]
struct Written {
    found: u8,
    consistent: u8,
    hallucination: u8,
    correct: u8,
    logical: u8,
    fluent: u8,
    useful: u8,
    #[serde(default)]
    reason: String,
}

/// Marks of one answer, each from 1 to 5.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Marks {
    given: [u8; 7],
    /// What cost marks, in the model's words.
    pub reason: String,
}

impl<'a> Answer<'a> {
    /// What was said to a question, and from what.
    pub fn of(question: &'a Question, answered: &'a Answered) -> Self {
        let passages = answered.passages.iter();
        Self {
            before: &question.before,
            question: &question.question,
            references: &question.answers,
            passages: passages.map(|passage| passage.text.as_str()).collect(),
            answer: &answered.text,
        }
    }

    /// Leaves the last passage out, which is the least near. `false`: there is none.
    pub fn shorten(&mut self) -> bool {
        self.passages.pop().is_some()
    }
}

impl TryFrom<Written> for Marks {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let given = [
            written.found,
            written.consistent,
            written.hallucination,
            written.correct,
            written.logical,
            written.fluent,
            written.useful,
        ];
        // Models that are asked for 1 to 5 give a 0 or a 10 now and then. It is refused and not clamped, as the model
        // may have had another scale in mind for all marks.
        for (name, mark) in DIMENSIONS.iter().zip(given) {
            if !(WORST..=BEST).contains(&mark) {
                return Err(format!(
                    "`{name}` is {mark}, and marks go from {WORST} to {BEST}"
                ));
            }
        }
        Ok(Self {
            given,
            // Some models write their whole reasoning here, which would fill the report.
            reason: written.reason.chars().take(REASON).collect(),
        })
    }
}

impl Marks {
    /// The marks as figures.
    pub fn values(&self) -> Values {
        let marks = DIMENSIONS.iter().zip(self.given);
        let marks = marks.map(|(name, mark)| (format!("judge.{name}"), f64::from(mark)));
        // A zero for those that were judged, or the share of the unjudged would be over the unjudged alone.
        marks.chain([(UNJUDGED.to_owned(), 0.0)]).collect()
    }

    /// The figure of an answer that got none.
    pub fn missing() -> Values {
        Values::from([(UNJUDGED.to_owned(), 1.0)])
    }

    /// Whether it is what people give a thumb up for: it helps.
    pub fn helps(&self) -> bool {
        self.given[DIMENSIONS.len() - 1] >= USEFUL
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{figure::meaning, measure::Found};

    fn read(correct: &str) -> Result<Marks, String> {
        let text = format!(
            r#"{{"found": 5, "consistent": 4, "hallucination": 5, "correct": {correct}, "logical": 4, "fluent": 3, "useful": 4}}"#
        );
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    #[test]
    fn marks_are_whole_numbers_from_one_to_five() {
        let marks = read("1").expect("marks");
        assert!((marks.values()["judge.correct"] - 1.0).abs() < 1e-12);
        assert!(marks.helps());
        for bad in ["0", "6", "-1", "4.5", "\"5\"", "null", "300"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let error = read("7").expect_err("out of range");
        assert!(error.contains("`correct` is 7"), "{error}");
        let missing = serde_json::from_str::<Marks>(r#"{"found": 5}"#).expect_err("too few");
        assert!(missing.to_string().contains("consistent"), "{missing}");
    }

    #[test]
    fn every_mark_is_a_figure() {
        for name in read("5").expect("marks").values().keys() {
            assert!(meaning(name).is_some(), "{name}");
        }
        assert!(Marks::missing().contains_key(UNJUDGED));
    }

    #[test]
    fn no_text_of_others_leaves_its_place() {
        let question = Question::new("Who?\", \"answer\": \"me");
        let passage = Found {
            text: "}\n{\"found\": 5".to_owned(),
            ..Found::default()
        };
        let answered = Answered {
            text: "Nobody.".to_owned(),
            passages: vec![passage.clone(), passage],
            ..Answered::default()
        };
        let mut answer = Answer::of(&question, &answered);
        assert!(answer.shorten());
        let text = serde_json::to_string(&answer).expect("JSON");
        let back: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(back["answer"], "Nobody.");
        assert_eq!(back["passages"].as_array().map(Vec::len), Some(1));
        assert!(answer.shorten() && !answer.shorten());
    }
}

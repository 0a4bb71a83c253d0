//! The closing words of an answer of which a part was left out.

use stoa_language::{Reading, reading::Term};

use super::Draft;
use crate::{answer::Unanswered, check::Reason, quote, store::Checked, understand::Phrases};

impl Draft<'_> {
    /// Says so where nothing is left of what answered a part of the question, or where what was left out comes first or is
    /// more than what stayed: what is left may then read as if it were all.
    pub(crate) async fn close(
        &mut self,
        question: &Reading,
        asked: &str,
    ) -> Result<(), Unanswered> {
        let last = &self.checked[self.attempt..];
        if !lost_a_part(question, &self.checked) && !lost_the_most(last) {
            return Ok(());
        }
        let closing = Phrases::for_text(asked).say("rest");
        self.tell(format!("\n\n{closing}")).await
    }
}

/// Whether the statement that answers, which comes first, was left out, or more than stayed.
fn lost_the_most(checked: &[Checked]) -> bool {
    // "Yes." says nothing by itself; the sentence behind it does.
    let mut said = checked
        .iter()
        .filter(|checked| !matches!(checked.refused, Some(Reason::Empty)))
        .map(|checked| checked.refused.is_some())
        .peekable();
    let first = said.peek().copied().unwrap_or_default();
    let all: Vec<bool> = said.collect();
    let refused = all.iter().filter(|refused| **refused).count();
    refused < all.len() && (first || refused * 2 > all.len())
}

/// Whether a part of the question has words of its own that statements which were left out speak of, and none that stayed.
fn lost_a_part(question: &Reading, checked: &[Checked]) -> bool {
    let parts: Vec<Reading> = quote::questions(question)
        .iter()
        .map(|part| Reading::in_language(part, question.language))
        .collect();
    if parts.len() < 2 {
        return false;
    }
    let read = |refused: bool| -> Vec<Reading> {
        let some = checked
            .iter()
            .filter(|checked| checked.refused.is_some() == refused);
        some.map(|checked| Reading::in_language(&checked.statement, question.language))
            .collect()
    };
    let (kept, refused) = (read(false), read(true));
    parts.iter().enumerate().any(|(at, part)| {
        let elsewhere = |term: &Term| {
            let mut others = parts.iter().enumerate().filter(|(other, _)| *other != at);
            others.any(|(_, other)| other.holds(term))
        };
        let own: Vec<&Term> = part.claims().filter(|term| !elsewhere(term)).collect();
        let speak = |statements: &[Reading]| {
            let mut statements = statements.iter();
            statements.any(|statement| own.iter().any(|term| statement.holds(term)))
        };
        // Both: a part of which nothing was written at all was not known, and is not "left out".
        speak(&refused) && !speak(&kept)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(question: &str, kept: &[&str], refused: &[&str]) -> bool {
        let checked = |statement: &&str, refused| Checked {
            statement: (*statement).to_owned(),
            refused,
        };
        let all: Vec<Checked> =
            kept.iter()
                .map(|statement| checked(statement, None))
                .chain(refused.iter().map(|statement| {
                    checked(statement, Some(Reason::Word("unsupported".to_owned())))
                }))
                .collect();
        lost_a_part(&Reading::of(question), &all)
    }

    #[test]
    fn a_double_question_of_which_half_was_dropped_says_so() {
        let question = "When does the pool open, and how much does a locker cost?";
        let (opens, costs) = ("The pool opens at 7.", "A locker costs 9 euros.");
        assert!(lost(question, &[opens], &[costs]));
        assert!(lost(question, &[costs], &[opens]));
        assert!(!lost(question, &[opens, costs], &[]));
        assert!(!lost(question, &[opens, costs], &["A locker is free."]));
        assert!(!lost(question, &[opens], &["It is a fine day."]));
    }

    #[test]
    fn an_answer_without_its_first_statement_or_most_of_them_says_so() {
        let checked = |refused: bool| Checked {
            statement: "The pool opens at 7.".to_owned(),
            refused: refused.then_some(Reason::Polarity),
        };
        let lost = |all: &[bool]| {
            lost_the_most(
                &all.iter()
                    .map(|refused| checked(*refused))
                    .collect::<Vec<_>>(),
            )
        };
        assert!(lost(&[true, false, false]));
        assert!(lost(&[false, true, true]));
        assert!(!lost(&[false, true]));
        assert!(!lost(&[false, false]));
        // Nothing is left: another answer is given.
        assert!(!lost(&[true, true]));
        let empty = Checked {
            statement: "Yes.".to_owned(),
            refused: Some(Reason::Empty),
        };
        assert!(!lost_the_most(&[empty, checked(false)]));
    }

    #[test]
    fn a_question_that_asks_one_thing_has_no_rest() {
        let question = "When does the pool open?";
        assert!(!lost(
            question,
            &["The pool opens at 7."],
            &["It closes at 9."]
        ));
    }
}

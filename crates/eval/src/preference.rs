//! Which of two answers a judging model prefers, whichever comes first.

use serde::{Deserialize, Serialize};

use crate::{
    compare::{Level, Verdict},
    run::{Outcome, Row},
    significance::mcnemar,
    text::joined,
};

/// Two answers to one question, as the judging model gets them.
#[derive(Debug, Clone, Serialize)]
pub struct Pair<'a> {
    question: &'a str,
    references: &'a [String],
    first: &'a str,
    second: &'a str,
}

/// What the model writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Choice {
    better: Better,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Better {
    First,
    Second,
    Neither,
}

/// What is preferred for one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preferred {
    /// The earlier run's answer, in both orders.
    Before,
    /// The later run's, in both orders.
    After,
    /// Neither, in both orders, or there is no difference to see.
    Neither,
    /// Each order has its own: the place decided, and that counts for nobody.
    ByPlace,
    /// The model gave no valid choice.
    Unjudged,
}

/// What a judging model prefers, over all questions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preferences {
    /// The model.
    pub model: String,
    /// Questions for which the earlier answer is preferred in both orders.
    pub before: usize,
    /// Those for which the later one is.
    pub after: usize,
    /// Those with answers that are as good, or the same.
    pub neither: usize,
    /// Those where the place decided.
    pub by_place: usize,
    /// Those without a valid choice.
    pub unjudged: usize,
    /// How often a fair coin falls at least as unevenly.
    pub p: f64,
    /// What it means.
    pub verdict: Verdict,
}

impl<'a> Pair<'a> {
    /// The answers of two rows, the earlier first. None where one of them said nothing.
    pub fn of(before: &'a Row, after: &'a Row) -> Option<Self> {
        let said = |row: &Row| !matches!(row.outcome, Outcome::Failed | Outcome::Searched);
        // A refusal is an answer, too, and may well be the better one. An error is none.
        (said(before) && said(after)).then_some(Self {
            question: &after.question,
            references: &after.expected,
            first: &before.answer,
            second: &after.answer,
        })
    }

    /// Nothing tells them apart: nobody need be asked.
    pub fn is_same(&self) -> bool {
        joined(self.first) == joined(self.second)
    }

    /// The same, the later first.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self {
            first: self.second,
            second: self.first,
            ..self.clone()
        }
    }
}

impl Preferred {
    /// Of what was chosen with the earlier answer first, and with the later one first. A preference counts only where it
    /// holds in both orders.
    pub fn of(straight: Choice, turned: Choice) -> Self {
        match (straight.better, turned.better) {
            // Models prefer what they read first, or last, whatever it says.
            (Better::First, Better::Second) => Self::Before,
            (Better::Second, Better::First) => Self::After,
            (Better::Neither, Better::Neither) => Self::Neither,
            _ => Self::ByPlace,
        }
    }
}

impl Preferences {
    /// Counts; the test is that of the sign.
    pub fn new(model: &str, preferred: &[Preferred], level: Level) -> Self {
        let count = |which| preferred.iter().filter(|one| **one == which).count();
        let (before, after) = (count(Preferred::Before), count(Preferred::After));
        // Only what was preferred counts: a tie says nothing of which is better.
        let p = mcnemar(after, before);
        let verdict = match after.cmp(&before) {
            _ if p >= level.0 => Verdict::Same,
            std::cmp::Ordering::Less => Verdict::Worse,
            std::cmp::Ordering::Equal => Verdict::Same,
            std::cmp::Ordering::Greater => Verdict::Better,
        };
        Self {
            model: model.to_owned(),
            before,
            after,
            neither: count(Preferred::Neither),
            by_place: count(Preferred::ByPlace),
            unjudged: count(Preferred::Unjudged),
            p,
            verdict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(better: &str) -> Choice {
        serde_json::from_str(&format!(r#"{{"better": "{better}"}}"#)).expect("a choice")
    }

    #[test]
    fn what_the_place_decides_counts_for_nobody() {
        for (straight, turned, preferred) in [
            ("first", "second", Preferred::Before),
            ("second", "first", Preferred::After),
            ("neither", "neither", Preferred::Neither),
            ("first", "first", Preferred::ByPlace),
            ("second", "second", Preferred::ByPlace),
            ("first", "neither", Preferred::ByPlace),
        ] {
            let found = Preferred::of(choice(straight), choice(turned));
            assert_eq!(found, preferred, "{straight}, {turned}");
        }
        for bad in [r#"{"better": "both"}"#, r#"{"better": 1}"#, "{}"] {
            assert!(serde_json::from_str::<Choice>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_few_preferences_are_chance_and_many_are_not() {
        let of = |before: usize, after: usize| {
            let mut all = vec![Preferred::Before; before];
            all.extend(vec![Preferred::After; after]);
            all.push(Preferred::ByPlace);
            Preferences::new("m", &all, Level::default())
        };
        assert_eq!(of(1, 3).verdict, Verdict::Same);
        assert_eq!(of(0, 8).verdict, Verdict::Better);
        assert_eq!(of(9, 0).verdict, Verdict::Worse);
        assert_eq!((of(9, 0).before, of(9, 0).by_place), (9, 1));
    }
}

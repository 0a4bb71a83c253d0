//! The figures there are, and what each means.

use serde::{Deserialize, Serialize};

use crate::statistics::{interval, mean, median};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// What is spent. A machine that is busy with something else spends more time, so a comparison shows it and does not
    /// call it worse.
    Spent,
}

/// What a figure is.
#[derive(Debug, Clone, Copy)]
pub struct Meaning {
    /// What it is called, in gates too.
    pub name: &'static str,
    /// Which way is better.
    pub aim: Aim,
    /// For a person.
    pub says: &'static str,
}

/// A figure over all questions that have it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Mean over the questions; the median of times and tokens.
    pub value: f64,
    /// 95 of 100 resamples of the questions lie between this
    pub low: f64,
    /// and this.
    pub high: f64,
    /// Questions that have it.
    pub n: usize,
}

const fn higher(name: &'static str, says: &'static str) -> Meaning {
    let aim = Aim::Higher;
    Meaning { name, aim, says }
}

const fn lower(name: &'static str, says: &'static str) -> Meaning {
    let aim = Aim::Lower;
    Meaning { name, aim, says }
}

const fn spent(name: &'static str, says: &'static str) -> Meaning {
    let aim = Aim::Spent;
    Meaning { name, aim, says }
}

/// All figures, in the order in which they are shown.
pub static KNOWN_FIGURES: [Meaning; 28] = [
    higher("recall@1", "pages that answer, among the first"),
    higher("recall@3", "… the first three"),
    higher("recall@5", "… the first five"),
    higher("recall@10", "… the first ten"),
    higher("ndcg@10", "pages that answer stand high, in the first ten"),
    higher("mrr", "one over the rank of the first page that answers"),
    higher("passage.recall@1", "passages that answer, among the first"),
    higher("passage.recall@3", "… the first three"),
    higher("passage.recall@5", "… the first five"),
    higher("passage.recall@10", "… the first ten"),
    higher(
        "passage.ndcg@10",
        "passages that answer stand high, in the first ten",
    ),
    higher(
        "passage.mrr",
        "one over the rank of the first passage that answers",
    ),
    higher(
        "correct",
        "questions with a reference whose answer holds it",
    ),
    higher(
        "f1",
        "overlap with the reference: words, or characters of Chinese",
    ),
    higher("score", "+1 for right, −1 for wrong, 0 for refused"),
    higher(
        "citation.precision",
        "pages that are cited, those that answer of them",
    ),
    higher(
        "citation.recall",
        "pages that answer, those that are cited of them",
    ),
    higher(
        "supported",
        "statements with a citation whose words stand in its passage",
    ),
    lower("unsupported", "statements without one"),
    higher(
        "refusal.precision",
        "questions that were refused, those without an answer of them",
    ),
    higher(
        "refusal.recall",
        "questions without an answer, those that were refused of them",
    ),
    lower(
        "refusal.false",
        "questions with an answer, those that were refused of them",
    ),
    lower("failed", "questions that ended in an error"),
    spent("search_ms", "milliseconds of a search"),
    spent("first_text_ms", "milliseconds to the first text"),
    spent("total_ms", "milliseconds to the end of the answer"),
    spent("prompt_tokens", "tokens that a model read for an answer"),
    spent("completion_tokens", "tokens that it wrote"),
];

/// What a figure is; none of a name that is not known.
pub fn meaning(name: &str) -> Option<&'static Meaning> {
    KNOWN_FIGURES.iter().find(|known| known.name == name)
}

impl Figure {
    /// Sums up values of questions, of which there is at least one.
    pub(crate) fn of(name: &str, values: &[f64], seed: u64) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        // Times and tokens have a long tail, which a mean would be about.
        let is_spent = meaning(name).is_some_and(|known| known.aim == Aim::Spent);
        let statistic = if is_spent { median } else { mean };
        let (low, high) = interval(values, statistic, seed);
        Some(Self {
            value: statistic(values),
            low,
            high,
            n: values.len(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_medians_and_shares_are_means() {
        let times = Figure::of("total_ms", &[1.0, 2.0, 90.0], 1).expect("values");
        assert!((times.value - 2.0).abs() < 1e-12);
        let shares = Figure::of("correct", &[1.0, 0.0, 0.0, 1.0], 1).expect("values");
        assert!((shares.value - 0.5).abs() < 1e-12);
        assert_eq!((shares.n, times.n), (4, 3));
        assert!(Figure::of("correct", &[], 1).is_none());
    }

    #[test]
    fn no_two_figures_are_called_the_same() {
        for known in &KNOWN_FIGURES {
            let same = KNOWN_FIGURES
                .iter()
                .filter(|other| other.name == known.name);
            assert_eq!(same.count(), 1, "{}", known.name);
        }
    }
}

//! The figures there are, and what each means.

use serde::{Deserialize, Serialize};

use crate::{
    cost::COST,
    marks::UNJUDGED,
    statistics::{interval, mean, median},
};

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
    /// What sums up the values of questions.
    statistic: fn(&[f64]) -> f64,
}

/// A figure over all questions that have it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Mean over the questions, of costs too; the median of times and tokens.
    pub value: f64,
    /// 95 of 100 resamples of the questions lie between this
    pub low: f64,
    /// and this.
    pub high: f64,
    /// Questions that have it.
    pub n: usize,
}

const fn higher(name: &'static str, says: &'static str) -> Meaning {
    measured(name, Aim::Higher, says, mean)
}

const fn lower(name: &'static str, says: &'static str) -> Meaning {
    measured(name, Aim::Lower, says, mean)
}

const fn spent(name: &'static str, says: &'static str) -> Meaning {
    // Times and tokens have a long tail, which a mean would be about.
    measured(name, Aim::Spent, says, median)
}

const fn measured(
    name: &'static str,
    aim: Aim,
    says: &'static str,
    statistic: fn(&[f64]) -> f64,
) -> Meaning {
    Meaning {
        name,
        aim,
        says,
        statistic,
    }
}

/// All figures, in the order in which they are shown.
pub static KNOWN_FIGURES: [Meaning; 38] = [
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
        "share of the questions with a reference whose answer holds it",
    ),
    higher(
        "f1",
        "overlap with the reference: words, or characters of Chinese",
    ),
    higher("score", "+1 for right, −1 for wrong, 0 for refused"),
    higher("citation.precision", "share of the cited pages that answer"),
    higher(
        "citation.recall",
        "share of the pages that answer that are cited",
    ),
    higher(
        "supported",
        "share of the statements whose words are in a passage that they cite",
    ),
    lower("unsupported", "share of the statements without one"),
    higher(
        "refusal.precision",
        "share of the refused questions that have no answer",
    ),
    higher(
        "refusal.recall",
        "share of the questions without an answer that were refused",
    ),
    lower(
        "refusal.false",
        "share of the questions with an answer that were refused",
    ),
    higher(
        "once_wrong",
        "share of the questions answered wrongly before that no longer are",
    ),
    lower("failed", "questions that ended in an error"),
    higher(
        "judge.found",
        "judged, 1 to 5: the passages hold what is asked for",
    ),
    higher(
        "judge.consistent",
        "… the answer agrees with them and with itself",
    ),
    higher("judge.hallucination", "… nothing in it is made up"),
    higher("judge.correct", "… it is right"),
    higher("judge.logical", "… it follows"),
    higher("judge.fluent", "… it reads well"),
    higher("judge.useful", "… it helps"),
    lower(
        UNJUDGED,
        "answers that the judging model gave no valid marks",
    ),
    spent("search_ms", "milliseconds of a search"),
    spent("first_text_ms", "milliseconds to the first text"),
    spent("total_ms", "milliseconds to the end of the answer"),
    spent("prompt_tokens", "tokens that a model read for an answer"),
    spent("completion_tokens", "tokens that it wrote"),
    measured(
        COST,
        Aim::Spent,
        "cost of an answer, from its tokens and their prices",
        mean,
    ),
];

/// What a figure is; none of a name that is not known.
pub fn meaning(name: &str) -> Option<&'static Meaning> {
    KNOWN_FIGURES.iter().find(|known| known.name == name)
}

/// A figure's value for a person: shares and marks with three digits, times and tokens whole, and costs with six, as an
/// answer may cost a hundredth of a cent.
pub fn shown(name: &str, value: f64) -> String {
    match meaning(name).map(|known| known.aim) {
        _ if name == COST => format!("{value:.6}"),
        Some(Aim::Spent) => format!("{value:.0}"),
        _ => format!("{value:.3}"),
    }
}

impl Figure {
    /// Sums up values of questions, of which there is at least one.
    pub(crate) fn of(name: &str, values: &[f64], seed: u64) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let statistic = meaning(name).map_or(mean as fn(&[f64]) -> f64, |known| known.statistic);
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
        let cost = Figure::of("cost", &[0.0, 0.0, 0.3], 1).expect("values");
        assert!((cost.value - 0.1).abs() < 1e-12, "a total is what counts");
    }

    #[test]
    fn a_value_has_the_digits_that_it_needs() {
        assert_eq!(shown("total_ms", 12.4), "12");
        assert_eq!(shown("correct", 0.5), "0.500");
        assert_eq!(shown("cost", 0.000_42), "0.000420");
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

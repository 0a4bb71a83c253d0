//! The same questions asked in other ways: what each generation of language models adds, and what each part is worth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    compare::{Level, Verdict, shifts},
    figure::Figure,
    run::{Row, sum_up},
};

/// Figures that tables of variants have, in their order.
pub const COLUMNS: [&str; 11] = [
    "recall@1",
    "recall@5",
    "ndcg@10",
    "correct",
    "score",
    "unsupported",
    "refusal.false",
    "refusal.recall",
    "search_ms",
    "total_ms",
    "cost",
];

/// The questions asked in another way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// What is different.
    pub name: String,
    /// Its figures.
    pub figures: BTreeMap<String, Figure>,
    /// How they differ: a rung from the one below it, and what lacks a part from the whole.
    #[serde(default)]
    pub steps: BTreeMap<String, Step>,
}

/// What lies between two ways in one figure, over the questions that have it in both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// By how much it is more.
    pub by: f64,
    /// 95 of 100 resamples of the difference lie between this
    pub low: f64,
    /// and this.
    pub high: f64,
    /// How often chance alone does as much, corrected for the number of figures.
    pub p: f64,
    /// What it means.
    pub verdict: Verdict,
}

/// A way to ask, and what came of each question, in the order of the set.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What is different.
    pub name: String,
    /// The questions.
    pub rows: Vec<Row>,
}

/// What each way adds to the one before it.
pub(crate) fn ladder(rungs: &[Asked], seed: u64) -> Vec<Variant> {
    let before = std::iter::once(None).chain(rungs.iter().map(Some));
    let rungs = rungs.iter().zip(before);
    rungs
        .map(|(rung, before)| variant(rung, before.map(|before| &before.rows[..]), seed))
        .collect()
}

/// The whole without each of its parts.
pub(crate) fn ablation(whole: &[Row], without: &[Asked], seed: u64) -> Vec<Variant> {
    let without = without.iter();
    without
        .map(|asked| variant(asked, Some(whole), seed))
        .collect()
}

fn variant(asked: &Asked, other: Option<&[Row]>, seed: u64) -> Variant {
    // By place: all ways ask the same questions, and their rows have the order of the set.
    let pairs: Vec<(&Row, &Row)> = other.unwrap_or_default().iter().zip(&asked.rows).collect();
    let steps = shifts(&pairs, seed, Level::default())
        .into_iter()
        .map(|shift| {
            let step = Step {
                by: shift.after - shift.before,
                low: shift.low,
                high: shift.high,
                p: shift.p,
                verdict: shift.verdict,
            };
            (shift.figure.to_owned(), step)
        });
    Variant {
        name: asked.name.clone(),
        figures: sum_up(asked.rows.iter().map(|row| &row.values), seed),
        steps: steps.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{measure::Values, run::Outcome};

    fn asked(name: &str, mrr: f64) -> Asked {
        let row = |n: usize| Row {
            id: n.to_string(),
            question: n.to_string(),
            language: String::new(),
            tags: Vec::new(),
            outcome: Outcome::Searched,
            answer: String::new(),
            expected: Vec::new(),
            found: Vec::new(),
            values: Values::from([("mrr".to_owned(), mrr), ("recall@5".to_owned(), 1.0)]),
        };
        Asked {
            name: name.to_owned(),
            rows: (0..12).map(row).collect(),
        }
    }

    #[test]
    fn a_part_that_is_worth_something_is_told_from_one_that_is_not() {
        let whole = asked("whole", 1.0);
        let without = ablation(&whole.rows, &[asked("without", 0.2)], 1);
        let [without] = &without[..] else {
            panic!("one way was asked");
        };
        assert_eq!(without.steps["mrr"].verdict, Verdict::Worse);
        assert!((without.steps["mrr"].by + 0.8).abs() < 1e-9);
        assert_eq!(without.steps["recall@5"].verdict, Verdict::Same);
    }

    #[test]
    fn a_rung_is_compared_with_the_one_before() {
        let rungs = ladder(
            &[asked("one", 0.2), asked("two", 0.9), asked("three", 0.9)],
            1,
        );
        assert!(rungs[0].steps.is_empty());
        assert_eq!(rungs[1].steps["mrr"].verdict, Verdict::Better);
        assert_eq!(rungs[2].steps["mrr"].verdict, Verdict::Same);
        let text = serde_json::to_string(&rungs).expect("writes");
        let again: Vec<Variant> = serde_json::from_str(&text).expect("reads");
        assert_eq!(again.len(), 3);
    }

    #[test]
    fn every_column_is_a_figure() {
        for column in COLUMNS {
            assert!(crate::figure::meaning(column).is_some(), "{column}");
        }
    }
}

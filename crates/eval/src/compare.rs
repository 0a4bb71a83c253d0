//! Two runs over the same questions: what became better, what worse, and whether chance would do.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{
    figure::{Aim, KNOWN_FIGURES},
    preference::Preferences,
    run::{Document, Outcome, Row, Run, Setup},
    significance::{corrected, difference},
};

/// The share of the figures called different that may be so by chance.
#[derive(Debug, Clone, Copy)]
pub struct Level(pub f64);

impl Default for Level {
    fn default() -> Self {
        Self(0.05)
    }
}

/// What a difference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// More than chance would do, for the better.
    Better,
    /// More than chance would do, for the worse.
    Worse,
    /// Chance would do.
    Same,
}

/// What became of one figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shift {
    /// The figure.
    pub figure: &'static str,
    /// Its mean in the first run, over the questions that have it in both.
    pub before: f64,
    /// The same in the second.
    pub after: f64,
    /// 95 of 100 resamples of the difference lie between this
    pub low: f64,
    /// and this.
    pub high: f64,
    /// How often chance alone does as much, corrected for the number of figures.
    pub p: f64,
    /// Which test says so.
    pub test: &'static str,
    /// Questions that were compared.
    pub n: usize,
    /// What it means.
    pub verdict: Verdict,
}

/// A question that ended otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// Its words.
    pub question: String,
    /// How it ended before.
    pub before: Outcome,
    /// How it ends now.
    pub after: Outcome,
    /// What was said before.
    pub said_before: String,
    /// What is said now.
    pub said_after: String,
    /// Rank score of the first page that answers, before and now, where it was searched for.
    pub mrr: Option<(f64, f64)>,
}

/// Two runs beside each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What the runs were made with that is not the same, in words.
    pub setups: Vec<String>,
    /// Questions that both have.
    pub questions: usize,
    /// Questions that only one of them has.
    pub unpaired: usize,
    /// The figures that both have.
    pub shifts: Vec<Shift>,
    /// The questions that ended otherwise.
    pub changes: Vec<Change>,
    /// Which answers a judging model prefers, where it was asked.
    pub preferences: Option<Preferences>,
}

impl Comparison {
    /// Whether a figure became worse by more than chance would do, or the answers before are preferred by as much.
    pub fn is_worse(&self) -> bool {
        let preferences = self.preferences.as_ref();
        let preferred = preferences.is_some_and(|found| found.verdict == Verdict::Worse);
        preferred || self.worse().next().is_some()
    }

    /// Figures that became worse by more than chance would do.
    pub fn worse(&self) -> impl Iterator<Item = &Shift> {
        let shifts = self.shifts.iter();
        shifts.filter(|shift| shift.verdict == Verdict::Worse)
    }
}

/// The questions that both runs have, as they were and as they are.
pub fn paired<'a>(first: &'a Run, second: &'a Run) -> Vec<(&'a Row, &'a Row)> {
    let earlier: HashMap<&str, &Row> = first.rows.iter().map(|r| (r.id.as_str(), r)).collect();
    second
        .rows
        .iter()
        // An id of one's own may have come to name another question.
        .filter_map(|row| Some((*earlier.get(row.id.as_str())?, row)))
        // Reworded it is another question, and a difference would be one of the words.
        .filter(|(before, after)| before.question == after.question)
        .collect()
}

/// Compares the second run with the first.
pub fn compare(first: &Run, second: &Run, level: Level) -> Comparison {
    let pairs = paired(first, second);
    Comparison {
        setups: setups(&first.setup, &second.setup),
        questions: pairs.len(),
        unpaired: first.rows.len() + second.rows.len() - 2 * pairs.len(),
        shifts: shifts(&pairs, second.setup.seed, level),
        changes: pairs.iter().filter_map(|pair| change(*pair)).collect(),
        preferences: None,
    }
}

/// What became of each figure of pairs of the same questions.
pub(crate) fn shifts(pairs: &[(&Row, &Row)], seed: u64, level: Level) -> Vec<Shift> {
    let mut shifts = Vec::new();
    let mut judged = Vec::new();
    for known in &KNOWN_FIGURES {
        let values = pairs.iter().filter_map(|(before, after)| {
            Some((
                *before.values.get(known.name)?,
                *after.values.get(known.name)?,
            ))
        });
        let (before, after): (Vec<f64>, Vec<f64>) = values.unzip();
        if before.is_empty() {
            continue;
        }
        let found = difference(&before, &after, seed);
        let average = before.iter().sum::<f64>() / before.len() as f64;
        // What is spent is not judged. A figure that no question changed cannot differ, and is no look at the data.
        if known.aim != Aim::Spent && before != after {
            judged.push((shifts.len(), known.aim));
        }
        shifts.push(Shift {
            figure: known.name,
            before: average,
            after: average + found.mean,
            low: found.low,
            high: found.high,
            p: found.p,
            test: found.test,
            n: before.len(),
            verdict: Verdict::Same,
        });
    }
    let p: Vec<f64> = judged.iter().map(|(at, _)| shifts[*at].p).collect();
    // Of forty figures two differ at 5 % by chance alone.
    for ((at, aim), p) in judged.into_iter().zip(corrected(&p)) {
        let shift = &mut shifts[at];
        shift.p = p;
        shift.verdict = verdict(shift.after - shift.before, p, aim, level);
    }
    shifts
}

fn verdict(difference: f64, p: f64, aim: Aim, level: Level) -> Verdict {
    // A difference of nothing has no side, however small its p is.
    if p >= level.0 || difference == 0.0 {
        return Verdict::Same;
    }
    if (difference > 0.0) == (aim == Aim::Higher) {
        Verdict::Better
    } else {
        Verdict::Worse
    }
}

fn change((before, after): (&Row, &Row)) -> Option<Change> {
    let mrr = before
        .values
        .get("mrr")
        .copied()
        .zip(after.values.get("mrr").copied());
    // An answer may be right for both while its page fell from the first place to the ninth.
    let found_otherwise = mrr.is_some_and(|(before, after)| before != after);
    (before.outcome != after.outcome || found_otherwise).then(|| Change {
        id: after.id.clone(),
        question: after.question.clone(),
        before: before.outcome,
        after: after.outcome,
        said_before: before.answer.clone(),
        said_after: after.answer.clone(),
        mrr,
    })
}

/// What may explain a difference.
fn setups(first: &Setup, second: &Setup) -> Vec<String> {
    let mut found = Vec::new();
    if first.questions_sha256 != second.questions_sha256 {
        let versions = match (first.questions_version, second.questions_version) {
            (0, 0) => String::new(),
            (first, second) => format!(", versions {first} and {second}"),
        };
        found.push(format!(
            "the question sets{versions}: only questions that both have are compared"
        ));
    }
    if first.stoa != second.stoa {
        found.push(format!("the program: {} and {}", first.stoa, second.stoa));
    }
    found.extend(documents(&first.documents, &second.documents));
    for (kind, first, second) in [
        ("model", &first.models, &second.models),
        ("setting", &first.configuration, &second.configuration),
        ("prompt", &first.prompts, &second.prompts),
    ] {
        let mut names: Vec<&String> = first.keys().chain(second.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let of = |values: &std::collections::BTreeMap<String, String>| {
                values.get(name).map_or("none", String::as_str).to_owned()
            };
            let (before, after) = (of(first), of(second));
            if before != after {
                found.push(format!("{kind} {name}: {before} and {after}"));
            }
        }
    }
    found
}

fn documents(first: &[Document], second: &[Document]) -> Option<String> {
    let only = |one: &[Document], other: &[Document]| {
        let missing = one.iter().filter(|document| !other.contains(document));
        missing
            .map(|document| document.name.clone())
            .collect::<Vec<_>>()
    };
    let mut names = only(first, second);
    names.extend(only(second, first));
    names.sort_unstable();
    names.dedup();
    let shown = names
        .iter()
        .take(5)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() {
        0 => None,
        count if count > 5 => Some(format!("{count} documents: {shown} …")),
        _ => Some(format!("documents: {shown}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Values;

    fn row(n: usize, outcome: Outcome, values: &[(&str, f64)]) -> Row {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value));
        Row {
            id: n.to_string(),
            question: format!("question {n}"),
            language: String::new(),
            tags: Vec::new(),
            outcome,
            answer: String::new(),
            expected: Vec::new(),
            found: Vec::new(),
            values: values.collect::<Values>(),
        }
    }

    fn run(rows: Vec<Row>) -> Run {
        Run::new(Setup::default(), rows, String::new(), 0.0)
    }

    fn of(outcome: Outcome, correct: f64, ms: f64) -> Run {
        let values = [
            ("correct", correct),
            ("refusal.false", 1.0 - correct),
            ("total_ms", ms),
        ];
        run((0..20).map(|n| row(n, outcome, &values)).collect())
    }

    #[test]
    fn what_became_worse_is_named_and_time_is_only_shown() {
        let found = compare(
            &of(Outcome::Right, 1.0, 1.0),
            &of(Outcome::Refused, 0.0, 9.0),
            Level::default(),
        );
        let worse: Vec<&str> = found.worse().map(|shift| shift.figure).collect();
        assert_eq!(worse, ["correct", "refusal.false"]);
        assert_eq!(
            (found.questions, found.unpaired, found.changes.len()),
            (20, 0, 20)
        );
        let back = compare(
            &of(Outcome::Refused, 0.0, 9.0),
            &of(Outcome::Right, 1.0, 1.0),
            Level::default(),
        );
        assert_eq!(back.worse().count(), 0);
        let better = back
            .shifts
            .iter()
            .filter(|shift| shift.verdict == Verdict::Better);
        assert_eq!(better.count(), 2);
    }

    #[test]
    fn one_question_of_twenty_is_chance() {
        let first = of(Outcome::Right, 1.0, 1.0);
        let mut second = first.clone();
        second.rows[3] = row(
            3,
            Outcome::Wrong,
            &[("correct", 0.0), ("refusal.false", 0.0)],
        );
        let found = compare(&first, &second, Level::default());
        assert_eq!(found.worse().count(), 0);
        assert_eq!(found.changes.len(), 1);
        assert_eq!(found.changes[0].question, "question 3");
    }

    #[test]
    fn other_questions_are_left_out_and_other_setups_are_said() {
        let first = run(vec![row(1, Outcome::Right, &[("correct", 1.0)])]);
        let mut second = run(vec![
            row(1, Outcome::Right, &[("correct", 1.0)]),
            row(2, Outcome::Right, &[("correct", 1.0)]),
        ]);
        let document = Document {
            name: "a.md".to_owned(),
            sha256: "00".to_owned(),
            passages: 1,
        };
        second.setup.documents.push(document);
        second
            .setup
            .models
            .insert("generation".to_owned(), "m".to_owned());
        let found = compare(&first, &second, Level::default());
        assert_eq!((found.questions, found.unpaired), (1, 1));
        assert_eq!(
            found.setups,
            ["documents: a.md", "model generation: none and m"]
        );
    }
}

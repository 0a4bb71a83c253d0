//! A run: what was asked of which documents with which models, and what came of it. One JSON file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::{
    agreement::Agreement,
    figure::{Figure, KNOWN_FIGURES},
    measure::Values,
    variant::{Asked, Variant, ablation, ladder},
};

/// Version of the file's form.
pub const FORMAT: u32 = 1;

/// What a run was made with. Two runs with the same of all, on machines that count alike, have the same figures but for
/// times, and for models that answer by chance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Version of the program that measured.
    pub stoa: String,
    /// The space.
    pub space: String,
    /// Name of the question set, without its folder.
    pub questions: String,
    /// SHA-256 of the question set.
    pub questions_sha256: String,
    /// How often the set was changed, where its first line says so; else 0.
    #[serde(default)]
    pub questions_version: u32,
    /// The documents of the space, by name.
    pub documents: Vec<Document>,
    /// Models by what they do, `embedding` and `generation`.
    pub models: BTreeMap<String, String>,
    /// Settings that the server says it has, and how it was asked.
    pub configuration: BTreeMap<String, String>,
    /// Prompts by name, with the first characters of their hash.
    pub prompts: BTreeMap<String, String>,
    /// What resamples are drawn with.
    pub seed: u64,
}

/// A document, and which bytes it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes; empty where the server does not know it.
    pub sha256: String,
    /// Passages that it is cut into.
    pub passages: u32,
}

/// How one question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The answer holds a reference.
    Right,
    /// It does not, or there is nothing to answer.
    Wrong,
    /// "I don't know".
    Refused,
    /// Answered, and nobody said what would have been right.
    Answered,
    /// Ended in an error.
    Failed,
    /// Only searched.
    Searched,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Refused => "refused",
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Searched => "searched",
        })
    }
}

/// One question of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Id of the question.
    pub id: String,
    /// Its words.
    pub question: String,
    /// Its language, where the set says it.
    #[serde(default)]
    pub language: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// What was said; why it failed, where it failed.
    #[serde(default)]
    pub answer: String,
    /// What it should have said.
    #[serde(default)]
    pub expected: Vec<String>,
    /// What was found, best first: names with pages.
    #[serde(default)]
    pub found: Vec<String>,
    /// Its figures.
    pub values: Values,
}

/// An answer that the judging model gave no valid marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unjudged {
    /// Id of the question.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// What a judging model did. The marks are figures of the questions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judging {
    /// Its name.
    pub model: String,
    /// Why it took marks off an answer, by the question's id.
    pub remarks: BTreeMap<String, String>,
    /// The answers that it gave no valid marks.
    pub unjudged: Vec<Unjudged>,
    /// How far it agrees with the thumbs of people in the space's chats; none where there are no thumbs.
    pub agreement: Option<Agreement>,
}

/// What people asked about and got no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The questions, the one in the middle first.
    pub questions: Vec<String>,
    /// The document that comes nearest: the answer belongs there, or beside it.
    pub nearest: Option<String>,
    /// Of these, asked again, how many are answered now.
    pub answered_now: Option<usize>,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of this form.
    pub format: u32,
    /// When it began, as RFC 3339 has it.
    pub started_at: String,
    /// Seconds that it took.
    pub took_s: f64,
    /// What it was made with.
    pub setup: Setup,
    /// All figures.
    pub figures: BTreeMap<String, Figure>,
    /// Figures by language, where there are several.
    #[serde(default)]
    pub languages: BTreeMap<String, BTreeMap<String, Figure>>,
    /// What each generation of language models adds to the one before it.
    #[serde(default)]
    pub ladder: Vec<Variant>,
    /// What is left with one part off.
    #[serde(default)]
    pub ablation: Vec<Variant>,
    /// Of these what was not asked, and why.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// What a judging model did, where there is one.
    #[serde(default)]
    pub judging: Option<Judging>,
    /// What people asked about and got no answer, where it was looked for.
    #[serde(default)]
    pub topics: Vec<Topic>,
    /// The questions, in the order of the set.
    pub rows: Vec<Row>,
}

impl Run {
    /// The sum of a figure over the questions; nothing where none has it.
    pub fn total(&self, figure: &str) -> Option<f64> {
        let values = self.rows.iter().filter_map(|row| row.values.get(figure));
        values.copied().reduce(|a, b| a + b)
    }

    /// Sums up the questions.
    pub fn new(setup: Setup, rows: Vec<Row>, started_at: String, took_s: f64) -> Self {
        let seed = setup.seed;
        let languages: BTreeSet<&str> = rows.iter().map(|row| row.language.as_str()).collect();
        let by_language = |language: &str| {
            let own = rows.iter().filter(|row| row.language == language);
            (
                language.to_owned(),
                sum_up(own.map(|row| &row.values), seed),
            )
        };
        // With one language the table would repeat the figures above it.
        let languages = if languages.len() > 1 {
            let named = languages
                .into_iter()
                .filter(|language| !language.is_empty());
            named.map(by_language).collect()
        } else {
            BTreeMap::new()
        };
        Self {
            format: FORMAT,
            started_at,
            took_s,
            figures: sum_up(rows.iter().map(|row| &row.values), seed),
            languages,
            ladder: Vec::new(),
            ablation: Vec::new(),
            left_out: Vec::new(),
            judging: None,
            topics: Vec::new(),
            setup,
            rows,
        }
    }

    /// Adds what each way adds to the one before it, the last of which is the run itself.
    pub fn climb(&mut self, mut rungs: Vec<Asked>, name: &str) {
        rungs.push(Asked {
            name: name.to_owned(),
            rows: self.rows.clone(),
        });
        self.ladder = ladder(&rungs, self.setup.seed);
    }

    /// Adds the whole without each of its parts.
    pub fn ablate(&mut self, without: &[Asked]) {
        self.ablation = ablation(&self.rows, without, self.setup.seed);
    }
}

pub(crate) fn sum_up<'a>(
    values: impl Iterator<Item = &'a Values> + Clone,
    seed: u64,
) -> BTreeMap<String, Figure> {
    let figures = KNOWN_FIGURES.iter().filter_map(|known| {
        let own: Vec<f64> = values
            .clone()
            .filter_map(|values| values.get(known.name).copied())
            .collect();
        Some((known.name.to_owned(), Figure::of(known.name, &own, seed)?))
    });
    figures.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, language: &str, values: &[(&str, f64)]) -> Row {
        Row {
            id: id.to_owned(),
            question: id.to_owned(),
            language: language.to_owned(),
            tags: Vec::new(),
            outcome: Outcome::Searched,
            answer: String::new(),
            expected: Vec::new(),
            found: Vec::new(),
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect(),
        }
    }

    #[test]
    fn figures_are_of_the_questions_that_have_them_and_survive_the_file() {
        let rows = vec![
            row("a", "en", &[("mrr", 1.0), ("correct", 0.0)]),
            row("b", "zh", &[("mrr", 0.5)]),
            row("c", "zh", &[]),
        ];
        let run = Run::new(Setup::default(), rows, "now".to_owned(), 1.0);
        assert_eq!(run.figures["mrr"].n, 2);
        assert!((run.figures["mrr"].value - 0.75).abs() < 1e-12);
        assert_eq!(run.figures["correct"].n, 1);
        assert_eq!(run.total("mrr"), Some(1.5));
        assert_eq!(run.total("cost"), None);
        assert_eq!(run.languages["zh"]["mrr"].n, 1);
        let mut run = run;
        let other = Asked {
            name: "without".to_owned(),
            rows: run.rows.clone(),
        };
        run.ablate(std::slice::from_ref(&other));
        run.climb(vec![other], "as it is");
        assert_eq!((run.ladder.len(), run.ablation.len()), (2, 1));
        let text = serde_json::to_string(&run).expect("writes");
        let again: Run = serde_json::from_str(&text).expect("reads");
        assert_eq!(again, run);
    }
}

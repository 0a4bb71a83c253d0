//! Texts and questions to measure with: the Cranfield collection where it is there, else what the project ships.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result};
use serde_json::Value;

/// Documents that the project ships.
const SHIPPED: [&str; 6] = [
    "examples/handbook/security.md",
    "examples/handbook/time-off.md",
    "examples/handbook/working-here.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
];
/// Shortest paragraph that is a text of its own, in bytes.
const PARAGRAPH: usize = 80;

/// A text with its id.
pub(crate) struct Text {
    pub(crate) id: String,
    pub(crate) text: String,
}

pub(crate) struct Corpus {
    /// What it is, for the report.
    pub(crate) name: &'static str,
    pub(crate) texts: Vec<Text>,
    pub(crate) questions: Vec<Text>,
    /// Which texts answer which question; nothing where nobody judged it.
    relevant: HashMap<String, HashSet<String>>,
}

impl Corpus {
    /// The Cranfield collection: abstracts, questions and which abstract answers which. `None` when it is not there.
    pub(crate) fn cranfield(folder: &Path) -> Result<Option<Self>> {
        if !folder.join("corpus.jsonl").is_file() {
            return Ok(None);
        }
        let mut relevant: HashMap<String, HashSet<String>> = HashMap::new();
        for line in read(&folder.join("qrels.tsv"))?.lines() {
            let mut fields = line.split('\t');
            if let (Some(question), Some(text), Some(grade)) =
                (fields.next(), fields.next(), fields.next())
                && grade.trim().parse::<f64>().is_ok_and(|grade| grade > 0.0)
            {
                relevant
                    .entry(question.to_owned())
                    .or_default()
                    .insert(text.to_owned());
            }
        }
        Ok(Some(Self {
            name: "Cranfield",
            texts: texts(&folder.join("corpus.jsonl"))?,
            questions: texts(&folder.join("queries.jsonl"))?,
            relevant,
        }))
    }

    /// The paragraphs of what the project ships, and as questions how each begins. Enough for speeds; nobody judged what
    /// answers what.
    pub(crate) fn shipped(root: &Path) -> Result<Self> {
        let mut texts = Vec::new();
        for name in SHIPPED {
            let document = read(&root.join(name))?;
            let paragraphs = document.split("\n\n").map(str::trim);
            texts.extend(
                paragraphs
                    .filter(|text| text.len() >= PARAGRAPH)
                    .map(str::to_owned),
            );
        }
        let numbered = |(n, text): (usize, String)| Text {
            id: n.to_string(),
            text,
        };
        let begins = texts.iter().map(|text| {
            let words: Vec<&str> = text.split_whitespace().take(12).collect();
            words.join(" ")
        });
        Ok(Self {
            name: "the documents that the project ships",
            questions: begins.enumerate().map(numbered).collect(),
            texts: texts.into_iter().enumerate().map(numbered).collect(),
            relevant: HashMap::new(),
        })
    }

    /// Whether it is known what answers what.
    pub(crate) fn is_judged(&self) -> bool {
        !self.relevant.is_empty()
    }

    /// nDCG@10 of a ranking with relevance 0 or 1; `None` for a question without relevant texts.
    pub(crate) fn ndcg(&self, question: &str, ranking: &[String]) -> Option<f64> {
        let relevant = self.relevant.get(question)?;
        let gain = |rank: usize| 1.0 / ((rank + 2) as f64).log2();
        let found: f64 = ranking
            .iter()
            .take(10)
            .enumerate()
            .filter(|(_, id)| relevant.contains(*id))
            .map(|(rank, _)| gain(rank))
            .sum();
        let ideal: f64 = (0..relevant.len().min(10)).map(gain).sum();
        Some(found / ideal)
    }
}

fn texts(path: &Path) -> Result<Vec<Text>> {
    read(path)?
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let value: Value = serde_json::from_str(line)?;
            let field = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
            Ok(Text {
                id: field("id"),
                text: field("text"),
            })
        })
        .collect()
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_collection_there_is_what_the_project_ships() {
        let empty = tempfile::tempdir().expect("temporary folder");
        let found = Corpus::cranfield(empty.path()).expect("looked for");
        assert!(found.is_none(), "a fresh clone does not have it");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let shipped = Corpus::shipped(&root).expect("is in the project");
        assert!(!shipped.is_judged());
        assert!(shipped.texts.len() >= 30, "{}", shipped.texts.len());
        assert_eq!(shipped.texts.len(), shipped.questions.len());
        let handbook = |text: &Text| text.text.contains("27 days");
        assert!(shipped.texts.iter().any(handbook));
    }
}

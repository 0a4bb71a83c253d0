//! The Cranfield collection: abstracts, questions and which abstract answers which.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result};
use serde_json::Value;

/// A text with its id.
pub(crate) struct Text {
    pub(crate) id: String,
    pub(crate) text: String,
}

pub(crate) struct Cranfield {
    pub(crate) abstracts: Vec<Text>,
    pub(crate) questions: Vec<Text>,
    relevant: HashMap<String, HashSet<String>>,
}

impl Cranfield {
    pub(crate) fn read(folder: &Path) -> Result<Self> {
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
        Ok(Self {
            abstracts: texts(&folder.join("corpus.jsonl"))?,
            questions: texts(&folder.join("queries.jsonl"))?,
            relevant,
        })
    }

    /// nDCG@10 of a ranking with relevance 0 or 1; `None` for a question without relevant abstracts.
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
    fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read: set STOA_BENCH_DATA", path.display()))
}

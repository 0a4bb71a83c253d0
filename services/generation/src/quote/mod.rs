//! Answers without a model: the sentences of the sources that say what was asked, or none.
//!
//! A question asks for a kind of answer (`kind`). Sources are read in pieces (`passage`); each piece has spans that can
//! be the answer (`candidates`), and is scored by how much of the question stands near them and how well they fit
//! (`score`). Documents that say the same vote for it. Whether the best is good enough is judged by how many documents
//! could have said it (`judge`).

mod amounts;
mod candidates;
mod coverage;
mod facts;
mod identifiers;
mod judge;
mod kind;
mod lists;
mod names_latin;
mod names_zh;
mod nearness;
mod passage;
mod score;
#[cfg(test)]
mod tests;
mod text;

use std::collections::HashMap;

use stoa_language::{script, words};

use crate::{check::Ground, read::Source};

pub(crate) use facts::questions;
pub(crate) use nearness::Nearness;

use coverage::{Coverage, Part, says};
use identifiers::Identifiers;
use kind::Asked;
use passage::{Passage, joined};
use score::Scored;

/// Most statements that are compared with the question in meaning: a few milliseconds each.
const STATEMENTS: usize = 8;
pub(crate) fn x(name: &str, or: f32) -> f32 { std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(or) }

/// Most words of a question, and of statements, that are compared.
const UNKNOWN: usize = 3;
const VOCABULARY: usize = 36;
/// How near two words must be that mean the same: in a language that parts words, in one that does not, where words of
/// two characters share one by chance, and in two languages.
const SAME_SPACED: f32 = 1.03;
const SAME_UNSPACED: f32 = 1.2;
const SAME_TRANSLATED: f32 = 0.75;

/// Words of a question that no passage has, and words of the passages.
#[derive(Debug, Default)]
pub(crate) struct Words {
    pub(crate) asked: Vec<String>,
    pub(crate) said: Vec<String>,
}

/// How near two words must be that mean the same.
fn sameness(asked: &str, said: &str) -> f32 {
    let unspaced = |word: &str| word.chars().any(script::is_unspaced);
    match (unspaced(asked), unspaced(said)) {
        (true, true) => SAME_UNSPACED,
        (false, false) => SAME_SPACED,
        _ => SAME_TRANSLATED,
    }
}

/// A statement of a source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quoted {
    /// Number of the source, from 1.
    pub(crate) n: usize,
    /// What it says.
    pub(crate) text: String,
    /// The words of the source that say it.
    pub(crate) quote: String,
}

/// A question over sources, read and ready to be answered.
pub(crate) struct Quoting<'a> {
    sources: &'a [Source],
    asked: Asked,
    coverage: Coverage,
    passages: Vec<Passage<'a>>,
    nearness: Option<Nearness>,
    /// How near pieces are to the question, by passage and piece.
    near: HashMap<(usize, usize), f32>,
    scored: Vec<Scored>,
}

impl<'a> Quoting<'a> {
    /// Reads. Without knowing what cosines mean, words decide alone.
    pub(crate) fn new(ground: Ground<'a>, nearness: Option<Nearness>) -> Self {
        let asked = Asked::of(ground.question);
        let mut quoting = Self {
            sources: ground.sources,
            coverage: Coverage::of(&asked),
            asked,
            passages: Vec::new(),
            nearness,
            near: HashMap::new(),
            scored: Vec::new(),
        };
        quoting.read();
        quoting
    }

    fn read(&mut self) {
        let mut passages = Passage::all(self.sources, &self.coverage);
        let named = Identifiers::of(&self.asked);
        if named.keep(&mut passages) {
            self.coverage.give(&named.terms, self.asked.whole);
        }
        if let Some(thing) = &self.asked.exists {
            for passage in &mut passages {
                passage.keep_holding(thing, &self.coverage);
            }
        }
        self.scored = score::score(&self.asked, &self.coverage, &passages, self.nearness);
        self.passages = passages;
        self.rank();
    }

    /// Words of the question that no passage has, and words that could mean the same.
    pub(crate) fn words(&self) -> Words {
        let known = |part: &Part| self.passages.iter().any(|passage| passage.holds(part));
        let asked: Vec<String> = self
            .coverage
            .unknown(known)
            .into_iter()
            .take(if self.asked.language == stoa_language::Language::English { x("X_UNKNOWN_EN", 3.0) } else {x("X_UNKNOWN", 3.0)} as usize)
            .map(str::to_owned)
            .collect();
        let mut said: Vec<String> = Vec::new();
        let best = self.scored.iter().filter(|_| !asked.is_empty());
        for scored in best.take(x("X_WSTATEMENTS", 8.0) as usize) {
            let passage = &self.passages[scored.passage];
            let text = passage.statement(scored.piece);
            for token in words::tokens(&text, passage.source.language) {
                let word = token.text.to_lowercase();
                if said.len() < x("X_VOCABULARY", 36.0) as usize && says(&token) && !said.contains(&word) {
                    said.push(word);
                }
            }
        }
        Words { asked, said }
    }

    /// Reads again with words that mean the same taken for one. Cosines are of each word asked with each said.
    pub(crate) fn understand(&mut self, words: &Words, cosines: &[Vec<f32>]) {
        let Some(nearness) = self.nearness else {
            return;
        };
        self.coverage.compared = true;
        for (asked, cosines) in words.asked.iter().zip(cosines) {
            let nearest = words.said.iter().zip(cosines);
            let nearest = nearest.max_by(|(_, a), (_, b)| a.total_cmp(b));
            if let Some((said, cosine)) = nearest
                && nearness.share(*cosine) >= sameness(asked, said)
            {
                self.coverage.equate(asked, said);
            }
        }
        self.read();
    }

    /// The statements of which the meaning tells more than the words: the best by their words, and of each passage some.
    pub(crate) fn statements(&self) -> Vec<String> {
        let first = self.scored.iter().take(x("X_STATEMENTS", 8.0) as usize);
        first
            .map(|scored| self.passages[scored.passage].statement(scored.piece))
            .collect()
    }

    /// Takes the cosines of the question and the statements into account.
    pub(crate) fn compare(&mut self, cosines: &[f32]) {
        let Some(nearness) = self.nearness else {
            return;
        };
        let place = |scored: &Scored| (scored.passage, scored.piece);
        let near = self.scored.iter().map(place).zip(cosines);
        self.near
            .extend(near.map(|(place, cosine)| (place, nearness.share(*cosine))));
        self.rank();
    }

    fn rank(&mut self) {
        for scored in &mut self.scored {
            scored.near = self.near.get(&(scored.passage, scored.piece)).copied();
        }
        self.scored.sort_by(|a, b| b.merit().total_cmp(&a.merit()));
    }

    /// Quotes the statements that answer, the best first. Empty when none does.
    pub(crate) fn answer(&self) -> Vec<Quoted> {
        let chosen = judge::choose(&self.asked, &self.scored, &self.passages, self.nearness);
        quotes(&chosen, &self.passages)
    }
}

/// What is quoted of the pieces that were chosen; what another quote holds is not said twice.
fn quotes(chosen: &[Scored], passages: &[Passage<'_>]) -> Vec<Quoted> {
    let units = |scored: &Scored| passages[scored.passage].quoted_units(scored.piece);
    let said: Vec<(usize, Vec<usize>)> = chosen
        .iter()
        .map(|scored| (scored.passage, units(scored)))
        .collect();
    let held = |(at, (passage, units)): &(usize, &(usize, Vec<usize>))| {
        let mut others = said
            .iter()
            .enumerate()
            .filter(|(other, (of, _))| other != at && of == passage);
        others.any(|(_, (_, other))| {
            other.len() > units.len() && units.iter().all(|unit| other.contains(unit))
        })
    };
    let kept = said.iter().enumerate().filter(|quote| !held(quote));
    kept.map(|(_, (passage, units))| quoted(*passage, units, passages))
        .collect()
}

fn quoted(passage: usize, said: &[usize], passages: &[Passage<'_>]) -> Quoted {
    let units = &passages[passage].source.units;
    Quoted {
        n: passage + 1,
        text: joined(said.iter().map(|unit| units[*unit].text.as_str())),
        quote: joined(said.iter().map(|unit| units[*unit].quote.as_str())),
    }
}

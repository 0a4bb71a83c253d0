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
mod steps;
#[cfg(test)]
mod tests;
mod text;

use std::collections::HashMap;

use crate::{
    check::Ground,
    read::{Source, UnitKind},
};

pub(crate) use facts::questions;
pub(crate) use nearness::Nearness;

use coverage::{Coverage, QueryTerm};
use identifiers::Identifiers;
use kind::{AnswerKind, Asked};
use passage::{Passage, joined};
use score::Scored;

/// Statements that are compared with the question in meaning, some milliseconds each: first those that are likely by
/// their words; then more, where none of these answers and few documents are about the question, for the answer may be
/// said in other words.
const FIRST: usize = 5;
const MORE: usize = 11;

/// Most lines of code that are quoted with what introduces them.
const LINES: usize = 24;

/// A statement of a source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quoted {
    /// Number of the source, from 1.
    pub(crate) n: usize,
    /// What it says; empty where a list has no line that introduces it.
    pub(crate) text: String,
    /// The words of the source that say it.
    pub(crate) quote: String,
    /// The code or the numbered list that it introduces, as Markdown.
    pub(crate) block: Option<String>,
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
    /// The pieces that are compared with the question in meaning, by passage and piece, the likeliest first.
    likely: Vec<(usize, usize)>,
    /// How many of them are compared, or being so.
    compared: usize,
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
            likely: Vec::new(),
            compared: 0,
        };
        quoting.read();
        quoting.likely = quoting.likely();
        quoting
    }

    fn read(&mut self) {
        let mut passages = Passage::all(self.sources, &self.coverage);
        let known = |part: &QueryTerm| passages.iter().any(|passage| passage.holds(part));
        if self.coverage.add_synonyms(known) {
            passages = Passage::all(self.sources, &self.coverage);
        }
        let named = Identifiers::of(&self.asked);
        self.asked.named = named.keep(&mut passages);
        if self.asked.named {
            self.coverage.give(&named.terms, self.asked.whole);
        }
        if let Some(thing) = &self.asked.exists {
            for passage in &mut passages {
                passage.keep_holding(thing, &self.coverage);
            }
        }
        if self.asked.whole {
            // Where it can be had does not say what it is about.
            passages.iter_mut().for_each(Passage::leave_out_links);
        }
        self.scored = score::score(&self.asked, &self.coverage, &passages, self.nearness);
        self.passages = passages;
        self.rank();
    }

    /// The pieces to compare: where the answer may be worded otherwise, those with something of the kind that is asked for
    /// come first.
    fn likely(&self) -> Vec<(usize, usize)> {
        let mut likely: Vec<&Scored> = self.scored.iter().collect();
        if !self.is_said_by_several() {
            likely.sort_by_key(|scored| {
                self.asked.kind != AnswerKind::Other && scored.key.is_empty()
            });
        }
        let most = likely.into_iter().take(FIRST + MORE);
        most.map(|scored| (scored.passage, scored.piece)).collect()
    }

    fn is_said_by_several(&self) -> bool {
        judge::is_said_by_several(&self.asked, &self.scored, &self.passages, self.nearness)
    }

    /// The statements to compare with the question next; none when that would change nothing.
    pub(crate) fn next_statements(&mut self) -> Vec<String> {
        let to = match self.compared {
            0 => FIRST,
            FIRST if !self.is_said_by_several() && !self.answers() => FIRST + MORE,
            _ => return Vec::new(),
        };
        let end = to.min(self.likely.len());
        let next = self.compared.min(end)..end;
        self.compared = to;
        let statement = |place: &(usize, usize)| self.passages[place.0].statement(place.1);
        self.likely[next].iter().map(statement).collect()
    }

    /// Whether a statement answers by its meaning.
    fn answers(&self) -> bool {
        judge::is_meant(&self.asked, &self.scored, &self.passages)
    }

    /// Takes the cosines of the question and the statements that were given out last into account.
    pub(crate) fn compare(&mut self, cosines: &[f32]) {
        let Some(nearness) = self.nearness else {
            return;
        };
        let known = self.near.len();
        let near = self.likely[known..].iter().copied().zip(cosines);
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
        let mut chosen = judge::choose(&self.asked, &self.scored, &self.passages, self.nearness);
        judge::newer_first(&mut chosen, &self.passages);
        quotes(&self.asked, &chosen, &self.passages)
    }
}

/// The quotes of the pieces that were chosen; text that another quote holds is not repeated. One step of how something is
/// done is no answer: it brings the others.
fn quotes(asked: &Asked, chosen: &[Scored], passages: &[Passage<'_>]) -> Vec<Quoted> {
    let units = |scored: &Scored| passages[scored.passage].quoted_units(scored.piece);
    let mut said: Vec<(usize, Vec<usize>)> = chosen
        .iter()
        .map(|scored| (scored.passage, units(scored)))
        .collect();
    let mut steps = Vec::new();
    if let Some((passage, units)) = said.first().filter(|_| asked.steps)
        && let Some((list, quoted)) = steps::steps(passage + 1, passages[*passage].source, units)
    {
        let passage = *passage;
        said.retain(|(of, units)| *of != passage || !units.iter().all(|unit| list.contains(unit)));
        steps.push(quoted);
    }
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
    let kept = kept.map(|(_, (passage, units))| quoted(*passage, units, passages));
    steps.into_iter().chain(kept).collect()
}

fn quoted(passage: usize, said: &[usize], passages: &[Passage<'_>]) -> Quoted {
    let source = passages[passage].source;
    let units = &source.units;
    Quoted {
        n: passage + 1,
        text: joined(said.iter().map(|unit| units[*unit].text.as_str())),
        quote: joined(said.iter().map(|unit| units[*unit].quote.as_str())),
        block: said.last().and_then(|last| introduced(source, *last)),
    }
}

/// The code that a line ending in a colon introduces. Items need none: each has that line before it.
fn introduced(source: &Source, lead: usize) -> Option<String> {
    let units = &source.units;
    if !units[lead].text.ends_with([':', '：']) {
        return None;
    }
    let lines: Vec<&str> = units[lead + 1..]
        .iter()
        .take_while(|unit| unit.kind == UnitKind::Code && !unit.instructs)
        .take(LINES)
        .map(|unit| unit.text.trim_end())
        .collect();
    (!lines.is_empty()).then(|| format!("```\n{}\n```", lines.join("\n")))
}

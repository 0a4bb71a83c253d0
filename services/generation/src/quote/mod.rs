//! Answers without a model: the sentences of the sources that say what was asked, or none.
//!
//! A question asks for a kind of answer (`kind`). Sources are read in pieces (`passage`); each piece has spans that can
//! be the answer (`candidates`), and is scored by how much of the question stands near them and how well they fit
//! (`score`). Documents that say the same vote for it. Whether the best is good enough is judged by how many documents
//! could have said it (`judge`).

mod amounts;
mod candidates;
mod coverage;
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

use crate::check::Ground;

use coverage::Coverage;
use kind::Asked;
use nearness::Nearness;
use passage::{Passage, joined};
use score::Scored;

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

/// Quotes the statements that answer, the best first. Empty when none does.
pub(crate) fn answer(ground: Ground<'_>) -> Vec<Quoted> {
    let asked = Asked::of(ground.question);
    let coverage = Coverage::of(&asked);
    let passages = Passage::all(ground.sources, &coverage);
    let scored = score::score(&asked, &coverage, &passages, Nearness::E5_SMALL);
    let chosen = judge::choose(&asked, &scored, &passages, Nearness::E5_SMALL);
    quotes(&chosen, &passages)
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

//! What a model vouches for, held against what must agree whoever wrote it.

use stoa_language::Reading;

use super::{
    Reason, Statement,
    agree::{self, Vouched},
    words,
};
use crate::read::{Claim, Source};

/// Claims that a statement is held against, best first.
const CLOSEST: usize = 3;

/// Holds a statement against the claims of a source that say most of it, and those that the model quotes.
pub(super) fn held(statement: &Statement, source: &Source, quotes: &[&str]) -> Result<(), Reason> {
    let reading = words::read(&statement.text, source);
    if reading.claims().next().is_none() && reading.quantities.is_empty() {
        return Err(Reason::Empty);
    }
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().concat();
    let quotes: Vec<String> = quotes.iter().map(|quote| plain(quote)).collect();
    let quoted = |claim: &Claim| {
        let claim = plain(&claim.quote);
        quotes
            .iter()
            .any(|quote| claim.contains(quote) || quote.contains(&claim))
    };
    against(&reading, source, &quoted).or_else(|refused| {
        let clauses = words::clauses(&statement.text, &reading);
        if clauses.len() < 2 {
            return Err(refused);
        }
        clauses
            .iter()
            .try_for_each(|clause| against(clause, source, &quoted))
    })
}

fn against(
    statement: &Reading,
    source: &Source,
    quoted: &dyn Fn(&Claim) -> bool,
) -> Result<(), Reason> {
    let mut closest: Vec<(usize, bool, &Claim)> = source
        .claims()
        .iter()
        .map(|claim| (agree::overlap(statement, claim), quoted(claim), claim))
        .collect();
    // A quote decides where words do not.
    closest.sort_by_key(|(overlap, quoted, _)| std::cmp::Reverse((*overlap, *quoted)));
    let most = closest.first().map_or(0, |(overlap, ..)| *overlap);
    let mut reason = Reason::NotQuoted;
    let near = |(overlap, quoted, _): &&(usize, bool, &Claim)| {
        if most == 0 {
            *quoted
        } else {
            *overlap * 3 >= most * 2
        }
    };
    for (place, (_, _, claim)) in closest.iter().filter(near).take(CLOSEST).enumerate() {
        match agree::agrees(statement, claim, source, Vouched::ByModel) {
            Ok(()) => return Ok(()),
            Err(refused) if place == 0 => reason = refused,
            Err(_) => {}
        }
    }
    Err(reason)
}

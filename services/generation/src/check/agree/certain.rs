//! What is certain of a statement whichever sentences it draws on: its numbers are the source's or follow from them, its
//! names are there, and it does not turn round the sentence that it repeats.
//!
//! The rest of what must agree goes by which sentence a statement is of, and errs where it is said in words far from any.
//! A model that was shown not to vouch for just anything (`controls`) tells better then.

use stoa_language::{Reading, reading::Term};

use super::{Reason, across, exchanged, hours, mixed, polarity, quantities};
use crate::read::{Claim, Source};

/// Of the words and numbers of a statement a source or the asker has at least one in so many: what is said in other words
/// still speaks of the same.
const SHARED: usize = 3;

/// Whether the numbers and names of a statement are those of a source, wherever they stand in it, and it speaks of what the
/// source speaks of.
pub(in crate::check) fn is_of_source(
    statement: &Reading,
    source: &Source,
    question: &Reading,
) -> Result<(), Reason> {
    let numbers = || statement.quantities.iter().filter(|own| !own.weak);
    if let Some(foreign) =
        numbers().find(|own| !quantities::is_of_source(statement, own, source, question))
    {
        let said = statement.text.get(foreign.range.clone());
        return Err(Reason::Quantity(said.unwrap_or_default().to_owned()));
    }
    // In another language a name may be written otherwise.
    if statement.language != source.language {
        return Ok(());
    }
    let has = |reading: &Reading, term: &Term| {
        reading.holds(term) || reading.terms.iter().any(|own| own.means(term))
    };
    let is_there = |term: &&Term| {
        question.holds(term)
            || source.heading().holds(term)
            || source
                .claims()
                .iter()
                .any(|claim| has(&claim.reading, term))
    };
    let (there, missing): (Vec<&Term>, Vec<&Term>) = statement.claims().partition(is_there);
    if let Some(name) = missing.iter().find(|term| term.name || term.identifier) {
        return Err(Reason::Name(name.plain.clone()));
    }
    // A number that is the source's says what is spoken of as a word does.
    let known = there.len() + numbers().count();
    match missing.first() {
        Some(term) if known * SHARED < known + missing.len() => {
            Err(Reason::Word(term.plain.clone()))
        }
        _ => Ok(()),
    }
}

/// Whether a statement keeps apart what a claim that it repeats keeps apart: clauses, rows, denials and bounds.
pub(in crate::check) fn keeps_apart(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
) -> Result<(), Reason> {
    // In another language only names and duties can be compared without a look at which sentence it is of.
    if statement.language != source.language {
        across::names(statement, claim, source)?;
        return super::duty(statement, &claim.reading);
    }
    if !claim.row {
        mixed::mixed(statement, &claim.reading)?;
    }
    exchanged::row(statement, claim, source)?;
    polarity::says_what_is_denied(statement, &claim.reading)?;
    if let Some(Err(refused)) = hours::agree(statement, &claim.reading) {
        return Err(refused);
    }
    // Of one clause each there is no doubt which word is of which.
    if statement.clause_count() == 1 && claim.reading.clause_count() == 1 {
        super::opposites(statement, &claim.reading)?;
    }
    quantities::keep_their_side(statement, claim)
}

//! Numbers, dates and amounts of a statement stand in what it cites, and belong to the same thing there.

mod bounds;
mod cells;
mod others;

use std::mem::discriminant;

use stoa_language::{
    Reading,
    quantity::{Quantity, Sense, Unit, Value, derive},
};

use self::{
    bounds::bounded,
    cells::belongs,
    others::{is_anothers, is_of_later, replaces, reversed},
};
use super::{Reason, Vouched};
use crate::read::{Claim, Source};

pub(in crate::check) use bounds::bounds_one;

/// Bytes between a word and the number that it is said of.
const BESIDE: usize = 8;

/// Whether all numbers of a statement are those of the claim, or follow from them.
pub(super) fn agree(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
    vouched: Vouched,
) -> Result<(), Reason> {
    let theirs = &claim.reading.quantities;
    for quantity in &statement.quantities {
        // Before the number itself is looked for: "daily" would be found in a claim that says "daily" of something else
        // and "weekly" of this.
        if quantity.every && other_period(quantity, theirs) {
            return Err(Reason::Quantity(said(statement, quantity)));
        }
        if quantity.weak && !measures(statement, quantity, &claim.reading)
            || vouched == Vouched::ByModel && is_article(quantity, theirs)
        {
            continue;
        }
        // The first that agrees is tried; where several do, `belongs` asks which of them is meant.
        let own = theirs.iter().position(|other| {
            quantity.agrees(other)
                || statement.language != source.language && is_bare(quantity, other)
        });
        let held = match own {
            Some(at) => {
                bounded(statement, quantity, claim, at, vouched)?;
                belongs(statement, quantity, claim, at)
                    && !is_of_later(statement, quantity, &claim.reading, at)
                    && (vouched == Vouched::ByModel
                        || !is_anothers(statement, quantity, &claim.reading, at))
            }
            None => {
                // A number from another sentence is welcome only where this one has no number for the same thing.
                !replaces(statement, quantity, &claim.reading)
                    && elsewhere(quantity, claim, source, vouched)
            }
        };
        if !held {
            return Err(Reason::Quantity(said(statement, quantity)));
        }
    }
    if reversed(statement, &claim.reading) {
        return Err(Reason::Order);
    }
    Ok(())
}

/// Whether what may be no number is one after all: 一 before a unit that the claim measures something else in, or 第二天 where
/// the claim counts days.
fn measures(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let measure = quantity.readings.iter().any(
        |meaning| matches!(meaning, Sense::Measure(measure) if !measure.unit.name().is_empty()),
    );
    let ranked = quantity
        .readings
        .iter()
        .any(|meaning| matches!(meaning, Sense::Ordinal(_)));
    (measure || ranked)
        && !statement.language.is_latin()
        && claim
            .quantities
            .iter()
            .any(|other| is_alike(quantity, other))
}

/// Whether a claim names periods, and not this one: per quarter is not per year.
fn other_period(quantity: &Quantity, theirs: &[Quantity]) -> bool {
    let periods: Vec<&Quantity> = theirs
        .iter()
        .filter(|other| {
            let of_rate = |meaning: &Sense| matches!(meaning, Sense::Rate(_));
            other.every || other.readings.iter().any(of_rate)
        })
        .collect();
    !periods.is_empty() && !periods.iter().any(|other| quantity.agrees(other))
}

/// Whether a number is "one" of something that the claim does not count: one adult, 一次.
fn is_article(quantity: &Quantity, theirs: &[Quantity]) -> bool {
    let one = |meaning: &Sense| {
        matches!(meaning, Sense::Measure(measure)
            if measure.unit == Unit::COUNT && measure.value == Value::ONE)
    };
    quantity.readings.iter().all(one) && !theirs.iter().any(|other| is_alike(quantity, other))
}

/// Whether an amount with a unit begins right behind a place, or behind one word more.
pub(super) fn measures_next(reading: &Reading, at: usize) -> bool {
    reading.quantities.iter().any(|quantity| {
        let behind = quantity.range.start >= at && quantity.range.start - at <= BESIDE;
        behind
            && quantity
                .measures()
                .any(|measure| measure.unit != Unit::COUNT)
    })
}

/// Whether a number without a unit is one with a unit of another language: "under 18" may go without its years.
fn is_bare(quantity: &Quantity, other: &Quantity) -> bool {
    quantity.measures().any(|bare| {
        bare.unit.name().is_empty() && other.measures().any(|measure| measure.value == bare.value)
    })
}

/// How many numbers a claim shares with a statement.
pub(in crate::check) fn shared(statement: &Reading, claim: &Reading) -> usize {
    statement
        .quantities
        .iter()
        .filter(|quantity| {
            !quantity.weak && claim.quantities.iter().any(|other| quantity.agrees(other))
        })
        .count()
}

/// A number that the claim does not have: it follows from its numbers, stands in the headings, or, when somebody
/// vouches for the statement, stands elsewhere in the source while the claim has no other of its kind.
fn elsewhere(quantity: &Quantity, claim: &Claim, source: &Source, vouched: Vouched) -> bool {
    let theirs = &claim.reading.quantities;
    let above = &source.heading().quantities;
    let of_sentence = numbers(source, |other| other.unit == claim.unit);
    if above.iter().any(|other| quantity.agrees(other)) || follows(quantity, &of_sentence) {
        return true;
    }
    // Words alone do not tell whether a number of another sentence is of this one's subject.
    if vouched == Vouched::ByNobody {
        return false;
    }
    // How often something is elsewhere says nothing of how often it is here.
    let all = numbers(source, |_| !quantity.every);
    let conflict = theirs.iter().any(|other| is_alike(quantity, other));
    follows(quantity, &all) || !conflict && all.iter().any(|other| quantity.agrees(other))
}

/// Whether a number is computed from others, and is none of them.
fn follows(quantity: &Quantity, from: &[Quantity]) -> bool {
    // A number that the source has needs no sum: what it is said of is compared instead, and a sum that happens to give
    // it must not pass in its place.
    !from.iter().any(|other| quantity.agrees(other)) && derive::holds(quantity, from)
}

fn numbers(source: &Source, of: impl Fn(&Claim) -> bool) -> Vec<Quantity> {
    let claims = source.claims().iter().filter(|claim| of(claim));
    claims
        .flat_map(|claim| claim.reading.quantities.clone())
        .collect()
}

/// Whether two numbers could stand for one another: two prices, two times, two dates.
fn is_alike(a: &Quantity, b: &Quantity) -> bool {
    a.readings.iter().any(|a| {
        b.readings.iter().any(|b| match (a, b) {
            (Sense::Measure(a), Sense::Measure(b)) => {
                // Months have no fixed length in seconds, but a period in one is still a period for another.
                let lasts = |unit| matches!(unit, Unit::SECOND | Unit::MONTH);
                a.unit == b.unit
                    || a.unit.is_money() && b.unit.is_money()
                    || lasts(a.unit) && lasts(b.unit)
            }
            (a, b) => discriminant(a) == discriminant(b),
        })
    })
}

/// The number in the statement's own words.
fn said(statement: &Reading, quantity: &Quantity) -> String {
    statement
        .text
        .get(quantity.range.clone())
        .unwrap_or_default()
        .to_owned()
}

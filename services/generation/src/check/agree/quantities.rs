//! Numbers, dates and amounts of a statement stand in what it cites, and belong to the same thing there.

use std::{mem::discriminant, ops::Range};

use stoa_language::{
    Reading,
    markers::{Class, Side},
    quantity::{Quantity, Reading as Meaning, Unit, derive},
    reading::Term,
};

use super::{Reason, Vouched};
use crate::read::{Claim, Source};

/// Bytes between a number and what bounds it.
const NEAR: usize = 12;

/// Whether all numbers of a statement are those of the claim, or follow from them.
pub(super) fn agree(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
    vouched: Vouched,
) -> Result<(), Reason> {
    let theirs = &claim.reading.quantities;
    for quantity in statement
        .quantities
        .iter()
        .filter(|quantity| !quantity.weak)
    {
        let own = theirs.iter().position(|other| quantity.agrees(other));
        let held = match own {
            Some(at) => {
                bounded(statement, quantity, claim, at, vouched)?;
                belongs(statement, quantity, &claim.reading, at)
            }
            None => elsewhere(quantity, claim, source, vouched),
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
    if vouched == Vouched::ByNobody {
        return false;
    }
    let all = numbers(source, |_| true);
    let conflict = theirs.iter().any(|other| is_alike(quantity, other));
    follows(quantity, &all) || !conflict && all.iter().any(|other| quantity.agrees(other))
}

/// Whether a number is computed from others, and is none of them.
fn follows(quantity: &Quantity, from: &[Quantity]) -> bool {
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
            (Meaning::Measure(a), Meaning::Measure(b)) => {
                let lasts = |unit| matches!(unit, Unit::SECOND | Unit::MONTH);
                a.unit == b.unit
                    || a.unit.is_money() && b.unit.is_money()
                    || lasts(a.unit) && lasts(b.unit)
            }
            (a, b) => discriminant(a) == discriminant(b),
        })
    })
}

/// Above is not below, and neither is the number itself.
fn bounded(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    at: usize,
    vouched: Vouched,
) -> Result<(), Reason> {
    let own = &claim.reading.quantities[at];
    let (mine, theirs) = (bounds(statement, quantity), bounds(&claim.reading, own));
    let turned = mine.iter().any(|side| {
        theirs
            .iter()
            .any(|other| other.pair == side.pair && other.first != side.first)
            && !theirs.contains(side)
    });
    // A row has no words beside its numbers.
    let added = vouched == Vouched::ByNobody && !claim.row && theirs.is_empty() && !mine.is_empty();
    if turned || added {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
}

/// The opposites that bound a number: the number behind "above", or before 以上 where none is behind it.
fn bounds(reading: &Reading, quantity: &Quantity) -> Vec<Side> {
    reading
        .marks
        .iter()
        .filter_map(|mark| match mark.class {
            Class::Side(side)
                if side.bounds
                    && bounded_by(reading, &mark.range) == Some(quantity.range.start) =>
            {
                Some(side)
            }
            _ => None,
        })
        .collect()
}

/// Where the number begins that a mark bounds.
fn bounded_by(reading: &Reading, mark: &Range<usize>) -> Option<usize> {
    let starts = |quantity: &&Quantity| {
        quantity.range.start >= mark.end && quantity.range.start - mark.end <= NEAR
    };
    let ends = |quantity: &&Quantity| {
        quantity.range.end <= mark.start && mark.start - quantity.range.end <= NEAR
    };
    let behind = reading.quantities.iter().find(starts);
    let before = || reading.quantities.iter().rev().find(ends);
    behind.or_else(before).map(|quantity| quantity.range.start)
}

/// Where a claim has several numbers of one kind, each is of something: 18:00 is of Vienna and 17:00 of Oslo. The words
/// around the statement's number must be those around the claim's.
fn belongs(statement: &Reading, quantity: &Quantity, claim: &Reading, at: usize) -> bool {
    let alike: Vec<usize> = (0..claim.quantities.len())
        .filter(|other| is_alike(quantity, &claim.quantities[*other]))
        .collect();
    let same: Vec<usize> = alike
        .iter()
        .copied()
        .filter(|other| quantity.agrees(&claim.quantities[*other]))
        .collect();
    let others_said = alike.iter().all(|other| {
        statement
            .quantities
            .iter()
            .any(|own| own.agrees(&claim.quantities[*other]))
    });
    if alike.len() < 2 || same.len() == alike.len() || others_said || !same.contains(&at) {
        return true;
    }
    let cells = Cells::of(claim, &alike);
    let clause = statement.clause_of(quantity.range.start);
    let around: Vec<&Term> = statement
        .claims()
        .filter(|term| term.clause == clause || statement.clause_count() == 1)
        .collect();
    same.iter().any(|own| {
        let cell = alike
            .iter()
            .position(|other| other == own)
            .unwrap_or_default();
        around.iter().all(|term| cells.allow(claim, term, cell))
    })
}

/// The words of a claim, by the number of a kind that they belong to.
struct Cells {
    /// For each word of the claim its cell; `None` for those that belong to all.
    of_term: Vec<Option<usize>>,
    /// What the first cell is about, which the others do not share.
    label: Option<usize>,
}

impl Cells {
    fn of(claim: &Reading, alike: &[usize]) -> Self {
        let starts: Vec<usize> = alike
            .iter()
            .map(|at| claim.quantities[*at].range.start)
            .collect();
        let last = starts.last().copied().unwrap_or_default();
        // "50 for adults, 25 for children": words that follow the last number say what each is of.
        let values_first = claim
            .terms
            .iter()
            .any(|term| !term.light && term.range.start > last);
        let cell = |term: &Term| {
            if values_first {
                starts.iter().rposition(|start| *start < term.range.start)
            } else {
                starts.iter().position(|start| *start > term.range.start)
            }
        };
        let label = (!values_first)
            .then(|| claim.terms.iter().position(|term| !term.light))
            .flatten();
        Self {
            of_term: claim.terms.iter().map(cell).collect(),
            label,
        }
    }

    /// Whether a word of the statement may stand with the number of a cell.
    fn allow(&self, claim: &Reading, term: &Term, cell: usize) -> bool {
        let places: Vec<usize> = (0..claim.terms.len())
            .filter(|at| {
                let other = &claim.terms[*at];
                other.term == term.term || other.plain == term.plain
            })
            .collect();
        places.is_empty()
            || places.iter().any(|at| match self.of_term[*at] {
                None => true,
                Some(own) if own == cell => true,
                // What is said of the first is often said of all, but not what the first is.
                Some(0) => self.label.is_some() && self.label != Some(*at) && !term.name,
                Some(_) => false,
            })
    }
}

/// Two times or dates in the opposite order: from nine to five is not from five to nine.
fn reversed(statement: &Reading, claim: &Reading) -> bool {
    let place = |quantity: &Quantity| {
        claim
            .quantities
            .iter()
            .position(|other| quantity.agrees(other))
    };
    let moments: Vec<&Quantity> = statement
        .quantities
        .iter()
        .filter(|quantity| {
            !quantity.weak
                && quantity
                    .readings
                    .iter()
                    .any(|meaning| matches!(meaning, Meaning::Time(_) | Meaning::Date(_)))
        })
        .collect();
    moments.windows(2).any(|pair| {
        is_alike(pair[0], pair[1])
            && !pair[0].agrees(pair[1])
            && matches!((place(pair[0]), place(pair[1])), (Some(a), Some(b)) if a > b)
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

//! What a list or a table says of one thing and not of another.

use std::collections::HashSet;

use stoa_language::{Reading, reading::Term};

use super::super::{Reason, quantities};
use crate::read::{Claim, Source, Unit, UnitKind};

/// Whether a statement says of an item what introduces another list, or of what introduces a list what an item of another
/// says: what is provided is not what to bring.
pub(in crate::check::agree) fn lead(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
) -> Result<(), Reason> {
    let units = &source.units;
    let lead_of = |unit: &Unit| unit.goes_on_from.filter(|_| unit.kind == UnitKind::Item);
    let leads: HashSet<usize> = units.iter().filter_map(lead_of).collect();
    let own = lead_of(&units[claim.unit]);
    let introduces = leads.contains(&claim.unit);
    // Neither an item nor the line above items: there is no other list to mix it up with.
    if own.is_none() && !introduces {
        return Ok(());
    }
    let others = || {
        source.claims().iter().filter(|other| {
            let lead = lead_of(&units[other.unit]);
            if introduces {
                lead.is_some_and(|lead| lead != claim.unit)
            } else {
                leads.contains(&other.unit) && Some(other.unit) != own
            }
        })
    };
    // An item has what its own lead says, and what the headings say.
    let above = |term: &Term| {
        let mut lead = source.claims().iter().filter(|lead| Some(lead.unit) == own);
        claim.reading.holds(term)
            || source.heading().holds(term)
            || lead.any(|lead| lead.reading.holds(term))
    };
    let foreign = statement
        .claims()
        .find(|term| !above(term) && others().any(|other| other.reading.holds(term)));
    match foreign {
        Some(term) => Err(Reason::Word(term.plain.clone())),
        None => Ok(()),
    }
}

/// Whether a statement of one row has a word of another: what a row says is said of what it names.
pub(in crate::check::agree) fn row(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
) -> Result<(), Reason> {
    // What compares two rows names both, and its number is of neither.
    let compares = || {
        let mut numbers = statement.quantities.iter();
        numbers.any(|own| {
            quantities::compares(statement, own)
                || own.difference.is_some() && !quantities::is_in(own, &claim.reading)
        })
    };
    if !claim.row || compares() {
        return Ok(());
    }
    let of_another = |term: &Term| {
        let mut others = source.claims().iter().filter(|other| other.row);
        others.any(|other| other.unit != claim.unit && other.reading.holds(term))
    };
    let foreign = statement.claims().find(|term| {
        !claim.reading.holds(term) && !source.heading().holds(term) && of_another(term)
    });
    match foreign {
        Some(term) => Err(Reason::Word(term.plain.clone())),
        None => Ok(()),
    }
}

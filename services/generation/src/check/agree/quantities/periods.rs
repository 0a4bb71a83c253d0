//! What period a number is of: 1,200 a day are not 1,200 an hour.

use stoa_language::{
    Reading,
    quantity::{Measure, Quantity, Rate, Sense, Unit},
};

use super::meant;

/// Whether a statement names a period where its claim has other periods alone: within a month, of within a week.
pub(in crate::check) fn has_other_period(statement: &Reading, claim: &Reading) -> bool {
    let mut numbers = statement.quantities.iter();
    numbers.any(|own| meant::is_other_period(own, &claim.quantities))
}

/// Whether two numbers are as many, but in another period: 1,200 a day are not 1,200 an hour.
pub(super) fn other_rate(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    at: usize,
) -> bool {
    let other = &claim.quantities[at];
    let rates = |quantity: &Quantity| -> Vec<Rate> {
        let rate = |sense: &Sense| match sense {
            Sense::Rate(rate) => Some(*rate),
            _ => None,
        };
        quantity.readings.iter().filter_map(rate).collect()
    };
    let (own, theirs) = (rates(quantity), rates(other));
    let counts =
        !own.is_empty() && !theirs.is_empty() && !own.iter().any(|own| theirs.contains(own));
    let measures = match (period_of(statement, quantity), period_of(claim, other)) {
        (Some(mine), Some(theirs)) => !mine.agrees(theirs),
        _ => false,
    };
    counts || measures
}

/// The period right behind an amount: 300 litres an hour.
pub(super) fn period_of<'a>(reading: &'a Reading, amount: &Quantity) -> Option<&'a Quantity> {
    reading.quantities.iter().find(|period| {
        let near =
            period.range.start >= amount.range.end && period.range.start - amount.range.end <= 1;
        let lasts = |measure: Measure| matches!(measure.unit, Unit::SECOND | Unit::MONTH);
        near && (period.weak || period.every) && period.measures().any(lasts)
    })
}

/// Whether a claim names periods, and not this one: per quarter is not per year.
pub(super) fn other_period(quantity: &Quantity, theirs: &[Quantity]) -> bool {
    let periods: Vec<&Quantity> = theirs
        .iter()
        .filter(|other| {
            let of_rate = |meaning: &Sense| matches!(meaning, Sense::Rate(_));
            other.every || other.readings.iter().any(of_rate)
        })
        .collect();
    !periods.is_empty() && !periods.iter().any(|other| quantity.agrees(other))
}

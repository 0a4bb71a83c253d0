//! Whether a number that both texts have is meant alike: as a whole or as a difference, as a length or as a period.

use stoa_language::quantity::{Measure, Quantity, Unit, Value};

use super::{Vouched, is_alike};

/// Whether both are differences or neither is: 32 euros more are not 32 euros, and 10 euros less are not 10 euros extra.
pub(super) fn alike(quantity: &Quantity, other: &Quantity, vouched: Vouched) -> bool {
    match (quantity.difference, other.difference) {
        (Some(own), Some(theirs)) => own == theirs,
        (None, None) => true,
        // A model can tell a surcharge of 32 euros from a price.
        _ => vouched == Vouched::ByModel,
    }
}

/// Seconds of a day.
const DAY: i128 = 86_400;

/// Whether a number says how long it lasts and the other that it is so each day: 24 hours are not every day.
pub(super) fn is_length(quantity: &Quantity, other: &Quantity) -> bool {
    let is_day =
        |measure: Measure| measure.unit == Unit::SECOND && measure.value == Value::whole(DAY);
    !quantity.weak && !quantity.every && other.every && quantity.measures().any(is_day)
}

/// Whether a number is a period that may be none, such as "a week", where the claim has other periods alone.
pub(super) fn is_other_period(quantity: &Quantity, theirs: &[Quantity]) -> bool {
    let mut alike = theirs
        .iter()
        .filter(|other| lasts(other) && is_alike(quantity, other))
        .peekable();
    quantity.weak
        && lasts(quantity)
        && alike.peek().is_some()
        && !alike.any(|other| quantity.agrees(other))
}

fn lasts(quantity: &Quantity) -> bool {
    // "A second time" counts, and lasts nothing.
    let of_time = |measure: Measure| {
        matches!(measure.unit, Unit::SECOND | Unit::MONTH)
            && (measure.unit, measure.value) != (Unit::SECOND, Value::ONE)
    };
    quantity.measures().any(of_time)
}

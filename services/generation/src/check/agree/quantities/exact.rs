//! Numbers that no claim has and that follow from one claim alone, so surely that nobody need vouch for them: three hours
//! at 6 dollars an hour come to 18 dollars, and who is five is under seven.

use stoa_language::{
    Reading,
    quantity::{Quantity, Unit, Value},
};

use super::{
    super::{Vouched, extent::denies},
    bounds::{is_bounded, lies_above},
    computed::makes_with,
    implied::counts_the_same,
    is_alike, is_in,
    ranges::compare,
};
use crate::read::Claim;

/// Whether a number of a statement follows from its claim.
pub(super) fn follows(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    vouched: Vouched,
) -> bool {
    is_multiple(statement, quantity, claim)
        // Of what a model vouches for `implied` looks at cases, with the words of a statement left open.
        || vouched == Vouched::ByNobody && is_case(statement, quantity, &claim.reading)
}

/// Whether a statement supposes how many there are of what its claim has a price or a length of, and says what all of them
/// come to; a number may be either of the two.
fn is_multiple(statement: &Reading, quantity: &Quantity, claim: &Claim) -> bool {
    let read = &claim.reading;
    let supposes = |own: &Quantity| {
        own.measures()
            .all(|measure| matches!(measure.unit, Unit::COUNT | Unit::SECOND | Unit::MONTH))
    };
    let said = || {
        statement
            .quantities
            .iter()
            .filter(|own| !own.weak && own.range != quantity.range && !is_in(own, read))
    };
    let each = || read.quantities.iter().filter(|own| !own.weak);
    // Of several amounts of a kind it may be any: only the one that stands alone is multiplied.
    let alone = |own: &Quantity| each().filter(|other| is_alike(own, other)).count() == 1;
    let makes = |result: &Quantity, count: &Quantity| {
        each().any(|each| {
            alone(each)
                && (supposes(count) && makes_with(result, each, count)
                    || is_price_of_one(result, each, count, read))
        })
    };
    said().any(|other| makes(quantity, other) || makes(other, quantity))
}

/// Whether a claim has a price for one of what a statement has so many of: 100 grams at 4 cents a gram.
fn is_price_of_one(result: &Quantity, each: &Quantity, count: &Quantity, claim: &Reading) -> bool {
    let is_one = |unit: Unit| {
        let mut ones = claim.quantities.iter().flat_map(Quantity::measures);
        ones.any(|own| own.unit == unit && own.value == Value::ONE)
    };
    count.measures().any(|count| {
        count.unit != Unit::COUNT
            && is_one(count.unit)
            && each.measures().any(|each| {
                let all = each.value.times(count.value);
                each.unit.is_money()
                    && result
                        .measures()
                        .any(|own| own.unit == each.unit && Some(own.value) == all)
            })
    })
}

/// Whether a number is a case of the only bound of its kind that a claim has, within which all is as the claim says.
fn is_case(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    // What holds until eleven is followed by what holds from then on: of which a time is a case its words do not tell.
    if quantity.times().next().is_some() {
        return false;
    }
    let mut alike = claim
        .quantities
        .iter()
        .filter(|own| !own.weak && compare(quantity, own).is_some());
    let (Some(bound), None) = (alike.next(), alike.next()) else {
        return false;
    };
    let within = lies_above(claim, bound)
        .zip(compare(quantity, bound))
        .is_some_and(|(above, order)| if above { order.is_gt() } else { order.is_lt() });
    within
        && !is_bounded(statement, quantity)
        && counts_the_same(statement, quantity, claim, bound)
        && denies(statement) == denies(claim)
}

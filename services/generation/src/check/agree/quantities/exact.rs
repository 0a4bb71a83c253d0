//! Numbers that no claim has and that follow from one claim alone, so surely that nobody need vouch for them: three hours
//! at 6 dollars an hour come to 18 dollars, and who is five is under seven.

use stoa_language::{
    Reading,
    quantity::{Date, Measure, Quantity, Sense, Unit, Value},
};

use super::{
    super::{Vouched, extent::denies, says_one},
    bounds::{is_bounded, lies_above},
    implied::counts_the_same,
    is_alike, is_in,
    ranges::{compare, is_age},
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
        || is_share(statement, quantity, &claim.reading)
        || is_span(quantity, &claim.reading)
        // Where a model vouches, `implied` judges cases, and does not compare words.
        || vouched == Vouched::ByNobody && is_case(statement, quantity, &claim.reading)
}

/// Whether a statement supposes how many there are of what its claim has a price for one of, and says what all of them come
/// to; a number may be either of the two.
fn is_multiple(statement: &Reading, quantity: &Quantity, claim: &Claim) -> bool {
    let read = &claim.reading;
    let each: Vec<&Quantity> = read.quantities.iter().filter(|own| !own.weak).collect();
    // Of several amounts of a kind it may be any, and a bound is no price.
    let alone: Vec<&Quantity> = each
        .iter()
        .filter(|own| each.iter().filter(|other| is_alike(own, other)).count() == 1)
        .filter(|own| own.measures().any(|own| own.unit.is_money()))
        .filter(|own| !is_bounded(read, own))
        .copied()
        .collect();
    let mut said = statement
        .quantities
        .iter()
        .filter(|own| !own.weak && own.range != quantity.range)
        .filter(|own| own.is_count() || !is_in(own, read));
    let makes = |result: &Quantity, count: &Quantity| {
        let all = |each: &&Quantity| is_all(result, each, count, statement, read);
        alone.iter().any(all)
    };
    !alone.is_empty() && said.any(|other| makes(quantity, other) || makes(other, quantity))
}

/// What says of an amount that each of several is so much.
const EACH: [&str; 6] = ["each", "apiece", "jeweils", "je", "每", "各"];
/// What says that parts are alike, and what such parts are called.
const EQUAL: [&str; 5] = ["equal", "gleich", "gleichen", "égales", "等额"];
const PARTS: [&str; 14] = [
    "parts",
    "instalments",
    "installments",
    "payments",
    "halves",
    "rates",
    "shares",
    "teilen",
    "teile",
    "raten",
    "期",
    "份",
    "次付",
    "笔",
];

/// Whether an amount is each of the equal parts in which the only amount of its kind is paid: two of 80 make 160.
fn is_share(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let is_of_parts = |own: &&Quantity| {
        let behind = claim.text[own.range.end..].trim_start().to_lowercase();
        !own.weak && own.is_count() && EQUAL.iter().any(|word| behind.starts_with(word))
    };
    let count = claim.quantities.iter().find(is_of_parts);
    let amounts = claim.quantities.iter().filter(|own| !own.weak);
    let amounts: Vec<&Quantity> = amounts.filter(|own| is_alike(quantity, own)).collect();
    let ([whole], Some(count)) = (&amounts[..], count) else {
        return false;
    };
    says_one(&statement.text, &EACH)
        && says_one(&statement.text, &PARTS)
        && quantity.measures().any(|own| {
            own.unit.is_money()
                && whole.measures().any(|whole| {
                    let is_all = |count: Measure| own.value.times(count.value) == Some(whole.value);
                    whole.unit == own.unit && count.measures().any(is_all)
                })
        })
}

/// Whether an amount is the price of so many: three hours at 6 dollars an hour, two tickets at 40 each.
fn is_all(
    result: &Quantity,
    each: &Quantity,
    count: &Quantity,
    statement: &Reading,
    claim: &Reading,
) -> bool {
    let is_product = |times: Value| {
        each.measures().any(|each| {
            let all = each.value.times(times);
            let mut results = result.measures();
            results.any(|own| own.unit == each.unit && Some(own.value) == all)
        })
    };
    // What is counted is what the claim speaks of.
    let names_one = || {
        let behind = statement
            .claims()
            .filter(|term| term.range.start >= count.range.end);
        // Behind its measure word in Chinese.
        behind.take(2).any(|counted| claim.says(counted))
    };
    count.measures().any(|count| {
        if count.unit == Unit::COUNT {
            return names_one() && is_product(count.value);
        }
        // One of the unit, or one period of it, is what the price is for: "an hour", "per gram".
        let ones = claim.quantities.iter().filter(|own| own.weak || own.every);
        let mut ones = ones
            .flat_map(Quantity::measures)
            .filter(|one| one.unit == count.unit);
        ones.any(|one| count.value.over(one.value).is_some_and(is_product))
    })
}

/// Whether an age is a case of the only bound of its kind that a claim has, within which all is as the claim says.
fn is_case(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    // Somebody of so many years, of whom more is said behind: of what is measured the bound is all that is known.
    let goes_on = statement
        .claims()
        .any(|term| term.range.start >= quantity.range.end && claim.says(term));
    if !is_age(statement, quantity) || !goes_on {
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

/// Whether an amount is the days or the whole months from one date of a claim to the next, both of them counted: 14 and 15
/// June are two days, and 1 June to 31 August three months.
fn is_span(quantity: &Quantity, claim: &Reading) -> bool {
    let is = |unit: Unit, value: i128| {
        let mut lengths = quantity.measures();
        lengths.any(|length| length.unit == unit && length.value == Value::whole(value))
    };
    claim.quantities.windows(2).any(|pair| {
        let (Some(from), Some(to)) = (date(&pair[0]), date(&pair[1])) else {
            return false;
        };
        let (Some(first), Some(last)) = (from.day, to.day) else {
            return false;
        };
        // "3. und 4. Mai" has its month behind the second.
        let month = from.month.or(to.month);
        let to_month = to.month.or(month);
        let one_year = from.year.is_none() || to.year.is_none() || from.year == to.year;
        let between = claim.text.get(pair[0].range.end..pair[1].range.start);
        let between = between.unwrap_or_default();
        let ranges = between.len() <= JOIN && TO.iter().any(|word| between.contains(word));
        match (month, to_month) {
            _ if month == to_month => {
                let next = last == first + 1;
                one_year
                    && last > first
                    && (ranges || next)
                    && is(Unit::SECOND, (i128::from(last - first) + 1) * DAY)
            }
            (Some(month), Some(to)) if to > month => {
                one_year
                    && ranges
                    && first == 1
                    && last >= last_day(to)
                    && is(Unit::MONTH, i128::from(to - month) + 1)
            }
            _ => false,
        }
    })
}

/// What joins the ends of a span, and the bytes that it takes at most: "bis zum", 起至.
const TO: [&str; 9] = [
    " to ",
    " until ",
    " through ",
    " bis ",
    "-",
    "–",
    "—",
    "至",
    "到",
];
const JOIN: usize = 12;

/// Seconds of a day, and the months of 31 days.
const DAY: i128 = 86_400;
const LONG: [u8; 7] = [1, 3, 5, 7, 8, 10, 12];

/// The last day that a month has in every year.
fn last_day(month: u8) -> u8 {
    match month {
        2 => 28,
        _ => 30 + u8::from(LONG.contains(&month)),
    }
}

/// The date that a number is.
pub(super) fn date(quantity: &Quantity) -> Option<Date> {
    quantity.readings.iter().find_map(|sense| match sense {
        Sense::Date(date) => Some(*date),
        _ => None,
    })
}

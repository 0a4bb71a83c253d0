//! Whether two numbers are the same, or could stand for one another, however each is written.

use std::mem::discriminant;

use stoa_language::{
    Reading,
    quantity::{Quantity, Rank, Sense, Unit, Value},
};

use crate::read::Claim;

/// What stands behind a number that leaves out what it counts.
const MORE: [&str; 8] = [
    "more",
    "further",
    "additional",
    "extra",
    "mehr",
    "weitere",
    "más",
    "altri",
];

/// Whether a number is once in a period that a cell has: 半年一次 under "interval", six months.
pub(super) fn is_once_in(quantity: &Quantity, period: &Quantity) -> bool {
    quantity.readings.iter().any(|sense| match sense {
        Sense::Rate(rate) => {
            rate.times == Value::ONE && period.measures().any(|other| other == rate.period)
        }
        _ => false,
    })
}

/// Whether a number is the rank that a cell has as a bare number: the fifth under "floor", 5.
pub(super) fn is_rank_of(statement: &Reading, quantity: &Quantity, cell: &Quantity) -> bool {
    // The head of its column stands behind it.
    let named = cell.counted.as_ref().is_some_and(|head| {
        let lower = statement.text.to_lowercase();
        lower.contains(&head.word.to_lowercase())
    });
    named
        && quantity.readings.iter().any(|sense| {
            matches!(sense, Sense::Ordinal(Rank::Nth(nth)) if cell.measures().any(|own| {
                own.unit == Unit::COUNT && own.value == Value::whole(i128::from(*nth))
            }))
        })
}

/// Whether a number without a unit is one with a unit of another language: "under 18" may go without its years.
pub(super) fn is_bare(quantity: &Quantity, other: &Quantity) -> bool {
    quantity.measures().any(|bare| {
        bare.unit.name().is_empty() && other.measures().any(|measure| measure.value == bare.value)
    })
}

/// Whether a bare number has the figures of one with a unit: 10 of "10 weeks".
pub(super) fn same_figures(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    other: &Quantity,
) -> bool {
    let figures = |reading: &Reading, of: &Quantity| -> String {
        let text = reading.text.get(of.range.clone()).unwrap_or_default();
        text.chars().take_while(char::is_ascii_digit).collect()
    };
    let own = figures(statement, quantity);
    let bare = quantity
        .measures()
        .any(|measure| measure.unit.name().is_empty());
    bare && !own.is_empty() && own == figures(&claim.reading, other)
}

/// Whether one of two numbers is a version and both are written alike: version 5.0 and 5.0.
pub(super) fn same_version(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    other: &Quantity,
) -> bool {
    let is_version = |own: &Quantity| {
        let mut readings = own.readings.iter();
        readings.any(|sense| matches!(sense, Sense::Version(_)))
    };
    let figures = |reading: &Reading, own: &Quantity| -> String {
        let text = reading.text.get(own.range.clone()).unwrap_or_default();
        let figures = text.chars().filter(|c| c.is_ascii_digit() || *c == '.');
        figures.collect::<String>().trim_matches('.').to_owned()
    };
    let own = figures(statement, quantity);
    let measures = |own: &Quantity| own.measures().any(|own| own.unit != Unit::COUNT);
    (is_version(quantity) || is_version(other))
        && !measures(quantity)
        && !measures(other)
        && own.contains('.')
        && own == figures(claim, other)
}

/// Whether a number leaves out the unit that another number of the statement has: "16 weeks, and 10 more".
pub(super) fn is_elliptic(statement: &Reading, quantity: &Quantity, other: &Quantity) -> bool {
    if counts_a_thing(quantity) {
        return false;
    }
    let unit_of_both = |own: &Quantity| {
        own.measures()
            .any(|own| other.measures().any(|other| other.unit == own.unit))
    };
    statement
        .quantities
        .iter()
        .any(|own| own.range.start < quantity.range.start && unit_of_both(own))
}

/// Whether a number says how many there are of something that it names: "10 people", and not "10 more".
pub(super) fn counts_a_thing(quantity: &Quantity) -> bool {
    quantity
        .counted
        .as_ref()
        .is_some_and(|counted| !MORE.contains(&counted.word.to_lowercase().as_str()))
}

/// Whether two numbers could stand for one another: two prices, two times, two dates.
pub(in crate::check) fn is_alike(a: &Quantity, b: &Quantity) -> bool {
    // A year that counts things is none.
    let is_date = |quantity: &Quantity| {
        quantity.counted.is_none() && matches!(quantity.readings.first(), Some(Sense::Date(_)))
    };
    if is_date(a) != is_date(b) {
        return false;
    }
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

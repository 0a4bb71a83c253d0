//! A number that a model computed from numbers of the source: a difference, a total, so much for each.
//!
//! With enough numbers nearly any can be computed, so one of the two is of the sentence that the statement is held
//! against or said in the statement itself, and bare counts are computed only where the statement says that it counts
//! together or compares.

use stoa_language::{
    Reading,
    quantity::{Measure, Quantity, Sense, Unit, Value},
};

use super::{super::says_one, known::numbers};
use crate::read::{Claim, Source};

/// Numbers of a sentence from which anything is computed.
const MOST: usize = 8;
/// Numbers of a source from which anything is computed that a tested model vouches for.
const MOST_ANYWHERE: usize = 32;
/// Minutes of a day, and seconds of a minute.
const DAY: i128 = 1440;
const MINUTE: i128 = 60;
/// Amounts of time that are counted: seconds, minutes, hours, days, weeks; and months, years.
const SECONDS: [i128; 5] = [1, 60, 3600, 86_400, 604_800];
const MONTHS: [i128; 2] = [1, 12];
/// Words that say that a count is computed.
const COMPUTES: [&str; 39] = [
    "fewer",
    "less",
    "more",
    "difference",
    "total",
    "altogether",
    "together",
    "sum",
    "combined",
    "in all",
    "by",
    "up",
    "down",
    "extension",
    "extended",
    "insgesamt",
    "zusammen",
    "verlängerung",
    "verlängert",
    "延长",
    "mehr",
    "weniger",
    "de moins",
    "de plus",
    "en tout",
    "au total",
    "少",
    "多",
    "共",
    "合计",
    "总",
    "增",
    "减",
    "小了",
    "大了",
    "短了",
    "长了",
    "高了",
    "低了",
];

/// Whether a statement says that it computes.
pub(super) fn says_so(statement: &Reading) -> bool {
    says_one(&statement.text, &COMPUTES)
}

/// Whether a number follows from two of a source by one step of arithmetic.
pub(super) fn computed(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    source: &Source,
) -> bool {
    let own = numbers(source, |other| other.unit == claim.unit);
    let said = statement
        .quantities
        .iter()
        .filter(|other| other.range != quantity.range);
    let near: Vec<&Quantity> = own.iter().chain(said).filter(|other| !other.weak).collect();
    let all = numbers(source, |_| true);
    let far: Vec<&Quantity> = all.iter().filter(|other| !other.weak).collect();
    let counts = says_so(statement);
    if near.len() > MOST {
        return false;
    }
    near.iter().enumerate().any(|(at, a)| {
        near[at + 1..]
            .iter()
            // The interval of a row is not what its times are gone on with.
            .any(|b| follows(quantity, a, b, counts, claim.row) && !(claim.row && is_time(quantity)))
            // From two sentences only where the statement says one of the two, or a time is gone on from.
            || far.iter().any(|b| (at >= own.len() || is_time(a)) && follows(quantity, a, b, counts, false))
    })
}

/// Whether a number follows from two of a source, wherever they stand, or from one of it and another of the statement.
pub(super) fn from_any(statement: &Reading, quantity: &Quantity, source: &Source) -> bool {
    let stated = numbers(source, |_| true);
    let stated: Vec<&Quantity> = stated
        .iter()
        .filter(|other| !other.weak)
        .take(MOST_ANYWHERE)
        .collect();
    let said = || {
        let others = statement.quantities.iter();
        others.filter(|other| !other.weak && other.range != quantity.range)
    };
    let counts = says_so(statement);
    let has_rows = source.claims().iter().any(|claim| claim.row);
    stated.iter().enumerate().any(|(at, a)| {
        let mut others = stated[at + 1..].iter().copied().chain(said());
        others.any(|b| follows(quantity, a, b, counts, has_rows))
    })
}

/// Whether an amount is so many times another, or the share of it.
pub(super) fn makes_times(wanted: &Quantity, each: &Quantity, count: Value) -> bool {
    let count = Measure {
        value: count,
        unit: Unit::COUNT,
    };
    wanted.measures().any(|wanted| {
        each.measures()
            .any(|each| makes(wanted, each, count, false))
    })
}

/// Whether a number follows from two. In tables `bare` counts are amounts of what their column's head says.
fn follows(wanted: &Quantity, a: &Quantity, b: &Quantity, counts: bool, bare: bool) -> bool {
    if a.agrees(b) {
        return false;
    }
    wanted.measures().any(|wanted| {
        // "Members pay 28 euros, others 42": what counts nothing is of the unit that the other has.
        let of = |quantity: &Quantity| -> Vec<Measure> {
            let bare = (bare || quantity.counted.is_none()) && wanted.unit.is_money();
            let unit = |own: Measure| {
                if bare && own.unit == Unit::COUNT {
                    wanted.unit
                } else {
                    own.unit
                }
            };
            let with = |own: Measure| Measure {
                unit: unit(own),
                ..own
            };
            quantity.measures().map(with).collect()
        };
        let (a, b) = (of(a), of(b));
        a.iter()
            .any(|a| b.iter().any(|b| makes(wanted, *a, *b, counts)))
    }) || moment(wanted, a, b)
        || moment(wanted, b, a)
}

/// Whether an amount is the sum, the difference, the product or the share of two.
fn makes(wanted: Measure, a: Measure, b: Measure, counts: bool) -> bool {
    let is = |value: Option<Value>| value == Some(wanted.value) && wanted.value != Value::whole(0);
    let alike = a.unit == b.unit && a.unit == wanted.unit && !wanted.unit.is_scale();
    let adds = alike
        && (counts || wanted.unit != Unit::COUNT)
        && (is(a.value.plus(b.value)) || is(a.value.minus(b.value).map(Value::magnitude)));
    let times = |amount: Measure, count: Measure| {
        amount.unit == wanted.unit
            && wanted.unit != Unit::COUNT
            && figures(count).any(|count| {
                count != Value::ONE
                    && (is(amount.value.times(count)) || is(amount.value.over(count)))
            })
    };
    adds || times(a, b) || times(b, a)
}

/// A count, or how many hours, days or weeks a time is.
fn figures(measure: Measure) -> impl Iterator<Item = Value> {
    let scales: &[i128] = match measure.unit {
        Unit::COUNT => &[1],
        Unit::SECOND => &SECONDS,
        Unit::MONTH => &MONTHS,
        _ => &[],
    };
    scales
        .iter()
        .filter_map(move |scale| measure.value.over(Value::whole(*scale)))
        .filter(|value| value.as_whole().is_some())
}

/// Whether a time of day is another and so long.
fn moment(wanted: &Quantity, start: &Quantity, length: &Quantity) -> bool {
    let minutes = |measure: Measure| {
        (measure.unit == Unit::SECOND)
            .then(|| measure.value.over(Value::whole(MINUTE))?.as_whole())
            .flatten()
    };
    wanted.times().any(|wanted| {
        start.times().any(|start| {
            length.measures().filter_map(minutes).any(|length| {
                let (from, to) = (i128::from(start.minutes), i128::from(wanted.minutes));
                length < DAY && ((from + length) % DAY == to || (to + length) % DAY == from)
            })
        })
    })
}

fn is_time(quantity: &Quantity) -> bool {
    quantity
        .readings
        .iter()
        .any(|sense| matches!(sense, Sense::Time(_)))
}

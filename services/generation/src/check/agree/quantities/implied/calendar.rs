//! Days, months and years that no source has and that follow from those that it has.

use stoa_language::{
    Reading,
    quantity::{Measure, Quantity, Sense, Unit, Value},
};

use super::super::{
    super::{extent::says_no, says_one},
    days::weekday,
    exact::date,
    known::numbers,
    ranges::joined,
};
use super::DAY;
use crate::read::Source;
/// Months of a year, and the numbers without a unit that may be one.
const YEAR: i128 = 12;
const YEARS: std::ops::RangeInclusive<i128> = 100..=2100;
/// What is paid each month, and each year.
const PAID_MONTHLY: [&str; 4] = ["月费", "月租", "月薪", "月租金"];
const PAID_YEARLY: [&str; 4] = ["年费", "年租", "年薪", "年租金"];
/// What says that something was in the year after.
const NEXT_YEAR: [&str; 11] = [
    "next year",
    "following year",
    "year after",
    "year later",
    "folgejahr",
    "jahr darauf",
    "année suivante",
    "año siguiente",
    "次年",
    "翌年",
    "第二年",
];
/// Days of a week, and seconds of a day.
const WEEK: i128 = 7;

/// Whether a day of the week is none of those that a claim names, and the statement denies what the claim says of these.
pub(super) fn is_other_day(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let Some(own) = weekday(quantity) else {
        return false;
    };
    let named = named_days(claim);
    let from_to = named
        .windows(2)
        .find(|ends| joined(claim, ends[0], ends[1]));
    let Some([from, to]) = from_to else {
        return false;
    };
    let (Some(from), Some(to)) = (weekday(from), weekday(to)) else {
        return false;
    };
    let after = |day: u8| (i128::from(day) + WEEK - i128::from(from)) % WEEK;
    after(own) > after(to)
        && !named.iter().any(|other| weekday(other) == Some(own))
        && says_no(statement) != says_no(claim)
}

/// How many days of the week a claim names one by one; none where it names the ends of a range, which are not all its days.
fn count_of_days(claim: &Reading) -> Option<i128> {
    let named = named_days(claim);
    let is_range = named.windows(2).any(|ends| joined(claim, ends[0], ends[1]));
    (!is_range)
        .then(|| i128::try_from(named.len()).ok())
        .flatten()
}

/// Whether a number is how often a week something is that a claim says of so many days of it.
pub(super) fn is_times_of_days(quantity: &Quantity, claim: &Reading) -> bool {
    let week = Measure {
        value: Value::whole(WEEK * DAY),
        unit: Unit::SECOND,
    };
    count_of_days(claim).is_some_and(|days| {
        quantity.readings.iter().any(|sense| {
            matches!(sense, Sense::Rate(rate) if rate.period == week
                && rate.times.as_whole() == Some(days))
        })
    })
}

/// Whether a number is how many days of the week a claim names, one by one: Tuesdays and Thursdays are two days.
pub(super) fn is_count_of_days(quantity: &Quantity, claim: &Reading) -> bool {
    count_of_days(claim).is_some_and(|days| {
        days > 1
            && quantity.measures().any(|own| match own.unit {
                Unit::COUNT => own.value == Value::whole(days),
                Unit::SECOND => own.value == Value::whole(days * DAY),
                _ => false,
            })
    })
}

/// Whether an amount is the years between two of a source.
pub(super) fn is_between_years(quantity: &Quantity, source: &Source) -> bool {
    let years: Vec<i128> = numbers(source, |_| true).iter().filter_map(year).collect();
    let months = |measure: Measure| (measure.unit == Unit::MONTH).then(|| measure.value.as_whole());
    let mut lasted = quantity.measures().filter_map(months).flatten();
    lasted.any(|months| {
        years.iter().any(|from| {
            years
                .iter()
                .any(|to| to > from && (to - from) * YEAR == months)
        })
    })
}

/// Whether an amount is the time between two times of day of a claim.
pub(super) fn is_between_times(quantity: &Quantity, claim: &Reading) -> bool {
    let times: Vec<u16> = claim
        .quantities
        .iter()
        .flat_map(|own| own.times().map(|time| time.minutes))
        .collect();
    let lasted = quantity
        .measures()
        .filter(|measure| measure.unit == Unit::SECOND && measure.value != Value::whole(0));
    lasted.into_iter().any(|measure| {
        let is = |minutes: u16| Value::whole(i128::from(minutes) * 60) == measure.value;
        times
            .iter()
            .any(|from| times.iter().any(|to| is(from.abs_diff(*to))))
    })
}

/// The days of the week that a claim names.
fn named_days(claim: &Reading) -> Vec<&Quantity> {
    let numbers = claim.quantities.iter();
    numbers.filter(|own| weekday(own).is_some()).collect()
}

/// Whether a number is one period that a source names in a word for what is paid in it: 每月 of 月费.
pub(in super::super) fn is_period_named(quantity: &Quantity, source: &Source) -> bool {
    let is = |value: i128| {
        let one = Measure {
            value: Value::whole(value),
            unit: Unit::MONTH,
        };
        quantity.measures().any(|measure| measure == one)
    };
    let names = |words: &[&str]| says_one(&source.text, words) || says_one(&source.context, words);
    is(1) && names(&PAID_MONTHLY) || is(YEAR) && names(&PAID_YEARLY)
}

/// Whether a number is the year after one of a source that says "the next year".
pub(super) fn is_next_year(quantity: &Quantity, source: &Source) -> bool {
    let Some(own) = date_year(quantity) else {
        return false;
    };
    says_one(&source.text, &NEXT_YEAR)
        && numbers(source, |_| true)
            .iter()
            .any(|other| date_year(other) == Some(own - 1))
}

/// The year of a date.
fn date_year(quantity: &Quantity) -> Option<i128> {
    date(quantity)?.year.map(i128::from)
}

/// The year that a number is, or may be where it counts nothing: "around 820".
fn year(quantity: &Quantity) -> Option<i128> {
    let bare = || {
        let count = quantity.measures().find(|own| own.unit == Unit::COUNT)?;
        let value = count.value.as_whole()?;
        (quantity.counted.is_none() && YEARS.contains(&value)).then_some(value)
    };
    date_year(quantity).or_else(bare)
}

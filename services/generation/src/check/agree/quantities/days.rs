//! Days of the week as a text names them: by their names, as all working days, the weekend, each day, each week.

use std::ops::RangeInclusive;

use stoa_language::{
    Reading,
    markers::Class,
    quantity::{Measure, Quantity, Sense, Unit, Value},
};

use super::super::{CONDITIONS, says_one};

/// What says that something is so each day, at one part of it.
const EACH_EVENING: [&str; 11] = [
    "每晚",
    "每早",
    "每夜",
    "every evening",
    "every morning",
    "every night",
    "every afternoon",
    "nightly",
    "jeden abend",
    "jeden morgen",
    "jede nacht",
];

/// What names Monday to Friday.
const WORKDAYS: [&str; 9] = [
    "on weekdays",
    "on all weekdays",
    "every weekday",
    "during weekdays",
    "werktags",
    "an werktagen",
    "wochentags",
    "en semaine",
    "工作日",
];
/// What names the two last days of a week.
const WEEKEND: [&str; 8] = [
    "weekend",
    "weekends",
    "wochenende",
    "wochenenden",
    "week-end",
    "fin de semana",
    "fine settimana",
    "周末",
];

/// What names one weekend, or counts working days.
const SOME_OF_THEM: [&str; 9] = [
    "one weekend",
    "a weekend",
    "some weekends",
    "ein wochenende",
    "einem wochenende",
    "un week-end",
    "一个周末",
    "某个周末",
    "个工作日",
];

/// Whether a number is a day of the week, and the claim names the weekdays or the weekend that it is of.
pub(super) fn is_of_named_days(quantity: &Quantity, claim: &Reading) -> bool {
    let is = |days: RangeInclusive<u8>| {
        let mut senses = quantity.readings.iter();
        senses.any(|sense| matches!(sense, Sense::Weekday(day) if days.contains(day)))
    };
    // Of both something else is said.
    let (week, weekend) = (
        claim.text.to_lowercase().contains("weekday")
            || claim.text.to_lowercase().contains("werktag"),
        says_one(&claim.text, &WEEKEND),
    );
    (is(6..=7) && weekend && !week || is(1..=5) && !weekend && is_of_all_workdays(claim))
        && !says_one(&claim.text, &SOME_OF_THEM)
}

/// Whether a claim says something of all working days: it names none of them itself, and nothing limits them.
fn is_of_all_workdays(claim: &Reading) -> bool {
    let lower = claim.text.to_lowercase();
    let place = |word: &&str| lower.find(*word).map(|at| at + word.len());
    let Some(end) = WORKDAYS.iter().filter_map(place).next() else {
        return false;
    };
    let limits = [Class::Not, Class::Some, Class::Only, Class::Except];
    let is_day = |sense: &Sense| matches!(sense, Sense::Weekday(_) | Sense::Date(_));
    let mut numbers = claim.quantities.iter().flat_map(|own| &own.readings);
    let clause = claim.clause_of(end.saturating_sub(1));
    // "Weekdays in August" are not all; a time may follow.
    let mut behind = claim
        .claims()
        .filter(|term| term.clause == clause && term.range.start >= end);
    !limits.iter().any(|class| claim.has(*class))
        && !numbers.any(is_day)
        && !says_one(&claim.text, &CONDITIONS)
        && !says_one(&claim.text, &["but", "aber"])
        && (behind.next().is_none()
            || lower[end..]
                .trim_start()
                .starts_with(|c: char| c.is_numeric())
            || !claim.language.is_latin())
}

/// Whether a number says each day, and the claim each evening.
pub(super) fn is_each_day(quantity: &Quantity, claim: &Reading) -> bool {
    quantity.every && is_all_day(quantity) && says_one(&claim.text, &EACH_EVENING)
}

/// Whether a number says each week, and the claim names days of each week: on Tuesdays, 每周二.
pub(super) fn is_each_week(quantity: &Quantity, claim: &Reading) -> bool {
    let week = Measure {
        value: Value::whole(7 * 86_400),
        unit: Unit::SECOND,
    };
    let is_each = |own: &Quantity| {
        let is_day = |sense: &Sense| matches!(sense, Sense::Weekday(_));
        let (before, said) = (
            &claim.text[..own.range.start],
            &claim.text[own.range.clone()],
        );
        own.readings.iter().any(is_day)
            && (said.ends_with('s') || said.starts_with('每') || before.ends_with('每'))
    };
    quantity.every
        && quantity.measures().any(|measure| measure == week)
        && claim.quantities.iter().any(is_each)
}

/// Whether an amount is a whole day, which "around the clock" says too.
pub(super) fn is_all_day(quantity: &Quantity) -> bool {
    let day = Measure {
        value: Value::whole(86_400),
        unit: Unit::SECOND,
    };
    quantity.measures().any(|measure| measure == day)
}

/// The day of the week that a number is.
pub(in crate::check::agree) fn weekday(quantity: &Quantity) -> Option<u8> {
    quantity.readings.iter().find_map(|sense| match sense {
        Sense::Weekday(day) => Some(*day),
        _ => None,
    })
}

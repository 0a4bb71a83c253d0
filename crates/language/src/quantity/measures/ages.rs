//! Ages that are said without their years: "aged 7", "Age: 5–11", "children under 12", "under-18s".

use super::super::draft::{self, Draft};
use super::super::numbers::Number;
use super::super::tables::TABLES;
use super::super::tokens::{Shape, Text};
use super::super::units::Found;
use super::super::{Measure, Sense};

/// Nobody is older, and larger numbers behind "over" count people.
const OLDEST: i128 = 120;

/// Adds to a bare number the readings that "7 years old" has, where the words before it speak of an age.
pub(super) fn note(text: &Text<'_>, number: &Number, draft: &mut Draft) {
    let is_age = is_possible(number)
        && (is_labelled(text, number.from) || is_bound_of_people(text, number.from));
    if is_age {
        add(draft);
    }
}

/// "under-18s" and "over 65s", where the s is no second.
pub(super) fn group(text: &Text<'_>, number: &Number) -> Option<Draft> {
    let bound = if text.is_mark(number.from.checked_sub(1)?, &['-', '‑']) {
        number.from.checked_sub(2)?
    } else {
        text.before(number.from)?
    };
    let is_group = matches!(text.word(bound), "under" | "over") && text.raw(number.to) == "s";
    if !is_group || !is_possible(number) {
        return None;
    }
    let readings = number.values.iter().map(|&value| draft::count(value));
    let mut draft = Draft::new(number.from, number.to + 1, readings.collect());
    add(&mut draft);
    Some(draft)
}

/// The other end of "aged 5 to 11" is an age as well.
pub(in super::super) fn share(left: &Draft, right: &mut Draft) {
    let is_age = |draft: &Draft| {
        draft.readings.iter().any(
            |reading| matches!(reading, Sense::Measure(Measure { unit, .. }) if unit.name() == "age"),
        )
    };
    if is_age(left) && right.bare && !is_age(right) {
        add(right);
    }
}

fn add(draft: &mut Draft) {
    let names = TABLES.units.get("years old").cloned().unwrap_or_default();
    let ages = draft::with_unit(
        &draft.counts(),
        &Found {
            to: draft.to,
            names,
        },
    );
    let new: Vec<Sense> = ages
        .into_iter()
        .filter(|age| !draft.readings.contains(age))
        .collect();
    draft.readings.extend(new);
}

fn is_possible(number: &Number) -> bool {
    !number.is_part
        && number
            .whole()
            .is_some_and(|whole| (0..=OLDEST).contains(&whole))
}

/// "aged 7", "aged between 5", "at the age of 18", "Age: 5", 年龄：5.
fn is_labelled(text: &Text<'_>, from: usize) -> bool {
    let mut at = from;
    // "aged at least 5" has two words between, and a label its colon.
    for _ in 0..3 {
        let Some(before) = text.before(at) else {
            return false;
        };
        if text.listed(before, "age") == Some(before + 1)
            || before > 0 && text.listed(before - 1, "age") == Some(before + 1)
        {
            return true;
        }
        if text.listed(before, "before-age").is_none() {
            return false;
        }
        at = before;
    }
    false
}

/// "children under 12": only of people is what they are under or over an age.
fn is_bound_of_people(text: &Text<'_>, from: usize) -> bool {
    let bound = text
        .before(from)
        .filter(|&bound| text.listed(bound, "age-bound") == Some(bound + 1));
    bound
        .and_then(|bound| text.before(bound))
        .is_some_and(|people| {
            text.is(people, Shape::Word) && text.listed(people, "people") == Some(people + 1)
        })
}

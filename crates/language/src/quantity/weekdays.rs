//! Days of the week.

use super::Sense;
use super::draft::Draft;
use super::tables::{Named, TABLES, Trust};
use super::tokens::{Shape, Text};

/// The day of the week at a position.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Draft> {
    if text.is(at, Shape::Cjk) {
        return in_characters(text, at);
    }
    // "An Sonn- und Feiertagen".
    if text.word(at) == "sonn" && text.is_mark(at + 1, &['-']) {
        return Some(Draft::one(at, at + 1, Sense::Weekday(7)));
    }
    // "Too near the Sun."
    if text.word(at) == "sun" && text.word_before(at) == "the" {
        return None;
    }
    let (named, to) = name(text, at)?;
    let is_day = match named.trust {
        Trust::Full => true,
        _ => {
            text.is_capital(at)
                && (text.raw(at).len() > 2 && is_beside_day(text, at) || is_in_range(text, at))
        }
    };
    is_day.then(|| Draft::one(at, to, Sense::Weekday(named.number)))
}

/// The weekday's name at a position, a short one too.
fn name(text: &Text<'_>, at: usize) -> Option<(Named, usize)> {
    // Portuguese days are two words: "segunda-feira".
    let long = text
        .is_mark(at + 1, &['-'])
        .then(|| text.slice(at, at + 3).to_lowercase());
    if let Some(named) = long.and_then(|long| TABLES.weekdays.get(&long)?.first().copied()) {
        return Some((named, at + 3));
    }
    let named = TABLES.weekdays.get(text.word(at))?.first()?;
    Some((*named, at + 1))
}

/// "Sun 5 May", "Sat.", "Mon, 3 p.m.": a short name has a full stop, a number or another name beside it.
fn is_beside_day(text: &Text<'_>, at: usize) -> bool {
    let next = if text.is_mark(at + 1, &['.', ',', ':', '-', '–', '/']) {
        text.after_space(at + 2)
    } else {
        text.after_space(at + 1)
    };
    text.is_mark(at + 1, &['.'])
        || text.is(next, Shape::Digits)
        || is_name(text, next)
        || is_in_range(text, at)
}

fn is_name(text: &Text<'_>, at: usize) -> bool {
    TABLES.weekdays.contains_key(text.word(at)) || TABLES.months.contains_key(text.word(at))
}

/// "Mo–Fr", "Sat and Sun".
fn is_in_range(text: &Text<'_>, at: usize) -> bool {
    let mut next = text.after_space(at + 1);
    if text.is_mark(next, &['.']) {
        next = text.after_space(next + 1);
    }
    let after = text
        .listed(next, "range")
        .or_else(|| text.listed(next, "range-loose"));
    let follows = after.is_some_and(|to| is_short_day(text, text.after_space(to)));
    follows || before_range(text, at).is_some_and(|before| is_short_day(text, before))
}

fn before_range(text: &Text<'_>, at: usize) -> Option<usize> {
    let marker = text.before(at)?;
    text.listed(marker, "range")
        .or_else(|| text.listed(marker, "range-loose"))?;
    let before = text.before(marker)?;
    if text.is_mark(before, &['.']) {
        text.before(before)
    } else {
        Some(before)
    }
}

fn is_short_day(text: &Text<'_>, at: usize) -> bool {
    text.is_capital(at) && TABLES.weekdays.contains_key(text.word(at))
}

fn in_characters(text: &Text<'_>, at: usize) -> Option<Draft> {
    let to = (at + 2..=(at + 3).min(text.len()))
        .rev()
        .find(|&to| TABLES.weekdays.contains_key(text.slice(at, to)))?;
    let day = TABLES.weekdays.get(text.slice(at, to))?.first()?.number;
    // 每周一次 is "once every week", and 一周三 ends a count of weeks.
    let is_week = text.cjk(at).is_some_and(|c| "周週".contains(c));
    let counts = if is_week {
        "次回趟遍个個年"
    } else {
        "次回趟遍"
    };
    let is_count = text.cjk(to).is_some_and(|c| counts.contains(c));
    (!is_count).then(|| Draft::one(at, to, Sense::Weekday(day)))
}

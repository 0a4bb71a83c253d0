//! Dates in words: "31 March 2021", "March 31", "31. März", "Q1 2021"; those in digits are in `digital`.

mod characters;
mod decades;
mod digital;

use super::draft::Draft;
use super::tables::{Lang, Named, TABLES, Trust};
use super::tokens::{Shape, Text};
use super::{Date, Rank, Sense, Unit, Value, draft, ordinals, spoken};

pub(super) use digital::{numeric, slashed};

/// The date, or part of a date, at a position.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Draft> {
    match text.shape(at)? {
        Shape::Cjk => characters::at(text, at),
        Shape::Digits => in_digits(text, at),
        Shape::Word => day_first(text, at)
            .or_else(|| month_first(text, at))
            .or_else(|| quarter(text, at))
            .or_else(|| decades::in_words(text, at)),
        Shape::Mark => short_year(text, at),
        Shape::Space => None,
    }
}

fn in_digits(text: &Text<'_>, at: usize) -> Option<Draft> {
    digital::numeric(text, at)
        .or_else(|| characters::at(text, at))
        .or_else(|| day_first(text, at))
        .or_else(|| quarter(text, at))
        .or_else(|| digital::decade(text, at))
}

/// Whether a word names a month or a weekday, which a hyphen may join to a number.
pub(super) fn names_day_or_month(text: &Text<'_>, at: usize) -> bool {
    TABLES.months.contains_key(text.word(at)) || TABLES.weekdays.contains_key(text.word(at))
}

/// A date without any field that is out of range.
fn checked(year: Option<i32>, month: Option<u32>, day: Option<u32>) -> Option<Date> {
    let month = month.map(u8::try_from).transpose().ok()?;
    let day = day.map(u8::try_from).transpose().ok()?;
    let longest = match month {
        Some(4 | 6 | 9 | 11) => 30,
        // Whether the year is a leap year is not asked: the year is often not there, and a text that has the 29th means
        // it.
        Some(2) => 29,
        _ => 31,
    };
    let is_valid = month.is_none_or(|month| (1..=12).contains(&month))
        && day.is_none_or(|day| (1..=longest).contains(&day));
    is_valid.then_some(Date {
        year,
        quarter: None,
        month,
        day,
    })
}

/// "31 March", "31st of March 2021", "31. März", "the thirty-first of March".
fn day_first(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (day, after_day) = day(text, at)?;
    let mut next = if text.is_mark(after_day, &['-', '‑']) {
        after_day + 1
    } else {
        text.after_space(after_day)
    };
    if let Some(of) = text.listed(next, "of") {
        next = text.after_space(of);
    }
    let (month, after_month) =
        month_name(text, next).filter(|(month, _)| is_month_after_day(text, next, month))?;
    let (year, to) =
        year_after(text, after_month).map_or((None, after_month), |(year, to)| (Some(year), to));
    let date = checked(year, Some(u32::from(month.number)), Some(day))?;
    Some(Draft::one(at, to, Sense::Date(date)))
}

fn day(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    if let Some(day) = ordinals::digits_with_suffix(text, at) {
        return Some(day);
    }
    if text.is(at, Shape::Digits) {
        let day = small(text, at)?;
        return Some((day, at + 1 + usize::from(text.is_mark(at + 1, &['.']))));
    }
    if let Some(rank) = ordinals::word_rank(text, at).filter(|rank| rank.0 > 0) {
        return Some(rank);
    }
    let spoken = spoken::at(text, at)?;
    Some((
        u32::try_from(spoken.value.as_whole()?)
            .ok()
            .filter(|day| (1..=31).contains(day))?,
        spoken.to,
    ))
}

/// Digits of a day or a month.
fn small(text: &Text<'_>, at: usize) -> Option<u32> {
    text.digits(at)
        .filter(|digits| digits.len() <= 2)?
        .parse()
        .ok()
}

/// "5 may be" and "2 out of 3" have no month: a trap or a short name after a day must look like one.
fn is_month_after_day(text: &Text<'_>, at: usize, month: &Named) -> bool {
    match month.trust {
        Trust::Full => true,
        Trust::Trap if month.lang == Some(Lang::EN) => {
            text.is_capital(at) || text.word(at) == "march"
        }
        Trust::Trap => true,
        Trust::Short => {
            text.is_capital(at)
                || month
                    .lang
                    .is_none_or(|lang| lang != Lang::EN && text.speaks(lang))
        }
    }
}

/// A month's name, and the position after it and its full stop.
fn month_name(text: &Text<'_>, at: usize) -> Option<(Named, usize)> {
    let known = TABLES.months.get(text.word(at))?;
    let month = known
        .iter()
        .find(|month| month.lang.is_some_and(|lang| text.speaks(lang)))
        .or(known.first())?;
    let stops = month.trust == Trust::Short && text.is_mark(at + 1, &['.']);
    Some((*month, at + 1 + usize::from(stops)))
}

/// The year after a month: "2021", ", 2021", "de 2021", "’21".
fn year_after(text: &Text<'_>, at: usize) -> Option<(i32, usize)> {
    let comma = at + usize::from(text.is_mark(at, &[',']));
    let mut next = if text.is_mark(comma, &['-', '/']) && comma == at {
        comma + 1
    } else {
        text.after_space(comma)
    };
    if let Some(of) = text.listed(next, "of") {
        next = text.after_space(of);
    }
    if text.is_mark(next, &['\'', '’']) {
        return text
            .digits(next + 1)
            .filter(|digits| digits.len() == 2)
            .and_then(|digits| Some((century(digits.parse().ok()?), next + 2)));
    }
    year(text, next).map(|year| (year, next + 1))
}

/// A year of four digits that no unit and no decimal goes on.
fn year(text: &Text<'_>, at: usize) -> Option<i32> {
    let year = text
        .digits(at)
        .filter(|digits| digits.len() == 4)?
        .parse()
        .ok()?;
    let goes_on = text.is_mark(at + 1, &['.', ',', ':']) && text.is(at + 2, Shape::Digits)
        || text.is(at + 1, Shape::Word);
    ((1000..=2999).contains(&year) && !goes_on).then_some(year)
}

/// The year that two digits mean: '69 is 2069 to nobody who writes now, and '21 is 2021.
const fn century(year: i32) -> i32 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// "March 31, 2021", "March 31", "March 2021", "March".
fn month_first(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (month, after_month) = month_name(text, at)?;
    let number = u32::from(month.number);
    if let Some((year, to)) =
        year_after(text, after_month).filter(|_| may_lead(text, at, &month) || is_foreign(&month))
    {
        return Some(Draft::one(
            at,
            to,
            Sense::Date(checked(Some(year), Some(number), None)?),
        ));
    }
    if let Some((day, after_day)) =
        day_after(text, after_month).filter(|_| may_lead(text, at, &month))
    {
        let (year, to) =
            year_after(text, after_day).map_or((None, after_day), |(year, to)| (Some(year), to));
        return Some(Draft::one(
            at,
            to,
            Sense::Date(checked(year, Some(number), Some(day))?),
        ));
    }
    let date = checked(None, Some(number), None)?;
    stands_alone(text, at, &month).then(|| Draft::one(at, after_month, Sense::Date(date)))
}

/// "mai 2021" is a month in every text, where "may 2021" is not.
fn is_foreign(month: &Named) -> bool {
    month.trust == Trust::Trap && month.lang != Some(Lang::EN)
}

fn may_lead(text: &Text<'_>, at: usize, month: &Named) -> bool {
    match month.trust {
        Trust::Full => true,
        _ => {
            text.is_capital(at)
                || month
                    .lang
                    .is_some_and(|lang| lang != Lang::EN && text.speaks(lang))
        }
    }
}

fn day_after(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    let next = if text.is_mark(at, &['-']) {
        at + 1
    } else {
        text.after_space(at)
    };
    let next = text
        .listed(next, "the")
        .map_or(next, |the| text.after_space(the));
    if next == at {
        return None;
    }
    if let Some(day) = ordinals::digits_with_suffix(text, next) {
        return Some(day);
    }
    let day = small(text, next).filter(|day| (1..=31).contains(day))?;
    let is_time = text.is_mark(next + 1, &[':'])
        || text.word(next + 1) == "am"
        || text.is(next + 1, Shape::Word);
    let is_decimal = text.is_mark(next + 1, &['.', '%'])
        && (text.is(next + 2, Shape::Digits) || text.is_mark(next + 1, &['%']));
    (!is_time && !is_decimal).then_some((day, next + 1))
}

/// "in May" but not "you may": without a day or year a common word is a month only after a preposition.
fn stands_alone(text: &Text<'_>, at: usize, month: &Named) -> bool {
    // "mid-March", "mi-mars"
    let is_joined = at > 1
        && text.is_mark(at - 1, &['-', '‑'])
        && text.listed(at - 2, "month-before") == Some(at - 1);
    let is_after = is_joined || text.is_after(at, "month-before");
    match month.trust {
        Trust::Full => true,
        Trust::Short => {
            text.is_capital(at)
                && (is_after || text.is_mark(at + 1, &['.', '–', '-']))
                && text.raw(at).len() > 2
                && !text.is_mark(at + 1, &['-'])
        }
        Trust::Trap if month.lang == Some(Lang::EN) => text.is_capital(at) && is_after,
        Trust::Trap => month.lang.is_some_and(|lang| text.speaks(lang)) && is_after,
    }
}

/// "Q1 2021", "first quarter of 2021", "1. Quartal 2021".
fn quarter(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (quarter, after) = quarter_number(text, at)?;
    let quarter = u8::try_from(quarter)
        .ok()
        .filter(|quarter| (1..=4).contains(quarter))?;
    let (year, to) = year_after(text, after).map_or((None, after), |(year, to)| (Some(year), to));
    let date = Date {
        year,
        quarter: Some(quarter),
        month: None,
        day: None,
    };
    Some(Draft::one(at, to, Sense::Date(date)))
}

fn quarter_number(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    if text.raw(at) == "Q" {
        return small(text, at + 1).map(|quarter| (quarter, at + 2));
    }
    let (rank, after) = if text.is(at, Shape::Digits) {
        day(text, at)?
    } else {
        ordinals::word_rank(text, at)?
    };
    let next = text.after_space(after);
    let is_ranked = after > at + 1 || text.is(at, Shape::Word);
    text.listed(next, "quarter")
        .filter(|_| is_ranked && next > after)
        .map(|to| (rank, to))
}

/// "the summer of ’99".
fn short_year(text: &Text<'_>, at: usize) -> Option<Draft> {
    let is_free = at > 0 && text.is(at - 1, Shape::Space);
    let digits = text
        .digits(at + 1)
        .filter(|digits| is_free && text.is_mark(at, &['\'', '’', '‘']) && digits.len() == 2)?;
    let year = century(digits.parse().ok()?);
    if text.word(at + 2) == "s" {
        return Some(Draft::one(at, at + 3, Sense::Decade(year)));
    }
    (!text.is(at + 2, Shape::Word)).then(|| {
        Draft::one(
            at,
            at + 2,
            Sense::Date(Date {
                year: Some(year),
                ..Date::default()
            }),
        )
    })
}

/// A bare number that may be a year: the year first, the count after it.
pub(super) fn as_year(value: Value) -> Option<Sense> {
    let year = i32::try_from(value.as_whole()?)
        .ok()
        .filter(|year| (1000..=2100).contains(year))?;
    Some(Sense::Date(Date {
        year: Some(year),
        ..Date::default()
    }))
}

/// A rank that may be a day: "the 5th".
pub(super) fn as_day(draft: &Draft) -> Option<Date> {
    let day = draft.readings.iter().find_map(|reading| match reading {
        Sense::Ordinal(Rank::Nth(day)) => Some(*day),
        Sense::Measure(measure) if measure.unit == Unit::COUNT => {
            u32::try_from(measure.value.as_whole()?).ok()
        }
        _ => None,
    })?;
    checked(None, None, Some(day))
}

/// The readings of a day of the month that may be a count of days as well.
fn day_or(date: Date, others: Vec<Sense>) -> Vec<Sense> {
    let mut readings = vec![Sense::Date(date)];
    readings.extend(others);
    readings
}

fn count(value: i128) -> Sense {
    draft::count(Value::whole(value))
}

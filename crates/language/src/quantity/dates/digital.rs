//! Dates in digits: `2021-03-31`, `31.03.2021`, `3/31/2021`, and decades, `1990s`.

use super::super::draft::Draft;
use super::super::numbers::Number;
use super::super::tables::Lang;
use super::super::tokens::{Shape, Text};
use super::super::{Date, Measure, Sense, Unit, Value, digits};
use super::{century, checked, small};

/// The date in digits at a position; `03/04/2021` has both readings.
pub(in super::super) fn numeric(text: &Text<'_>, at: usize) -> Option<Draft> {
    let first = text.digits(at).filter(|_| !follows_digits(text, at))?;
    let separator = text
        .mark(at + 1)
        .filter(|mark| ['-', '/', '.'].contains(mark))?;
    let second = small(text, at + 2)?;
    let third = text
        .digits(at + 4)
        .filter(|_| text.is_mark(at + 3, &[separator]));
    match third {
        Some(third) if !goes_on(text, at + 5, separator) => {
            full(at, &first, second, &third, separator)
        }
        // Four fields or letters behind: an address of a machine or a code.
        Some(_) => None,
        None if first.len() == 4 => year_and_month(text, at, &first, second, separator),
        None => german_day(text, at, separator),
    }
}

fn follows_digits(text: &Text<'_>, at: usize) -> bool {
    at > 1 && text.is_mark(at - 1, &['-', '/', '.', ':', '+']) && text.is(at - 2, Shape::Digits)
        || at > 0 && text.is(at - 1, Shape::Word)
}

fn goes_on(text: &Text<'_>, at: usize, separator: char) -> bool {
    text.is_mark(at, &[separator]) && text.is(at + 1, Shape::Digits)
        || text.is(at, Shape::Word) && text.raw(at) != "T"
}

fn full(at: usize, first: &str, second: u32, third: &str, separator: char) -> Option<Draft> {
    let (lead, tail) = (first.parse().ok()?, third.parse().ok()?);
    let mut dates = Vec::new();
    match (first.len(), third.len()) {
        (4, 1 | 2) => dates.push(checked(
            Some(i32::try_from(lead).ok()?),
            Some(second),
            Some(tail),
        )),
        (1 | 2, 2 | 4) => {
            let year = i32::try_from(tail).ok()?;
            let year = Some(if third.len() == 2 {
                century(year)
            } else {
                year
            });
            dates.push(checked(year, Some(second), Some(lead)));
            // With points the day comes first everywhere; with strokes or hyphens Americans put the month first.
            if separator != '.' {
                dates.push(checked(year, Some(lead), Some(second)));
            }
        }
        _ => return None,
    }
    let mut readings: Vec<Sense> = dates.into_iter().flatten().map(Sense::Date).collect();
    readings.dedup();
    (!readings.is_empty()).then(|| Draft::new(at, at + 5, readings))
}

/// `2021-03`; `2019-20` is a range of years.
fn year_and_month(
    text: &Text<'_>,
    at: usize,
    first: &str,
    second: u32,
    separator: char,
) -> Option<Draft> {
    let is_month =
        separator == '-' && text.raw(at + 2).chars().count() == 2 && !text.is(at + 3, Shape::Word);
    let year = first
        .parse()
        .ok()
        .filter(|year| is_month && (1000..=2999).contains(year))?;
    Some(Draft::one(
        at,
        at + 3,
        Sense::Date(checked(Some(year), Some(second), None)?),
    ))
}

/// `31.03.`; what may be a number at the end of a sentence keeps that reading.
fn german_day(text: &Text<'_>, at: usize, separator: char) -> Option<Draft> {
    let is_dotted = separator == '.' && text.is_mark(at + 3, &['.']);
    let date =
        checked(None, Some(small(text, at + 2)?), Some(small(text, at)?)).filter(|_| is_dotted)?;
    // `31.03.` can only be a date; `3.5.` may be a number before a full stop.
    let is_padded = text.raw(at + 2).starts_with('0') && text.raw(at + 2).len() == 2;
    let mut draft = Draft::one(at, at + 4, Sense::Date(date));
    if !is_padded {
        let values = digits::at(text, at)?.values;
        draft
            .readings
            .extend(values.into_iter().map(super::super::draft::count));
    }
    (is_padded || text.speaks(Lang::DE)).then_some(draft)
}

/// `3/4` may be a day of a month, either way round.
pub(in super::super) fn slashed(text: &Text<'_>, number: &Number) -> Vec<Sense> {
    let is_slash = number.to == number.from + 3 && text.is_mark(number.from + 1, &['/']);
    let (Some(first), Some(second)) = (small(text, number.from), small(text, number.from + 2))
    else {
        return Vec::new();
    };
    if !is_slash {
        return Vec::new();
    }
    let dates = [
        checked(None, Some(second), Some(first)),
        checked(None, Some(first), Some(second)),
    ];
    dates.into_iter().flatten().map(Sense::Date).collect()
}

/// "1990s", "1990er", "90er", "90s"; the last may be seconds.
pub(super) fn decade(text: &Text<'_>, at: usize) -> Option<Draft> {
    let digits = text
        .digits(at)
        .filter(|digits| digits.ends_with('0') && (digits.len() == 4 || digits.len() == 2))?;
    let is_decade = text.raw(at + 1) == "s" || text.raw(at + 1).starts_with("er");
    let year: i32 = digits.parse().ok().filter(|_| is_decade)?;
    if digits.len() == 4 {
        return (1000..2100)
            .contains(&year)
            .then(|| Draft::one(at, at + 2, Sense::Decade(year)));
    }
    let mut draft = Draft::one(at, at + 2, Sense::Decade(century(year)));
    draft.readings.push(Sense::Measure(Measure {
        value: Value::whole(i128::from(year)),
        unit: Unit::SECOND,
    }));
    // "10s" are seconds; the tens of a century are never called so.
    (year >= 20).then_some(draft)
}

/// A date that is only a year.
pub(super) fn only_year(year: i32) -> Date {
    Date {
        year: Some(year),
        ..Date::default()
    }
}

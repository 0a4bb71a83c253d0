//! Ranges: a unit or a date that is written once belongs to both ends.

use super::super::draft::{self, Draft};
use super::super::measures::ages;
use super::super::tokens::{Shape, Text};
use super::super::{Date, Sense, Time, dates};
use super::{set_time, time};

/// Gives what a range says once to both its ends: "2–5 p.m.", "5 to 10 km", "1–5 March", 3月1日至5日.
///
/// True when the two stand in a list of alternatives, as the last two of "5, 10 or 15 km" do; `is_listed` says whether
/// the right one already does, so that a comma before it goes on with the list.
pub(super) fn distribute(
    text: &Text<'_>,
    left: &mut Draft,
    right: &mut Draft,
    is_listed: bool,
) -> bool {
    let is_adjacent = left.bare
        && left.to == right.from
        && text.is(left.to - 1, Shape::Cjk)
        && text.is(right.from, Shape::Cjk);
    let goes_on = is_listed && text.slice(left.to, right.from).trim() == ",";
    // 五六天 is "five or six days".
    let range = if is_adjacent {
        Some(true)
    } else {
        range_between(text, left.to, right.from).or(goes_on.then_some(false))
    };
    let Some(is_strict) = range else {
        return false;
    };
    let is_loose = !is_strict;
    let is_strict = is_strict || text.is_after(left.from, "between");
    // The first that applies: one thing is said once for both ends, a unit, a date or a currency.
    let shared = share_unit(left, right, is_strict)
        || share_date(left, right)
        || share_price(text, left, right);
    if !shared {
        share_half(left, right, is_strict);
        ages::share(left, right);
    }
    is_loose
}

/// Whether a range marker is all that stands between; false for "or" and the like.
pub(super) fn range_between(text: &Text<'_>, from: usize, to: usize) -> Option<bool> {
    // "8- to 12-year-olds", "zwei- bis dreimal"
    let is_cut = text.is_mark(from, &['-', '‑']) && text.is(from + 1, Shape::Space);
    let mut at = text.after_space(from + usize::from(is_cut));
    if text.is_mark(at, &['.']) {
        at = text.after_space(at + 1);
    }
    let ends = |marker: usize| text.after_space(marker) == to;
    if text.listed(at, "range").is_some_and(ends) {
        return Some(true);
    }
    text.listed(at, "range-loose")
        .filter(|&marker| ends(marker))
        .map(|_| false)
}

fn share_unit(left: &mut Draft, right: &Draft, is_strict: bool) -> bool {
    let Some(unit) = right
        .unit
        .as_ref()
        // An hour is no unit for the number before it: that is a time itself, see `share_half`.
        .filter(|_| left.bare && !left.times && time(right).is_none())
    else {
        return false;
    };
    let values = left.counts();
    let shared = draft::with_unit(&values, unit);
    if is_strict {
        left.readings = shared;
    } else {
        // A loose word such as "or" joins two numbers as well as two measures: both readings stay.
        left.readings.extend(shared);
    }
    (left.unit, left.bare, left.counted) = (Some(unit.clone()), false, None);
    left.every |= right.every;
    true
}

/// "€5–10": the currency stands before the first number only.
fn share_price(text: &Text<'_>, left: &Draft, right: &mut Draft) -> bool {
    let Some(unit) = left.unit.as_ref().filter(|_| right.bare && !right.times) else {
        return false;
    };
    let is_price = left
        .readings
        .iter()
        .all(|reading| matches!(reading, Sense::Measure(measure) if measure.unit.is_money()));
    // "5 € to 10" has its unit behind the number, and the next number would have one, too.
    let ends_in_number = text.is(left.to - 1, Shape::Digits);
    if !is_price || !ends_in_number || right.counted.is_some() {
        return false;
    }
    right.readings = draft::with_unit(&right.counts(), unit);
    (right.unit, right.bare) = (Some(unit.clone()), false);
    true
}

fn share_date(left: &mut Draft, right: &mut Draft) -> bool {
    if let (Some(date), true) = (
        right
            .date()
            .filter(|date| date.day.is_some() && date.month.is_some()),
        can_be_day(left),
    ) {
        let Some(day) = dates::as_day(left).and_then(|left| left.day) else {
            return false;
        };
        *left = Draft::new(
            left.from,
            left.to,
            vec![Sense::Date(Date {
                day: Some(day),
                ..date
            })],
        );
        return true;
    }
    if let (Some(date), true) = (
        right
            .date()
            .filter(|date| date.day.is_none() && date.month.is_some()),
        left.bare,
    ) {
        return share_month(left, date);
    }
    let Some(date) = left
        .date()
        .filter(|date| date.day.is_some() && date.month.is_some())
    else {
        return false;
    };
    complete_end(left, right, date)
}

/// A range that begins with a date: its end has what it leaves out of the start's, and gives the start its year.
fn complete_end(left: &mut Draft, right: &mut Draft, date: Date) -> bool {
    if let Some(own) = right.date() {
        let is_day_alone = own.month.is_none() && own.year.is_none() && own.day.is_some();
        if is_day_alone {
            right.readings.insert(
                0,
                Sense::Date(Date {
                    day: own.day,
                    ..date
                }),
            );
        } else if date.year.is_none() && own.year.is_some() && own.month.is_some() {
            left.readings = vec![Sense::Date(Date {
                year: own.year,
                ..date
            })];
        }
        return true;
    }
    match dates::as_day(right).filter(|_| right.bare && right.counted.is_none()) {
        Some(day) => right.readings.insert(
            0,
            Sense::Date(Date {
                day: day.day,
                ..date
            }),
        ),
        None => return false,
    }
    true
}

fn can_be_day(draft: &Draft) -> bool {
    draft.bare || matches!(draft.readings[..], [Sense::Ordinal(_)])
}

/// 3-5月: the first number is a month.
fn share_month(left: &mut Draft, date: Date) -> bool {
    let month = left
        .counts()
        .first()
        .and_then(|value| u8::try_from(value.as_whole()?).ok());
    let Some(month) = month.filter(|month| (1..=12).contains(month)) else {
        return false;
    };
    left.readings.insert(
        0,
        Sense::Date(Date {
            month: Some(month),
            ..date
        }),
    );
    true
}

/// Times of a range share the half of the day, or follow each other into the next one.
fn share_half(left: &mut Draft, right: &mut Draft, is_strict: bool) {
    if let Some(known) = time(right).filter(|_| left.bare) {
        let hours = left
            .counts()
            .first()
            .and_then(|value| u16::try_from(value.as_whole()?).ok())
            .filter(|hours| *hours <= 24);
        let Some(hours) = hours else { return };
        let minutes = hours % 24 * 60;
        let open = Time {
            minutes,
            half_known: hours > 12 || hours == 0,
            is_spoken: true,
        };
        let spans = right
            .unit
            .as_ref()
            .map(|unit| draft::with_unit(&left.counts(), unit))
            .unwrap_or_default();
        if is_strict {
            left.readings.clear();
        }
        left.readings
            .insert(0, Sense::Time(start_of(open, known, right.to_24)));
        left.readings.extend(spans);
        left.bare = false;
        return;
    }
    let (Some(first), Some(second)) = (time(left), time(right)) else {
        return share_clock(left, right);
    };
    match (first.half_known, second.half_known) {
        (false, true) => set_time(left, start_of(first, second, right.to_24)),
        (true, false) if left.to_24 => set_time(
            right,
            Time {
                half_known: !second.is_spoken,
                ..second
            },
        ),
        (true, false) => set_time(right, after(first, second)),
        _ => {}
    }
}

/// 下午两点至五: the second end has no sign of its own.
fn share_clock(left: &Draft, right: &mut Draft) {
    let hours = right
        .counts()
        .first()
        .and_then(|value| u16::try_from(value.as_whole()?).ok());
    let (Some(first), Some(hours)) = (
        time(left),
        hours.filter(|hours| right.bare && right.counted.is_none() && (1..=24).contains(hours)),
    ) else {
        return;
    };
    let open = Time {
        minutes: hours % 24 * 60,
        half_known: hours > 12,
        is_spoken: true,
    };
    let time = if first.half_known && !open.half_known {
        after(first, open)
    } else {
        open
    };
    right.readings.insert(0, Sense::Time(time));
}

/// The start of a range, as far as its end tells the half of the day.
const fn start_of(open: Time, end: Time, to_24: bool) -> Time {
    match (open.half_known, end.half_known) {
        (false, true) if to_24 => Time {
            half_known: true,
            is_spoken: false,
            ..open
        },
        (false, true) => before(open, end),
        _ => open,
    }
}

const HALF_DAY: u16 = 720;

/// The start of a range that ends at a known time: the nearest before it.
const fn before(open: Time, known: Time) -> Time {
    let minutes = open.minutes % HALF_DAY;
    let same_half = minutes + known.minutes / HALF_DAY * HALF_DAY;
    let minutes = if same_half < known.minutes {
        same_half
    } else {
        (same_half + HALF_DAY) % (2 * HALF_DAY)
    };
    Time {
        minutes,
        half_known: true,
        is_spoken: false,
    }
}

/// The end of a range that starts at a known time: the nearest after it.
const fn after(known: Time, open: Time) -> Time {
    let minutes = open.minutes % HALF_DAY;
    let same_half = minutes + known.minutes / HALF_DAY * HALF_DAY;
    let minutes = if same_half > known.minutes {
        same_half
    } else {
        (same_half + HALF_DAY) % (2 * HALF_DAY)
    };
    Time {
        minutes,
        half_known: true,
        is_spoken: false,
    }
}

//! Times said in words: "half past eleven", "quarter to ten", "halb zehn", "Viertel nach neun".

use super::super::numbers;
use super::super::tables::{Class, Lang};
use super::super::tokens::{Shape, Text};
use super::super::{Value, spoken};
use super::Clock;

/// The time in words at a position.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Clock> {
    german_half(text, at).or_else(|| past_or_to(text, at))
}

/// "halb zehn" is half past nine.
fn german_half(text: &Text<'_>, at: usize) -> Option<Clock> {
    if text.word(at) != "halb" {
        return None;
    }
    let (hour, to) = hour(text, text.after_space(at + 1))?;
    let to = text.listed(text.after_space(to), "o-clock").unwrap_or(to);
    Some(Clock::spoken(to, if hour == 1 { 12 } else { hour - 1 }, 30))
}

/// "half past nine", "a quarter to ten", "twenty past nine", "Viertel vor zehn".
fn past_or_to(text: &Text<'_>, at: usize) -> Option<Clock> {
    let (minutes, mut next) = minutes(text, at)?;
    if text.word(next) == "minutes" || text.word(next) == "minuten" {
        next = text.after_space(next + 1);
    }
    let past = text.listed(next, "past");
    let marker = past.or_else(|| text.listed(next, "to"))?;
    let (hour, to) = hour(text, text.after_space(marker))?;
    // "from five to nine" is a range of hours, "ten to five" mostly one too: only minutes that no hour is.
    let is_clear = past.is_some() || !text.is(at, Shape::Digits) && (minutes > 12 && minutes <= 30);
    // "five after nine people" and "two after 5 years" count: digits need "past".
    let is_time = is_clear
        && (text.word(next) == "past" || minutes.is_multiple_of(5) && !text.is(at, Shape::Digits));
    let to = text.listed(text.after_space(to), "o-clock").unwrap_or(to);
    let before = if hour == 1 { 12 } else { hour - 1 };
    let clock = if past.is_some() {
        Clock::spoken(to, hour, minutes)
    } else {
        Clock::spoken(to, before, 60 - minutes)
    };
    is_time.then_some(clock)
}

fn minutes(text: &Text<'_>, at: usize) -> Option<(u16, usize)> {
    let start = if text.listed(at, "article") == Some(at + 1) {
        text.after_space(at + 1)
    } else {
        at
    };
    let part =
        spoken::of_class(text, start, Class::Part).filter(|part| part.value == Value::whole(4));
    let half = spoken::of_class(text, start, Class::Half).filter(|half| half.lang == Lang::EN);
    if part.is_some() || half.is_some() {
        return Some((
            if part.is_some() { 15 } else { 30 },
            text.after_space(start + 1),
        ));
    }
    let number = numbers::at(text, at).filter(|number| !number.is_part)?;
    let minutes = u16::try_from(number.whole()?)
        .ok()
        .filter(|minutes| (1..60).contains(minutes))?;
    Some((minutes, text.after_space(number.to)))
}

fn hour(text: &Text<'_>, at: usize) -> Option<(u16, usize)> {
    let number = numbers::at(text, at).filter(|number| !number.is_part && !number.scaled)?;
    let hour = u16::try_from(number.whole()?)
        .ok()
        .filter(|hour| (1..=12).contains(hour))?;
    Some((hour, number.to))
}

//! Times said in words: "half past eleven", "quarter to ten", "halb zehn", "Viertel nach neun".

use super::super::numbers;
use super::super::tables::{Class, Lang};
use super::super::tokens::{Shape, Text};
use super::super::{Value, spoken};
use super::Clock;

/// The time in words at a position.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Clock> {
    german_half(text, at)
        .or_else(|| past_or_to(text, at))
        .or_else(|| short_of(text, at))
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

/// 差一刻九点 and 差五分九点 are short of nine.
fn short_of(text: &Text<'_>, at: usize) -> Option<Clock> {
    if text.cjk(at) != Some('差') {
        return None;
    }
    let (minutes, next) = minutes_short(text, at + 1)?;
    let hour = numbers::at(text, text.after_space(next))?;
    let is_hour = matches!(text.cjk(hour.to), Some('点' | '點'));
    let whole = u16::try_from(hour.whole()?).ok().filter(|_| is_hour)?;
    less(hour.to + 1, whole, minutes)
}

/// The quarter or the minutes that a Chinese time is short of its hour.
fn minutes_short(text: &Text<'_>, at: usize) -> Option<(u16, usize)> {
    if text.rest(at).starts_with("一刻") {
        return Some((15, at + 2));
    }
    let number = numbers::at(text, at)?;
    let is_minutes = text.cjk(number.to) == Some('分');
    let minutes = u16::try_from(number.whole()?).ok().filter(|_| is_minutes)?;
    let has_clock = matches!(text.cjk(number.to + 1), Some('钟' | '鐘'));
    Some((minutes, number.to + 1 + usize::from(has_clock)))
}

/// "neuf heures et quart", "neuf heures moins le quart", "neuf heures moins vingt".
pub(super) fn french_after(text: &Text<'_>, at: usize, hour: u16) -> Option<Clock> {
    let sign = text.after_space(at);
    let mut next = text.after_space(sign + 1);
    let is_less = text.word(sign) == "moins";
    if is_less && text.word(next) == "le" {
        next = text.after_space(next + 1);
    }
    let is_quarter = text.word(next) == "quart";
    if text.word(sign) == "et" && is_quarter {
        return Some(Clock::spoken(next + 1, hour, 15));
    }
    if !is_less {
        return None;
    }
    if is_quarter {
        return less(next + 1, hour, 15);
    }
    let number = numbers::at(text, next).filter(|_| text.is(next, Shape::Word))?;
    less(number.to, hour, u16::try_from(number.whole()?).ok()?)
}

fn less(to: usize, hour: u16, minutes: u16) -> Option<Clock> {
    let is_time = (1..=24).contains(&hour) && (1..=30).contains(&minutes);
    let before = if hour == 1 {
        12
    } else {
        hour.saturating_sub(1)
    };
    is_time.then(|| Clock::spoken(to, before, 60_u16.saturating_sub(minutes)))
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

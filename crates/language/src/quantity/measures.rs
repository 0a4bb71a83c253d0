//! Numbers with their units: money, durations, percentages and all else that is measured or counted.

pub(super) mod ages;
mod counted;
mod halves;
mod periods;
mod price;

use self::periods::is_period;
use super::draft::{self, Draft};
use super::numbers::{self, Form, Number};
use super::tables::TABLES;
use super::tokens::{Shape, Text};
use super::units::{self, Found};
use super::{Sense, Unit, Value, changes, dates, ordinals, times, weekdays};

/// Words between a number and its period, and how the plurals of periods end.
const MOST_BETWEEN: usize = 2;
const PLURALS: [&str; 10] = [
    "s", "tage", "tagen", "wochen", "monate", "monaten", "jahre", "jahren", "stunden", "minuten",
];
/// Digits of a year.
const YEAR_DIGITS: usize = 4;

/// The measure or count at a position.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Draft> {
    // The most particular first: "every six hours" begins with no number, and a price has its unit before it.
    periods::every(text, at)
        .or_else(|| periods::per(text, at))
        .or_else(|| percent_of_hundred(text, at))
        .or_else(|| changes::tenths(text, at))
        .or_else(|| price::price(text, at))
        .or_else(|| number(text, at))
        .or_else(|| periods::article(text, at))
        .or_else(|| periods::adverb(text, at))
        .or_else(|| factor(text, at))
}

/// Whether letters stand directly after digits, so that both are parts of a code.
pub(super) fn is_attached(text: &Text<'_>, to: usize) -> bool {
    text.is(to - 1, Shape::Digits) && text.is(to, Shape::Word)
}

/// 百分之五 and 千分之三.
fn percent_of_hundred(text: &Text<'_>, at: usize) -> Option<Draft> {
    let rest = text.rest(at);
    let scale = [("百分之", 1), ("千分之", 10), ("万分之", 100)]
        .into_iter()
        .find(|(name, _)| rest.starts_with(name))?
        .1;
    let number = numbers::at(text, text.after_space(at + 3))?;
    let scale = Value::fraction(1, scale)?;
    let values = number.values.iter().filter_map(|value| value.times(scale));
    let readings = values
        .map(|value| {
            Sense::Measure(super::Measure {
                value,
                unit: Unit::PERCENT,
            })
        })
        .collect();
    Some(Draft::new(at, number.to, readings))
}

/// A number with its unit, or without one.
fn number(text: &Text<'_>, at: usize) -> Option<Draft> {
    let number = numbers::at(text, at)?;
    if let Some(draft) = with_half_between(text, &number).or_else(|| ages::group(text, &number)) {
        return Some(draft);
    }
    let after = if number.is_part {
        after_part(text, number.to)
    } else {
        number.to
    };
    let unit = units::after(text, after, number.scaled || number.is_part)
        .or_else(|| units::after(text, number.to, true));
    let unit = unit
        .filter(|unit| !begins_another(text, &number, unit))
        .map(|unit| without_distant_minutes(text, &number, unit));
    match unit {
        Some(unit) => Some(with_unit(text, &number, unit)),
        None => of_compound(text, &number)
            .or_else(|| of_distant(text, &number))
            .or_else(|| behind_bound(text, &number))
            .or_else(|| bare(text, number)),
    }
}

/// Endings of German words for periods of something: Waschtage. A lesson is no hour.
const COMPOUNDS: [(&str, &str); 8] = [
    ("tage", "tage"),
    ("tagen", "tage"),
    ("wochen", "wochen"),
    ("monate", "monate"),
    ("monaten", "monate"),
    ("jahre", "jahre"),
    ("jahren", "jahre"),
    ("nächte", "nächte"),
];
/// Letters of what such a word begins with.
const BEFORE_PERIOD: usize = 3;

/// "Zwei Waschtage" are two days.
fn of_compound(text: &Text<'_>, number: &Number) -> Option<Draft> {
    let next = text.after_space(number.to);
    if next == number.to || !text.is(next, Shape::Word) || number.is_part {
        return None;
    }
    let word = text.word(next);
    let named = COMPOUNDS.iter().find_map(|(end, unit)| {
        let before = word.strip_suffix(end)?;
        (before.chars().count() >= BEFORE_PERIOD).then_some(*unit)
    })?;
    // Working days are counted otherwise.
    let is_work = ["werk", "arbeits", "bank"]
        .iter()
        .any(|begin| word.starts_with(begin));
    let names = TABLES.units.get(named).filter(|_| !is_work)?;
    let mut draft = Draft::of_unit(
        number,
        Found {
            to: next + 1,
            names: names.clone(),
        },
    );
    draft.to = number.to;
    Some(draft)
}

/// "27 paid vacation days" are so many days: a period may stand behind what tells it apart.
fn of_distant(text: &Text<'_>, number: &Number) -> Option<Draft> {
    // "Since 2019 opening hours", "bus 5 runs on weekdays", "no one works".
    let is_alone = number.is_part
        || number.values[0] == Value::ONE
        || number.plain && text.raw(number.from).len() >= YEAR_DIGITS
        || text
            .before(number.from)
            .is_some_and(|before| text.is_capital(before));
    if is_alone {
        return None;
    }
    let mut at = number.to;
    for _ in 0..=MOST_BETWEEN {
        let next = text.after_space(at);
        if next == at || !text.is(next, Shape::Word) {
            return None;
        }
        if let Some(unit) = units::at(text, next).filter(is_period) {
            let is_workday = unit.names.iter().any(|name| name.base == "workday");
            // "5 people a day" has its article between, and a single period is one of another number.
            let is_plural = PLURALS.iter().any(|end| text.word(next).ends_with(end));
            let mut draft = Draft::of_unit(number, unit);
            draft.to = number.to;
            return (is_plural && !is_workday).then_some(draft);
        }
        let tells = text.listed(next, "not-noun").is_none()
            && text.listed(next, "range").is_none()
            && numbers::at(text, next).is_none();
        if !tells {
            return None;
        }
        at = next + 1;
    }
    None
}

/// "Ten or more days" are ten days, which "or more" bounds.
fn behind_bound(text: &Text<'_>, number: &Number) -> Option<Draft> {
    let bound = text.after_space(number.to);
    let to = text
        .listed(bound, "or-more")
        .filter(|_| bound > number.to)?;
    let unit = units::after(text, to, true)?;
    let mut draft = Draft::of_unit(number, unit);
    draft.to = number.to;
    Some(draft)
}

/// "30m" may be minutes, "30 m" are metres.
fn without_distant_minutes(text: &Text<'_>, number: &Number, mut unit: Found) -> Found {
    if text.raw(unit.to - 1) == "m" && unit.to > number.to + 1 && unit.names.len() > 1 {
        unit.names.retain(|name| name.base != "second");
    }
    unit
}

/// "half an hour", "three quarters of a year": the article of the unit is passed over.
fn after_part(text: &Text<'_>, to: usize) -> usize {
    let mut at = to;
    for list in ["of", "article"] {
        let next = text.after_space(at);
        if let Some(after) = text.listed(next, list).filter(|_| next > at) {
            at = after;
        }
    }
    at
}

/// 十分 is "very" and 两点 a time; a lone character before a unit that may be a word needs the unit in full.
fn begins_another(text: &Text<'_>, number: &Number, unit: &Found) -> bool {
    let is_part_of_word =
        number.form == Form::Han && number.is_lone && text.slice(number.from, unit.to) == "半日";
    let is_weekday = text.slice(number.to, unit.to) == "周"
        && text.cjk(unit.to).is_some_and(|c| "末".contains(c));
    // 三年级 is a class, and 第一个星期一 ends in Monday.
    let is_class = text.slice(number.to, unit.to) == "年"
        && text.cjk(unit.to).is_some_and(|c| "级級".contains(c));
    let named = number.to + usize::from(matches!(text.cjk(number.to), Some('个' | '個')));
    let is_day = unit.to > named && weekdays::at(text, named).is_some_and(|day| day.to > unit.to);
    // 转 counts turns, but not in 转入 and 转让.
    let is_verb = matches!(text.slice(number.to, unit.to), "转" | "轉")
        && text
            .cjk(unit.to)
            .is_some_and(|c| "向入到换換帐账賬让讓移载載".contains(c));
    is_part_of_word || is_weekday || is_class || is_day || is_verb
}

/// 一个半小时, 两天半.
fn with_half_between(text: &Text<'_>, number: &Number) -> Option<Draft> {
    let measure = number.to + usize::from(matches!(text.cjk(number.to), Some('个' | '個' | '箇')));
    let is_between = !number.is_part && text.cjk(measure) == Some('半');
    let unit = units::at(text, measure + 1)
        .or_else(|| month_after_half(text, measure + 1))
        .filter(|_| is_between)?;
    let half = Value::fraction(1, 2)?;
    let values = number
        .values
        .iter()
        .filter_map(|value| value.plus(half))
        .collect();
    Some(Draft::of_unit(
        &Number {
            values,
            ..number.clone()
        },
        unit,
    ))
}

/// 月 is a span of time only after a measure word, which here stands before 半.
fn month_after_half(text: &Text<'_>, at: usize) -> Option<Found> {
    let names = TABLES
        .units
        .get("个月")
        .filter(|_| text.cjk(at) == Some('月'))?
        .clone();
    Some(Found { to: at + 1, names })
}

fn with_unit(text: &Text<'_>, number: &Number, mut unit: Found) -> Draft {
    let half = halves::half(text, &unit);
    let below = text
        .listed(text.after_space(half.unwrap_or(unit.to)), "below-zero")
        .filter(|_| is_temperature(&unit));
    let mut number = number.clone();
    if half.is_some() {
        number.values = number
            .values
            .iter()
            .filter_map(|value| value.plus(Value::fraction(1, 2)?))
            .collect();
    }
    if below.is_some() {
        number
            .values
            .iter_mut()
            .for_each(|value| *value = value.negated());
    }
    let more = halves::smaller(text, &number, &unit).filter(|_| half.is_none());
    if let Some((more, to)) = more {
        number.values = number
            .values
            .iter()
            .filter_map(|value| value.plus(more))
            .collect();
        unit.to = to;
    }
    let is_article = number.form == Form::Han
        && number.is_lone
        && number.values[0] == Value::ONE
        && half.is_none();
    let is_weak = is_article && is_period(&unit);
    if let Some(to) = below.or(half) {
        unit.to = to;
    }
    let after_every = text.listed(unit.to, "every-after");
    unit.to = after_every.unwrap_or(unit.to);
    let mut draft = Draft::of_unit(&number, unit);
    (draft.weak, draft.every) = (is_weak, draft.every || after_every.is_some());
    add_million(text, &number, &mut draft);
    draft
}

fn is_temperature(unit: &Found) -> bool {
    unit.names
        .iter()
        .any(|name| name.base == "celsius" || name.base == "fahrenheit")
}

/// "5m" may be five million.
fn add_million(text: &Text<'_>, number: &Number, draft: &mut Draft) {
    if text.raw(number.to) == "m" && number.form == Form::Digits {
        let million = Value::whole(1_000_000);
        draft.readings.extend(
            number
                .values
                .iter()
                .filter_map(|value| value.times(million))
                .map(draft::count),
        );
    }
}

/// A number without a unit.
fn bare(text: &Text<'_>, number: Number) -> Option<Draft> {
    let is_code = number.form == Form::Digits
        && is_attached(text, number.to)
        // "3x" and "3mal" count times, though letters stand right behind the digits.
        && !matches!(text.word(number.to), "x" | "mal");
    if is_code || !counted::is_number(text, &number) {
        return None;
    }
    let mut draft = Draft::new(number.from, number.to, readings(text, &number));
    (draft.bare, draft.factor) = (true, number.is_part);
    draft.weak = counted::is_weak(text, &number);
    counted::note(text, &number, &mut draft);
    ages::note(text, &number, &mut draft);
    Some(draft)
}

fn readings(text: &Text<'_>, number: &Number) -> Vec<Sense> {
    let first = number.values[0];
    let mut readings = Vec::new();
    let is_year = (number.plain && number.to == number.from + 1 || number.form == Form::Words)
        && text.raw(number.from).len() >= 4;
    readings.extend(dates::as_year(first).filter(|_| is_year));
    readings.extend(number.values.iter().map(|&value| draft::count(value)));
    readings.extend(ordinals::as_rank(text, number.from, number.to, first));
    readings.extend(dates::slashed(text, number));
    readings.extend(times::bare(text, number.from, number.to, first));
    readings
}

/// "twice", "double", 翻倍, and "once", which counts only with a period.
fn factor(text: &Text<'_>, at: usize) -> Option<Draft> {
    if let Some(to) = text.listed(at, "once") {
        let mut once = Draft::one(at, to, draft::count(Value::ONE)).weak();
        once.times = true;
        return Some(once);
    }
    let to = text.listed(at, "factor")?;
    let by = *TABLES
        .factors
        .get(text.slice(at, to).to_lowercase().as_str())?;
    let mut draft = Draft::one(at, to, draft::count(Value::whole(by)));
    (draft.factor, draft.times) = (true, matches!(text.word(at), "twice" | "thrice"));
    Some(draft)
}
